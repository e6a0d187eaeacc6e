import type { Fleet } from '../fleet/fleet.ts';
import type { Course, Stage } from './stages.ts';

/** The course that deploys zone after zone, each behind an approval of its own. */
export function zoneCourse(fleet: Fleet): Course {
  return {
    kind: 'zones',
    stages: fleet.zones.map(
      ({ zone, region, environment, hosts }): Stage => ({
        ...{ stage: zone, region, hosts },
        approval: { environment, question: `Approve environment ${environment} and deploy ${zone}?` },
        actions: [
          {
            action: 'deploy-zone',
            keepsTimeline: true,
            inputs: ({ fleetFile, version }) => ({ fleet: fleetFile, zone, version }),
          },
        ],
      }),
    ),
    groups: fleet.zones.map(({ zone, region, hosts }) => ({ group: zone, region, hosts, upgradedBy: zone })),
    entrances: [],
  };
}
