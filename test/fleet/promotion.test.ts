import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFleet } from '../../src/fleet/load.ts';
import { alarmName } from '../../src/fleet/scalars.ts';
import { fleetSchema } from '../../src/fleet/schema.ts';
import { alarmNameProblems } from '../../src/signals/judge.ts';
import { SMALLEST } from './sample.ts';

const LEDGER = 's3://acme-releases/storefront/ledger.json';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:deployments';

function withLedger(ledger: string): string {
  return SMALLEST.replace(LEDGER, ledger);
}

function parse(more: string) {
  return parseFleet(SMALLEST + more, 'fleet.yml');
}

describe('the ledger', () => {
  test('is an object of its own beside the releases', () => {
    expect(parse('').ledger).toBe(LEDGER);
  });

  test.each(['file:/srv/storefront/ledger.json', 'file:ledger.json', 'file:../state/ledger.json'])(
    'may be the file %s',
    (place) => {
      expect(parseFleet(withLedger(place), 'fleet.yml').ledger).toBe(place);
    },
  );

  test.each([
    's3://acme-releases/storefront/{version}.tar.gz',
    's3://acme-releases/storefront/1.0.0.tar.gz',
    's3://acme-releases/storefront/1.0.0.tar.gz.sha256',
    's3://acme-releases/{version}.json',
    's3://acme-releases/ledger',
    's3://acme-releases/ledger.json?versionId=1',
    's3://acme-releases',
    's3://Acme/ledger.json',
    'https://releases.example.com/ledger.json',
    './ledger.json',
    'file:///srv/ledger.json',
    'file://ledger.json',
    'file:/srv/ledger',
    'file:/srv/.json',
    'file:/srv/{version}.json',
  ])('is not %s, least of all a key of a release', (place) => {
    expect(() => parseFleet(withLedger(place), 'fleet.yml')).toThrow(
      /^fleet\.yml:4:9: ledger: saw .+; expected s3:\/\/bucket\/key that ends in \.json/,
    );
  });

  test('must be there', () => {
    expect(() => parseFleet(SMALLEST.replace(`ledger: ${LEDGER}\n`, ''), 'fleet.yml')).toThrow(
      /ledger: saw nothing; .+; add it: write for example s3:/,
    );
  });
});

describe('the bake', () => {
  test('of the first zone is 30m, or that of the others when it is longer', () => {
    const firstZone = (bake: string) => parse(`policy: { bake: { ${bake} } }\n`).policy.bake.firstZoneStable;
    expect(firstZone('')).toBe(1_800_000);
    expect(firstZone('stable: 10m')).toBe(1_800_000);
    expect(firstZone('stable: 45m')).toBe(2_700_000);
    expect(firstZone('stable: 45m, first-zone: 1m')).toBe(60_000);
  });

  test('is read whole', () => {
    const bake = 'wait: 1m, retry: 30s, every: 2s, gate: "https://gate.test/a?b=1", min-datapoints: 3';
    expect(
      parse(`policy: { bake: { ${bake}, on-failure: hold }, deployment-timeout: 12h }\n`).policy,
    ).toMatchObject({
      bake: {
        wait: 60_000,
        retry: 30_000,
        every: 2_000,
        gate: 'https://gate.test/a?b=1',
        minDatapoints: 3,
        onFailure: 'hold',
      },
      deploymentTimeout: 43_200_000,
    });
  });

  test('is changed key by key in range', () => {
    const fleet = parse(`policy: { bake: { wait: 1m, gate: "http://127.0.0.1:1" } }
range: { from: a, to: b, policy: { approval-max-age: 1m, bake: { stable: 3s, first-zone: 4s, every: 500ms } } }
`);
    expect(fleet.range?.policy).toEqual({
      approvalMaxAge: 60_000,
      bake: { ...fleet.policy.bake, stable: 3_000, firstZoneStable: 4_000, every: 500 },
    });
  });

  test.each([
    ['stable: 0', 'policy.bake.stable: saw 0; expected a duration'],
    ['every: 0s', 'policy.bake.every: saw "0s"; expected a duration above zero'],
    ['min-datapoints: -1', 'policy.bake.min-datapoints: saw -1'],
    ['on-failure: burn', 'policy.bake.on-failure: saw "burn"; expected hold or roll-back'],
    ['gate: gate.example.com', 'policy.bake.gate: saw "gate.example.com"; expected an http or https URL'],
    ['gate: "https://{address}/"', 'policy.bake.gate: saw'],
    ['gate: "http://:1"', 'policy.bake.gate: saw'],
    ['bake: 1m', 'policy.bake.bake: saw an unknown key'],
  ])('{ %s } is refused', (bake, expected) => {
    expect(() => parse(`policy: { bake: { ${bake} } }\n`)).toThrow(expected);
  });

  test('never shows credentials of a gate', () => {
    const attempt = () => parse('policy: { bake: { gate: "https://me:hunter2@gate.test/" } }\n');
    expect(attempt).toThrow('without credentials');
    expect(attempt).not.toThrow('hunter2');
  });

  describe('fits into the time that a zone has', () => {
    const HOUR = 'wait: 30m, stable: 20m, first-zone: 30m';
    test.each([
      ['policy: { bake: { %s, zone-timeout: 60m } }\n', 'policy.bake.zone-timeout: saw "60m"'],
      [
        'policy: { bake: { stable: 3h } }\n',
        'policy.bake.zone-timeout: saw nothing; expected more than 3h, which is',
      ],
      ['policy: { bake: { zone-timeout: 30m } }\n', 'expected more than 30m'],
      [
        'range: { from: a, to: b, policy: { bake: { zone-timeout: 1m } } }\n',
        'range.policy.bake.zone-timeout: saw "1m"; expected more than 30m',
      ],
      [
        'policy: { bake: { stable: 1h } }\nrange: { from: a, to: b, policy: { bake: { stable: 1s, zone-timeout: 40m } } }\n',
        'range.policy.bake.zone-timeout: saw "40m"; expected more than 1h',
      ],
    ])('%s is refused', (text, expected) => {
      expect(() => parse(text.replace('%s', HOUR))).toThrow(expected);
    });

    test('and one millisecond more is enough', () => {
      expect(parse(`policy: { bake: { ${HOUR}, zone-timeout: 3600001ms } }\n`).policy.bake.zoneTimeout).toBe(
        3_600_001,
      );
    });

    const seconds = fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined });
    const keys = { wait: seconds, stable: seconds, 'first-zone': seconds, 'zone-timeout': seconds };
    const written = (bake: object): string =>
      Object.entries(bake)
        .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}s`]))
        .join(', ');

    test('whatever is left out', () => {
      fc.assert(
        fc.property(fc.record(keys), fc.record(keys), (own, changes) => {
          const text = `policy: { bake: { ${written(own)} } }\nrange: { from: a, to: b, policy: { bake: { ${written(changes)} } } }\n`;
          // What the file comes to, by the schema alone and by toFleet with a timeout that is long enough.
          const long = { 'zone-timeout': 80_000 };
          const fleet = parse(
            `policy: { bake: { ${written({ ...own, ...long })} } }\nrange: { from: a, to: b, policy: { bake: { ${written({ ...changes, ...long })} } } }\n`,
          );
          const mine = fleet.policy.bake;
          const ranged = fleet.range?.policy.bake ?? mine;
          const ownTimeout = (own['zone-timeout'] ?? 10_800) * 1_000;
          const rangeTimeout =
            changes['zone-timeout'] === undefined ? ownTimeout : changes['zone-timeout'] * 1_000;
          const fits = (bake: typeof mine, timeout: number) =>
            timeout > bake.wait + Math.max(bake.stable, bake.firstZoneStable);
          const isGood = fits(mine, ownTimeout) && fits(ranged, rangeTimeout);
          if (isGood) parse(text);
          else expect(() => parse(text)).toThrow('zone-timeout');
        }),
      );
    });
  });

  test('of the relations knows the same defaults as the schema', () => {
    const bake = fleetSchema.shape.policy.parse({}).bake;
    expect(bake).toMatchObject({ wait: '0s', stable: '5m', 'zone-timeout': '3h' });
    expect(parse('').policy.bake.firstZoneStable).toBe(30 * 60_000);
  });
});

describe('alarms of a zone', () => {
  const zone = (alarms: string) => parseFleet(`${SMALLEST}    alarms: [${alarms}]\n`, 'fleet.yml').zones[0];

  test('are read as they are written, letter case included', () => {
    expect(zone('web-5xx, Web-5xx, "a: b / (ü)"')?.alarms).toEqual(['web-5xx', 'Web-5xx', 'a: b / (ü)']);
  });

  test.each([
    ['web-5xx, web-5xx', 'zones[0].alarms[1]: saw "web-5xx"; expected an alarm of a zone to be named once'],
    ['"arn:aws:cloudwatch:us-east-1:000000000000:alarm:web"', 'zones[0].alarms[0]: saw "arn:'],
    ['" web"', 'zones[0].alarms[0]: saw " web"'],
    ['""', 'zones[0].alarms[0]: saw ""'],
    ['"a\\nb"', 'zones[0].alarms[0]: saw "a\\nb"'],
    ['1', 'zones[0].alarms[0]: saw 1'],
  ])('[%s] are refused', (alarms, expected) => {
    expect(() => zone(alarms)).toThrow(expected);
  });

  test('may be the same in two zones', () => {
    const other = `    alarms: [web]
  - zone: us-east-1b
    environment: b
    hosts: [i-0123456789abcdef1]
    pools: [{ target-group: arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef }]
    alarms: [web]
`;
    expect(parse(other).zones.map(({ alarms }) => alarms)).toEqual([['web'], ['web']]);
  });

  test('are what those who ask CloudWatch can use', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ minLength: 250, maxLength: 260 }),
      fc.constantFrom(' a', 'a ', '', ' ', 'arn:aws:cloudwatch:x', 'arn:cloudwatch:', 'ａ\u3000'),
    );
    fc.assert(
      fc.property(text, (name) => {
        const isPlain = !/\p{Cc}/u.test(name);
        if (alarmName().safeParse(name).success) expect(alarmNameProblems([name])).toEqual([]);
        else if (isPlain && !/[\u2028\u2029]/.test(name)) expect(alarmNameProblems([name])).not.toEqual([]);
      }),
    );
  });
});

describe('who is told', () => {
  test('is nobody beside the job summary unless it is asked', () => {
    expect(parse('').notify).toEqual({ issue: false });
    expect(parse(`notify: { issue: true, sns: "${TOPIC}" }\n`).notify).toEqual({ issue: true, sns: TOPIC });
  });

  test.each([
    ['issue: "yes"', 'notify.issue: saw "yes"; expected true or false'],
    [`sns: "${TOPIC}.fifo"`, 'notify.sns: saw'],
    [`sns: "${TOPIC}:0a"`, 'notify.sns: saw'],
    ['sns: deployments', 'notify.sns: saw "deployments"; expected the ARN of a standard SNS topic'],
    ['mail: a', 'notify.mail: saw an unknown key; expected one of issue, sns'],
  ])('{ %s } is refused', (notify, expected) => {
    expect(() => parse(`notify: { ${notify} }\n`)).toThrow(expected);
  });
});

describe('approvals and deployments', () => {
  test.each(['approval-max-age', 'deployment-timeout'])('%s is above zero', (key) => {
    expect(() => parse(`policy: { ${key}: 0s }\n`)).toThrow(`policy.${key}: saw "0s"`);
    expect(() => parse(`policy: { ${key}: 1s }\n`)).not.toThrow();
  });
});
