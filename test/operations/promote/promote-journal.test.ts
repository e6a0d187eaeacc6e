import { expect, test } from '@jest/globals';
import type { Ledger } from '../../../src/ledger/document.ts';
import { intentBegan, openIntents } from '../../../src/ledger/journal.ts';
import { PlatformError } from '../../../src/runner/errors.ts';
import { alarmIn } from '../bake-stage.ts';
import { record, releases } from '../zone.ts';
import { type PromoteStage, setPromoteStage, ZONE } from './stage.ts';

const EARLIER = 'https://github.test/acme/storefront/actions/runs/5';

function read({ ledger }: PromoteStage): Ledger {
  return JSON.parse(ledger.text ?? '{}');
}

/** Run 5 was killed while it returned a host of this zone, and that serves by now. */
function leave({ ledger }: PromoteStage): void {
  const at = '2026-11-20T23:59:00.000Z';
  const began = { act: 'return' as const, zone: ZONE, version: '1.1.0', run: EARLIER, token: 1, at };
  const found: Ledger = JSON.parse(ledger.text ?? '{}');
  ledger.text = JSON.stringify(intentBegan({ ...found, fence: 1 }, began, [JSON.parse(record('i-a1'))]));
}

test('a roll-back tells the ledger of each act before it begins', async () => {
  const stage = await setPromoteStage();
  stage.alarm = (look, name) => alarmIn(name, look < 3 ? 'open' : 'closed');
  const unforeseen: string[] = [];
  stage.world.before = ({ what, targets }) => {
    const { out = {} } = read(stage);
    for (const { id } of what === 'deregister' ? targets : []) if (!(id in out)) unforeseen.push(id);
    return undefined;
  };
  const report = await stage.promote();
  expect(report.state).toBe('rolled-back');
  expect(releases(stage.world)).toMatchObject({ 'i-a1': '1.0.0', 'i-a2': '1.0.0' });
  expect(unforeseen).toEqual([]);
  const { journal = [], ...ledger } = read(stage);
  expect(journal.length).toBeGreaterThanOrEqual(3);
  expect(journal.length % 3).toBe(0);
  for (const intent of journal) expect(intent).toMatchObject({ version: '1.0.0', end: { kind: 'done' } });
  expect(ledger).not.toHaveProperty('out');
});

test('a roll-back whose hosts cannot come back leaves them in the ledger, held', async () => {
  const stage = await setPromoteStage();
  stage.alarm = (look, name) => alarmIn(name, look < 3 ? 'open' : 'closed');
  stage.world.before = ({ what }) => (what === 'installer' ? 'refused' : undefined);
  const report = await stage.promote();
  expect(report.state).toBe('held');
  const { out = {} } = read(stage);
  const away = report.hosts.filter(({ outcome }) => outcome === 'held').map(({ host }) => host);
  expect(away.length).toBeGreaterThan(0);
  expect(Object.keys(out).sort()).toEqual([...away].sort());
  for (const host of away) expect(out[host]?.held).toMatch(/\S/);
});

test('a ledger that cannot be told that a batch ended is told with the end of the roll-back', async () => {
  const stage = await setPromoteStage();
  stage.alarm = (look, name) => alarmIn(name, look < 3 ? 'open' : 'closed');
  stage.ledger.beforeWrite = (next) => {
    const ended = next.journal !== undefined && openIntents(next).length === 0;
    if (ended && next.zones[ZONE]?.state !== 'rolled-back') throw new PlatformError('S3 answered 503');
  };
  expect((await stage.promote()).state).toBe('rolled-back');
  expect(openIntents(read(stage))).toEqual([]);
  expect(read(stage)).not.toHaveProperty('out');
});

test('a promotion closes what a killed run left of its zone, and says so', async () => {
  const stage = await setPromoteStage();
  leave(stage);
  expect((await stage.promote()).state).toBe('promoted');
  expect(openIntents(read(stage))).toEqual([]);
  expect(read(stage)).not.toHaveProperty('out');
  expect(stage.world.log).toContainEqual(
    expect.stringMatching(
      /runs\/5 was stopped while it was returning i-a1 to service .* continuing from what the hosts show/,
    ),
  );
});

test('one that holds its zone leaves hosts in the ledger of which it saw nothing', async () => {
  const stage = await setPromoteStage();
  leave(stage);
  stage.alarm = (_, name) => alarmIn(name, 'closed');
  expect((await stage.promote({ onFailure: 'hold' })).state).toBe('held');
  expect(Object.keys(read(stage).out ?? {})).toEqual(['i-a1']);
});
