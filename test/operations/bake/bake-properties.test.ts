import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bake } from '../../../src/operations/bake/bake.ts';
import type { GateState } from '../../../src/operations/bake/gates.ts';
import { type Scene, setBakeStage, WELL } from '../bake-stage.ts';

const scenes = fc.array(
  fc.record<Scene>({
    alarm: fc.oneof(
      { weight: 6, arbitrary: fc.constant<GateState>('open') },
      { weight: 1, arbitrary: fc.constantFrom<GateState>('closed', 'unreadable') },
    ),
    check: fc.oneof(
      { weight: 6, arbitrary: fc.constant('open' as const) },
      { weight: 1, arbitrary: fc.constant('closed' as const) },
    ),
  }),
  { minLength: 1, maxLength: 30 },
);
const times = fc.record({
  stable: fc.integer({ min: 0, max: 100 }),
  every: fc.integer({ min: 1, max: 40 }),
  tolerate: fc.integer({ min: 1, max: 4 }),
  checkTakes: fc.integer({ min: 0, max: 15 }),
});

/** The longest run of looks that were not open, as the bake must count them: nothing but an open one ends it. */
function worst(states: readonly GateState[], counted: GateState): number {
  let most = 0;
  let run = 0;
  for (const state of states) {
    if (state === 'open') run = 0;
    if (state === counted) run += 1;
    most = Math.max(most, run);
  }
  return most;
}

test('however gates come and go, it passes only what was well at the end and never counted as closed', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(scenes, times, async (script, { checkTakes, ...request }) => {
      const stage = setBakeStage(script);
      stage.checkTakes = checkTakes;
      const outcome = await bake(stage.context, { ...stage.gates, ...request });
      const { stable, every, tolerate } = request;
      const { looks, checks } = stage;
      const seen: readonly Scene[] = looks.map(
        (_, index) => script[Math.min(index, script.length - 1)] ?? WELL,
      );
      const alarm = seen.map((scene) => scene.alarm);
      const check = seen.slice(0, checks.length).map((scene) => scene.check);
      const counted =
        worst(alarm, 'closed') >= tolerate ||
        worst(alarm, 'unreadable') >= 3 ||
        worst(check, 'closed') >= tolerate;
      const late = looks.filter((at) => at >= stable).length;

      if (outcome.kind === 'passed') {
        passed += 1;
        expect(counted).toBe(false);
        expect([alarm.at(-1), check.at(-1)]).toEqual(['open', 'open']);
        expect(looks.at(-1)).toBeGreaterThanOrEqual(stable);
        expect(checks).toHaveLength(looks.length);
      } else {
        expect(counted || late === tolerate + 3).toBe(true);
      }
      // Nothing is looked at again once the end is clear.
      const before = (states: readonly GateState[], most: number, state: GateState) =>
        expect(worst(states.slice(0, -1), state)).toBeLessThan(most);
      before(alarm, tolerate, 'closed');
      before(alarm, 3, 'unreadable');
      before(check, tolerate, 'closed');
      expect(stage.elapsed()).toBeLessThanOrEqual(
        stable + (tolerate + 3) * (every + checkTakes) + checkTakes,
      );

      for (const [gate, states] of [alarm, check].entries()) {
        const evidence = outcome.evidence.gates[gate];
        if (states.length === 0) continue;
        expect([evidence?.open, evidence?.closed, evidence?.unreadable]).toEqual(
          ['open', 'closed', 'unreadable'].map((state) => states.filter((each) => each === state).length),
        );
        const changes = states.filter((state, index) => state !== states[index - 1]);
        expect(evidence?.transitions.map(({ state }) => state)).toEqual(changes);
        expect(evidence?.last.state).toBe(states.at(-1));
      }
    }),
    { numRuns: 500 },
  );
  expect(passed).toBeGreaterThan(20);
});
