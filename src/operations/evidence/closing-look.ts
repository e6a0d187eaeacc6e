import type { Recorded } from '../../evidence/document.ts';
import { isSeenAfter } from '../../evidence/judge-mutations.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { RegionContext } from '../context.ts';
import { proveZone } from '../plan/prove-zone.ts';
import { askStatus } from '../records.ts';
import type { EvidenceLog } from './log.ts';

/** What is looked at when an action is over. */
export interface ClosingLook {
  readonly fleet: Fleet;
  /** With the hosts that it has now. */
  readonly zone: Zone;
  readonly release: { readonly version: string; readonly sha256: string };
}

/**
 * Looks once more at everything, so that the evidence ends with how the zone was left: its pools, what each host and its process
 * say, and whatever was changed and not looked at since. What is seen is for the log alone; it changes no outcome. What cannot be
 * looked at keeps nothing else from it.
 *
 * @param context recorded
 * @throws PlatformError when something could not be looked at, CancelledError when the context's signal aborts
 */
export async function lookAgain(
  context: RegionContext,
  log: EvidenceLog,
  { fleet, zone, release }: ClosingLook,
): Promise<void> {
  const [proven] = await Promise.allSettled([proveZone(context, fleet, zone, release)]);
  const { transport: hosts = [], ...rest } = Object.groupBy(unseen(log.recorded()), ({ port }) => port);
  const looks = await Promise.allSettled([
    ...(hosts.length > 0
      ? [
          askStatus(
            context,
            hosts.map(({ subject }) => subject),
            fleet.hosts.directory,
          ),
        ]
      : []),
    ...(rest.balancer ?? []).map(({ subject }) => context.balancer.targets(subject)),
    ...(rest.scaling ?? []).map(({ subject }) =>
      isGroup(log, subject) ? context.scaling.group(subject) : context.scaling.members([subject]),
    ),
  ]);
  for (const look of [proven, ...looks]) if (look.status === 'rejected') throw look.reason;
}

/** Mutations that nobody has looked at since, one for each subject. */
function unseen(recorded: readonly Recorded[]): readonly Recorded[] {
  const entries = recorded.map((entry, index) => ({ ...entry, n: index + 1, sha256: '' }));
  const open = entries.filter(
    (entry, index) => entry.kind === 'mutation' && !isSeenAfter(entries, entry, index),
  );
  return [...new Map(open.map((entry) => [`${entry.port} ${entry.subject}`, entry])).values()];
}

/** Calls on a host are setHealthy and terminate; all others are on a group. */
function isGroup(log: EvidenceLog, subject: string): boolean {
  return log
    .recorded()
    .some(
      (entry) =>
        entry.port === 'scaling' &&
        entry.kind === 'mutation' &&
        entry.subject === subject &&
        entry.call !== 'setHealthy' &&
        entry.call !== 'terminate',
    );
}
