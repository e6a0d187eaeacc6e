import { type Amount, parseAmount } from './amount.ts';
import { parseDuration } from './duration.ts';
import type { BakePolicy, DrainPolicy, Policy, RestorePolicy, SmokePolicy } from './fleet.ts';
import { type FailureLadder, parseLadder } from './ladder.ts';
import type { FleetDocument } from './schema.ts';

type PolicyDocument = FleetDocument['policy'];
type RangePolicyDocument = NonNullable<FleetDocument['range']>['policy'];

/** The policy of a valid fleet file, with what is left out filled in. */
export function toPolicy(policy: PolicyDocument): Policy {
  return {
    batch: toBatch(policy.batch),
    minHealthy: toAmount(policy['min-healthy']),
    ...(policy['survive-zone'] !== undefined && { surviveZone: policy['survive-zone'] }),
    drain: toDrain(policy.drain),
    restore: toRestore(policy.restore),
    smoke: toSmoke(policy.smoke),
    onFailure: toLadder(policy['on-failure']),
    bake: toBake(policy.bake),
    approvalMaxAge: toMilliseconds(policy['approval-max-age']),
    ...(policy['deployment-timeout'] !== undefined && {
      deploymentTimeout: toMilliseconds(policy['deployment-timeout']),
    }),
  };
}

/** What `range.policy` changes. A part of `drain`, `restore`, `smoke` or `bake` that is left out is the fleet's own. */
export function toPolicyChanges(changes: RangePolicyDocument, policy: Policy): Partial<Policy> {
  const { drain, restore, smoke, bake } = changes;
  return {
    ...(changes.batch !== undefined && { batch: toBatch(changes.batch) }),
    ...(changes['min-healthy'] !== undefined && { minHealthy: toAmount(changes['min-healthy']) }),
    ...(changes['survive-zone'] !== undefined && { surviveZone: changes['survive-zone'] }),
    ...(drain && { drain: { ...policy.drain, ...toDrainChanges(drain) } }),
    ...(restore && { restore: { ...policy.restore, ...toRestoreChanges(restore) } }),
    ...(smoke && { smoke: { ...policy.smoke, ...toSmokeChanges(smoke) } }),
    ...(changes['on-failure'] !== undefined && { onFailure: toLadder(changes['on-failure']) }),
    ...(bake && { bake: { ...policy.bake, ...toBakeChanges(bake) } }),
    ...(changes['approval-max-age'] !== undefined && {
      approvalMaxAge: toMilliseconds(changes['approval-max-age']),
    }),
    ...(changes['deployment-timeout'] !== undefined && {
      deploymentTimeout: toMilliseconds(changes['deployment-timeout']),
    }),
  };
}

function toDrain(drain: PolicyDocument['drain']): DrainPolicy {
  const { policy, propagation, gauge } = drain;
  return {
    policy,
    ...(propagation !== undefined && { propagation: toMilliseconds(propagation) }),
    quiet: toMilliseconds(drain.quiet),
    ...(gauge && { gauge }),
    timeout: toMilliseconds(drain.timeout),
    onTimeout: drain['on-timeout'],
    autoScaling: drain['auto-scaling'],
    lowerMinSize: drain['lower-min-size'],
  };
}

function toDrainChanges(drain: NonNullable<RangePolicyDocument['drain']>): Partial<DrainPolicy> {
  const { policy, propagation, quiet, gauge, timeout } = drain;
  return {
    ...(policy !== undefined && { policy }),
    ...(propagation !== undefined && { propagation: toMilliseconds(propagation) }),
    ...(quiet !== undefined && { quiet: toMilliseconds(quiet) }),
    ...(gauge && { gauge }),
    ...(timeout !== undefined && { timeout: toMilliseconds(timeout) }),
    ...(drain['on-timeout'] !== undefined && { onTimeout: drain['on-timeout'] }),
    ...(drain['auto-scaling'] !== undefined && { autoScaling: drain['auto-scaling'] }),
    ...(drain['lower-min-size'] !== undefined && { lowerMinSize: drain['lower-min-size'] }),
  };
}

function toRestore(restore: PolicyDocument['restore']): RestorePolicy {
  const { checks, timeout, 'first-request': firstRequest } = restore;
  return {
    checks,
    timeout: toMilliseconds(timeout),
    ...(firstRequest !== undefined && { firstRequest: toMilliseconds(firstRequest) }),
  };
}

function toRestoreChanges(restore: NonNullable<RangePolicyDocument['restore']>): Partial<RestorePolicy> {
  const { checks, timeout, 'first-request': firstRequest } = restore;
  return {
    ...(checks !== undefined && { checks }),
    ...(timeout !== undefined && { timeout: toMilliseconds(timeout) }),
    ...(firstRequest !== undefined && { firstRequest: toMilliseconds(firstRequest) }),
  };
}

function toSmoke(smoke: PolicyDocument['smoke']): SmokePolicy {
  const { from, attempts, consecutive } = smoke;
  return {
    from,
    attempts,
    interval: toMilliseconds(smoke.interval),
    consecutive,
    warmUp: toMilliseconds(smoke['warm-up']),
    seenWithin: toMilliseconds(smoke['seen-within']),
  };
}

function toSmokeChanges(smoke: NonNullable<RangePolicyDocument['smoke']>): Partial<SmokePolicy> {
  const { from, attempts, interval, consecutive, 'warm-up': warmUp, 'seen-within': seenWithin } = smoke;
  return {
    ...(from !== undefined && { from }),
    ...(attempts !== undefined && { attempts }),
    ...(interval !== undefined && { interval: toMilliseconds(interval) }),
    ...(consecutive !== undefined && { consecutive }),
    ...(warmUp !== undefined && { warmUp: toMilliseconds(warmUp) }),
    ...(seenWithin !== undefined && { seenWithin: toMilliseconds(seenWithin) }),
  };
}

/** The first zone bakes at least this long, in milliseconds, unless the fleet file says otherwise. */
const FIRST_ZONE = 30 * 60_000;

function toBake(bake: PolicyDocument['bake']): BakePolicy {
  const { 'first-zone': firstZone, gate } = bake;
  const stable = toMilliseconds(bake.stable);
  return {
    wait: toMilliseconds(bake.wait),
    stable,
    firstZoneStable: firstZone === undefined ? Math.max(stable, FIRST_ZONE) : toMilliseconds(firstZone),
    retry: toMilliseconds(bake.retry),
    every: toMilliseconds(bake.every),
    zoneTimeout: toMilliseconds(bake['zone-timeout']),
    ...(gate !== undefined && { gate }),
    minDatapoints: bake['min-datapoints'],
    onFailure: bake['on-failure'],
  };
}

function toBakeChanges(bake: NonNullable<RangePolicyDocument['bake']>): Partial<BakePolicy> {
  const { wait, stable, 'first-zone': firstZone, retry, every, gate } = bake;
  const { 'zone-timeout': zoneTimeout, 'min-datapoints': minDatapoints, 'on-failure': onFailure } = bake;
  return {
    ...(wait !== undefined && { wait: toMilliseconds(wait) }),
    ...(stable !== undefined && { stable: toMilliseconds(stable) }),
    ...(firstZone !== undefined && { firstZoneStable: toMilliseconds(firstZone) }),
    ...(retry !== undefined && { retry: toMilliseconds(retry) }),
    ...(every !== undefined && { every: toMilliseconds(every) }),
    ...(zoneTimeout !== undefined && { zoneTimeout: toMilliseconds(zoneTimeout) }),
    ...(gate !== undefined && { gate }),
    ...(minDatapoints !== undefined && { minDatapoints }),
    ...(onFailure !== undefined && { onFailure }),
  };
}

function toBatch(batch: PolicyDocument['batch']): readonly Amount[] {
  return Array.isArray(batch) ? batch.map(toAmount) : [toAmount(batch)];
}

function toLadder(written: PolicyDocument['on-failure']): FailureLadder {
  const ladder = parseLadder([written].flat());
  if (ladder === undefined) throw new TypeError(`${written} is no failure ladder`);
  return ladder;
}

function toAmount(text: string | number): Amount {
  const amount = parseAmount(String(text));
  if (amount === undefined) throw new TypeError(`${text} is not an amount`);
  return amount;
}

/** @param text a duration that the schema has let through */
export function toMilliseconds(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new TypeError(`${text} is not a duration`);
  return milliseconds;
}
