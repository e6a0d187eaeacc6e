import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shareGroups } from '../../../src/operations/drain/shared-groups.ts';
import type { ScalingRecord, UndoRecord } from '../../../src/operations/records.ts';
import { type FakeGroup, fakeGroup } from '../fake-groups.ts';
import { ALL, makeFleet, record } from '../zone.ts';
import { type JanitorStage, setJanitor } from './stage.ts';

const GROUP = 'web-group';

function withGroup(): JanitorStage & { readonly group: FakeGroup } {
  const stage = setJanitor();
  const group = fakeGroup(GROUP, ALL, 4);
  stage.world.groups.push(group);
  return { ...stage, group };
}

/** A run died when these hosts of zone a were in standby. */
function inStandby(minSizes: Readonly<Record<string, number>>) {
  const stage = withGroup();
  for (const [host, minSize] of Object.entries(minSizes)) {
    stage.leave(host, { scaling: { mode: 'standby', group: GROUP, minSize } });
    stage.group.members.set(host, 'Standby');
    stage.group.desired -= 1;
  }
  stage.group.minSize = stage.group.desired;
  return stage;
}

/** A run died when the group was kept from replacing these hosts. */
function suspended(hosts: readonly string[]) {
  const stage = withGroup();
  const processes = ['AZRebalance', 'ReplaceUnhealthy', 'HealthCheck'];
  for (const host of hosts) stage.leave(host, { scaling: { mode: 'suspend', group: GROUP, processes } });
  for (const each of processes) stage.group.suspended.add(each);
  return stage;
}

describe('a group from which hosts were taken', () => {
  test('is as before when all of them are back', async () => {
    const { group, run } = inStandby({ 'i-a1': 4, 'i-a2': 4 });
    expect((await run()).state).toBe('returned');
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
    expect([...group.members.values()]).toEqual(['InService', 'InService', 'InService', 'InService']);
  });

  test('replaces nobody while one is still out, and is as before when the last one is back', async () => {
    const { group, run, world } = inStandby({ 'i-a1': 4, 'i-a2': 4 });
    world.host('i-a2').sick = true;
    const report = await run();
    expect(group).toMatchObject({ minSize: 2, desired: 3 });
    expect(report.zones[0]?.hosts).toEqual([
      expect.objectContaining({
        host: 'i-a1',
        done: 'returned',
        todo: `MinSize of ${GROUP} stays lowered until i-a2 returns`,
      }),
      expect.objectContaining({ host: 'i-a2', done: 'left', failed: true }),
    ]);
    world.host('i-a2').sick = false;
    expect((await run()).state).toBe('returned');
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
  });

  test('is as before when one returns, and the return of another is finished after it', async () => {
    const { group, run, leave, world } = inStandby({ 'i-a1': 4 });
    leave('i-a2', { serving: true, scaling: { mode: 'standby', group: GROUP, minSize: 4 } });
    const report = await run();
    expect(report.zones[0]?.hosts.map(({ done }) => done)).toEqual(['returned', 'finished']);
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
    expect(world.host('i-a2').record).toBeUndefined();
  });

  test('goes on not to replace while its processes are suspended for one that is still out', async () => {
    const { group, run, world } = suspended(['i-a1', 'i-a2']);
    world.host('i-a2').sick = true;
    await run();
    expect([...group.suspended]).toEqual(['AZRebalance', 'ReplaceUnhealthy', 'HealthCheck']);
    expect(group.blessed).toEqual(['i-a1']);
    world.host('i-a2').sick = false;
    await run();
    expect([...group.suspended]).toEqual([]);
    expect(group.blessed).toEqual(['i-a1', 'i-a2']);
  });

  test('waits for hosts of other zones, whoever took them out', async () => {
    const { group, run, world } = suspended(['i-a1']);
    world.leave('web', ['i-b1']);
    const own = { scaling: { mode: 'suspend', group: GROUP, processes: [] } };
    world.host('i-b1').record = record('i-b1', { ...own, reason: 'by hand' });
    await run();
    expect([...group.suspended]).toHaveLength(3);
    // Whoever returns it puts all of it back.
    const kept: UndoRecord = JSON.parse(world.host('i-b1').record ?? '');
    expect(kept).toMatchObject({ reason: 'by hand', scaling: { processes: [...group.suspended] } });
  });

  test('is put back as the first of two records found it, whichever returns last', async () => {
    const { group, run, world, read } = inStandby({ 'i-a1': 4, 'i-a2': 3 });
    world.host('i-a2').sick = true;
    await run();
    expect(read().out?.['i-a2']?.record.scaling).toEqual({ mode: 'standby', group: GROUP, minSize: 4 });
    expect(JSON.parse(world.host('i-a2').record ?? '')).toMatchObject({ scaling: { minSize: 4 } });
    world.host('i-a2').sick = false;
    await run();
    expect(group).toMatchObject({ minSize: 4, desired: 4 });
  });

  test('is as before when the host is gone', async () => {
    const { group, run, world } = suspended(['i-a1']);
    world.host('i-a1').reachable = false;
    group.members.delete('i-a1');
    await world.context.clock.sleep(600_000, new AbortController().signal);
    const { zones, ...rest } = makeFleet();
    const left = zones.map((zone) => ({ ...zone, hosts: zone.hosts.filter((id) => id !== 'i-a1') }));
    const report = await run({ fleet: { ...rest, zones: left } });
    expect(report.state).toBe('returned');
    expect([...group.suspended]).toEqual([]);
  });

  test('that cannot be changed is named, and the host stays recorded', async () => {
    const { run, world, read } = suspended(['i-a1']);
    world.before = ({ what, subject }) =>
      what === 'scaling' && subject.startsWith('resume') ? 'refused' : undefined;
    const report = await run();
    expect(report.problem?.message).toMatch(/scaling resume web-group refused/);
    expect(read().out).toHaveProperty('i-a1');
    expect(world.host('i-a1').record).toBeDefined();
  });
});

const scaling: fc.Arbitrary<ScalingRecord | undefined> = fc.option(
  fc.oneof(
    fc.record({
      mode: fc.constant('standby' as const),
      group: fc.constantFrom('one', 'two'),
      minSize: fc.nat({ max: 9 }),
    }),
    fc.record({ mode: fc.constant('standby' as const), group: fc.constantFrom('one', 'two') }),
    fc.record({
      mode: fc.constant('suspend' as const),
      group: fc.constantFrom('one', 'two'),
      processes: fc.uniqueArray(fc.constantFrom('AZRebalance', 'HealthCheck', 'ReplaceUnhealthy')),
    }),
  ),
  { nil: undefined },
);

/** What is to be put back, by mode and group. */
function settings(records: readonly UndoRecord[]): Readonly<Record<string, string>> {
  const found = new Map<string, Set<string>>();
  for (const { scaling: each } of records) {
    if (each === undefined) continue;
    const key = `${each.mode} ${each.group}`;
    const words = each.mode === 'suspend' ? each.processes : [String(each.minSize ?? -1)];
    found.set(key, new Set([...(found.get(key) ?? []), ...words]));
  }
  return Object.fromEntries(
    [...found].map(([key, words]) => [
      key,
      key.startsWith('suspend') ? [...words].sort().join() : String(Math.max(...[...words].map(Number))),
    ]),
  );
}

test('whatever is recorded: nothing that is to be put back is lost, and no group is touched for which another one waits', () => {
  fc.assert(
    fc.property(fc.array(scaling, { maxLength: 4 }), fc.array(scaling, { maxLength: 4 }), (back, stay) => {
      const made =
        (name: string) =>
        (each: ScalingRecord | undefined, index: number): UndoRecord => {
          const host = `${name}${index}`;
          const text = record(host, each === undefined ? {} : { scaling: each });
          return JSON.parse(text);
        };
      const [records, others] = [back.map(made('back')), stay.map(made('stay'))];
      const { returning, staying } = shareGroups(records, others);
      const after = others.map((other) => staying.find(({ host }) => host === other.host) ?? other);
      const before = settings([...records, ...others]);
      expect(settings([...returning, ...after])).toEqual(before);
      // All hosts that stay of a group know all of it.
      for (const each of after) {
        const key = each.scaling && `${each.scaling.mode} ${each.scaling.group}`;
        const isShared = records.some(({ scaling: own }) => own && `${own.mode} ${own.group}` === key);
        if (key !== undefined && isShared) expect(settings([each])[key]).toBe(settings(after)[key]);
      }
      const waiting = new Set(Object.keys(settings(others)));
      for (const { scaling: own } of returning) {
        if (own === undefined || !waiting.has(`${own.mode} ${own.group}`)) continue;
        expect(own.mode === 'suspend' ? own.processes : (own.minSize ?? [])).toEqual([]);
      }
    }),
  );
});
