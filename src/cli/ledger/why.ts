import type { Fleet } from '../../fleet/fleet.ts';
import type { Lease, Ledger, ReleaseKey, ZoneEntry } from '../../ledger/document.ts';
import { cureOf, describeLease, SKEW } from '../../ledger/lease.ts';
import { outSentences } from './why-out.ts';

/**
 * Explains in sentences what is held and by whom, what would be refused, and what to do.
 *
 * @param only a zone of the fleet; all of them when not given
 * @param now milliseconds since 1970
 */
export function explainLedger(
  { zones }: Pick<Fleet, 'zones'>,
  ledger: Ledger,
  now: number,
  only: string | undefined,
): string {
  const names = zones.map(({ zone }) => zone);
  const told = names
    .filter((name) => only === undefined || name === only)
    .flatMap((name) => [
      '',
      `${name}: ${stateSentence(ledger, name, now)}`,
      ...outSentences(ledger, name, now),
      doorSentence(ledger, names.slice(0, names.indexOf(name))),
    ]);
  const { fence } = ledger;
  return [
    ...leaseSentences(ledger, now),
    ...(fence === undefined
      ? []
      : [`The last fencing token is ${fence}: a run with a lower one changes nothing.`]),
    ...newestSentences(ledger),
    ...told,
    '',
  ].join('\n');
}

/** Who holds the lease, whether that still counts, and what to do about it. */
export function leaseSentences({ lease, broken }: Ledger, now: number): readonly string[] {
  if (lease !== undefined) {
    return [`${describeLease(lease)} (fencing token ${lease.token}).`, meaningOf(lease, now)];
  }
  const free = 'Nobody holds the lease: a deployment may begin.';
  if (broken === undefined) return [free];
  const { by = 'Somebody', at, reason, run } = broken;
  return [free, `${by} broke the lease of ${run} at ${at}: ${reason}`];
}

function meaningOf(lease: Lease, now: number): string {
  if (isOver(lease, now))
    return 'It has run out: the next run takes it over and continues from what it finds.';
  return `Deployments of other runs are refused, or wait as long as their \`lease-wait\` says. If that run is dead: ${cureOf(lease)}.`;
}

function isOver({ expires }: Lease, now: number): boolean {
  return now > Date.parse(expires) + SKEW;
}

function stateSentence({ zones, lease }: Ledger, name: string, now: number): string {
  const entry = zones[name];
  if (entry === undefined) return 'no deployment yet.';
  const { state, release, before, run, began, at, approvedBy = [], note } = entry;
  const what = `${release.version} (sha256 ${release.sha256.slice(0, 12)}…)`;
  const why = note === undefined ? '' : ` ${note.endsWith('.') ? note : `${note}.`}`;
  switch (state) {
    case 'deploying':
      return `${run} has been deploying ${what} since ${began}, and has not said how it ended. ${unfinished(entry, lease, now)}`;
    case 'deployed':
      return `${run} has deployed ${what}, and every host has proven it (${at}). It is not promoted: run promote-zone.`;
    case 'stopped':
      return `the deployment of ${what} by ${run} stopped on the way (${at}).${why} Mend the cause and run it again.`;
    case 'promoted':
      return `${what} is promoted since ${at} by ${run}${approvedBy.length === 0 ? '' : `, approved by ${approvedBy.join(', ')}`}.`;
    case 'held':
      return `${what} did not pass its bake and was left as it is (${run}, ${at}).${why} Look at the hosts, then deploy again.`;
    case 'rolled-back':
      return (
        `${what} did not pass its bake, and the zone is back on ${before?.version ?? 'the release before'} (${run}, ${at}).${why} ` +
        'Deploy a new release.'
      );
  }
}

function unfinished({ run, runId }: ZoneEntry, lease: Lease | undefined, now: number): string {
  const holds = lease !== undefined && (runId === 0 ? lease.run === run : lease.runId === runId);
  if (holds && !isOver(lease, now)) return 'It holds the lease, so it is at work or has died not long ago.';
  return 'It does not hold the lease, so it is not at work any more: run that step again, it continues from what it finds.';
}

/** What a deployment of a zone needs of the zones before it. */
function doorSentence({ zones }: Ledger, earlier: readonly string[]): string {
  if (earlier.length === 0) return '  It is the first zone: no other one has to be promoted before it.';
  const closed = earlier.filter((name) => zones[name]?.state !== 'promoted');
  if (closed.length > 0) {
    return `  A deployment is refused while ${closed.join(', ')} ${closed.length === 1 ? 'is' : 'are'} not promoted.`;
  }
  const releases = earlier.flatMap((name) => zones[name]?.release ?? []);
  const [first] = releases;
  if (first === undefined || releases.some((each) => !isSame(each, first))) {
    return `  Any deployment is refused: ${earlier.join(', ')} are promoted with different releases. Begin at the first zone.`;
  }
  return `  A deployment of ${first.version} may begin; one of another release is refused, since ${earlier.join(', ')} must be promoted with it first.`;
}

/** What runs and releases are too old. */
function newestSentences({ zones }: Ledger): readonly string[] {
  const entries = Object.values(zones);
  const [newest] = entries.toSorted((one, other) => other.runId - one.runId);
  if (newest === undefined) return [];
  const ordinals = entries.flatMap(({ state, release, before }) =>
    state === 'rolled-back' ? (before?.ordinal ?? []) : release.ordinal,
  );
  return [
    ...(newest.runId === 0
      ? []
      : [`Runs before ${newest.runId} (${newest.run}) are refused: start a new one.`]),
    ...(ordinals.length === 0
      ? []
      : [`Releases with an ordinal below ${Math.max(...ordinals)} are refused without \`roll-back: true\`.`]),
  ];
}

function isSame(one: ReleaseKey, other: ReleaseKey): boolean {
  return one.version === other.version && one.sha256 === other.sha256;
}
