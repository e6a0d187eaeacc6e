import { describe, expect, test } from '@jest/globals';
import { drain } from '../../../src/operations/drain/drain.ts';
import { type DrainRequest, planDrain } from '../../../src/operations/drain/drain-plan.ts';
import { readReturning, withRamping } from '../../../src/operations/drain/returning.ts';
import { CancelledError } from '../../../src/runner/errors.ts';
import { pool, target } from '../../fleet/sample.ts';
import { createWorld, type World } from '../world.ts';
import { DRAIN, record } from '../zone.ts';

const HOSTS = ['i-a1', 'i-a2', 'i-b1', 'i-b2'];
const RAMP = { slowStart: 60_000 };
const IN_SLOW_START = '4 healthy of 4 (1 of them in slow start, not counted), 1 would leave, 2 remain';

/** A pool whose host `i-b2` somebody is returning to service. */
function createPool(settings: World['settings'] = RAMP): World {
  const world = createWorld({ web: HOSTS });
  world.settings = settings;
  world.host('i-b2').record = record('i-b2');
  return world;
}

function request(minHealthy = 3, changes: Partial<DrainRequest> = {}): DrainRequest {
  return {
    pools: ['web'],
    hosts: ['i-a1'],
    adopted: new Map(),
    releases: new Map(),
    zoneOf: new Map(),
    floor: { minHealthy: { kind: 'count', value: minHealthy }, surviveZone: false },
    drain: DRAIN,
    restore: { checks: 2, timeout: 30_000 },
    reason: 'kernel update',
    ...changes,
  };
}

function asked(world: World, what: string): readonly string[] {
  return world.calls.filter((call) => call.what === what).map(({ subject }) => subject);
}

describe('a host that is returning to a pool with slow start', () => {
  test('does not count though the balancer calls it healthy: refused, and who is meant is said', async () => {
    const world = createPool();
    await expect(planDrain(world.context, request())).rejects.toThrow(`pool web: ${IN_SLOW_START}`);
    expect(world.log).toContainEqual(
      expect.stringMatching(/^i-b2 is recorded as out of service since .*an earlier run.*restore-target/),
    );
    expect(world.changes()).toEqual([]);
  });

  test('costs one target and no more', async () => {
    const world = createPool();
    expect((await planDrain(world.context, request(2))).reasons).toEqual([
      expect.stringContaining(IN_SLOW_START),
    ]);
  });

  test('counts when its return is finished', async () => {
    const world = createPool();
    world.host('i-b2').record = undefined;
    await expect(planDrain(world.context, request())).resolves.toMatchObject({ returning: [] });
  });

  test('counts where there is no slow start, and nobody is asked', async () => {
    const world = createPool({ slowStart: 0 });
    await expect(planDrain(world.context, request())).resolves.toMatchObject({ returning: [] });
    expect(asked(world, 'status')).toEqual([]);
  });

  test('counts at a port that its record does not name', async () => {
    const world = createPool();
    world.host('i-b2').record = record('i-b2', { targets: [{ pool: 'web', id: 'i-b2', port: 9090 }] });
    await expect(planDrain(world.context, request())).resolves.toMatchObject({ leaving: ['i-a1'] });
  });

  test('does not count in the check after the withdrawal either; nobody is asked twice', async () => {
    const world = createPool();
    world.after = ({ what }) => {
      if (what === 'deregister') world.host('i-b1').sick = true;
    };
    await expect(drain(world.context, request(2))).rejects.toThrow(
      /fell below its floor.*2 healthy of 4 \(1 of them in slow start, not counted\).*1 remain, floor is 2/,
    );
    expect(asked(world, 'status')).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('without its record that check would have passed', async () => {
    const world = createPool();
    world.host('i-b2').record = undefined;
    world.after = ({ what }) => {
      if (what === 'deregister') world.host('i-b1').sick = true;
    };
    await expect(drain(world.context, request(2))).resolves.toHaveLength(1);
  });
});

describe('a host that does not tell', () => {
  test.each([
    [
      'cannot be reached',
      (world: World) => {
        world.host('i-b2').reachable = false;
      },
    ],
    [
      'has a record that nobody can read',
      (world: World) => {
        world.host('i-b2').record = '{';
      },
    ],
    [
      'is lost while it is asked',
      (world: World) => {
        world.before = ({ what, subject }) =>
          what === 'status' && subject === 'i-b2' ? 'refused' : undefined;
      },
    ],
  ])('because it %s: counted as the balancer shows it, with a warning', async (_, happen) => {
    const world = createPool();
    happen(world);
    await expect(planDrain(world.context, request())).resolves.toMatchObject({ returning: [] });
    expect(world.log.filter((line) => line.startsWith('warning:'))).toEqual([
      expect.stringContaining('Whether i-b2 is in slow start is not known'),
    ]);
  });
});

describe('asking the hosts', () => {
  test('is one call of the transport, of the hosts that stay, each once', async () => {
    const world = createWorld({ web: HOSTS, admin: HOSTS, other: HOSTS });
    world.settings = RAMP;
    world.siblings.set('web', ['web', 'admin']);
    await planDrain(world.context, request(1));
    expect(asked(world, 'status')).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(asked(world, 'facts')).toEqual(['i-a2 i-b1 i-b2']);
  });

  test('is left out when nobody leaves: an earlier run took the hosts out', async () => {
    const world = createPool();
    world.leave('web', ['i-a1']);
    const adopted = new Map([['i-a1', JSON.parse(record('i-a1'))]]);
    await planDrain(world.context, request(4, { adopted }));
    expect(asked(world, 'status')).toEqual([]);
  });

  test('leaves out pools whose targets are no instances', async () => {
    const world = createPool();
    const views = [pool([target('10.0.0.1')], { ...RAMP, targetType: 'ip' })];
    expect(await readReturning(world.context, views, ['i-gone'])).toEqual([]);
    expect(world.calls).toEqual([]);
  });

  test('cancelled meanwhile: nothing was withdrawn, and every record is what it was', async () => {
    const world = createPool();
    const before = world.host('i-b2').record;
    world.after = ({ what }) => void (what === 'status' && world.cancel());
    await expect(drain(world.context, request(2))).rejects.toBeInstanceOf(CancelledError);
    expect(world.changes()).toEqual([]);
    expect(world.host('i-b2').record).toBe(before);
    expect(world.host('i-a1').record).toBeUndefined();
  });

  test('fails: nothing was withdrawn, and every record is what it was', async () => {
    const world = createPool();
    const before = world.host('i-b2').record;
    world.before = ({ what }) => (what === 'facts' ? 'refused' : undefined);
    await expect(drain(world.context, request(2))).rejects.toThrow('facts');
    expect(world.changes()).toEqual([]);
    expect(world.host('i-b2').record).toBe(before);
  });
});

describe('a registration that is returning', () => {
  const key = { pool: pool([]).settings.pool, id: 'i-1', port: 80 };

  test.each([
    ['healthy in a pool with slow start', target('i-1'), RAMP, true],
    ['healthy in a pool without', target('i-1'), {}, undefined],
    ['not healthy yet', target('i-1', 'initial'), RAMP, undefined],
    ['at another port', target('i-1', 'healthy', 81), RAMP, undefined],
    ['of another host', target('i-2'), RAMP, undefined],
  ])('%s', (_, seen, settings, expected) => {
    const [view] = withRamping([pool([seen], settings)], [key]);
    expect(view?.targets[0]?.ramping).toBe(expected);
  });
});
