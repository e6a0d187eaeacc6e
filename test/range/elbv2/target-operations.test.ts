import { describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { allHealthy, GROUP, SETTINGS, startBench, startHost, type TestHost, wireError } from './support.ts';

const OTHER = GROUP.replace('targetgroup/web', 'targetgroup/other');

function target({ id, port }: TestHost) {
  return { TargetGroupArn: GROUP, Targets: [{ Id: id, Port: port }] };
}

/** Waits for some checks of a target that is checked, to see what another has got in the same time. */
async function moreChecks(witness: TestHost): Promise<void> {
  const checks = witness.checks();
  await until(() => witness.checks() > checks + 3, 'the witness is checked again');
}

describe('RegisterTargets', () => {
  test('starts at initial and makes the target healthy', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host], random: () => 1 });
    expect(bench.health(host)).toMatchObject({ State: 'initial', Reason: 'Elb.RegistrationInProgress' });
    await allHealthy(bench);
    expect(bench.health(host)).toEqual({ State: 'healthy' });
  });

  test('does nothing for a registered target', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    await allHealthy(bench);
    bench.call('RegisterTargets', target(host));
    expect(bench.health(host).State).toBe('healthy');
    expect(Object.keys(bench.states())).toHaveLength(1);
  });

  test('refuses an unknown instance by name and registers none of the call', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    const input = { TargetGroupArn: GROUP, Targets: [{ Id: 'i-1', Port: 9 }, { Id: 'i-404' }] };
    expect(() => bench.call('RegisterTargets', input)).toThrow(wireError('InvalidTarget'));
    expect(() => bench.call('RegisterTargets', input)).toThrow('i-404');
    expect(bench.call('DescribeTargetHealth', { TargetGroupArn: GROUP })).toMatchObject({
      TargetHealthDescriptions: [{ Target: { Id: 'i-1', Port: host.port } }],
    });
  });

  test.each([
    [{ Targets: [{ Id: 'i-1', Port: 0 }] }],
    [{ Targets: [{ Id: 'i-1', Port: 65_536 }] }],
    [{ Targets: [{ Id: 'i-1', AvailabilityZone: 'all' }] }],
    [{ Targets: [{}] }],
    [{}],
  ])('refuses %j', async (input) => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    expect(() => bench.call('RegisterTargets', { TargetGroupArn: GROUP, ...input })).toThrow(
      wireError('ValidationError'),
    );
  });
});

describe('the identity of a target', () => {
  test('is its id and its port: two ports of one instance are two targets', async () => {
    const [one, two] = [await startHost(), await startHost()];
    await using bench = await startBench({ hosts: [one, two], groups: [{ port: one.port }] });
    await allHealthy(bench);
    bench.call('DeregisterTargets', target(two));
    expect(bench.health(one).State).toBe('healthy');
    expect(bench.health(two).State).toBe('draining');
  });

  test('without a port is the one at the default port of the group', async () => {
    const [one, two] = [await startHost(), await startHost()];
    await using bench = await startBench({ hosts: [one, two], groups: [{ port: one.port }] });
    await allHealthy(bench);
    const input = { TargetGroupArn: GROUP, Targets: [{ Id: 'i-1' }] };
    bench.call('DeregisterTargets', input);
    expect(bench.health(one).State).toBe('draining');
    expect(bench.health(two).State).toBe('healthy');
    expect(bench.call('DescribeTargetHealth', input)).toMatchObject({
      TargetHealthDescriptions: [{ Target: { Port: one.port }, TargetHealth: { State: 'draining' } }],
    });
    bench.call('RegisterTargets', input);
    expect(bench.health(one).State).toBe('initial');
  });

  test('with a port override is not met by a call without the port, which succeeds and drains nothing', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    await allHealthy(bench);
    const input = { TargetGroupArn: GROUP, Targets: [{ Id: 'i-1' }] };
    expect(bench.call('DeregisterTargets', input)).toEqual({});
    expect(bench.health(host).State).toBe('healthy');
  });
});

describe('DeregisterTargets', () => {
  test('succeeds silently for an unknown target', async () => {
    await using bench = await startBench();
    const input = { TargetGroupArn: GROUP, Targets: [{ Id: 'i-404', Port: 80 }] };
    expect(bench.call('DeregisterTargets', input)).toEqual({});
    expect(bench.states()).toEqual({});
  });

  test('shows draining for the whole delay, though idle, and does not start it again', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    await allHealthy(bench);
    const before = performance.now();
    bench.call('DeregisterTargets', target(host));
    let lastSeen = 0;
    await until(() => {
      const { State, Reason } = bench.health(host);
      const now = performance.now() - before;
      if (State === 'draining') {
        expect(Reason).toBe('Target.DeregistrationInProgress');
        bench.call('DeregisterTargets', target(host));
        lastSeen = now;
        return false;
      }
      expect(now).toBeGreaterThanOrEqual(SETTINGS.deregistrationDelay);
      return true;
    }, 'the target is gone');
    expect(lastSeen).toBeGreaterThan(SETTINGS.propagation);
    expect(bench.states()).toEqual({});
    expect(bench.health(host)).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' });
  });

  test('ends the health checks of the target', async () => {
    const [host, witness] = [await startHost(), await startHost({ id: 'i-2' })];
    const settings = { propagation: 0, deregistrationDelay: 60_000 };
    await using bench = await startBench({ hosts: [host, witness], settings });
    await allHealthy(bench);
    bench.call('DeregisterTargets', target(host));
    await until(() => host.connections() === 0, 'the last check is over');
    const checks = host.checks();
    host.health = 500;
    await moreChecks(witness);
    expect(host.checks()).toBe(checks);
    expect(bench.health(host).State).toBe('draining');
  });

  test('takes the delay that the attribute says at that time', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host], settings: { deregistrationDelay: 60_000 } });
    await allHealthy(bench);
    bench.call('ModifyTargetGroupAttributes', {
      TargetGroupArn: GROUP,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }],
    });
    bench.call('DeregisterTargets', target(host));
    expect(bench.health(host)).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' });
  });
});

test('registering a draining target ends the drain and goes through initial', async () => {
  const host = await startHost();
  await using bench = await startBench({
    hosts: [host],
    settings: { deregistrationDelay: 250 },
    random: () => 1,
  });
  await allHealthy(bench);
  bench.call('DeregisterTargets', target(host));
  const drained = performance.now();
  expect(bench.health(host).State).toBe('draining');
  bench.call('RegisterTargets', target(host));
  expect(bench.health(host).State).toBe('initial');
  await until(() => performance.now() - drained > 500, 'the first drain would be over');
  expect(bench.health(host).State).toBe('healthy');
});

describe('DescribeTargetHealth', () => {
  test('shows an unhealthy target with its reason, and its recovery', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    await allHealthy(bench);
    host.health = 503;
    await until(() => bench.health(host).State === 'unhealthy', 'the target is unhealthy');
    expect(bench.health(host)).toMatchObject({
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [503]',
    });
    host.health = 200;
    await allHealthy(bench);
    await host.kill();
    await until(() => bench.health(host).State === 'unhealthy', 'the dead target is unhealthy');
    expect(bench.health(host).Reason).toBe('Target.FailedHealthChecks');
  });

  test('describes the health check port, and no override', async () => {
    const host = await startHost();
    await using bench = await startBench({ hosts: [host] });
    const health = bench.call('DescribeTargetHealth', { TargetGroupArn: GROUP });
    expect(health).toMatchObject({
      TargetHealthDescriptions: [
        { HealthCheckPort: String(host.port), AdministrativeOverride: { State: 'no_override' } },
      ],
    });
    expect(JSON.stringify(health)).not.toContain('AnomalyDetection');
    expect(bench.call('DescribeTargetHealth', { TargetGroupArn: GROUP, Include: ['All'] })).toMatchObject({
      TargetHealthDescriptions: [{ AnomalyDetection: { Result: 'normal', MitigationInEffect: 'no' } }],
    });
  });

  test('shows a target outside the zones of the load balancer as unused, and does not check it', async () => {
    const [inside, outside] = [await startHost(), await startHost({ id: 'i-2', zone: 'us-east-1f' })];
    await using bench = await startBench({ hosts: [inside, outside], groups: [{ zones: ['us-east-1a'] }] });
    await until(() => inside.checks() > 2, 'checks have begun');
    expect(bench.health(outside)).toMatchObject({ State: 'unused', Reason: 'Target.NotInUse' });
    expect(outside.checks()).toBe(0);
  });

  test('shows an instance that stopped as unused, and takes it back through initial', async () => {
    const [host, witness] = [await startHost(), await startHost({ id: 'i-2' })];
    let runs = true;
    await using bench = await startBench({
      hosts: [host, witness],
      locate: (id) => (runs || id === witness.id ? { address: '127.0.0.1', zone: 'us-east-1a' } : undefined),
    });
    await allHealthy(bench);
    runs = false;
    expect(bench.health(host)).toMatchObject({ State: 'unused', Reason: 'Target.InvalidState' });
    await moreChecks(witness);
    host.health = 500;
    runs = true;
    expect(bench.health(host).State).toBe('initial');
  });
});

describe('an ARN', () => {
  const operations = [
    ['DescribeTargetGroupAttributes', {}],
    ['ModifyTargetGroupAttributes', { Attributes: [] }],
    ['DescribeTargetHealth', {}],
    ['RegisterTargets', { Targets: [] }],
    ['DeregisterTargets', { Targets: [] }],
  ] as const;

  test.each(operations)('is looked up by %s in the region of the call only', async (operation, input) => {
    await using bench = await startBench();
    const call = (TargetGroupArn: string | undefined, region?: string) => () =>
      bench.call(operation, { ...input, TargetGroupArn }, region);
    expect(call(GROUP, 'eu-west-1')).toThrow(wireError('TargetGroupNotFound'));
    expect(call(OTHER)).toThrow(wireError('TargetGroupNotFound'));
    expect(call('web')).toThrow(wireError('ValidationError'));
    expect(call(undefined)).toThrow(wireError('ValidationError'));
  });
});
