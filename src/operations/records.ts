import type { TargetKey } from '../balancers/port.ts';
import { encodedField, readAnswer, textField } from '../hosts/answer.ts';
import type { HostResult } from '../hosts/port.ts';
import { CLEAR_RECORD_SCRIPT, RECORD_SCRIPT } from '../hosts/scripts/record.ts';
import { STATUS_SCRIPT } from '../hosts/scripts/status.ts';
import { PlatformError } from '../runner/errors.ts';
import { runWhereReachable } from './ask/reachable.ts';
import type { HostContext } from './context.ts';

/** Plain file work on a host; anything longer means the host is in trouble. */
const FILE_WORK = 30_000;

/** One pool and port that a host was taken out of. */
export interface Withdrawal extends TargetKey {
  readonly pool: string;
}

/**
 * Why a host is out of service and how to undo it. Kept on the host itself from just before it leaves until it serves
 * again, so that any later run can continue or repair.
 */
export interface UndoRecord {
  readonly host: string;
  readonly targets: readonly Withdrawal[];
  readonly reason: string;
  /** URL of the workflow run that took it out. */
  readonly run: string;
  /** ISO 8601. */
  readonly since: string;
  /** Service whose deployment took it out; none when it left for another reason. */
  readonly service?: string;
  /** Release that `current` pointed to then. */
  readonly from?: string;
  /** What was changed in its Auto Scaling group. */
  readonly scaling?: ScalingRecord;
}

/** How a host's Auto Scaling group was kept from replacing it, and what to put back. */
export type ScalingRecord =
  /** `minSize` is what MinSize was, when it had to be lowered. */
  | { readonly mode: 'standby'; readonly group: string; readonly minSize?: number }
  /** `processes` are those that this record suspended; others were suspended by somebody else. */
  | { readonly mode: 'suspend'; readonly group: string; readonly processes: readonly string[] };

/** What a host says about itself before anything is done to it. */
export interface HostStatus {
  readonly host: string;
  /** What `current` points to. */
  readonly release?: { readonly version: string; readonly sha256: string };
  /** Of that release; none when it was installed without one. */
  readonly ordinal?: number;
  /** Seconds since 1970 on the host's own clock when `current` was made to point there; none when the host cannot tell. */
  readonly switchedAt?: number;
  readonly record?: UndoRecord;
}

/** One host's status, or why it did not tell it. */
export type StatusAnswer =
  | { readonly kind: 'told'; readonly status: HostStatus }
  | { readonly kind: 'silent'; readonly host: string; readonly problem: string };

/**
 * Asks every host which release is current and whether it is out of service, one command for all of them.
 *
 * @param directory of the service; `''` asks for the record only
 */
export async function readStatus(
  context: HostContext,
  hosts: readonly string[],
  directory: string,
): Promise<readonly HostStatus[]> {
  const results = await context.transport.run(
    hosts.map((host) => ({ host, script: STATUS_SCRIPT, arguments: [directory], timeout: FILE_WORK })),
    context.signal,
  );
  return results.map(statusIn);
}

/** The same, each host judged by itself: one that cannot be reached or does not answer hides nothing of the others. */
export async function askStatus(
  context: HostContext,
  hosts: readonly string[],
  directory: string,
): Promise<readonly StatusAnswer[]> {
  const results = await runWhereReachable(
    context,
    await context.transport.facts(hosts),
    hosts.map((host) => ({ host, script: STATUS_SCRIPT, arguments: [directory], timeout: FILE_WORK })),
  );
  return results.map((result): StatusAnswer => {
    if (result.outcome === 'lost') return { kind: 'silent', host: result.host, problem: result.reason };
    try {
      return { kind: 'told', status: statusIn(result) };
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      return { kind: 'silent', host: result.host, problem: error.message };
    }
  });
}

function statusIn(result: HostResult): HostStatus {
  const answer = readAnswer(result.host, succeeded(result, 'tell its release'));
  const version = textField(answer, 'version');
  const { ordinal, switchedAt } = answer;
  const noted = encodedField(answer, 'record');
  return {
    host: result.host,
    ...(version === '' ? {} : { release: { version, sha256: textField(answer, 'sha256') } }),
    ...(typeof ordinal === 'number' ? { ordinal } : {}),
    ...(typeof switchedAt === 'number' ? { switchedAt } : {}),
    ...(noted === '' ? {} : { record: parseRecord(noted, result.host) }),
  };
}

/**
 * The records of hosts that are out of service. A host that cannot be reached is taken to have none, and said so: it may
 * be a typing error, which whoever looks for the host in its pools explains best.
 */
export async function readRecords(
  context: HostContext,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, UndoRecord>> {
  const facts = await context.transport.facts(hosts);
  for (const { host, reachable, problem } of facts) {
    if (!reachable) context.log.warning(`${host} cannot be reached: ${problem}.`);
  }
  const reachable = facts.filter((each) => each.reachable).map(({ host }) => host);
  const statuses = await readStatus(context, reachable, '');
  return new Map(statuses.flatMap(({ host, record }) => (record === undefined ? [] : [[host, record]])));
}

/**
 * Writes on each host that it is about to leave service.
 *
 * @param elsewhere whether the caller keeps the records as well: a host that cannot be reached then leaves without one
 */
export async function writeRecords(
  context: HostContext,
  records: readonly UndoRecord[],
  elsewhere: boolean,
): Promise<void> {
  const facts = await context.transport.facts(records.map(({ host }) => host));
  const results = await runWhereReachable(
    context,
    facts,
    records.map((record) => ({
      host: record.host,
      script: RECORD_SCRIPT,
      arguments: [JSON.stringify(record)],
      timeout: FILE_WORK,
    })),
  );
  for (const result of results) {
    if (!elsewhere || result.outcome !== 'lost') succeeded(result, 'record that it leaves service');
    else
      context.log.warning(
        `${result.host} cannot be reached (${result.reason}); its record is kept in this step only.`,
      );
  }
}

/** Removes the record: the host is in service again. One that cannot be reached keeps a record that is out of date. */
export async function clearRecords(context: HostContext, hosts: readonly string[]): Promise<void> {
  const results = await runWhereReachable(
    context,
    await context.transport.facts(hosts),
    hosts.map((host) => ({ host, script: CLEAR_RECORD_SCRIPT, arguments: [], timeout: FILE_WORK })),
  );
  for (const result of results) {
    if (result.outcome !== 'lost') succeeded(result, 'forget that it was out of service');
    else context.log.warning(`${result.host} serves again; its record is still on it: ${result.reason}.`);
  }
}

/**
 * Reads one undo record.
 *
 * @throws PlatformError when the text is not one
 */
export function parseRecord(text: string, from: string): UndoRecord {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // The error below says what was seen instead.
  }
  throw new PlatformError(
    `the undo record of ${from} is not readable: ${text.slice(0, 200)}. Register the host by hand and remove ` +
      '/var/lib/zonewise/out-of-service.json on it.',
  );
}

/** Whether a value has the shape of an undo record; the schema of the ledger takes the same. */
export function isRecord(value: unknown): value is UndoRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { host, targets, reason, run, since, service, from, scaling } = value as Partial<
    Record<keyof UndoRecord, unknown>
  >;
  return (
    [host, reason, run, since].every((text) => typeof text === 'string') &&
    [service, from].every((text) => text === undefined || typeof text === 'string') &&
    (scaling === undefined || isScalingRecord(scaling)) &&
    Array.isArray(targets) &&
    targets.length > 0 &&
    targets.every(isWithdrawal)
  );
}

function isScalingRecord(value: unknown): value is ScalingRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { mode, group, minSize, processes } = value as Readonly<Record<string, unknown>>;
  if (typeof group !== 'string') return false;
  if (mode === 'standby') return minSize === undefined || Number.isSafeInteger(minSize);
  return (
    mode === 'suspend' && Array.isArray(processes) && processes.every((each) => typeof each === 'string')
  );
}

function isWithdrawal(value: unknown): value is Withdrawal {
  if (typeof value !== 'object' || value === null) return false;
  const { pool, id, port } = value as Partial<Record<keyof Withdrawal, unknown>>;
  return typeof pool === 'string' && typeof id === 'string' && Number.isSafeInteger(port);
}

function succeeded(result: HostResult, purpose: string): string {
  if (result.outcome === 'done') return result.stdout;
  throw new PlatformError(`${result.host} could not ${purpose}: ${describeFailure(result)}.`);
}

/** How a command failed on a host, in words. */
export function describeFailure(result: HostResult): string {
  switch (result.outcome) {
    case 'done':
      return 'it succeeded';
    case 'lost':
      return result.reason;
    case 'failed': {
      const said = result.stderr.trim().split('\n').slice(-5).join(' / ');
      const whole = result.full === undefined ? '' : ` (all of its output: ${result.full})`;
      return `exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}${whole}`;
    }
  }
}
