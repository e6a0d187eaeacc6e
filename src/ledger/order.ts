import { UserError } from '../runner/errors.ts';
import {
  type KnownRelease,
  type Ledger,
  MOST_RELEASES,
  type ReleaseKey,
  type ZoneEntry,
  type ZoneState,
} from './document.ts';

/** A zone that wants to begin or to be promoted. */
export interface Turn {
  readonly zone: string;
  /** Every zone that comes before it. */
  readonly earlier: readonly string[];
  readonly release: ReleaseKey;
  /** Number of the run on GitHub; 0 outside of GitHub, where runs are not compared. */
  readonly runId: number;
}

/** A release that is known already keeps the ordinal of its first deployment. */
export function knownRelease(ledger: Ledger, { version, sha256, ordinal }: ReleaseKey): ReleaseKey {
  const first = releasesIn(ledger).find((each) => isSame(each, { version, sha256 }));
  return { version, sha256, ordinal: first?.ordinal ?? ordinal };
}

/** Also those that zones have and the list has forgotten. */
function releasesIn({ releases, zones }: Ledger): readonly ReleaseKey[] {
  const entries = Object.values(zones);
  return [
    ...releases,
    ...entries.map(({ release }) => release),
    ...entries.flatMap(({ before }) => before ?? []),
  ];
}

/** Every reason why a zone may not begin, one sentence each; none when it may. */
export function beginProblems(
  ledger: Ledger,
  turn: Turn & {
    /** Whether an older release may take the place of a newer one. */
    readonly rollBack: boolean;
  },
): readonly string[] {
  const release = knownRelease(ledger, turn.release);
  return [
    ...runProblems(ledger, turn.runId),
    ...earlierProblems(ledger, turn),
    ...bytesProblems(ledger, release),
    ...(turn.rollBack ? [] : newerProblems(ledger, release)),
  ];
}

/** Every reason why a zone may not be promoted, one sentence each; none when it may. */
export function promoteProblems(ledger: Ledger, turn: Turn): readonly string[] {
  return [...runProblems(ledger, turn.runId), ...earlierProblems(ledger, turn), ...ownProblems(ledger, turn)];
}

/**
 * The ledger in which a zone is `deploying`. That it may begin is for `beginProblems` to say, of the same ledger.
 *
 * @throws UserError when a newer run was the last one to write about this zone
 */
export function zoneBegan(
  ledger: Ledger,
  began: {
    readonly zone: string;
    readonly release: ReleaseKey;
    readonly run: string;
    readonly runId: number;
    /** ISO 8601. */
    readonly at: string;
    readonly approvedBy?: readonly string[];
  },
): Ledger {
  const { zone, run, runId, at, approvedBy } = began;
  requireOwn(ledger, began);
  const release = knownRelease(ledger, began.release);
  const before = beforeOf(entryOf(ledger, zone), release);
  const entry: ZoneEntry = {
    state: 'deploying',
    release,
    ...(before && { before }),
    ...{ run, runId, began: at, at },
    ...(approvedBy && { approvedBy }),
  };
  return {
    ...withEntry(ledger, zone, entry),
    releases: withRelease(ledger.releases, { ...release, since: at }),
  };
}

/**
 * The ledger in which a zone that began has come to something. That it may be promoted is for `promoteProblems` to say, of the
 * same ledger.
 *
 * @throws UserError when nothing is known of the zone, or a newer run was the last one to write about it
 */
export function zoneEnded(
  ledger: Ledger,
  ended: {
    readonly zone: string;
    readonly state: Exclude<ZoneState, 'deploying'>;
    readonly run: string;
    readonly runId: number;
    /** ISO 8601. */
    readonly at: string;
    readonly note?: string;
  },
): Ledger {
  const { zone, state, run, runId, at, note } = ended;
  requireOwn(ledger, ended);
  const known = entryOf(ledger, zone);
  if (known === undefined) {
    throw new UserError(
      `The ledger of ${ledger.service} knows nothing of zone ${zone}, which was to become ${state}: its deployment did not ` +
        'begin, or the ledger was removed since. The ledger was not changed. Deploy the zone again.',
    );
  }
  const { note: _, ...rest } = known;
  return withEntry(ledger, zone, { ...rest, state, run, runId, at, ...(note !== undefined && { note }) });
}

/**
 * The ledger in which a zone whose run died while it was `deploying` is `stopped`; as it is when the zone is anything else. Run
 * and number stay those of that run, so that it can be run again.
 *
 * @param left.at ISO 8601
 */
export function zoneLeft(
  ledger: Ledger,
  { zone, at, note }: { readonly zone: string; readonly at: string; readonly note: string },
): Ledger {
  const entry = entryOf(ledger, zone);
  return entry?.state === 'deploying'
    ? withEntry(ledger, zone, { ...entry, state: 'stopped', at, note })
    : ledger;
}

/** A run that is older than one that has written about any zone may not go on: the newer one knows better. */
function runProblems(ledger: Ledger, runId: number): readonly string[] {
  const newest = Object.entries(ledger.zones).reduce<readonly [string, ZoneEntry] | undefined>(
    (best, each) => (best === undefined || each[1].runId > best[1].runId ? each : best),
    undefined,
  );
  if (newest === undefined || !isOlder(runId, newest[1].runId)) return [];
  const [zone, { run, at, release }] = newest;
  return [
    `run ${runId} is older than run ${newest[1].runId} (${run}), which has ${describe(release)} in zone ${zone} since ${at}; ` +
      'an older run never overtakes a newer one: start a new run',
  ];
}

function earlierProblems(ledger: Ledger, { zone, earlier, release }: Turn): readonly string[] {
  return earlier.flatMap((name) => {
    const entry = entryOf(ledger, name);
    if (entry?.state === 'promoted' && isSame(entry.release, release)) return [];
    const seen =
      entry === undefined ? 'has no deployment yet' : `is ${entry.state} with ${describe(entry.release)}`;
    return [
      `zone ${name}, which comes before ${zone}, ${seen}; it must be promoted with ${describe(release)}: promote it first`,
    ];
  });
}

/** Whoever goes back to a version, or proves one, must get the bytes that he knows by this name. */
function bytesProblems(ledger: Ledger, release: ReleaseKey): readonly string[] {
  const other = releasesIn(ledger).find(
    ({ version, sha256 }) => version === release.version && sha256 !== release.sha256,
  );
  if (other === undefined) return [];
  return [
    `${describe(release)} has other bytes than ${describe(other)}, which was deployed before; one version must always be the ` +
      'same bytes: give the new build a new version',
  ];
}

/** Zones that have a release which is newer by its ordinal. */
function newerProblems(ledger: Ledger, release: ReleaseKey): readonly string[] {
  return Object.entries(ledger.zones).flatMap(([name, entry]) => {
    const there = entry.state === 'rolled-back' ? entry.before : entry.release;
    if (there === undefined || there.ordinal <= release.ordinal) return [];
    return [
      `zone ${name} has ${describe(there)} of ordinal ${there.ordinal}, which is newer than ${describe(release)} of ordinal ` +
        `${release.ordinal}: deploy a newer release, or set roll-back: true`,
    ];
  });
}

function ownProblems(ledger: Ledger, { zone, release }: Turn): readonly string[] {
  const entry = entryOf(ledger, zone);
  const isThere = entry?.state === 'deployed' || entry?.state === 'promoted';
  if (isThere && isSame(entry.release, release)) return [];
  const seen =
    entry === undefined ? 'has no deployment yet' : `is ${entry.state} with ${describe(entry.release)}`;
  return [`zone ${zone} ${seen}; it must be deployed with ${describe(release)}: deploy it first`];
}

/** @throws UserError when a newer run was the last one to write about the zone */
function requireOwn(
  ledger: Ledger,
  { zone, runId }: { readonly zone: string; readonly runId: number },
): void {
  const entry = entryOf(ledger, zone);
  if (entry === undefined || !isOlder(runId, entry.runId)) return;
  throw new UserError(
    `Zone ${zone} is ${entry.state} with ${describe(entry.release)} by run ${entry.runId} (${entry.run}) since ${entry.at}; ` +
      `run ${runId} is older and may not write about it. The ledger was not changed. Start a new run.`,
  );
}

/** What the zone goes back to: the release that was promoted there last, other than the one that begins. */
function beforeOf(entry: ZoneEntry | undefined, release: ReleaseKey): ReleaseKey | undefined {
  const isAnother = entry?.state === 'promoted' && !isSame(entry.release, release);
  return isAnother ? entry.release : entry?.before;
}

function withEntry(ledger: Ledger, zone: string, entry: ZoneEntry): Ledger {
  return { ...ledger, zones: { ...ledger.zones, [zone]: entry } };
}

function withRelease(releases: readonly KnownRelease[], release: KnownRelease): readonly KnownRelease[] {
  if (releases.some((each) => isSame(each, release))) return releases;
  return [...releases, release].slice(-MOST_RELEASES);
}

/** Zone names come from a file that people write: none is taken for a member that every object has. */
function entryOf(ledger: Ledger, zone: string): ZoneEntry | undefined {
  return Object.hasOwn(ledger.zones, zone) ? ledger.zones[zone] : undefined;
}

function isSame(
  one: Pick<ReleaseKey, 'version' | 'sha256'>,
  other: Pick<ReleaseKey, 'version' | 'sha256'>,
): boolean {
  return one.version === other.version && one.sha256 === other.sha256;
}

function isOlder(runId: number, other: number): boolean {
  return runId !== 0 && runId < other;
}

function describe({ version, sha256 }: ReleaseKey): string {
  return `${version} (sha256 ${sha256.slice(0, 12)}…)`;
}
