import { describe, expect, test } from '@jest/globals';
import { runEntry } from './run-entry.ts';

const HOST = 'i-0123456789abcdef0';
const POOL = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const ELSEWHERE = POOL.replace('us-east-1', 'eu-west-1');
const CHECKS = '[{ name: home, path: / }]';
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
    says: ['2 problems', '`hosts` is missing', '`started-after` go with `expect-version`'],
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
