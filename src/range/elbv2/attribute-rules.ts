import type { RangeBalancer } from '../../fleet/fleet.ts';

/** What a target group attribute may be. */
export interface Rule {
  /** Value of a new target group; AWS's own defaults. */
  readonly initial: string;
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
  /** Which of the accepted values the range can act on; all of them when missing. */
  readonly modelled?: readonly string[];
}

export const DELAY = 'deregistration_delay.timeout_seconds';
export const CROSS_ZONE = 'load_balancing.cross_zone.enabled';
export const SLOW_START = 'slow_start.duration_seconds';
export const CUT_AFTER_DELAY = 'deregistration_delay.connection_termination.enabled';
export const CUT_UNHEALTHY = 'target_health_state.unhealthy.connection_termination.enabled';
export const UNHEALTHY_DRAINING = 'target_health_state.unhealthy.draining_interval_seconds';
export const DNS_COUNT = 'target_group_health.dns_failover.minimum_healthy_targets.count';
export const DNS_PERCENT = 'target_group_health.dns_failover.minimum_healthy_targets.percentage';
export const ROUTING_COUNT = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count';
export const ROUTING_PERCENT =
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage';

/** The attributes that a target group of each type has. */
export function rulesOf(type: RangeBalancer['type']): ReadonlyMap<string, Rule> {
  return type === 'network' ? NETWORK : APPLICATION;
}

/** AWS's quota of targets in a target group. */
const MOST_TARGETS = 1_000;

const COMMON: readonly (readonly [string, Rule])[] = [
  [DELAY, { initial: '300', ...whole(0, 3_600) }],
  [CROSS_ZONE, oneOf('use_load_balancer_configuration', 'true', 'false')],
  ['stickiness.enabled', { ...oneOf('false', 'true'), modelled: ['false'] }],
  [DNS_COUNT, { initial: '1', ...wholeOrOff(MOST_TARGETS) }],
  [DNS_PERCENT, { initial: 'off', ...wholeOrOff(100) }],
  [ROUTING_COUNT, { initial: '1', ...whole(1, MOST_TARGETS) }],
  [ROUTING_PERCENT, { initial: 'off', ...wholeOrOff(100) }],
];

const APPLICATION: ReadonlyMap<string, Rule> = new Map([
  ...COMMON,
  [
    'load_balancing.algorithm.type',
    { ...oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'), modelled: ['round_robin'] },
  ],
  ['load_balancing.algorithm.anomaly_mitigation', { ...oneOf('off', 'on'), modelled: ['off'] }],
  [SLOW_START, slowStart()],
  ['stickiness.type', oneOf('lb_cookie', 'app_cookie')],
  ['stickiness.lb_cookie.duration_seconds', { initial: '86400', ...whole(1, 604_800) }],
]);

const NETWORK: ReadonlyMap<string, Rule> = new Map([
  ...COMMON,
  [CUT_AFTER_DELAY, oneOf('false', 'true')],
  [CUT_UNHEALTHY, oneOf('true', 'false')],
  [UNHEALTHY_DRAINING, { initial: '0', ...whole(0, 360_000) }],
  ['stickiness.type', oneOf('source_ip')],
  // Client and target are on the same machine, so that the address is preserved by itself.
  ['preserve_client_ip.enabled', { ...oneOf('true', 'false'), modelled: ['true'] }],
  ['proxy_protocol_v2.enabled', { ...oneOf('false', 'true'), modelled: ['false'] }],
]);

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
