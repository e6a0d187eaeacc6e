import { describe, expect, test } from '@jest/globals';
import { drain } from '../../../src/operations/drain/drain.ts';
import type { DrainRequest } from '../../../src/operations/drain/drain-plan.ts';
import { restore } from '../../../src/operations/drain/restore.ts';
import { REPLACING_PROCESSES } from '../../../src/operations/drain/scaling.ts';
import { fakeGroup } from '../fake-groups.ts';
import { createWorld, type World } from '../world.ts';
import { DRAIN } from '../zone.ts';

const HOSTS = ['i-a1', 'i-a2', 'i-b1', 'i-b2'];
const RESTORE = { checks: 2, timeout: 30_000 };

function request(changes: Partial<DrainRequest> = {}): DrainRequest {
  return {
    pools: ['web'],
    hosts: ['i-a1'],
    adopted: new Map(),
    releases: new Map(),
    zoneOf: new Map(),
    floor: { minHealthy: { kind: 'percent', value: 50 }, surviveZone: false },
    drain: DRAIN,
    restore: RESTORE,
    reason: 'kernel update',
    ...changes,
  };
}

function serving(world: World, pool = 'web'): readonly string[] {
  return world
    .inService(pool)
    .map(({ id }) => id)
    .sort();
}

function asked(world: World, what: string): number {
  return world.calls.filter((call) => call.what === what).length;
}

describe('the end of a drain', () => {
  test('delay: when the balancer lists the target no more, first looked at when that can be', async () => {
    const world = createWorld({ web: HOSTS });
    world.settings = { deregistrationDelay: 300_000 };
    const began = world.now();
    await drain(world.context, request({ drain: { ...DRAIN, policy: 'delay', timeout: 600_000 } }));
    expect(world.now() - began).toBeGreaterThanOrEqual(300_000);
    expect(asked(world, 'quiet')).toBe(0);
    expect(asked(world, 'targets')).toBeLessThan(12);
  });

  test('observed: after propagation and quiet, however long the deregistration delay is', async () => {
    const world = createWorld({ web: HOSTS });
    world.settings = { deregistrationDelay: 300_000 };
    const began = world.now();
    await drain(world.context, request());
    expect(world.now() - began).toBeLessThan(60_000);
  });

  test('observed without a way to the host: its whole deregistration delay, and says so', async () => {
    const world = createWorld({ web: HOSTS });
    world.settings = { deregistrationDelay: 300_000 };
    world.before = ({ what }) => (what === 'quiet' || what === 'record' ? 'refused' : undefined);
    const began = world.now();
    const policy = { ...DRAIN, timeout: 600_000 };
    await drain(world.context, request({ drain: policy, recordsElsewhere: true }));
    expect(world.now() - began).toBeGreaterThanOrEqual(300_000);
    expect(world.log).toContainEqual(expect.stringContaining('deregistration delay instead'));
    expect(world.log).toContainEqual(expect.stringContaining('its record is kept in this step only'));
  });

  test('a host that cannot keep its record does not leave, unless the caller keeps it', async () => {
    const world = createWorld({ web: HOSTS });
    world.before = ({ what }) => (what === 'record' ? 'refused' : undefined);
    await expect(drain(world.context, request())).rejects.toThrow('could not record that it leaves service');
    expect(serving(world)).toEqual(HOSTS);
  });

  test.each([
    ['application', '15.000'],
    ['network', '180.000'],
  ])(
    'the propagation time behind a %s load balancer is %s s unless it is given',
    async (balancerType, seconds) => {
      const world = createWorld({ web: HOSTS });
      world.settings = { balancerType };
      const seen: (string | undefined)[] = [];
      world.command = ({ arguments: values }) => void seen.push(values[3]);
      const { propagation: _, ...unsaid } = DRAIN;
      await drain(world.context, request({ drain: { ...unsaid, timeout: 600_000 } }));
      expect(seen).toContain(seconds);
    },
  );

  test('by a gauge: the host asks its own address at every port', async () => {
    const world = createWorld({ web: HOSTS });
    world.join('web', []);
    const seen: (readonly string[])[] = [];
    world.command = ({ arguments: values }) => void seen.push(values);
    const gauge = { url: 'http://{address}:{port}/inflight', field: 'in_flight' };
    await drain(world.context, request({ drain: { ...DRAIN, gauge } }));
    const { address } = world.host('i-a1');
    expect(seen).toContainEqual([
      '8080',
      '5000',
      '45',
      '15.000',
      'in_flight',
      `http://${address}:8080/inflight`,
    ]);
  });
});

describe('what leaves', () => {
  test('every pool on the same load balancer, though only one was named', async () => {
    const world = createWorld({ web: HOSTS, admin: HOSTS, other: HOSTS });
    world.siblings.set('web', ['web', 'admin']);
    const [record] = await drain(world.context, request());
    expect(record?.targets.map(({ pool }) => pool)).toEqual(['web', 'admin']);
    expect(serving(world, 'admin')).toEqual(['i-a2', 'i-b1', 'i-b2']);
    expect(serving(world, 'other')).toEqual(HOSTS);
  });

  test('the floor of a pool that was found counts as well', async () => {
    const world = createWorld({ web: HOSTS, admin: ['i-a1', 'i-a2'] });
    world.siblings.set('web', ['web', 'admin']);
    await expect(drain(world.context, request())).rejects.toThrow(
      /pool admin: 2 healthy of 2, 1 would leave/,
    );
    expect(serving(world)).toEqual(HOSTS);
  });

  test('one port only, when one is named; another is told apart from a typing error', async () => {
    const world = createWorld({ web: HOSTS });
    await expect(drain(world.context, request({ ports: new Map([['i-a1', [9090]]]) }))).rejects.toThrow(
      'i-a1 is registered in web at port 8080, not at 9090',
    );
    await drain(world.context, request({ ports: new Map([['i-a1', [8080]]]) }));
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('a host that somebody else drains, only when it is to be taken over', async () => {
    const world = createWorld({ web: HOSTS });
    world.leave('web', ['i-a1']);
    await expect(drain(world.context, request())).rejects.toThrow('being drained by somebody else');
    const records = await drain(world.context, request({ adoptDraining: true }));
    await restore(world.context, { records, policy: RESTORE });
    expect(serving(world)).toEqual(HOSTS);
  });

  test('targets that are no instances are refused', async () => {
    const world = createWorld({ web: HOSTS });
    world.settings = { targetType: 'lambda' };
    await expect(drain(world.context, request())).rejects.toThrow('web has targets of type lambda');
    expect(asked(world, 'deregister')).toBe(0);
  });

  test('is announced before anything is withdrawn', async () => {
    const world = createWorld({ web: HOSTS });
    let before: readonly string[] = [];
    await drain(world.context, request(), (records) => {
      before = serving(world);
      expect(records).toMatchObject([{ host: 'i-a1', targets: [{ pool: 'web', id: 'i-a1', port: 8080 }] }]);
    });
    expect(before).toEqual(HOSTS);
  });
});

describe('a member of an Auto Scaling group', () => {
  function createGroup(minSize: number): World {
    const world = createWorld({ web: HOSTS });
    world.groups.push(fakeGroup('web-group', HOSTS, minSize));
    return world;
  }

  test('goes through standby and comes back from it', async () => {
    const world = createGroup(2);
    const [group] = world.groups;
    const records = await drain(world.context, request());
    expect(group?.members.get('i-a1')).toBe('Standby');
    expect(group?.desired).toBe(3);
    expect(records[0]?.scaling).toEqual({ mode: 'standby', group: 'web-group' });
    await restore(world.context, { records, policy: RESTORE });
    expect(group?.members.get('i-a1')).toBe('InService');
    expect(group).toMatchObject({ desired: 4, minSize: 2 });
    expect(serving(world)).toEqual(HOSTS);
  });

  test('below MinSize: refused with the numbers, nothing touched', async () => {
    const world = createGroup(4);
    await expect(drain(world.context, request())).rejects.toThrow(
      /wants 4 hosts and at least 4; with 1 in standby 3 would remain.*lower-min-size/,
    );
    expect(world.changes()).toEqual([]);
  });

  test('below MinSize when that may be lowered: lowered, recorded, put back', async () => {
    const world = createGroup(4);
    const [group] = world.groups;
    const records = await drain(world.context, request({ drain: { ...DRAIN, lowerMinSize: true } }));
    expect(group?.minSize).toBe(3);
    expect(records[0]?.scaling).toMatchObject({ minSize: 4 });
    await restore(world.context, { records, policy: RESTORE });
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
  });

  test('MinSize is put back also when the drain fails and the host returns', async () => {
    const world = createGroup(4);
    world.host('i-a1').connections = 3;
    await expect(drain(world.context, request({ drain: { ...DRAIN, lowerMinSize: true } }))).rejects.toThrow(
      'not quiet',
    );
    expect(world.groups[0]).toMatchObject({ minSize: 4, desired: 4 });
    expect(world.groups[0]?.members.get('i-a1')).toBe('InService');
    expect(serving(world)).toEqual(HOSTS);
  });

  test('suspend: five processes, those that were suspended before are left so', async () => {
    const world = createGroup(4);
    const [group] = world.groups;
    group?.suspended.add('AZRebalance');
    const records = await drain(world.context, request({ drain: { ...DRAIN, autoScaling: 'suspend' } }));
    expect([...(group?.suspended ?? [])].sort()).toEqual([...REPLACING_PROCESSES].sort());
    await restore(world.context, { records, policy: RESTORE });
    expect([...(group?.suspended ?? [])]).toEqual(['AZRebalance']);
    expect(group?.blessed).toEqual(['i-a1']);
  });

  test('suspended by an earlier run that died: taken over from its record and resumed', async () => {
    const world = createGroup(4);
    const [group] = world.groups;
    const policy = { ...DRAIN, autoScaling: 'suspend' as const };
    const [left] = await drain(world.context, request({ drain: policy }));
    if (left === undefined) throw new Error('nothing was drained');
    const records = await drain(
      world.context,
      request({ drain: policy, adopted: new Map([['i-a1', left]]) }),
    );
    await restore(world.context, { records, policy: RESTORE });
    expect([...(group?.suspended ?? [])]).toEqual([]);
  });

  test('ignore: nothing is done about the group, and what it may do is said', async () => {
    const world = createGroup(4);
    await drain(world.context, request({ drain: { ...DRAIN, autoScaling: 'ignore' } }));
    expect(asked(world, 'members')).toBe(1);
    expect(asked(world, 'scaling')).toBe(0);
    expect(world.log).toContainEqual(
      expect.stringMatching(/^warning: i-a1 is in Auto Scaling group web-group, which may replace it while/),
    );
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('ignore: a host of no group is nothing to warn of', async () => {
    const world = createWorld({ web: HOSTS });
    await drain(world.context, request({ drain: { ...DRAIN, autoScaling: 'ignore' } }));
    expect(world.log.filter((line) => line.startsWith('warning:'))).toEqual([]);
  });

  test('ignore: when the groups cannot be read, that is said and the drain goes on', async () => {
    const world = createGroup(4);
    world.before = ({ what }) => (what === 'members' ? 'refused' : undefined);
    await drain(world.context, request({ drain: { ...DRAIN, autoScaling: 'ignore' } }));
    expect(world.log).toContainEqual(
      expect.stringMatching(/^warning: Whether an Auto Scaling group may replace i-a1 is not known: members/),
    );
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('cancelled while draining: out of standby again and registered', async () => {
    const world = createGroup(2);
    world.after = ({ what }) => void (what === 'deregister' && world.cancel());
    await expect(drain(world.context, request())).rejects.toThrow('Cancelled while draining');
    expect(world.groups[0]?.members.get('i-a1')).toBe('InService');
    expect(serving(world)).toEqual(HOSTS);
  });
});
