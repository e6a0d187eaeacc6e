import { describe, expect, test } from '@jest/globals';
import { runEntry } from './run-entry.ts';

const HOST = 'i-0123456789abcdef0';
const POOL = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const ELSEWHERE = POOL.replace('us-east-1', 'eu-west-1');
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
    inputs: { hosts: HOST, port: '8080', 'expect-version': '1.4.2' },
    says: ['`expect-version` and `identity-url` belong together'],
  },
  {
    entry: 'smoke-test',
    what: 'no region',
    inputs: { hosts: HOST, port: '8080' },
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

test('inputs that are right get as far as AWS', () => {
  const environment = { AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'us-east-1', HOME: '/nonexistent' };
  const { exitCode, errors } = runEntry('drain-target', { 'target-groups': POOL, hosts: HOST }, environment);
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining('there are no AWS credentials')]);
});
