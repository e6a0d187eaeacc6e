import { describe, expect, test } from '@jest/globals';
import { PlatformError, UserError } from '../../../src/runner/errors.ts';
import { failure } from '../../range/wire/builder.ts';
import { NEW, OLD } from './estate.ts';
import { type flipRequest, flipWorld, LOGIN, type PoolFlipWorld, runFlip } from './world.ts';

describe('what cannot begin is refused and nothing is changed:', () => {
  const cases: readonly [
    string,
    (world: PoolFlipWorld) => void,
    Parameters<typeof flipRequest>[0],
    string,
  ][] = [
    ['a stale `from`', (world) => world.set({ third: 1 }), {}, 'third gets requests too'],
    [
      'weights that are no step',
      (world) => world.set({ old: 70, new: 30 }),
      {},
      'that is no step of this flip',
    ],
    ['a third pool with weight', (world) => world.set({ old: 9, third: 1 }), {}, 'third gets requests too'],
    ['no weight anywhere', (world) => world.set({ old: 0, new: 0 }), {}, 'no pool has any weight'],
    [
      'no forward',
      (world) => {
        world.actions = [LOGIN];
      },
      {},
      'it has no forward action',
    ],
    [
      'a group that does not exist',
      () => undefined,
      { course: { from: OLD, to: `${NEW}f`, steps: [100] } },
      'does not exist',
    ],
    [
      'a group on another balancer',
      (world) => {
        world.pool(NEW).balancers = ['arn:other'];
      },
      {},
      'target group new is on arn:other, not on',
    ],
    [
      'a group of another protocol',
      (world) => {
        world.pool(NEW).protocol = 'TCP';
      },
      {},
      'new speaks TCP',
    ],
    [
      'a group of another network',
      (world) => {
        world.pool(NEW).network = 'vpc-2';
      },
      {},
      'new is in vpc-2',
    ],
    [
      'a group of addresses',
      (world) => {
        world.pool(NEW).targetType = 'ip';
      },
      {},
      'targets of type ip',
    ],
    ['a group that may not be added', () => undefined, { attach: false }, 'does not name new'],
    [
      'a group without targets',
      (world) => {
        world.pool(NEW).hosts = [];
      },
      {},
      'new has no targets',
    ],
    [
      'a host that is not the release',
      (world) => void world.strays.set('i-5', '1.9.0'),
      {},
      'version at i-5:8080',
    ],
    [
      'an alarm that rings',
      (world) => {
        world.alarm = 'alarm';
      },
      {},
      'alarm web-5xx is in ALARM',
    ],
    [
      'checks without an entrance',
      (world) => {
        world.entrance = undefined;
      },
      {},
      'is reached by HTTPS, so nobody knows where to ask for `checks`, which release answers',
    ],
    [
      'a release without an entrance',
      (world) => {
        world.entrance = undefined;
      },
      { trials: [] },
      '`through: https://shop.example.com`',
    ],
    [
      'checks at a network balancer without an entrance',
      (world) => {
        Object.assign(world, { entrance: undefined, balancerType: 'network' });
      },
      {},
      'is reached by no HTTP, so nobody knows where to ask for `checks`; nothing',
    ],
  ];

  test.each(cases)('%s', async (_, harm, changes, says) => {
    const world = flipWorld();
    harm(world);
    const before = structuredClone(world.actions);
    const actor = world.actor();
    const error = await failure(runFlip(world, actor, changes));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/nothing was changed|does not exist|changed nothing/);
    expect(actor.writes).toEqual([]);
    expect(world.actions).toEqual(before);
  });
});

describe('a pool that is not ready', () => {
  test('gets no request: only its own weight of 0 was written', async () => {
    const world = flipWorld();
    world.pool(NEW).sick.add('i-4');
    const actor = world.actor();
    const error = await failure(runFlip(world, actor));
    expect(error.message).toContain(
      'new: 2 healthy of 3 (i-4:8080 unhealthy), needs 3 (100% of 3 that serve now)',
    );
    expect(error.message).toContain('No request went to the new side');
    expect(actor.writes).toEqual(['old 750, new 0', 'old 1, new 0']);
  });

  test('is ready when less is asked for', async () => {
    const world = flipWorld();
    world.pool(NEW).sick.add('i-4');
    expect(await runFlip(world, world.actor(), { ready: { kind: 'count', value: 2 } })).toMatchObject({
      kind: 'flipped',
    });
  });

  test('is judged zone by zone with cross-zone off', async () => {
    const world = flipWorld();
    world.pool(NEW).settings = { crossZone: false };
    for (const [index, host] of ['i-1', 'i-2', 'i-3', 'i-4', 'i-5', 'i-6'].entries())
      world.zones.set(host, index === 0 ? 'us-east-1a' : 'us-east-1b');
    const error = await failure(runFlip(world, world.actor()));
    expect(error.message).toContain('new in zone us-east-1a, cross-zone off: 0 healthy of 0');
  });
});

describe('writes that are not simply accepted', () => {
  const attempts = (fault: 'busy' | 'lost-before' | 'lost-after') => async () => {
    const world = flipWorld();
    const actor = world.actor();
    let first = true;
    actor.before = (call) => {
      if (call !== 'write' || !first) return undefined;
      first = false;
      return fault;
    };
    expect(await runFlip(world, actor)).toMatchObject({ kind: 'flipped' });
    return actor.writes;
  };

  test('because the API is busy are repeated', attempts('busy'));
  test('and got lost on the way are repeated', attempts('lost-before'));
  test('and whose answer got lost are not repeated', async () => {
    expect(await attempts('lost-after')()).toEqual([
      'old 750, new 0',
      'old 675, new 75',
      'old 375, new 375',
      'old 0, new 750',
    ]);
  });

  test('are not made at all when every look before takes too long', async () => {
    const world = flipWorld();
    const actor = world.actor({ latency: (call) => (call === 'actions' ? [0, 3_000] : [1, 1]) });
    const error = await failure(runFlip(world, actor));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('could not be changed in 5 attempts');
    expect(actor.writes).toEqual([]);
  });

  test('that are refused leave everything as it was', async () => {
    const world = flipWorld();
    const actor = world.actor();
    actor.before = (call) => (call === 'write' ? 'refused' : undefined);
    const error = await failure(runFlip(world, actor));
    expect(error.message).toContain('not allowed to change the weights');
    expect(error.message).toContain('This run has changed nothing');
    expect(world.weights()).toBe('old 1');
  });
});
