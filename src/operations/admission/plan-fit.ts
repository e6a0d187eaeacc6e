import { formatDuration } from '../../fleet/duration.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import { differencesOf, type Plan, type PlannedZone, type Terms } from '../plan/plan.ts';
import type { HostStatus } from '../records.ts';

/** A zone as it is found after its approval. */
export interface FoundZone {
  readonly terms: Terms;
  readonly statuses: readonly HostStatus[];
}

const AGAIN = 'Plan again, and have the new plan approved.';

/** Why an approved plan does not fit this fleet file, zone and time; none when it does. */
export function planProblems(
  plan: Plan,
  { fleet, zone, now }: { readonly fleet: Fleet; readonly zone: Zone; readonly now: number },
): readonly string[] {
  const planned = plannedZone(plan, zone.zone);
  const names = (zones: readonly { readonly zone: string }[]) => zones.map((each) => each.zone).join(', ');
  const limit = fleet.policy.deploymentTimeout;
  const age = now - Date.parse(plan.planned);
  return [
    ...(plan.service === fleet.service
      ? []
      : [`the plan is for service ${plan.service}, and the fleet file for ${fleet.service}.`]),
    ...(names(plan.zones) === names(fleet.zones)
      ? []
      : [
          `the zones of the plan are ${names(plan.zones)}, and those of the fleet file ${names(fleet.zones)}. ${AGAIN}`,
        ]),
    ...(planned === undefined || planned.environment === zone.environment
      ? []
      : [
          `the plan has environment ${planned.environment} for ${zone.zone}, the fleet file ${zone.environment}. ${AGAIN}`,
        ]),
    ...(planned?.todo === 'proven'
      ? [
          `the plan begins after ${zone.zone} and does not deploy it. Plan again with \`start-at: ${zone.zone}\`.`,
        ]
      : []),
    ...(limit !== undefined && age > limit
      ? [
          `the plan was made at ${plan.planned}, ${formatDuration(age)} ago; a deployment may take ${formatDuration(limit)} ` +
            `(policy.deployment-timeout). ${AGAIN}`,
        ]
      : []),
  ];
}

/** What is no longer as it was when the zone was planned; a host that runs the planned release already is no difference. */
export function changeProblems(plan: Plan, zone: string, found: FoundZone): readonly string[] {
  const planned = plannedZone(plan, zone);
  if (planned === undefined) return [];
  const changed = differencesOf(planned.terms, found.terms).map((difference) => `${difference}. ${AGAIN}`);
  const known = new Set([...planned.from, `${plan.version} ${plan.sha256}`]);
  const strangers = found.statuses.flatMap((status) => {
    const runs = releaseOf(status);
    if (known.has(runs)) return [];
    const from = planned.from.length === 0 ? 'nothing else' : planned.from.join(', ');
    return [`${status.host} runs ${runs}, and the plan knows ${from} in ${zone}. ${AGAIN}`];
  });
  return [...changed, ...strangers];
}

/** The release of a host as a plan writes it. */
function releaseOf({ release }: HostStatus): string {
  return release === undefined ? 'nothing' : `${release.version} ${release.sha256}`;
}

function plannedZone(plan: Plan, zone: string): PlannedZone | undefined {
  return plan.zones.find((each) => each.zone === zone);
}

/** Hosts that say they run a release that is newer than the one that is wanted; none when going back is meant. */
export function ordinalProblems(
  statuses: readonly HostStatus[],
  wanted: { readonly version: string; readonly ordinal: number },
): readonly string[] {
  return statuses.flatMap(({ host, release, ordinal }) =>
    ordinal === undefined || ordinal <= wanted.ordinal
      ? []
      : [
          `${host} runs ${release?.version ?? 'a release'} with ordinal ${ordinal}, newer than ${wanted.version} with ordinal ` +
            `${wanted.ordinal}. Deploy the newer one, or write \`roll-back: true\` if the older one is meant.`,
        ],
  );
}
