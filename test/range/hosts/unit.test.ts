import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createUnit, type Unit } from '../../../src/range/hosts/unit.ts';
import { isAlive, until } from '../support.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Says that it has started only when it listens to signals. */
const SERVICE = `
process.on('SIGTERM', () => {
  if (process.env.STUBBORN) return;
  console.log('stopping');
  setTimeout(() => process.exit(0), 20);
});
setInterval(() => {}, 1000);
console.log('started');
if (process.env.CRASH) process.exit(3);
`;

async function makeUnit(
  environment: Readonly<Record<string, string>> = {},
  stopTimeout = 5_000,
): Promise<{ unit: Unit; log: () => Promise<string>; program: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'unit-'));
  const program = join(folder, 'release', 'bin', 'serve');
  await mkdir(dirname(program), { recursive: true });
  await writeFile(program, `#!${process.execPath}\n${SERVICE}`);
  await chmod(program, 0o755);
  const log = join(folder, 'log');
  const unit = createUnit({ program: async () => program, environment, log, stopTimeout });
  cleanups.push(async () => {
    await unit.kill();
    await rm(folder, { recursive: true });
  });
  return { unit, log: () => readFile(log, 'utf8'), program };
}

async function started(unit: Unit, log: () => Promise<string>, times = 1): Promise<number> {
  await until(async () => (await log()).split('started').length > times, 'the service has started');
  const id = unit.process();
  if (id === undefined) throw new Error('The unit has no process.');
  return id;
}

describe('a unit', () => {
  test('start runs the program once, however often it is asked', async () => {
    const { unit, log } = await makeUnit();
    expect(unit.state()).toBe('inactive');
    await unit.start();
    const first = await started(unit, log);
    await unit.start();
    expect(unit.process()).toBe(first);
    expect(unit.state()).toBe('active');
  });

  test('stop lets the program end by itself', async () => {
    const { unit, log } = await makeUnit();
    await unit.start();
    const id = await started(unit, log);
    await unit.stop();
    expect(await log()).toContain('stopping');
    expect(isAlive(id)).toBe(false);
    expect(unit.state()).toBe('inactive');
    expect(unit.process()).toBeUndefined();
  });

  test('stop ends a program that does not listen', async () => {
    const { unit, log } = await makeUnit({ STUBBORN: '1' }, 100);
    await unit.start();
    const id = await started(unit, log);
    await unit.stop();
    expect(isAlive(id)).toBe(false);
    expect(unit.state()).toBe('inactive');
  });

  test('kill does not wait for a stop that waits', async () => {
    const { unit, log } = await makeUnit({ STUBBORN: '1' }, 60_000);
    await unit.start();
    const id = await started(unit, log);
    const stopped = unit.stop();
    await unit.kill();
    await stopped;
    expect(isAlive(id)).toBe(false);
  });

  test('a crashed program is started again', async () => {
    const { unit, log } = await makeUnit();
    await unit.start();
    const first = await started(unit, log);
    process.kill(first, 'SIGKILL');
    const second = await started(unit, log, 2);
    expect(second).not.toBe(first);
    await until(() => unit.state() === 'active', 'the unit is active again');
  });

  test('a program that ends by itself stays down', async () => {
    const { unit, log } = await makeUnit();
    await unit.start();
    process.kill(await started(unit, log), 'SIGTERM');
    await until(() => unit.state() === 'inactive', 'the unit is inactive');
    expect(unit.process()).toBeUndefined();
  });

  test('a program that keeps crashing is given up, and start tries again', async () => {
    const { unit, log } = await makeUnit({ CRASH: '1' });
    await unit.start();
    await until(() => unit.state() === 'failed', 'the unit has failed');
    expect((await log()).match(/started/g)).toHaveLength(5);
    await unit.start();
    await until(async () => ((await log()).match(/started/g) ?? []).length > 5, 'it was tried again');
  });

  test('stop during the wait before a restart keeps it down', async () => {
    const { unit, log } = await makeUnit();
    await unit.start();
    process.kill(await started(unit, log), 'SIGKILL');
    await until(() => unit.state() === 'activating', 'the restart is due');
    await unit.stop();
    expect(unit.state()).toBe('inactive');
    expect((await log()).match(/started/g)).toHaveLength(1);
  });

  test('start says so when there is no program', async () => {
    const { unit, program } = await makeUnit();
    await rm(program);
    await expect(unit.start()).rejects.toThrow('ENOENT');
    expect(unit.state()).toBe('failed');
  });
});
