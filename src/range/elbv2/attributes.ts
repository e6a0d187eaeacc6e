import type { TargetGroupAttribute } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import { WireError } from '../wire/service.ts';
import {
  CROSS_ZONE,
  CUT_AFTER_DELAY,
  CUT_UNHEALTHY,
  DELAY,
  DNS_COUNT,
  DNS_PERCENT,
  ROUTING_COUNT,
  ROUTING_PERCENT,
  type Rule,
  rulesOf,
  SLOW_START,
  UNHEALTHY_DRAINING,
} from './attribute-rules.ts';
import type { RoutingRules, Threshold } from './routing.ts';

type BalancerSettings = Pick<RangeBalancer, 'type' | 'deregistrationDelay' | 'crossZone' | 'slowStart'>;

/** A target group's attributes. */
export interface Attributes {
  readonly type: RangeBalancer['type'];
  /** The load balancer's own cross-zone setting. */
  readonly balancerCrossZone: boolean;
  readonly values: ReadonlyMap<string, string>;
  /** Milliseconds; the attribute's value is this in whole seconds, rounded up. */
  readonly deregistrationDelay: number;
  /** Milliseconds; the attribute's value is this in whole seconds, rounded up. 0 is off. */
  readonly slowStart: number;
}

/** The attributes of a new target group: AWS's defaults, and what the range's settings say. */
export function initialAttributes(settings: BalancerSettings): Attributes {
  const { type, deregistrationDelay, slowStart, crossZone } = settings;
  const values = new Map([...rulesOf(type)].map(([key, rule]) => [key, rule.initial]));
  values.set(DELAY, String(Math.ceil(deregistrationDelay / 1_000)));
  if (type === 'application') {
    values.set(SLOW_START, String(Math.ceil(slowStart / 1_000)));
    if (!crossZone) values.set(CROSS_ZONE, 'false');
  }
  return { type, balancerCrossZone: balancerCrossZone(settings), values, deregistrationDelay, slowStart };
}

/**
 * Applies `ModifyTargetGroupAttributes`.
 *
 * @throws WireError `ValidationError` for an unknown key or a value out of range, and
 *   `InvalidConfigurationRequest` for thresholds that contradict each other and for what AWS would accept
 *   but the range does not model
 */
export function modifyAttributes(current: Attributes, changes: readonly TargetGroupAttribute[]): Attributes {
  if (changes.length === 0)
    throw new WireError('ValidationError', 'A target group attribute must be specified');
  const values = new Map(current.values);
  let { deregistrationDelay, slowStart } = current;
  for (const { Key: key = '', Value: value = '' } of changes) {
    requireValue(key, value, rulesOf(current.type));
    values.set(key, value);
    if (key === DELAY) deregistrationDelay = Number(value) * 1_000;
    if (key === SLOW_START) slowStart = Number(value) * 1_000;
  }
  requireOrder(values, DNS_COUNT, ROUTING_COUNT);
  requireOrder(values, DNS_PERCENT, ROUTING_PERCENT);
  return { ...current, values, deregistrationDelay, slowStart };
}

/** How nodes choose targets under these attributes. */
export function routingRules({ values, balancerCrossZone }: Attributes): RoutingRules {
  const own = values.get(CROSS_ZONE);
  return {
    crossZone: own === 'use_load_balancer_configuration' ? balancerCrossZone : own === 'true',
    failOpen: threshold(values, ROUTING_COUNT, ROUTING_PERCENT),
    dnsFailover: threshold(values, DNS_COUNT, DNS_PERCENT),
  };
}

/**
 * The load balancer's own cross-zone setting. An Application Load Balancer's is always on; a target group can turn it
 * off for itself.
 */
export function balancerCrossZone({
  type,
  crossZone,
}: Pick<BalancerSettings, 'type' | 'crossZone'>): boolean {
  return type === 'application' || crossZone;
}

/** What happens to connections that are open when their target leaves or falls ill. */
export interface ConnectionRules {
  /** The end of the deregistration delay ends them. */
  readonly cutAfterDelay: boolean;
  /** A target that becomes unhealthy loses them. */
  readonly cutUnhealthy: boolean;
  /** Milliseconds for which a target that keeps them is shown as `unhealthy.draining`. */
  readonly unhealthyDraining: number;
}

export function connectionRules({ values, type }: Attributes): ConnectionRules {
  if (type === 'application') return { cutAfterDelay: true, cutUnhealthy: false, unhealthyDraining: 0 };
  const cutUnhealthy = values.get(CUT_UNHEALTHY) === 'true';
  return {
    cutAfterDelay: values.get(CUT_AFTER_DELAY) === 'true',
    cutUnhealthy,
    unhealthyDraining: cutUnhealthy ? 0 : Number(values.get(UNHEALTHY_DRAINING)) * 1_000,
  };
}

/** The attributes as `DescribeTargetGroupAttributes` lists them. */
export function listAttributes(values: ReadonlyMap<string, string>): TargetGroupAttribute[] {
  return [...values].map(([Key, Value]) => ({ Key, Value }));
}

function requireValue(key: string, value: string, rules: ReadonlyMap<string, Rule>): void {
  const rule = rules.get(key);
  if (rule === undefined) {
    throw new WireError('ValidationError', `Target group attribute key '${key}' is not recognized`);
  }
  if (!rule.accepts(value)) {
    throw new WireError(
      'ValidationError',
      `'${value}' is not a valid value for target group attribute '${key}': expected ${rule.expected}`,
    );
  }
  if (rule.modelled !== undefined && !rule.modelled.includes(value)) {
    throw new WireError(
      'InvalidConfigurationRequest',
      `The range does not model '${key}' = '${value}', only ${rule.modelled.join(', ')}`,
    );
  }
}

function requireOrder(values: ReadonlyMap<string, string>, dns: string, routing: string): void {
  const [upper, lower] = [limit(values, dns), limit(values, routing)];
  if (upper === undefined || lower === undefined || upper >= lower) return;
  throw new WireError(
    'InvalidConfigurationRequest',
    `'${dns}' is ${upper}, '${routing}' is ${lower}: the threshold for DNS failover must be greater than or equal to the threshold for routing failover`,
  );
}

function threshold(values: ReadonlyMap<string, string>, countKey: string, percentKey: string): Threshold {
  const [count, percent] = [limit(values, countKey), limit(values, percentKey)];
  return { ...(count === undefined ? {} : { count }), ...(percent === undefined ? {} : { percent }) };
}

function limit(values: ReadonlyMap<string, string>, key: string): number | undefined {
  const value = values.get(key);
  return value === undefined || value === 'off' ? undefined : Number(value);
}
