import type { Fleet } from '../../fleet/fleet.ts';
import type { Ledger, LeftOut, OutHost } from '../../ledger/document.ts';
import { hostsServe, intentBegan, intentEnded } from '../../ledger/journal.ts';
import { LostLeaseError } from '../../ledger/lease.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { PoolContext } from '../context.ts';
import { restore } from '../drain/restore.ts';
import { keepShared, type SharedGroups, shareGroups } from '../drain/shared-groups.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import type { UndoRecord } from '../records.ts';
import type { FoundHost, FoundZone } from './found.ts';
import { judgeHost, type Verdict } from './judge-host.ts';
import type { HostOutcome } from './outcome.ts';

/** A zone that is worked on under the lease. */
export interface AtWork {
  /** Fenced by the lease. */
  readonly context: PoolContext;
  readonly lease: HeldLease;
  readonly fleet: Fleet;
  /** As it was when the lease was taken. */
  readonly ledger: Ledger;
  /** Records of hosts of the region that are out of service, those of the zone among them. */
  readonly out: ReadonlyMap<string, UndoRecord>;
}

type Movable = Extract<Verdict, { readonly kind: 'return' | 'finish' }>;
type Forgotten = Extract<Verdict, { readonly kind: 'forget' }>;

interface Move<V> {
  readonly host: FoundHost;
  readonly verdict: V;
}

/**
 * Brings back every host of a zone that may go back, those that are out first; installs nothing and stops nothing. What cannot be
 * brought back stays as it is.
 *
 * @throws LostLeaseError, CancelledError
 */
export async function bringBack(at: AtWork, { hosts }: FoundZone): Promise<readonly HostOutcome[]> {
  const judged = hosts.map((host) => ({ host, verdict: judgeHost(host, at.fleet, at.ledger) }));
  const outcomes: HostOutcome[] = [];
  const still = new Map(at.out);
  for (const batch of batchesOf(judged)) {
    const results = await moveBatch(at, batch, still);
    for (const { host, done } of results) if (done !== 'left') still.delete(host);
    outcomes.push(...results);
  }
  for (const { host, verdict } of judged) {
    if (verdict.kind !== 'forget') continue;
    const result = await forget(at, { host, verdict }, still);
    if (result.done !== 'left') still.delete(host.host);
    outcomes.push(result);
  }
  return [...outcomes, ...judged.flatMap(({ host, verdict }) => leftAs(host, verdict))];
}

/** What is said of a host that nothing is done about; nothing of one that nothing is to be said of. */
export function leftAs({ zone, host, out }: FoundHost, verdict: Verdict): readonly HostOutcome[] {
  if (verdict.kind === 'leave') {
    const { record, failed, found, cure } = verdict;
    return [
      { zone, host, ...(record && { record }), found, done: 'left', todo: cure, failed, ...toldOf(out) },
    ];
  }
  if (verdict.kind !== 'prove') return [];
  const { record } = verdict;
  return [{ zone, host, record, found: 'it was not asked what it runs', done: 'left', failed: true }];
}

function toldOf(out: FoundHost['out']): Pick<HostOutcome, 'told'> {
  return out?.told === undefined ? {} : { told: out.told };
}

/** Together goes what runs the same release; hosts that serve already wait until the others do. */
function batchesOf(judged: readonly Move<Verdict>[]): readonly (readonly Move<Movable>[])[] {
  const movable = judged.flatMap(({ host, verdict }): readonly Move<Movable>[] =>
    verdict.kind === 'return' || verdict.kind === 'finish' ? [{ host, verdict }] : [],
  );
  const ordered = [
    ...movable.filter(({ verdict }) => verdict.kind === 'return'),
    ...movable.filter(({ verdict }) => verdict.kind === 'finish'),
  ];
  return [...Map.groupBy(ordered, (move) => `${move.verdict.kind} ${versionOf(move)}`).values()];
}

async function moveBatch(
  at: AtWork,
  batch: readonly Move<Movable>[],
  still: ReadonlyMap<string, UndoRecord>,
): Promise<readonly HostOutcome[]> {
  const { context, lease, fleet } = at;
  const records = batch.map(({ verdict }) => verdict.record);
  const groups = shareGroups(records, othersOf(batch, still));
  const [first] = batch;
  if (first === undefined) return [];
  const { zone } = first.host;
  const writer = () => ({ zone, run: context.run, token: lease.token, at: nowIn(context) });
  const began = { act: 'return', version: versionOf(first) } as const;
  await note(at, (ledger) =>
    withRecords(intentBegan(ledger, { ...writer(), ...began }, records), groups.staying),
  );
  try {
    await keepShared(context, groups);
    await restore(context, { records: groups.returning, policy: fleet.policy.restore });
  } catch (error) {
    throwIfOver(context, error);
    const why = error instanceof Error ? error.message : String(error);
    await note(at, (ledger) => intentEnded(ledger, { ...writer(), kind: 'failed' }, batch.map(leftOut)));
    return batch.map((move) => outcomeOf(move, 'left', `${move.verdict.found}; ${why}`, groups));
  }
  await note(at, (ledger) => intentEnded(ledger, { ...writer(), kind: 'done' }, []));
  return batch.map((move) =>
    outcomeOf(move, move.verdict.kind === 'return' ? 'returned' : 'finished', move.verdict.found, groups),
  );
}

/** As it was: a return that failed is no reason to keep a host out, the next run tries again. */
function leftOut({ host: { out }, verdict: { record } }: Move<Movable>): LeftOut {
  return { record, ...(out?.held === undefined ? {} : { held: out.held }), ...toldOf(out) };
}

/** Puts back what was changed in the group of a host that is gone, and takes it out of the ledger. */
async function forget(
  at: AtWork,
  { host, verdict }: Move<Forgotten>,
  still: ReadonlyMap<string, UndoRecord>,
): Promise<HostOutcome> {
  const { context } = at;
  const base = { zone: host.zone, host: host.host, record: verdict.record };
  try {
    if (verdict.gone) {
      const groups = shareGroups([verdict.record], othersOf([{ host, verdict }], still));
      await note(at, (ledger) => withRecords(ledger, groups.staying));
      await keepShared(context, groups);
      for (const { scaling } of groups.returning) {
        if (scaling?.mode === 'standby' && scaling.minSize !== undefined)
          await context.scaling.setMinSize(scaling.group, scaling.minSize);
        if (scaling?.mode === 'suspend' && scaling.processes.length > 0)
          await context.scaling.resume(scaling.group, scaling.processes);
      }
    }
    await note(at, (ledger) => hostsServe(ledger, [host.host]));
    return { ...base, found: verdict.found, done: 'forgotten', failed: false };
  } catch (error) {
    throwIfOver(context, error);
    const why = error instanceof Error ? error.message : String(error);
    return { ...base, found: `${verdict.found}; ${why}`, done: 'left', failed: true };
  }
}

function outcomeOf(
  { host: { zone, host, out }, verdict: { record } }: Move<Movable>,
  done: HostOutcome['done'],
  found: string,
  { kept }: SharedGroups,
): HostOutcome {
  const failed = done === 'left';
  const again = failed ? ['it is tried again by the next run of return-hosts'] : [];
  const todo = [...again, ...kept].join('; ');
  return { zone, host, record, found, done, failed, ...(todo === '' ? {} : { todo }), ...toldOf(out) };
}

function withRecords(ledger: Ledger, records: readonly UndoRecord[]): Ledger {
  if (ledger.out === undefined || records.length === 0) return ledger;
  const out = Object.entries(ledger.out).map(([host, each]): readonly [string, OutHost] => {
    const record = records.find((one) => one.host === host);
    return [host, record === undefined ? each : { ...each, record }];
  });
  return { ...ledger, out: Object.fromEntries(out) };
}

/** Hosts are better brought back than kept from it by a ledger that cannot be written. */
async function note({ context, lease }: AtWork, change: (ledger: Ledger) => Ledger): Promise<void> {
  try {
    await lease.change(change, context.signal);
  } catch (error) {
    throwIfOver(context, error);
    const why = error instanceof Error ? error.message : String(error);
    context.log.warning(`The ledger was not told of a return: ${why}`);
  }
}

function throwIfOver({ signal }: PoolContext, error: unknown): void {
  signal.throwIfAborted();
  if (error instanceof LostLeaseError) throw error;
  if (!(error instanceof UserError || error instanceof PlatformError)) throw error;
}

function othersOf(
  batch: readonly Move<Verdict>[],
  still: ReadonlyMap<string, UndoRecord>,
): readonly UndoRecord[] {
  const own = new Set(batch.map(({ host }) => host.host));
  return [...still].filter(([host]) => !own.has(host)).map(([, record]) => record);
}

/** What it runs; of a host that cannot be asked, what it came from. */
function versionOf({ host: { answer }, verdict }: Move<Movable>): string {
  const told = answer.kind === 'told' ? answer.status.release?.version : undefined;
  return told ?? verdict.record.from ?? 'unknown';
}

function nowIn({ clock }: PoolContext): string {
  return new Date(clock.now()).toISOString();
}
