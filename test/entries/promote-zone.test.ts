import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runEntry } from './run-entry.ts';

const GOOD = { zone: 'us-east-1a', version: '1.1.0' };
const PLAN = {
  schema: 1,
  service: 'storefront',
  version: '1.2.0',
  sha256: 'ab'.repeat(32),
  ordinal: 7,
  rollBack: false,
  planned: '2026-11-21T10:00:00.000Z',
  zones: [{ zone: 'us-east-1a', environment: 'a', todo: 'deploy', terms: {}, from: [] }],
};
const FLEET = `
service: storefront
release: { artifact: 's3://releases/storefront/{version}.tar.gz' }
ledger: s3://releases/storefront/ledger.json
hosts: { directory: /srv/storefront, hooks: { stop: ./bin/stop, start: ./bin/start } }
zones:
  - zone: us-east-1a
    environment: storefront-a
    hosts: [i-0a000000000000001]
    pools: [{ target-group: 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/storefront/6d0ecf831eec9f09' }]
`;

let folder: string;
let fleet: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'promote-entry-'));
  fleet = join(folder, 'fleet.yml');
  writeFileSync(fleet, FLEET);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Inputs that must be refused before any AWS client is made: there are no credentials here. */
test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing at all', {}, ['`zone` is missing', '`version` is missing']],
  [
    'what is wrong one by one, all at once,',
    { ...GOOD, sha256: 'abc', plan: '{', 'dry-run': 'yes' },
    ['3 problems', '`sha256`', '`plan`', 'it is not JSON', '`dry-run`'],
  ],
  ['a plan that is none', { ...GOOD, plan: '{"schema": 1}' }, ['`plan` is not an output of plan-zones']],
  [
    'what contradicts the plan',
    { ...GOOD, sha256: 'cd'.repeat(32), plan: JSON.stringify(PLAN) },
    ['`version` is 1.1.0, and `plan` was made for 1.2.0', '`sha256` is cdcd'],
  ],
  ['a fleet file that is missing', GOOD, ['.github/fleet.yml: saw no such file']],
])('%s is refused', (_, inputs, says) => {
  const { exitCode, errors } = runEntry('promote-zone', inputs);
  expect(exitCode).toBe(1);
  expect(errors).toHaveLength(1);
  for (const part of says) expect(errors[0]).toContain(part);
});

test('a zone that the fleet file does not have is refused, and secrets are masked before anything else', () => {
  const secrets = { token: 'ghs_secret', webhook: 'https://hooks.example.com/secret' };
  const inputs = { ...GOOD, ...secrets, fleet, zone: 'us-east-1z' };
  const { exitCode, errors, stdout } = runEntry('promote-zone', inputs, { GITHUB_ACTIONS: 'true' });
  expect(exitCode).toBe(1);
  expect(errors).toEqual([expect.stringContaining('zone us-east-1z is not in the fleet file')]);
  for (const secret of Object.values(secrets)) {
    expect(stdout.split('\n').filter((line) => line.includes(secret))).toEqual([`::add-mask::${secret}`]);
  }
});

test('a webhook that is no https URL is refused without being shown', () => {
  const { exitCode, errors } = runEntry('promote-zone', { ...GOOD, fleet, webhook: 'not-a-secret-url' });
  expect(exitCode).toBe(1);
  expect(errors).toHaveLength(1);
  expect(errors[0]).not.toContain('not-a-secret-url');
});
