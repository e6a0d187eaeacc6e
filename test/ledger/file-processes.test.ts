import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileLedger } from '../../src/ledger/file.ts';
import { readLedger } from '../../src/ledger/ledger.ts';
import { raise } from './raise.ts';

const WORKER = join(import.meta.dirname, 'file-worker.ts');
const { signal } = new AbortController();

let root: string;
let place: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'file-ledger-'));
  place = `file:${join(root, 'ledger.json')}`;
});
afterEach(async () => {
  const living = children
    .splice(0)
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  for (const child of living) child.kill('SIGKILL');
  await Promise.all(living.map((child) => once(child, 'close')));
  await rm(root, { recursive: true });
});

/** Of the test that runs. */
const children: ChildProcess[] = [];

type Mode = 'compare' | 'blind' | 'killed-before' | 'killed-after';

/** A process that has read the ledger, and goes on to write when it is told to. */
async function startWorker(times: number, mode: Mode) {
  const child = spawn(process.execPath, [WORKER, place, String(times), mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part;
  });
  const ended = once(child, 'close');
  const said = (word: string) => text.split('\n').filter((line) => line === word).length;
  while (said('read') === 0) {
    const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
    if (!more) throw new Error('it ended before it had read');
  }
  return {
    go: () => void child.stdin.end('\n'),
    kill: () => void child.kill('SIGKILL'),
    /** How often it has said that it raised the number. */
    ended: async () => {
      await ended;
      return { raised: said('raised'), signal: child.signalCode, code: child.exitCode };
    },
  };
}

/** The number that was raised, after one more that must not be held up by anybody. */
function raiseHere(): Promise<number> {
  return raise(createFileLedger(place));
}

async function together(count: number, times: number, mode: Mode) {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(times, mode)));
  for (const { go } of workers) go();
  for (const { ended } of workers) expect(await ended()).toEqual({ raised: times, signal: null, code: 0 });
  return (await readLedger(createFileLedger(place), 'storefront', signal)).fence;
}

describe('several processes that change one ledger', () => {
  test('lose no change', async () => {
    expect(await together(4, 28, 'compare')).toBe(112);
    expect(await readdir(`${root}/ledger.json.d`)).toHaveLength(100);
  });

  test('lose some where nobody compares', async () => {
    const sum = await together(2, 4, 'blind');
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(8);
  });
});

describe('a process that is killed', () => {
  test('just before its write leaves things as they were, just after it the change, and blocks nobody', async () => {
    await raiseHere();
    const [before, after] = await Promise.all([
      startWorker(1, 'killed-before'),
      startWorker(1, 'killed-after'),
    ]);
    before.go();
    expect(await before.ended()).toMatchObject({ raised: 0, signal: 'SIGKILL' });
    const left = await readdir(`${root}/ledger.json.d`);
    expect(left.filter((name) => name.endsWith('.tmp'))).toHaveLength(1);
    expect(left.filter((name) => name.endsWith('.json'))).toHaveLength(1);
    after.go();
    expect(await after.ended()).toMatchObject({ raised: 0, signal: 'SIGKILL' });
    expect(await raiseHere()).toBe(3);
    expect((await readdir(`${root}/ledger.json.d`)).sort()).toEqual(
      [1, 2, 3].map((number) => `00000000000${number}.json`),
    );
  });

  test('at any moment loses no change that it or another has made', async () => {
    const [living, ...dying] = await Promise.all([
      startWorker(20, 'compare'),
      ...[1, 2, 3, 4].map(() => startWorker(1_000_000, 'compare')),
    ]);
    for (const { go } of [living, ...dying]) go();
    let [sum, deaths] = [0, 0];
    for (const { kill, ended } of dying) {
      // Any moment will do: nothing is judged by it.
      await wait(7 * deaths);
      kill();
      const { raised, signal: by } = await ended();
      expect(by).toBe('SIGKILL');
      await raiseHere();
      [sum, deaths] = [sum + raised + 1, deaths + 1];
    }
    const { raised, code } = await living.ended();
    expect({ raised, code }).toEqual({ raised: 20, code: 0 });
    // The last change of each that was killed may have been made and not said.
    const total = (await raiseHere()) - 1;
    expect(total).toBeGreaterThanOrEqual(sum + raised);
    expect(total).toBeLessThanOrEqual(sum + raised + deaths);
  });
});
