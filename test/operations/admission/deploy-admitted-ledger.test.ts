import { describe, expect, test } from '@jest/globals';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { CancelledError, PlatformError } from '../../../src/runner/errors.ts';
import { RUN } from '../world.ts';
import { releases } from '../zone.ts';
import { type AdmissionStage, setAdmission } from './stage.ts';

function approved(): AdmissionStage {
  const stage = setAdmission();
  stage.approve('a');
  return stage;
}

/** The same surroundings under another run's name. */
function asRun(stage: AdmissionStage, run: string): AdmissionStage['ports'] {
  const regions = (region: string) => ({ ...stage.ports.regions(region), run });
  return { ...stage.ports, regions };
}

describe('two runs at the same time', () => {
  test('a newer one that writes between the judgement and the beginning closes the zone to the older one', async () => {
    const stage = approved();
    stage.ledger.beforeWrite = () => {
      stage.ledger.beforeWrite = () => undefined;
      stage.ledger.set('us-east-1a', 'deploying', { runId: 8, run: 'newer' });
    };
    await expect(deployAdmitted(stage.ports, stage.request('a'))).rejects.toThrow(
      /run 7 is older than run 8 \(newer\)/,
    );
    expect(stage.world.changes()).toEqual([]);
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({ runId: 8, state: 'deploying' });
  });

  test('an earlier zone that is begun anew in between closes the later one', async () => {
    const stage = setAdmission();
    stage.approve('a');
    await deployAdmitted(stage.ports, stage.request('a'));
    stage.ledger.set('us-east-1a', 'promoted');
    stage.approve('b');
    const touched = stage.world.changes().length;
    stage.ledger.beforeWrite = () => {
      stage.ledger.beforeWrite = () => undefined;
      stage.ledger.set('us-east-1a', 'deploying');
    };
    await expect(deployAdmitted(stage.ports, stage.request('b'))).rejects.toThrow(
      /us-east-1a.* is deploying/,
    );
    expect(stage.world.changes()).toHaveLength(touched);
  });

  test('the one whose zone was taken over does not say how it ended', async () => {
    const stage = approved();
    stage.world.before = ({ what }) => {
      if (what === 'installer') stage.ledger.set('us-east-1a', 'deploying', { runId: 8, run: 'newer' });
      return undefined;
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.problem?.message).toMatch(
      /was not told that us-east-1a is deployed: .*taken over by newer/s,
    );
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({ run: 'newer', state: 'deploying' });
  });

  test('another attempt of the same run may continue, and the first one says no more', async () => {
    const stage = approved();
    let overtaken = false;
    stage.world.before = ({ what }) => {
      if (what === 'installer' && !overtaken) {
        stage.ledger.set('us-east-1a', 'deploying', { run: `${RUN}/attempts/2` });
        overtaken = true;
      }
      return undefined;
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.problem?.message).toContain('attempts/2');
    stage.world.before = () => undefined;
    const again = await deployAdmitted(asRun(stage, `${RUN}/attempts/2`), stage.request('a'));
    expect(again.report.state).toBe('unchanged');
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({ state: 'deployed', run: `${RUN}/attempts/2` });
  });
});

describe('a deployment that does not succeed', () => {
  test('is `stopped` in the ledger, with what happened, and reported', async () => {
    const stage = approved();
    const request = stage.request('a', { version: '1.1.1-broken' });
    const { report } = await deployAdmitted(stage.ports, request);
    expect(report).toMatchObject({ state: 'stopped', hosts: [{ host: 'i-a1', outcome: 'rolled-back' }, {}] });
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({
      state: 'stopped',
      release: { version: '1.1.1-broken' },
      note: expect.stringContaining('the shelves are empty'),
    });
  });

  test('is `stopped` also when it could not touch anything: the floor does not allow it', async () => {
    const stage = approved();
    stage.world.host('i-a2').sick = true;
    stage.world.host('i-b1').sick = true;
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report).toMatchObject({ state: 'stopped', hosts: [] });
    expect(report.problem?.message).toContain('floor is 2');
    expect(stage.ledger.zone('us-east-1a')?.note).toContain('floor is 2');
    expect(stage.world.changes()).toEqual([]);
  });

  test('is `stopped` also when the step is cancelled, with its hosts back in service', async () => {
    const stage = approved();
    stage.world.before = ({ what }) => {
      if (what === 'deregister') stage.world.cancel();
      return undefined;
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('stopped');
    expect(stage.ledger.zone('us-east-1a')?.state).toBe('stopped');
    expect(stage.world.inService('web')).toHaveLength(4);
  });

  test('keeps its own problem when the ledger cannot be told', async () => {
    const stage = approved();
    stage.ledger.beforeWrite = ({ zones }) => {
      if (zones['us-east-1a']?.state === 'stopped') throw new PlatformError('S3 answered 503');
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a', { version: '1.1.1-broken' }));
    expect(report.problem?.message).toContain('the shelves are empty');
    expect(stage.world.log).toContainEqual(expect.stringMatching(/^warning: The ledger .* S3 answered 503/));
  });
});

describe('a ledger that cannot be written', () => {
  test('at the beginning: nothing is touched', async () => {
    const stage = approved();
    stage.ledger.beforeWrite = () => {
      throw new PlatformError('S3 answered 503');
    };
    await expect(deployAdmitted(stage.ports, stage.request('a'))).rejects.toThrow('S3 answered 503');
    expect(stage.world.changes()).toEqual([]);
  });

  test('at the end: the zone is deployed, the step fails, and run again it only tells the ledger', async () => {
    const stage = approved();
    stage.ledger.beforeWrite = ({ zones }) => {
      if (zones['us-east-1a']?.state === 'deployed') throw new PlatformError('S3 answered 503');
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('deployed');
    expect(report.problem?.message).toMatch(
      /was not told that us-east-1a is deployed: S3 answered 503\nEvery host has proven/,
    );
    stage.ledger.beforeWrite = () => undefined;
    const touched = stage.world.changes().length;
    expect((await deployAdmitted(stage.ports, stage.request('a'))).report).toMatchObject({
      state: 'unchanged',
    });
    expect(stage.world.changes()).toHaveLength(touched);
    expect(stage.ledger.zone('us-east-1a')?.state).toBe('deployed');
  });
});

describe('a dry run', () => {
  test('tells what would be refused, plans all the same, and writes nothing', async () => {
    const stage = setAdmission();
    const { report, admission } = await deployAdmitted(stage.ports, stage.request('b', { dryRun: true }));
    expect(report.state).toBe('planned');
    expect(admission.kind).toBe('refused');
    expect(stage.world.log).toContainEqual(
      expect.stringMatching(/^warning: us-east-1b is not admitted.*nobody approved.*us-east-1a/s),
    );
    expect({ changes: stage.world.changes(), writes: stage.ledger.writes }).toEqual({
      changes: [],
      writes: 0,
    });
  });

  test('does not wait for GitHub', async () => {
    const stage = approved();
    stage.github.passed.clear();
    const began = stage.world.now();
    await deployAdmitted(stage.ports, stage.request('a', { dryRun: true }));
    expect(stage.world.now() - began).toBeLessThan(5_000);
  });

  test('of a zone that would be admitted writes nothing either', async () => {
    const stage = approved();
    const { admission } = await deployAdmitted(stage.ports, stage.request('a', { dryRun: true }));
    expect(admission.kind).toBe('admitted');
    expect({ changes: stage.world.changes(), writes: stage.ledger.writes }).toEqual({
      changes: [],
      writes: 0,
    });
  });
});

test('a step that is cancelled before its zone began leaves nothing behind', async () => {
  const stage = approved();
  stage.github.before = () => stage.world.cancel();
  await expect(deployAdmitted(stage.ports, stage.request('a'))).rejects.toThrow(CancelledError);
  expect({ changes: stage.world.changes(), writes: stage.ledger.writes }).toEqual({ changes: [], writes: 0 });
  expect(new Set(Object.values(releases(stage.world)))).toEqual(new Set(['1.0.0']));
});
