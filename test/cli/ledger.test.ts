import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseLedgerArguments } from '../../src/cli/ledger/arguments.ts';
import { showLedger } from '../../src/cli/ledger/show.ts';
import { explainLedger } from '../../src/cli/ledger/why.ts';
import type { Ledger } from '../../src/ledger/document.ts';
import { readLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { renderLedger } from '../../src/ledger/parse.ts';
import type { UndoRecord } from '../../src/operations/records.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { EMPTY, release } from '../ledger/course.ts';
import { makeFleet } from '../operations/zone.ts';
import { type Setting, startSetting } from '../range/wire/builder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FLEET = join(ROOT, 'examples/storefront/fleet.yml');
const PLACE = 's3://storefront-releases/storefront/ledger.json';
const AT = '2026-11-20T10:00:00.000Z';
const NOW = Date.parse(AT);
const { signal } = new AbortController();
const urlOf = (run: number) => `https://github.test/acme/storefront/actions/runs/${run}`;

const LEASE = {
  ...{ token: 4, run: urlOf(8), runId: 8, zone: 'us-east-1b' },
  since: '2026-11-20T09:55:00.000Z',
  expires: '2026-11-20T10:05:00.000Z',
};
const RUNNING: Ledger = {
  ...EMPTY,
  zones: {
    'us-east-1a': {
      ...{ state: 'promoted', release: release(2), before: release(1), run: urlOf(8), runId: 8 },
      ...{ began: AT, at: AT, approvedBy: ['alice', 'bob'] },
    },
    'us-east-1b': { state: 'deploying', release: release(2), run: urlOf(8), runId: 8, began: AT, at: AT },
  },
  fence: 4,
  lease: LEASE,
};

describe('show', () => {
  test('is a table of all zones, in the order of the fleet, with the lease below', () => {
    expect(showLedger(makeFleet(), RUNNING, NOW)).toBe(
      [
        'zone        state      version  sha256        since                     run                                                 approved by',
        `us-east-1a  promoted   1.2.0    222222222222  ${AT}  ${urlOf(8)}  alice, bob`,
        `us-east-1b  deploying  1.2.0    222222222222  ${AT}  ${urlOf(8)}`,
        '',
        `${urlOf(8)} holds the lease for zone us-east-1b since ${LEASE.since}, until ${LEASE.expires} unless it renews it (fencing token 4).`,
        'Deployments of other runs are refused, or wait as long as their `lease-wait` says. If that run is dead: run that run ' +
          'again, which keeps its own lease, or wait until 2026-11-20T10:05:30.000Z, when anybody may take it, or break it with ' +
          '`npx zonewise ledger release FLEET --reason TEXT`.',
        '',
      ].join('\n'),
    );
  });

  test('of a service that was never deployed says so', () => {
    const text = showLedger(makeFleet(), EMPTY, NOW);
    expect(text).toMatch(/us-east-1a {2}no deployment yet\n/);
    expect(text).toContain('Nobody holds the lease');
  });

  test('shows zones that the fleet file has no more', () => {
    const gone: Ledger = { ...EMPTY, zones: { 'eu-west-1a': RUNNING.zones['us-east-1a'] ?? raise() } };
    expect(showLedger(makeFleet(), gone, NOW)).toMatch(/eu-west-1a {2}promoted/);
  });
});

/** The run that holds the lease has two hosts out, and one is held since before. */
const AWAY: Ledger = {
  ...RUNNING,
  out: {
    'i-b1': { zone: 'us-east-1b', record: awayBy('i-b1', urlOf(8)) },
    'i-b2': { zone: 'us-east-1b', record: awayBy('i-b2', urlOf(5)), held: 'the shelves are empty' },
  },
  journal: [
    {
      ...{ act: 'install', zone: 'us-east-1b', hosts: ['i-b1'], version: '1.2.0' },
      ...{ run: urlOf(8), token: 4, at: AT },
    },
  ],
};

function awayBy(host: string, run: string): UndoRecord {
  const targets = [{ pool: 'web', id: host, port: 8080 }];
  return { host, targets, reason: 'upgrade of storefront to 1.2.0', run, since: AT, from: '1.1.0' };
}

test('hosts that are out are a second table, and what was begun with them a line', () => {
  const lines = showLedger(makeFleet(), AWAY, NOW).split('\n');
  expect(lines.slice(3, 9)).toEqual([
    '',
    'out of service  zone        since                     from   run                                                 held',
    `i-b1            us-east-1b  ${AT}  1.1.0  ${urlOf(8)}  no`,
    `i-b2            us-east-1b  ${AT}  1.1.0  ${urlOf(5)}  the shelves are empty`,
    '',
    `Begun and not ended: installing 1.2.0 on i-b1 (${urlOf(8)}, ${AT}).`,
  ]);
  expect(showLedger(makeFleet(), RUNNING, NOW)).not.toContain('out of service');
});

describe('why', () => {
  const why = (ledger: Ledger, now = NOW, zone?: string) => explainLedger(makeFleet(), ledger, now, zone);

  test('says what is held by whom, what would be refused, and what to do', () => {
    const text = why(RUNNING);
    expect(text).toContain('a run with a lower one changes nothing');
    expect(text).toContain(`Runs before 8 (${urlOf(8)}) are refused`);
    expect(text).toContain('Releases with an ordinal below 2 are refused without `roll-back: true`');
    expect(text).toContain(
      `us-east-1a: 1.2.0 (sha256 222222222222…) is promoted since ${AT} by ${urlOf(8)}, approved by alice, bob.`,
    );
    expect(text).toContain('It holds the lease, so it is at work or has died not long ago.');
    expect(text).toContain('A deployment of 1.2.0 may begin; one of another release is refused');
  });

  test('of one zone leaves the others out', () => {
    expect(why(RUNNING, NOW, 'us-east-1b')).not.toContain('us-east-1a: ');
  });

  test('a lease that ran out is taken over, and its zone is run again', () => {
    const text = why(RUNNING, Date.parse(LEASE.expires) + 31_000);
    expect(text).toContain('It has run out: the next run takes it over');
    expect(text).toContain('It does not hold the lease, so it is not at work any more: run that step again');
    expect(why(RUNNING, Date.parse(LEASE.expires) + 29_000)).not.toContain('It has run out');
  });

  test.each([
    ['deployed', undefined, 'It is not promoted: run promote-zone.'],
    ['stopped', 'the shelves are empty', 'stopped on the way .* the shelves are empty\\. Mend the cause'],
    ['held', 'gate web-5xx is closed', 'did not pass its bake and was left as it is .* web-5xx is closed\\.'],
    ['rolled-back', undefined, 'is back on 1\\.1\\.0'],
  ] as const)('%s is explained, and keeps the next zone closed', (state, note, expected) => {
    const entry = {
      ...(RUNNING.zones['us-east-1a'] ?? raise()),
      state,
      ...(note === undefined ? {} : { note }),
    };
    const text = why({ ...EMPTY, zones: { 'us-east-1a': entry } });
    expect(text).toMatch(new RegExp(expected));
    expect(text).toContain('A deployment is refused while us-east-1a is not promoted.');
  });

  test('hosts that are out: by whom, since when, and what is done about it', () => {
    const text = why(AWAY);
    expect(text).toContain(`  ${urlOf(8)} is installing 1.2.0 on i-b1 since ${AT}.\n`);
    expect(text).toContain(
      `  i-b1 was taken out of service by ${urlOf(8)} at ${AT} (upgrade of storefront to 1.2.0; it ran 1.1.0), and was not seen to serve since; that run holds the lease: it is at work on it, or has died not long ago.\n`,
    );
    expect(text).toContain(
      'it is held: the shelves are empty. Look at it; then deploy the zone again, which continues with it, or return it with restore-target.\n',
    );
    expect(why(AWAY, NOW, 'us-east-1a')).not.toContain('i-b1');
  });

  test('hosts whose run is dead: nobody is at work on them', () => {
    const text = why(AWAY, Date.parse(LEASE.expires) + 31_000);
    expect(text).toContain(
      `${urlOf(8)} was installing 1.2.0 on i-b1 since ${AT}, and has not said how that ended.`,
    );
    expect(text).toMatch(
      /i-b1 was taken out .* nobody is at work on it\. .* return-hosts returns it when it proves its release\./,
    );
    const taken = { ...AWAY, lease: { ...LEASE, token: 5, run: urlOf(9), runId: 9 } };
    expect(why(taken)).toContain('nobody is at work on it');
  });

  test('a lease that was broken says by whom and why', () => {
    const broken = { by: 'carol', at: AT, reason: 'the runner was deleted', run: urlOf(8) };
    expect(why({ ...EMPTY, fence: 5, broken })).toContain(
      `carol broke the lease of ${urlOf(8)} at ${AT}: the runner was deleted`,
    );
  });
});

test.each([
  [['release', FLEET, '--yes'], 'only with a reason'],
  [['release', FLEET, '--reason', ' ', '--yes'], 'only with a reason'],
  [['show'], 'Expected one fleet file'],
  [['show', FLEET, 'us-east-1a'], 'Expected one fleet file, saw also us-east-1a'],
  [['show', FLEET, '--yes'], 'belong to release'],
  [['tell', FLEET], 'Expected show, why or release, saw tell'],
  [['show', FLEET, '--force'], '--help shows what there is'],
])('the command line %j is refused', (words, expected) => {
  expect(() => parseLedgerArguments(words)).toThrow(expected);
});

describe('the command', () => {
  let setting: Setting;

  beforeEach(async () => {
    setting = await startSetting();
    setting.store.createBucket('storefront-releases');
    useEndpoint(setting.endpoint.url);
  });
  afterEach(() => setting.endpoint.stop());

  const store = () => openLedger(PLACE, { region: 'us-east-1' });
  const put = async (ledger: Ledger) => (await store()).write(renderLedger(ledger), undefined, signal);
  const stored = async () => readLedger(await store(), 'storefront', signal);

  test('shows the ledger that the fleet file names', async () => {
    await put(RUNNING);
    const ended = await zonewise('show', FLEET);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      /^storefront, s3:\/\/storefront-releases\/storefront\/ledger\.json\n\nzone .*us-east-1a {2}promoted/s,
    );
    expect((await zonewise('why', FLEET, 'us-east-1b')).stdout).toContain('us-east-1b: ');
    expect((await zonewise('why', FLEET, 'us-east-1z')).stderr).toContain('us-east-1z');
  });

  test('breaks a lease with a reason, which stays in the ledger, and moves the fencing token on', async () => {
    await put(RUNNING);
    const ended = await zonewise('release', FLEET, '--reason', 'the runner was deleted', '--yes');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toContain('the fencing token is 5 now');
    const ledger = await stored();
    expect(ledger).toMatchObject({
      fence: 5,
      broken: { by: 'carol', reason: 'the runner was deleted', run: urlOf(8) },
    });
    expect(ledger.lease).toBeUndefined();
    expect(ledger.zones).toEqual(RUNNING.zones);
  });

  test('breaks nothing where nobody can be asked', async () => {
    await put(RUNNING);
    const { status, stderr } = await zonewise('release', FLEET, '--reason', 'because');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('Add --yes if you are sure'),
    });
    expect(await stored()).toEqual(RUNNING);
  });

  test('that nobody holds a lease is said, and nothing is written', async () => {
    const ended = await zonewise('release', FLEET, '--reason', 'because', '--yes');
    expect(ended.stderr).toContain('Nobody holds the lease of storefront. The ledger was not changed.');
    expect(await (await store()).read(signal)).toBeUndefined();
  });
});

/** Runs `zonewise ledger` as npx does; the endpoint is in this process, so it must not stand still meanwhile. */
async function zonewise(...words: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/zonewise.js'), 'ledger', ...words], {
    env: { ...process.env, GITHUB_ACTOR: 'carol' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (part: Buffer) => {
      texts[name] += part;
    });
  }
  await once(child, 'close');
  return { status: child.exitCode, ...texts };
}

function raise(): never {
  throw new Error('the ledger has this zone');
}
