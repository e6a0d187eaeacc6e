import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadFleet, renderFleet, withPolicy } from '../../src/fleet/load.ts';
import { faultsNamed } from '../../src/rehearsal/faults.ts';
import type { ProgressEvent } from '../../src/rehearsal/progress.ts';
import { type RehearsalOptions, type RehearsalWorld, rehearse } from '../../src/rehearsal/rehearse.ts';
import { type FakeRange, fakeRange } from './fake-range.ts';

const FLEET = `
service: shop
release: { artifact: "s3://shop-releases/{version}.tar.gz" }
hosts:
  directory: /srv/shop
  identity: { url: "http://{address}:{port}/version" }
zones:
  - zone: us-east-1a
    environment: shop-a
    hosts: [i-0000000000000000a, i-0000000000000000b]
    pools: [{ target-group: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/6d0ecf831eec9f09" }]
  - zone: us-east-1b
    environment: shop-b
    hosts: [i-0000000000000000c]
    pools: [{ target-group: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/6d0ecf831eec9f09" }]
range: { from: 1.0.0, to: 1.1.0, releases: ./releases, policy: { drain: { quiet: 1s, propagation: 7s, timeout: 9s } } }
`;

/** Stands in for the action: tells the range to switch each host of its zone. */
const BUNDLE = `
import { appendFileSync, readFileSync } from 'node:fs';
const env = process.env;
const zone = readFileSync(env.INPUT_FLEET, 'utf8').split('- zone: ').find((text) => text.startsWith(env.INPUT_ZONE));
for (const [host] of zone.matchAll(/i-[0-9a-f]{17}/g)) {
  const enter = (phase) =>
    appendFileSync(env.INPUT_TIMELINE, JSON.stringify({ at: new Date().toISOString(), host, phase }) + '\\n');
  enter('installing');
  await fetch(env.AWS_ENDPOINT_URL + '/' + host + '/' + env.INPUT_VERSION);
  enter('serving');
}
`;

let folder = '';
const cleanups: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearse-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'fleet.yml'), FLEET);
  await mkdir(join(folder, 'releases'));
  for (const version of ['1.0.0', '1.1.0'])
    await writeFile(join(folder, 'releases', `${version}.tar.gz`), '');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  range: FakeRange,
  options: Partial<RehearsalOptions> = {},
  world: Partial<RehearsalWorld> = {},
  bundle = BUNDLE,
) {
  await writeFile(join(folder, 'bundle.mjs'), bundle);
  return rehearse(
    {
      ...{
        fleetFile: join(folder, 'fleet.yml'),
        bundle: () => join(folder, 'bundle.mjs'),
        seed: 3,
        faults: [],
      },
      ...{ leastRequests: 200, aftermath: 300, patience: { interrupt: 500, terminate: 500 } },
      ...options,
    },
    {
      ...{ loadFleet, withPolicy, renderFleet, forkRange: range.fork, environment: {}, progress: () => {} },
      approve: async () => true,
      signal: new AbortController().signal,
      ...world,
    },
  );
}

describe('a rehearsal', () => {
  test('promotes zone after zone, measures, and leaves nothing behind', async () => {
    const range = fakeRange(cleanups);
    const events: ProgressEvent[] = [];
    const verdict = await start(range, {}, { progress: (event) => events.push(event) });
    expect(verdict.problems).toEqual([]);
    expect(verdict).toMatchObject({
      good: true,
      seed: 3,
      from: '1.0.0',
      to: '1.1.0',
      traffic: { failed: 0 },
    });
    expect(verdict.traffic.total).toBeGreaterThanOrEqual(200);
    expect(verdict.stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['us-east-1a', 'done'],
      ['us-east-1b', 'done'],
    ]);
    expect(verdict.groups[0]?.hosts[0]).toMatchObject({
      version: '1.1.0',
      phases: [{ phase: 'installing' }, { phase: 'serving' }],
    });
    expect(events.filter(({ kind }) => kind === 'host')).toHaveLength(6);
    expect(range.stopped()).toBe(true);
    await expect(access(dirname(range.forked[0]?.folder ?? ''))).rejects.toThrow('ENOENT');
    // The rehearsal's own policy reaches the range and the action.
    expect(range.forked[0]?.fleet.policy.drain.propagation).toBe(7_000);
  });

  test('sees a failure and says what was being done', async () => {
    const range = fakeRange(cleanups);
    let failures = 0;
    range.trouble = (_, response) => {
      if (failures === 1 || response.getHeader('x-version') !== '1.1.0') return false;
      failures += 1;
      response.writeHead(502).end();
      return true;
    };
    const verdict = await start(range);
    expect(verdict).toMatchObject({ good: false, outcome: { kind: 'promoted' }, traffic: { failed: 1 } });
    expect(verdict.failures[0]).toMatchObject({ reason: 'status', detail: 'status 502', version: '1.1.0' });
  });

  test('stops at the zone whose action fails, with its message, and leaves later zones alone', async () => {
    const bundle = `console.log('::error::floor of us-east-1a:%0A2 healthy, floor is 3'); process.exitCode = 1;`;
    const verdict = await start(fakeRange(cleanups), {}, {}, bundle);
    expect(verdict.outcome).toEqual({
      kind: 'stopped',
      where: 'us-east-1a',
      why: 'floor of us-east-1a:\n2 healthy, floor is 3',
    });
    expect(verdict.stages.map(({ state }) => state)).toEqual(['failed', 'untouched']);
    expect(verdict.groups.flatMap(({ hosts }) => hosts.map(({ version }) => version))).toEqual([
      '1.0.0',
      '1.0.0',
      '1.0.0',
    ]);
    expect(verdict.problems).toHaveLength(1);
  });

  test('tells how an action ended that gave no reason', async () => {
    const verdict = await start(
      fakeRange(cleanups),
      {},
      {},
      "console.log('last words'); process.exitCode = 9;",
    );
    expect(verdict.outcome).toMatchObject({ why: expect.stringMatching(/exit code 9 .* last words/) });
  });

  test('stops where a person refuses', async () => {
    const asked: string[] = [];
    const approve: RehearsalWorld['approve'] = async ({ environment }) => {
      asked.push(environment ?? '');
      return environment !== 'shop-b';
    };
    const verdict = await start(fakeRange(cleanups), {}, { approve });
    expect(asked).toEqual(['shop-a', 'shop-b']);
    expect(verdict.outcome).toMatchObject({
      where: 'us-east-1b',
      why: expect.stringContaining('shop-b was refused'),
    });
    expect(verdict.stages.map(({ state }) => state)).toEqual(['done', 'refused']);
    expect(verdict.good).toBe(false);
  });

  test('that is interrupted stops the action and still gives a verdict', async () => {
    const controller = new AbortController();
    const range = fakeRange(cleanups);
    const progress: RehearsalWorld['progress'] = (event) => {
      if (event.kind === 'line' && event.line === 'ready') controller.abort(new Error('Stopped by Ctrl-C.'));
    };
    const bundle = `process.on('SIGINT', () => process.exit(1)); setInterval(() => {}, 1000); console.log('ready');`;
    const verdict = await start(range, {}, { progress, signal: controller.signal }, bundle);
    expect(verdict.outcome).toEqual({ kind: 'stopped', where: 'us-east-1a', why: 'Stopped by Ctrl-C.' });
    expect(range.stopped()).toBe(true);
  });
});

describe('before anything starts', () => {
  test.each<[string, Partial<RehearsalOptions>, Partial<RehearsalWorld>, RegExp]>([
    [
      'a switch that passes by the range',
      {},
      { environment: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' } },
      /unset AWS_IGNORE/,
    ],
    [
      'an action that was not built',
      { bundle: () => '/nowhere/index.js' },
      {},
      /bundle .* is missing\. Build it/,
    ],
    ['a release that is not there', { to: '2.0.0' }, {}, /Release 2\.0\.0 .* holds 1\.0\.0, 1\.1\.0\./],
    ['a fleet file that is not there', { fleetFile: '/nowhere/fleet.yml' }, {}, /no such file/],
  ])('%s is refused', async (_, options, world, message) => {
    const range = fakeRange(cleanups);
    await expect(start(range, options, world)).rejects.toThrow(message);
    expect(range.forked).toEqual([]);
  });

  test('a fleet without a range is refused', async () => {
    await writeFile(join(folder, 'fleet.yml'), FLEET.slice(0, FLEET.indexOf('range:')));
    await expect(start(fakeRange(cleanups))).rejects.toThrow('has no `range`');
  });
});

describe('faults', () => {
  test.each([
    ['stale-process', [{ kind: 'stale-process', host: 'i-0000000000000000b' }]],
    ['skip-identity', [{ kind: 'stale-process', host: 'i-0000000000000000b' }]],
    ['dead-agent', [{ kind: 'dead-agent', host: 'i-0000000000000000b' }]],
    ['sick-host', [{ kind: 'sick', host: 'i-0000000000000000b' }]],
    ['skip-quiet', []],
  ])('%s reaches the range', async (name, faults) => {
    const range = fakeRange(cleanups);
    const verdict = await start(
      range,
      { faults: faultsNamed([name]), aftermath: 0 },
      { approve: async () => false },
    );
    expect(range.forked[0]?.faults).toEqual(faults);
    expect(verdict.faults).toEqual([name]);
  });

  test('skip-quiet turns the proof off, skip-identity the question', async () => {
    const range = fakeRange(cleanups);
    await start(
      range,
      { faults: faultsNamed(['skip-identity', 'skip-quiet']), aftermath: 0 },
      { approve: async () => false },
    );
    expect(range.forked[0]?.fleet.policy.drain).toMatchObject({ policy: 'fixed', propagation: 0 });
    expect(range.forked[0]?.fleet.hosts).not.toHaveProperty('identity');
  });
});
