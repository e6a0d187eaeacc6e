import { formatDuration } from '../../fleet/duration.ts';
import { UserError } from '../../runner/errors.ts';
import { askerFor } from '../ask/asker.ts';
import type { BakeRequest } from '../bake/bake.ts';
import type { GateContext, Gates } from '../bake/gates.ts';
import type { Limit } from '../bake/stretch.ts';
import { readOnlyJournal } from '../journal/keep-journal.ts';
import { registrationsOf } from '../pools.ts';
import { prepareZone } from '../zone/prepare-zone.ts';
import { checksThrough } from '../zone/zone-smoke.ts';
import { upgradeHost, type ZoneWork } from '../zone/zone-work.ts';
import { datapointGate } from './datapoint-gate.ts';
import { healthGate } from './health-gate.ts';
import type { Candidate, PromotePorts, PromoteRequest } from './request.ts';
import { urlGate } from './url-gate.ts';

/** What reading the gates of a fleet's zones needs. */
export function gateContext({ context }: PromotePorts, { fleet }: PromoteRequest): GateContext {
  const { clock, log, signal, alarms } = context;
  return { clock, log, signal, alarms, ask: askerFor(fleet.policy.smoke.from, context) };
}

/**
 * The gates of a zone: its alarms, the fleet's checks through the balancer, target health, the URL, datapoints.
 *
 * @throws UserError or PlatformError when the zone cannot be observed
 */
export async function gatesOf(
  ports: PromotePorts,
  request: PromoteRequest,
  { release }: Candidate,
): Promise<Gates> {
  const { context, metrics, askFromRunner } = ports;
  const { fleet, zone } = request;
  const { gate, minDatapoints } = fleet.policy.bake;
  const work = await observe(ports, request, release);
  const hosts = work.zone.hosts.map((host) => upgradeHost(work, host, registrationsOf(work.views, host)));
  const checks = checksThrough(work, hosts);
  return {
    alarms: zone.alarms,
    ...checks,
    // The hosts have served for a while.
    patience: { ...checks.patience, warmUp: 0 },
    others: [
      healthGate(context, work),
      ...(gate === undefined ? [] : [urlGate(context, askFromRunner, gate)]),
      ...(minDatapoints > 0 && zone.alarms.length > 0
        ? [datapointGate(metrics, zone.alarms, minDatapoints)]
        : []),
    ],
  };
}

async function observe(
  { context }: PromotePorts,
  { fleet, zone }: PromoteRequest,
  { version, sha256 }: Candidate['release'],
): Promise<ZoneWork> {
  // What there is to warn of was said when the zone was deployed.
  const quiet = { ...context, log: { ...context.log, info: () => undefined, warning: () => undefined } };
  const request = { fleet, zone: zone.zone, version, sha256, dryRun: true };
  const { work, steps } = await prepareZone(quiet, request, readOnlyJournal(new Map()));
  const away = steps.filter(({ kind }) => kind !== 'prove').map(({ host }) => host);
  if (away.length === 0) return work;
  throw new UserError(
    `${away.join(', ')} of ${zone.zone} left service or changed release since the zone was proven; nothing was touched. ` +
      'Deploy the zone again.',
  );
}

/** Durations and time limits of a bake, from the policy and from when the zone and the whole deployment began. */
export function bakeTimes(
  { fleet, zone, plan }: PromoteRequest,
  { entry }: Candidate,
): Pick<BakeRequest, 'wait' | 'stable' | 'retry' | 'every' | 'limits'> {
  const { bake, deploymentTimeout } = fleet.policy;
  const { wait, retry, every } = bake;
  const stable = fleet.zones[0]?.zone === zone.zone ? bake.firstZoneStable : bake.stable;
  const limits = [
    limit('policy.bake.zone-timeout', bake.zoneTimeout, entry.began),
    ...(plan === undefined || deploymentTimeout === undefined
      ? []
      : [limit('policy.deployment-timeout', deploymentTimeout, plan.planned)]),
  ];
  return { wait, stable, retry, every, limits };
}

function limit(name: string, duration: number, since: string): Limit {
  return { at: Date.parse(since) + duration, what: `${name} (${formatDuration(duration)} since ${since})` };
}
