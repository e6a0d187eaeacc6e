import { lutimes } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Ledger, ReleaseKey, ZoneEntry } from '../../src/ledger/document.ts';
import { renderLedger } from '../../src/ledger/parse.ts';
import { parsePlan } from '../../src/operations/plan/parse-plan.ts';
import { differencesOf, type Plan, planDigest } from '../../src/operations/plan/plan.ts';
import { type RangeGitHub, startGitHub } from '../../src/range/github/github.ts';
import type { RangeEnvironment } from '../../src/range/github/options.ts';
import { A1, A2, startTestRange, type TestRange } from '../e2e/test-range.ts';
import { type EntryEnd, runEntry, runEntryAlongside } from './run-entry.ts';

const ZONES = ['us-east-1a', 'us-east-1b'];
const GUARDED: readonly RangeEnvironment[] = ZONES.map((zone) => ({
  name: `storefront-${zone}`,
  reviewers: ['ada', 'grace'],
}));

describe('before anything is asked for', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['nothing at all', {}, ['`version` is missing']],
    [
      'what is wrong one by one, all at once,',
      { version: '../1', sha256: 'abc', ordinal: '-1', 'roll-back': 'yes', token: 'ghs_s3cret' },
      ['4 problems', '`version`', '`sha256`', '`ordinal`', '`roll-back`'],
    ],
    ['a fleet file that is not there', { version: '1.1.0', fleet: 'no.yml' }, ['no.yml']],
  ])('%s is refused', (_, inputs, says) => {
    const { exitCode, errors, stdout } = runEntry('plan-zones', inputs);
    expect(exitCode).toBe(1);
    expect(errors).toHaveLength(1);
    for (const part of says) expect(errors[0]).toContain(part);
    expect(stdout).not.toContain('s3cret');
  });
});

describe('against AWS and GitHub', () => {
  let range: TestRange;
  let github: RangeGitHub;
  let before: object;

  beforeAll(async () => {
    range = await startTestRange();
    await range.untilAllHealthy();
    before = await range.everything();
  }, 60_000);
  afterAll(() => range.stop());
  beforeEach(async () => {
    github = await startGitHub({ environments: GUARDED });
  });
  afterEach(() => github.stop());

  async function plan(inputs: Readonly<Record<string, string>> = {}, from = github): Promise<EntryEnd> {
    const ended = await runEntryAlongside(
      'plan-zones',
      { fleet: join(range.folder, 'fleet.yml'), version: '1.1.0', token: from.token, ...inputs },
      () => undefined,
      { ...range.range.environment, ...from.environment, GITHUB_ACTIONS: 'true' },
    );
    expect(await range.everything()).toEqual(before);
    return ended;
  }

  function planIn({ outputs }: EntryEnd): Plan {
    const parsed = parsePlan(JSON.parse(outputs['plan'] ?? 'null'));
    if (parsed.kind === 'refused') throw new Error(parsed.problems.join('\n'));
    return parsed.plan;
  }

  /** One annotation with all of these words, and nothing that a later job could go by. */
  function expectRefusal(ended: EntryEnd, ...words: readonly string[]): void {
    expect(ended.exitCode).toBe(1);
    expect(ended.errors).toHaveLength(1);
    for (const each of words) expect(ended.errors[0]).toContain(each);
    for (const each of words) expect(ended.summary).toContain(each);
    expect(ended.outputs).toEqual({});
    expect(ended.summary).toContain('storefront 1.1.0: nothing may be deployed');
  }

  test('gives zones, plan and digest, and tells the approver what will happen', async () => {
    const ended = await plan();
    expect(ended.errors).toEqual([]);
    expect(ended.exitCode).toBe(0);
    expect(JSON.parse(ended.outputs['zones'] ?? '')).toEqual(ZONES);
    const made = planIn(ended);
    expect(made).toMatchObject({
      service: 'storefront',
      version: '1.1.0',
      ordinal: github.id,
      rollBack: false,
    });
    expect(ended.outputs['digest']).toBe(planDigest(made));
    expect(ended.outputs['sha256']).toBe(made.sha256);
    expect(ended.summary).toContain('storefront 1.1.0: to be approved zone by zone');
    expect(ended.summary).toMatch(
      /\| us-east-1b \| storefront-us-east-1b \| ada, grace \| 2 \| 1\.0\.0 → 1\.1\.0 \| 2 \| pool storefront: 4 healthy of 4, 1 would leave, 3 remain, floor is 2/,
    );
    expect(ended.summary).toContain(`plan    sha256 ${planDigest(made)}`);
    expect(ended.summary).toContain(`${A1} runs 1.0.0`);
    expect(ended.log).not.toContain(`token ${github.token}`);
    expect(ended.log).toContain(`::add-mask::${github.token}`);
    const again = planIn(await plan());
    expect(
      again.zones.map((zone, index) => differencesOf(made.zones[index]?.terms ?? {}, zone.terms)),
    ).toEqual([[], []]);
    expect(planDigest(again)).toBe(planDigest(made));
  });

  test('refuses a typo in the name of an environment, which stays as it is: nobody created it', async () => {
    github.removeEnvironment('storefront-us-east-1b');
    expectRefusal(await plan(), 'environment storefront-us-east-1b of us-east-1b does not exist');
    expectRefusal(await plan(), 'does not exist');
  });

  test('refuses an environment without reviewers, in the words of a private repository; lets it pass loudly', async () => {
    github.putEnvironment({ name: 'storefront-us-east-1a' });
    expectRefusal(await plan(), 'environment storefront-us-east-1a of us-east-1a', 'GitHub Enterprise only');
    const loud = await plan({ 'allow-unprotected': 'true' });
    expect(loud.exitCode).toBe(0);
    expect(loud.warnings.join('\n')).toContain('NOBODY HAS TO APPROVE us-east-1a');
    expect(loud.summary).toContain('| us-east-1a | storefront-us-east-1a | nobody |');
  });

  test('refuses what the options ask for and the environments do not have', async () => {
    const ended = await plan({
      'require-prevent-self-review': 'true',
      'require-branch-policy': 'true',
      'forbid-admin-bypass': 'true',
    });
    expectRefusal(
      ended,
      'require-prevent-self-review',
      'require-branch-policy',
      'forbid-admin-bypass',
      'us-east-1b',
    );
  });

  test('refuses with a token that may not read environments, and names the permission', async () => {
    const other = await startGitHub({ environments: GUARDED, permissions: { contents: 'read' } });
    try {
      expectRefusal(await plan({}, other), 'actions: read');
    } finally {
      await other.stop();
    }
  });

  test('refuses while GitHub is down', async () => {
    github.addFault({ kind: 'broken-connection', path: '/**' });
    expectRefusal(
      await plan(),
      'how environment storefront-us-east-1a of us-east-1a is protected cannot be read',
    );
  }, 60_000);

  test('refuses without a token', async () => {
    expectRefusal(await plan({ token: '' }), 'there is no token');
  });

  test('names an older run that waits', async () => {
    const id = github.otherRun({ status: 'waiting', title: '1.0.5 everywhere' });
    const ended = await plan();
    expect(ended.exitCode).toBe(0);
    expect(ended.warnings.join('\n')).toMatch(
      /an older run of this workflow waits for an approval: 1\.0\.5 everywhere/,
    );
    expect(ended.summary).toContain(`/actions/runs/${id}`);
  });

  test('refuses an archive that does not exist', async () => {
    const ended = await plan({ version: '7.7.7' });
    expect(ended.exitCode).toBe(1);
    expect(ended.errors[0]).toContain('7.7.7');
    expect(ended.outputs).toEqual({});
  });

  test('with start-at, hosts of earlier zones have to prove the release now', async () => {
    const { sha256 } = planIn(await plan({ version: '1.0.0' }));
    const wish = { version: '1.0.0', 'start-at': 'us-east-1b' };
    await writeLedger({});
    const unpromoted = await plan(wish);
    expect(unpromoted.errors).toEqual([
      expect.stringContaining('zone us-east-1a, which comes before us-east-1b, has no'),
    ]);
    await writeLedger({ 'us-east-1a': promotedWith({ version: '1.0.0', sha256, ordinal: 5 }) });
    const ended = await plan(wish);
    expect(ended.errors).toEqual([]);
    expect(JSON.parse(ended.outputs['zones'] ?? '')).toEqual(['us-east-1b']);
    expect(planIn(ended).zones.map(({ todo }) => todo)).toEqual(['proven', 'deploy']);
    expect(planIn(ended).ordinal).toBe(5);
    const other = await plan({ ...wish, version: '1.1.0' });
    expect(other.errors[0]).toContain(`${A1} of us-east-1a runs 1.0.0`);
    // As if somebody had switched the release and started nothing.
    const later = Date.now() / 1_000 + 3_600;
    await lutimes(currentOf(A2), later, later);
    const stale = await plan(wish);
    expect(stale.errors).toHaveLength(1);
    expect(stale.errors[0]).toContain(`${A2} of us-east-1a does not prove 1.0.0: the process started at`);
    expect(stale.errors[0]).not.toContain(A1);
  }, 60_000);

  function currentOf(host: string): string {
    return join(range.folder, 'range', 'hosts', host, 'srv/storefront/current');
  }

  function promotedWith(release: ReleaseKey): ZoneEntry {
    const at = new Date().toISOString();
    return { state: 'promoted', release, run: 'https://github.test/runs/1', runId: 1, began: at, at };
  }

  async function writeLedger(zones: Ledger['zones']): Promise<void> {
    const text = renderLedger({ schema: 1, service: 'storefront', zones, releases: [] });
    const { environment, endpoint } = range.range;
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    await client.send(
      new PutObjectCommand({ Bucket: 'releases', Key: 'storefront/ledger.json', Body: text }),
    );
    client.destroy();
  }
});
