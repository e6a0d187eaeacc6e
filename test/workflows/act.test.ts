import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { startGitHub } from '../../src/range/github/github.ts';
import { startTestRange } from '../e2e/test-range.ts';
import { actIsHere, inputsOf, plantDeployment, plantFlip, runAct } from './act-repository.ts';

/**
 * The wiring of the workflows, by nektos/act on this machine: the jobs that run, what every step is given, and where its
 * outputs go. act knows no environments, no concurrency and no permissions, and ends at the first job that fails whatever the
 * conditions of the others are, so of these nothing is shown here; test/workflow/caller.test.ts asks the conditions.
 */
const FLEET = readFileSync(resolve(import.meta.dirname, '../e2e/fleet.yml'), 'utf8');
const ZONES = ['us-east-1a', 'us-east-1b'];
const DISPATCH = { version: '1.1.0', sha256: '', 'start-at': 'us-east-1a', 'roll-back': 'false' };
const PLAN = '{"zones":[{"zone":"us-east-1a"}],"note":"a b"}';
const DIGEST = '5'.repeat(64);
const PLANNED = { zones: JSON.stringify(ZONES), plan: PLAN, sha256: DIGEST };
const DEPLOYED = { state: 'deployed' };

const here = actIsHere();
if (!here)
  console.error('act 0.2.87 is not on the PATH: the wiring of the workflows was NOT tested. See .ci/run.');
const withAct = here ? test : test.skip;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'act-'));
});

afterEach(() => rmSync(folder, { recursive: true, maxRetries: 3 }));

test('act is here wherever changes are judged', () => {
  expect(here || process.env['CI'] !== 'true').toBe(true);
});

describe('with stand-ins for the actions', () => {
  interface Deployment {
    readonly inputs?: Readonly<Record<string, string>>;
    readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }

  async function deploy({ inputs, outputs }: Deployment) {
    const repository = join(folder, 'repository');
    plantDeployment(repository, FLEET, 'stand-ins');
    const run = await runAct(repository, {
      inputs: { ...DISPATCH, ...inputs },
      environment: { WIRING_OUTPUTS: JSON.stringify(outputs) },
      secrets: { GITHUB_TOKEN: 'the-token', DEPLOY_WEBHOOK: 'https://example.com/hook' },
    });
    const told = run.calls.find(({ action }) => action === 'told')?.inputs;
    const calls = run.calls.filter(({ action }) => action !== 'told');
    const steps = calls.map(({ action, inputs: { zone } }) =>
      zone === undefined ? action : `${action} ${zone}`,
    );
    return { ...run, calls, steps, told };
  }

  withAct(
    'every step gets what the workflows say, zone after zone',
    async () => {
      const { exitCode, calls, steps, told, log } = await deploy({
        outputs: { 'plan-zones': PLANNED, 'deploy-zone': DEPLOYED, 'promote-zone': { state: 'promoted' } },
      });
      if (exitCode !== 0) throw new Error(log);
      expect(steps).toEqual([
        ...['credentials', 'plan-zones'],
        ...ZONES.flatMap((zone) => [
          'credentials',
          `deploy-zone ${zone}`,
          'credentials',
          `promote-zone ${zone}`,
        ]),
      ]);
      expect(told).toEqual({ state: 'promoted', promoted: 'true' });
      const common = { fleet: '.github/fleet.yml', version: '1.1.0', token: 'the-token' };
      const given = (name: string) => calls.find(({ action }) => action === name)?.inputs;
      expect(given('plan-zones')).toMatchObject({
        ...common,
        'start-at': 'us-east-1a',
        'roll-back': 'false',
      });
      const zone = {
        ...common,
        zone: 'us-east-1a',
        sha256: DIGEST,
        plan: PLAN,
        webhook: 'https://example.com/hook',
      };
      expect(given('deploy-zone')).toMatchObject({ ...zone, 'allow-unprotected': 'false' });
      expect(given('promote-zone')).toMatchObject(zone);
      expect(calls[0]?.inputs).toMatchObject({ 'role-to-assume': 'arn:plan', 'aws-region': 'us-east-1' });
      const role = {
        'role-to-assume': 'arn:deploy',
        'role-duration-seconds': '3600',
        'aws-region': 'us-east-1',
      };
      expect(calls[2]?.inputs).toMatchObject(role);
      expect(calls[4]?.inputs).toMatchObject(role);
    },
    120_000,
  );

  withAct(
    'a zone that is stopped is not promoted',
    async () => {
      const { exitCode, steps } = await deploy({
        outputs: { 'plan-zones': PLANNED, 'deploy-zone': { state: 'stopped' } },
      });
      expect(exitCode).toBe(1);
      expect(steps.slice(2)).toEqual(['credentials', 'deploy-zone us-east-1a']);
    },
    120_000,
  );

  withAct(
    'a deployment that starts at the second zone passes the first one over',
    async () => {
      const { exitCode, steps, told, log } = await deploy({
        inputs: { 'start-at': 'us-east-1b' },
        outputs: {
          'plan-zones': { ...PLANNED, zones: '["us-east-1b"]' },
          'deploy-zone': DEPLOYED,
          'promote-zone': { state: 'promoted' },
        },
      });
      if (exitCode !== 0) throw new Error(log);
      expect(told).toEqual({ state: '', promoted: '' });
      expect(steps.slice(2)).toEqual([
        ...['credentials', 'deploy-zone us-east-1b', 'credentials', 'promote-zone us-east-1b'],
      ]);
    },
    120_000,
  );

  test('the steps give no input that their action has not', () => {
    const { jobs } = parse(readFileSync(resolve('.github/workflows/zone.yml'), 'utf8'));
    const steps: readonly { readonly uses: string; readonly with: object }[] = jobs.zone.steps;
    const own = steps.filter(({ uses }) => uses.startsWith('$/actions/'));
    expect(own).toHaveLength(2);
    for (const { uses, with: given } of own) {
      expect(inputsOf(uses.replace('$/actions/', ''))).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });
});

describe('a big flip, with stand-ins for the actions', () => {
  const GIVEN = {
    ...{
      version: '1.1.0',
      artifact: 's3://releases/1.1.0.tar.gz',
      sha256: DIGEST,
      directory: '/srv/storefront',
    },
    ...{ 'idle-hosts': 'i-1', 'old-hosts': 'i-2', port: '8080', unit: 'storefront.service' },
    ...{ 'identity-url': 'http://{address}:{port}/version', checks: 'checks.yml', from: 'blue', to: 'green' },
    ...{ 'prepare-environment': 'idle', 'flip-environment': 'flip', 'retire-environment': 'old' },
    ...{ role: 'arn:flip', region: 'us-east-1' },
  };
  const NAME = {
    kind: 'cname',
    'zone-id': 'Z1',
    record: 'www.example.com',
    through: 'https://www.example.com',
  };

  async function flip(inputs: Readonly<Record<string, string>>, outputs: object) {
    const repository = join(folder, 'repository');
    const programs = join(folder, 'bin');
    mkdirSync(programs);
    // GitHub says of every environment that one person may approve.
    writeFileSync(join(programs, 'gh'), '#!/bin/sh\necho 1\n', { mode: 0o755 });
    plantFlip(repository, { ...GIVEN, ...inputs });
    const run = await runAct(repository, {
      environment: { WIRING_OUTPUTS: JSON.stringify(outputs) },
      secrets: { GITHUB_TOKEN: 'the-token' },
      programs,
    });
    return { ...run, calls: run.calls.filter(({ action }) => action !== 'credentials') };
  }

  const upgrade = {
    version: '1.1.0',
    artifact: GIVEN.artifact,
    sha256: DIGEST,
    port: '8080',
    unit: GIVEN.unit,
  };
  const IDLE = { 'old-idle-at': '2026-01-02T03:04:05.678Z' };

  withAct(
    'moves the pools and brings the old side to the release',
    async () => {
      const { exitCode, calls, log } = await flip({ listener: 'arn:listener' }, { 'pool-flip': IDLE });
      if (exitCode !== 0) throw new Error(log);
      const proof = {
        'expect-version': '1.1.0',
        'expect-sha256': DIGEST,
        'identity-url': GIVEN['identity-url'],
      };
      const shares = { steps: '10%, 50%, 100%', bake: '5m', checks: 'checks.yml', gates: 'checks.yml' };
      expect(calls).toMatchObject([
        { action: 'upgrade-host', inputs: { ...upgrade, hosts: 'i-1' } },
        { action: 'smoke-test', inputs: { ...proof, hosts: 'i-1', checks: 'checks.yml' } },
        {
          action: 'pool-flip',
          inputs: { ...proof, ...shares, listener: 'arn:listener', from: 'blue', to: 'green' },
        },
        { action: 'upgrade-host', inputs: { ...upgrade, hosts: 'i-2' } },
      ]);
    },
    120_000,
  );

  withAct(
    'moves the name, watches it, and leaves the old side when it is told to',
    async () => {
      const { exitCode, calls, log } = await flip({ ...NAME, retire: 'leave' }, {});
      if (exitCode !== 0) throw new Error(log);
      expect(calls.slice(2)).toMatchObject([
        { action: 'cname-flip', inputs: { 'zone-id': 'Z1', record: NAME.record, from: 'blue', to: 'green' } },
        {
          action: 'smoke-test',
          inputs: { through: NAME.through, from: 'runner', attempts: '30', consecutive: '30' },
        },
      ]);
      expect(calls).toHaveLength(4);
    },
    120_000,
  );

  withAct(
    'swaps the name back when it does not stand the watch, and then touches no old host',
    async () => {
      const bad = { 'smoke-test runner': { state: 'stopped' } };
      const moved = { 'cname-flip blue': { changed: 'true', 'safe-to-stop-at': IDLE['old-idle-at'] } };
      const { exitCode, calls } = await flip(NAME, { ...moved, ...bad });
      expect(exitCode).toBe(1);
      expect(calls.slice(2)).toMatchObject([
        { action: 'cname-flip', inputs: { from: 'blue', to: 'green' } },
        { action: 'smoke-test' },
        { action: 'cname-flip', inputs: { from: 'green', to: 'blue', verify: 'false' } },
      ]);
      expect(calls).toHaveLength(5);
    },
    120_000,
  );
});

withAct(
  'the bundles deploy and promote both zones of a range',
  async () => {
    const range = await startTestRange();
    await using started = new AsyncDisposableStack();
    started.defer(() => range.stop());
    const repository = join(folder, 'repository');
    const sha = plantDeployment(repository, quick(range.fleet), 'real');
    const environments = ZONES.map((zone) => `storefront-${zone}`);
    const github = await startGitHub({
      environments: environments.map((name) => ({ name, reviewers: ['octocat'] })),
      workflow: '.github/workflows/caller.yml',
      sha,
    });
    started.defer(() => github.stop());
    // act has no gate, so the buttons are pressed before.
    for (const environment of environments) {
      github.arrive(environment);
      github.review(environment, 'approved');
    }
    const { exitCode, log, calls } = await runAct(repository, {
      inputs: DISPATCH,
      environment: { ...range.range.environment, ...github.environment },
      secrets: { GITHUB_TOKEN: github.token },
    });
    if (exitCode !== 0) throw new Error(log);
    expect(calls.map(({ action }) => action)).toEqual(Array.from({ length: 5 }, () => 'credentials'));
    const hosts = await range.range.hosts();
    expect(hosts.map(({ release }) => release)).toEqual(['1.1.0', '1.1.0', '1.1.0', '1.1.0']);
    expect(Object.values(await range.targets())).toEqual(['healthy', 'healthy', 'healthy', 'healthy']);
  },
  240_000,
);

/** The same fleet with a bake of a moment. */
function quick(fleet: string): string {
  const document = parse(fleet);
  const bake = { wait: '0s', stable: '1s', 'first-zone': '1s', every: '200ms' };
  return stringify({ ...document, policy: { ...document.policy, bake } });
}
