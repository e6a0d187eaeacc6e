import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FLIPS, makeSmallFleet } from '../range/small-fleet.ts';
import { isAlive, until } from '../range/support.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/range.ts', import.meta.url));

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cli-'));
});

afterEach(() => rm(home, { recursive: true }));

interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exitCode: Promise<number | null>;
}

/** Starts the command with a folder for temporary files of its own. */
function start(...words: readonly string[]): Running {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    printed.stdout += text;
  });
  child.stderr.on('data', (text) => {
    printed.stderr += text;
  });
  const exitCode = once(child, 'close').then(([code]) => code);
  return { child, stdout: () => printed.stdout, stderr: () => printed.stderr, exitCode };
}

describe('npm run range', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints how to reach the range and stops cleanly on %s',
    async (signal) => {
      const { file } = await makeSmallFleet(home);
      const command = start(file, '--seed', '7');
      await until(() => command.stdout().includes('Ctrl-C stops the range.'), 'the range is there', 20_000);
      const text = command.stdout();
      expect(text).toMatch(/^i-0b000000000000003 +us-east-1b +http:\/\/127\.0\.0\.1:\d+ +1\.0\.0 +\d+$/m);
      expect(text).toMatch(/^us-east-1 +http:\/\/127\.0\.0\.1:\d+$/m);
      expect(text).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/m);
      expect(text).toMatch(/^export AWS_SECRET_ACCESS_KEY=\S+$/m);
      const processes = [...text.matchAll(/1\.0\.0 +(\d+)$/gm)].map(([, id]) => Number(id));
      expect(processes).toHaveLength(3);
      expect(processes.every(isAlive)).toBe(true);

      command.child.kill(signal);
      expect(await command.exitCode).toBe(0);
      expect(command.stderr()).toBe('');
      expect(processes.some(isAlive)).toBe(false);
      expect((await readdir(home)).sort()).toEqual(['fleet.yml', 'releases']);
    },
  );

  test('prints the balancers with their listeners, the name servers and how to ask them', async () => {
    const { file } = await makeSmallFleet(home, FLIPS);
    const command = start(file);
    await until(() => command.stdout().includes('Ctrl-C stops the range.'), 'the range is there', 20_000);
    command.child.kill('SIGTERM');
    expect(await command.exitCode).toBe(0);
    const text = command.stdout();
    for (const name of ['storefront', 'storefront-two']) {
      const url = `http://${name}-[0-9a-f]+\\.us-east-1\\.elb\\.range\\.test:\\d+`;
      expect(text).toMatch(
        new RegExp(`^${name} +${url} +arn:aws:elasticloadbalancing:\\S+:listener/app/${name}/\\S+$`, 'm'),
      );
    }
    const servers = [...text.matchAll(/^\S+\.range-dns\.test +([\d.]+):(\d+)$/gm)];
    expect(servers).toHaveLength(2);
    const [, address, port] = servers[0] ?? [];
    expect(text).toContain(`\ndig @${address} -p ${port} shop.example.test\n`);
  });

  test('has every zone wait for a review on a stand-in for GitHub', async () => {
    const { file } = await makeSmallFleet(home);
    const command = start(file);
    await until(() => command.stdout().includes('Ctrl-C stops the range.'), 'the range is there', 20_000);
    const variables = new Map(
      [...command.stdout().matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    const read = (name: string) => variables.get(name) ?? '';
    const repository = `${read('GITHUB_API_URL')}/repos/${read('GITHUB_REPOSITORY')}`;
    const pending = `${repository}/actions/runs/${read('GITHUB_RUN_ID')}/pending_deployments`;
    const ask = (token: string) => fetch(pending, { headers: { authorization: `Bearer ${token}` } });
    const waiting = [
      { environment: { name: 'storefront-us-east-1a' }, current_user_can_approve: true },
      { environment: { name: 'storefront-us-east-1b' }, current_user_can_approve: true },
    ];
    expect(await (await ask(read('REVIEWER_TOKEN'))).json()).toMatchObject(waiting);
    expect((await ask(read('GITHUB_TOKEN'))).status).toBe(200);
    command.child.kill('SIGTERM');
    expect(await command.exitCode).toBe(0);
    await expect(ask(read('GITHUB_TOKEN'))).rejects.toThrow('fetch failed');
  });

  test('says what it can do', async () => {
    const command = start('--help');
    expect(await command.exitCode).toBe(0);
    expect(command.stdout()).toContain('npm run range -- [FLEET] [--seed N]');
  });

  test.each([
    ['an unknown option', ['--sead', '1'], '--sead'],
    ['a seed that is none', ['--seed', 'apple'], 'apple'],
    ['two fleet files', ['a.yml', 'b.yml'], 'a.yml b.yml'],
    ['a fleet file that is not there', ['none.yml'], 'none.yml'],
  ])('refuses %s by name', async (_, words, named) => {
    const command = start(...words);
    expect(await command.exitCode).toBe(1);
    expect(command.stderr()).toMatch(/^error: .*\n$/);
    expect(command.stderr()).toContain(named);
    expect(command.stdout()).toBe('');
  });
});
