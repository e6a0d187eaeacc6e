import type { Fleet } from '../fleet/fleet.ts';
import type { Course, EarlierOutputs, Site, Stage } from './stages.ts';

/** The stage in which the plan is made that the approvals are about. */
export const PLAN = 'plan';

/**
 * The course that plans the whole deployment, and then deploys and promotes zone after zone, each behind an approval of its
 * own: the jobs of the workflows, with what they hand on to each other.
 */
export function zoneCourse(fleet: Fleet): Course {
  return {
    kind: 'zones',
    stages: [planStage(fleet), ...fleet.zones.map(zoneStage)],
    groups: fleet.zones.map(({ zone, region, hosts }) => ({ group: zone, region, hosts, upgradedBy: zone })),
    entrances: [],
  };
}

function planStage({ zones }: Fleet): Stage {
  return {
    ...{ stage: PLAN, region: zones[0]?.region ?? '', hosts: [] },
    actions: [
      {
        action: 'plan-zones',
        keepsTimeline: false,
        inputs: ({ fleetFile, version, token }) => ({ fleet: fleetFile, version, ...tokenInput(token) }),
      },
    ],
  };
}

function zoneStage({ zone, region, environment, hosts }: Fleet['zones'][number]): Stage {
  const inputs = (site: Site, earlier: EarlierOutputs) => ({
    ...{ fleet: site.fleetFile, zone, version: site.version },
    ...planned(earlier),
    ...tokenInput(site.token),
  });
  return {
    ...{ stage: zone, region, hosts },
    approval: { environment, question: `Approve environment ${environment} and deploy ${zone}?` },
    actions: [
      { action: 'deploy-zone', keepsTimeline: true, inputs },
      { action: 'promote-zone', keepsTimeline: true, inputs },
    ],
  };
}

/** What plan-zones hands on. */
function planned(earlier: EarlierOutputs): Readonly<Record<string, string>> {
  const { plan, sha256 } = earlier['plan-zones'] ?? {};
  return { ...(plan === undefined ? {} : { plan }), ...(sha256 === undefined ? {} : { sha256 }) };
}

function tokenInput(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { token };
}
