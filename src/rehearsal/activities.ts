import type { Phase, TimelineEvent } from '../operations/context.ts';
import type { ActionName } from './stages.ts';

/** What was being done in a stage. Times are milliseconds since the epoch. */
export type Activity = {
  readonly stage: string;
  readonly from: number;
  readonly to: number;
} & ({ readonly kind: 'approval' } | { readonly kind: 'action'; readonly action: ActionName });

/** When the last stage was left alone; 0 when none was begun. */
export function lastActionEnd(activities: readonly Activity[]): number {
  return activities.reduce((latest, { to }) => Math.max(latest, to), 0);
}

/** A host in one phase, until it entered the next one, was left alone, or the rehearsal ended. */
export interface HostPhase {
  readonly host: string;
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
  readonly note?: string;
}

/** Turns the timeline's entrances into stretches of time, in order of their beginning. */
export function hostPhases(
  events: readonly TimelineEvent[],
  activities: readonly Activity[],
  end: number,
): readonly HostPhase[] {
  const byHost = Map.groupBy(events, ({ host }) => host);
  const stretches = [...byHost.values()].flatMap((entered) => {
    const ordered = entered.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    return ordered.map((event, index): HostPhase => {
      const next = ordered[index + 1];
      const { host, phase, note } = event;
      const from = Date.parse(event.at);
      const to = next === undefined ? leftAlone(from, activities, end) : Date.parse(next.at);
      return { host, phase, from, to, ...(note === undefined ? {} : { note }) };
    });
  });
  return stretches.sort((one, other) => one.from - other.from);
}

/** A host that was taken out of service stays so until it serves; upgrade-host takes none out, and leaves it when it ends. */
function leftAlone(instant: number, activities: readonly Activity[], end: number): number {
  const upgrade = activities.find(
    (each) =>
      each.kind === 'action' && each.action === 'upgrade-host' && each.from <= instant && instant <= each.to,
  );
  return upgrade?.to ?? end;
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
  if (activity === undefined) return besideActivities(instant, activities);
  const { stage } = activity;
  if (activity.kind === 'approval') return `while the approval of ${stage} was awaited`;
  const list = hosts.map(({ host, phase }) => `${host} ${phase}`).join(', ');
  if (list !== '') return `${stage}: ${list}`;
  return `${stage}: ${BETWEEN_HOSTS[activity.action] ?? activity.action}`;
}

/** What an action does while no host is in hand, where its name does not say it. */
const BETWEEN_HOSTS: Readonly<Partial<Record<ActionName, string>>> = {
  'deploy-zone': 'between two hosts',
  'promote-zone': 'bake and promotion',
};

function besideActivities(instant: number, activities: readonly Activity[]): string {
  const before = activities.filter(({ to }) => to < instant).at(-1);
  if (before !== undefined) return `after ${before.stage}`;
  const [first] = activities;
  return first === undefined ? 'before anything was done' : `before ${first.stage}`;
}
