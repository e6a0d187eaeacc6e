import type { Activity } from '../rehearsal/activities.ts';
import type { TrafficSecond } from '../rehearsal/traffic.ts';
import type { HostVerdict, Verdict } from '../rehearsal/verdict.ts';

/** What the charts of the report draw. Instants are seconds since the first request. */
export interface ChartData {
  readonly length: number;
  readonly regions: readonly RegionChart[];
  readonly lanes: readonly Lane[];
  readonly approvals: readonly Moment[];
  /** When zones were baked and promoted. */
  readonly bakes: readonly Span[];
  /** When the way of the traffic was changed. */
  readonly marks: readonly Moment[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Moment {
  readonly label: string;
  readonly at: number;
}

/** Name of a colour of the style sheet. */
export type Colour = 'version-from' | 'version-to' | 'version-moved' | 'version-other' | 'failed';

export interface RegionChart {
  readonly region: string;
  /** One series per version, and per pool where traffic is moved between pools; index = second. */
  readonly series: readonly Series[];
  readonly failures: readonly Moment[];
}

export interface Series {
  readonly name: string;
  readonly colour: Colour;
  readonly perSecond: readonly number[];
}

/** One host's row: thin where it serves, named where it is worked on, empty where no user comes to it. */
export interface Lane {
  readonly host: string;
  /** Its zone, or its pool where traffic is moved between pools. */
  readonly group: string;
  readonly zone: string;
  readonly stretches: readonly Stretch[];
}

export interface Stretch {
  /** A phase; `serving` also before the host was touched. */
  readonly phase: string;
  /** Set while serving: the release that is thought to serve. */
  readonly version?: string;
  readonly colour?: Colour;
  readonly from: number;
  readonly to: number;
  readonly note?: string;
}

/** Turns a verdict into what the charts draw. */
export function chartData(verdict: Verdict): ChartData {
  const start = verdict.traffic.total === 0 ? verdict.began : verdict.traffic.from;
  const end = verdict.traffic.total === 0 ? verdict.ended : verdict.traffic.to;
  const at = (instant: number): number => round(Math.max(0, (Math.min(instant, end) - start) / 1_000));
  return {
    length: round((end - start) / 1_000),
    regions: verdict.traffic.regions.map(({ region }) => regionChart(verdict, region, at)),
    lanes: lanes(verdict, at),
    approvals: verdict.activities
      .filter(({ kind }) => kind === 'approval')
      .map(({ stage, to }) => ({ label: `✓ ${stage}`, at: at(to) })),
    bakes: verdict.activities.filter(isPromotion).map(({ from, to }) => ({ from: at(from), to: at(to) })),
    marks: verdict.marks.map(({ label, at: instant }) => ({ label, at: at(instant) })),
  };
}

/** Whether a zone was baked and promoted, or taken back. */
export function isPromotion(activity: Activity): boolean {
  return activity.kind === 'action' && activity.action === 'promote-zone';
}

type Scale = (instant: number) => number;

function regionChart(verdict: Verdict, region: string, at: Scale): RegionChart {
  const cells = verdict.traffic.seconds.filter((cell) => cell.region === region);
  const served = seriesOf(
    verdict,
    cells.filter((cell) => cell.served > 0),
  );
  const failed = failedSeries(verdict, cells);
  // Those that are listed are only the first of many, and alone they would look as if it had ended with them.
  const listed = failed.length > 0 && verdict.failuresNotListed > 0 ? [] : verdict.failures;
  const failures = listed
    .filter((failure) => failure.region === region)
    .map(({ at: instant, reason, detail, during }) => ({
      at: at(instant),
      label: `${reason}: ${detail}, ${during}`,
    }));
  return { region, series: [...served, ...failed], failures };
}

/** What a side that took over did not serve; where none takes over, failures are few and drawn one by one. */
function failedSeries({ course, traffic }: Verdict, cells: readonly TrafficSecond[]): readonly Series[] {
  if (course === 'zones' || cells.every(({ failed }) => failed === 0)) return [];
  const perSecond = new Array<number>(lengthOf(traffic)).fill(0);
  for (const { second, failed } of cells) perSecond[second] = (perSecond[second] ?? 0) + failed;
  return [{ name: 'failed request', colour: 'failed', perSecond }];
}

/** Seconds in which something ended. */
function lengthOf({ seconds }: Verdict['traffic']): number {
  return Math.max(0, ...seconds.map(({ second }) => second + 1));
}

function seriesOf(verdict: Verdict, cells: readonly TrafficSecond[]): readonly Series[] {
  const { from, to, course, traffic } = verdict;
  const length = lengthOf(traffic);
  const nameOf = ({ version = UNNAMED, pool }: TrafficSecond): string =>
    course === 'zones' || pool === undefined ? version : `${pool} ${version}`;
  const found = Map.groupBy(cells, nameOf);
  const names = course === 'zones' ? new Set([from, to, ...found.keys()]) : new Set(found.keys());
  const taken = new Set<Colour>();
  return [...names].map((name) => {
    const perSecond = new Array<number>(length).fill(0);
    for (const { second, served } of found.get(name) ?? []) {
      perSecond[second] = (perSecond[second] ?? 0) + served;
    }
    const version = found.get(name)?.[0]?.version ?? name;
    const [colour = 'version-other'] = coloursOf(version, verdict).filter((each) => !taken.has(each));
    taken.add(colour);
    return { name, colour, perSecond };
  });
}

/** A release that a second pool serves too has another colour there. */
function coloursOf(version: string, { from, to }: Pick<Verdict, 'from' | 'to'>): readonly Colour[] {
  if (version === from) return ['version-from'];
  return version === to ? ['version-to', 'version-moved'] : [];
}

const UNNAMED = 'no version';

function lanes(verdict: Verdict, at: Scale): readonly Lane[] {
  return verdict.groups.flatMap((group) =>
    group.hosts.map((host) => ({
      ...{ host: host.host, group: group.group, zone: host.zone },
      stretches: stretches(verdict, host, at),
    })),
  );
}

function stretches(verdict: Verdict, host: HostVerdict, at: Scale): readonly Stretch[] {
  const { from, to } = verdict;
  const [first] = host.phases;
  let installed = from;
  const worked = host.phases.flatMap((stretch) => {
    if (stretch.phase === 'installing') installed = isGoingBack(verdict, stretch.from) ? from : to;
    if (stretch.phase === 'rolling-back') installed = from;
    const { phase, note } = stretch;
    if (phase === 'serving') return serving(verdict, host, { ...stretch, version: installed });
    return [{ phase, from: stretch.from, to: stretch.to, ...(note === undefined ? {} : { note }) }];
  });
  const until = first?.from ?? Number.POSITIVE_INFINITY;
  const untouched = serving(verdict, host, { from: 0, to: until, version: from });
  const left = host.phases.at(-1)?.to ?? Number.POSITIVE_INFINITY;
  const afterwards =
    left < verdict.ended ? serving(verdict, host, { from: left, to: verdict.ended, version: installed }) : [];
  return [...untouched, ...worked, ...afterwards].map((each) => ({
    ...each,
    from: at(each.from),
    to: at(each.to),
  }));
}

/** What promote-zone installs is the release of before. */
function isGoingBack({ activities }: Verdict, instant: number): boolean {
  return activities.some((each) => isPromotion(each) && each.from <= instant && instant <= each.to);
}

/** Where traffic is moved, a host serves only while users come to it. */
function serving(
  { course, from, to }: Verdict,
  { first, last }: HostVerdict,
  stretch: { readonly from: number; readonly to: number; readonly version: string; readonly note?: string },
): readonly Stretch[] {
  const { version } = stretch;
  const [colour = 'version-other'] = coloursOf(version, { from, to });
  const whole = { phase: 'serving', ...stretch, colour };
  if (course === 'zones') return [whole];
  if (first === undefined || last === undefined) return [];
  const clipped = { ...whole, from: Math.max(stretch.from, first), to: Math.min(stretch.to, last) };
  return clipped.from < clipped.to ? [clipped] : [];
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
