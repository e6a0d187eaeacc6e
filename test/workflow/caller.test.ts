import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseFleet } from '../../src/fleet/load.ts';
import { HOSTED, writeCaller } from '../../src/workflow/caller.ts';
import { parseSuite, pinsIn, type Suite } from '../../src/workflow/pins.ts';
import { course, type Result } from './job-conditions.ts';

const STOREFRONT = readFileSync(resolve('examples/storefront/fleet.yml'), 'utf8');
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c', 'eu-west-1a', 'eu-west-1b'];
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const REMOTE: Suite = parseSuite(`zonewise/zonewise@${COMMIT} # v1.2.3`);

interface Changes {
  readonly fleet?: (text: string) => string;
  readonly suite?: Suite;
  readonly runsOn?: string;
  readonly allowUnprotected?: boolean;
  readonly before?: string;
}

function write({ fleet = (text) => text, before = '', ...changes }: Changes = {}): string {
  return writeCaller({
    fleet: parseFleet(fleet(STOREFRONT), 'fleet.yml'),
    fleetPath: 'deploy/fleet.yml',
    suite: REMOTE,
    pins: pinsIn(before),
    runsOn: HOSTED,
    allowUnprotected: false,
    ...changes,
  });
}

describe('the workflow of a fleet', () => {
  const workflow = parse(write());

  test('asks for the release and where to begin', () => {
    const { inputs } = workflow.on.workflow_dispatch;
    expect(Object.keys(inputs)).toEqual(['version', 'sha256', 'start-at', 'roll-back']);
    expect(inputs['start-at']).toMatchObject({ type: 'choice', options: ZONES, default: 'us-east-1a' });
    expect(inputs['roll-back']).toMatchObject({ type: 'boolean', default: false });
  });

  test('grants nothing as a whole, and drops and cancels no run', () => {
    expect(workflow.permissions).toEqual({});
    expect(workflow.concurrency).toEqual({
      group: 'deploy-storefront',
      'cancel-in-progress': false,
      queue: 'max',
    });
  });

  test('plans without an environment, with the role that only reads', () => {
    const { plan } = workflow.jobs;
    expect(plan).not.toHaveProperty('environment');
    expect(plan.permissions).toEqual({ contents: 'read', actions: 'read', 'id-token': 'write' });
    const [, credentials, planning] = plan.steps;
    expect(credentials.with).toEqual({
      'role-to-assume': `$\{{ vars.PLAN_ROLE }}`,
      'aws-region': 'us-east-1',
    });
    expect(planning.uses).toBe(`zonewise/zonewise/actions/plan-zones@${COMMIT}`);
    expect(planning.with.fleet).toBe('deploy/fleet.yml');
  });

  test('has one job for each zone, in order, each after the one before', () => {
    expect(Object.keys(workflow.jobs)).toEqual(['plan', ...ZONES]);
    for (const [index, zone] of ZONES.entries()) {
      expect(workflow.jobs[zone].needs).toEqual(['plan', ...ZONES.slice(Math.max(0, index - 1), index)]);
      expect(workflow.jobs[zone]).toMatchObject({
        uses: `zonewise/zonewise/.github/workflows/zone.yml@${COMMIT}`,
        with: {
          ...{
            zone,
            environment: `storefront-${zone}`,
            fleet: 'deploy/fleet.yml',
            region: zone.slice(0, -1),
          },
          'timeout-minutes': 180,
        },
      });
    }
  });

  test('grants issues only where issues are opened', () => {
    const permissions = { contents: 'read', actions: 'read', deployments: 'read', 'id-token': 'write' };
    expect(workflow.jobs['us-east-1a'].permissions).toEqual({ ...permissions, issues: 'write' });
    const without = parse(write({ fleet: (text) => text.replace('issue: true', 'issue: false') }));
    expect(without.jobs['us-east-1a'].permissions).toEqual(permissions);
  });

  test('gives zone.yml only inputs and secrets that it has, and all that it needs', () => {
    const { inputs, secrets } = parse(readFileSync(resolve('.github/workflows/zone.yml'), 'utf8')).on
      .workflow_call;
    const all = parse(write({ runsOn: 'office', allowUnprotected: true })).jobs['us-east-1b'];
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(all.with)));
    const needed = Object.keys(inputs).filter((name) => inputs[name].required === true);
    expect(Object.keys(workflow.jobs['us-east-1b'].with)).toEqual(expect.arrayContaining(needed));
    expect(Object.keys(secrets)).toEqual(Object.keys(all.secrets));
    expect(inputs['runs-on'].default).toBe(HOSTED);
  });

  test('runs where it is told, and deploys unprotected only when it is told', () => {
    const { plan, 'us-east-1a': zone } = parse(write({ runsOn: 'office', allowUnprotected: true })).jobs;
    expect([plan['runs-on'], zone.with['runs-on']]).toEqual(['office', 'office']);
    expect([plan.steps[2].with['allow-unprotected'], zone.with['allow-unprotected']]).toEqual([true, true]);
    expect(write()).not.toContain('allow-unprotected');
  });

  test('keeps the commits of actions that the file before it has', () => {
    const newer = 'f'.repeat(40);
    const before = `uses: actions/checkout@${newer} # v9.0.0`;
    expect(write({ before })).toContain(`- uses: actions/checkout@${newer} # v9.0.0\n`);
    expect(write()).not.toContain(newer);
  });

  test('holds names as they are, whatever they would be in YAML', () => {
    const names = fc
      .string({ minLength: 1, maxLength: 40 })
      .filter((name) => /^[!-~]([ -~]*[!-~])?$/.test(name));
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(!name.includes('${{'));
        const text = write({
          fleet: (fleet) =>
            fleet.replace('environment: storefront-us-east-1a', () => `environment: ${JSON.stringify(name)}`),
        });
        expect(parse(text).jobs['us-east-1a'].with.environment).toBe(name);
      }),
      { numRuns: 40 },
    );
  });

  test('is refused for a name that GitHub would take for an expression', () => {
    const fleet = (text: string) => text.replace('storefront-us-east-1a', () => `"a $\{{ github.token }}"`);
    expect(() => write({ fleet })).toThrow(`"a $\{{ github.token }}" as an expression`);
  });
});

describe('of the zones, in order,', () => {
  const { jobs } = parse(write());
  const run = (ends: Readonly<Record<string, Result>>, startAt = 0, cancelledBefore?: string) =>
    course({
      ...{ jobs, ends },
      outputs: { plan: { zones: JSON.stringify(ZONES.slice(startAt)) } },
      ...(cancelledBefore === undefined ? {} : { cancelledBefore }),
    });
  const ran = (results: Readonly<Record<string, Result>>) =>
    ZONES.filter((zone) => results[zone] !== 'skipped');

  test('all are deployed when all is well', () => {
    expect(ran(run({}))).toEqual(ZONES);
  });

  test('none is after a plan that failed', () => {
    expect(ran(run({ plan: 'failure' }))).toEqual([]);
    expect(ran(run({ plan: 'cancelled' }, 0, 'us-east-1a'))).toEqual([]);
  });

  test.each(ZONES.map((_, index) => index))(
    'those before zone %i are passed over when it is the first',
    (startAt) => {
      expect(ran(run({}, startAt))).toEqual(ZONES.slice(startAt));
    },
  );

  test('none is after one that failed, was cancelled or did not get its turn', () => {
    fc.assert(
      fc.property(
        fc.nat(ZONES.length - 1),
        fc.nat(ZONES.length - 1),
        fc.constantFrom<Result>('failure', 'cancelled', 'skipped'),
        (startAt, at, result) => {
          fc.pre(at >= startAt);
          const results = run({ [ZONES[at] ?? '']: result }, startAt);
          expect(ZONES.filter((zone) => results[zone] === 'success')).toEqual(ZONES.slice(startAt, at));
        },
      ),
    );
  });

  test('none begins once somebody cancels the run', () => {
    expect(ran(run({}, 0, 'us-east-1c'))).toEqual(['us-east-1a', 'us-east-1b']);
  });

  describe('with other conditions', () => {
    const other = (condition: string, ends: Readonly<Record<string, Result>>, startAt = 0) =>
      course({
        jobs: Object.fromEntries(
          Object.entries(jobs).map(([name, job]) => [name, { ...Object(job), if: condition }]),
        ),
        ends,
        outputs: { plan: { zones: JSON.stringify(ZONES.slice(startAt)) } },
      });

    test('that do not ask for the status, none would be after one that is passed over', () => {
      expect(ran(other('true', {}))).toEqual(ZONES);
      expect(ran(other('true', { 'us-east-1a': 'skipped' }))).toEqual([]);
    });

    test('that ask for nothing else, all would be after one that failed', () => {
      expect(ran(other('always()', { 'us-east-1a': 'failure' }))).toEqual(ZONES);
    });
  });
});
