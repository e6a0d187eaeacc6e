import type { Phase, TimelineEvent } from '../operations/context.ts';

/** What was being done with a zone. Times are milliseconds since the epoch. */
export interface Activity {
  readonly zone: string;
  readonly kind: 'approval' | 'deployment';
  readonly from: number;
  readonly to: number;
}

/** When the last zone was left alone; 0 when none was begun. */
export function lastActionEnd(activities: readonly Activity[]): number {
  return activities.reduce((latest, { to }) => Math.max(latest, to), 0);
}

/** A host in one phase, until it entered the next one or the rehearsal ended. */
export interface HostPhase {
  readonly host: string;
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
  readonly note?: string;
}

/** Turns the timeline's entrances into stretches of time, in order of their beginning. */
export function hostPhases(events: readonly TimelineEvent[], end: number): readonly HostPhase[] {
  const byHost = Map.groupBy(events, ({ host }) => host);
  const stretches = [...byHost.values()].flatMap((entered) => {
    const ordered = entered.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    return ordered.map((event, index): HostPhase => {
      const next = ordered[index + 1];
      const { host, phase, note } = event;
      const to = next === undefined ? end : Date.parse(next.at);
      return { host, phase, from: Date.parse(event.at), to, ...(note === undefined ? {} : { note }) };
    });
  });
  return stretches.sort((one, other) => one.from - other.from);
}

/** What was going on during a stretch of time, in words and with the hosts that were in hand. */
export interface Circumstance {
  readonly during: string;
  readonly hosts: readonly { readonly host: string; readonly phase: Phase }[];
}

/**
 * Says what was being done between two instants, so that a failure can be laid at a step's door. A host that
 * serves is not in hand.
 */
export function circumstanceAt(
  from: number,
  to: number,
  phases: readonly HostPhase[],
  activities: readonly Activity[],
): Circumstance {
  const overlaps = (stretch: { readonly from: number; readonly to: number }): boolean =>
    stretch.from <= to && stretch.to >= from;
  const hosts = phases
    .filter((stretch) => stretch.phase !== 'serving' && overlaps(stretch))
    .map(({ host, phase }) => ({ host, phase }));
  const activity = activities.filter(overlaps).at(-1);
  return { during: describe(hosts, activity, from, activities), hosts };
}

function describe(
  hosts: Circumstance['hosts'],
  activity: Activity | undefined,
  instant: number,
  activities: readonly Activity[],
): string {
  if (activity?.kind === 'approval') return `while the approval of ${activity.zone} was awaited`;
  if (activity === undefined) return besideActivities(instant, activities);
  const list = hosts.map(({ host, phase }) => `${host} ${phase}`).join(', ');
  return list === '' ? `${activity.zone}: between two hosts` : `${activity.zone}: ${list}`;
}

function besideActivities(instant: number, activities: readonly Activity[]): string {
  const before = activities.filter(({ to }) => to < instant).at(-1);
  return before === undefined ? 'before the first zone' : `after ${before.zone}`;
}
