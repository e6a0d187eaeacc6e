import { describe, expect, test } from '@jest/globals';
import type { Lease, Ledger } from '../../src/ledger/document.ts';
import {
  breakLease,
  dropLease,
  HeldLeaseError,
  isGivenBack,
  isRunning,
  LostLeaseError,
  leaseProblems,
  renewLease,
  SKEW,
  takeLease,
} from '../../src/ledger/lease.ts';
import { parseLedger, renderLedger } from '../../src/ledger/parse.ts';
import { AT, EMPTY } from './course.ts';

const NOW = Date.parse(AT);
const DURATION = 600_000;
const claim = (runId: number, now = NOW) => ({ run: `https://github.test/runs/${runId}`, runId, now });
const take = (ledger: Ledger, runId: number, now = NOW) =>
  takeLease(ledger, { ...claim(runId, now), zone: 'a', duration: DURATION });
const held = take(EMPTY, 7);

describe('taking', () => {
  test('the first one hands out the fencing token 1', () => {
    expect(held).toMatchObject({ fence: 1, lease: { token: 1, runId: 7, zone: 'a', since: AT } });
    expect(held.lease.expires).toBe('2026-11-20T10:10:00.000Z');
  });

  test("one's own is taken again with a new token, also by another attempt of the run", () => {
    const again = takeLease(held, { ...claim(7), run: 'attempts/2', zone: 'b', duration: DURATION });
    expect(again.lease).toMatchObject({ token: 2, run: 'attempts/2', zone: 'b' });
  });

  test('outside of GitHub a run is known by its name', () => {
    const local = takeLease(EMPTY, { run: 'local', runId: 0, now: NOW, zone: 'a', duration: DURATION });
    expect(leaseProblems(local, { run: 'local', runId: 0, now: NOW })).toEqual([]);
    expect(leaseProblems(local, { run: 'another', runId: 0, now: NOW })).toHaveLength(1);
  });

  test.each([
    [0, 'held'],
    [DURATION, 'held'],
    [DURATION + SKEW, 'held'],
    [DURATION + SKEW + 1, 'free'],
  ])('that of another run %i ms after it was taken is %s', (later, expected) => {
    const problems = leaseProblems(held, claim(8, NOW + later));
    expect(problems).toHaveLength(expected === 'held' ? 1 : 0);
    if (expected === 'free') expect(take(held, 8, NOW + later).lease.token).toBe(2);
    else expect(() => take(held, 8, NOW + later)).toThrow(HeldLeaseError);
  });

  test('a refusal says who holds it, since when, until when, and what to do', () => {
    const [problem] = leaseProblems(held, claim(8));
    expect(problem).toBe(
      `https://github.test/runs/7 holds the lease for zone a since ${AT}, until 2026-11-20T10:10:00.000Z unless it renews it; ` +
        'two deployments of storefront never work at the same time. Run this again when that run has ended, or give ' +
        '`lease-wait`. If it is dead: run that run again, which keeps its own lease, or wait until 2026-11-20T10:10:30.000Z, ' +
        'when anybody may take it, or break it with `npx zonewise ledger release FLEET --reason TEXT`',
    );
  });

  test.each([
    [DURATION - SKEW - 1, true],
    [DURATION - SKEW, false],
  ])('%i ms after it was taken its holder may go on: %s', (later, expected) => {
    expect(isRunning(held.lease, { now: NOW + later })).toBe(expected);
  });
});

describe('holding', () => {
  test('renewing moves its end and nothing else', () => {
    const renewed = renewLease(held, held.lease, { now: NOW + 1_000, duration: DURATION });
    expect(renewed).toEqual({ ...held, lease: { ...held.lease, expires: '2026-11-20T10:10:01.000Z' } });
  });

  test.each<[string, Ledger, string]>([
    ['another run has it', take(held, 8, NOW + 2 * DURATION), 'lost its lease to https://github.test/runs/8'],
    [
      'it was broken',
      breakLease(held, { by: 'carol', at: AT, reason: 'dead' }),
      `lost its lease to carol, who broke it at ${AT}: dead`,
    ],
    [
      'another run had it',
      dropped(take(held, 8, NOW + 2 * DURATION)),
      'lost its lease to a run that has ended since',
    ],
    ['another job of its run has it', take(held, 7), 'fencing token 2, this run had 1'],
    [
      'the ledger was restored and the token given again',
      { ...held, lease: { ...held.lease, since: '2026-11-20T09:00:00.000Z' } },
      'lost its lease to',
    ],
  ])('is over when %s, and its holder does not write any more', (_, ledger, expected) => {
    const renew = () => renewLease(ledger, held.lease, { now: NOW, duration: DURATION });
    expect(renew).toThrow(LostLeaseError);
    expect(renew).toThrow(expected);
    expect(renew).toThrow('nothing more is changed');
    expect(dropLease(ledger, held.lease)).toBe(ledger);
    expect(isGivenBack(ledger, held.lease)).toBe(false);
  });

  test('giving it back leaves the fencing token', () => {
    const free = dropLease(held, held.lease);
    expect(free).toEqual({ ...EMPTY, fence: 1 });
    expect(isGivenBack(free, held.lease)).toBe(true);
    expect(take(free, 8).lease.token).toBe(2);
  });
});

describe('breaking', () => {
  const broken = breakLease(held, { by: 'carol', at: AT, reason: 'the runner was deleted' });

  test('keeps the reason until the next taking, and moves the fencing token on', () => {
    expect(broken).toEqual({
      ...EMPTY,
      fence: 2,
      broken: { by: 'carol', at: AT, reason: 'the runner was deleted', run: held.lease.run },
    });
    expect(take(broken, 8)).toMatchObject({ fence: 3, lease: { token: 3 } });
    expect(take(broken, 8)).not.toHaveProperty('broken');
  });

  test('what nobody holds is refused', () => {
    expect(() => breakLease(EMPTY, { at: AT, reason: 'because' })).toThrow(
      'Nobody holds the lease of storefront',
    );
  });

  test.each([held, broken, dropLease(held, held.lease)])('what is stored is read back', (ledger) => {
    expect(parseLedger(renderLedger(ledger), { place: 'here', service: 'storefront' })).toEqual(ledger);
  });

  test('a lease that is none is refused with the place that is wrong', () => {
    const text = JSON.stringify({ ...held, lease: { ...held.lease, token: 0, until: AT } });
    expect(() => parseLedger(text, { place: 'here', service: 'storefront' })).toThrow(/lease\.token.*until/s);
  });
});

function dropped(ledger: Ledger & { readonly lease: Lease }): Ledger {
  return dropLease(ledger, ledger.lease);
}
