import type { ObservedTarget } from '../balancers/port.ts';
import { judgeRemoval, type PoolView } from '../fleet/floor.ts';
import type { EvidenceBundle, EvidenceEntry, EvidenceGuards } from './document.ts';
import { fieldsIn, isLook, type Judged, lastBefore, saidIn, textsIn, together } from './judged.ts';
import { readSettings, readTargets } from './targets.ts';

/** Milliseconds after which what was seen of a pool is too old to take hosts out of it; a bound of ours. */
const FRESH = 60_000;

/** Whether the floor guard allows each deregistration on what was last seen of its pool. */
export function judgeGuards(bundle: EvidenceBundle): Judged {
  const { entries } = bundle;
  return together(
    entries.flatMap((entry, index) =>
      entry.port === 'balancer' && entry.call === 'deregister'
        ? [{ judged: 1, findings: problemsOf(bundle, entry, index), open: [] }]
        : [],
    ),
  );
}

function problemsOf(bundle: EvidenceBundle, entry: EvidenceEntry, index: number): readonly string[] {
  const { entries, guards } = bundle;
  const { subject: pool, n } = entry;
  const keys = textsIn(entry.given);
  const doing = `entry ${n}: deregistered ${keys.join(', ')} from ${pool}`;
  if (keys.length === 0) return [`entry ${n}: it does not say what was deregistered from ${pool}`];
  const [seenSettings, seenTargets] = ['settings', 'targets'].map((call) =>
    lastBefore(entries, index, (each) => isLook(each, call, pool) && each.at <= entry.at),
  );
  const settings = readSettings(seenSettings?.answer);
  const targets = readTargets(seenTargets?.answer);
  if (seenSettings === undefined || settings === undefined || settings.pool !== pool) {
    return [`${doing}, and no settings of the pool were recorded before, expected a look within 60 s`];
  }
  if (seenTargets === undefined || targets === undefined) {
    return [`${doing}, and no targets of the pool were recorded before, expected a look within 60 s`];
  }
  const old = [seenSettings, seenTargets].flatMap((look) => {
    const age = Date.parse(entry.at) - Date.parse(look.until);
    if (age <= FRESH) return [];
    return [
      `${doing}, and the last ${look.call} were recorded ${age} ms before (entry ${look.n}), expected 60 s at most`,
    ];
  });
  const gone = [...keys, ...alreadyGoing(entries, seenTargets, index, pool)];
  const ramping = settings.slowStart > 0 ? returning(entries, index, pool) : [];
  const view = { settings, targets: withRamping(withAbsent(targets, gone), ramping) };
  const reasons = refusalOf(view, gone, guards);
  if (reasons === undefined) return old;
  const seen = `what entries ${seenSettings.n} and ${seenTargets.n} recorded`;
  return [...old, `${doing}, and the floor forbids it on ${seen}, expected that it holds: ${reasons}`];
}

/** Why a pool would not keep its floor without these targets; none when it would. */
function refusalOf(view: PoolView, gone: readonly string[], guards: EvidenceGuards): string | undefined {
  const leaving = view.targets.filter(
    (target) => gone.includes(keyOf(target)) && target.state !== 'draining' && target.state !== 'unused',
  );
  const hosts = [...new Set(leaving.map(({ id }) => id))];
  const verdict = judgeRemoval([view], hosts, new Map(Object.entries(guards.zoneOf)), guards.floor);
  return verdict.kind === 'allowed' ? undefined : verdict.reasons.join('; ');
}

/** What was deregistered from the pool after it was last looked at. */
function alreadyGoing(
  entries: readonly EvidenceEntry[],
  look: EvidenceEntry,
  index: number,
  pool: string,
): readonly string[] {
  return entries
    .slice(0, index)
    .filter(({ n, call, subject }) => n > look.n && call === 'deregister' && subject === pool)
    .flatMap(({ given }) => textsIn(given));
}

/** A target that has finished draining is no longer listed and still belongs to the pool, as in the guard itself. */
function withAbsent(targets: readonly ObservedTarget[], keys: readonly string[]): readonly ObservedTarget[] {
  const listed = new Set(targets.map(keyOf));
  const absent = [...new Set(keys)].filter((key) => !listed.has(key));
  return [
    ...targets,
    ...absent.map((key): ObservedTarget => {
      const colon = key.lastIndexOf(':');
      return { id: key.slice(0, colon), port: Number(key.slice(colon + 1)), state: 'unused', shifted: false };
    }),
  ];
}

/** Registrations of hosts that said last that they are still out of service; where there is slow start they are in it. */
function returning(entries: readonly EvidenceEntry[], index: number, pool: string): readonly string[] {
  const last = new Map<string, EvidenceEntry>();
  for (const entry of entries.slice(0, index)) {
    if (entry.call === 'status' || entry.call === 'record' || entry.call === 'clear')
      last.set(entry.subject, entry);
  }
  return [...last.values()].flatMap((entry) => {
    if (entry.call !== 'status') return [];
    const targets = fieldsIn(fieldsIn(saidIn(entry))['record'])['targets'];
    if (!Array.isArray(targets)) return [];
    return targets
      .map(fieldsIn)
      .filter((target) => target['pool'] === pool)
      .map(({ id, port }) => `${String(id)}:${String(port)}`);
  });
}

function withRamping(targets: readonly ObservedTarget[], keys: readonly string[]): readonly ObservedTarget[] {
  return targets.map((target) =>
    target.state === 'healthy' && keys.includes(keyOf(target)) ? { ...target, ramping: true } : target,
  );
}

function keyOf({ id, port }: Pick<ObservedTarget, 'id' | 'port'>): string {
  return `${id}:${port}`;
}
