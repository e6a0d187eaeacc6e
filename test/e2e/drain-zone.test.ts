import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { startGateway, type Way } from './drain-gateway.ts';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, B3, B4, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

const SHORT = { 'target-groups': POOL, propagation: '500ms', quiet: '400ms', timeout: '20s' };

let world: TestRange;

beforeAll(async () => {
  // No host is in an Auto Scaling group.
  world = await startTestRange();
});

afterEach(killBundles);

afterAll(() => world?.stop());

async function run(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { range, folder } = world;
  return runBundle(name, { inputs, environment: { ...range.environment, ...environment }, folder });
}

async function drainThrough(way: Way, inputs: Readonly<Record<string, string>>): Promise<Ended> {
  const gateway = await startGateway(world.range.endpoint, way);
  try {
    return await run('drain-target', { ...SHORT, ...inputs }, { AWS_ENDPOINT_URL: gateway.url });
  } finally {
    await gateway.stop();
  }
}

const withoutZones: Way = { denies: (operation) => operation === 'DescribeInstances' };
/** Behind a balancer that keeps its zones apart. */
const apart = (body: string) =>
  body.replace(
    /(<Key>load_balancing\.cross_zone\.enabled<\/Key>\s*<Value>)[^<]*/g,
    (_, before: string) => `${before}false`,
  );

test('zone: every host of it leaves and restore-target brings it back', async () => {
  const hosts = await world.range.hosts();
  const drained = await run('drain-target', { ...SHORT, zone: 'us-east-1a' });
  expect(drained.errors).toEqual([]);
  expect(drained.outputs['hosts']?.split('\n').sort()).toEqual([A1, A2]);
  const { [A1]: a1, [A2]: a2, ...others } = await world.targets();
  expect(others).toEqual({ [B3]: 'healthy', [B4]: 'healthy' });
  expect([a1, a2].every((state) => state === undefined || state === 'draining')).toBe(true);

  const restored = await run('restore-target', { undo: drained.outputs['undo'] ?? '', timeout: '20s' });
  expect(restored.errors).toEqual([]);
  await world.untilAllHealthy();
  expect(await world.range.hosts()).toEqual(hosts);
});

test('EC2 is asked once for all hosts, and not at all when no zone is in question', async () => {
  const asked = async () => (await world.range.calls())['DescribeInstances'] ?? 0;
  const before = await asked();
  const named = await run('drain-target', { ...SHORT, hosts: A1, 'dry-run': 'true' });
  expect(named.errors).toEqual([]);
  expect(await asked()).toBe(before);

  const zone = await run('drain-target', { ...SHORT, zone: 'us-east-1b', 'dry-run': 'true' });
  expect(zone.errors).toEqual([]);
  expect(zone.summary).toContain(B3);
  expect(await asked()).toBe(before + 1);
});

test('survive-zone counts by the zones that EC2 knows', async () => {
  const inputs = { hosts: A1, 'survive-zone': 'true', 'dry-run': 'true' };
  const ended = await run('drain-target', { ...SHORT, ...inputs, 'min-healthy': '1' });
  expect(ended.errors).toEqual([
    expect.stringMatching(/3 remain, 1 if zone us-east-1b were lost too, floor is 2 \(fail-open threshold 1/),
  ]);
});

test('a zone in which no host is, is refused with the zones that were seen', async () => {
  const before = await world.everything();
  const ended = await run('drain-target', { ...SHORT, zone: 'us-east-1d' });
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([
    expect.stringMatching(
      /No host of zone us-east-1d .*nothing was touched.*Zones seen: us-east-1a, us-east-1b\./s,
    ),
  ]);
  expect(await world.everything()).toEqual(before);
});

test.each([
  ['zone', { zone: 'us-east-1a' }, 'name the hosts as `hosts`'],
  ['survive-zone', { hosts: A1, 'survive-zone': 'true' }, 'leave out `survive-zone`'],
])(
  '%s without the permission to read instances is refused with the action and the alternative',
  async (...row) => {
    const [, inputs, alternative] = row;
    const before = await world.everything();
    const ended = await drainThrough(withoutZones, inputs);
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toContain('Add the action ec2:DescribeInstances on *');
    expect(ended.errors[0]).toContain(alternative);
    expect(ended.outputs).toEqual({});
    expect(await world.everything()).toEqual(before);
  },
);

test('with cross-zone off the floor guard says what it misses, and a host that is named needs its zone', async () => {
  const inputs = { hosts: A1, 'min-healthy': '1', 'dry-run': 'true' };
  const ended = await drainThrough({ ...withoutZones, answer: apart }, inputs);
  expect(ended.log).toMatch(/::warning::The zones of .* are not known: .*ec2:DescribeInstances/);
  expect(ended.errors).toEqual([
    expect.stringMatching(new RegExp(`${A1} would leave and the zone is not known`)),
  ]);
  const known = await drainThrough({ answer: apart }, inputs);
  expect(known.errors).toEqual([
    expect.stringMatching(
      /in zone us-east-1a, cross-zone off: 2 healthy of 2, 1 would leave, 1 remain, floor is 2/,
    ),
  ]);
  expect(known.log).not.toContain('::warning::');
});

test('whoever names the hosts needs no permission to read instances', async () => {
  const ended = await drainThrough(withoutZones, { hosts: `${A1}\n${A2}`, 'dry-run': 'true' });
  expect(ended.errors).toEqual([]);
  expect(ended.exitCode).toBe(0);
});
