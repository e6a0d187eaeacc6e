import type { RangeBalancer } from '../../fleet/fleet.ts';
import type { Traffic } from '../cloudwatch/traffic.ts';
import type { BalancerNames } from './arn.ts';
import { chooseGroup, decide } from './decide.ts';
import { type Group, IDLE_TIMEOUT } from './group.ts';
import { createRoutes, groupsOf, type ListenerRoutes, type Routes } from './listener.ts';
import type { ListeningServer, Place } from './listening.ts';
import { startProxy } from './proxy.ts';
import { zonesInDns } from './routing.ts';
import { startTcpListener } from './tcp-listener.ts';

/** A listener of a load balancer. */
export interface Listener {
  readonly arn: string;
  readonly routes: ListenerRoutes;
  readonly server: ListeningServer;
}

/** A running load balancer. */
export interface LoadBalancer {
  readonly names: BalancerNames;
  readonly settings: RangeBalancer;
  /** One node each. */
  readonly zones: readonly string[];
  readonly shifted: ReadonlySet<string>;
  /** What the API calls it in DNS: a name, or the address itself where the range has no name servers. */
  readonly dnsName: string;
  readonly address: string;
  listeners(): readonly Listener[];
  /** Its listener accepts nothing new; what is open stays open. */
  deleteListener(arn: string): void;
  stop(): Promise<void>;
}

export interface LoadBalancerOptions {
  readonly names: BalancerNames;
  readonly settings: RangeBalancer;
  readonly zones: readonly string[];
  /** Zones away from which traffic has been shifted. */
  readonly shifted: ReadonlySet<string>;
  readonly routes: Routes;
  /** Every target group there is, by ARN. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly place: Place;
  readonly dnsName: string;
  /** Gets the answers of an application load balancer, by its own ARN and by the one of the target group. */
  readonly traffic: Traffic;
  readonly random: () => number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

/** Starts a load balancer with one listener. No target group is attached to it by that. */
export async function startLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  const { names, settings, zones, shifted, place, dnsName } = options;
  const routes = createRoutes(options.routes, { ...options, propagation: settings.propagation });
  const server = await openServer(routes, options);
  let listeners: readonly Listener[] = [{ arn: names.listener, routes, server }];
  return {
    names,
    settings,
    zones,
    shifted,
    dnsName,
    address: place.address,
    listeners: () => listeners,
    deleteListener(arn) {
      for (const each of listeners) if (each.arn === arn) each.server.close();
      listeners = listeners.filter((each) => each.arn !== arn);
    },
    stop: server.stop,
  };
}

function openServer(routes: ListenerRoutes, options: LoadBalancerOptions): Promise<ListeningServer> {
  const { names, groups, settings, place, random, traffic } = options;
  const node = nodesInTurn(routes, options);
  if (settings.type === 'application') {
    return startProxy({
      ...{ node, place, idleTimeout: IDLE_TIMEOUT },
      answered(targetGroup, status) {
        traffic.count(names.loadBalancer, status);
        if (targetGroup !== undefined) traffic.count(targetGroup, status);
      },
      decide: (zone, request) =>
        decide(request, routes.heard(zone), { random, choose: (group) => groups.get(group)?.choose(zone) }),
    });
  }
  return startTcpListener({
    node,
    place,
    choose(zone) {
      const step = routes.heard(zone).steps.at(-1);
      const group = step?.kind === 'forward' ? chooseGroup(step.groups, random) : undefined;
      return group === undefined ? undefined : groups.get(group)?.choose(zone);
    },
  });
}

/** Clients take the zones that are in DNS in turn, one connection after another. */
function nodesInTurn(routes: ListenerRoutes, { zones, groups, shifted }: LoadBalancerOptions): () => string {
  let turn = 0;
  return () => {
    const counted = groupsOf(routes.current()).flatMap((arn) => groups.get(arn)?.counted() ?? []);
    const inDns = zonesInDns(zones, counted, shifted);
    turn += 1;
    return inDns[turn % Math.max(1, inDns.length)] ?? '';
  };
}
