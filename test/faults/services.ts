import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestRange } from '../e2e/test-range.ts';
import { until } from '../range/support.ts';
import { rootOf } from './state.ts';

const run = promisify(execFile);

/**
 * Kills the service of a host and keeps its service manager from starting it again, until somebody asks for that.
 *
 * @returns whether the balancer had it in service
 */
export async function dieOn(world: TestRange, host: string): Promise<boolean> {
  const targets = await world.targets();
  const process = await processOn(world, host);
  if (process !== undefined) killGroup(process);
  await systemctl(world, host, 'stop');
  return targets[host] === 'healthy';
}

/**
 * Waits until the balancer has noticed that a service is dead, or it is alive again.
 *
 * @returns when that was, in milliseconds since 1970
 */
export async function noticedOn(world: TestRange, host: string): Promise<number> {
  await until(
    async () => (await world.targets())[host] !== 'healthy' || (await processOn(world, host)) !== undefined,
    `the balancer notices that ${host} is dead`,
    60_000,
  );
  return Date.now();
}

/** Starts the service of a host where it does not run, and waits until the balancer takes it. */
export async function reviveOn(world: TestRange, host: string): Promise<void> {
  if ((await processOn(world, host)) === undefined) await systemctl(world, host, 'start');
  await until(async () => {
    const state = (await world.targets())[host];
    return state === undefined || state === 'healthy';
  }, `${host} is healthy where it is registered`);
}

async function processOn({ range }: TestRange, host: string): Promise<number | undefined> {
  return (await range.hosts()).find((each) => each.host === host)?.process;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // It has ended by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** As somebody on the host would. */
async function systemctl(world: TestRange, host: string, verb: 'start' | 'stop'): Promise<void> {
  await run('/bin/sh', [join(rootOf(world, host), 'bin', 'systemctl'), verb, 'storefront']);
}
