import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openLedger } from '../../../src/ledger/open.ts';
import { useEndpoint } from '../../hosts/aws-environment.ts';
import { type Setting, startSetting } from '../../range/wire/builder.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');
const PLACE = 's3://acme-releases/storefront/ledger.json';
/** A lease of 2 s runs out while two processes are started on a machine that does other things as well. */
const PATIENCE = 40_000;

interface Worker {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<unknown>;
}

let setting: Setting;
let folder = '';
let journal = '';
let workers: Worker[] = [];

beforeEach(async () => {
  setting = await startSetting();
  setting.store.createBucket('acme-releases');
  useEndpoint(setting.endpoint.url);
  folder = mkdtempSync(join(tmpdir(), 'frozen-'));
  journal = join(folder, 'journal');
  writeFileSync(journal, '');
  workers = [];
});
afterEach(async () => {
  for (const { child } of workers) child.kill('SIGKILL');
  await Promise.all(workers.map(({ ended }) => ended));
  await setting.endpoint.stop();
  rmSync(folder, { recursive: true });
});

function start(run: string, guard: 'fenced' | 'unfenced' = 'fenced'): Worker {
  const child = spawn(process.execPath, [WORKER, PLACE, journal, run, guard], {
    // Jest's own copy, in which the endpoint is.
    env: { ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part;
  });
  const worker = { child, said: () => text, ended: once(child, 'close') };
  workers.push(worker);
  return worker;
}

/** The runs that changed something, in order. */
function changes(): readonly string[] {
  return readFileSync(journal, 'utf8').split('\n').slice(0, -1);
}

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await sleep(20);
}

/** One run is frozen at its work until another one has taken its lease and works, and then goes on. */
async function freezeOne(guard: 'fenced' | 'unfenced') {
  const frozen = start('run 1', guard);
  await until(() => changes().length > 3);
  frozen.child.kill('SIGSTOP');
  const other = start('run 2');
  await until(() => changes().filter((run) => run === 'run 2').length > 3);
  frozen.child.kill('SIGCONT');
  return { frozen, other };
}

test(
  'a run that is frozen past its lease changes nothing any more when it goes on, and says who has the lease',
  async () => {
    const { frozen, other } = await freezeOne('fenced');
    await frozen.ended;
    expect(frozen.child.exitCode).toBe(1);
    expect(frozen.said()).toMatch(
      /stopped: This run lost its lease to run 2, which took it for zone us-east-1a at .*nothing more is changed/,
    );
    const count = changes().length;
    await until(() => changes().length > count + 3);
    other.child.kill('SIGTERM');
    await other.ended;
    expect({ code: other.child.exitCode, said: other.said() }).toEqual({
      code: 0,
      said: expect.stringMatching(/took over the lease of run 1.*ended/s),
    });
    const all = changes();
    expect(all.slice(all.indexOf('run 2'))).not.toContain('run 1');
    const ledger = await openLedger(PLACE, { region: 'eu-west-1' });
    const { text = '' } = (await ledger.read(new AbortController().signal)) ?? {};
    expect(JSON.parse(text)).toEqual(expect.objectContaining({ fence: 2 }));
    expect(JSON.parse(text)).not.toHaveProperty('lease');
  },
  PATIENCE,
);

test(
  'one that does not ask goes on changing things: the journal would show it',
  async () => {
    const { frozen } = await freezeOne('unfenced');
    const first = changes().indexOf('run 2');
    await until(() => changes().slice(first).includes('run 1'));
    frozen.child.kill('SIGTERM');
    await frozen.ended;
  },
  PATIENCE,
);

test(
  'one that is frozen past its lease stops also when nobody has taken it',
  async () => {
    const frozen = start('run 1');
    await until(() => changes().length > 3);
    frozen.child.kill('SIGSTOP');
    const before = changes().length;
    const ledger = await openLedger(PLACE, { region: 'eu-west-1' });
    await until(async () => {
      const { text = '' } = (await ledger.read(new AbortController().signal)) ?? {};
      return Date.now() > Date.parse(JSON.parse(text).lease.expires);
    });
    frozen.child.kill('SIGCONT');
    await frozen.ended;
    expect(frozen.said()).toContain('lost its lease to time');
    expect(frozen.child.exitCode).toBe(1);
    // The one that was under way when it was frozen may have come to its end.
    expect(changes().length).toBeLessThanOrEqual(before + 1);
  },
  PATIENCE,
);
