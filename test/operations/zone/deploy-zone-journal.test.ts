import { describe, expect, test } from '@jest/globals';
import { openIntents } from '../../../src/ledger/journal.ts';
import { fakeGroup } from '../fake-groups.ts';
import { digestOf } from '../fake-host.ts';
import type { Call } from '../world.ts';
import { ALL, createZones, deploy, makeFleet, record, serving, toZone } from '../zone.ts';
import { actsOf, breakHost, journalOf, leftBy, outOf } from './journal-stage.ts';

describe('a zone that goes well', () => {
  test('is four writes for each batch', async () => {
    const world = createZones();
    const journal = journalOf(world);
    expect(await deploy(world.context, toZone(), journal)).toMatchObject({ state: 'deployed' });
    expect(journal.written).toHaveLength(2 * 4);
    expect(outOf(journal)).toEqual([]);
    expect(actsOf(journal)).toEqual([
      'withdraw 1.1.0 i-a1 done',
      'install 1.1.0 i-a1 done',
      'return 1.1.0 i-a1 done',
      'withdraw 1.1.0 i-a2 done',
      'install 1.1.0 i-a2 done',
      'return 1.1.0 i-a2 done',
    ]);
  });

  test('one that has the release already is none', async () => {
    const world = createZones();
    await deploy(world.context, toZone());
    const journal = journalOf(world);
    expect(await deploy(world.context, toZone(), journal)).toMatchObject({ state: 'unchanged' });
    expect(journal.written).toEqual([]);
  });

  test('a dry run is none', async () => {
    const world = createZones();
    const journal = journalOf(world);
    await deploy(world.context, toZone({ dryRun: true }), journal);
    expect(journal.written).toEqual([]);
  });
});

describe('before anything is done to a host', () => {
  const NEEDS: Readonly<Partial<Record<Call['what'], string>>> = {
    record: 'withdraw',
    deregister: 'withdraw',
    installer: 'install',
    register: 'return',
  };

  /** Calls of which the ledger did not know at that time. */
  async function unforeseen(version: string, skip = false): Promise<readonly string[]> {
    const world = createZones();
    const group = fakeGroup('web-group', ALL, 2);
    for (const id of ALL) world.zones.set(id, `us-east-1${id[2]}`);
    world.groups.push(group);
    const journal = journalOf(world);
    const found: string[] = [];
    world.before = ({ what, subject, targets }) => {
      const hosts = targets.length > 0 ? targets.map(({ id }) => id) : [subject];
      const { out = {} } = skip ? { out: {} } : journal.ledger;
      const [open] = openIntents(journal.ledger);
      if (!(what in NEEDS)) return undefined;
      for (const host of hosts) {
        if (out[host]?.record.host !== host) found.push(`${what} ${host}: not in the ledger`);
        if (open?.act !== NEEDS[what]) found.push(`${what} ${host} during ${open?.act}`);
      }
      return undefined;
    };
    await deploy(world.context, toZone({ version }), journal);
    expect(world.changes().map(({ what }) => what)).toContain('deregister');
    return found;
  }

  test.each(['1.1.0', '1.1.1-broken', '1.1.2-shy', '1.1.3-crash'])(
    'it is in the ledger, with its record: deployment of %s',
    async (version) => {
      expect(await unforeseen(version)).toEqual([]);
    },
  );

  test('a ledger that knew nothing would be noticed', async () => {
    expect(await unforeseen('1.1.0', true)).toContain('deregister i-a1: not in the ledger');
  });
});

describe('a host that was replaced', () => {
  test('gives way to its successor before that one returns', async () => {
    const world = createZones();
    breakHost(world, 'i-a1');
    const journal = journalOf(world);
    const seen: (readonly string[])[] = [];
    world.before = ({ what }) => {
      if (what === 'register') seen.push(outOf(journal));
      return undefined;
    };
    const fleet = makeFleet({ onFailure: [{ kind: 'replace' }] });
    const report = await deploy(world.context, toZone({ fleet }), journal);
    const successor = report.hosts[0]?.successor ?? 'none';
    expect(report.state).toBe('deployed');
    expect(seen[0]).toEqual([successor]);
    expect(outOf(journal)).toEqual([]);
  });
});

describe('a host of which only the ledger knows that it is out', () => {
  test('is continued, and keeps its record on itself again while it is worked on', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    const journal = journalOf(world, leftBy('install', ['i-a1']));
    let written: string | undefined;
    world.after = ({ what, subject }) => {
      if (what === 'record' && subject === 'i-a1') written = world.host('i-a1').record;
    };
    const report = await deploy(world.context, toZone(), journal);
    expect(report).toMatchObject({ state: 'deployed' });
    expect(serving(world)).toEqual(ALL);
    expect(JSON.parse(written ?? '{}')).toMatchObject({ run: 'an earlier run', from: '1.0.0' });
    expect(world.log).toContainEqual(
      expect.stringMatching(/^i-a1: out of service since .*by the ledger alone; continuing/),
    );
    expect(outOf(journal)).toEqual([]);
    expect(actsOf(journal)[0]).toBe('install 1.1.0 i-a1 abandoned');
  });

  test('without the ledger that is refused', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    await expect(deploy(world.context, toZone())).rejects.toThrow('no record on it says why');
  });

  test('and that serves is no such host', async () => {
    const world = createZones();
    const journal = journalOf(world, leftBy('return', ['i-a1']));
    await deploy(world.context, toZone(), journal);
    expect(actsOf(journal)[1]).toBe('withdraw 1.1.0 i-a1 done');
    expect(JSON.stringify(journal.written[0]?.out)).not.toContain('an earlier run');
  });

  test('and that is on the disk too: that record counts', async () => {
    const world = createZones();
    world.leave('web', ['i-a1']);
    world.host('i-a1').record = record('i-a1', { service: 'storefront', from: '0.9.0' });
    const journal = journalOf(world, leftBy('install', ['i-a1']));
    await deploy(world.context, toZone(), journal);
    expect(journal.written[0]?.out?.['i-a1']?.record.from).toBe('0.9.0');
  });
});

test('a return that an earlier run did not finish is noted before it is finished', async () => {
  const world = createZones();
  await deploy(world.context, toZone());
  world.host('i-a1').record = record('i-a1');
  const journal = journalOf(world, leftBy('return', ['i-a1']));
  const seen: (readonly string[])[] = [];
  world.before = ({ what }) => {
    if (what === 'register') seen.push(actsOf(journal));
    return undefined;
  };
  expect(await deploy(world.context, toZone(), journal)).toMatchObject({ state: 'unchanged' });
  expect(seen).toEqual([['return 1.1.0 i-a1 abandoned', 'return 1.1.0 i-a1 open']]);
  expect(outOf(journal)).toEqual([]);
  expect(world.host('i-a1')).toMatchObject({
    record: undefined,
    installed: new Map([
      ['1.0.0', digestOf('1.0.0')],
      ['1.1.0', digestOf('1.1.0')],
    ]),
  });
});
