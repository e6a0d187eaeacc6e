import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import type { Service } from '../wire/service.ts';
import { groupNames } from './arn.ts';
import { createGroup, type Group, IDLE_TIMEOUT, type Locate } from './group.ts';
import { groupOperations } from './group-operations.ts';
import { loadBalancerOperations } from './load-balancer-operations.ts';
import type { Estate } from './lookup.ts';
import { type Listener, startProxy } from './proxy.ts';
import { targetOperations } from './target-operations.ts';
import type { TargetKey } from './targets.ts';
import { startTcpListener } from './tcp-listener.ts';

export interface BalancingOptions {
  readonly groups: readonly GroupPlan[];
  readonly settings: RangeBalancer;
  /** Zones away from which all traffic has been shifted; none when missing. */
  readonly shifted?: readonly string[];
  /** Finds an instance; `undefined` for one that does not exist or does not run. */
  readonly locate: Locate;
  /** Seeded; from 0 to 1. */
  readonly random: () => number;
}

/** One target group; it gets a load balancer of its own with one listener. */
export interface GroupPlan {
  /** ARN; its name becomes the load balancer's name too. */
  readonly targetGroup: string;
  readonly region: string;
  /** Zones that are enabled for the load balancer. */
  readonly zones: readonly string[];
  /** Port of targets that are registered without one; 80 when missing. */
  readonly port?: number;
}

/** Running load balancers. */
export interface Balancing {
  readonly service: Service;
  /** Where clients reach each group. */
  readonly entrances: readonly {
    readonly region: string;
    readonly targetGroup: string;
    readonly url: string;
  }[];
  /** The same as the API call `RegisterTargets`. */
  register(targetGroup: string, targets: readonly TargetKey[]): void;
  /** The same as the API call `DeregisterTargets`. */
  deregister(targetGroup: string, targets: readonly TargetKey[]): void;
  /** What `DescribeTargetHealth` says of one target. */
  health(targetGroup: string, target: TargetKey): TargetHealth;
  stop(): Promise<void>;
}

/**
 * Starts a load balancer for each group: the control plane that the wire endpoint serves, health checks, and
 * a listener that passes requests or, of a network load balancer, connections on.
 *
 * @throws Error when a group's ARN is malformed or of another region than the group
 */
export async function startBalancing(options: BalancingOptions): Promise<Balancing> {
  const groups = options.groups.map((plan) => makeGroup(plan, options));
  const fronts = await Promise.all(
    groups.map(async (group) => ({ group, listener: await openListener(group) })),
  );
  const find = (targetGroup: string): Group => {
    const group = groups.find(({ names }) => names.targetGroup === targetGroup);
    if (group === undefined) throw new Error(`The range has no target group '${targetGroup}'.`);
    return group;
  };
  const estate: Estate = {
    served: fronts.map(({ group, listener }) => ({
      group,
      listenerPort: listener.port,
      closeListener: listener.close,
    })),
    created: new Date(),
  };
  return {
    service: {
      scope: 'elasticloadbalancing',
      sdk,
      operations: {
        ...groupOperations(estate),
        ...targetOperations(estate),
        ...loadBalancerOperations(estate),
      },
    },
    entrances: fronts.map(({ group, listener }) => ({
      region: group.names.region,
      targetGroup: group.names.targetGroup,
      url: `http://127.0.0.1:${listener.port}`,
    })),
    register: (targetGroup, targets) => find(targetGroup).register(targets.map(keyOf)),
    deregister: (targetGroup, targets) => find(targetGroup).deregister(targets.map(keyOf)),
    health: (targetGroup, target) => find(targetGroup).health(keyOf(target)),
    async stop() {
      for (const group of groups) group.stop();
      await Promise.all(fronts.map(({ listener }) => listener.stop()));
    },
  };
}

function keyOf({ id, port }: TargetKey): TargetKey {
  return { id, port };
}

function makeGroup(plan: GroupPlan, { settings, shifted = [], locate, random }: BalancingOptions): Group {
  const names = groupNames(plan.targetGroup, settings.type);
  if (names.region !== plan.region) {
    throw new Error(
      `Target group '${plan.targetGroup}' is in ${names.region}, but its zones are in ${plan.region}: use a target group of the zones' own region.`,
    );
  }
  const { zones, port = 80 } = plan;
  return createGroup({
    names,
    zones,
    port,
    settings,
    shifted: new Set(shifted),
    locate,
    random,
    clock: () => performance.now(),
  });
}

/** Clients take the zones that are in DNS in turn, one connection after another. */
function openListener(group: Group): Promise<Listener> {
  let turn = 0;
  const node = (): string => {
    const zones = group.zonesInDns();
    turn += 1;
    return zones[turn % Math.max(1, zones.length)] ?? '';
  };
  const choose = (zone: string) => group.choose(zone);
  return group.settings.type === 'network'
    ? startTcpListener({ node, choose })
    : startProxy({ node, choose, idleTimeout: IDLE_TIMEOUT });
}
