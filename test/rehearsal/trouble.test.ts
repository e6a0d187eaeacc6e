import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createTrouble } from '../../src/rehearsal/trouble.ts';

function plan(bake: number) {
  const made: string[] = [];
  const trouble = createTrouble({
    bake,
    inBake: [async () => void made.push('in the bake')],
    afterPlan: [async () => void made.push('after the plan')],
  });
  return { made, trouble };
}

test('trouble in a bake is made once, when promote-zone says that it bakes', async () => {
  const { made, trouble } = plan(2);
  trouble.said('deploy-zone', 'baking for 1m');
  trouble.said('promote-zone', 'proving us-east-1a');
  await sleep(20);
  expect(made).toEqual([]);
  trouble.said('promote-zone', 'baking for 4s: watching alarms');
  trouble.said('promote-zone', 'baking for 3s: watching alarms');
  await sleep(20);
  await trouble.stop();
  expect(made).toEqual(['in the bake']);
});

test('trouble after the plan is made before the next action, and after no other action', async () => {
  const { made, trouble } = plan(2);
  await trouble.ended('deploy-zone');
  expect(made).toEqual([]);
  await trouble.ended('plan-zones');
  expect(made).toEqual(['after the plan']);
});

test('a bake that is over before its trouble has none', async () => {
  const { made, trouble } = plan(60_000);
  trouble.said('promote-zone', 'baking for 1m');
  await trouble.stop();
  expect(made).toEqual([]);
});

test('trouble that cannot be made is told: without it the end proves nothing', async () => {
  const refused = async () => {
    throw new Error('no such alarm');
  };
  const trouble = createTrouble({ bake: 0, inBake: [refused], afterPlan: [] });
  trouble.said('promote-zone', 'baking for 1m');
  await sleep(20);
  await expect(trouble.stop()).rejects.toThrow('no such alarm');
});
