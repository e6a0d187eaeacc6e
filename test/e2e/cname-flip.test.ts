import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  BLUE,
  BLUE_LB,
  cname,
  ELB_ZONE,
  type Ended,
  type FlipOptions,
  type FlipSetting,
  GREEN,
  GREEN_LB,
  RECORD,
  startFlipSetting,
  ZONE,
} from './cname-flip-setting.ts';

jest.setTimeout(60_000);

let setting: FlipSetting | undefined;

afterEach(async () => {
  await setting?.[Symbol.asyncDispose]();
  setting = undefined;
});

async function begin(options: FlipOptions = {}): Promise<FlipSetting> {
  setting = await startFlipSetting(options);
  return setting;
}

async function run(at: FlipSetting, inputs: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return (await at.start(inputs)).ended;
}

/** Resolvers that were told that there is no such name. */
function absent({ dns }: FlipSetting): number {
  return dns.answers(RECORD).absent;
}

test('a flip is made, proven at every name server and through the name', async () => {
  const at = await begin();
  const { exitCode, outputs, summary, errors } = await run(at);
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  expect(await at.points()).toBe(`${GREEN} 60`);
  expect(outputs).toMatchObject({ changed: 'true', 'change-id': expect.stringMatching(/^\/change\/C/) });
  const servers: readonly { readonly state: string; readonly says: string }[] = JSON.parse(
    outputs['servers'] ?? '',
  );
  expect(servers.map(({ state, says }) => `${state} ${says}`)).toEqual(Array(3).fill(`proven ${GREEN}`));
  const inSync = Date.parse(/In sync at (\S+)\.\n/.exec(summary)?.[1] ?? '');
  expect(Date.parse(outputs['safe-to-stop-at'] ?? '') - inSync).toBe(60_000);
  expect(absent(at)).toBe(0);
  const again = await run(at);
  expect(again).toMatchObject({ exitCode: 0, outputs: { changed: 'false', 'change-id': '' } });
  expect(again.log).toContain('Nothing was changed');
});

test('a new side that fails after the flip is swapped back', async () => {
  const at = await begin();
  at.hook = (operation, moment) => {
    if (operation === 'ChangeResourceRecordSets' && moment === 'after') at.sides.green = 'broken';
  };
  const { exitCode, errors, outputs } = await run(at);
  expect(exitCode).toBe(1);
  expect(await at.points()).toBe(`${BLUE} 60`);
  expect(outputs).toMatchObject({ changed: 'false', 'safe-to-stop-at': '' });
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/version broken, expected 2[\s\S]*swapped back[\s\S]*and proven[\s\S]*until 20/);
  expect(absent(at)).toBe(0);
});

test('a name server that is stuck is named, and the flip swapped back', async () => {
  const at = await begin();
  const [, second] = at.dns.nameServers;
  at.dns.stick(second?.name ?? '');
  const { exitCode, errors, summary } = await run(at, { timeout: '2s' });
  expect(exitCode).toBe(1);
  expect(errors[0]).toContain(`${second?.address}:${second?.port} still answers ${BLUE}`);
  expect(summary).toContain('FAILED');
  expect(await at.points()).toBe(`${BLUE} 60`);
});

describe('an alias to a load balancer', () => {
  const target = { kind: 'alias', zoneId: ELB_ZONE, target: BLUE_LB, evaluateTargetHealth: false } as const;
  const records = [{ name: RECORD, type: 'A', content: target }] as const;
  const inputs = { type: 'A', from: `alias ${ELB_ZONE} ${BLUE_LB}`, to: `alias ${ELB_ZONE} ${GREEN_LB}` };

  test('is flipped, and proven by the addresses that it leads to', async () => {
    const at = await begin({ records });
    const { exitCode, errors, outputs } = await run(at, inputs);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    expect(await at.points()).toBe(`alias ${GREEN_LB}.`);
    expect(outputs['servers']).toContain('"says":"127.0.0.3"');
    expect(absent(at)).toBe(0);
  });

  test('that a name server does not take up is found by its addresses', async () => {
    const at = await begin({ records });
    at.dns.stick(at.dns.nameServers[2]?.name ?? '');
    const { exitCode, errors } = await run(at, { ...inputs, timeout: '2s' });
    expect(exitCode).toBe(1);
    expect(errors[0]).toContain(`${at.dns.nameServers[2]?.port} still answers 127.0.0.2`);
    expect(await at.points()).toBe(`alias ${BLUE_LB}.`);
  });
});

describe('nothing is changed, and it is said why, for', () => {
  const apex = {
    name: ZONE,
    type: 'A',
    content: { kind: 'values', ttl: 60, values: ['127.0.0.2'] },
  } as const;
  test.each<readonly [string, Readonly<Record<string, string>>, FlipOptions, string]>([
    ['a stale `from`', { from: 'red.example.test' }, {}, `there is CNAME ${BLUE}, TTL 60s`],
    [
      'a protected record',
      {},
      { protected: [{ name: RECORD, type: 'CNAME', comment: 'frozen' }] },
      'is protected from changes (frozen)',
    ],
    ['a zone that is not there', { 'zone-id': 'ZWRONG' }, {}, 'there is no hosted zone ZWRONG'],
    ['a name of another zone', { record: 'www.example.com' }, {}, 'is not in the zone'],
    ['a CNAME at the apex', { record: ZONE }, { records: [cname(BLUE), apex] }, 'is the apex of its zone'],
    ['a new side of another version', { 'expect-version': '3' }, {}, 'is not ready'],
    ['a new side that leads nowhere', { to: 'gone.example.test' }, {}, 'has no address'],
    ['a TTL above the limit', { 'max-ttl': '30s' }, {}, 'has a TTL of 60s, above `max-ttl` 30s'],
  ])('%s', async (_, inputs, options, says) => {
    const at = await begin(options);
    const { exitCode, errors } = await run(at, inputs);
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining(says)] });
    expect(await at.points()).toBe(`${BLUE} 60`);
    expect(absent(at)).toBe(0);
  });
});

/** The calls of a flip in their order, each before and after it has its effect. */
const STEPS = [
  ['GetHostedZone', 'before'],
  ['ListResourceRecordSets', 'after'],
  ['ChangeResourceRecordSets', 'before'],
  ['ChangeResourceRecordSets', 'after'],
  ['GetChange', 'before'],
  ['GetChange', 'after'],
] as const;

describe.each(['kill', 'cancel'] as const)('%s at any step', (how) => {
  test.each(STEPS)('%s %s: a second run finishes', async (operation, moment) => {
    const at = await begin();
    const reached = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    at.hook = async (called, when) => {
      if (called !== operation || when !== moment) return;
      reached.resolve();
      await gone.promise;
    };
    const step = await at.start();
    const early = await Promise.race([reached.promise, step.ended]);
    expect(early).toBeUndefined();
    at.hook = () => undefined;
    step[how]();
    if (how === 'kill') await step.ended;
    gone.resolve();
    const { exitCode, errors } = await step.ended;
    expect(exitCode).toBe(how === 'kill' ? null : 1);
    if (how === 'cancel') expect(errors[0]).toMatch(/^Cancelled\. .*(was not changed|is at CNAME green)/);
    expect(await at.points()).toMatch(/^(blue|green)/);
    const { exitCode: second, outputs } = await run(at);
    expect(second).toBe(0);
    expect(outputs['safe-to-stop-at']).toMatch(/Z$/);
    expect(await at.points()).toBe(`${GREEN} 60`);
    expect(absent(at)).toBe(0);
  });
});
