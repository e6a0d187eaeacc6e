import { describe, expect, test } from '@jest/globals';
import { bake, readGates } from '../../../src/operations/bake/bake.ts';
import { checkTrial } from '../../../src/operations/smoke/smoke-trial.ts';
import { UserError } from '../../../src/runner/errors.ts';
import { httpCheck } from '../../checks/sample.ts';
import { ALARMED, BLIND, BROKEN, IN_ALARM, type Scene, setBakeStage, WELL } from '../bake-stage.ts';

describe('gates before a change', () => {
  test('are open when all is well, and read once', async () => {
    const stage = setBakeStage([WELL]);
    expect(await readGates(stage.context, stage.gates)).toMatchObject({
      kind: 'open',
      evidence: { readings: 1 },
    });
    expect(stage.lines[0]).toBe(
      'reading alarm web-5xx and check home at the balancer before anything is changed',
    );
  });

  test.each<[string, Scene, string]>([
    ['an alarm is in ALARM already', ALARMED, IN_ALARM],
    ['a check fails already', BROKEN, 'smoke test home at the balancer saw 503'],
    ['the alarms cannot be read', BLIND, '(3 readings in a row)'],
  ])('are closed when %s', async (_, scene, words) => {
    const stage = setBakeStage([scene]);
    const outcome = await readGates(stage.context, stage.gates);
    expect(outcome).toMatchObject({ kind: 'closed', problem: expect.stringContaining(words) });
  });

  test('are refused when a check passes whatever is answered; a bake does not ask that again', async () => {
    const stage = setBakeStage([WELL]);
    const trial = checkTrial(httpCheck(), '');
    const refusing = {
      ...trial,
      control: () => {
        throw new UserError('smoke test home cannot fail');
      },
    };
    const gates = { ...stage.gates, trials: [refusing] };
    await expect(readGates(stage.context, gates)).rejects.toThrow('cannot fail');
    expect(await bake(stage.context, { ...gates, stable: 0 })).toMatchObject({ kind: 'passed' });
  });

  test('try a check as patiently as they are told', async () => {
    const stage = setBakeStage([BROKEN]);
    const patience = { attempts: 3, interval: 2_000, consecutive: 1, warmUp: 0 };
    const outcome = await readGates(stage.context, { ...stage.gates, patience });
    expect(outcome.kind).toBe('closed');
    expect(stage.checks).toEqual([0, 2_000, 4_000]);
  });
});
