import { poolName } from '../fleet/flip-steps.ts';
import type { Phase } from '../operations/context.ts';
import type { Sample } from './probe-sample.ts';
import type { ProgressEvent, StageProgress } from './progress.ts';
import { isFailed } from './traffic.ts';

/** What there is to see of a running rehearsal. */
export interface BoardView {
  readonly step: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly state: StageProgress | 'waiting';
    readonly hosts: readonly { readonly host: string; readonly phase?: Phase }[];
  }[];
  readonly total: number;
  readonly failed: number;
  /** Requests that ended in the last second that is complete. */
  readonly perSecond: number;
  /** How the answers of that second are shared among versions, or among pools with theirs, most first. */
  readonly shares: readonly { readonly of: string; readonly share: number }[];
}

/** Keeps what is shown up to date. */
export interface Board {
  observe(event: ProgressEvent): void;
  /** @param now milliseconds since the epoch */
  view(now: number): BoardView;
}

interface Second {
  readonly second: number;
  count: number;
  readonly shares: Map<string, number>;
}

export function createBoard(): Board {
  let step = '';
  let course: Pick<Extract<ProgressEvent, { kind: 'course' }>, 'stages' | 'sharesBy'> = {
    stages: [],
    sharesBy: 'version',
  };
  const states = new Map<string, StageProgress>();
  const phases = new Map<string, Phase>();
  let total = 0;
  let failed = 0;
  let seconds: readonly Second[] = [];

  const observe = (event: ProgressEvent): void => {
    switch (event.kind) {
      case 'course':
        course = event;
        return;
      case 'step':
        step = event.text;
        return;
      case 'stage':
        states.set(event.stage, event.state);
        return;
      case 'host':
        phases.set(event.event.host, event.event.phase);
        return;
      case 'samples':
        total += event.samples.length;
        failed += event.samples.filter(isFailed).length;
        seconds = counted(seconds, event.samples, course.sharesBy === 'pool' ? versionOfPool : versionOf);
        return;
      case 'line':
        return;
    }
  };

  return {
    observe,
    view: (now) => ({
      ...{ step, total, failed, ...lastSecond(seconds, now) },
      stages: course.stages.map(({ stage, hosts }) => ({
        stage,
        state: states.get(stage) ?? 'waiting',
        hosts: hosts.map((host) => {
          const phase = phases.get(host);
          return phase === undefined ? { host } : { host, phase };
        }),
      })),
    }),
  };
}

/** How many seconds are kept: enough to find a complete one. */
const SECONDS_KEPT = 4;

function versionOf({ version }: Sample): string | undefined {
  return version;
}

function versionOfPool({ pool, version }: Sample): string | undefined {
  return pool === undefined || version === undefined ? version : `${poolName(pool)} ${version}`;
}

function counted(
  seconds: readonly Second[],
  samples: readonly Sample[],
  shareOf: (sample: Sample) => string | undefined,
): readonly Second[] {
  const bySecond = new Map(seconds.map((each) => [each.second, each]));
  for (const sample of samples) {
    const second = Math.floor(sample.end / 1_000);
    const share = shareOf(sample);
    const entry = bySecond.get(second) ?? { second, count: 0, shares: new Map<string, number>() };
    entry.count += 1;
    if (share !== undefined) entry.shares.set(share, (entry.shares.get(share) ?? 0) + 1);
    bySecond.set(second, entry);
  }
  return [...bySecond.values()].sort((one, other) => other.second - one.second).slice(0, SECONDS_KEPT);
}

function lastSecond(seconds: readonly Second[], now: number): Pick<BoardView, 'perSecond' | 'shares'> {
  // The probe reports late by up to a quarter of a second.
  const complete = Math.floor((now - 300) / 1_000);
  const last = seconds.find(({ second }) => second < complete);
  if (last === undefined || last.second < complete - 1) return { perSecond: 0, shares: [] };
  const named = [...last.shares].sort(([, one], [, other]) => other - one);
  return {
    perSecond: last.count,
    shares: named.map(([of, count]) => ({ of, share: count / last.count })),
  };
}
