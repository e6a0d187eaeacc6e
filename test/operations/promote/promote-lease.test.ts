import { expect, test } from '@jest/globals';
import type { Lease } from '../../../src/ledger/document.ts';
import { HeldLeaseError, LostLeaseError } from '../../../src/ledger/lease.ts';
import { NEW } from '../admission/stage.ts';
import { alarmIn } from '../bake-stage.ts';
import { type PromoteStage, setPromoteStage, ZONE } from './stage.ts';

const MINUTE = 60_000;
const OTHER = 'https://github.test/acme/storefront/actions/runs/9';

function leaseOf({ ledger }: PromoteStage): Lease | undefined {
  return JSON.parse(ledger.text ?? '{}').lease;
}

/** Gives the lease to another run, as a person who breaks it and that run would. */
function giveAway({ ledger, world }: PromoteStage, minutes: number): void {
  const at = (later: number) => new Date(world.now() + later).toISOString();
  const parsed = JSON.parse(ledger.text ?? '{}');
  const token = (parsed.fence ?? 0) + 1;
  const lease = {
    token,
    run: OTHER,
    runId: 9,
    zone: 'us-east-1b',
    since: at(0),
    expires: at(minutes * MINUTE),
  };
  ledger.text = JSON.stringify({ ...parsed, fence: token, lease });
  // Every writer makes a new revision.
  ledger.set(ZONE, 'deployed', { ...parsed.zones[ZONE] });
}

test('a bake holds the lease, renews it, and gives it back with the write that promotes', async () => {
  const stage = await setPromoteStage();
  const held = new Set<string | undefined>();
  stage.alarm = (_, name) => {
    held.add(leaseOf(stage)?.expires);
    return alarmIn(name, 'open');
  };
  const report = await stage.promote({ firstZoneStable: 30 * MINUTE, zoneTimeout: 60 * MINUTE });
  expect(report.state).toBe('promoted');
  expect(held).not.toContain(undefined);
  // The taking and a renewal for each of the nine thirds of a lease.
  expect(held.size).toBeGreaterThanOrEqual(9);
  expect(stage.ledger.writes).toBeLessThanOrEqual(1 + 9 + 1);
  expect(leaseOf(stage)).toBeUndefined();
});

test('somebody else at work is a refusal that names him, and nothing is baked', async () => {
  const stage = await setPromoteStage();
  giveAway(stage, 10);
  const promoted = stage.promote();
  await expect(promoted).rejects.toThrow(HeldLeaseError);
  await expect(promoted).rejects.toThrow(`${OTHER} holds the lease for zone us-east-1b`);
  expect(stage.ledger.zone(ZONE)?.state).toBe('deployed');
  expect(leaseOf(stage)).toMatchObject({ runId: 9 });
});

test('he is waited for when that is asked for', async () => {
  const stage = await setPromoteStage();
  giveAway(stage, 5);
  const report = await stage.promote({}, { leaseWait: 10 * MINUTE });
  expect(report.state).toBe('promoted');
  expect(stage.world.log).toContainEqual(expect.stringContaining('waiting for the lease of storefront'));
  expect(stage.elapsed()).toBeGreaterThan(5 * MINUTE);
});

test('a bake whose lease is lost stops: nothing is promoted, nothing is rolled back', async () => {
  const stage = await setPromoteStage();
  stage.alarm = (look, name) => {
    if (look === 3) giveAway(stage, 600);
    return alarmIn(name, 'open');
  };
  const touched = stage.world.changes().length;
  const error: unknown = await stage
    .promote({ firstZoneStable: 30 * MINUTE, zoneTimeout: 60 * MINUTE })
    .catch((thrown: unknown) => thrown);
  expect(String(error)).toContain(`lost its lease to ${OTHER}`);
  expect(String(error)).toContain('nothing was rolled back');
  expect(stage.world.changes()).toHaveLength(touched);
  expect(stage.ledger.zone(ZONE)).toMatchObject({ state: 'deployed', release: NEW });
});

test('a bake that failed with a lost lease rolls nothing back', async () => {
  const stage = await setPromoteStage();
  stage.alarm = (look, name) => {
    if (look < 3) return alarmIn(name, 'open');
    if (look === 3) giveAway(stage, 600);
    return alarmIn(name, 'closed');
  };
  const touched = stage.world.changes().length;
  await expect(stage.promote()).rejects.toThrow(LostLeaseError);
  expect(stage.world.changes()).toHaveLength(touched);
});

test('a dry run takes no lease', async () => {
  const stage = await setPromoteStage();
  giveAway(stage, 10);
  expect((await stage.promote({}, { dryRun: true })).state).toBe('planned');
  expect(stage.ledger.writes).toBe(0);
});
