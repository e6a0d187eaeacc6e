import type { Phase } from '../operations/context.ts';
import type { ProgressEvent, ZoneProgress } from './progress.ts';
import { isFailed } from './traffic.ts';

/** What there is to see of a running rehearsal. */
export interface BoardView {
  readonly step: string;
  readonly zones: readonly {
    readonly zone: string;
    readonly state: ZoneProgress | 'waiting';
    readonly hosts: readonly { readonly host: string; readonly phase?: Phase }[];
  }[];
  readonly total: number;
  readonly failed: number;
  /** Requests that ended in the last second that is complete. */
  readonly perSecond: number;
  /** How the answers of that second are shared among versions, most first. */
  readonly versions: readonly { readonly version: string; readonly share: number }[];
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
  readonly versions: Map<string, number>;
}

export function createBoard(): Board {
  let step = '';
  let zones: readonly { readonly zone: string; readonly hosts: readonly string[] }[] = [];
  const states = new Map<string, ZoneProgress>();
  const phases = new Map<string, Phase>();
  let total = 0;
  let failed = 0;
  let seconds: readonly Second[] = [];

  const observe = (event: ProgressEvent): void => {
    switch (event.kind) {
      case 'fleet':
        zones = event.zones;
        return;
      case 'step':
        step = event.text;
        return;
      case 'zone':
        states.set(event.zone, event.state);
        return;
      case 'host':
        phases.set(event.event.host, event.event.phase);
        return;
      case 'samples':
        total += event.samples.length;
        failed += event.samples.filter(isFailed).length;
        seconds = counted(seconds, event.samples);
        return;
      case 'line':
        return;
    }
  };

  return {
    observe,
    view: (now) => ({
      ...{ step, total, failed, ...lastSecond(seconds, now) },
      zones: zones.map(({ zone, hosts }) => ({
        zone,
        state: states.get(zone) ?? 'waiting',
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

function counted(
  seconds: readonly Second[],
  samples: Extract<ProgressEvent, { kind: 'samples' }>['samples'],
): readonly Second[] {
  const bySecond = new Map(seconds.map((each) => [each.second, each]));
  for (const { end, version } of samples) {
    const second = Math.floor(end / 1_000);
    const entry = bySecond.get(second) ?? { second, count: 0, versions: new Map<string, number>() };
    entry.count += 1;
    if (version !== undefined) entry.versions.set(version, (entry.versions.get(version) ?? 0) + 1);
    bySecond.set(second, entry);
  }
  return [...bySecond.values()].sort((one, other) => other.second - one.second).slice(0, SECONDS_KEPT);
}

function lastSecond(seconds: readonly Second[], now: number): Pick<BoardView, 'perSecond' | 'versions'> {
  // The probe reports late by up to a quarter of a second.
  const complete = Math.floor((now - 300) / 1_000);
  const last = seconds.find(({ second }) => second < complete);
  if (last === undefined || last.second < complete - 1) return { perSecond: 0, versions: [] };
  const named = [...last.versions].sort(([, one], [, other]) => other - one);
  return {
    perSecond: last.count,
    versions: named.map(([version, count]) => ({ version, share: count / last.count })),
  };
}
