import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ManagedHost,
  type ServiceManager,
  startServiceManager,
} from '../../../src/range/hosts/service-manager.ts';
import type { Unit, UnitState } from '../../../src/range/hosts/unit.ts';

let folder: string;
let manager: ServiceManager;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manager-'));
});

afterEach(async () => {
  await manager.stop();
  await rm(folder, { recursive: true });
});

/** A unit that only keeps count. */
function recordingUnit(problem?: string): { unit: Unit; calls: string[] } {
  const calls: string[] = [];
  let state: UnitState = 'inactive';
  const unit: Unit = {
    start: async () => {
      calls.push('start');
      if (problem !== undefined) throw new Error(problem);
      state = 'active';
    },
    stop: async () => {
      calls.push('stop');
      state = 'inactive';
    },
    kill: async () => undefined,
    state: () => state,
    process: () => undefined,
  };
  return { unit, calls };
}

function host(id: string, unit: Unit, stale = false): ManagedHost {
  return { id, root: join(folder, id), service: 'storefront', unit, stale };
}

async function manage(...hosts: readonly ManagedHost[]): Promise<ServiceManager> {
  const started = await startServiceManager();
  await Promise.all(hosts.map((one) => started.add(one)));
  return started;
}

async function systemctl(
  id: string,
  ...words: readonly string[]
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn(join(folder, id, 'bin', 'systemctl'), words, { env: { PATH: '/usr/bin:/bin' } });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}

describe('systemctl on a host', () => {
  test('starts, reports, restarts and stops the unit of this host only', async () => {
    const one = recordingUnit();
    const two = recordingUnit();
    manager = await manage(host('i-1', one.unit), host('i-2', two.unit));

    expect(await systemctl('i-1', 'is-active', 'storefront')).toEqual({
      exitCode: 3,
      stdout: 'inactive\n',
      stderr: '',
    });
    expect(await systemctl('i-1', 'start', 'storefront')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await systemctl('i-1', 'is-active', 'storefront.service')).toEqual({
      exitCode: 0,
      stdout: 'active\n',
      stderr: '',
    });
    expect((await systemctl('i-1', 'restart', 'storefront')).exitCode).toBe(0);
    expect((await systemctl('i-1', 'stop', 'storefront')).exitCode).toBe(0);
    expect(one.calls).toEqual(['start', 'stop', 'start', 'stop']);
    expect(two.calls).toEqual([]);
  });

  test('says why a start failed', async () => {
    manager = await manage(host('i-1', recordingUnit('no program').unit));
    expect(await systemctl('i-1', 'start', 'storefront')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Job for storefront.service failed: no program\n',
    });
  });

  test('knows no other unit', async () => {
    manager = await manage(host('i-1', recordingUnit().unit));
    expect(await systemctl('i-1', 'stop', 'nginx')).toEqual({
      exitCode: 5,
      stdout: '',
      stderr: 'Failed to stop nginx.service: Unit nginx.service not found.\n',
    });
    expect(await systemctl('i-1', 'is-active', 'nginx')).toMatchObject({ exitCode: 4, stdout: 'inactive\n' });
  });

  test.each([
    [['reload', 'storefront']],
    [['is-active', '--quiet', 'storefront']],
    [['start', 'storefront', 'nginx']],
    [['daemon-reload']],
    [[]],
  ])('refuses %j by name', async (words) => {
    const { unit, calls } = recordingUnit();
    manager = await manage(host('i-1', unit));
    const answer = await systemctl('i-1', ...words);
    expect(answer).toMatchObject({ exitCode: 1, stdout: '' });
    expect(answer.stderr).toContain(`systemctl ${words.join(' ')}: the range models only`);
    expect(calls).toEqual([]);
  });

  test('a stale host says yes to stop and restart and goes on as it is', async () => {
    const { unit, calls } = recordingUnit();
    manager = await manage(host('i-1', unit, true));
    await systemctl('i-1', 'start', 'storefront');
    expect((await systemctl('i-1', 'stop', 'storefront')).exitCode).toBe(0);
    expect((await systemctl('i-1', 'restart', 'storefront')).exitCode).toBe(0);
    expect((await systemctl('i-1', 'is-active', 'storefront')).stdout).toBe('active\n');
    expect(calls).toEqual(['start']);
  });

  test('fails when the manager is gone, and only the token opens it', async () => {
    const { unit, calls } = recordingUnit();
    manager = await manage(host('i-1', unit));
    const script = await readFile(join(folder, 'i-1', 'bin', 'systemctl'), 'utf8');
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(script)?.[0] ?? '';
    const refused = await fetch(`${origin}/guess/i-1`, { method: 'POST', body: 'start storefront' });
    expect(refused.status).toBe(404);

    const other = manager;
    manager = await manage();
    await other.stop();
    const answer = await systemctl('i-1', 'start', 'storefront');
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('the service manager of the range does not answer');
    expect(calls).toEqual([]);
  });
});
