import { describe, expect, test } from '@jest/globals';
import { type Selection, selectHosts } from '../../../src/operations/drain/select-hosts.ts';
import { CancelledError, PlatformError, UserError } from '../../../src/runner/errors.ts';
import { failure } from '../../range/wire/builder.ts';
import { fakeGroup } from '../fake-groups.ts';
import { createWorld, type World } from '../world.ts';

const [A1, A2, B3, B4] = ['i-a1', 'i-a2', 'i-b3', 'i-b4'] as const;
const PLACES: ReadonlyMap<string, string> = new Map([
  [A1, 'us-east-1a'],
  [A2, 'us-east-1a'],
  [B3, 'us-east-1b'],
  [B4, 'us-east-1b'],
]);

interface Stage {
  readonly world: World;
  /** Hosts that were asked for of each call. */
  readonly asked: (readonly string[])[];
  /** What EC2 knows. */
  readonly places: Map<string, string>;
  /** Why EC2 does not answer. */
  trouble?: Error;
  select(selection: Partial<Selection>): ReturnType<typeof selectHosts>;
}

/** @param grouped hosts of one Auto Scaling group; EC2 knows all four. */
function stage(...grouped: readonly string[]): Stage {
  const world = createWorld({ web: [...PLACES.keys()] });
  if (grouped.length > 0) world.groups.push(fakeGroup('web-group', grouped, 1));
  for (const host of grouped) world.zones.set(host, PLACES.get(host) ?? '');
  const asked: (readonly string[])[] = [];
  const places = new Map(PLACES);
  const made: Stage = {
    world,
    asked,
    places,
    select: (selection) => {
      const instances = {
        zones: async (hosts: readonly string[]) => {
          asked.push(hosts);
          if (made.trouble !== undefined) throw made.trouble;
          return new Map([...places].filter(([host]) => hosts.includes(host)));
        },
      };
      return selectHosts(
        { ...world.context, instances },
        { pools: ['web'], named: [], surviveZone: false, ...selection },
      );
    },
  };
  return made;
}

const DENIED = new UserError('AWS does not allow it. Add the action ec2:DescribeInstances.');

describe('zones are', () => {
  test.each<[string, Partial<Selection>, object]>([
    ['a zone is given', { zone: 'us-east-1a' }, {}],
    ['the loss of a zone must be survived', { named: [{ host: A1 }], surviveZone: true }, {}],
    ['the balancer keeps its zones apart', { named: [{ host: A1 }] }, { crossZone: false }],
  ])('asked for when %s', async (_, selection, settings) => {
    const { world, asked, select } = stage();
    world.settings = settings;
    expect((await select(selection)).zoneOf).toEqual(PLACES);
    expect(asked).toEqual([[A1, A2, B3, B4]]);
  });

  test('not asked for when nothing depends on them', async () => {
    const { world, asked, select } = stage();
    const selected = await select({ named: [{ host: A1 }, { host: B3, port: 8080 }] });
    expect(selected).toEqual({ hosts: [A1, B3], ports: new Map([[B3, [8080]]]), zoneOf: new Map() });
    expect(asked).toEqual([]);
    expect(world.calls.filter(({ what }) => what === 'members')).toEqual([]);
  });

  test('asked of EC2 only for hosts in no Auto Scaling group', async () => {
    const some = stage(A1, B3);
    expect((await some.select({ zone: 'us-east-1a' })).zoneOf).toEqual(PLACES);
    expect(some.asked).toEqual([[A2, B4]]);

    const all = stage(A1, A2, B3, B4);
    expect((await all.select({ zone: 'us-east-1a' })).hosts).toEqual([A1, A2]);
    expect(all.asked).toEqual([]);
  });
});

describe('a zone', () => {
  test('means every host of it, whoever knows it, and those that are named as well', async () => {
    const { world, select } = stage(A1);
    expect((await select({ zone: 'us-east-1a' })).hosts).toEqual([A1, A2]);
    expect((await select({ zone: 'us-east-1a', named: [{ host: B4 }, { host: A2 }] })).hosts).toEqual([
      B4,
      A2,
      A1,
    ]);
    expect(world.log).toEqual([]);
  });

  test('without hosts is refused with the zones that were seen, and the nearest', async () => {
    const error = await failure(stage().select({ zone: 'us-east-1c' }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      'No host of zone us-east-1c is in the target groups; nothing was touched.\n' +
        'Zones seen: us-east-1a, us-east-1b. Did you mean us-east-1a?',
    );
  });

  test('hosts that nobody knows stay, and that is said', async () => {
    const { world, places, select } = stage();
    places.delete(A2);
    expect((await select({ zone: 'us-east-1a' })).hosts).toEqual([A1]);
    expect(world.log).toEqual([expect.stringMatching(/^warning: The zone of i-a2 is not known\. .*`hosts`/)]);

    places.clear();
    const error = await failure(select({ zone: 'us-east-1a' }));
    expect(error.message).toMatch(
      /Zones seen: none\..*The zone of 4 hosts is not known.*name them as `hosts`/s,
    );
  });
});

describe('when EC2 may not be asked', () => {
  test.each<[string, Partial<Selection>, RegExp, RegExp]>([
    ['a zone', { zone: 'us-east-1a' }, /name the hosts as `hosts`/, /survive-zone/],
    [
      'survive-zone',
      { named: [{ host: A1 }], surviveZone: true },
      /leave out `survive-zone`/,
      /name the hosts/,
    ],
  ])('%s is refused with the permission and what to do without it', async (_, selection, cure, other) => {
    const tried = stage(A1);
    tried.trouble = DENIED;
    const error = await failure(tried.select(selection));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(
      /ec2:DescribeInstances.*Nothing was touched\. 3 hosts are in no Auto Scaling/s,
    );
    expect(error.message).toMatch(cure);
    expect(error.message).not.toMatch(other);
  });

  test('a zone and survive-zone together say both', async () => {
    const tried = stage();
    tried.trouble = new PlatformError('EC2 does not answer.');
    const error = await failure(tried.select({ zone: 'us-east-1a', surviveZone: true }));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toMatch(/^EC2 does not answer\..*`hosts`.*`survive-zone`/s);
  });

  test('hosts of groups go on alone when only the balancer keeps zones apart', async () => {
    const tried = stage(A1, B3);
    tried.trouble = DENIED;
    tried.world.settings = { crossZone: false };
    const { zoneOf } = await tried.select({ named: [{ host: A1 }] });
    expect([...zoneOf.keys()]).toEqual([A1, B3]);
    expect(tried.world.log).toEqual([
      expect.stringMatching(/^warning: The zones of i-a2, i-b4 are not known: .*ec2:DescribeInstances/),
    ]);
  });

  test('a cancelled look stays one', async () => {
    const tried = stage();
    tried.trouble = new CancelledError('Cancelled by SIGINT.');
    tried.world.settings = { crossZone: false };
    expect(await failure(tried.select({ named: [{ host: A1 }] }))).toBe(tried.trouble);
  });
});

describe('a host of the zone that does not run', () => {
  test('is left as it is, and said so: the balancer would not take it back', async () => {
    const { world, select } = stage();
    world.show = (target) =>
      target.id === A2 ? { ...target, state: 'unused', reason: 'Target.InvalidState' } : target;
    expect((await select({ zone: 'us-east-1a' })).hosts).toEqual([A1]);
    expect(world.log).toContainEqual(expect.stringMatching(/^warning: i-a2 do not run/));
  });

  test('leaves when it is named', async () => {
    const { world, select } = stage();
    world.show = (target) =>
      target.id === A2 ? { ...target, state: 'unused', reason: 'Target.InvalidState' } : target;
    expect((await select({ named: [{ host: A2 }] })).hosts).toEqual([A2]);
    expect(world.log).toEqual([]);
  });
});
