import type {
  AdministrativeOverride,
  TargetGroupAttribute,
  TargetHealth,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import { WireError } from '../wire/service.ts';
import type { GroupNames } from './arn.ts';
import { connectionRules, initialAttributes, modifyAttributes, routingRules } from './attributes.ts';
import type { TargetConnections } from './connections.ts';
import { type BalancerNode, createNode, type Reachable } from './node.ts';
import { createRegistry, type Registered } from './registry.ts';
import { type Candidate, type Counted, type RoutingRules, usableTargets } from './routing.ts';
import { shownHealth, type TargetKey } from './targets.ts';

/** Finds an instance; `undefined` for one that does not exist or does not run. */
export type Locate = (instanceId: string) => { readonly address: string; readonly zone: string } | undefined;

export interface GroupOptions {
  readonly names: GroupNames;
  /** Port of targets that are registered without one. */
  readonly port: number;
  readonly settings: RangeBalancer;
  /** Zones away from which traffic has been shifted. */
  readonly shifted: ReadonlySet<string>;
  readonly locate: Locate;
  readonly random: () => number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

/** The load balancer that uses a target group. */
export interface Attachment {
  /** ARN. */
  readonly loadBalancer: string;
  /** Zones that are enabled for it: one node each. */
  readonly zones: readonly string[];
}

/** A target group with its targets, their health checks, and the nodes that send requests to them. */
export interface Group {
  readonly names: GroupNames;
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
  override(key: TargetKey): AdministrativeOverride;
  /** A load balancer uses the group: its targets are checked from now on. Does nothing when it does so already. */
  attach(to: Attachment): void;
  /** No load balancer uses the group: its targets are checked no more. Nodes that have not heard go on using it. */
  detach(): void;
  attachment(): Attachment | undefined;
  counted(): Counted;
  /** Connections to the next target for a request at the node of this zone; `undefined` when it has none. */
  choose(zone: string): TargetConnections | undefined;
  stop(): void;
}

/** Milliseconds; the default of the load balancer attribute `idle_timeout.timeout_seconds`. */
export const IDLE_TIMEOUT = 60_000;

export function createGroup(options: GroupOptions): Group {
  const { locate, clock, shifted, settings } = options;
  const nodes = new Map<string, BalancerNode>();
  let attributes = initialAttributes(settings);
  let attached: Attachment | undefined;
  /** Of the load balancer that used the group last. */
  let zones: readonly string[] = [];
  const registry = createRegistry({
    ...options,
    zones: () => zones,
    address: (id) => (whyUnused(id, attached, locate) === undefined ? locate(id)?.address : undefined),
    slowStart: () => attributes.slowStart,
    onUnhealthy(key) {
      if (connectionRules(attributes).cutUnhealthy) for (const node of nodes.values()) node.cut(key);
    },
    onLeave: (zone, key) => nodes.get(zone)?.leave(key),
    onEnd(key) {
      const { cutAfterDelay } = connectionRules(attributes);
      for (const node of nodes.values()) cutAfterDelay ? node.cut(key) : node.forget(key);
    },
  });
  const candidates = (): readonly (Candidate & Reachable)[] =>
    registry.all().flatMap((target) => {
      const place = locate(target.key.id);
      if (place === undefined || !zones.includes(place.zone)) return [];
      return [{ key: target.key, phase: target.phase, ...place, share: shareOf(target, clock()) }];
    });
  const rules = (): RoutingRules => ({ ...routingRules(attributes), shifted });

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
      const target = registry.shown(key);
      if (target === undefined) return NOT_REGISTERED;
      const { phase, since } = target;
      const reason = phase.kind === 'draining' ? undefined : whyUnused(key.id, attached, locate);
      if (reason !== undefined) return reason;
      const isKept = clock() - since < connectionRules(attributes).unhealthyDraining;
      return shownHealth(phase, { type: settings.type, keepsConnections: isKept });
    },
    override: ({ id }) => (shifted.has(locate(id)?.zone ?? '') ? SHIFTED : NO_OVERRIDE),
    attach(to) {
      if (attached?.loadBalancer === to.loadBalancer) return;
      for (const zone of to.zones) {
        if (!nodes.has(zone)) nodes.set(zone, createNode(IDLE_TIMEOUT, options.random));
      }
      attached = to;
      zones = to.zones;
      registry.watch();
    },
    detach() {
      attached = undefined;
      registry.rest();
    },
    attachment: () => attached,
    counted: () => ({ candidates: candidates(), rules: rules() }),
    choose(zone) {
      const usable = usableTargets(zone, candidates(), rules(), clock());
      return nodes.get(zone)?.next(usable);
    },
    stop() {
      registry.stop();
      for (const node of nodes.values()) node.stop();
    },
  };
}

/** From 0 to 1 in a straight line. */
function shareOf({ since, slowUntil }: Registered, now: number): number {
  if (slowUntil === undefined || now >= slowUntil) return 1;
  return (now - since) / (slowUntil - since);
}

const NO_OVERRIDE: AdministrativeOverride = {
  State: 'no_override',
  Reason: 'AdministrativeOverride.NoOverride',
  Description: 'No override is currently active on target',
};

const SHIFTED: AdministrativeOverride = {
  State: 'zonal_shift_active',
  Reason: 'AdministrativeOverride.ZonalShiftActive',
  Description: 'Zonal shift is currently active on target',
};

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
function whyUnused(id: string, attached: Attachment | undefined, locate: Locate): TargetHealth | undefined {
  if (attached === undefined) return notInUse('Target group is not configured to receive traffic');
  const place = locate(id);
  if (place === undefined) {
    return {
      State: 'unused',
      Reason: 'Target.InvalidState',
      Description: 'Target is in the stopped state',
    };
  }
  if (attached.zones.includes(place.zone)) return undefined;
  return notInUse('Target is in an Availability Zone that is not enabled for the load balancer');
}

function notInUse(Description: string): TargetHealth {
  return { State: 'unused', Reason: 'Target.NotInUse', Description };
}
