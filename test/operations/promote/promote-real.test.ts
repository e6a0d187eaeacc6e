import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteAlarmsCommand, SetAlarmStateCommand, type StateValue } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ALARM, DOOMED, type PromoteSetting, startPromoteSetting } from './real-setting.ts';

/** Each bakes, and rolls two hosts back or deploys them, on a machine that does other things as well. */
const PATIENCE = 120_000;
const QUICK = 'every: 100ms, zone-timeout: 1h';
/** Longer than anything takes until its trouble is seen. */
const LONG = `${QUICK}, first-zone: 10m`;

let setting: PromoteSetting;
let gate: Server;
let status = 200;

beforeAll(async () => {
  setting = await startPromoteSetting();
  gate = createServer((_, response) => response.writeHead(status).end(`status is\n${status}`));
  await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
}, PATIENCE);
afterAll(async () => {
  gate.close();
  await setting.stop();
}, PATIENCE);
beforeEach(async () => {
  status = 200;
  await setting.deploy();
  setting.load();
}, PATIENCE);

function gateUrl(): string {
  const { port } = gate.address() as AddressInfo;
  return `http://127.0.0.1:${port}/ready`;
}

/** SetAlarmState lasts until the next evaluation only, as on AWS: that it left OK in between counts as well. */
function set(state: StateValue) {
  const input = { AlarmName: ALARM, StateValue: state, StateReason: 'a drill' };
  return () => setting.alarms.send(new SetAlarmStateCommand(input));
}

test(
  'a zone whose gates are open for long enough is promoted, also when it is asked for again',
  async () => {
    const bake = `${QUICK}, first-zone: 4s, min-datapoints: 1, gate: '${gateUrl()}'`;
    const ended = await setting.promote({ bake });
    expect(ended.errors).toEqual([]);
    expect(ended).toMatchObject({ exitCode: 0, outputs: { state: 'promoted' } });
    const gates = JSON.parse(ended.outputs['evidence'] ?? '{}').bake.gates;
    expect(gates.map((each: { readonly last: { readonly state: string } }) => each.last.state)).toEqual(
      Array.from({ length: 5 }, () => 'open'),
    );
    expect(ended.log).toContain('answered 200: status is 200');
    expect(ended.summary).toContain('storefront 1.1.0 in us-east-1a: promoted');
    expect(await setting.entry()).toMatchObject({ state: 'promoted', release: { version: '1.1.0' } });
    const again = await setting.promote({ bake: LONG });
    expect(again).toMatchObject({ exitCode: 0, outputs: { state: 'promoted' } });
    expect(again.log).not.toContain('baking');
    expect(setting.load().failures).toEqual([]);
  },
  PATIENCE,
);

const ALARMS: readonly [string, readonly string[], () => Promise<unknown>, string][] = [
  ['goes to ALARM', [ALARM], () => set('ALARM')(), 'is in ALARM|in between it was not'],
  [
    'goes to INSUFFICIENT_DATA',
    [ALARM],
    () => set('INSUFFICIENT_DATA')(),
    'has INSUFFICIENT_DATA|in between it was not',
  ],
  [
    'vanishes',
    [ALARM, DOOMED],
    () => setting.alarms.send(new DeleteAlarmsCommand({ AlarmNames: [DOOMED] })),
    'does not exist in us-east-1',
  ],
];

test.each(ALARMS)(
  'when an alarm %s in the bake, the zone is rolled back and nobody notices',
  async (_, alarms, trouble, words) => {
    const ended = await setting.promote({ bake: LONG, alarms }, trouble);
    const { requests, failures } = setting.load();
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toMatch(new RegExp(words));
    expect(ended.errors[0]).toContain('Rolled back to 1.0.0, newest host first');
    expect(ended).toMatchObject({ exitCode: 1, outputs: { state: 'rolled-back' } });
    expect(await setting.releases()).toEqual(['1.0.0', '1.0.0']);
    expect(await setting.entry()).toMatchObject({
      state: 'rolled-back',
      release: { version: '1.1.0' },
      before: { version: '1.0.0' },
    });
    expect(ended.summary).toContain('Roll-back of us-east-1a');
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
  },
  PATIENCE,
);

const HELD: readonly [string, () => string, () => Promise<unknown>, RegExp][] = [
  [
    'had too few datapoints',
    () => `${QUICK}, first-zone: 1s, min-datapoints: 50`,
    async () => undefined,
    /its metric had \d datapoints since .*, policy\.bake\.min-datapoints is 50/,
  ],
  [
    'is told so by the gate',
    () => `${LONG}, gate: '${gateUrl()}'`,
    async () => {
      status = 503;
    },
    /ready answered 503, expected 2xx: status is 503/,
  ],
];

test.each(HELD)(
  'a zone that %s is held as it is, where the policy says so',
  async (_, bake, trouble, words) => {
    const ended = await setting.promote({ bake: `${bake()}, on-failure: hold` }, trouble);
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toMatch(words);
    expect(ended).toMatchObject({ exitCode: 1, outputs: { state: 'held' } });
    expect(await setting.releases()).toEqual(['1.1.0', '1.1.0']);
    expect((await setting.entry())?.state).toBe('held');
    expect(setting.load().failures).toEqual([]);
  },
  PATIENCE,
);

test(
  'a bake that is cancelled leaves the zone deployed, as it is',
  async () => {
    const ended = await setting.promote({ bake: LONG }, async (cancel) => cancel());
    expect(ended).toMatchObject({ exitCode: 1, outputs: {} });
    expect(ended.errors).toHaveLength(1);
    expect(ended.errors[0]).toContain('Run the same step again to bake anew');
    expect(await setting.releases()).toEqual(['1.1.0', '1.1.0']);
    expect((await setting.entry())?.state).toBe('deployed');
  },
  PATIENCE,
);
