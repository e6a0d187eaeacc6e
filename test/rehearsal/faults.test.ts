import { fileURLToPath } from 'node:url';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { afterEach, describe, expect, test } from '@jest/globals';
import { loadFleet } from '../../src/fleet/load.ts';
import { cloudWatchService } from '../../src/range/cloudwatch/service.ts';
import { FAULTS, faultsNamed, firstAlarm, refuseMisfits } from '../../src/rehearsal/faults.ts';
import { handClock, switchable } from '../range/cloudwatch/support.ts';
import { accessKeyId, secretAccessKey, startSetting } from '../range/wire/builder.ts';
import { fakeRange } from './fake-range.ts';

const example = (name: string) =>
  loadFleet(fileURLToPath(new URL(`../../examples/${name}/fleet.yml`, import.meta.url)));
const [zones, flip] = await Promise.all([example('storefront'), example('big-flip')]);

describe('a fault that makes no sense for a fleet is refused with the reason', () => {
  test.each([
    ['skip-quiet', flip, 'is flipped to it, where nothing is drained'],
    ['new-side-broken', zones, 'zone after zone, where there is no other side'],
    ['stuck-name-server', zones, 'zone after zone, where no name is changed'],
    ['alarm', flip, 'is flipped to it, where nothing is baked'],
    ['unprotected', flip, 'is flipped to it, where no environment is named'],
    ['plan-changed', flip, 'is flipped to it, where nothing is planned'],
  ])('%s', (name, fleet, why) => {
    const refuse = () => refuseMisfits(faultsNamed([name]), fleet);
    expect(refuse).toThrow(why);
    expect(refuse).toThrow('nothing was started');
  });

  test('a name server, where there is none', () => {
    if (flip.range === undefined) throw new Error('the example has no range');
    const { dns: _, ...range } = flip.range;
    const refuse = () => refuseMisfits(faultsNamed(['stuck-name-server']), { ...flip, range });
    expect(refuse).toThrow('no range.second-balancer or no range.dns');
  });

  test.each(['alarm', 'no-data', 'alarm-vanishes'])('%s, where the first zone has no alarm', (name) => {
    const without = { ...zones, zones: zones.zones.map((zone) => ({ ...zone, alarms: [] })) };
    expect(() => refuseMisfits(faultsNamed([name]), without)).toThrow('the first zone has no alarms');
  });

  test('and all others are not', () => {
    const names = FAULTS.map(({ name }) => name);
    const ofZones = /^(skip-quiet|no-data|unprotected|plan-changed|alarm)/;
    refuseMisfits(faultsNamed(names.filter((name) => !ofZones.test(name))), flip);
    refuseMisfits(faultsNamed(names.filter((name) => !/side|server/.test(name))), zones);
  });
});

test('faults of hosts strike those that get the release first', () => {
  const hit = (name: string, fleet: typeof flip) =>
    faultsNamed([name]).flatMap(({ rangeFaults }) => rangeFaults?.(fleet) ?? []);
  expect(hit('dead-agent', flip)).toEqual([{ kind: 'dead-agent', host: 'i-0c4294a5b6c7d8e9f' }]);
  expect(hit('sick-host', flip)).toHaveLength(5);
  expect(hit('dead-agent', zones)).toEqual([{ kind: 'dead-agent', host: zones.zones[0]?.hosts.at(-1) }]);
});

describe('a fault in a bake', () => {
  const cleanups: (() => unknown)[] = [];
  const region = 'us-east-1';
  const name = 'storefront-5xx-us-east-1';

  afterEach(async () => {
    for (const clean of cleanups.splice(0)) await clean();
  });

  test.each([
    ['alarm', ['ALARM', 'OK']],
    ['no-data', ['INSUFFICIENT_DATA', 'OK']],
    ['alarm-vanishes', [undefined, 'OK']],
  ])('%s is done to the first alarm of the first zone, and to no other', async (fault, states) => {
    const alarms = [name, 'another'].map((each) => switchable(each, { region }).alarm);
    const { clock } = handClock();
    const { endpoint, client: options } = await startSetting([
      cloudWatchService({ alarms: () => alarms, every: 1_000, clock }),
    ]);
    const client = new CloudWatchClient({ ...options, region });
    cleanups.push(
      () => client.destroy(),
      () => endpoint.stop(),
    );
    const look = async () => {
      const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
      return [name, 'another'].map(
        (each) => MetricAlarms.find(({ AlarmName }) => AlarmName === each)?.StateValue,
      );
    };
    expect(await look()).toEqual(['OK', 'OK']);
    const range = await fakeRange(cleanups).fork({
      ...{ fleet: zones, fleetFolder: '', folder: '', seed: 1, faults: [] },
    });
    const alarm = firstAlarm(zones);
    if (alarm === undefined) throw new Error('the first zone has no alarm');
    for (const { inBake } of faultsNamed([fault])) {
      await inBake?.(
        {
          ...range,
          endpoint: endpoint.url,
          environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        },
        alarm,
      );
    }
    expect(await look()).toEqual(states);
  });
});
