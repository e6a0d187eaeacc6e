import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import type { Traffic } from '../cloudwatch/traffic.ts';
import type { RangeBalancerPlace } from '../range.ts';
import type { Service } from '../wire/service.ts';
import type { SingleForward, WeightedGroup } from './actions.ts';
import { balancerNames, groupNames } from './arn.ts';
import { followListeners } from './attachments.ts';
import { createGroup, type Group, type Locate } from './group.ts';
import { groupOperations } from './group-operations.ts';
import { listenerOperations } from './listener-operations.ts';
import type { Place } from './listening.ts';
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
import { loadBalancerOperations } from './load-balancer-operations.ts';
import type { Estate } from './lookup.ts';
import { atOwnAddresses } from './places.ts';
import { ruleOperations } from './rule-operations.ts';
import { targetOperations } from './target-operations.ts';
import type { TargetKey } from './targets.ts';

export interface BalancingOptions {
  readonly groups: readonly GroupPlan[];
  readonly loadBalancers: readonly LoadBalancerPlan[];
  readonly settings: RangeBalancer;
  /**
   * `shared`: every load balancer listens on 127.0.0.1 on a port of its own, and that address is its DNS name. `own`: each
   * listens on a loopback address of its own, all on one port, and has a DNS name.
   */
  readonly addresses?: 'shared' | 'own';
  /** How a forward to one target group is described; both forms when missing. */
  readonly singleForward?: SingleForward;
  /** Zones away from which all traffic has been shifted; none when missing. */
  readonly shifted?: readonly string[];
  /** Finds an instance; `undefined` for one that does not exist or does not run. */
  readonly locate: Locate;
  /** Gets the answers of application load balancers, by the ARN of the balancer and by that of the target group. */
  readonly traffic: Traffic;
  /** Seeded; from 0 to 1. */
  readonly random: () => number;
}

/** One target group; a load balancer uses it when its listener or a rule names it. */
export interface GroupPlan {
  /** ARN. */
  readonly targetGroup: string;
  /** Port of targets that are registered without one; 80 when missing. */
  readonly port?: number;
  /** Of the load balancers that it is for; the settings' own when missing. */
  readonly type?: RangeBalancer['type'];
}

/** One load balancer with one listener. */
export interface LoadBalancerPlan {
  /** What its listener forwards to at first; the load balancer is named after the first. */
  readonly forward: readonly [WeightedGroup, ...WeightedGroup[]];
  readonly region: string;
  /** Zones that are enabled for it. */
  readonly zones: readonly string[];
}

/** Running load balancers. */
export interface Balancing {
  readonly service: Service;
  /** In the order of their plans. */
  readonly balancers: readonly RangeBalancerPlace[];
  /** The same as the API call `RegisterTargets`. */
  register(targetGroup: string, targets: readonly TargetKey[]): void;
  /** The same as the API call `DeregisterTargets`. */
  deregister(targetGroup: string, targets: readonly TargetKey[]): void;
  /** What `DescribeTargetHealth` says of one target. */
  health(targetGroup: string, target: TargetKey): TargetHealth;
  stop(): Promise<void>;
}

/**
 * Starts the load balancers: the control plane that the wire endpoint serves, health checks, and listeners that pass
 * requests or, of a network load balancer, connections on.
 *
 * @throws Error when a group's ARN is malformed or of another region than its load balancer
 * @throws UserError when the system has no loopback addresses for `own`
 */
export async function startBalancing(options: BalancingOptions): Promise<Balancing> {
  const groups = new Map(options.groups.map((plan) => [plan.targetGroup, makeGroup(plan, options)]));
  const balancers = await startAll(groups, options);
  const estate: Estate = {
    groups: [...groups.values()],
    balancers,
    singleForward: options.singleForward ?? 'both',
    created: new Date(),
  };
  followListeners(estate);
  const find = (targetGroup: string): Group => {
    const group = groups.get(targetGroup);
    if (group === undefined) throw new Error(`The range has no target group '${targetGroup}'.`);
    return group;
  };
  return {
    service: {
      scope: 'elasticloadbalancing',
      sdk,
      operations: {
        ...groupOperations(estate),
        ...targetOperations(estate),
        ...loadBalancerOperations(estate),
        ...listenerOperations(estate),
        ...ruleOperations(estate),
      },
    },
    balancers: balancers.flatMap(placesOf),
    register: (targetGroup, targets) => find(targetGroup).register(targets.map(keyOf)),
    deregister: (targetGroup, targets) => find(targetGroup).deregister(targets.map(keyOf)),
    health: (targetGroup, target) => find(targetGroup).health(keyOf(target)),
    async stop() {
      for (const group of groups.values()) group.stop();
      await Promise.all(balancers.map((balancer) => balancer.stop()));
    },
  };
}

function keyOf({ id, port }: TargetKey): TargetKey {
  return { id, port };
}

function placesOf({ names, dnsName, address, listeners }: LoadBalancer): readonly RangeBalancerPlace[] {
  const { name, region } = names;
  return listeners().map(({ arn, server }) => ({
    ...{ name, dnsName, address, region },
    port: server.port,
    listener: arn,
  }));
}

function makeGroup(plan: GroupPlan, { settings, shifted = [], locate, random }: BalancingOptions): Group {
  return createGroup({
    names: groupNames(plan.targetGroup),
    port: plan.port ?? 80,
    settings: { ...settings, type: plan.type ?? settings.type },
    shifted: new Set(shifted),
    locate,
    random,
    clock: () => performance.now(),
  });
}

function startAll(
  groups: ReadonlyMap<string, Group>,
  options: BalancingOptions,
): Promise<readonly LoadBalancer[]> {
  const plans = options.loadBalancers;
  const start = (plan: LoadBalancerPlan, place: Place): Promise<LoadBalancer> => {
    const { settings, shifted = [], random, traffic } = options;
    const names = balancerNames(groupNames(plan.forward[0].targetGroup), settings.type);
    for (const { targetGroup } of plan.forward) requireRegion(targetGroup, plan.region);
    return startLoadBalancer({
      ...{ names, settings, groups, place, random, traffic },
      zones: plan.zones,
      shifted: new Set(shifted),
      routes: {
        steps: [{ kind: 'forward', groups: plan.forward, stickiness: { enabled: false } }],
        rules: [],
      },
      dnsName: options.addresses === 'own' ? names.dnsName : place.address,
      clock: () => performance.now(),
    });
  };
  return options.addresses === 'own'
    ? atOwnAddresses(plans, start)
    : Promise.all(plans.map((plan) => start(plan, { address: '127.0.0.1', port: 0 })));
}

function requireRegion(targetGroup: string, region: string): void {
  const { region: own } = groupNames(targetGroup);
  if (own === region) return;
  throw new Error(
    `Target group '${targetGroup}' is in ${own}, but its zones are in ${region}: use a target group of the zones' own region.`,
  );
}
