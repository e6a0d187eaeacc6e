import { describe, expect, test } from '@jest/globals';
import { runEntry } from './run-entry.ts';

const HOST = 'i-0123456789abcdef0';
const POOL = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const ELSEWHERE = POOL.replace('us-east-1', 'eu-west-1');
const CHECKS = '[{ name: home, path: / }]';
const SKEW = { hosts: HOST, 'old-hosts': HOST.replace('f0', 'f1'), port: '8080', checks: CHECKS };
const UPGRADE = {
  hosts: HOST,
  artifact: 's3://acme-releases/storefront/1.4.2.tar.gz',
  version: '1.4.2',
  directory: '/srv/storefront',
  port: '8080',
};

function undo(pools: readonly string[]): string {
  const targets = pools.map((pool) => ({ pool, id: HOST, port: 8080 }));
  return JSON.stringify([
    { host: HOST, targets, reason: 'why', run: 'a run', since: '2026-11-21T00:00:00Z' },
  ]);
}

/** Inputs that must be refused before any AWS client is made: there are no credentials and no region here. */
const refused: readonly {
  readonly entry: string;
  readonly what: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly says: readonly string[];
}[] = [
  {
    entry: 'drain-target',
    what: 'a timeout in which no drain can end',
    inputs: { 'target-groups': POOL, hosts: HOST, propagation: '15s', quiet: '5s', timeout: '20s' },
    says: ['`timeout` must be longer than `propagation` and `quiet` together'],
  },
  {
    entry: 'drain-target',
    what: 'several wrong inputs, all at once',
    inputs: { 'target-groups': 'web', hosts: 'web-1', 'min-healthy': 'half', quiet: '5', 'dry-run': 'yes' },
    says: [
      '5 problems',
      '`target-groups`',
      '`hosts`',
      '`min-healthy`',
      '`quiet`',
      '`dry-run`',
      'nothing was touched',
    ],
  },
  {
    entry: 'drain-target',
    what: 'target groups of two regions',
    inputs: { 'target-groups': `${POOL}\n${ELSEWHERE}`, hosts: HOST },
    says: ['of several regions (us-east-1, eu-west-1)'],
  },
  {
    entry: 'restore-target',
    what: 'an undo that is not JSON',
    inputs: { undo: HOST },
    says: ['`undo`', 'it is not JSON', 'the output `undo` of drain-target'],
  },
  {
    entry: 'restore-target',
    what: 'an undo without records',
    inputs: { undo: '[]' },
    says: ['it is not a list of undo records'],
  },
  {
    entry: 'restore-target',
    what: 'an undo with a broken record',
    inputs: { undo: undo([]) },
    says: ['entry 1 is not an undo record'],
  },
  {
    entry: 'restore-target',
    what: 'records of two regions',
    inputs: { undo: undo([POOL, ELSEWHERE]) },
    says: ['of several regions'],
  },
  {
    entry: 'smoke-test',
    what: 'a version without the place where the service says it',
    inputs: { hosts: HOST, port: '8080', checks: CHECKS, 'expect-version': '1.4.2' },
    says: ['`expect-version` and `identity-url` belong together'],
  },
  {
    entry: 'smoke-test',
    what: 'nothing to check, a host without a port, more passes in a row than attempts',
    inputs: { hosts: HOST, attempts: '2', consecutive: '3' },
    says: ['3 problems', 'There is nothing to check', '`port` is missing', 'so many in a row can never pass'],
  },
  {
    entry: 'smoke-test',
    what: 'no hosts and what belongs to a version without one',
    inputs: { port: '8080', checks: CHECKS, 'started-after': '2026-11-21T09:30:00Z' },
    says: [
      '2 problems',
      '`hosts` is missing; expected the hosts that are asked, or `through`',
      '`started-after` go with `expect-version`',
    ],
  },
  {
    entry: 'smoke-test',
    what: "users' side without a host that asks there",
    inputs: { through: 'https://shop.example.com', checks: CHECKS },
    says: ['One problem', '`through` is asked from the first of the `hosts`', '`from: runner`'],
  },
  {
    entry: 'smoke-test',
    what: 'an address that has to ask itself',
    inputs: { hosts: `${HOST}:8080\n10.0.1.7:8080`, checks: CHECKS },
    says: ['One problem', '10.0.1.7 cannot be asked from itself', '`from: runner`'],
  },
  {
    entry: 'smoke-test',
    what: 'what is no id, address or name, nor a URL without a path',
    inputs: { hosts: 'i-12:8080', through: 'https://shop.example.com/cart', from: 'runner', checks: CHECKS },
    says: ['2 problems', '"i-12:8080" is not one', '"https://shop.example.com/cart" is not one'],
  },
  {
    entry: 'smoke-test',
    what: 'a host on both sides, and two releases that are one',
    inputs: {
      ...SKEW,
      'old-hosts': `${HOST}:8080`,
      'old-version': '1.0.0',
      'expect-version': '1.0.0',
      'identity-url': 'http://{address}:{port}/version',
    },
    says: ['2 problems', `${HOST} cannot be in \`hosts\` and \`old-hosts\``, 'are the same'],
  },
  {
    entry: 'smoke-test',
    what: 'a check of the old release without hosts that serve it',
    inputs: { hosts: HOST, port: '8080', checks: '[{ name: cart, path: /cart, against: [old, new] }]' },
    says: ['One problem', 'cart must hold against the old release, and `old-hosts` is missing'],
  },
  {
    entry: 'smoke-test',
    what: 'old hosts of which nothing is asked',
    inputs: SKEW,
    says: ['One problem', '`old-hosts` are given and nothing is asked of them', 'against: [old, new]'],
  },
  {
    entry: 'smoke-test',
    what: 'a version of no old hosts, and a mark of hosts that nobody looks for',
    inputs: {
      hosts: HOST,
      port: '8080',
      checks: CHECKS,
      'old-version': '1.0.0',
      'identity-url': 'http://{address}:{port}/version',
      'identity-host': 'header:x-host',
    },
    says: [
      '2 problems',
      '`old-version` is what the `old-hosts` must still run',
      '`identity-host` tells hosts apart',
    ],
  },
  {
    entry: 'smoke-test',
    what: 'programs on what is only an address',
    inputs: {
      hosts: '10.0.1.7',
      port: '8080',
      from: 'runner',
      checks: '[{ name: database, type: command, run: ./bin/check }]',
    },
    says: ['2 problems', '`directory` is missing', 'named by their instance ids, and 10.0.1.7 is given'],
  },
  {
    entry: 'smoke-test',
    what: 'an unknown type of check, with its place',
    inputs: { hosts: HOST, port: '8080', checks: '- name: home\n  type: htpp\n  path: /' },
    says: ['the input checks:', '[0]', 'did you mean http?'],
  },
  {
    entry: 'smoke-test',
    what: 'an unknown key of a check, with its place',
    inputs: { hosts: `${HOST}:8080`, checks: '- name: home\n  path: /\n  contain: Welcome' },
    says: ['the input checks:3:3: [0].contain', 'did you mean contains?'],
  },
  {
    entry: 'smoke-test',
    what: 'an empty list of checks',
    inputs: { hosts: HOST, port: '8080', checks: '[]' },
    says: ['expected a list of one or more checks'],
  },
  {
    entry: 'smoke-test',
    what: 'a file of checks that is not there',
    inputs: { hosts: HOST, port: '8080', checks: 'nowhere/checks.yml' },
    says: ['nowhere/checks.yml: saw no such file'],
  },
  {
    entry: 'smoke-test',
    what: 'checks that cannot fail',
    inputs: {
      hosts: HOST,
      port: '8080',
      checks: '[{ name: all, path: /, status: 200-599 }, { name: any, path: /, matches: .* }]',
    },
    says: ['smoke test all cannot fail: status 200-599', 'smoke test any cannot fail: matches .*'],
  },
  {
    entry: 'smoke-test',
    what: 'an expectation that can never hold, with its place',
    inputs: { hosts: HOST, port: '8080', checks: '- { name: home, path: /, equals: up, contains: down }' },
    says: ['the input checks:1:'],
  },
  {
    entry: 'smoke-test',
    what: 'a program without the folder it is in',
    inputs: { hosts: HOST, port: '8080', checks: '[{ name: database, type: command, run: ./bin/check }]' },
    says: ['`directory` is missing', 'programs of database'],
  },
  {
    entry: 'smoke-test',
    what: 'no region',
    inputs: { hosts: HOST, port: '8080', checks: CHECKS },
    says: ['AWS_REGION is not set', 'configure-aws-credentials'],
  },
  {
    entry: 'upgrade-host',
    what: 'hooks that are shell lines, a relative folder, an archive elsewhere',
    inputs: {
      ...UPGRADE,
      stop: 'systemctl stop web',
      directory: 'srv',
      artifact: 'ftp://example.test/1.tar.gz',
    },
    says: ['3 problems', '`stop`', '`directory`', '`artifact`'],
  },
  {
    entry: 'upgrade-host',
    what: 'no region',
    inputs: UPGRADE,
    says: ['AWS_REGION is not set'],
  },
  {
    entry: 'deploy-zone',
    what: 'a fleet file that is not there',
    inputs: { zone: 'us-east-1a', version: '1.4.2', fleet: 'nowhere/fleet.yml' },
    says: ['nowhere/fleet.yml: saw no such file'],
  },
];

describe.each(refused)('$entry refuses $what', ({ entry, inputs, says }) => {
  test('with one annotation that says why', () => {
    const { exitCode, errors } = runEntry(entry, inputs);
    expect({ exitCode, annotations: errors.length }).toEqual({ exitCode: 1, annotations: 1 });
    for (const text of says) expect(errors[0]).toContain(text);
  });
});

test('an URL with a password is refused and not shown', () => {
  const inputs = {
    hosts: HOST,
    port: '8080',
    'expect-version': '1',
    'identity-url': 'http://me:hunter2@x/v',
  };
  const { exitCode, errors } = runEntry('smoke-test', inputs);
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining('`identity-url` is (not shown)')]);
  expect(errors[0]).not.toContain('hunter2');
});

test.each([
  ['through', 'https://me:hunter2@shop.example.com'],
  ['through', 'https://shop.example.com/?token=hunter2'],
  ['hosts', 'me:hunter2@10.0.1.7'],
  ['old-hosts', 'http://me:hunter2@10.0.1.7'],
  ['checks', 'https://me:hunter2@shop.example.com/checks.yml'],
])('a secret in %s is refused and not shown: %s', (name, value) => {
  const { exitCode, errors, stdout } = runEntry('smoke-test', {
    from: 'runner',
    checks: CHECKS,
    [name]: value,
  });
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining(`\`${name}\` is (not shown)`)]);
  expect(stdout).not.toContain('hunter2');
});

test('a password in the URL of a check is refused and not shown', () => {
  const checks = '- { name: home, path: "https://me:hunter2@shop.example.com/" }';
  const { exitCode, errors, stdout } = runEntry('smoke-test', { hosts: HOST, port: '8080', checks });
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining('[0].path: saw "https://***@shop.example.com/"')]);
  expect(stdout).not.toContain('hunter2');
});

test('a negative control that is off is warned of, and lets anything through', () => {
  const checks = '[{ name: all, path: /, status: 200-599 }]';
  const inputs = { hosts: HOST, port: '8080', checks, 'negative-control': 'false' };
  const { errors, warnings } = runEntry('smoke-test', inputs);
  expect(warnings).toEqual([expect.stringContaining('nothing shows that these checks can fail')]);
  expect(errors).toEqual([expect.stringContaining('AWS_REGION is not set')]);
});

test('inputs that are right get as far as AWS', () => {
  const environment = { AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'us-east-1', HOME: '/nonexistent' };
  const { exitCode, errors } = runEntry('drain-target', { 'target-groups': POOL, hosts: HOST }, environment);
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining('there are no AWS credentials')]);
});
