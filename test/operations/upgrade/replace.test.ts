import { describe, expect, test } from '@jest/globals';
import { type Replacement, replaceHosts } from '../../../src/operations/upgrade/replace.ts';
import { CancelledError } from '../../../src/runner/errors.ts';
import { type FakeGroup, fakeGroup } from '../fake-groups.ts';
import { type Call, createWorld, type Fault, type World } from '../world.ts';

const ZONES = { 'i-a1': 'zone-a', 'i-a2': 'zone-a', 'i-b1': 'zone-b', 'i-b2': 'zone-b' };
const HOSTS = Object.keys(ZONES);
const TIMEOUT = 600_000;

interface Scene {
  readonly world: World;
  readonly group: FakeGroup;
}

/** @param standby hosts that have been drained */
function setScene(standby: readonly string[] = []): Scene {
  const world = createWorld({ web: HOSTS });
  for (const [host, zone] of Object.entries(ZONES)) world.zones.set(host, zone);
  const group = fakeGroup('web-group', HOSTS, 2);
  for (const host of standby) group.members.set(host, 'Standby');
  group.desired -= standby.length;
  world.groups.push(group);
  return { world, group };
}

function replace({ world }: Scene, hosts: readonly string[]): Promise<readonly Replacement[]> {
  return replaceHosts(world.context, { hosts, timeout: TIMEOUT });
}

function subjects({ world }: Scene, what: Call['what']): readonly string[] {
  return world.calls.filter((call) => call.what === what).map(({ subject }) => subject);
}

function ended(scene: Scene): readonly string[] {
  return subjects(scene, 'scaling').flatMap((subject) => /^terminate (?<host>.*)$/.exec(subject)?.[1] ?? []);
}

/** Makes every call about a subject that begins so fail. */
function faultAt({ world }: Scene, subject: string, fault: Fault): void {
  world.before = (call) => (call.subject.startsWith(subject) ? fault : undefined);
}

function replaced(host: string, successor: string) {
  return {
    host,
    kind: 'replaced',
    successor,
    address: expect.stringMatching(/^10\.0\.0\.\d+$/),
    scaling: { mode: 'standby', group: 'web-group' },
  };
}

function failed(host: string, ...parts: readonly string[]) {
  const pattern = parts.map((part) => part.replaceAll(/[.()]/g, '\\$&')).join('[^]*');
  return { host, kind: 'failed', problem: expect.stringMatching(pattern) };
}

describe('a host of a group', () => {
  test('in standby: ended, followed in its zone by one that is in standby too, the sizes as before', async () => {
    const scene = setScene(['i-b1']);
    expect(await replace(scene, ['i-b1'])).toEqual([replaced('i-b1', 'i-new1')]);
    expect(scene.group.members.get('i-new1')).toBe('Standby');
    expect(scene.world.zones.get('i-new1')).toBe('zone-b');
    expect(scene.group).toMatchObject({ desired: 3, minSize: 2 });
    expect(scene.world.log).toContainEqual(expect.stringMatching(/^i-b1: ending it for good/));
    expect(scene.world.log).toContainEqual(expect.stringMatching(/^waiting for successors .* up to/));
  });

  test('in service: the group follows it up by itself', async () => {
    const scene = setScene();
    expect(await replace(scene, ['i-b1'])).toEqual([replaced('i-b1', 'i-new1')]);
    expect(subjects(scene, 'scaling')).toEqual(['terminate i-b1', 'enter i-new1 of web-group']);
    expect(scene.group.desired).toBe(3);
  });

  test('still on its way into standby: ended when it has arrived', async () => {
    const scene = setScene(['i-b1']);
    scene.group.members.set('i-b1', 'EnteringStandby');
    scene.group.changes.push({ host: 'i-b1', at: scene.world.now() + 20_000, to: 'Standby' });
    expect(await replace(scene, ['i-b1'])).toEqual([replaced('i-b1', 'i-new1')]);
  });

  test.each(['EnteringStandby', 'Pending', 'Detaching'])('that stays %s: kept', async (lifecycle) => {
    const scene = setScene(['i-b1']);
    scene.group.members.set('i-b1', lifecycle);
    expect(await replace(scene, ['i-b1'])).toEqual([
      failed('i-b1', 'was not ended now', `it is ${lifecycle}`),
    ]);
    expect(ended(scene)).toEqual([]);
  });
});

describe('several hosts', () => {
  test('are followed together, each by its own successor in its zone', async () => {
    const scene = setScene(['i-a1', 'i-b1']);
    const outcomes = await replace(scene, ['i-b1', 'i-a1']);
    expect(outcomes).toMatchObject([
      { host: 'i-b1', kind: 'replaced' },
      { host: 'i-a1', kind: 'replaced' },
    ]);
    const successors = outcomes.flatMap((each) => (each.kind === 'replaced' ? [each.successor] : []));
    expect(successors.map((id) => scene.world.zones.get(id))).toEqual(['zone-b', 'zone-a']);
    expect(scene.group.desired).toBe(2);
  });

  test('cost as many looks at their group as one', async () => {
    const one = setScene(['i-a1', 'i-a2']);
    await replace(one, ['i-a1']);
    const two = setScene(['i-a1', 'i-a2']);
    await replace(two, ['i-a1', 'i-a2']);
    expect(subjects(two, 'group')).toHaveLength(subjects(one, 'group').length);
  });

  test('of two groups: one group that is stuck does not hide the other', async () => {
    const scene = setScene(['i-a1']);
    const other = fakeGroup('other-group', ['i-b1', 'i-b2'], 0);
    for (const host of ['i-b1', 'i-b2']) scene.group.members.delete(host);
    scene.group.desired -= 2;
    scene.group.minSize = 0;
    scene.world.groups.push(other);
    other.boot = 2 * TIMEOUT;
    expect(await replace(scene, ['i-b1', 'i-a1'])).toEqual([
      failed('i-b1', 'i-b1 was ended. No successor', 'i-new1 is Pending in zone-b'),
      replaced('i-a1', 'i-new2'),
    ]);
  });
});

describe('nothing is ended when no successor would come', () => {
  test('of a host that is in no group', async () => {
    const scene = setScene(['i-a1']);
    scene.group.members.delete('i-b1');
    expect(await replace(scene, ['i-b1', 'i-a1'])).toEqual([
      failed('i-b1', 'only a member of an Auto Scaling group can be replaced. Nothing was ended now'),
      replaced('i-a1', 'i-new1'),
    ]);
    expect(ended(scene)).toEqual(['i-a1']);
  });

  test.each(['Launch', 'Terminate'])('%s is suspended', async (process) => {
    const scene = setScene(['i-a1']);
    scene.group.suspended.add(process);
    expect(await replace(scene, ['i-a1'])).toEqual([failed('i-a1', 'not ended', `${process} is suspended`)]);
    expect(ended(scene)).toEqual([]);
  });

  test('but other processes may be suspended', async () => {
    const scene = setScene(['i-a1']);
    scene.group.suspended.add('AZRebalance');
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
  });

  test('MaxSize leaves no room for the successor of a host in standby; the others go on', async () => {
    const scene = setScene(['i-a1', 'i-a2']);
    scene.group.maxSize = 3;
    expect(await replace(scene, ['i-a1', 'i-a2'])).toEqual([
      replaced('i-a1', 'i-new1'),
      failed('i-a2', 'not ended', 'desired capacity of 2', 'allows 3 at most. Raise MaxSize'),
    ]);
    expect(ended(scene)).toEqual(['i-a1']);
  });

  test('MinSize keeps the successor of a host in service from going into standby; the others go on', async () => {
    const scene = setScene();
    scene.group.minSize = 3;
    expect(await replace(scene, ['i-a1', 'i-a2'])).toEqual([
      replaced('i-a1', 'i-new1'),
      failed('i-a2', 'not ended', 'wants 4 hosts and at least 3. Lower MinSize'),
    ]);
    expect(ended(scene)).toEqual(['i-a1']);
  });

  test.each(['members', 'group'])('the %s cannot be read', async (what) => {
    const scene = setScene(['i-a1']);
    scene.world.before = (call) => (call.what === what ? 'refused' : undefined);
    expect(await replace(scene, ['i-a1'])).toEqual([failed('i-a1', 'refused', 'ended')]);
    expect(ended(scene)).toEqual([]);
  });
});

describe('ending a host', () => {
  test('that is refused: it is kept and the others go on', async () => {
    const scene = setScene(['i-a1', 'i-b1']);
    faultAt(scene, 'terminate i-a1', 'refused');
    expect(await replace(scene, ['i-a1', 'i-b1'])).toEqual([
      failed('i-a1', 'was not ended now: it could not be ended'),
      replaced('i-b1', 'i-new1'),
    ]);
    expect(scene.group).toMatchObject({ desired: 2 });
    expect(scene.group.members.get('i-a1')).toBe('Standby');
  });

  test('whose answer is lost: it is seen to be ending', async () => {
    const scene = setScene(['i-a1']);
    faultAt(scene, 'terminate i-a1', 'cut');
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
  });

  test('in standby when the desired capacity cannot be raised: said, and the others go on', async () => {
    const scene = setScene(['i-a1']);
    scene.group.minSize = 0;
    faultAt(scene, 'desired', 'refused');
    expect(await replace(scene, ['i-a1', 'i-a2'])).toEqual([
      failed('i-a1', 'i-a1 was ended in standby', 'from 3 to 4', 'refused', 'by hand'),
      replaced('i-a2', 'i-new1'),
    ]);
    expect(scene.world.log).toContainEqual(expect.stringMatching(/^warning: web-group: .*refused/));
  });

  test('a desired capacity that somebody has raised meanwhile is left', async () => {
    const scene = setScene(['i-a1']);
    scene.world.after = ({ subject }) => {
      if (subject === 'terminate i-a1') scene.group.desired = 5;
    };
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
    expect(subjects(scene, 'scaling')).not.toContainEqual(expect.stringContaining('desired'));
  });
});

describe('a successor', () => {
  test('that never comes: said when the time is over, not before', async () => {
    const scene = setScene(['i-a1']);
    scene.group.boot = 2 * TIMEOUT;
    const began = scene.world.now();
    expect(await replace(scene, ['i-a1'])).toEqual([
      failed('i-a1', 'No successor of it was seen in service in zone-a', 'i-new1 is Pending in zone-a'),
    ]);
    expect(scene.world.now() - began).toBe(TIMEOUT);
  });

  test('in another zone: named, and left in service', async () => {
    const scene = setScene(['i-a1']);
    scene.group.vacancies.push('zone-b');
    expect(await replace(scene, ['i-a1'])).toEqual([
      failed('i-a1', 'No successor of it was seen in service in zone-a', 'i-new1 is InService in zone-b'),
    ]);
    expect(scene.group.members.get('i-new1')).toBe('InService');
  });

  test('is asked out of traffic in the look that sees it in service', async () => {
    const scene = setScene(['i-a1']);
    let since = Number.NaN;
    scene.world.after = ({ subject }) => {
      if (subject.startsWith('desired')) since = scene.world.now() + scene.group.boot;
      if (subject.startsWith('enter')) expect(scene.world.now() - since).toBeLessThanOrEqual(2_000);
    };
    await replace(scene, ['i-a1']);
    expect(since).not.toBeNaN();
  });

  test('that may not go into standby: it is in service with what its image starts', async () => {
    const scene = setScene(['i-a1', 'i-b1']);
    let entered = 0;
    scene.world.before = ({ subject }) =>
      subject.startsWith('enter') && ++entered === 1 ? 'refused' : undefined;
    expect(await replace(scene, ['i-a1', 'i-b1'])).toEqual([
      failed('i-a1', 'Its successor i-new1 is in service with whatever its image starts', 'refused'),
      replaced('i-b1', 'i-new2'),
    ]);
  });

  test('that went into standby while the answer was lost', async () => {
    const scene = setScene(['i-a1']);
    faultAt(scene, 'enter', 'cut');
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
  });

  test('that drains for longer than there is time', async () => {
    const scene = setScene(['i-a1']);
    scene.group.drain = TIMEOUT;
    expect(await replace(scene, ['i-a1'])).toEqual([
      failed('i-a1', 'Its successor i-new1 was sent into standby', 'it is EnteringStandby', 'by hand'),
    ]);
  });

  test('is waited for until the transport reaches it', async () => {
    const scene = setScene(['i-a1']);
    scene.world.before = ({ what, subject }) => {
      if (what === 'facts') scene.world.host(subject).reachable = scene.world.now() > ready;
      return undefined;
    };
    const ready = scene.world.now() + 200_000;
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
    expect(scene.world.now()).toBeGreaterThan(ready);
  });

  test('that the transport never reaches: why', async () => {
    const scene = setScene(['i-a1']);
    scene.world.before = ({ what, subject }) => {
      if (what === 'facts') scene.world.host(subject).reachable = false;
      return undefined;
    };
    expect(await replace(scene, ['i-a1'])).toEqual([
      failed('i-a1', 'successor i-new1', 'it is Standby and not reached: its agent is silent'),
    ]);
  });

  test('that its group ends again is followed by another', async () => {
    const scene = setScene(['i-a1']);
    const { group, world } = scene;
    group.drain = 10_000;
    world.after = ({ subject }) => {
      if (subject !== 'enter i-new1 of web-group') return;
      group.members.delete('i-new1');
      group.desired += 1;
      group.vacancies.push('zone-a');
    };
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new2')]);
    expect(world.log).toContainEqual(
      'warning: i-new1: the successor of i-a1 was ended by its group; another one is awaited',
    );
  });

  test('is not lost by looks that fail', async () => {
    const scene = setScene(['i-a1']);
    let looks = 0;
    scene.world.before = ({ what }) => (what === 'group' && ++looks % 3 === 0 ? 'refused' : undefined);
    expect(await replace(scene, ['i-a1'])).toEqual([replaced('i-a1', 'i-new1')]);
  });
});

describe('cancelled', () => {
  test('before the first host: nothing is ended', async () => {
    const scene = setScene(['i-a1']);
    scene.world.cancel();
    await expect(replace(scene, ['i-a1'])).rejects.toThrow(CancelledError);
    expect(ended(scene)).toEqual([]);
  });

  test('between two hosts: the second is kept and the group knows of the first', async () => {
    const scene = setScene(['i-a1', 'i-a2']);
    scene.world.after = ({ subject }) => {
      if (subject === 'terminate i-a1') scene.world.cancel();
    };
    await expect(replace(scene, ['i-a1', 'i-a2'])).rejects.toThrow(CancelledError);
    expect(ended(scene)).toEqual(['i-a1']);
    expect(scene.group.desired).toBe(3);
  });

  test('while waiting; run again, the host is not ended again', async () => {
    const scene = setScene(['i-a1']);
    scene.group.boot = 2 * TIMEOUT;
    scene.world.after = ({ subject }) => {
      if (subject.startsWith('desired')) scene.world.cancel();
    };
    await expect(replace(scene, ['i-a1'])).rejects.toThrow(CancelledError);
    expect(scene.world.log).toContainEqual(expect.stringContaining('i-a1: ending it for good'));

    const again = { ...scene.world.context, signal: new AbortController().signal };
    const request = { hosts: ['i-a1'], timeout: TIMEOUT };
    const interrupted = failed('i-a1', 'it may have been ended by an interrupted run');
    expect(await replaceHosts(again, request)).toEqual([interrupted]);
    await scene.world.context.clock.sleep(scene.group.ending, again.signal);
    expect(await replaceHosts(again, request)).toEqual([interrupted]);
    expect(ended(scene)).toEqual(['i-a1']);
  });

  test('a mistake of this program is no outcome', async () => {
    const scene = setScene(['i-a1']);
    scene.world.before = ({ subject }) => {
      if (subject.startsWith('terminate')) throw new TypeError('a mistake');
      return undefined;
    };
    await expect(replace(scene, ['i-a1'])).rejects.toThrow(TypeError);
  });
});
