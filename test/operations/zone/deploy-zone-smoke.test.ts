import { describe, expect, test } from '@jest/globals';
import type { Check } from '../../../src/checks/check.ts';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { httpCheck } from '../../checks/sample.ts';
import type { World } from '../world.ts';
import { createZones, deploy, makeFleet, releases, serving, toZone } from '../zone.ts';

/** The call of the clients of every release. */
const CART = httpCheck({ name: 'cart', path: '/api/cart', against: ['old', 'new'] });
/** What only has to go on working where it worked before. */
const OLD_CART = httpCheck({ name: 'old cart', path: '/api/cart', against: ['old'] });

function withChecks(smoke: readonly Check[], changes: Partial<Fleet> = {}): Fleet {
  return { ...makeFleet(), smoke, ...changes };
}

/** Log lines about one check, without what was seen. */
function asked(world: World, check: string): readonly string[] {
  return world.log.flatMap((line) => {
    const { at } = new RegExp(`^smoke test ${check} at (?<at>.*?) passed`).exec(line)?.groups ?? {};
    return at === undefined ? [] : [at];
  });
}

describe('while two releases serve', () => {
  test('checks against both are made on hosts of both, after each batch', async () => {
    const world = createZones(3);
    const fleet = { ...makeFleet({}, 3), smoke: [CART] };
    const report = await deploy(world.context, toZone({ fleet }));
    expect(report.state).toBe('deployed');
    const balancer = 'the balancer at http://web.balancer.test:80';
    expect(asked(world, 'cart')).toEqual([
      ...['i-a1', balancer, 'i-a2 (old)', 'i-a3 (old)', 'i-a1 (new)'],
      ...['i-a2', balancer, 'i-a3 (old)', 'i-a2 (new)'],
      // The zone is done; the next one still serves the release before.
      ...['i-a3', balancer, 'i-b1 (old)', 'i-b2 (old)', 'i-a3 (new)'],
    ]);
  });

  test('a release that breaks the old hosts goes back, and so do the hosts that were broken', async () => {
    const world = createZones();
    const fleet = withChecks([OLD_CART]);
    const report = await deploy(world.context, toZone({ fleet, version: '1.1.4-migrating' }));
    expect(report.state).toBe('stopped');
    expect(report.hosts.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'i-a1 rolled-back',
      'i-a2 untouched',
    ]);
    expect(report.problem?.message).toContain('smoke test old cart at i-a2 (old) saw 500 "unknown column"');
    expect(releases(world)).toEqual({ 'i-a1': '1.0.0', 'i-a2': '1.0.0', 'i-b1': '1.0.0', 'i-b2': '1.0.0' });
    expect(serving(world)).toEqual(['i-a1', 'i-a2', 'i-b1', 'i-b2']);
  });

  test('the same release passes where nothing is asked against the old one', async () => {
    const world = createZones();
    const fleet = withChecks([httpCheck({ name: 'cart', path: '/api/cart' })]);
    const report = await deploy(world.context, toZone({ fleet, version: '1.1.4-migrating' }));
    expect(report.state).toBe('deployed');
  });

  test('a check against the old one alone is never made on a host of the new one', async () => {
    const world = createZones();
    await deploy(world.context, toZone({ fleet: withChecks([OLD_CART]) }));
    expect(asked(world, 'old cart')).toEqual(['i-a2 (old)', 'i-b1 (old)', 'i-b2 (old)']);
  });

  test('an old host that was ill before is not asked', async () => {
    const world = createZones(3);
    world.host('i-a2').sick = true;
    await deploy(world.context, toZone({ fleet: { ...makeFleet({}, 3), smoke: [OLD_CART] } }));
    expect(asked(world, 'old cart')[0]).toBe('i-a3 (old)');
  });

  test('when there is no old host any more, one line says so', async () => {
    const world = createZones();
    const fleet = withChecks([CART]);
    for (const zone of ['us-east-1a', 'us-east-1b']) {
      expect((await deploy(world.context, toZone({ fleet, zone }))).state).toBe('deployed');
    }
    expect(world.log.filter((line) => line.includes('the checks against old were not made'))).toEqual([
      'no host that serves another release than 1.1.0 was found in us-east-1b or the later zones of us-east-1: the checks ' +
        'against old were not made',
    ]);
  });

  test('a later zone that cannot be asked holds nothing up', async () => {
    const world = createZones();
    world.host('i-b1').reachable = false;
    const report = await deploy(world.context, toZone({ fleet: withChecks([CART]) }));
    expect(report.state).toBe('deployed');
    expect(world.log).toContainEqual(
      expect.stringMatching(
        /^i-b1, i-b2 could not be asked which release they serve: .*its agent is silent/s,
      ),
    );
  });
});

describe('through the balancer', () => {
  test('each returned host is seen on its release', async () => {
    const world = createZones();
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('deployed');
    for (const host of ['i-a1', 'i-a2']) {
      expect(world.log).toContainEqual(
        expect.stringMatching(new RegExp(`^smoke test .*${host}.*http://web\\.balancer\\.test.*1\\.1\\.0`)),
      );
    }
  });

  test('a host that the balancer does not use fails its batch, and is named', async () => {
    const world = createZones();
    world.host('i-a2').hidden = true;
    const report = await deploy(world.context, toZone());
    expect(report.state).toBe('stopped');
    expect(report.hosts.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'i-a1 upgraded',
      'i-a2 rolled-back',
    ]);
    expect(report.problem?.message).toMatch(/^smoke test version at i-a2 through .*could not see/);
  });

  test('without a mark of hosts they cannot be told apart: one warning, and no failure', async () => {
    const world = createZones();
    world.host('i-a2').hidden = true;
    const made = makeFleet();
    const { host: _, ...identity } = made.hosts.identity ?? { url: '', version: '' };
    const fleet = { ...made, hosts: { ...made.hosts, identity } };
    const report = await deploy(world.context, toZone({ fleet }));
    expect(report.state).toBe('deployed');
    expect(world.log.filter((line) => line.includes('hosts.identity.host'))).toEqual([
      expect.stringMatching(/^warning: .* hosts cannot be told apart/),
    ]);
  });
});

test('of many failed checks the first are in the error, and all in the log', async () => {
  const world = createZones();
  const checks = Array.from({ length: 12 }, (_, index) => httpCheck({ name: `check ${index}` }));
  const report = await deploy(world.context, toZone({ version: '1.1.1-broken', fleet: withChecks(checks) }));
  const lines = report.problem?.message.split('\n') ?? [];
  expect(lines.filter((line) => line.startsWith('smoke test check'))).toHaveLength(10);
  expect(lines).toContain('and 2 more checks failed: all of them are in the log');
  expect(world.log).toContainEqual(expect.stringMatching(/^smoke test check 11 at i-a1 saw 500/));
});

test('the fleet says how often a check is made', async () => {
  const world = createZones();
  const smoke = { ...makeFleet().policy.smoke, attempts: 1 };
  const report = await deploy(
    world.context,
    toZone({ version: '1.1.1-broken', fleet: makeFleet({ smoke }) }),
  );
  expect(report.problem?.message).toMatch(
    /smoke test home at i-a1 saw 500 "the shelves are empty", expected/,
  );
  expect(world.log.filter((line) => line.includes('trying again'))).toEqual([]);
});
