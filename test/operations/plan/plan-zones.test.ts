import { describe, expect, test } from '@jest/globals';
import { planDigest } from '../../../src/operations/plan/plan.ts';
import { parseRecord } from '../../../src/operations/records.ts';
import { PlatformError, UserError } from '../../../src/runner/errors.ts';
import { fakeGroup } from '../fake-groups.ts';
import { digestOf } from '../fake-host.ts';
import { createWorld } from '../world.ts';
import { createZones, hostsOf, makeFleet, record } from '../zone.ts';
import { entryOf, environmentOf, haveRelease, STRICT, setPlanStage } from './stage.ts';

const REVIEWED = 'storefront-us-east-1a';

describe('a plan', () => {
  test('says what happens, zone by zone, and changes nothing', async () => {
    const { world, plan } = setPlanStage();
    const report = await plan();
    expect(report.problems).toEqual([]);
    expect(report.plan).toMatchObject({
      service: 'storefront',
      version: '1.1.0',
      sha256: digestOf('1.1.0'),
      ordinal: 7,
      rollBack: false,
      zones: ['a', 'b'].map((zone) => ({
        zone: `us-east-1${zone}`,
        environment: `storefront-us-east-1${zone}`,
        todo: 'deploy',
        from: [`1.0.0 ${digestOf('1.0.0')}`],
      })),
    });
    expect(report.zones.map(({ simulation }) => simulation.batches.map(({ hosts }) => hosts))).toEqual([
      [['i-a1'], ['i-a2']],
      [['i-b1'], ['i-b2']],
    ]);
    expect(world.changes()).toEqual([]);
    expect(world.timeline).toEqual([]);
  });

  test('asks about a pool once, however many zones share it', async () => {
    const { world, plan } = setPlanStage();
    await plan();
    for (const what of ['settings', 'targets'] as const) {
      expect(world.calls.filter((call) => call.what === what)).toHaveLength(1);
    }
  });

  test('keeps the ordinal that the release had when it was first deployed', async () => {
    const stage = setPlanStage();
    stage.entries.set('us-east-1a', entryOf('1.1.0', {}, 3));
    expect((await stage.plan()).plan?.ordinal).toBe(3);
  });

  test('has another digest when anything that was approved is different, and the same when nothing is', async () => {
    const digest = async (fleet = makeFleet(), more = {}) => {
      const { plan } = await setPlanStage().plan({ fleet, ...more });
      return plan === undefined ? 'none' : planDigest(plan);
    };
    const first = await digest();
    expect(await digest()).toBe(first);
    const others = await Promise.all([
      digest(makeFleet({ minHealthy: { kind: 'percent', value: 40 } })),
      digest(makeFleet({ batch: [{ kind: 'count', value: 2 }] })),
      digest(makeFleet(), { ordinal: 8 }),
      digest(makeFleet(), { rollBack: true }),
    ]);
    expect(new Set([first, ...others, 'none']).size).toBe(6);
  });
});

describe('refused, with nothing touched:', () => {
  test.each<[string, (stage: ReturnType<typeof setPlanStage>) => unknown, readonly string[]]>([
    [
      'an environment that does not exist',
      ({ environments }) => environments.delete(REVIEWED),
      ['environment storefront-us-east-1a of us-east-1a does not exist'],
    ],
    [
      'an environment without reviewers in a private repository',
      (stage) => {
        stage.visibility = 'private';
        stage.environments.set(REVIEWED, environmentOf(REVIEWED, { reviewers: [] }));
      },
      ['no required reviewers', 'This repository is private'],
    ],
    [
      'a token that may not read environments',
      ({ broken }) => broken.set('environment', new UserError('Add `actions: read` to `permissions`.')),
      ['environment storefront-us-east-1a', 'environment storefront-us-east-1b', 'Add `actions: read`'],
    ],
    [
      'other runs that cannot be listed',
      ({ broken }) => broken.set('otherRuns', new PlatformError('503')),
      ['503'],
    ],
    [
      'a ledger that cannot be read',
      ({ broken }) => broken.set('ledger', new PlatformError('no answer')),
      ['no answer'],
    ],
    [
      'a host that does not answer, by its name',
      ({ world }) => {
        world.host('i-b1').reachable = false;
      },
      ['us-east-1b: i-b1 does not answer: its agent is silent'],
    ],
    [
      'a host in no pool',
      ({ world }) => world.leave('web', ['i-a2']),
      ['us-east-1a: i-a2 is being drained by somebody else, and no record on it says why'],
    ],
    [
      'the same version with other bytes',
      ({ world }) => {
        world.host('i-a1').installed.set('1.1.0', 'f'.repeat(64));
        world.host('i-a1').current = '1.1.0';
      },
      ['us-east-1a: i-a1 runs release 1.1.0 with sha256 ffff', 'give the new build a new version'],
    ],
    [
      'a floor that would not hold, with its step and the words of the guard',
      ({ world }) => {
        for (const id of ['i-b1', 'i-b2']) world.host(id).sick = true;
      },
      [
        'us-east-1a: the deployment would stop at step 1, with i-a1: pool web: 2 healthy of 4, 1 would leave, 1 remain',
      ],
    ],
    [
      'an Auto Scaling group that gives no host up, with the step',
      ({ world }) => world.groups.push(fakeGroup('web-group', hostsOf('a'), 2)),
      ['us-east-1a: step 1 (i-a1): Auto Scaling group web-group wants 2 hosts and at least 2'],
    ],
    [
      'a newer release in the ledger',
      ({ entries }) => entries.set('us-east-1b', entryOf('1.2.0', {}, 9)),
      ['zone us-east-1b has 1.2.0', 'roll-back: true'],
    ],
    [
      'a newer release on a host',
      (stage) => haveRelease(stage, 'i-b2', '1.2.0', 9),
      ['us-east-1b: i-b2 runs 1.2.0 with ordinal 9', 'roll-back: true'],
    ],
    [
      'a newer run in the ledger',
      ({ entries }) => entries.set('us-east-1a', entryOf('1.0.0', { runId: 8 }, 1)),
      ['run 7 is older than run 8'],
    ],
  ])('%s', async (_, arrange, says) => {
    const stage = setPlanStage();
    arrange(stage);
    const { problems, plan } = await stage.plan();
    for (const words of says) expect(problems.join('\n')).toContain(words);
    expect(plan).toBeUndefined();
    expect(stage.world.changes()).toEqual([]);
  });

  test('an archive that is not there, and what is wrong elsewhere as well', async () => {
    const stage = setPlanStage();
    stage.world.host('i-b1').reachable = false;
    const { problems, plan, zones } = await stage.plan({ version: '9.9.9' });
    expect(problems.join('\n')).toContain('9.9.9.tar.gz does not exist');
    expect(problems.join('\n')).toContain('i-b1 does not answer');
    expect(zones[0]?.simulation.batches).toHaveLength(2);
    expect(plan).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ['does not exist', { kind: 'missing', region: 'us-east-1' }, 'does not exist in us-east-1'],
    [
      'is in ALARM',
      { kind: 'found', type: 'metric', state: 'alarm', reason: 'too many errors' },
      'is in ALARM',
    ],
    [
      'has not enough data',
      { kind: 'found', type: 'metric', state: 'insufficient-data', reason: '' },
      'INSUFFICIENT_DATA',
    ],
  ])('an alarm that %s', async (_, reading, words) => {
    const stage = setPlanStage();
    const fleet = makeFleet();
    const zones = fleet.zones.map((zone) => ({ ...zone, alarms: [`5xx-${zone.zone}`] }));
    const quiet = { kind: 'found', type: 'metric', state: 'ok', reason: 'all is well' } as const;
    stage.alarms.set('5xx-us-east-1a', { ...quiet, name: '5xx-us-east-1a' });
    stage.alarms.set('5xx-us-east-1b', { ...reading, name: '5xx-us-east-1b' } as never);
    const { problems } = await stage.plan({ fleet: { ...fleet, zones } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('us-east-1b: alarm 5xx-us-east-1b');
    expect(problems[0]).toContain(words);
    stage.alarms.set('5xx-us-east-1b', { ...quiet, name: '5xx-us-east-1b' });
    expect((await stage.plan({ fleet: { ...fleet, zones } })).problems).toEqual([]);
  });

  test('a wish without a token; with allow-unprotected it is warned of', async () => {
    const stage = setPlanStage();
    const refused = await stage.plan({}, 'no token');
    expect(refused.problems).toHaveLength(2);
    expect(refused.problems[0]).toContain('there is no token');
    const loud = await stage.plan({ protection: { ...STRICT, allowUnprotected: true } }, 'no token');
    expect(loud.problems).toEqual([]);
    expect(loud.warnings.join('\n')).toContain('NOBODY MAY HAVE TO APPROVE us-east-1b');
  });

  test('an older release, but for a roll-back', async () => {
    const stage = setPlanStage();
    stage.entries.set('us-east-1b', entryOf('1.2.0', {}, 9));
    haveRelease(stage, 'i-b2', '1.2.0', 9);
    expect((await stage.plan()).problems).toHaveLength(2);
    const { plan, problems } = await stage.plan({ rollBack: true });
    expect(problems).toEqual([]);
    expect(plan?.rollBack).toBe(true);
  });
});

describe('start-at', () => {
  async function fromB(arrange: (stage: ReturnType<typeof setPlanStage>) => void = () => undefined) {
    const stage = setPlanStage();
    for (const id of hostsOf('a')) haveRelease(stage, id, '1.1.0');
    stage.entries.set('us-east-1a', entryOf('1.1.0'));
    arrange(stage);
    return stage.plan({ startAt: 'us-east-1b' });
  }

  test('leaves out zones whose hosts have proven the release and that were promoted', async () => {
    const { plan, problems, zones } = await fromB();
    expect(problems).toEqual([]);
    expect(plan?.zones.map(({ zone, todo }) => [zone, todo])).toEqual([
      ['us-east-1a', 'proven'],
      ['us-east-1b', 'deploy'],
    ]);
    expect(zones[0]?.gate).toBeUndefined();
  });

  test.each<[string, (stage: ReturnType<typeof setPlanStage>) => unknown, string]>([
    ['another version', (stage) => haveRelease(stage, 'i-a2', '1.0.0', 1), 'i-a2 of us-east-1a runs 1.0.0'],
    [
      'another digest',
      ({ world }) => world.host('i-a2').installed.set('1.1.0', 'e'.repeat(64)),
      'i-a2 of us-east-1a runs 1.1.0 (sha256 eeee',
    ],
    [
      'a process of another release',
      ({ world }) => {
        world.host('i-a2').process = { version: '1.0.0', sha256: digestOf('1.0.0'), startedAt: world.now() };
      },
      'i-a2 of us-east-1a does not prove 1.1.0',
    ],
    [
      'a process that says another digest',
      ({ world }) => {
        world.host('i-a2').process = { version: '1.1.0', sha256: 'd'.repeat(64), startedAt: world.now() };
      },
      'i-a2 of us-east-1a does not prove 1.1.0: it says it is sha256 dddd',
    ],
    [
      'a process older than its release',
      ({ world }) => {
        const process = world.host('i-a2').process;
        if (process !== undefined)
          world.host('i-a2').process = { ...process, startedAt: world.now() - 602_000 };
      },
      'before the switch at',
    ],
    [
      'no word of when it was switched',
      ({ world }) => {
        world.host('i-a2').switchedAt = null;
      },
      'i-a2 of us-east-1a does not tell since when 1.1.0 is current',
    ],
    [
      'a sick process',
      ({ world }) => {
        world.host('i-a2').sick = true;
      },
      'i-a2 of us-east-1a is unhealthy in web',
    ],
    [
      'a host out of its pools',
      ({ world }) => world.leave('web', ['i-a2']),
      'i-a2 of us-east-1a is draining in web',
    ],
    [
      'a record of being out of service',
      ({ world }) => {
        world.host('i-a2').record = record('i-a2');
      },
      'i-a2 of us-east-1a is recorded as out of service since 2026-11-20T23:59:00Z',
    ],
    [
      'a host that does not answer',
      ({ world }) => {
        world.host('i-a2').reachable = false;
      },
      'i-a2 of us-east-1a cannot be asked: its agent is silent',
    ],
    [
      'no promotion',
      ({ entries }) => entries.set('us-east-1a', entryOf('1.1.0', { state: 'deployed' })),
      'zone us-east-1a, which comes before us-east-1b, is deployed with 1.1.0',
    ],
  ])('is refused for %s in a zone before it, by its name', async (_, arrange, words) => {
    const { plan, problems } = await fromB(arrange);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
    expect(plan).toBeUndefined();
  });

  test('at a zone that is none says which was meant', async () => {
    await expect(setPlanStage().plan({ startAt: 'us-east-1bb' })).rejects.toThrow('Did you mean us-east-1b?');
  });

  test('at a zone that is promoted already deploys it again', async () => {
    const stage = setPlanStage();
    for (const id of hostsOf('a')) haveRelease(stage, id, '1.1.0');
    stage.entries.set('us-east-1a', entryOf('1.1.0'));
    const { plan, zones } = await stage.plan();
    expect(plan?.zones.map(({ todo }) => todo)).toEqual(['deploy', 'deploy']);
    expect(zones[0]?.simulation.batches).toEqual([]);
  });
});

describe('warned of, not refused:', () => {
  test('a run that holds the lease of the service, unless it is this one or it has ended long enough ago', async () => {
    const stage = setPlanStage();
    const at = (later: number) => new Date(stage.world.now() + later).toISOString();
    const run = { token: 3, run: 'https://github.test/runs/6', runId: 6, zone: 'us-east-1b' };
    stage.lease = { ...run, since: at(-60_000), expires: at(60_000) };
    const held = await stage.plan();
    expect(held.warnings).toEqual([
      expect.stringMatching(
        /^https:\/\/github\.test\/runs\/6 holds the lease for zone us-east-1b since .*, until /,
      ),
    ]);
    expect(held.plan).toBeDefined();
    expect((await stage.plan({ runId: 6 })).warnings).toEqual([]);
    stage.lease = { ...run, since: at(-600_000), expires: at(-31_000) };
    expect((await stage.plan()).warnings).toEqual([]);
  });

  test('other runs of the workflow, the older ones as older', async () => {
    const stage = setPlanStage();
    const other = { number: 1, url: 'https://github.test/runs/3', created: '2026-11-20T00:00:00Z' } as const;
    stage.runs.push({ ...other, id: 3, title: '1.0.9', status: 'waiting' });
    stage.runs.push({ ...other, id: 9, title: '1.2.0', status: 'in_progress' });
    const { warnings, plan } = await stage.plan();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^an older run of this workflow waits for an approval: 1\.0\.9 .*cancel it, do not reject it/,
      ),
      expect.stringMatching(/^a newer run of this workflow is in progress: 1\.2\.0/),
    ]);
    expect(plan).toBeDefined();
  });

  test('targets that nobody deploys, zonal shifts, and a zone that did not say how it ended', async () => {
    const stage = setPlanStage();
    const fleet = makeFleet();
    const zones = fleet.zones.map((zone) => ({ ...zone, hosts: zone.hosts.filter((id) => id !== 'i-b2') }));
    stage.world.show = (target) => ({ ...target, shifted: target.id === 'i-b1' });
    stage.entries.set('us-east-1a', entryOf('1.0.0', { state: 'deploying' }, 1));
    const { warnings } = await stage.plan({ fleet: { ...fleet, zones } });
    const text = warnings.join('\n');
    expect(text).toContain('i-b2 in web is not in the fleet file');
    expect(text).toContain('a zonal shift takes requests away from i-b1');
    expect(text).toContain('has been deploying 1.0.0 there since');
  });

  test('a deployment that takes longer than the policy allows', async () => {
    const fleet = makeFleet({ deploymentTimeout: 60_000 });
    expect((await setPlanStage().plan({ fleet })).warnings).toEqual([
      expect.stringContaining('policy.deployment-timeout is 60s'),
    ]);
  });
});

describe('time-outs that the pools can never meet', () => {
  test.each<[string, Parameters<typeof makeFleet>[0], object, string]>([
    [
      'a deregistration delay that the drain waits for',
      { drain: { ...makeFleet().policy.drain, policy: 'delay' } },
      { deregistrationDelay: 60_000 },
      'every drain would time out',
    ],
    [
      'propagation',
      { drain: { ...makeFleet().policy.drain, propagation: 56_000 } },
      {},
      'no host could be proven quiet',
    ],
    [
      'health checks',
      { restore: { checks: 4, timeout: 30_000 } },
      { healthCheckInterval: 10_000 },
      'no host would count as returned',
    ],
  ])('%s', async (_, policy, settings, words) => {
    const stage = setPlanStage();
    stage.world.settings = settings;
    const { problems } = await stage.plan({ fleet: makeFleet(policy) });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^us-east-1a: /);
    expect(problems[0]).toContain(words);
    const ample = setPlanStage();
    ample.world.settings = { deregistrationDelay: 20_000 };
    expect((await ample.plan({ fleet: makeFleet() })).problems).toEqual([]);
  });
});

test('a host whose disk was lost with its record is continued from the one in the ledger', async () => {
  const stage = setPlanStage();
  stage.world.leave('web', ['i-a2']);
  stage.out = { 'i-a2': { zone: 'us-east-1a', record: parseRecord(record('i-a2'), 'i-a2') } };
  expect((await stage.plan()).problems).toEqual([]);
  stage.out = { 'i-a2': { zone: 'us-east-1b', record: parseRecord(record('i-a2'), 'i-a2') } };
  expect((await stage.plan()).problems).toEqual([expect.stringContaining('no record on it says why')]);
});

test('a zone is judged from the world that the zone before it leaves behind', async () => {
  const world = createZones();
  world.leave('web', ['i-a1']);
  world.host('i-a1').record = record('i-a1');
  // Without i-a1 three of four serve: zone b could not do without one if zone a were not whole again by then.
  const fleet = makeFleet({ minHealthy: { kind: 'count', value: 3 } });
  const { problems, zones } = await setPlanStage(world).plan({ fleet });
  expect(problems).toEqual([]);
  expect(zones[1]?.simulation.batches).toHaveLength(2);
});

describe('zones of several regions', () => {
  const fleet = makeFleet({}, 3);
  const zones = fleet.zones.map((zone, index) => (index === 0 ? zone : { ...zone, region: 'eu-west-1' }));

  test('are each looked at in their own, even when their pools have the same name', async () => {
    const stage = setPlanStage(createWorld({ web: hostsOf('a', 3) }, '1.0.0', ['1.1.0']));
    const other = createWorld({ web: hostsOf('b', 3) }, '1.0.0');
    other.settings = { deregistrationDelay: 30_000, healthCheckInterval: 9_000 };
    stage.elsewhere.set('eu-west-1', other);
    const { problems, zones: seen } = await stage.plan({ fleet: { ...fleet, zones } });
    expect(problems).toEqual([]);
    expect(seen.map(({ simulation }) => simulation.batches.map(({ reasons }) => reasons.join()))).toEqual(
      [1, 1].map(() => Array(3).fill(expect.stringContaining('3 healthy of 3, 1 would leave, 2 remain'))),
    );
    const [first, second] = seen.map(({ estimate }) => estimate.deployment);
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
    expect(other.calls.filter(({ what }) => what === 'find')).toEqual([]);
  });

  test('do not hide each other: a region that does not answer is one problem among others', async () => {
    const stage = setPlanStage(createWorld({ web: hostsOf('a', 3) }, '1.0.0', ['1.1.0']));
    stage.world.host('i-a1').reachable = false;
    const other = createWorld({ web: hostsOf('b', 3) }, '1.0.0');
    other.before = ({ what }) => (what === 'targets' ? 'refused' : undefined);
    stage.elsewhere.set('eu-west-1', other);
    const { problems } = await stage.plan({ fleet: { ...fleet, zones } });
    expect(problems).toEqual([
      expect.stringContaining('us-east-1a: i-a1 does not answer'),
      expect.stringContaining('us-east-1b: targets web refused'),
    ]);
  });
});

test('what nothing can prove is said', async () => {
  const fleet = makeFleet();
  const { identity, ...hosts } = fleet.hosts;
  const blind = await setPlanStage().plan({ fleet: { ...fleet, hosts } });
  expect(blind.warnings).toEqual([
    expect.stringContaining('no hosts.identity: nothing proves which release'),
  ]);
  const url = identity?.url ?? '';
  const half = await setPlanStage().plan({
    fleet: { ...fleet, hosts: { ...hosts, identity: { url, version: 'v' } } },
  });
  expect(half.warnings).toEqual([expect.stringContaining('hosts.identity has no digest and no started')]);
  expect((await setPlanStage().plan()).warnings).toEqual([]);
});
