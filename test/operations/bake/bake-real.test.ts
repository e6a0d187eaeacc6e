import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type BakeOutcome, bake, readGates } from '../../../src/operations/bake/bake.ts';
import { errorShareAlarm, type RangeAlarm } from '../../../src/range/cloudwatch/alarm.ts';
import { cloudWatchService } from '../../../src/range/cloudwatch/service.ts';
import { createTraffic, type Traffic } from '../../../src/range/cloudwatch/traffic.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { createCloudWatchAlarms } from '../../../src/signals/cloudwatch.ts';
import { useEndpoint } from '../../hosts/aws-environment.ts';
import { until } from '../../range/support.ts';
import { type Setting, startSetting } from '../../range/wire/builder.ts';
import { setStage } from '../stage.ts';

const REGION = 'eu-west-1';
const gates = { alarms: ['web-5xx'], trials: [], targets: [] };

let setting: Setting;
let traffic: Traffic;
let alarms: readonly RangeAlarm[];
let looks: number;
/** What happens at each look at the alarms, before it is answered. */
let happening: (look: number) => void;

beforeEach(async () => {
  traffic = createTraffic();
  alarms = [alarmOver(10_000)];
  looks = 0;
  happening = () => undefined;
  traffic.count('web', 200);
  const asked = () => {
    looks += 1;
    happening(looks);
    return alarms;
  };
  setting = await startSetting([cloudWatchService({ alarms: asked, every: 20 })]);
  useEndpoint(setting.endpoint.url);
});
afterEach(() => setting.endpoint.stop());

function alarmOver(window: number): RangeAlarm {
  return errorShareAlarm({
    name: 'web-5xx',
    region: REGION,
    subjects: ['web'],
    traffic,
    window,
    threshold: 10,
  });
}

function context() {
  const { context: stage } = setStage();
  const port = createCloudWatchAlarms({ region: REGION });
  return { ...stage, clock: systemClock, alarms: port, ask: async () => [] };
}

/** Bakes from the moment at which the alarm has been evaluated. */
async function tryBake(duration: number, happens: (look: number) => void): Promise<BakeOutcome> {
  const { alarms: port, signal, ...edges } = context();
  const isOk = async () => {
    const [reading] = await port.read(gates.alarms, signal);
    return reading?.kind === 'found' && reading.state === 'ok';
  };
  await until(isOk, 'the alarm is OK');
  looks = 0;
  happening = happens;
  return bake({ ...edges, alarms: port, signal }, { ...gates, stable: duration, every: 50 });
}

test('traffic that stays well lets it pass, after its time and not before', async () => {
  const began = Date.now();
  expect(await tryBake(700, () => traffic.count('web', 200))).toMatchObject({
    kind: 'passed',
    evidence: { gates: [{ closed: 0 }] },
  });
  expect(Date.now() - began).toBeGreaterThanOrEqual(700);
});

const REASONS: readonly [string, string, (look: number) => void][] = [
  ['turns bad', 'is in ALARM', (look) => traffic.count('web', look < 4 ? 200 : 500)],
  [
    'dries up',
    'has INSUFFICIENT_DATA',
    () => {
      alarms = [alarmOver(200)];
    },
  ],
  [
    'goes on, but the alarm vanishes',
    'does not exist in eu-west-1',
    (look) => {
      traffic.count('web', 200);
      if (look === 4) alarms = [];
    },
  ],
];

test.each(REASONS)('traffic that %s ends it: the alarm %s', async (_, words, happens) => {
  const outcome = await tryBake(60_000, happens);
  expect(outcome).toMatchObject({
    kind: 'failed',
    problem: expect.stringContaining(`alarm web-5xx ${words}`),
  });
});

test('an alarm that is there already keeps a change from beginning', async () => {
  traffic.count('web', 500);
  happening = () => traffic.count('web', 500);
  const here = context();
  const isAlarmed = async () => {
    const [reading] = await here.alarms.read(gates.alarms, here.signal);
    return reading?.kind === 'found' && reading.state === 'alarm';
  };
  await until(isAlarmed, 'the alarm is in ALARM');
  expect((await readGates(here, gates)).kind).toBe('closed');
});
