import { describe, expect, jest } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import {
  BLUE,
  BLUE_LB,
  cname,
  ELB_ZONE,
  type FlipOptions,
  type FlipSetting,
  GREEN,
  GREEN_LB,
  RECORD,
  startFlipSetting,
  ZONE,
} from './cname-flip-setting.ts';
import type { Ended } from './run-bundle.ts';

jest.setTimeout(60_000);

/** Settings that are there at a time. */
const AT_A_TIME = 4;

async function run(at: FlipSetting, inputs: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return (await at.start(inputs)).ended;
}

/** Resolvers that were told that there is no such name. */
function absent({ dns }: FlipSetting): number {
  return dns.answers(RECORD).absent;
}

async function isMade(): Promise<void> {
  await using at = await startFlipSetting();
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
}

async function isSwappedBack(): Promise<void> {
  await using at = await startFlipSetting();
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
}

async function namesStuckServer(): Promise<void> {
  await using at = await startFlipSetting();
  const [, second] = at.dns.nameServers;
  at.dns.stick(second?.name ?? '');
  const { exitCode, errors, summary } = await run(at, { timeout: '2s' });
  expect(exitCode).toBe(1);
  expect(errors[0]).toContain(`${second?.address}:${second?.port} still answers ${BLUE}`);
  expect(summary).toContain('FAILED');
  expect(await at.points()).toBe(`${BLUE} 60`);
}

const target = { kind: 'alias', zoneId: ELB_ZONE, target: BLUE_LB, evaluateTargetHealth: false } as const;
const records = [{ name: RECORD, type: 'A', content: target }] as const;
const aliasInputs = { type: 'A', from: `alias ${ELB_ZONE} ${BLUE_LB}`, to: `alias ${ELB_ZONE} ${GREEN_LB}` };

async function flipsAlias(): Promise<void> {
  await using at = await startFlipSetting({ records });
  const { exitCode, errors, outputs } = await run(at, aliasInputs);
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  expect(await at.points()).toBe(`alias ${GREEN_LB}.`);
  expect(outputs['servers']).toContain('"says":"127.0.0.3"');
  expect(absent(at)).toBe(0);
}

async function findsStuckServerByAddress(): Promise<void> {
  await using at = await startFlipSetting({ records });
  at.dns.stick(at.dns.nameServers[2]?.name ?? '');
  const { exitCode, errors } = await run(at, { ...aliasInputs, timeout: '2s' });
  expect(exitCode).toBe(1);
  expect(errors[0]).toContain(`${at.dns.nameServers[2]?.port} still answers 127.0.0.2`);
  expect(await at.points()).toBe(`alias ${BLUE_LB}.`);
}

const apex = {
  name: ZONE,
  type: 'A',
  content: { kind: 'values', ttl: 60, values: ['127.0.0.2'] },
} as const;
/** What is wrong, the inputs and the setting with it, and what is said. */
const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>, FlipOptions, string])[] = [
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
];

async function isRefused([, inputs, options, says]: (typeof REFUSED)[number]): Promise<void> {
  await using at = await startFlipSetting(options);
  const { exitCode, errors } = await run(at, inputs);
  expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining(says)] });
  expect(await at.points()).toBe(`${BLUE} 60`);
  expect(absent(at)).toBe(0);
}

/** The calls of a flip in their order, each before and after it has its effect. */
const STEPS = [
  ['GetHostedZone', 'before'],
  ['ListResourceRecordSets', 'after'],
  ['ChangeResourceRecordSets', 'before'],
  ['ChangeResourceRecordSets', 'after'],
  ['GetChange', 'before'],
  ['GetChange', 'after'],
] as const;

async function isFinished(
  how: 'kill' | 'cancel',
  [operation, moment]: (typeof STEPS)[number],
): Promise<void> {
  await using at = await startFlipSetting();
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
}

describe('cname-flip', () => {
  const interrupted = (['kill', 'cancel'] as const).flatMap((how) =>
    STEPS.map(
      (step) => [`${how} at ${step.join(' ')}: a second run finishes`, () => isFinished(how, step)] as const,
    ),
  );
  atOnce(
    {
      'a flip is made, proven at every name server and through the name': isMade,
      'a new side that fails after the flip is swapped back': isSwappedBack,
      'a name server that is stuck is named, and the flip swapped back': namesStuckServer,
      'an alias to a load balancer is flipped, and proven by the addresses that it leads to': flipsAlias,
      'an alias that a name server does not take up is found by its addresses': findsStuckServerByAddress,
      ...Object.fromEntries(
        REFUSED.map((each) => [
          `nothing is changed, and it is said why, for ${each[0]}`,
          () => isRefused(each),
        ]),
      ),
      ...Object.fromEntries(interrupted),
    },
    AT_A_TIME,
  );
});
