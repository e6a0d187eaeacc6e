import { describe, expect, test } from '@jest/globals';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { digestOf } from '../fake-host.ts';
import { makeFleet } from '../zone.ts';
import { install, refusalOf, setAdmission } from './stage.ts';

const HOUR = 3_600_000;

describe('an approval of one plan does not let another one through', () => {
  test('hosts were added', async () => {
    const stage = setAdmission();
    const plan = await stage.plan();
    stage.approve('a');
    const [first, ...rest] = stage.fleet.zones;
    if (first === undefined) throw new Error('the fleet has a zone');
    const fleet = { ...stage.fleet, zones: [{ ...first, hosts: [...first.hosts, 'i-b1'] }, ...rest] };
    const request = stage.request('a', { plan, fleet, zone: fleet.zones[0] ?? first });
    expect(await refusalOf(stage, request)).toContain(
      'hosts: approved was i-a1, i-a2, now it is i-a1, i-a2, i-b1',
    );
  });

  test('the floor was changed', async () => {
    const stage = setAdmission();
    const plan = await stage.plan();
    stage.approve('a');
    const fleet = makeFleet({ minHealthy: { kind: 'percent', value: 25 } });
    expect(await refusalOf(stage, stage.request('a', { plan, fleet }))).toMatch(
      /floor: approved was .*50%.* now it is .*25%/,
    );
  });

  test('the ledger knows the release by another ordinal', async () => {
    const stage = setAdmission();
    const plan = await stage.plan({ ordinal: 9 });
    stage.approve('a');
    stage.ledger.set('us-east-1b', 'rolled-back');
    const request = stage.request('a', { plan, ordinal: 9 });
    expect(await refusalOf(stage, request)).toMatch(
      /plan has ordinal 9 for 1\.1\.0, and the ledger knows .* by 7/,
    );
  });

  test('a host was replaced by one with a release that nobody planned', async () => {
    const stage = setAdmission();
    const plan = await stage.plan();
    stage.approve('a');
    install(stage.world, ['i-a2'], { version: '0.9.0', sha256: digestOf('0.9.0'), ordinal: 1 });
    expect(await refusalOf(stage, stage.request('a', { plan }))).toMatch(
      /i-a2 runs 0\.9\.0 .* the plan knows 1\.0\.0/,
    );
  });

  test('and everything that is wrong is said at once', async () => {
    const fleet = makeFleet({ deploymentTimeout: HOUR });
    const stage = setAdmission(fleet);
    const plan = await stage.plan({ planned: new Date(stage.world.now() - 2 * HOUR).toISOString() });
    install(stage.world, ['i-b2'], { version: '0.9.0', sha256: digestOf('0.9.0'), ordinal: 1 });
    const message = await refusalOf(stage, stage.request('b', { plan }));
    for (const part of [
      'nobody approved',
      'policy.deployment-timeout',
      'i-b2 runs 0.9.0',
      'i-a1 of us-east-1a',
      'i-a2 of',
    ]) {
      expect(message).toContain(part);
    }
  });
});

describe('what GitHub does not show is not assumed', () => {
  test('without an approval', async () => {
    const stage = setAdmission();
    expect(await refusalOf(stage, stage.request('a'))).toMatch(
      /nobody approved environment storefront-us-east-1a/,
    );
  });

  test('an approval that is too old', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.github.passed.set('storefront-us-east-1a', new Date(stage.world.now() - 25 * HOUR).toISOString());
    expect(await refusalOf(stage, stage.request('a'))).toContain('policy.approval-max-age');
  });

  test.each(['environment', 'reviews', 'letThrough'])('the API does not answer for %s', async (what) => {
    const stage = setAdmission();
    stage.approve('a');
    stage.github.before = (asked) => {
      if (asked === what) throw new PlatformError('GitHub answered 503');
    };
    expect(await refusalOf(stage, stage.request('a'))).toContain('GitHub answered 503');
  });

  test('a missing environment, also with allow-unprotected', async () => {
    const stage = setAdmission();
    stage.github.environments.clear();
    const request = stage.request('a', { allowUnprotected: true });
    expect(await refusalOf(stage, request)).toMatch(/environment storefront-us-east-1a .* does not exist/);
  });

  test('no reviewers: only with allow-unprotected, which warns', async () => {
    const stage = setAdmission();
    const open = stage.github.environments.get('storefront-us-east-1a');
    if (open === undefined) throw new Error('there is no environment');
    stage.github.environments.set(open.name, { ...open, reviewers: [] });
    expect(await refusalOf(stage, stage.request('a'))).toMatch(/no required reviewers/);
    const { admission } = await deployAdmitted(stage.ports, stage.request('a', { allowUnprotected: true }));
    expect(admission.warnings).toEqual([expect.stringContaining('NOBODY HAS TO APPROVE us-east-1a')]);
    expect(stage.world.log).toContainEqual(expect.stringMatching(/^warning: NOBODY HAS TO APPROVE/));
    expect(stage.ledger.zone('us-east-1a')).not.toHaveProperty('approvedBy');
  });

  test('no token: only with allow-unprotected', async () => {
    const stage = setAdmission();
    const { github: _, ...ports } = stage.ports;
    const error = await deployAdmitted(ports, stage.request('a')).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/there is no token/);
    expect(stage.world.changes()).toEqual([]);
    const { report } = await deployAdmitted(ports, stage.request('a', { allowUnprotected: true }));
    expect(report.state).toBe('deployed');
  });

  test('a job that is ahead of what GitHub shows waits for it, for a minute', async () => {
    const stage = setAdmission();
    stage.approve('a');
    const at = stage.github.passed.get('storefront-us-east-1a') ?? '';
    stage.github.passed.clear();
    let asked = 0;
    stage.github.before = (what) => {
      if (what === 'letThrough') asked += 1;
      if (asked === 4) stage.github.passed.set('storefront-us-east-1a', at);
    };
    expect((await deployAdmitted(stage.ports, stage.request('a'))).report.state).toBe('deployed');
    expect(asked).toBe(4);
  });

  test('and is refused when the minute is over', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.github.passed.clear();
    const began = stage.world.now();
    expect(await refusalOf(stage, stage.request('a'))).toMatch(
      /age of its approval is not known.*`deployments: read`/,
    );
    expect(stage.world.now() - began).toBeGreaterThanOrEqual(60_000);
    expect(stage.world.now() - began).toBeLessThan(70_000);
  });
});
