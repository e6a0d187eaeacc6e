import { describe, expect, test } from '@jest/globals';
import type { FailureLadder } from '../../../src/fleet/ladder.ts';
import type { ScalingRecord } from '../../../src/operations/records.ts';
import { type FakeGroup, fakeGroup } from '../fake-groups.ts';
import type { World } from '../world.ts';
import { ALL, createZones, deploy, makeFleet, record, serving, toZone } from '../zone.ts';

const LADDER: FailureLadder = [{ kind: 'retry', times: 1 }, { kind: 'replace' }];

/** All hosts in one group, of which one cannot start anything any more. */
function setScene(): { readonly world: World; readonly group: FakeGroup } {
  const world = createZones();
  const group = fakeGroup('web-group', ALL, 2);
  for (const id of ALL) world.zones.set(id, `us-east-1${id[2]}`);
  world.groups.push(group);
  world.host('i-a1').bootless = true;
  return { world, group };
}

/** The host that came for another. */
function newcomer(world: World): string {
  const id = [...world.hosts.keys()].find((each) => !ALL.includes(each));
  if (id === undefined) throw new Error('No host was launched.');
  return id;
}

describe('a zone with a broken machine', () => {
  test('gets another one in its place, proven and in service, and goes on', async () => {
    const { world, group } = setScene();
    const report = await deploy(world.context, toZone({ fleet: makeFleet({ onFailure: LADDER }) }));
    expect(report.problem).toBeUndefined();
    const successor = newcomer(world);
    expect(report).toMatchObject({
      state: 'deployed',
      hosts: [
        { host: 'i-a1', outcome: 'replaced', successor, from: '1.0.0', to: '1.1.0' },
        { host: 'i-a2', outcome: 'upgraded' },
      ],
    });
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2', successor].sort());
    expect(world.host(successor)).toMatchObject({ record: undefined, process: { version: '1.1.0' } });
    expect(group.members.get(successor)).toBe('InService');
    expect(group.members.has('i-a1')).toBe(false);
    expect(group.desired).toBe(4);
    expect(world.log).toContainEqual(
      expect.stringContaining(
        `warning: i-a1 was replaced by ${successor}: write the new id into the fleet file`,
      ),
    );
  });

  test('with processes suspended for it: they go on when it is gone', async () => {
    const { world, group } = setScene();
    const fleet = makeFleet({ onFailure: LADDER });
    const drain = { ...fleet.policy.drain, autoScaling: 'suspend' as const };
    const suspending = { ...fleet, policy: { ...fleet.policy, drain } };
    const report = await deploy(world.context, toZone({ fleet: suspending }));
    expect(report).toMatchObject({
      state: 'deployed',
      hosts: [{ outcome: 'replaced' }, { outcome: 'upgraded' }],
    });
    expect([...group.suspended]).toEqual([]);
    expect(serving(world)).toHaveLength(4);
  });

  test('held while the other one of its batch returns: its group leaves it alone', async () => {
    const { world, group } = setScene();
    const fleet = makeFleet({
      onFailure: [{ kind: 'roll-back' }],
      batch: [{ kind: 'count', value: 2 }],
      minHealthy: { kind: 'count', value: 2 },
    });
    const drain = { ...fleet.policy.drain, autoScaling: 'suspend' as const };
    const suspending = { ...fleet, policy: { ...fleet.policy, drain } };
    const report = await deploy(world.context, toZone({ fleet: suspending }));
    expect(report.hosts.map(({ host, outcome }) => [host, outcome])).toEqual([
      ['i-a1', 'held'],
      ['i-a2', 'rolled-back'],
    ]);
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
    const { scaling } = JSON.parse(world.host('i-a1').record ?? '{}');
    expect(scaling.processes).toContain('ReplaceUnhealthy');
    expect([...group.suspended].sort()).toEqual([...scaling.processes].sort());
    expect(world.log).toContainEqual(
      expect.stringContaining('processes of web-group stay suspended until i-a1'),
    );
  });

  test('whose successor fails as well: that one is held with a record, and the zone stops', async () => {
    const { world, group } = setScene();
    const fleet = makeFleet({ onFailure: LADDER });
    const report = await deploy(world.context, toZone({ fleet, version: '1.1.3-crash' }));
    const successor = newcomer(world);
    expect(report.state).toBe('stopped');
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'held', successor });
    expect(report.problem?.message).toContain(`its successor ${successor} is in standby and failed too`);
    expect(JSON.parse(world.host(successor).record ?? '{}')).toMatchObject({
      host: successor,
      targets: [{ pool: 'web', id: successor, port: 8080 }],
      scaling: { mode: 'standby', group: 'web-group' },
    });
    expect(group.members.get(successor)).toBe('Standby');
    expect(serving(world)).toEqual(['i-a2', 'i-b1', 'i-b2']);
  });

  test('in no group: it is held, and the message says why it was not replaced', async () => {
    const world = createZones();
    world.host('i-a1').bootless = true;
    const report = await deploy(world.context, toZone({ fleet: makeFleet({ onFailure: LADDER }) }));
    expect(report.hosts[0]).toMatchObject({ host: 'i-a1', outcome: 'held' });
    expect(report.problem?.message).toMatch(/replacing it failed: .*Auto Scaling group/);
    expect(world.host('i-a1').record).toBeDefined();
  });
});

describe('a group that a killed run had changed before the host left its pools', () => {
  const processes = ['AZRebalance', 'HealthCheck', 'ReplaceUnhealthy'];

  function leftOver(scaling: ScalingRecord, autoScaling: 'standby' | 'suspend') {
    const world = createZones();
    const group = fakeGroup('web-group', ALL, 4);
    for (const id of ALL) world.zones.set(id, `us-east-1${id[2]}`);
    world.groups.push(group);
    world.host('i-a1').record = record('i-a1', { service: 'storefront', from: '1.0.0', scaling });
    const fleet = makeFleet();
    const drain = { ...fleet.policy.drain, autoScaling, lowerMinSize: true };
    return { world, group, fleet: { ...fleet, policy: { ...fleet.policy, drain } } };
  }

  test('is as it was once the hosts are back: no process stays suspended', async () => {
    const { world, group, fleet } = leftOver({ mode: 'suspend', group: 'web-group', processes }, 'suspend');
    for (const each of processes) group.suspended.add(each);
    group.suspended.add('Launch');
    const report = await deploy(world.context, toZone({ fleet }));
    expect(report).toMatchObject({ state: 'deployed' });
    expect([...group.suspended]).toEqual(['Launch']);
  });

  test('is as it was once the hosts are back: its MinSize is not lower', async () => {
    const { world, group, fleet } = leftOver({ mode: 'standby', group: 'web-group', minSize: 4 }, 'standby');
    group.minSize = 3;
    const report = await deploy(world.context, toZone({ fleet }));
    expect(report).toMatchObject({ state: 'deployed' });
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
  });
});
