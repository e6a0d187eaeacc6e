import { formatDuration } from '../../fleet/duration.ts';
import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { OtherRun } from '../../github/port.ts';
import type { ZoneEntry } from '../../ledger/document.ts';
import type { ZoneOutlook } from './look-ahead.ts';

/** A run of the same workflow that has not ended. */
export function otherRunWarning({ id, title, url, status }: OtherRun, runId: number): string {
  const age = id < runId ? 'an older' : 'a newer';
  const state = status === 'waiting' ? 'waits for an approval' : `is ${status.replaceAll('_', ' ')}`;
  return (
    `${age} run of this workflow ${state}: ${title} (${url}). If it is not wanted any more, cancel it, do not reject it: a ` +
    'rejected run has been seen to keep its concurrency group, so that no later run began'
  );
}

/** Where the time that is expected is more than the policy allows. */
export function timeWarnings(
  fleet: Fleet,
  zones: readonly ZoneOutlook[],
  expected: number,
): readonly string[] {
  const { deploymentTimeout, bake } = fleet.policy;
  const long = zones.filter(({ estimate }) => estimate.deployment + estimate.bake > bake.zoneTimeout);
  return [
    ...(deploymentTimeout !== undefined && expected > deploymentTimeout
      ? [
          `all zones are expected to take ${formatDuration(expected)} without the time for approvals, and ` +
            `policy.deployment-timeout is ${formatDuration(deploymentTimeout)}`,
        ]
      : []),
    ...long.map(
      ({ zone, estimate }) =>
        `${zone.zone} is expected to take ${formatDuration(estimate.deployment + estimate.bake)} with its bake, and ` +
        `policy.bake.zone-timeout is ${formatDuration(bake.zoneTimeout)}`,
    ),
  ];
}

/** What is the same in several zones, such as what a pool that they share says, once. */
export function together(
  zones: readonly { readonly zone: Pick<Zone, 'zone'>; readonly warnings: readonly string[] }[],
): readonly string[] {
  const named = zones.flatMap(({ zone: { zone }, warnings }) =>
    warnings.map((warning) => [zone, warning.replace(`${zone}: `, '')] as const),
  );
  return [...Map.groupBy(named, ([, sentence]) => sentence)].map(
    ([sentence, said]) => `${said.map(([zone]) => zone).join(', ')}: ${sentence}`,
  );
}

/** A zone whose deployment did not say how it ended. */
export function unfinished({ zone }: Zone, { release, run, began }: ZoneEntry): string {
  return (
    `${zone}: the ledger says that ${run} has been deploying ${release.version} there since ${began}, and not how it ended: ` +
    'look whether it is still at work before anybody approves'
  );
}

/** What no proof of a host will see, because the service does not tell it. */
export function blindness({ hosts: { identity } }: Fleet): readonly string[] {
  if (identity === undefined) {
    return ['the fleet file has no hosts.identity: nothing proves which release a process runs'];
  }
  const { digest, started } = identity;
  const untold = [...(digest === undefined ? ['digest'] : []), ...(started === undefined ? ['started'] : [])];
  if (untold.length === 0) return [];
  const missed = [
    ...(digest === undefined ? ['other bytes under the same version'] : []),
    ...(started === undefined ? ['a process older than its release'] : []),
  ];
  return [
    `hosts.identity has ${untold.map((each) => `no ${each}`).join(' and ')}: ${missed.join(' and ')} would not be noticed`,
  ];
}
