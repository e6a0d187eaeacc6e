import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadFleet, parseFleet, withPolicy } from '../../src/fleet/load.ts';
import { UserError } from '../../src/runner/errors.ts';
import { httpCheck } from '../checks/sample.ts';
import { SMALLEST, targetGroup } from './sample.ts';

function complaint(text: string): string {
  try {
    parseFleet(text, 'fleet.yml');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('the fleet file was accepted');
}

/** The smallest fleet file with one text in it replaced; fails when the text is not there. */
function edited(from: string, to: string): string {
  if (!SMALLEST.includes(from)) throw new Error(`${from} is not in the sample`);
  return SMALLEST.replace(from, to);
}

function zoneBlock(zone: string, environment: string, host: string, pool = targetGroup('us-east-1')): string {
  return `  - zone: ${zone}
    environment: ${environment}
    hosts: [${host}]
    pools: [{ target-group: "${pool}" }]
`;
}

describe('a fleet file with only what must be in it', () => {
  test('has every default', () => {
    expect(parseFleet(SMALLEST, 'fleet.yml')).toEqual({
      service: 'storefront',
      release: { artifact: 's3://acme-releases/storefront/{version}.tar.gz' },
      ledger: 's3://acme-releases/storefront/ledger.json',
      hosts: {
        transport: 'ssm',
        directory: '/srv/storefront',
        keepReleases: 5,
        hooks: {},
        hookTimeout: 60_000,
        startTimeout: 30_000,
      },
      policy: {
        batch: [{ kind: 'percent', value: 50 }],
        minHealthy: { kind: 'percent', value: 50 },
        drain: {
          policy: 'observed',
          quiet: 5_000,
          timeout: 360_000,
          onTimeout: 'return',
          autoScaling: 'standby',
          lowerMinSize: false,
        },
        restore: { checks: 2, timeout: 300_000 },
        smoke: { from: 'host', attempts: 3, interval: 1_000, consecutive: 1, warmUp: 0, seenWithin: 30_000 },
        onFailure: [{ kind: 'retry', times: 2 }, { kind: 'roll-back' }],
        bake: {
          wait: 0,
          stable: 300_000,
          firstZoneStable: 1_800_000,
          retry: 0,
          every: 10_000,
          zoneTimeout: 10_800_000,
          minDatapoints: 0,
          onFailure: 'roll-back',
        },
        approvalMaxAge: 86_400_000,
      },
      notify: { issue: false },
      smoke: [],
      zones: [
        {
          zone: 'us-east-1a',
          region: 'us-east-1',
          environment: 'storefront-us-east-1a',
          hosts: ['i-0123456789abcdef0'],
          pools: [{ targetGroup: targetGroup('us-east-1') }],
          alarms: [],
        },
      ],
    });
  });

  test('with range has the defaults of an ALB in fast motion', () => {
    const fleet = parseFleet(`${SMALLEST}range: { from: 1.0.0, to: 1.1.0 }\n`, 'fleet.yml');
    expect(fleet.range).toEqual({
      from: '1.0.0',
      to: '1.1.0',
      releases: './releases',
      balancer: {
        type: 'application',
        propagation: 1_000,
        deregistrationDelay: 10_000,
        healthCheckInterval: 300,
        healthCheckPath: '/healthz',
        crossZone: true,
        slowStart: 0,
      },
      alarms: [],
      throttling: false,
      probe: { path: '/', versionHeader: 'x-version', rate: 240 },
      policy: {},
    });
  });
});

describe('a fleet file', () => {
  test.each([
    ['', { type: 'application', crossZone: true }],
    ['type: network', { type: 'network', crossZone: false }],
    ['type: network, cross-zone: true', { type: 'network', crossZone: true }],
    ['cross-zone: false, slow-start: 30s', { type: 'application', crossZone: false, slowStart: 30_000 }],
  ])('gives the balancer of the range the cross-zone setting of its type: { %s }', (balancer, expected) => {
    const { range } = parseFleet(
      `${SMALLEST}range: { from: a, to: b, balancer: { ${balancer} } }\n`,
      'fleet.yml',
    );
    expect(range?.balancer).toMatchObject(expected);
  });

  test('has Auto Scaling in range only when asked', () => {
    const read = (more: string) =>
      parseFleet(`${SMALLEST}range: { from: a, to: b${more} }\n`, 'fleet.yml').range;
    expect(read('')).not.toHaveProperty('autoScaling');
    expect(read(', auto-scaling: { min-size: 2 }')?.autoScaling).toEqual({
      minSize: 2,
      unhealthyAfter: 2_000,
    });
    expect(() => read(', auto-scaling: {}')).toThrow('range.auto-scaling.min-size');
  });

  test('changes only the named part of a policy in range', () => {
    const text = `${SMALLEST}policy: { drain: { quiet: 7s } }
range: { from: 1.0.0, to: 1.1.0, policy: { batch: 1, drain: { propagation: 1500ms } } }
`;
    const fleet = parseFleet(text, 'fleet.yml');
    expect(fleet.range?.policy).toEqual({
      batch: [{ kind: 'count', value: 1 }],
      drain: { ...fleet.policy.drain, propagation: 1_500, quiet: 7_000 },
    });
    const rehearsed = withPolicy(fleet, fleet.range?.policy ?? {});
    expect(rehearsed.policy).toEqual({ ...fleet.policy, ...fleet.range?.policy });
    expect(fleet.policy.drain.propagation).toBeUndefined();
  });

  test('gives a check of the smoke test its defaults', () => {
    const fleet = parseFleet(`${SMALLEST}smoke: [{ name: home, path: / }]\n`, 'fleet.yml');
    expect(fleet.smoke).toEqual([httpCheck()]);
  });

  test.each([
    ['50%', [{ kind: 'percent', value: 50 }]],
    ['2', [{ kind: 'count', value: 2 }]],
    [
      '[1, 25%, 100%]',
      [
        { kind: 'count', value: 1 },
        { kind: 'percent', value: 25 },
        { kind: 'percent', value: 100 },
      ],
    ],
  ])('may have the batch %s', (batch, expected) => {
    expect(parseFleet(`${SMALLEST}policy: { batch: ${batch} }\n`, 'fleet.yml').policy.batch).toEqual(
      expected,
    );
  });

  test('may repeat itself with aliases', () => {
    const text = `${SMALLEST.replace('target-group: arn', 'target-group: &web arn')}  - zone: us-east-1b
    environment: storefront-us-east-1b
    hosts: [mi-0123456789abcdef0]
    pools: [{ target-group: *web }]
`;
    expect(parseFleet(text, 'fleet.yml').zones[1]?.pools).toEqual([
      { targetGroup: targetGroup('us-east-1') },
    ]);
  });
});

describe('a value that is wrong', () => {
  test.each([
    ['service: storefront', 'service: Store', '1:10: service: saw "Store"'],
    ['service: storefront', 'service: [a]', '1:10: service: saw a list of 1'],
    ['{version}', '1.0', '3:13: release.artifact: saw "s3://acme-releases/storefront/1.0.tar.gz"'],
    ['s3:', 'http:', '3:13: release.artifact: saw'],
    ['.tar.gz', '.rar', '3:13: release.artifact: saw'],
    ['/storefront/{version}', '/{other}/{version}', '3:13: release.artifact: saw'],
    ['/srv/storefront', 'srv/storefront', '6:14: hosts.directory: saw "srv/storefront"'],
    ['/srv/storefront', '/srv/../etc', '6:14: hosts.directory: saw "/srv/../etc"'],
    ['/srv/storefront', '/srv/..', '6:14: hosts.directory: saw "/srv/.."'],
    ['/srv/storefront', '/srv/$(id)', '6:14: hosts.directory: saw "/srv/$(id)"'],
    ['/srv/storefront', '/srv/store front', '6:14: hosts.directory: saw "/srv/store front"'],
    ['us-east-1a\n    env', 'us-eest-1a\n    env', '8:11: zones[0].zone: saw "us-eest-1a"'],
    ['storefront-us-east-1a', `"${'e'.repeat(256)}"`, '9:18: zones[0].environment: saw'],
    ['storefront-us-east-1a', '""', '9:18: zones[0].environment: saw ""'],
    ['i-0123456789abcdef0', 'i-0123456789ABCDEF0', '11:9: zones[0].hosts[0]: saw "i-0123456789ABCDEF0"'],
    ['i-0123456789abcdef0', 'i-012345678', '11:9: zones[0].hosts[0]: saw "i-012345678"'],
    ['i-0123456789abcdef0', 'mi-01234567', '11:9: zones[0].hosts[0]: saw "mi-01234567"'],
    ['000000000000', '0000', '13:23: zones[0].pools[0].target-group: saw'],
    ['targetgroup/web/0123456789abcdef', 'loadbalancer/web', '13:23: zones[0].pools[0].target-group: saw'],
    [
      'elasticloadbalancing:us-east-1',
      'elasticloadbalancing:eu-west-1',
      '13:23: zones[0].pools[0].target-group: saw "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/web/0123456789abcdef"; expected a target group of us-east-1',
    ],
  ])('%j as %j is reported at its place', (from, to, expected) => {
    const message = complaint(edited(from, to));
    expect(message).toContain(`fleet.yml:${expected}`);
    expect(message).toMatch(/; expected .+; .+/);
    expect(message.split('\n')).toHaveLength(1);
  });

  test.each([
    ['policy: { batch: 0 }', 'policy.batch: saw 0'],
    ['policy: { batch: 0% }', 'policy.batch: saw "0%"'],
    ['policy: { batch: 1.5 }', 'policy.batch: saw 1.5'],
    [
      'policy: { batch: {} }',
      'policy.batch: saw a mapping; expected a number of hosts, a percentage, or a list',
    ],
    ['policy: { batch: [] }', 'policy.batch: saw an empty list'],
    ['policy: { batch: [1, 101%] }', 'policy.batch[1]: saw "101%"'],
    ['policy: { batch: [1, null] }', 'policy.batch[1]: saw nothing'],
    ['policy: { min-healthy: 101% }', 'policy.min-healthy: saw "101%"'],
    ['policy: { min-healthy: 0 }', 'policy.min-healthy: saw 0'],
    ['policy: { survive-zone: "yes" }', 'policy.survive-zone: saw "yes"'],
    ['policy: { on-failure: burn }', 'policy.on-failure: saw "burn"; expected one or more of `retry N`'],
    ['policy: { on-failure: [retry 2, burn] }', 'policy.on-failure[1]: saw "burn"; expected one or more of'],
    [
      'policy: { on-failure: [roll-back, retry 2] }',
      'policy.on-failure: saw a list of 2; expected one or more of',
    ],
    ['hosts: { unit: "a b" }', 'hosts.unit: saw "a b"; expected the name of a systemd unit'],
    ['policy: { drain: { quiet: 5 } }', 'policy.drain.quiet: saw 5; expected a duration'],
    ['policy: { drain: { timeout: 0s } }', 'policy.drain.timeout: saw "0s"; expected a duration above zero'],
    ['policy: { restore: { checks: 0 } }', 'policy.restore.checks: saw 0'],
    ['policy: { smoke: { from: github } }', 'policy.smoke.from: saw "github"; expected host or runner'],
    [
      'policy: { smoke: { attempts: 101 } }',
      'policy.smoke.attempts: saw 101; expected a whole number from 1',
    ],
    [
      'policy: { smoke: { seen-within: 0s } }',
      'policy.smoke.seen-within: saw "0s"; expected a duration above',
    ],
    [
      'policy: { smoke: { consecutive: 4 } }',
      'policy.smoke.consecutive: saw 4; expected no more attempts in a row than there are attempts',
    ],
    ['policy: { smoke: { patience: 30s } }', 'policy.smoke.patience'],
    ['smoke: [{ name: home, path: home }]', 'smoke[0].path: saw "home"'],
    ['smoke: [{ name: home, path: /, status: 99 }]', 'smoke[0].status: saw 99'],
    ['smoke: [{ name: "a\\nb", path: / }]', 'smoke[0].name: saw "a\\nb"'],
    ['smoke: [{ name: " ", path: / }]', 'smoke[0].name: saw " "'],
    ['smoke: [{ name: home, path: /ü }]', 'smoke[0].path: saw "/ü"'],
    ['smoke:', 'smoke: saw nothing; expected a list of checks'],
    ['range: { from: 1.0, to: 1.1.0 }', 'range.from: saw 1; expected a version'],
    ['range: { from: ../1, to: 1.1.0 }', 'range.from: saw "../1"'],
    ['range: { to: 1.1.0 }', 'range.from: saw nothing'],
    ['range: { from: a, to: b, balancer: { cross-zone: off } }', 'range.balancer.cross-zone: saw "off"'],
  ])('%s is refused', (line, expected) => {
    expect(complaint(`${SMALLEST}${line}\n`)).toContain(expected);
  });

  test.each([
    'ftp://{address}/v',
    'http://{host}/v',
    'http://x y/',
    '{address}:{port}/v',
    'http://{address}:x/',
  ])('the identity URL %j is refused', (url) => {
    const text = edited('/srv/storefront', `/srv/storefront\n  identity: { url: "${url}" }`);
    expect(complaint(text)).toContain('fleet.yml:7:20: hosts.identity.url: saw');
  });

  test.each(['', ' ', 'header:', 'header: x-version', 'header:x version', 'Header:x:y'])(
    'the marker %j is refused: neither a field nor a header',
    (marker) => {
      const identity = `identity: { url: "http://{address}/", host: "${marker}" }`;
      expect(complaint(edited('/srv/storefront', `/srv/storefront\n  ${identity}`))).toContain(
        'or header: and the name of a response header',
      );
    },
  );

  test.each(['bin/stop', '/bin/stop', './bin/stop now', './../stop', './bin/$(id)', './bin/stop;id'])(
    'the hook %j is refused: it is run without a shell',
    (hook) => {
      const text = edited('/srv/storefront', `/srv/storefront\n  hooks: { stop: "${hook}" }`);
      expect(complaint(text)).toContain('fleet.yml:7:18: hosts.hooks.stop: saw');
    },
  );

  test.each(['shop.example.com', 'https://shop.example.com/path', 'https://me:secret@shop.example.com'])(
    'the entrance %j is refused',
    (entrance) => {
      expect(
        complaint(`${SMALLEST}      entrance: "${entrance}"\n`.replace('\n      entr', '\n        entr')),
      ).toContain('zones[0].pools[0].entrance: saw');
    },
  );

  test('never shows credentials', () => {
    const url = 'http://admin:hunter2@{address}:{port}/version';
    const message = complaint(edited('/srv/storefront', `/srv/storefront\n  identity: { url: "${url}" }`));
    expect(message).toContain('without credentials');
    expect(message).not.toContain('hunter2');
  });
});

describe('keys', () => {
  test('that are unknown are named with the nearest known one', () => {
    const message = complaint(edited('directory:', 'keep-relases: 3\n  directory:'));
    expect(message).toMatch(
      /^fleet\.yml:6:3: hosts\.keep-relases: saw an unknown key; expected one of transport, /,
    );
    expect(message).toMatch(/did you mean keep-releases\?$/);
  });

  test('that are nothing like a known one are to be removed', () => {
    expect(complaint(`${SMALLEST}colour: blue\n`)).toMatch(/fleet\.yml:14:1: colour: .*remove it$/);
    expect(complaint(`${SMALLEST}__proto__: {}\n`)).toContain('__proto__: saw an unknown key');
    expect(complaint(`${SMALLEST}range: { from: a, to: b, policy: { drain: { quite: 1s } } }\n`)).toContain(
      'range.policy.drain.quite: saw an unknown key; expected one of policy, propagation, quiet, gauge, timeout, on-timeout, auto-scaling, lower-min-size; did you mean quiet?',
    );
  });

  test('that are missing are reported where their parent is', () => {
    const message = complaint(edited('    environment: storefront-us-east-1a\n', ''));
    expect(message).toMatch(/^fleet\.yml:8:5: zones\[0\]\.environment: saw nothing; expected .*; add it: /);
    expect(complaint(edited('directory: /srv/storefront', 'transport: ssm'))).toContain(
      'fleet.yml:5:1: hosts.directory: saw nothing',
    );
  });

  test('that come twice are reported at the second one', () => {
    expect(complaint(`${SMALLEST}service: again\n`)).toContain(
      'fleet.yml:14:1: service: saw this key a second time',
    );
  });
});

describe('names that may occur once', () => {
  const other = zoneBlock('us-east-1b', 'storefront-us-east-1b', 'i-0123456789abcdef1');

  test('are accepted when they differ', () => {
    expect(parseFleet(SMALLEST + other, 'fleet.yml').zones).toHaveLength(2);
  });

  test.each([
    ['us-east-1b\n', 'us-east-1a\n', 'zones[1].zone: saw "us-east-1a"; expected a zone to be named once'],
    ['storefront-us-east-1b', 'Storefront-US-east-1a', 'zones[1].environment: saw "Storefront-US-east-1a"'],
    ['i-0123456789abcdef1', 'i-0123456789abcdef0', 'zones[1].hosts[0]: saw "i-0123456789abcdef0"'],
  ])('%j as %j is refused', (from, to, expected) => {
    const message = complaint(SMALLEST + other.replace(from, to));
    expect(message).toContain(expected);
    expect(message).toContain('zones[0]');
  });

  test('are pools of one zone and checks of one smoke test too', () => {
    const pools = `${SMALLEST}      - target-group: ${targetGroup('us-east-1')}\n`;
    expect(complaint(pools)).toContain('fleet.yml:14:23: zones[0].pools[1].target-group: saw');
    const checks = 'smoke: [{ name: home, path: / }, { name: home, path: /a }]';
    expect(complaint(`${SMALLEST}${checks}\n`)).toContain('smoke[1].name: saw "home"');
  });
});

describe('a file that is no fleet file', () => {
  test.each([
    ['', 'fleet.yml:1:1: fleet file: saw nothing; expected a mapping'],
    ['# nothing here yet\n', 'fleet file: saw nothing'],
    ['- zone: us-east-1a\n', 'fleet.yml:1:1: fleet file: saw a list of 1; expected a mapping'],
    ['just text\n', 'fleet.yml:1:1: fleet file: saw "just text"'],
    ['service: [a\nrelease: b\n', 'fleet.yml:2:1: saw text that is not YAML'],
    ['service:\n\t- a\n', 'fleet.yml:2:'],
    ['service: *gone\n', 'saw text that is not YAML (Unresolved alias'],
    ['service: !secret a\n', 'saw text that is not YAML (Unresolved tag: !secret)'],
    ['service: a\n---\nservice: b\n', 'saw text that is not YAML (Source contains multiple documents'],
  ])('%j is refused', (text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  test('that refers to itself is refused like any other', () => {
    expect(complaint('zones: &all [*all]\n')).toContain('zones[0]: saw a list of 1; expected a mapping');
  });
});

test('all problems are reported at once, from top to bottom', () => {
  const text = SMALLEST.replace('service: storefront', 'service: S')
    .replace('/srv', 'srv')
    .replace('i-0123456789abcdef0', 'i-1')
    .replace('elasticloadbalancing:us-east-1', 'elasticloadbalancing:eu-west-1');
  const [title, ...lines] = complaint(`${text}polcy: {}\nsmoke: 3\n`).split('\n');
  expect(title).toBe('fleet.yml has 6 problems:');
  expect(lines.map((line) => line.split(': ')[1])).toEqual([
    'service',
    'hosts.directory',
    'zones[0].hosts[0]',
    'zones[0].pools[0].target-group',
    'polcy',
    'smoke',
  ]);
});

describe('a fleet file on disk', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is read', async () => {
    const file = join(folder, 'fleet.yml');
    await writeFile(file, SMALLEST);
    await expect(loadFleet(file)).resolves.toEqual(parseFleet(SMALLEST, file));
  });

  test('that is missing, or a folder, is said to be so', async () => {
    await expect(loadFleet(join(folder, 'none.yml'))).rejects.toThrow(
      /none\.yml: saw no such file; expected .*; create it/,
    );
    await expect(loadFleet(join(folder, 'none.yml'))).rejects.toBeInstanceOf(UserError);
    await expect(loadFleet(folder)).rejects.toThrow(/saw a folder/);
  });
});
