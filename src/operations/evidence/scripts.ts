import { createHash } from 'node:crypto';
import type { Json } from '../../evidence/document.ts';
import { isIdentityUrl, withoutQuery } from '../../evidence/identity-url.ts';
import type { Identity } from '../../fleet/fleet.ts';
import { headerOf } from '../../fleet/marker.ts';
import {
  type Answer,
  encodedField,
  listField,
  numberField,
  readAnswer,
  textField,
} from '../../hosts/answer.ts';
import type { HostCommand, HostResult } from '../../hosts/port.ts';
import { DNS_SCRIPT, TCP_SCRIPT, TLS_SCRIPT } from '../../hosts/scripts/ask-network.ts';
import { INSTALLER_SCRIPT } from '../../hosts/scripts/installer.ts';
import { PROBE_SCRIPT } from '../../hosts/scripts/probe.ts';
import { QUIET_SCRIPT } from '../../hosts/scripts/quiet.ts';
import { CLEAR_RECORD_SCRIPT, RECORD_SCRIPT } from '../../hosts/scripts/record.ts';
import { REPEAT_SCRIPT } from '../../hosts/scripts/repeat.ts';
import { RUN_PROGRAM_SCRIPT } from '../../hosts/scripts/run-program.ts';
import { SERVING_SCRIPT } from '../../hosts/scripts/serving.ts';
import { STATUS_SCRIPT } from '../../hosts/scripts/status.ts';
import { readHeaders } from '../ask/probe.ts';
import type { Asked } from './log.ts';
import { safe, safeText } from './safe.ts';

/** What is kept of a script's arguments and of its answer; anything else may be a secret of the service, or large. */
interface Kept {
  readonly kind: Asked['kind'];
  readonly name: string;
  readonly given: (data: readonly string[]) => Json;
  readonly answer: (answer: Answer, command: HostCommand, identity: Identity | undefined) => Json;
}

const SCRIPTS: ReadonlyMap<string, Kept> = new Map([
  [STATUS_SCRIPT, observation('status', ([directory = '']) => ({ directory }), statusAnswer)],
  [RECORD_SCRIPT, mutation('record', ([record = '']) => parsed(record), safe)],
  [CLEAR_RECORD_SCRIPT, mutation('clear', () => null, safe)],
  [INSTALLER_SCRIPT, mutation('installer', installerGiven, installerAnswer)],
  [QUIET_SCRIPT, observation('quiet', ([ports = '', wanted = '']) => ({ ports, wanted }), safe)],
  [SERVING_SCRIPT, observation('serving', ([ports = '']) => ({ ports }), safe)],
  [PROBE_SCRIPT, observation('probe', (data) => ({ urls: probed(data).map(withoutQuery) }), probeAnswer)],
  [REPEAT_SCRIPT, observation('repeat', ([times = '']) => ({ times }), repeatAnswer)],
  [RUN_PROGRAM_SCRIPT, observation('program', ([, program = '']) => ({ program }), programAnswer)],
  [
    TCP_SCRIPT,
    observation(
      'tcp',
      () => null,
      () => null,
    ),
  ],
  [
    TLS_SCRIPT,
    observation(
      'tls',
      () => null,
      () => null,
    ),
  ],
  [
    DNS_SCRIPT,
    observation(
      'dns',
      () => null,
      () => null,
    ),
  ],
]);

/** A command as it is noted: which of the scripts, and what of its arguments is no secret. */
export function describeCommand(command: HostCommand): Pick<Asked, 'kind' | 'call' | 'given'> {
  const kept = SCRIPTS.get(command.script) ?? unknown(command.script);
  return { kind: kept.kind, call: kept.name, given: kept.given(command.arguments) };
}

/** What a command answered, as it is noted. */
export function describeResult(
  command: HostCommand,
  result: HostResult,
  identity: Identity | undefined,
): Json {
  if (result.outcome === 'lost') return { outcome: 'lost', reason: safeText(result.reason) };
  if (result.outcome === 'failed') {
    return { outcome: 'failed', exitCode: result.exitCode, stderr: safeText(result.stderr) };
  }
  const kept = SCRIPTS.get(command.script) ?? unknown(command.script);
  try {
    return { outcome: 'done', said: kept.answer(readAnswer(command.host, result.stdout), command, identity) };
  } catch {
    return { outcome: 'done', unreadable: result.stdout.length };
  }
}

function observation(name: string, given: Kept['given'], answer: Kept['answer']): Kept {
  return { kind: 'observation', name, given, answer };
}

function mutation(name: string, given: Kept['given'], answer: Kept['answer']): Kept {
  return { kind: 'mutation', name, given, answer };
}

/** A script that this file does not know may do anything: it counts as a mutation. */
function unknown(script: string): Kept {
  const digest = createHash('sha256').update(script).digest('hex').slice(0, 12);
  return mutation(
    `script ${digest}`,
    () => null,
    () => null,
  );
}

function parsed(text: string): Json {
  try {
    return safe(JSON.parse(text));
  } catch {
    return null;
  }
}

function statusAnswer(answer: Answer): Json {
  const { version, sha256, ordinal, switchedAt } = answer;
  const noted = encodedField(answer, 'record');
  return safe({
    version,
    sha256,
    ordinal,
    switchedAt,
    record: noted === '' ? null : (parsed(noted) ?? 'unreadable'),
  });
}

function installerGiven(data: readonly string[]): Json {
  const [, , , service, zone, directory, version, sha256, url = '', , , ordinal] = data;
  return safe({ service, zone, directory, version, sha256, ordinal, url: withoutQuery(url) });
}

function installerAnswer(answer: Answer): Json {
  const { outcome, step, installed, version, previous, sha256, switchedAt, milliseconds } = answer;
  const problem = encodedField(answer, 'problem');
  return safe({ outcome, step, problem, installed, version, previous, sha256, switchedAt, milliseconds });
}

function programAnswer({ exitCode, milliseconds }: Answer): Json {
  return safe({ exitCode, milliseconds });
}

function repeatAnswer(answer: Answer): Json {
  const statuses = listField(answer, 'answers').map((each) => String(numberField(each, 'status')));
  const tally = [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]);
  return Object.fromEntries(tally);
}

/** `$9` and all that follow; see PROBE_SCRIPT. */
function probed(data: readonly string[]): readonly string[] {
  return data.slice(8);
}

/** Bodies and headers of a service are its own business, but for what its identity consists of. */
function probeAnswer(answer: Answer, command: HostCommand, identity: Identity | undefined): Json {
  const urls = probed(command.arguments);
  return listField(answer, 'answers').map((each, index) => {
    const status = numberField(each, 'status');
    if (status === 0) return { status, problem: safeText(encodedField(each, 'problem')) };
    if (identity === undefined || !isIdentityUrl(identity, urls[index] ?? '')) return { status };
    return { status, ...identityIn(each, identity) };
  });
}

function identityIn(answer: Answer, { version, digest, started, host }: Identity) {
  const markers = [version, digest, started, host].filter((each) => each !== undefined);
  const names = markers.flatMap((marker) => headerOf(marker) ?? []);
  const headers = Object.entries(
    readHeaders(textField(answer, 'headers') === '' ? '' : encodedField(answer, 'headers')),
  );
  const fields = markers.filter((marker) => headerOf(marker) === undefined);
  return {
    headers: Object.fromEntries(headers.filter(([name]) => names.includes(name))),
    body: fields.length === 0 ? '' : onlyFields(encodedField(answer, 'body'), fields),
  };
}

/** Of a JSON object only the fields that are asked for; anything else is kept cut, to be seen as what it is. */
function onlyFields(body: string, fields: readonly string[]): string {
  const whole = parsed(body);
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return safeText(body);
  return JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([name]) => fields.includes(name))));
}
