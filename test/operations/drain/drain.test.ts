import { describe, expect, test } from '@jest/globals';
import { QUIET_SCRIPT } from '../../../src/hosts/scripts/quiet.ts';
import { drain } from '../../../src/operations/drain/drain.ts';
import { type DrainRequest, planDrain } from '../../../src/operations/drain/drain-plan.ts';
import type { UndoRecord } from '../../../src/operations/records.ts';
import { CancelledError, PlatformError, UserError } from '../../../src/runner/errors.ts';
import { createWorld, RUN, type World } from '../world.ts';
import { DRAIN } from '../zone.ts';

const HOSTS = ['i-a1', 'i-a2', 'i-b1', 'i-b2'] as const;

function createPool(): World {
  return createWorld({ web: HOSTS });
}

function request(changes: Partial<DrainRequest> = {}): DrainRequest {
  return {
    pools: ['web'],
    hosts: ['i-a1'],
    adopted: new Map(),
    releases: new Map([['i-a1', '1.0.0']]),
    zoneOf: new Map(),
    floor: { minHealthy: { kind: 'percent', value: 50 }, surviveZone: false },
    drain: DRAIN,
    restore: { checks: 2, timeout: 30_000 },
    reason: 'kernel update',
    ...changes,
  };
}

function record(host: string): UndoRecord {
  const targets = [{ pool: 'web', id: host, port: 8080 }];
  return {
    host,
    targets,
    reason: 'upgrade',
    run: 'an earlier run',
    since: '2026-11-20T23:59:00Z',
    from: '1.0.0',
  };
}

function serving(world: World, pool = 'web'): readonly string[] {
  return world
    .inService(pool)
    .map(({ id }) => id)
    .sort();
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error) return error;
  throw new Error('it was expected to fail, and did not');
}

describe('a drain that goes well', () => {
  test('takes the host out of every pool and gives the record of how to undo it', async () => {
    const world = createWorld({ web: HOSTS, admin: HOSTS });
    const records = await drain(world.context, request({ pools: ['web', 'admin'] }));

    expect(records).toEqual([
      {
        host: 'i-a1',
        targets: [
          { pool: 'web', id: 'i-a1', port: 8080 },
          { pool: 'admin', id: 'i-a1', port: 8080 },
        ],
        reason: 'kernel update',
        run: RUN,
        since: '2026-11-21T00:00:00.000Z',
        from: '1.0.0',
      },
    ]);
    expect(JSON.parse(world.host('i-a1').record ?? '')).toEqual(records[0]);
    expect(serving(world, 'web')).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(serving(world, 'admin')).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('writes the record before it deregisters anything', async () => {
    const world = createPool();
    await drain(world.context, request({ hosts: ['i-a1', 'i-a2'] }));
    expect(world.changes().map(({ what, subject }) => `${what} ${subject}`)).toEqual([
      'record i-a1',
      'record i-a2',
      'deregister web',
    ]);
  });

  test('tells the host to measure only after the propagation time, for the quiet period', async () => {
    const world = createPool();
    const asked: (readonly string[])[] = [];
    world.command = ({ script, arguments: values }) => {
      if (script === QUIET_SCRIPT) asked.push(values);
    };
    const began = world.now();
    await drain(world.context, request());
    expect(asked).toEqual([['8080', '5000', '45', '15.000']]);
    expect(world.now() - began).toBeGreaterThanOrEqual(15_000);
    expect(world.timeline.map(({ phase }) => phase)).toEqual(['draining', 'quiet']);
  });

  test('with the policy fixed measures nothing and warns', async () => {
    const world = createPool();
    world.host('i-a1').connections = 3;
    await drain(world.context, request({ drain: { ...DRAIN, policy: 'fixed', propagation: 0 } }));
    expect(world.log.filter((line) => line.startsWith('warning'))).toEqual([
      expect.stringContaining('Drain policy fixed'),
    ]);
    expect(world.calls.map(({ what }) => what)).not.toContain('quiet');
  });

  test('continues hosts that an earlier run took out, with the record it left', async () => {
    const world = createPool();
    world.leave('web', ['i-a1']);
    const adopted = record('i-a1');
    const records = await drain(world.context, request({ adopted: new Map([['i-a1', adopted]]) }));
    expect(records).toEqual([adopted]);
    expect(JSON.parse(world.host('i-a1').record ?? '')).toEqual(adopted);
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('continues a host that is out already even while the pool is below its floor', async () => {
    const world = createPool();
    world.leave('web', ['i-a1']);
    for (const id of ['i-a2', 'i-b1']) world.host(id).sick = true;
    const adopted = new Map([['i-a1', record('i-a1')]]);
    await expect(drain(world.context, request({ adopted }))).resolves.toHaveLength(1);
  });
});

describe('a drain that is refused', () => {
  test('names the near miss of a mistyped host and touches nothing', async () => {
    const world = createPool();
    const error = await failure(drain(world.context, request({ hosts: ['i-a3'] })));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(
      /i-a3 is not registered in web.*nothing was touched.*Did you mean i-a[12]\?/s,
    );
    expect(world.changes()).toEqual([]);
  });

  test('does not take a host that is draining already for one in service', async () => {
    const world = createPool();
    world.leave('web', ['i-a1']);
    const error = await failure(drain(world.context, request()));
    expect(error.message).toContain('i-a1');
    expect(world.changes()).toEqual([]);
  });

  test('by the floor: tells the numbers, and neither records nor deregisters', async () => {
    const world = createPool();
    world.host('i-b1').sick = true;
    const error = await failure(drain(world.context, request({ hosts: ['i-a1', 'i-a2'] })));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('3 healthy of 4, 2 would leave, 1 remain, floor is 2');
    expect(error.message).toContain('nothing was drained');
    expect(world.changes()).toEqual([]);
    expect(world.timeline).toEqual([]);
  });

  test('because the record cannot be written: the host stays in service', async () => {
    const world = createPool();
    world.before = ({ what }) => (what === 'record' ? 'refused' : undefined);
    const error = await failure(drain(world.context, request()));
    expect(error.message).toContain('i-a1 could not record that it leaves service');
    expect(world.calls.map(({ what }) => what)).not.toContain('deregister');
  });

  test('planDrain says the same and changes nothing either way', async () => {
    const world = createPool();
    expect(await planDrain(world.context, request())).toMatchObject({
      records: [{ host: 'i-a1' }],
      reasons: [expect.stringContaining('3 remain, floor is 2')],
    });
    world.host('i-b1').sick = true;
    await expect(planDrain(world.context, request({ hosts: ['i-a1', 'i-a2'] }))).rejects.toThrow(
      'floor is 2',
    );
    expect(world.changes()).toEqual([]);
  });
});

describe('a drain that cannot be proven', () => {
  test('the API accepts and never shows the withdrawal: returned to service, error', async () => {
    const world = createPool();
    world.show = (target) => (target.state === 'draining' ? { ...target, state: 'healthy' } : target);
    const error = await failure(drain(world.context, request()));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain(
      'accepted the withdrawal and does not show it: i-a1:8080 still in service',
    );
    expect(error.message).toContain('back in service; nothing was installed');
    expect(serving(world)).toEqual([...HOSTS]);
    expect(world.host('i-a1').record).toBeUndefined();
    expect(world.calls.map(({ what }) => what)).not.toContain('quiet');
  });

  test('the pool falls below its floor after the withdrawal: returned to service, with the numbers', async () => {
    const world = createPool();
    world.after = ({ what }) => {
      if (what === 'deregister') for (const id of ['i-a2', 'i-b1']) world.host(id).sick = true;
    };
    const error = await failure(drain(world.context, request()));
    expect(error.message).toContain('fell below its floor while hosts were leaving');
    expect(error.message).toContain('1 remain, floor is 2');
    expect(serving(world)).toEqual([...HOSTS]);
    expect(world.calls.map(({ what }) => what)).not.toContain('quiet');
  });

  test('the host is not quiet in time: returned to service, with the count of connections', async () => {
    const world = createPool();
    world.host('i-a1').connections = 7;
    const error = await failure(drain(world.context, request()));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('not quiet within 60s: i-a1 still has 7 connections');
    expect(serving(world)).toEqual([...HOSTS]);
    expect(world.host('i-a1').record).toBeUndefined();
    expect(world.timeline.at(-1)).toMatchObject({ host: 'i-a1', phase: 'serving' });
  });

  test('the transport is lost while measuring and the delay is too long: returned to service', async () => {
    const world = createPool();
    world.before = ({ what }) => (what === 'quiet' ? 'refused' : undefined);
    const error = await failure(drain(world.context, request()));
    expect(error.message).toContain('not out of the balancer in time: i-a1:8080 still draining');
    expect(serving(world)).toEqual([...HOSTS]);
  });

  test('not quiet in time with on-timeout hold: stays out, recorded, and the drain fails', async () => {
    const world = createPool();
    world.host('i-a1').connections = 7;
    const error = await failure(drain(world.context, request({ drain: { ...DRAIN, onTimeout: 'hold' } })));
    expect(error.message).toContain('held out of service');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(world.host('i-a1').record).toBeDefined();
    expect(world.timeline.at(-1)).toMatchObject({ host: 'i-a1', phase: 'held' });
  });

  test('deregistering fails in one of two pools: back in both', async () => {
    const world = createWorld({ web: HOSTS, admin: HOSTS });
    world.before = ({ what, subject }) =>
      what === 'deregister' && subject === 'admin' ? 'refused' : undefined;
    await failure(drain(world.context, request({ pools: ['web', 'admin'] })));
    expect(serving(world, 'web')).toEqual([...HOSTS]);
    expect(serving(world, 'admin')).toEqual([...HOSTS]);
  });

  test('returning fails too: says both, keeps the record and tells where it is', async () => {
    const world = createPool();
    world.host('i-a1').connections = 1;
    world.before = ({ what }) => (what === 'register' ? 'refused' : undefined);
    const error = await failure(drain(world.context, request()));
    expect(error.message).toMatch(/not quiet.*failed too.*register web refused.*out-of-service\.json/s);
    expect(world.host('i-a1').record).toBeDefined();
  });

  test('cancelled while waiting: registered again at once, the record stays, CancelledError', async () => {
    const world = createPool();
    let cancelledAt = 0;
    world.after = ({ what }) => {
      if (what !== 'deregister') return;
      cancelledAt = world.now();
      world.cancel();
    };
    const error = await failure(drain(world.context, request()));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.message).toContain('registered again');
    expect(serving(world)).toEqual([...HOSTS]);
    expect(world.host('i-a1').record).toBeDefined();
    // Nothing is waited for any more: neither propagation nor health.
    expect(world.now() - cancelledAt).toBeLessThan(1_000);
  });

  test.each(['not quiet', 'cancelled'])(
    '%s, of hosts out since an earlier run: they stay out, recorded',
    async (how) => {
      const world = createPool();
      world.leave('web', ['i-a1']);
      world.host('i-a1').connections = 1;
      world.after = ({ what }) => {
        if (what === 'deregister' && how === 'cancelled') world.cancel();
      };
      const adopted = new Map([['i-a1', record('i-a1')]]);
      const error = await failure(drain(world.context, request({ hosts: ['i-a1', 'i-a2'], adopted })));
      // Nobody has proven which release the host runs half-way, so it must not get requests.
      expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
      expect(world.host('i-a1').record).toBeDefined();
      expect(error.message).toMatch(/i-a1 stay out of service/);
    },
  );

  test('a host found in service goes back, even when an interrupted drain left a record on it', async () => {
    const world = createPool();
    world.host('i-a1').connections = 1;
    const adopted = new Map([['i-a1', record('i-a1')]]);
    const error = await failure(drain(world.context, request({ adopted })));
    expect(error.message).toContain('i-a1 are back in service');
    expect(serving(world)).toEqual([...HOSTS]);
  });

  test('a host that serves a failed release stays out', async () => {
    const world = createPool();
    world.host('i-a1').connections = 1;
    await failure(drain(world.context, request({ unproven: ['i-a1'] })));
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(world.host('i-a1').record).toBeDefined();
  });
});
