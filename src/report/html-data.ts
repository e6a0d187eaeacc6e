import type { Verdict } from '../rehearsal/verdict.ts';

/** What the charts of the report draw. Instants are seconds since the first request. */
export interface ChartData {
  readonly length: number;
  readonly regions: readonly RegionChart[];
  readonly lanes: readonly Lane[];
  readonly approvals: readonly { readonly zone: string; readonly at: number }[];
}

export interface RegionChart {
  readonly region: string;
  /** One series per version; index = second. */
  readonly versions: readonly { readonly version: string; readonly perSecond: readonly number[] }[];
  readonly failures: readonly { readonly at: number; readonly label: string }[];
}

/** One host's row: thin where it serves, named where it is worked on. */
export interface Lane {
  readonly host: string;
  readonly zone: string;
  readonly stretches: readonly Stretch[];
}

export interface Stretch {
  /** A phase; `serving` also before the host was touched. */
  readonly phase: string;
  /** Set while serving: the release that is thought to serve. */
  readonly version?: string;
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
      .map(({ zone, to }) => ({ zone, at: at(to) })),
  };
}

type Scale = (instant: number) => number;

function regionChart(verdict: Verdict, region: string, at: Scale): RegionChart {
  const cells = verdict.traffic.seconds.filter((cell) => cell.region === region && cell.served > 0);
  const length = Math.max(0, ...verdict.traffic.seconds.map(({ second }) => second + 1));
  const found = new Set(cells.map(({ version }) => version ?? UNNAMED));
  const others = [...found].filter((version) => version !== verdict.from && version !== verdict.to);
  const versions = [...new Set([verdict.from, verdict.to, ...others])].map((version) => {
    const perSecond = new Array<number>(length).fill(0);
    for (const cell of cells) {
      if ((cell.version ?? UNNAMED) === version)
        perSecond[cell.second] = (perSecond[cell.second] ?? 0) + cell.served;
    }
    return { version, perSecond };
  });
  const failures = verdict.failures
    .filter((failure) => failure.region === region)
    .map(({ at: instant, reason, detail, during }) => ({
      at: at(instant),
      label: `${reason}: ${detail}, ${during}`,
    }));
  return { region, versions, failures };
}

const UNNAMED = 'no version';

function lanes(verdict: Verdict, at: Scale): readonly Lane[] {
  return verdict.zones.flatMap(({ zone, hosts }) =>
    hosts.map(({ host, phases }) => {
      const first = phases[0];
      const untouched: Stretch = {
        phase: 'serving',
        version: verdict.from,
        from: 0,
        to: at(first?.from ?? Number.POSITIVE_INFINITY),
      };
      let installed = verdict.from;
      const worked = phases.map(({ phase, from, to, note }): Stretch => {
        if (phase === 'installing') installed = verdict.to;
        if (phase === 'rolling-back') installed = verdict.from;
        return {
          ...{ phase, from: at(from), to: at(to) },
          ...(phase === 'serving' ? { version: installed } : {}),
          ...(note === undefined ? {} : { note }),
        };
      });
      return { host, zone, stretches: [untouched, ...worked] };
    }),
  );
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
