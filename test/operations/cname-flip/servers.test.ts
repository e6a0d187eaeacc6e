import { describe, expect, test } from '@jest/globals';
import type { Reply } from '../../../src/dns/port.ts';
import { judgeReplies, proveAtServers } from '../../../src/operations/cname-flip/servers.ts';
import { flipWorld, GREEN, RECORD, SERVERS } from './world.ts';

const [OLD, NEW] = [
  { kind: 'leads-to', target: 'old.test' },
  { kind: 'leads-to', target: 'new.test' },
] as const;

function answer(...values: readonly string[]): Reply {
  return { kind: 'answer', values, addresses: [] };
}

describe('the answers of one server', () => {
  const seen = { kind: 'seen', samples: 1 } as const;
  const wanted = { kind: 'values', values: ['192.0.2.1', '192.0.2.2'] } as const;

  test('must be all of the values, and only they', () => {
    const state = (...values: readonly string[]) =>
      judgeReplies([answer(...values)], { ...seen, wanted }, new Map()).state;
    expect(state('192.0.2.1', '192.0.2.2')).toBe('proven');
    expect(state('192.0.2.1')).toBe('other');
    expect(state('192.0.2.1', '192.0.2.2', '192.0.2.3')).toBe('other');
    expect(state()).toBe('other');
  });

  test('of an alias may be some of the addresses that it leads to', () => {
    const targets = new Map([
      ['old.test', new Set(['192.0.2.1'])],
      ['new.test', new Set(['192.0.2.2', '192.0.2.3'])],
    ]);
    const state = (...values: readonly string[]) =>
      judgeReplies([answer(...values)], { ...seen, wanted: NEW, gone: OLD }, targets).state;
    expect([state('192.0.2.3'), state('192.0.2.1'), state('192.0.2.2', '192.0.2.9')]).toEqual([
      'proven',
      'old',
      'other',
    ]);
  });

  test('of an alias to the same addresses cannot tell it from the old one', () => {
    const same = new Set(['192.0.2.1']);
    const targets = new Map([
      ['old.test', same],
      ['new.test', same],
    ]);
    const expectation = { ...seen, wanted: NEW, gone: OLD };
    expect(judgeReplies([answer('192.0.2.1')], expectation, targets).state).toBe('proven');
  });

  test('are worth nothing when one of them did not come', () => {
    const lost = { kind: 'none', problem: 'no answer in 3 s' } as const;
    const all = [answer('192.0.2.1', '192.0.2.2'), lost];
    expect(judgeReplies(all, { ...seen, wanted }, new Map())).toEqual({
      state: 'silent',
      says: 'no answer in 3 s',
    });
    expect(judgeReplies([], { ...seen, wanted }, new Map()).state).toBe('silent');
  });
});

describe('an address without a way to it', () => {
  const noWay = { kind: 'unreachable', problem: 'ENETUNREACH' } as const;
  const expectation = {
    kind: 'seen',
    wanted: { kind: 'values', values: [GREEN] },
    samples: 1,
  } as const;
  const [first] = SERVERS;

  test.each([
    ['does not count when its server answers at another', 'ns1.test', 'proven'],
    ['counts when it is all that its server has', 'ns9.test', 'unproven'],
  ])('%s', async (_, name, kind) => {
    const world = flipWorld();
    const six = { name, address: '2001:db8::1', port: 53 };
    const authority = {
      ...world.context.authority,
      ask: async ({ address }: { readonly address: string }) =>
        address === six.address ? noWay : answer(GREEN),
    };
    const asked = {
      record: RECORD,
      type: 'CNAME',
      servers: first === undefined ? [] : [first, six],
    } as const;
    const verdict = await proveAtServers({ ...world.context, authority }, asked, expectation, 5_000);
    expect(verdict.kind).toBe(kind);
    expect(verdict.servers.map(({ state }) => state)).toEqual(['proven', 'unreachable']);
    if (verdict.kind === 'unproven') expect(verdict.problem).toContain('ns9.test ([2001:db8::1]:53)');
  });
});
