import fc from 'fast-check';
import type { Ledger, ReleaseKey } from '../../src/ledger/document.ts';
import { beginProblems, promoteProblems, zoneBegan, zoneEnded } from '../../src/ledger/order.ts';
import { UserError } from '../../src/runner/errors.ts';

export const ZONES = ['a', 'b', 'c'] as const;
export const AT = '2026-11-20T10:00:00.000Z';
export const EMPTY: Ledger = { schema: 1, service: 'storefront', zones: {}, releases: [] };

/** Release 1, 2, … with that ordinal. */
export function release(ordinal: number): ReleaseKey {
  return { version: `1.${ordinal}.0`, sha256: String(ordinal).repeat(64).slice(0, 64), ordinal };
}

export function earlierThan(zone: string): readonly string[] {
  return ZONES.slice(0, ZONES.indexOf(zone as (typeof ZONES)[number]));
}

/** One thing that a job does to the ledger. */
export interface Step {
  readonly kind: 'begin' | 'deployed' | 'stopped' | 'promoted' | 'held' | 'rolled-back';
  readonly zone: (typeof ZONES)[number];
  readonly release: ReleaseKey;
  readonly runId: number;
  readonly rollBack: boolean;
}

/** What decides whether a step may be done; the tests take parts of it away to see that they notice. */
export interface Rules {
  readonly begin: typeof beginProblems;
  readonly promote: typeof promoteProblems;
}

export const RULES: Rules = { begin: beginProblems, promote: promoteProblems };

/**
 * Does a step as a job does it: asks whether it may, and changes the ledger.
 *
 * @throws UserError when it may not
 */
export function take(ledger: Ledger, step: Step, rules: Rules = RULES): Ledger {
  const { kind, zone, release, runId, rollBack } = step;
  const where = { zone, run: `https://github.test/runs/${runId}`, runId, at: AT };
  const turn = { zone, earlier: earlierThan(zone), release, runId };
  if (kind === 'begin') {
    refuse(rules.begin(ledger, { ...turn, rollBack }));
    return zoneBegan(ledger, { ...where, release });
  }
  if (kind === 'deployed' || kind === 'stopped') {
    const entry = ledger.zones[zone];
    refuse(
      entry?.state === 'deploying' && entry.runId === runId ? [] : ['this run does not deploy the zone'],
    );
    return zoneEnded(ledger, { ...where, state: kind });
  }
  refuse(rules.promote(ledger, turn));
  return zoneEnded(ledger, { ...where, state: kind });
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** What is wrong with a step that was done, judged by the documents before and after it alone. */
export function faults(before: Ledger, after: Ledger): readonly string[] {
  return ZONES.flatMap((zone) => {
    const [was, is] = [before.zones[zone], after.zones[zone]];
    if (is === undefined || JSON.stringify(was) === JSON.stringify(is)) return [];
    const behind = earlierThan(zone).filter((name) => {
      const entry = before.zones[name];
      return entry?.state !== 'promoted' || entry.release.sha256 !== is.release.sha256;
    });
    const opens = is.state === 'promoted' || is.state === 'deploying';
    const runs = Object.values(before.zones).map(({ runId }) => runId);
    return [
      ...(opens ? behind.map((name) => `${zone} is ${is.state} before ${name} is promoted`) : []),
      ...(was !== undefined && was.runId > is.runId ? [`an older run has overwritten ${zone}`] : []),
      ...(opens && Math.max(0, ...runs) > is.runId ? [`an older run has made ${zone} ${is.state}`] : []),
      ...(is.state === 'promoted' && was?.state !== 'deployed' && was?.state !== 'promoted'
        ? [`${zone} was promoted from ${was?.state}`]
        : []),
    ];
  });
}

/** Zones that a step has given an older release than some zone had. */
export function overtakes(before: Ledger, step: Step): boolean {
  const there = Object.values(before.zones).flatMap(({ state, release, before: old }) =>
    state === 'rolled-back' ? (old ?? []) : release,
  );
  return (
    step.kind === 'begin' && !step.rollBack && there.some(({ ordinal }) => ordinal > step.release.ordinal)
  );
}

const zone = fc.constantFrom(...ZONES);
const runId = fc.integer({ min: 1, max: 3 });
const releases = fc.integer({ min: 1, max: 3 }).map(release);
const rollBack = fc.boolean();

const step: fc.Arbitrary<readonly Step[]> = fc
  .record({
    kind: fc.constantFrom('begin', 'deployed', 'stopped', 'promoted', 'held', 'rolled-back' as const),
    zone,
    release: releases,
    runId,
    rollBack,
  })
  .map((one) => [one]);

/** A run that takes some zones in order, as the workflow does. */
const course: fc.Arbitrary<readonly Step[]> = fc
  .record({ release: releases, runId, rollBack, upTo: fc.integer({ min: 1, max: ZONES.length }) })
  .map(({ upTo, ...one }) =>
    ZONES.slice(0, upTo).flatMap((name) =>
      (['begin', 'deployed', 'promoted'] as const).map((kind) => ({ ...one, kind, zone: name })),
    ),
  );

/** What one job or several after each other do. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof(step, step, course), { maxLength: 12 })
  .map((parts) => parts.flat());
