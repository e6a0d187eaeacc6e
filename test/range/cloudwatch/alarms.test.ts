import { expect, test } from '@jest/globals';
import { alarmsOf } from '../../../src/range/cloudwatch/alarms.ts';
import { createTraffic } from '../../../src/range/cloudwatch/traffic.ts';
import type { RangePool } from '../../../src/range/pools.ts';
import { SETTINGS } from '../elbv2/support.ts';

const group = (name: string, region = 'us-east-1') =>
  `arn:aws:elasticloadbalancing:${region}:000000000000:targetgroup/${name}/0123456789abcdef`;
const balancer = (name: string, region = 'us-east-1') =>
  `arn:aws:elasticloadbalancing:${region}:000000000000:loadbalancer/app/${name}/0123456789abcdef`;

const POOLS: readonly RangePool[] = [
  { role: 'own', targetGroup: group('web'), region: 'us-east-1', zones: [], hosts: [] },
  { role: 'own', targetGroup: group('web', 'eu-west-1'), region: 'eu-west-1', zones: [], hosts: [] },
  { role: 'second', targetGroup: group('green'), region: 'us-east-1', zones: [], hosts: [] },
  { role: 'second-balancer', targetGroup: group('two'), region: 'us-east-1', zones: [], hosts: [] },
];

/** Five answers of a subject, one of them an error, and what the alarms then say. */
function statesAfter(subject: string) {
  const traffic = createTraffic(() => 1_000);
  for (const status of [200, 200, 200, 404, 500]) traffic.count(subject, status);
  const settings = [
    { name: 'all', threshold: 5, window: 3_000 },
    { name: 'lenient', threshold: 20, window: 3_000 },
    { name: 'green', targetGroup: group('green'), threshold: 0, window: 3_000 },
    { name: 'europe', targetGroup: group('web', 'eu-west-1'), threshold: 5, window: 3_000 },
  ];
  const alarms = alarmsOf(settings, { pools: POOLS, balancer: SETTINGS, traffic });
  return alarms.map((alarm) => [
    alarm.name,
    alarm.region,
    alarm.kind === 'composite' ? 'composite' : alarm.evaluate(2_000).state,
  ]);
}

test.each([
  [balancer('web'), ['ALARM', 'OK', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']],
  [balancer('two'), ['ALARM', 'OK', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']],
  [
    balancer('web', 'eu-west-1'),
    ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA'],
  ],
  [group('green'), ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'ALARM', 'INSUFFICIENT_DATA']],
  [group('web', 'eu-west-1'), ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'ALARM']],
])('what %s answers moves the alarms that are over it', (subject, states) => {
  const names = ['all', 'lenient', 'green', 'europe'];
  const regions = ['us-east-1', 'us-east-1', 'us-east-1', 'eu-west-1'];
  expect(statesAfter(subject)).toEqual(names.map((name, index) => [name, regions[index], states[index]]));
});
