import type { Fleet } from '../../fleet/fleet.ts';
import type { Ledger, ReleaseKey, ZoneEntry } from '../../ledger/document.ts';
import type { HostStatus, UndoRecord } from '../records.ts';
import { type FoundHost, recordOf, recordOnDisk } from './found.ts';

/** What is to be done about one host. */
export type Verdict =
  /** In service, and nothing says otherwise. */
  | { readonly kind: 'nothing' }
  /** It has to prove what it runs before anything is said. */
  | { readonly kind: 'prove'; readonly record: UndoRecord; readonly status: ProvableStatus }
  /** Out, and proven: it goes back into service. */
  | { readonly kind: 'return'; readonly record: UndoRecord; readonly version: string; readonly found: string }
  /** In service: its groups are settled and its record is cleared. */
  | { readonly kind: 'finish'; readonly record: UndoRecord; readonly found: string }
  /** The ledger alone is out of date; `gone` when there is no such host any more. */
  | {
      readonly kind: 'forget';
      readonly record: UndoRecord;
      readonly gone: boolean;
      readonly found: string;
    }
  /** It stays as it is. `failed` when a run that died left it so. */
  | {
      readonly kind: 'leave';
      readonly record?: UndoRecord;
      readonly failed: boolean;
      readonly found: string;
      readonly cure: string;
    };

/** A host whose `current` names a release. */
export type ProvableStatus = HostStatus & Required<Pick<HostStatus, 'release'>>;

const AGAIN = 'Mend it and run the deployment of that zone again, or wait for the next run of return-hosts';

/**
 * Decides about one host from what was observed, after every run that could work on it is known to be dead. Unknown never counts
 * as proven, and what a person or a failed deployment has kept out of service stays there.
 *
 * @param ledger as it is when the hosts were looked at
 */
export function judgeHost(
  host: FoundHost,
  fleet: Pick<Fleet, 'service' | 'hosts'>,
  ledger: Pick<Ledger, 'zones' | 'releases' | 'journal'>,
): Verdict {
  const onDisk = recordOnDisk(host);
  if (onDisk !== undefined && onDisk.service !== fleet.service) return judgeForeign(host, onDisk);
  const record = recordOf(host);
  if (record === undefined) return judgeUnrecorded(host);
  if (isServing(host, record)) return judgeServing(host, record);
  if (!host.inFleet) return judgeStranger(host, record);
  const held = host.out?.held;
  if (held !== undefined) {
    const cure =
      'Run the deployment of that zone again when its cause is mended, or return it with restore-target';
    return leave(record, `held out of service: ${held}`, cure, false);
  }
  return judgeOut(host, record, fleet, ledger);
}

/** Somebody took it out for a reason of his own. */
function judgeForeign(host: FoundHost, record: UndoRecord): Verdict {
  if (isServing(host, record) && host.out === undefined) return { kind: 'nothing' };
  const { since, reason, run } = record;
  const found = `out of service since ${since} for another reason (${reason}, ${run})`;
  return leave(record, found, 'Return it with restore-target when that is done', false);
}

function judgeUnrecorded({ registrations, answer }: FoundHost): Verdict {
  if (registrations.some(({ state }) => state !== 'draining')) return { kind: 'nothing' };
  const seen = registrations.length === 0 ? 'in none of its pools' : 'draining';
  const silence = answer.kind === 'silent' ? `, and it cannot be asked why: ${answer.problem}` : '';
  return {
    kind: 'leave',
    failed: false,
    found: `${seen}, and no record says why${silence}`,
    cure: 'Put it back into service, or take it out of the fleet file',
  };
}

function judgeServing(host: FoundHost, record: UndoRecord): Verdict {
  const { answer, out } = host;
  if (answer.kind === 'told' && answer.status.record === undefined) {
    return { kind: 'forget', record, gone: false, found: 'in service, and has no record on it any more' };
  }
  const away = statesOf(host, record).filter(([, state]) => state !== 'healthy');
  const places = away.map(([place, state]) => `${state} at ${place}`).join(', ');
  if (away.length > 0 && (answer.kind === 'silent' || out?.held !== undefined)) {
    const why = answer.kind === 'silent' ? `cannot be asked: ${answer.problem}` : `held: ${out?.held ?? ''}`;
    const cure = 'Look at its service and its agent; restore-target finishes its return';
    return leave(record, `registered, ${places}, and ${why}`, cure, out?.held === undefined);
  }
  return { kind: 'finish', record, found: places === '' ? 'in service' : `registered, ${places}` };
}

/** A host that no zone of the fleet file names. That it is silent does not yet mean that it is gone. */
function judgeStranger(host: FoundHost, record: UndoRecord): Verdict {
  const { answer, registrations, inGroup, out } = host;
  if (answer.kind === 'silent' && registrations.length === 0 && inGroup === 'no') {
    const found = 'in no fleet file, no pool and no Auto Scaling group, and silent: it is gone';
    return { kind: 'forget', record, gone: true, found };
  }
  const seen = answer.kind === 'silent' ? `; it cannot be asked: ${answer.problem}` : '';
  const cure =
    'If it took the place of another host, write its id into the fleet file. If it is no host of the service any more, take it ' +
    'out of its pools and its group and end it: what is gone is forgotten by itself';
  return leave(record, `not in the fleet file${seen}`, cure, out?.held === undefined);
}

function judgeOut(
  host: FoundHost,
  record: UndoRecord,
  { hosts: { identity } }: Pick<Fleet, 'hosts'>,
  ledger: Pick<Ledger, 'zones' | 'releases' | 'journal'>,
): Verdict {
  const { answer, proof } = host;
  if (answer.kind === 'silent') {
    const cure =
      'Start its agent. If it is gone, take it out of the fleet file: the next run then forgets it by itself';
    return leave(record, `cannot be asked: ${answer.problem}`, cure);
  }
  const { status } = answer;
  const { release, switchedAt } = status;
  if (release === undefined) return leave(record, 'has no release', AGAIN);
  const { version, sha256 } = release;
  const allowed = allowedVersions(host, record, ledger);
  if (!allowed.includes(version)) {
    const expected =
      allowed.length === 0 ? 'none is known that it may serve' : `expected ${allowed.join(' or ')}`;
    return leave(record, `\`current\` is ${version}, ${expected}`, 'Run the deployment of that zone again');
  }
  const digest = knownDigest(host.zone, version, ledger);
  if (digest !== undefined && digest !== sha256) {
    const found = `\`current\` is ${version} with sha256 ${sha256 || 'unknown'}, and the ledger knows ${digest}`;
    return leave(record, found, 'Run the deployment of that zone again');
  }
  if (identity === undefined) {
    const found = 'the fleet file has no hosts.identity: nothing proves which release its process is';
    return leave(record, found, 'Look at it and return it with restore-target');
  }
  if (identity.started !== undefined && switchedAt === undefined) {
    const found = `does not tell since when ${version} is current, so that an older process would not be noticed`;
    return leave(record, found, 'Run the deployment of that zone again');
  }
  if (proof === undefined) return { kind: 'prove', record, status: { ...status, release } };
  if (proof.kind === 'unproven') return leave(record, proof.problem, AGAIN);
  return { kind: 'return', record, version, found: `proven ${proof.seen}` };
}

/**
 * Versions with which a host may go back into service: the one that its zone has or was being given, the one that it came from
 * while the zone has not come to either, and the one that it was given last. A version that its last run turned away from, because
 * it had failed there, is none of them.
 */
export function allowedVersions(
  { host, zone }: Pick<FoundHost, 'host' | 'zone'>,
  { from }: Pick<UndoRecord, 'from'>,
  { zones, journal = [] }: Pick<Ledger, 'zones' | 'journal'>,
): readonly string[] {
  const entry = entryOf(zones, zone);
  const own = releaseOf(entry)?.version;
  const named = journal.filter(({ hosts }) => hosts.includes(host));
  const last = named.at(-1);
  const isSettled = entry?.state === 'promoted' || entry?.state === 'rolled-back';
  const given = last === undefined || last.act === 'withdraw' ? undefined : last.version;
  const failed = named
    .slice(0, -1)
    .filter(({ token, act, version }) => {
      const leftAgain = last?.act === 'withdraw' && act === 'return';
      return token === last?.token && (version !== last.version || leftAgain);
    })
    .map(({ version }) => version);
  const versions = isSettled ? [own] : [own, from, given];
  return [...new Set(versions)].filter((each) => each !== undefined).filter((each) => !failed.includes(each));
}

/** What the zone has or was being given. */
function releaseOf(entry: ZoneEntry | undefined): ReleaseKey | undefined {
  return entry?.state === 'rolled-back' ? entry.before : entry?.release;
}

function knownDigest(
  zone: string,
  version: string,
  { zones, releases }: Pick<Ledger, 'zones' | 'releases'>,
): string | undefined {
  const entry = entryOf(zones, zone);
  const known = [entry?.release, entry?.before, ...releases];
  return known.find((each) => each?.version === version)?.sha256;
}

function entryOf(zones: Ledger['zones'], zone: string): ZoneEntry | undefined {
  return Object.hasOwn(zones, zone) ? zones[zone] : undefined;
}

/** Whether it is registered under everything that it was taken from, and not on its way out. */
function isServing(host: FoundHost, record: UndoRecord): boolean {
  return statesOf(host, record).every(([, state]) => state !== undefined && state !== 'draining');
}

function statesOf({ registrations }: FoundHost, { targets }: UndoRecord) {
  return targets.map(({ pool, port }) => {
    const found = registrations.find((each) => each.pool === pool && each.port === port);
    return [`port ${port}`, found?.state] as const;
  });
}

function leave(record: UndoRecord, found: string, cure: string, failed = true): Verdict {
  return { kind: 'leave', record, failed, found, cure };
}
