import type { TargetGroupAttribute } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../fleet/fleet.ts';
import { WireError } from '../wire/service.ts';
import type { RoutingRules, Threshold } from './routing.ts';

/** A target group's attributes. */
export interface Attributes {
  readonly values: ReadonlyMap<string, string>;
  /** Milliseconds; the attribute's value is this in whole seconds, rounded up. */
  readonly deregistrationDelay: number;
}

const DELAY = 'deregistration_delay.timeout_seconds';
const CROSS_ZONE = 'load_balancing.cross_zone.enabled';
const DNS_COUNT = 'target_group_health.dns_failover.minimum_healthy_targets.count';
const DNS_PERCENT = 'target_group_health.dns_failover.minimum_healthy_targets.percentage';
const ROUTING_COUNT = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count';
const ROUTING_PERCENT = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage';

/** AWS's quota of targets in a target group. */
const MOST_TARGETS = 1_000;

interface Rule {
  /** Value of a new target group; AWS's own defaults. */
  readonly initial: string;
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
  /** Which of the accepted values the range can act on; all of them when missing. */
  readonly modelled?: readonly string[];
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [DELAY, { initial: '300', ...whole(0, 3_600) }],
  [CROSS_ZONE, oneOf('use_load_balancer_configuration', 'true', 'false')],
  [
    'load_balancing.algorithm.type',
    { ...oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'), modelled: ['round_robin'] },
  ],
  ['load_balancing.algorithm.anomaly_mitigation', { ...oneOf('off', 'on'), modelled: ['off'] }],
  ['slow_start.duration_seconds', { ...slowStart(), modelled: ['0'] }],
  ['stickiness.enabled', { ...oneOf('false', 'true'), modelled: ['false'] }],
  ['stickiness.type', oneOf('lb_cookie', 'app_cookie')],
  ['stickiness.lb_cookie.duration_seconds', { initial: '86400', ...whole(1, 604_800) }],
  [DNS_COUNT, { initial: '1', ...wholeOrOff(MOST_TARGETS) }],
  [DNS_PERCENT, { initial: 'off', ...wholeOrOff(100) }],
  [ROUTING_COUNT, { initial: '1', ...whole(1, MOST_TARGETS) }],
  [ROUTING_PERCENT, { initial: 'off', ...wholeOrOff(100) }],
]);

/** The attributes of a new target group: AWS's defaults, and what the range's settings say. */
export function initialAttributes(
  settings: Pick<RangeBalancer, 'deregistrationDelay' | 'crossZone'>,
): Attributes {
  const values = new Map([...RULES].map(([key, rule]) => [key, rule.initial]));
  values.set(DELAY, String(Math.ceil(settings.deregistrationDelay / 1_000)));
  if (!settings.crossZone) values.set(CROSS_ZONE, 'false');
  return { values, deregistrationDelay: settings.deregistrationDelay };
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
  let { deregistrationDelay } = current;
  for (const { Key: key = '', Value: value = '' } of changes) {
    requireValue(key, value);
    values.set(key, value);
    if (key === DELAY) deregistrationDelay = Number(value) * 1_000;
  }
  requireOrder(values, DNS_COUNT, ROUTING_COUNT);
  requireOrder(values, DNS_PERCENT, ROUTING_PERCENT);
  return { values, deregistrationDelay };
}

/** How nodes choose targets under these attributes. The load balancer's own cross-zone setting is always on. */
export function routingRules({ values }: Attributes): RoutingRules {
  return {
    crossZone: values.get(CROSS_ZONE) !== 'false',
    failOpen: threshold(values, ROUTING_COUNT, ROUTING_PERCENT),
    dnsFailover: threshold(values, DNS_COUNT, DNS_PERCENT),
  };
}

/** The attributes as `DescribeTargetGroupAttributes` lists them. */
export function listAttributes(values: ReadonlyMap<string, string>): TargetGroupAttribute[] {
  return [...values].map(([Key, Value]) => ({ Key, Value }));
}

function requireValue(key: string, value: string): void {
  const rule = RULES.get(key);
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

function oneOf(initial: string, ...others: readonly string[]): Rule {
  const allowed = [initial, ...others];
  return { initial, expected: `one of ${allowed.join(', ')}`, accepts: (value) => allowed.includes(value) };
}

function whole(least: number, most: number): Pick<Rule, 'expected' | 'accepts'> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    accepts: (value) => /^\d{1,6}$/.test(value) && Number(value) >= least && Number(value) <= most,
  };
}

function wholeOrOff(most: number): Pick<Rule, 'expected' | 'accepts'> {
  const number = whole(1, most);
  return {
    expected: `off or ${number.expected}`,
    accepts: (value) => value === 'off' || number.accepts(value),
  };
}

function slowStart(): Rule {
  const ramp = whole(30, 900);
  return {
    initial: '0',
    expected: `0 or ${ramp.expected}`,
    accepts: (value) => value === '0' || ramp.accepts(value),
  };
}
