import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createElbv2Balancer } from '../../src/balancers/elbv2.ts';
import type { Balancer } from '../../src/balancers/port.ts';
import { type Operation, WireError } from '../../src/range/wire/service.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { useEndpoint, withoutCredentials } from '../hosts/aws-environment.ts';
import {
  allHealthy,
  type Bench,
  GROUP,
  LOAD_BALANCER,
  REGION,
  SETTINGS,
  startBench,
  startHost,
} from '../range/elbv2/support.ts';
import { until } from '../range/support.ts';
import { elbv2Service, failure, type Setting, startSetting } from '../range/wire/builder.ts';

const OTHER = GROUP.replace('targetgroup/web/', 'targetgroup/elsewhere/');

let bench: Bench;
let setting: Setting;
let balancer: Balancer;

beforeEach(async () => {
  const hosts = await Promise.all([startHost({ id: 'i-1' }), startHost({ id: 'i-2', zone: 'us-east-1b' })]);
  bench = await startBench({ hosts });
  setting = await startSetting([bench.balancing.service]);
  useEndpoint(setting.endpoint.url);
  balancer = createElbv2Balancer({ region: REGION });
});

afterEach(async () => {
  await setting.endpoint.stop();
  await bench[Symbol.asyncDispose]();
});

/** Answers these operations instead of the range. */
async function stand(operations: Readonly<Record<string, Operation>>): Promise<void> {
  await setting.endpoint.stop();
  setting = await startSetting([elbv2Service({ ...bench.balancing.service.operations, ...operations })]);
  useEndpoint(setting.endpoint.url);
  balancer = createElbv2Balancer({ region: REGION });
}

function setAttributes(attributes: Readonly<Record<string, string>>): void {
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  bench.call('ModifyTargetGroupAttributes', { TargetGroupArn: GROUP, Attributes });
}

describe('settings', () => {
  test('say what is known of a pool, durations in milliseconds', async () => {
    setAttributes({ 'deregistration_delay.timeout_seconds': '20' });
    expect(await balancer.settings(GROUP)).toEqual({
      pool: GROUP,
      name: 'web',
      targetType: 'instance',
      balancerType: 'application',
      defaultPort: 80,
      crossZone: true,
      deregistrationDelay: 20_000,
      connectionTermination: false,
      slowStart: 0,
      failOpen: { count: 1 },
      dnsFailover: { count: 1 },
      healthChecked: true,
      healthCheckInterval: expect.any(Number),
      healthCheckPath: SETTINGS.healthCheckPath,
      healthCheckStatuses: '200',
      entrances: [bench.url],
    });
  });

  test.each([
    ['true', true],
    ['false', false],
  ])('say that a delay ends with connection termination %s: %s', async (Value, expected) => {
    const Attributes = [{ Key: 'deregistration_delay.connection_termination.enabled', Value }];
    await stand({ DescribeTargetGroupAttributes: () => ({ Attributes }) });
    expect(await balancer.settings(GROUP)).toMatchObject({ connectionTermination: expected });
  });

  test('say what the group says of cross-zone and of its thresholds', async () => {
    setAttributes({
      'load_balancing.cross_zone.enabled': 'false',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '3',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': '25',
      'target_group_health.dns_failover.minimum_healthy_targets.count': 'off',
      'target_group_health.dns_failover.minimum_healthy_targets.percentage': '50',
    });
    expect(await balancer.settings(GROUP)).toMatchObject({
      crossZone: false,
      failOpen: { count: 3, percent: 25 },
      dnsFailover: { percent: 50 },
    });
  });

  test('leave out an entrance that leads to another pool, or that only its public name opens', async () => {
    const listener = (Protocol: string, Port: number, TargetGroupArn: string) => ({
      Protocol,
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    });
    await stand({
      DescribeListeners: () => ({
        Listeners: [listener('HTTP', 80, GROUP), listener('HTTP', 81, OTHER), listener('HTTPS', 443, GROUP)],
      }),
    });
    expect((await balancer.settings(GROUP)).entrances).toEqual(['http://127.0.0.1:80']);
  });

  const INHERITED = 'use_load_balancer_configuration';

  test.each([
    ['network', undefined, 'false', false],
    ['network', undefined, 'true', true],
    ['network', undefined, undefined, false],
    ['network', 'true', 'false', true],
    ['network', 'false', 'true', false],
    ['network', INHERITED, 'true', true],
    ['network', INHERITED, 'false', false],
    ['gateway', undefined, 'false', false],
    ['application', undefined, 'true', true],
    ['application', 'false', 'true', false],
  ])(
    'say of a %s load balancer whose group says %s and which says %s: %s',
    async (Type, group, own, expected) => {
      const attributes = (Value: string | undefined) => () => ({
        Attributes: Value === undefined ? [] : [{ Key: 'load_balancing.cross_zone.enabled', Value }],
      });
      await stand({
        DescribeLoadBalancers: () => ({
          LoadBalancers: [{ LoadBalancerArn: LOAD_BALANCER, Type, DNSName: 'lb' }],
        }),
        DescribeTargetGroupAttributes: attributes(group),
        DescribeLoadBalancerAttributes: attributes(own),
      });
      expect(await balancer.settings(GROUP)).toMatchObject({ crossZone: expected, balancerType: Type });
    },
  );

  test('take what the group does not say for the defaults of AWS', async () => {
    await stand({
      DescribeTargetGroupAttributes: () => ({ Attributes: [] }),
      DescribeTargetGroups: () => ({
        TargetGroups: [{ TargetGroupArn: GROUP, LoadBalancerArns: [LOAD_BALANCER] }],
      }),
    });
    expect(await balancer.settings(GROUP)).toMatchObject({
      name: GROUP,
      targetType: 'unknown',
      deregistrationDelay: 300_000,
      connectionTermination: false,
      slowStart: 0,
      failOpen: {},
      dnsFailover: {},
      healthChecked: true,
      healthCheckInterval: 30_000,
      healthCheckStatuses: '200',
    });
  });

  test('say which port the health check asks when it has one of its own', async () => {
    const group = {
      TargetGroupArn: GROUP,
      LoadBalancerArns: [LOAD_BALANCER],
      HealthCheckProtocol: 'TCP',
      HealthCheckPort: '9000',
      HealthCheckEnabled: false,
      HealthCheckIntervalSeconds: 7,
      Matcher: { HttpCode: '200-299' },
    };
    await stand({ DescribeTargetGroups: () => ({ TargetGroups: [group] }) });
    const settings = await balancer.settings(GROUP);
    expect(settings).toMatchObject({
      healthChecked: false,
      healthCheckPort: 9_000,
      healthCheckInterval: 7_000,
      healthCheckStatuses: '200-299',
    });
    expect(settings).not.toHaveProperty('healthCheckPath');
  });

  test('refuse a pool that no load balancer uses', async () => {
    await stand({ DescribeTargetGroups: () => ({ TargetGroups: [{ TargetGroupName: 'web' }] }) });
    const error = await failure(balancer.settings(GROUP));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('web is not attached to any load balancer');
  });

  test('refuse a delay that is not a number', async () => {
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: 'soon' }];
    await stand({ DescribeTargetGroupAttributes: () => ({ Attributes }) });
    const error = await failure(balancer.settings(GROUP));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('deregistration_delay.timeout_seconds has the value soon');
  });
});

describe('targets', () => {
  const describing = (health: object) => ({
    DescribeTargetHealth: () => ({
      TargetHealthDescriptions: [{ Target: { Id: 'i-1', Port: 8_080 }, ...health }],
    }),
  });

  test('are every registration with its state and its reason', async () => {
    await allHealthy(bench);
    const targets = await balancer.targets(GROUP);
    expect(targets.map(({ id, state, shifted }) => [id, state, shifted])).toEqual([
      ['i-1', 'healthy', false],
      ['i-2', 'healthy', false],
    ]);
    expect(targets.every(({ port }) => port > 0)).toBe(true);
  });

  test('tell why one is unhealthy', async () => {
    const description = 'Health checks failed with these codes: [500]';
    const TargetHealth = {
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: description,
    };
    await stand(describing({ TargetHealth }));
    expect(await balancer.targets(GROUP)).toEqual([
      {
        id: 'i-1',
        port: 8_080,
        state: 'unhealthy',
        reason: 'Target.ResponseCodeMismatch',
        description,
        shifted: false,
      },
    ]);
  });

  test.each(['initial', 'healthy', 'unhealthy', 'unhealthy.draining', 'unused', 'draining', 'unavailable'])(
    'know the state %s',
    async (State) => {
      await stand(describing({ TargetHealth: { State } }));
      expect(await balancer.targets(GROUP)).toMatchObject([{ state: State }]);
    },
  );

  test.each([{ TargetHealth: { State: 'rebalancing' } }, { TargetHealth: {} }, {}])(
    'call what they do not know unknown, which is never healthy: %j',
    async (health) => {
      await stand(describing(health));
      expect(await balancer.targets(GROUP)).toMatchObject([{ state: 'unknown' }]);
    },
  );

  test.each([
    ['no_override', false],
    ['zonal_shift_active', true],
    ['zonal_shift_delegated_to_dns', true],
    ['unknown', true],
  ])('are shifted or not by the administrative override %s', async (State, shifted) => {
    await stand(describing({ TargetHealth: { State: 'healthy' }, AdministrativeOverride: { State } }));
    expect(await balancer.targets(GROUP)).toMatchObject([{ state: 'healthy', shifted }]);
  });
});

describe('taking out and putting back', () => {
  test('is seen in the targets', async () => {
    await allHealthy(bench);
    const [first] = await balancer.targets(GROUP);
    const key = { id: 'i-1', port: first?.port ?? 0 };
    await balancer.deregister(GROUP, [key]);
    expect(await balancer.targets(GROUP)).toContainEqual(
      expect.objectContaining({ ...key, state: 'draining', reason: 'Target.DeregistrationInProgress' }),
    );
    await until(async () => (await balancer.targets(GROUP)).length === 1, 'the drained target is gone');
    await balancer.register(GROUP, [key]);
    await until(
      async () =>
        (await balancer.targets(GROUP)).some(({ id, state }) => id === 'i-1' && state === 'healthy'),
      'it is healthy again',
    );
  });

  test('is about a port, not the whole host', async () => {
    const targets = await balancer.targets(GROUP);
    await balancer.deregister(GROUP, [{ id: 'i-1', port: 1 }]);
    expect((await balancer.targets(GROUP)).map(({ id, port }) => [id, port])).toEqual(
      targets.map(({ id, port }) => [id, port]),
    );
    expect(await balancer.targets(GROUP)).not.toContainEqual(expect.objectContaining({ state: 'draining' }));
  });
});

describe('what cannot be', () => {
  const calls = [
    ['settings', (pool: string) => balancer.settings(pool)],
    ['targets', (pool: string) => balancer.targets(pool)],
    ['deregister', (pool: string) => balancer.deregister(pool, [{ id: 'i-1', port: 80 }])],
    ['register', (pool: string) => balancer.register(pool, [{ id: 'i-1', port: 80 }])],
  ] as const;

  test.each(calls)('%s of a pool that does not exist names it and its region', async (_, call) => {
    const error = await failure(call(OTHER));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`target group ${OTHER} does not exist in us-east-1`);
  });

  test.each(calls)('%s of a pool of another region says where it was looked for', async (_, call) => {
    balancer = createElbv2Balancer({ region: 'eu-west-1' });
    const error = await failure(call(GROUP));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`${GROUP} does not exist in eu-west-1`);
  });

  test.each(calls)('%s names the permission that is missing', async (_, call) => {
    const refuse: Operation = () => {
      throw new WireError('AccessDenied', 'not authorized', 403);
    };
    await stand(
      Object.fromEntries(Object.keys(bench.balancing.service.operations).map((name) => [name, refuse])),
    );
    const error = await failure(call(GROUP));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/Add the action elasticloadbalancing:\w+ on arn:aws:/);
  });

  test.each(calls)('%s without credentials says what to do', async (_, call) => {
    withoutCredentials();
    balancer = createElbv2Balancer({ region: REGION });
    const error = await failure(call(GROUP));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('there are no AWS credentials');
  });
});
