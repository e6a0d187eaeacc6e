import type { TargetGroupAttribute, TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import { WireError } from '../wire/service.ts';
import type { GroupNames } from './arn.ts';
import { initialAttributes, modifyAttributes, routingRules } from './attributes.ts';
import type { TargetConnections } from './connections.ts';
import { createNode, type Reachable } from './node.ts';
import { createRegistry } from './registry.ts';
import { type Candidate, usableTargets, zonesInDns } from './routing.ts';
import { shownHealth, type TargetKey } from './targets.ts';

/** Finds an instance; `undefined` for one that does not exist or does not run. */
export type Locate = (instanceId: string) => { readonly address: string; readonly zone: string } | undefined;

export interface GroupOptions {
  readonly names: GroupNames;
  /** Zones that are enabled for the group's load balancer: one node each. */
  readonly zones: readonly string[];
  /** Port of targets that are registered without one. */
  readonly port: number;
  readonly settings: RangeBalancer;
  readonly locate: Locate;
  readonly random: () => number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

/** A target group with its targets, their health checks, and the nodes that send requests to them. */
export interface Group {
  readonly names: GroupNames;
  readonly zones: readonly string[];
  readonly port: number;
  readonly settings: RangeBalancer;
  attributes(): ReadonlyMap<string, string>;
  /** See `modifyAttributes`; a drain that is under way keeps its delay. */
  modify(changes: readonly TargetGroupAttribute[]): void;
  /** @throws WireError `InvalidTarget` when an instance is unknown; then none is registered */
  register(keys: readonly TargetKey[]): void;
  deregister(keys: readonly TargetKey[]): void;
  /** Registered targets, draining ones included. */
  targets(): readonly TargetKey[];
  health(key: TargetKey): TargetHealth;
  zonesInDns(): readonly string[];
  /** Connections to the next target for a request at the node of this zone; `undefined` when it has none. */
  choose(zone: string): TargetConnections | undefined;
  stop(): void;
}

/** Milliseconds; the default of the load balancer attribute `idle_timeout.timeout_seconds`. */
export const IDLE_TIMEOUT = 60_000;

export function createGroup(options: GroupOptions): Group {
  const { zones, locate, clock } = options;
  const nodes = new Map(zones.map((zone) => [zone, createNode(IDLE_TIMEOUT)]));
  const registry = createRegistry({
    ...options,
    address: (id) => (whyUnused(id, options) === undefined ? locate(id)?.address : undefined),
    onLeave: (zone, key) => nodes.get(zone)?.leave(key),
    onEnd(key) {
      for (const node of nodes.values()) node.cut(key);
    },
  });
  const candidates = (): readonly (Candidate & Reachable)[] =>
    registry.all().flatMap(({ key, phase }) => {
      const place = locate(key.id);
      return place !== undefined && zones.includes(place.zone) ? [{ key, phase, ...place }] : [];
    });
  let attributes = initialAttributes(options.settings);

  return {
    ...options,
    attributes: () => attributes.values,
    modify(changes) {
      attributes = modifyAttributes(attributes, changes);
    },
    register(keys) {
      requireKnown(keys, locate);
      for (const key of keys) registry.register(key);
    },
    deregister(keys) {
      for (const key of keys) registry.deregister(key, attributes.deregistrationDelay);
    },
    targets: () => {
      const keys = registry.all().map(({ key }) => key);
      return keys.filter((key) => registry.shown(key) !== undefined);
    },
    health(key) {
      const phase = registry.shown(key);
      if (phase === undefined) return NOT_REGISTERED;
      return (phase.kind === 'draining' ? undefined : whyUnused(key.id, options)) ?? shownHealth(phase);
    },
    zonesInDns: () => zonesInDns(zones, candidates(), routingRules(attributes)),
    choose(zone) {
      const usable = usableTargets(zone, candidates(), routingRules(attributes), clock());
      return nodes.get(zone)?.next(usable);
    },
    stop() {
      registry.stop();
      for (const node of nodes.values()) node.stop();
    },
  };
}

function requireKnown(keys: readonly TargetKey[], locate: Locate): void {
  const unknown = keys.map(({ id }) => id).filter((id) => locate(id) === undefined);
  if (unknown.length === 0) return;
  const ids = unknown.map((id) => `'${id}'`).join(', ');
  throw new WireError('InvalidTarget', `The following targets are not valid instances: ${ids}`);
}

const NOT_REGISTERED: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};

/** Why the balancer cannot use a registered instance; `undefined` when it can. */
function whyUnused(id: string, { zones, locate }: GroupOptions): TargetHealth | undefined {
  const place = locate(id);
  if (place === undefined) {
    return {
      State: 'unused',
      Reason: 'Target.InvalidState',
      Description: 'Target is in the stopped state',
    };
  }
  if (zones.includes(place.zone)) return undefined;
  return {
    State: 'unused',
    Reason: 'Target.NotInUse',
    Description: 'Target is in an Availability Zone that is not enabled for the load balancer',
  };
}
