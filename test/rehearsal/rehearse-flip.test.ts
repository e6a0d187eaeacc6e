import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadFleet, renderFleet, withPolicy } from '../../src/fleet/load.ts';
import { startGitHub } from '../../src/range/github/github.ts';
import { faultsNamed } from '../../src/rehearsal/faults.ts';
import type { ProgressEvent } from '../../src/rehearsal/progress.ts';
import { type RehearsalOptions, type RehearsalWorld, rehearse } from '../../src/rehearsal/rehearse.ts';
import type { ActionName } from '../../src/rehearsal/stages.ts';
import { fakeRange } from './fake-range.ts';

const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup';
const FLEET = `
service: shop
release: { artifact: "s3://shop-releases/{version}.tar.gz" }
ledger: s3://shop-releases/ledger.json
hosts:
  directory: /srv/shop
  identity: { url: "http://{address}:{port}/version" }
zones:
  - zone: us-east-1a
    environment: shop-a
    hosts: [i-0000000000000000a, i-0000000000000000b]
    pools: [{ target-group: "${GROUP}/blue/6d0ecf831eec9f09" }]
range:
  from: 1.0.0
  to: 1.1.0
  second-pool:
    target-group: ${GROUP}/green/2a5c8d3eaf917b46
    hosts: { us-east-1a: [i-0000000000000000c, i-0000000000000000d] }
`;

/** Stand in for the actions. */
const BUNDLES: Readonly<Partial<Record<ActionName, string>>> = {
  'upgrade-host': `
import { appendFileSync } from 'node:fs';
const env = process.env;
for (const host of env.INPUT_HOSTS.split('\\n').map((each) => each.split(':')[0])) {
  appendFileSync(env.INPUT_TIMELINE, JSON.stringify({ at: new Date().toISOString(), host, phase: 'installing' }) + '\\n');
  await fetch(env.AWS_ENDPOINT_URL + '/' + host + '/' + env.INPUT_VERSION);
}`,
  'smoke-test': `console.log('fine');`,
  'pool-flip': `await fetch(process.env.AWS_ENDPOINT_URL + '/share/100');`,
};

let folder = '';
const cleanups: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearse-flip-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'fleet.yml'), FLEET);
  await mkdir(join(folder, 'releases'));
  for (const version of ['1.0.0', '1.1.0', '1.1.1-broken']) {
    await writeFile(join(folder, 'releases', `${version}.tar.gz`), '');
  }
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  bundles: typeof BUNDLES = BUNDLES,
  world: Partial<RehearsalWorld> = {},
  options: Partial<RehearsalOptions> = {},
) {
  for (const [action, text] of Object.entries(bundles)) {
    await writeFile(join(folder, `${action}.mjs`), text);
  }
  const range = fakeRange(cleanups);
  return rehearse(
    {
      ...{ fleetFile: join(folder, 'fleet.yml'), seed: 3, faults: [] },
      bundle: (action) => join(folder, `${action}.mjs`),
      ...{ leastRequests: 100, aftermath: 300, patience: { interrupt: 500, terminate: 500 } },
      ...options,
    },
    {
      ...{
        loadFleet,
        withPolicy,
        renderFleet,
        forkRange: range.fork,
        startGitHub,
        environment: {},
        progress: () => {},
      },
      approve: async () => true,
      signal: new AbortController().signal,
      ...world,
    },
  );
}

test('a big flip leaves the first pool as it was, and all traffic on the second', async () => {
  const asked: string[] = [];
  const events: ProgressEvent[] = [];
  const verdict = await start(BUNDLES, {
    approve: async ({ question }) => {
      asked.push(question);
      return true;
    },
    progress: (event) => events.push(event),
  });
  expect(verdict.problems).toEqual([]);
  expect(asked).toEqual(['Approve moving all traffic from blue to green?']);
  expect(verdict.stages.map(({ stage, state }) => [stage, state])).toEqual([
    ['second pool', 'done'],
    ['pool flip', 'done'],
  ]);
  const versions = verdict.groups.map(({ group, hosts }) => [group, ...hosts.map(({ version }) => version)]);
  expect(versions).toEqual([
    ['blue', '1.0.0', '1.0.0'],
    ['green', '1.1.0', '1.1.0'],
  ]);
  expect(events).toContainEqual(expect.objectContaining({ kind: 'course', sharesBy: 'pool' }));
});

describe('it is not good when', () => {
  test('the flip says that it is done, and half of the traffic is where it was', async () => {
    const half = `await fetch(process.env.AWS_ENDPOINT_URL + '/share/50');`;
    const verdict = await start({ ...BUNDLES, 'pool-flip': half });
    expect(verdict.outcome).toEqual({ kind: 'promoted' });
    expect(verdict.problems.join('\n')).toMatch(/i-0000000000000000a \(blue\) still served \d+ requests/);
  });

  test('a host of the second pool does not get the release', async () => {
    const verdict = await start({ ...BUNDLES, 'upgrade-host': '' });
    expect(verdict.problems.join('\n')).toContain('i-0000000000000000c (green) runs 1.0.0 instead of 1.1.0.');
  });

  test('the second pool does not prove itself: nobody is asked, and nothing is flipped', async () => {
    const failing = `console.log('::error::home answered 500'); process.exitCode = 1;`;
    const approve = () => Promise.reject(new Error('somebody was asked'));
    const verdict = await start({ ...BUNDLES, 'smoke-test': failing }, { approve });
    expect(verdict.outcome).toMatchObject({ where: 'second pool', why: 'home answered 500' });
    expect(verdict.stages.map(({ state }) => state)).toEqual(['failed', 'untouched']);
    expect(verdict.groups[1]).toMatchObject({ group: 'green', requests: 0 });
  });

  test('a person refuses the flip', async () => {
    const verdict = await start(BUNDLES, { approve: async () => false });
    expect(verdict.outcome).toMatchObject({ where: 'pool flip', why: 'approval of pool flip was refused.' });
    expect(verdict.problems).toHaveLength(1);
  });

  test('the new side is broken, and users saw it until they were brought back', async () => {
    const back = `
const share = (percent) => fetch(process.env.AWS_ENDPOINT_URL + '/share/' + percent);
await share(50);
await new Promise((resolve) => setTimeout(resolve, 300));
await share(0);
console.log('::error::home answered 500');
process.exitCode = 1;`;
    const faults = faultsNamed(['new-side-broken']);
    const verdict = await start({ ...BUNDLES, 'pool-flip': back }, {}, { faults, aftermath: 1_500 });
    expect(verdict).toMatchObject({ to: '1.1.1-broken', outcome: { where: 'pool flip' } });
    expect(verdict.problems[1]).toMatch(/^Users saw green: [1-9]\d* requests .* of which 0 failed\.$/);
    expect(verdict.problems).toHaveLength(2);
  });
});

test('before anything starts, a missing bundle of any stage is named', async () => {
  const starting = start(BUNDLES, {}, { bundle: (action) => join(folder, `${action}.nowhere`) });
  await expect(starting).rejects.toThrow('upgrade-host.nowhere is missing');
});

test('before anything starts, a fault that makes no sense is refused', async () => {
  const faults = faultsNamed(['stuck-name-server']);
  await expect(start(BUNDLES, {}, { faults })).rejects.toThrow('no name is changed');
});
