import { describe, expect, test } from '@jest/globals';
import type { RecordSet } from '../../../src/dns/port.ts';
import { flipRecord, planFlip } from '../../../src/operations/cname-flip/cname-flip.ts';
import type { FlipRequest } from '../../../src/operations/cname-flip/request.ts';
import { formerTtl } from '../../../src/operations/cname-flip/ttl.ts';
import { UserError } from '../../../src/runner/errors.ts';
import {
  BLUE,
  cname,
  type FlipWorld,
  flipWorld,
  GREEN,
  isAt,
  RECORD,
  SERVERS,
  set,
  weighted,
} from './world.ts';

async function refusal(world: FlipWorld, request: Partial<FlipRequest> = {}): Promise<string> {
  const before = world.sets();
  const flip = flipRecord(world.context, { ...world.request, ...request });
  const error = await flip.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(world.sets()).toBe(before);
  return error instanceof Error ? error.message : '';
}

describe('a flip', () => {
  test('changes the record, proves it and says when the old side may stop', async () => {
    const world = flipWorld();
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'flipped', changed: true, change: 'C0' });
    expect(result.safeToStopAt).toBe((result.inSyncAt ?? 0) + 60_000);
    expect((result.inSyncAt ?? 0) - (result.swappedAt ?? 0)).toBeGreaterThanOrEqual(world.propagation);
    expect(result.servers.map(({ state, says }) => `${state} ${says}`)).toEqual(
      Array(3).fill(`proven ${GREEN}`),
    );
    expect(result.results.map(({ passed, subject }) => `${passed} ${subject}`)).toEqual([
      `true ${RECORD} at 192.0.2.2`,
    ]);
    expect(isAt(world, GREEN)).toBe(true);
    expect(world.absent()).toBe(0);
  });

  test('asks under the real name, wherever it connects to', async () => {
    const world = flipWorld();
    const result = await flipRecord(world.context, world.request);
    expect(result.results.map(({ request }) => request)).toEqual([`GET https://${RECORD}:443/version`]);
  });

  test('that was made already is proven and nothing is changed', async () => {
    const world = flipWorld([cname(`${GREEN.toUpperCase()}.`, 300)]);
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'there', changed: false });
    expect(result.says).toContain('Nothing was changed');
    expect(world.states).toHaveLength(1);
    expect(result.safeToStopAt).toBe(world.stage.clock.now() + 60_000 + 300_000);
  });

  test('that was made already and cannot be proven fails, and is not swapped back', async () => {
    const world = flipWorld([cname(GREEN)]);
    world.serves.set('192.0.2.2', '1');
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'failed', changed: false });
    expect(result.says).toContain('It was not swapped back');
    expect(isAt(world, GREEN)).toBe(true);
  });

  test('is only told in a dry run', async () => {
    const world = flipWorld();
    expect(await planFlip(world.context, world.request)).toContain(
      `from CNAME ${BLUE}, TTL 60s to CNAME ${GREEN}, TTL 60s`,
    );
    expect(world.states).toHaveLength(1);
  });

  test('keeps the health check of the record', async () => {
    const world = flipWorld([{ ...cname(BLUE), native: { HealthCheckId: 'h1' } }]);
    await flipRecord(world.context, world.request);
    expect(world.sets()[0]?.native).toEqual({ HealthCheckId: 'h1' });
  });
});

describe('nothing is changed when', () => {
  test('the record is at neither side', async () => {
    expect(await refusal(flipWorld([cname('red.example.test')]))).toContain(
      'there is CNAME red.example.test, TTL 60s',
    );
  });

  test('the new side does not answer as it shall', async () => {
    const world = flipWorld();
    world.serves.set('192.0.2.2', '1');
    expect(await refusal(world)).toContain('The new side of www.example.test is not ready');
  });

  test('the new side has no address, and a name server does not answer: both are told', async () => {
    const world = flipWorld();
    const change = { kind: 'value', from: { kind: 'values', values: [BLUE] } } as const;
    const ask = world.context.authority.ask;
    Object.assign(world.context.authority, {
      ask: async (...asked: Parameters<typeof ask>) =>
        asked[0].name === 'ns2.test' ? { kind: 'none', problem: 'REFUSED' } : ask(...asked),
    });
    const to = { kind: 'values', values: ['nowhere.test'] } as const;
    const message = await refusal(world, { change: { ...change, to } });
    expect(message).toContain('ns2.test (198.51.100.2:53) does not answer: REFUSED');
    expect(message).toContain('nowhere.test has no address');
    expect(message).toContain('was not changed');
  });

  test('the TTL is above the limit', async () => {
    expect(await refusal(flipWorld([cname(BLUE, 300)]))).toContain('has a TTL of 300s, above `max-ttl` 60s');
  });

  test('it is in a private zone that nobody here can ask', async () => {
    const world = flipWorld();
    const { provider } = world.context;
    const { zone } = provider;
    Object.assign(provider, { zone: async (id: string) => ({ ...(await zone(id)), isPrivate: true }) });
    expect(await refusal(world)).toContain('is private');
  });

  test('users are led to another zone of the same name', async () => {
    const world = flipWorld();
    const stranger = [{ name: 'ns9.test', address: '203.0.113.9', port: 53 }];
    Object.assign(world.context.authority, {
      delegation: async () => ['NS9.test.'],
      servers: async ([first]: readonly string[]) => (first === 'ns9.test' ? stranger : SERVERS),
    });
    const message = await refusal(world);
    expect(message).toContain('Users: ns9.test. Zone Z1: ns1.test, ns2.test, ns3.test.');
    expect(message).toContain('nothing was changed');
  });
});

describe('where users are led to', () => {
  test.each([
    ['one of the servers of the zone', ['ns2.test.']],
    ['its servers under other names', ['ns1.white.test']],
  ])('%s is well', async (_, told) => {
    const world = flipWorld();
    Object.assign(world.context.authority, { delegation: async () => told });
    expect(await flipRecord(world.context, world.request)).toMatchObject({ kind: 'flipped' });
  });

  test('that cannot be looked up is a warning', async () => {
    const world = flipWorld();
    const warnings: string[] = [];
    const delegation = async () => Promise.reject(new Error('queryNs ETIMEOUT example.test'));
    Object.assign(world.context.authority, { delegation });
    const log = { ...world.context.log, warning: (text: string) => void warnings.push(text) };
    expect(await flipRecord({ ...world.context, log }, world.request)).toMatchObject({ kind: 'flipped' });
    expect(warnings.join()).toContain('could not be looked up (queryNs ETIMEOUT example.test)');
  });

  test('is not asked when the servers are given', async () => {
    const world = flipWorld();
    Object.assign(world.context.authority, { delegation: async () => ['ns9.test'] });
    const verification = { kind: 'servers', given: SERVERS, proof: world.proof } as const;
    expect(await flipRecord(world.context, { ...world.request, verification })).toMatchObject({
      kind: 'flipped',
    });
  });
});

describe('a TTL that is too long', () => {
  const request = { lowerTtlFirst: true } as const;

  test('is lowered, waited for, and the record then flipped with the limit as its TTL', async () => {
    const world = flipWorld([cname(BLUE, 300)]);
    await flipRecord(world.context, { ...world.request, ...request });
    const ttls = world.states.map(([each]) => (each?.content.kind === 'values' ? each.content.ttl : 0));
    expect(ttls).toEqual([300, 57, 60]);
    expect(world.stage.elapsed()).toBeGreaterThanOrEqual(300_000 + world.propagation);
  });

  test('that an interrupted run lowered is waited for all the same', async () => {
    const world = flipWorld([cname(BLUE, 57)]);
    expect(formerTtl(60, 57)).toBe(300);
    await flipRecord(world.context, { ...world.request, ...request });
    expect(isAt(world, GREEN)).toBe(true);
    expect(world.stage.elapsed()).toBeGreaterThanOrEqual(300_000);
  });

  test('is lowered in all sets of a weighted record', async () => {
    const long = (each: RecordSet): RecordSet =>
      each.content.kind === 'alias' ? each : { ...each, content: { ...each.content, ttl: 300 } };
    const world = flipWorld([long(weighted(BLUE, 'a', 1)), long(weighted(BLUE, 'b', 1))]);
    await flipRecord(world.context, { ...world.request, ...request, identifier: 'a' });
    expect(world.sets().map(({ content }) => (content.kind === 'values' ? content.ttl : 0))).toEqual([
      60, 60,
    ]);
  });

  test('somebody who changes the record meanwhile wins', async () => {
    const world = flipWorld([cname(BLUE, 300)]);
    world.hook = (call) => {
      if (call === 'isInSync' && world.states.length === 2) world.put(cname('red.example.test'));
    };
    const flip = flipRecord(world.context, { ...world.request, ...request });
    await expect(flip).rejects.toThrow('there is CNAME red.example.test');
    expect(world.states).toHaveLength(3);
  });
});

describe('weighted sets', () => {
  test('a value is flipped and the weight kept', async () => {
    const world = flipWorld([weighted(BLUE, 'eu', 3), weighted('us.example.test', 'us', 1)]);
    const result = await flipRecord(world.context, { ...world.request, identifier: 'eu' });
    expect(result.kind).toBe('flipped');
    expect(
      world.sets().find(({ routing }) => routing.kind === 'weighted' && routing.identifier === 'eu'),
    ).toEqual(weighted(GREEN, 'eu', 3));
  });

  test('a server that still gives the old value now and then is found', async () => {
    const world = flipWorld([weighted(BLUE, 'eu', 1), weighted('us.example.test', 'us', 3)]);
    world.stick('ns3.test');
    const result = await flipRecord(world.context, { ...world.request, identifier: 'eu' });
    expect(result.kind).toBe('failed');
    expect(result.says).toContain('ns3.test (198.51.100.3:53) still answers');
  });

  test('a region is taken out by its weight and the old side told safe to stop', async () => {
    const world = flipWorld([weighted(BLUE, 'eu', 10), weighted(GREEN, 'us', 10)]);
    const change = { kind: 'weight', from: 10, to: 0 } as const;
    const result = await flipRecord(world.context, { ...world.request, identifier: 'eu', change });
    expect(result.kind).toBe('flipped');
    expect(result.safeToStopAt).toBeDefined();
    expect(result.results.map(({ subject }) => subject)).toEqual([`${RECORD} at 192.0.2.2`]);
  });

  test('a region that gets more keeps the other one needed', async () => {
    const world = flipWorld([weighted(BLUE, 'eu', 10), weighted(GREEN, 'us', 0)]);
    const change = { kind: 'weight', from: 0, to: 10 } as const;
    const result = await flipRecord(world.context, { ...world.request, identifier: 'us', change });
    expect(result.kind).toBe('flipped');
    expect(result.safeToStopAt).toBeUndefined();
  });
});

describe('what cannot be proven', () => {
  test('is swapped back: a server that is stuck is named', async () => {
    const world = flipWorld();
    world.stick('ns2.test');
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'failed', changed: false });
    expect(result.says).toContain(`ns2.test (198.51.100.2:53) still answers ${BLUE}`);
    expect(result.says).toContain('swapped back');
    expect(result.says).toContain('and proven. Clients may have been sent to the new side from');
    expect(isAt(world, BLUE)).toBe(true);
    expect(result.safeToStopAt).toBeUndefined();
  });

  test('is swapped back: the new side fails after the flip', async () => {
    const world = flipWorld();
    world.breaksOnSwap = true;
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'failed', changed: false });
    expect(result.says).toContain('checks failed');
    expect(world.sets()).toEqual([cname(BLUE)]);
  });

  test('is left where somebody else put it meanwhile', async () => {
    const world = flipWorld();
    world.stick('ns2.test');
    world.hook = (call) => {
      if (call === 'ask ns3.test' && world.states.length === 2) world.put(cname('red.example.test'));
    };
    const result = await flipRecord(world.context, world.request);
    expect(result.says).toContain('It was not swapped back: somebody else changed it meanwhile');
    expect(world.sets()).toEqual([cname('red.example.test')]);
  });

  test('is left when revert-on-failure says so', async () => {
    const world = flipWorld();
    world.stick('ns2.test');
    const result = await flipRecord(world.context, { ...world.request, revertOnFailure: false });
    expect(result).toMatchObject({ kind: 'failed', changed: true });
    expect(isAt(world, GREEN)).toBe(true);
  });

  test('is swapped back when the change does not get in sync', async () => {
    const world = flipWorld();
    world.propagation = 1_000_000;
    const result = await flipRecord(world.context, world.request);
    expect(result.says).toContain('did not bring the change C0 to all its servers in time');
    expect(result.says).toContain('but not proven');
    expect(isAt(world, BLUE)).toBe(true);
  });
});

describe('an answer that does not come', () => {
  test('of a change that took effect is found by reading back', async () => {
    const world = flipWorld();
    world.swapAnswers = [{ kind: 'unknown', problem: 'timed out' }];
    const result = await flipRecord(world.context, world.request);
    expect(result).toMatchObject({ kind: 'flipped', changed: true });
    expect(result.change).toBeUndefined();
    expect(result.inSyncAt).toBeUndefined();
    expect(result.safeToStopAt).toBe((result.swappedAt ?? 0) + 120_000);
    expect(world.states).toHaveLength(2);
  });

  test('of a change that did not take effect is sent again', async () => {
    const world = flipWorld();
    world.swapAnswers = ['unsent', { kind: 'busy', problem: 'PriorRequestNotComplete' }];
    expect((await flipRecord(world.context, world.request)).kind).toBe('flipped');
    expect(world.states).toHaveLength(2);
  });

  test('for ever is not success', async () => {
    const world = flipWorld();
    world.swapAnswers = Array(100).fill('unsent');
    await expect(flipRecord(world.context, world.request)).rejects.toThrow('Nobody knows whether the change');
  });
});

test('a zone that stays busy is given up, and nothing was changed', async () => {
  const world = flipWorld();
  world.swapAnswers = Array(100).fill({ kind: 'busy', problem: 'PriorRequestNotComplete' });
  await expect(flipRecord(world.context, world.request)).rejects.toThrow('was not changed by this run');
});

test('whoever is faster wins and is told of', async () => {
  const world = flipWorld();
  world.hook = (call, moment) => {
    if (call === 'swap' && moment === 'before') world.put(cname('red.example.test'));
  };
  await expect(flipRecord(world.context, world.request)).rejects.toThrow(
    'Somebody else was faster: www.example.test is now CNAME red.example.test',
  );
});

test('somebody else who overwrites the change is told of, and stays', async () => {
  const world = flipWorld();
  world.hook = (call, moment) => {
    if (call === 'swap' && moment === 'after') world.put(cname('red.example.test'));
  };
  await expect(flipRecord(world.context, world.request)).rejects.toThrow(
    'somebody else changed it right after',
  );
  expect(world.sets()).toEqual([cname('red.example.test')]);
});

test('an alias of another kind of health is not the same', async () => {
  const alias = (evaluateTargetHealth: boolean) =>
    ({ kind: 'alias', zoneId: 'Z2', target: BLUE, evaluateTargetHealth }) as const;
  const world = flipWorld([set(alias(true), { type: 'A' })]);
  const change = { kind: 'value', from: alias(false), to: { ...alias(false), target: GREEN } } as const;
  expect(await refusal(world, { type: 'A', change })).toContain(
    'alias Z2 blue.example.test evaluate-target-health',
  );
});

describe('a private zone', () => {
  test('is proven by hosts inside, once no resolver may keep the old answer', async () => {
    const world = flipWorld();
    const asked: string[] = [];
    const { proof } = world;
    const verification = {
      kind: 'hosts',
      proof: {
        ...proof,
        hosts: ['i-1', 'i-2'],
        ask: async (questions: Parameters<typeof proof.ask>[0]) =>
          questions.map(({ host, question }) => {
            const place = question.kind === 'http' ? question.manner?.connect : undefined;
            asked.push(`${world.stage.elapsed() > 60_000 ? 'late' : 'early'} ${host} ${place ?? 'by name'}`);
            const body = JSON.stringify({ version: '2' });
            return { kind: 'http', status: 200, headers: {}, body, milliseconds: 1 } as const;
          }),
      },
    } as const;
    const result = await flipRecord(world.context, { ...world.request, verification });
    expect(result.kind).toBe('flipped');
    expect(asked).toEqual([
      `early i-1 ${GREEN}`,
      `early i-2 ${GREEN}`,
      'late i-1 by name',
      'late i-2 by name',
    ]);
  });

  test('is flipped without any proof when that is asked for', async () => {
    const world = flipWorld();
    world.serves.clear();
    const result = await flipRecord(world.context, { ...world.request, verification: { kind: 'off' } });
    expect(result).toMatchObject({ kind: 'flipped', servers: [], results: [] });
  });
});
