import { describe, expect, test } from '@jest/globals';
import { parseFleet, renderFleet } from '../../src/fleet/load.ts';
import { SMALLEST, targetGroup } from './sample.ts';

const FIRST = targetGroup('us-east-1');
const GREEN = targetGroup('us-east-1', 'green');
const TWO = targetGroup('us-east-1', 'two');

const RANGE = `range:
  from: a
  to: b
  second-pool:
    target-group: ${GREEN}
    hosts:
      us-east-1a: [i-00000000000000001, i-00000000000000002]
  second-balancer:
    target-group: ${TWO}
  dns:
    zone: example.test
    zone-id: Z0123456789ABCDEFGHIJ
    record: shop.example.test
  alarms:
    - { name: all-5xx }
    - name: green-5xx
      target-group: ${GREEN}
      threshold: 0%
      window: 10m
`;

function parse(range: string) {
  return parseFleet(SMALLEST + range, 'fleet.yml');
}

/** The range with one text in it replaced; fails when the text is not there. */
function edited(from: string, to: string): string {
  if (!RANGE.includes(from)) throw new Error(`${from} is not in the sample`);
  return RANGE.replace(from, to);
}

describe('a range with a second pool, a second balancer and DNS', () => {
  test('is read with the defaults of DNS', () => {
    expect(parse(RANGE).range).toMatchObject({
      secondPool: {
        targetGroup: GREEN,
        hosts: { 'us-east-1a': ['i-00000000000000001', 'i-00000000000000002'] },
      },
      secondBalancer: { targetGroup: TWO },
      dns: {
        zone: 'example.test',
        zoneId: 'Z0123456789ABCDEFGHIJ',
        record: 'shop.example.test',
        ttl: 5_000,
        nameServers: 4,
        lag: 500,
        propagation: 2_000,
      },
      alarms: [
        { name: 'all-5xx', threshold: 5, window: 3_000 },
        { name: 'green-5xx', targetGroup: GREEN, threshold: 0, window: 600_000 },
      ],
    });
  });

  test('is rendered so that it reads back the same', () => {
    const fleet = parse(
      edited(
        '    record:',
        '    ttl: 2m\n    name-servers: 2\n    lag: 0s\n    propagation: 1500ms\n    record:',
      ),
    );
    expect(fleet.range?.dns).toMatchObject({ ttl: 120_000, nameServers: 2, lag: 0, propagation: 1_500 });
    expect(parseFleet(renderFleet(fleet), 'fleet.yml')).toEqual(fleet);
  });

  test('has none of them unless it is asked', () => {
    const range = parse('range: { from: a, to: b }\n').range ?? {};
    for (const key of ['secondPool', 'secondBalancer', 'dns']) expect(range).not.toHaveProperty(key);
    expect(range).toHaveProperty('alarms', []);
  });

  test.each([
    [
      'us-east-1a:',
      'us-east-1b:',
      '20:19: range.second-pool.hosts.us-east-1b: saw a list of 2; expected a zone of the fleet in us-east-1',
    ],
    [
      'i-00000000000000002',
      'i-0123456789abcdef0',
      '20:41: range.second-pool.hosts.us-east-1a[1]: saw "i-0123456789abcdef0"; expected a host to be named once, and zones[0].hosts[0] has it',
    ],
    [
      'i-00000000000000002',
      'i-2',
      '20:41: range.second-pool.hosts.us-east-1a[1]: saw "i-2"; expected an inst',
    ],
    ['[i-00000000000000001, i-00000000000000002]', '[]', '20:19: range.second-pool.hosts.us-east-1a: saw'],
    [
      '\n      us-east-1a: [i-00000000000000001, i-00000000000000002]',
      ' {}',
      'range.second-pool.hosts: saw a mapping; expected a mapping of one or more zones',
    ],
    [GREEN, TWO, '22:19: range.second-balancer.target-group: saw'],
    [GREEN, FIRST, '18:19: range.second-pool.target-group: saw'],
    [TWO, targetGroup('eu-west-1'), '22:19: range.second-balancer.target-group: saw'],
    [
      'record: shop.example.test',
      'record: shop.other.test',
      '26:13: range.dns.record: saw "shop.other.test"; expected a name in the zone example.test',
    ],
    ['record: shop.example.test', 'record: example.test', '26:13: range.dns.record: saw "example.test"'],
    [
      'zone: example.test',
      'zone: us.range.test',
      '24:11: range.dns.zone: saw "us.range.test"; expected a zone outside',
    ],
    ['zone: example.test', 'zone: example.test.', '24:11: range.dns.zone: saw "example.test."'],
    ['Z0123', '/hostedzone/Z0123', '25:14: range.dns.zone-id: saw'],
    [
      '    record:',
      '    ttl: 500ms\n    record:',
      '26:10: range.dns.ttl: saw "500ms"; expected a duration of whole',
    ],
    [
      '    record:',
      '    lag: 3s\n    record:',
      '26:10: range.dns.lag: saw "3s"; expected a lag that fits into the propagation of 2s',
    ],
    ['    record:', '    name-servers: 17\n    record:', '26:19: range.dns.name-servers: saw 17'],
    [
      'all-5xx',
      'green-5xx',
      '29:13: range.alarms[1].name: saw "green-5xx"; expected an alarm, whatever its case, to be named once',
    ],
    [
      `target-group: ${GREEN}\n      threshold`,
      `target-group: ${targetGroup('us-east-1', 'grey')}\n      threshold`,
      '30:21: range.alarms[1].target-group: saw',
    ],
    [
      'threshold: 0%',
      'threshold: 100%',
      '31:18: range.alarms[1].threshold: saw "100%"; expected a percentage',
    ],
    [
      'window: 10m',
      'window: 11m',
      '32:15: range.alarms[1].window: saw "11m"; expected a duration of at most 10m',
    ],
    ['window: 10m', 'window: 0s', '32:15: range.alarms[1].window: saw "0s"; expected a duration above zero'],
    ['{ name: all-5xx }', '{ threshold: 5% }', 'range.alarms[0].name: saw nothing'],
    ['  to: b', '  to: b\n  balancer: { type: network }', 'range.alarms: saw a list of 2; expected none'],
  ])('with %j as %j is refused at its place', (from, to, expected) => {
    expect(() => parse(edited(from, to))).toThrow(
      `fleet.yml:${expected}`.replace('fleet.yml:range', 'range'),
    );
  });

  test('has no second balancer without a second pool', () => {
    const alone = RANGE.replace(/ {2}second-pool:[\s\S]*?(?= {2}second-balancer)/, '').replace(
      / {2}alarms:[\s\S]*/,
      '',
    );
    expect(() => parse(alone)).toThrow(
      /^fleet\.yml:18:\d+: range\.second-balancer: saw a mapping; expected second-pool beside it/,
    );
  });

  test('has its second pool in the region of the first zone', () => {
    const zone = `  - zone: eu-west-1a
    environment: storefront-eu-west-1a
    hosts: [i-0123456789abcdef1]
    pools: [{ target-group: "${targetGroup('eu-west-1')}" }]
`;
    expect(() => parseFleet(SMALLEST + zone + RANGE, 'fleet.yml')).not.toThrow();
    const elsewhere = edited('us-east-1a:', 'eu-west-1a:');
    expect(() => parseFleet(SMALLEST + zone + elsewhere, 'fleet.yml')).toThrow(
      'range.second-pool.hosts.eu-west-1a: saw a list of 2; expected a zone of the fleet in us-east-1',
    );
  });
});
