import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FlipResult, poolFlip } from '../../../src/operations/pool-flip/pool-flip.ts';
import { NEW, OLD, THIRD } from './estate.ts';
import { type Actor, type CallName, flipRequest, flipWorld, type PoolFlipWorld } from './world.ts';

type Ended = { readonly result: FlipResult } | { readonly error: Error };

/** Calls of the balancer take up to this long on each of their ways, and questions to hosts and users this long. */
const SLOWEST = 950;
const SLOWEST_PROOF = 20_000;
const RUNS = 300;

/** Two runs that draw different marks, and the order in which everything happens between them. */
const interleaving = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
  offset: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 60_000 })),
  bake: fc.constantFrom(0, 20_000),
  attached: fc.boolean(),
  paces: fc.tuple(fc.constantFrom(0.01, 1), fc.constantFrom(0.01, 1)),
  marks: fc.uniqueArray(fc.integer({ min: 0, max: 499 }), { minLength: 2, maxLength: 2 }),
  steps: fc.constantFrom([100], [10, 100], [10, 50, 100]),
});

interface Race {
  readonly world: PoolFlipWorld;
  readonly actors: readonly Actor[];
  readonly ends: readonly Ended[];
}

async function race(
  {
    seed,
    offset,
    bake,
    attached,
    paces,
    marks,
    steps,
  }: typeof interleaving extends fc.Arbitrary<infer T> ? T : never,
  targets: readonly [string, string],
  prepare: (world: PoolFlipWorld) => void = () => undefined,
): Promise<Race> {
  const world = flipWorld();
  prepare(world);
  if (attached) {
    world.set({ old: 1, new: 0, third: 0 });
    for (const pool of world.pools.values()) pool.namedSince = 0;
  }
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  const actors = marks.map((mark, index) => {
    const pace = paces[index] ?? 1;
    return world.actor({
      jitter: mark / 500,
      latency: (call) => {
        const slowest = pace * (call === 'run' || call === 'ask' ? SLOWEST_PROOF : SLOWEST);
        return [random() * slowest, random() * slowest];
      },
    });
  });
  const works = actors.map(async (actor, index): Promise<Ended> => {
    await world.time.sleep(index * offset);
    const to = targets[index] ?? NEW;
    const { version } = world.pool(to);
    const request = flipRequest({
      course: { from: OLD, to, steps },
      bakes: steps.map(() => bake),
      propagation: 0,
      ready: { kind: 'count', value: 1 },
      release: {
        identity: { url: 'http://{address}:{port}/version', version: 'version' },
        expected: { version, sha256: '' },
      },
    });
    return poolFlip(actor.context, request).then(
      (result) => ({ result }),
      (error: Error) => ({ error }),
    );
  });
  return { world, actors, ends: await world.time.run(Promise.all(works)) };
}

/** Those that moved the requests and were not told otherwise. */
function winners({ ends }: Race): readonly number[] {
  return ends.flatMap((end, index) => ('result' in end && end.result.kind === 'flipped' ? [index] : []));
}

/** Those that came when everything was done. */
function late({ ends }: Race): number {
  return ends.filter((end) => 'result' in end && end.result.kind === 'there').length;
}

function losers({ ends }: Race): readonly string[] {
  return ends.flatMap((end) => ('error' in end ? [end.error.message] : []));
}

describe('two flips that are started together', () => {
  test('from the same pool to the same one: one result stands, and the other run says that it lost', async () => {
    await fc.assert(
      fc.asyncProperty(interleaving, async (order) => {
        const outcome = await race(order, [NEW, NEW]);
        const [winner, ...others] = winners(outcome);
        expect(others).toEqual([]);
        expect(outcome.world.weights()).toBe(outcome.actors[winner ?? -1]?.writes.at(-1));
        expect(outcome.world.weights()).toMatch(/^old 0, new \d+(?:, third 0)?$/);
        const lost = [expect.stringContaining('was changed by somebody else')];
        expect(losers(outcome)).toEqual(late(outcome) === 1 ? [] : lost);
      }),
      { numRuns: RUNS },
    );
  });

  test('to different pools: one result stands, and the other run says what it found', async () => {
    await fc.assert(
      fc.asyncProperty(interleaving, async (order) => {
        const outcome = await race(order, [NEW, THIRD]);
        const [winner, ...others] = winners(outcome);
        expect(others).toEqual([]);
        expect(outcome.world.weights()).toBe(outcome.actors[winner ?? -1]?.writes.at(-1));
        const [loser] = losers(outcome);
        expect(loser).toMatch(/was changed by somebody else|gets requests too/);
      }),
      { numRuns: RUNS },
    );
  });

  test('to a side that fails: everything ends on the old side', async () => {
    await fc.assert(
      fc.asyncProperty(interleaving, async (order) => {
        const outcome = await race(order, [NEW, NEW], (world) => {
          world.pool(NEW).status = 500;
        });
        expect(losers(outcome)).toHaveLength(2);
        expect(outcome.world.weights()).toMatch(/^old [1-9]\d*, new 0(?:, third 0)?$/);
      }),
      { numRuns: RUNS },
    );
  });

  test('that draw the same mark still leave one whole result', async () => {
    await fc.assert(
      fc.asyncProperty(interleaving, async (order) => {
        const outcome = await race({ ...order, marks: [7, 7] }, [NEW, NEW]);
        expect(winners(outcome).length).toBeGreaterThan(0);
        expect(outcome.world.weights()).toMatch(/^old 0, new \d+(?:, third 0)?$/);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a whole flip that fits in between', () => {
  const request = flipRequest({ course: { from: OLD, to: NEW, steps: [100] }, bakes: [0], propagation: 0 });

  /** One run is held up at a call, by so much before and after it happens; another one begins then. */
  const holdUp = async (held: CallName, number: number, [before, after]: readonly [number, number]) => {
    const world = flipWorld();
    world.set({ old: 1, new: 0 });
    world.pool(NEW).namedSince = 0;
    let count = 0;
    const slow = world.actor({
      jitter: 0.1,
      latency: (call) => {
        count += call === held ? 1 : 0;
        return call === held && count === number ? [before, after] : [1, 1];
      },
    });
    const quick = world.actor({ jitter: 0.9 });
    const end = (actor: Actor) =>
      poolFlip(actor.context, request).then(
        ({ kind }) => kind,
        ({ message }: Error) => message,
      );
    let second = Promise.resolve('never began');
    let made = 0;
    const begin = (call: CallName) => {
      made += call === held ? 1 : 0;
      if (call === held && made === number) second = end(quick);
    };
    slow.before = (call) => {
      if (before > 0) begin(call);
      return undefined;
    };
    slow.after = (call) => {
      if (after > 0) begin(call);
    };
    const first = await world.time.run(end(slow));
    return { world, slow, quick, first, second: await world.time.run(second) };
  };

  test('between a look and the write that follows it is lost, and says so', async () => {
    const { world, slow, first, second } = await holdUp('write', 1, [2_900, 0]);
    expect(first).toBe('flipped');
    expect(second).toContain('was changed by somebody else');
    expect(world.weights()).toBe(slow.writes.at(-1));
  });

  test('while the answer to a look is on its way stands: such a look is no reason to write', async () => {
    // The second time that the actions are read is the look before the write.
    const { world, slow, quick, first, second } = await holdUp('actions', 2, [0, 30_000]);
    expect(first).toContain('was changed by somebody else');
    expect(second).toBe('flipped');
    expect(slow.writes).toEqual([]);
    expect(world.weights()).toBe(quick.writes.at(-1));
  });
});

describe('somebody else who changes the weights', () => {
  const meddle = async (weights: Readonly<Record<string, number>>, at: string) => {
    const world = flipWorld();
    const actor = world.actor();
    let left = true;
    actor.after = (call) => {
      if (call !== 'ask' || world.weights() !== at || !left) return;
      left = false;
      world.set(weights);
    };
    const work = poolFlip(actor.context, flipRequest()).then(
      () => undefined,
      (error: Error) => error,
    );
    return { world, actor, error: await world.time.run(work) };
  };

  test.each([
    ['during the first step', 'old 675, new 75'],
    ['during the last step', 'old 0, new 750'],
  ])('%s is not overwritten, and the error says what is there', async (_, at) => {
    const { world, actor, error } = await meddle({ old: 40, new: 60 }, at);
    expect(error?.message).toContain(`expected ${at}, it shows old 40, new 60`);
    expect(error?.message).toContain('Nothing was put back');
    expect(world.weights()).toBe('old 40, new 60');
    expect(actor.writes.at(-1)).toBe(at);
  });

  test('who changes another action is not overwritten either', async () => {
    const world = flipWorld();
    const actor = world.actor();
    actor.after = (call) => {
      if (call !== 'ask') return;
      world.actions = [
        { kind: 'other', type: 'authenticate-oidc', rest: 'new', native: {} },
        ...world.actions.slice(-1),
      ];
    };
    const work = poolFlip(actor.context, flipRequest()).then(
      () => undefined,
      (error: Error) => error,
    );
    const error = await world.time.run(work);
    expect(error?.message).toContain('its other actions, their order or their settings are not');
    expect(world.actions[0]).toMatchObject({ rest: 'new' });
  });
});
