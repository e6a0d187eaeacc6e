import { describe, expect, test } from '@jest/globals';
import {
  connectionRules,
  initialAttributes,
  listAttributes,
  modifyAttributes,
  routingRules,
} from '../../../src/range/elbv2/attributes.ts';
import { SETTINGS } from './support.ts';

const HEALTH = 'target_group_health';
const initial = initialAttributes(SETTINGS);

function modify(...pairs: readonly (readonly [string, string])[]) {
  return modifyAttributes(
    initial,
    pairs.map(([Key, Value]) => ({ Key, Value })),
  );
}

describe('a new target group', () => {
  test('has the defaults of AWS', () => {
    const attributes = Object.fromEntries(
      listAttributes(initial.values).map(({ Key, Value }) => [Key, Value]),
    );
    expect(attributes).toMatchObject({
      'slow_start.duration_seconds': '0',
      'stickiness.enabled': 'false',
      'load_balancing.algorithm.type': 'round_robin',
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
      [`${HEALTH}.dns_failover.minimum_healthy_targets.count`]: '1',
      [`${HEALTH}.dns_failover.minimum_healthy_targets.percentage`]: 'off',
      [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count`]: '1',
      [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage`]: 'off',
    });
  });

  test('says its delay in seconds, rounded up, and keeps the milliseconds', () => {
    expect(initial.values.get('deregistration_delay.timeout_seconds')).toBe('1');
    expect(initial.deregistrationDelay).toBe(800);
  });

  test('has cross-zone off when the settings say so', () => {
    const { values } = initialAttributes({ ...SETTINGS, crossZone: false });
    expect(values.get('load_balancing.cross_zone.enabled')).toBe('false');
  });

  test('routes by those defaults', () => {
    expect(routingRules(initial)).toEqual({
      crossZone: true,
      failOpen: { count: 1 },
      dnsFailover: { count: 1 },
    });
  });
});

describe('a change', () => {
  test('of the delay changes its milliseconds', () => {
    expect(modify(['deregistration_delay.timeout_seconds', '20']).deregistrationDelay).toBe(20_000);
  });

  test('of thresholds and cross-zone changes the routing', () => {
    const changed = modify(
      ['load_balancing.cross_zone.enabled', 'false'],
      [`${HEALTH}.dns_failover.minimum_healthy_targets.count`, 'off'],
      [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage`, '40'],
    );
    expect(routingRules(changed)).toEqual({
      crossZone: false,
      failOpen: { count: 1, percent: 40 },
      dnsFailover: {},
    });
  });

  test('of slow start changes its milliseconds', () => {
    expect(modify(['slow_start.duration_seconds', '30']).slowStart).toBe(30_000);
    expect(modify(['slow_start.duration_seconds', '0']).slowStart).toBe(0);
  });

  test.each([
    ['deregistration_delay.timeout_seconds', '3601'],
    ['deregistration_delay.timeout_seconds', '-1'],
    ['deregistration_delay.timeout_seconds', '1.5'],
    ['deregistration_delay.timeout_seconds', ''],
    ['slow_start.duration_seconds', '29'],
    ['slow_start.duration_seconds', '901'],
    ['load_balancing.cross_zone.enabled', 'on'],
    ['load_balancing.algorithm.type', 'random'],
    [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count`, 'off'],
    [`${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count`, '0'],
    [`${HEALTH}.dns_failover.minimum_healthy_targets.percentage`, '101'],
    ['deregistration_delay', '20'],
  ])('of %s to "%s" is a validation error', (key, value) => {
    expect(() => modify([key, value])).toThrow(expect.objectContaining({ code: 'ValidationError' }));
    expect(() => modify([key, value])).toThrow(key);
  });

  test.each([
    ['stickiness.enabled', 'true'],
    ['load_balancing.algorithm.type', 'weighted_random'],
  ])('of %s to "%s" is refused because the range does not model it', (key, value) => {
    expect(() => modify([key, value])).toThrow(
      expect.objectContaining({ code: 'InvalidConfigurationRequest' }),
    );
  });

  test('may not put DNS failover below routing failover', () => {
    const routing = `${HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count`;
    const dns = `${HEALTH}.dns_failover.minimum_healthy_targets.count`;
    expect(() => modify([routing, '2'])).toThrow('greater than or equal');
    expect(modify([routing, '2'], [dns, '2']).values.get(routing)).toBe('2');
    expect(modify([routing, '2'], [dns, 'off']).values.get(routing)).toBe('2');
  });

  test('of nothing is a validation error, and a refused one changes nothing', () => {
    expect(() => modify()).toThrow(expect.objectContaining({ code: 'ValidationError' }));
    const before = [...initial.values];
    expect(() => modify(['deregistration_delay.timeout_seconds', '5'], ['nonsense', '1'])).toThrow(
      'nonsense',
    );
    expect([...initial.values]).toEqual(before);
  });
});

describe('a network load balancer', () => {
  const network = initialAttributes({ ...SETTINGS, type: 'network', crossZone: false });
  const change = (Key: string, Value: string) => modifyAttributes(network, [{ Key, Value }]);

  test('has attributes and defaults of its own', () => {
    const attributes = Object.fromEntries(network.values);
    expect(attributes).toMatchObject({
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
      'deregistration_delay.connection_termination.enabled': 'false',
      'target_health_state.unhealthy.connection_termination.enabled': 'true',
      'target_health_state.unhealthy.draining_interval_seconds': '0',
      'stickiness.type': 'source_ip',
    });
    expect(attributes).not.toHaveProperty('slow_start.duration_seconds');
    expect(() => change('slow_start.duration_seconds', '30')).toThrow('is not recognized');
    expect(() => modify(['deregistration_delay.connection_termination.enabled', 'true'])).toThrow(
      'is not recognized',
    );
  });

  test("has the load balancer's cross-zone setting unless the group has its own", () => {
    expect(routingRules(network).crossZone).toBe(false);
    expect(routingRules(change('load_balancing.cross_zone.enabled', 'true')).crossZone).toBe(true);
    const on = initialAttributes({ ...SETTINGS, type: 'network', crossZone: true });
    expect(on.values.get('load_balancing.cross_zone.enabled')).toBe('use_load_balancer_configuration');
    expect(routingRules(on).crossZone).toBe(true);
  });

  test('says what becomes of open connections', () => {
    expect(connectionRules(network)).toEqual({
      cutAfterDelay: false,
      cutUnhealthy: true,
      unhealthyDraining: 0,
    });
    expect(
      connectionRules(change('deregistration_delay.connection_termination.enabled', 'true')).cutAfterDelay,
    ).toBe(true);
    const kept = modifyAttributes(network, [
      { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'false' },
      { Key: 'target_health_state.unhealthy.draining_interval_seconds', Value: '7' },
    ]);
    expect(connectionRules(kept)).toMatchObject({ cutUnhealthy: false, unhealthyDraining: 7_000 });
    // The interval counts only where connections are kept.
    expect(
      connectionRules(change('target_health_state.unhealthy.draining_interval_seconds', '7')),
    ).toMatchObject({ unhealthyDraining: 0 });
  });
});
