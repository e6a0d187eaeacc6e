import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createAutoScaling } from '../../../src/hosts/auto-scaling.ts';
import type { Scaling } from '../../../src/hosts/scaling.ts';
import { replaceHosts } from '../../../src/operations/upgrade/replace.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { useEndpoint } from '../../hosts/aws-environment.ts';
import { until } from '../support.ts';
import { type Bench, GROUP, startBench } from './support.ts';

let bench: Bench;
let scaling: Scaling;

beforeEach(async () => {
  bench = await startBench();
  useEndpoint(bench.url);
  scaling = createAutoScaling({ region: 'us-east-1' });
});

afterEach(() => bench[Symbol.asyncDispose]());

function replace(...hosts: readonly string[]) {
  return replaceHosts(
    {
      scaling,
      // The group answers at once, so nothing is gained by looking seldom.
      clock: { ...systemClock, sleep: (time, signal) => systemClock.sleep(time / 20, signal) },
      log: { info: () => {}, warning: () => {}, group: (_, work) => work() },
      timeline: () => {},
      signal: new AbortController().signal,
      run: 'test',
      transport: {
        facts: async (asked) => asked.map((host) => ({ host, address: '10.0.0.9', reachable: true })),
        run: async () => [],
      },
    },
    { hosts, timeout: 20_000 },
  );
}

function replaced(host: string, successor: string) {
  return {
    host,
    kind: 'replaced',
    successor,
    address: '10.0.0.9',
    scaling: { mode: 'standby', group: GROUP },
  };
}

test('a host in standby has a successor in its zone, in standby, and the group its sizes', async () => {
  await scaling.enterStandby(GROUP, ['i-3']);
  expect(await replace('i-3')).toEqual([replaced('i-3', 'i-new1')]);
  const group = await scaling.group(GROUP);
  expect(group).toMatchObject({ minSize: 2, maxSize: 6, desired: 2, suspended: [] });
  expect(group.members).toContainEqual({
    host: 'i-new1',
    group: GROUP,
    zone: 'us-east-1b',
    lifecycle: 'Standby',
  });
  await scaling.exitStandby(GROUP, ['i-new1']);
  await until(async () => (await bench.states())['i-new1'] === 'InService', 'the successor serves');
});

test('a host in service likewise', async () => {
  expect(await replace('i-3')).toEqual([replaced('i-3', 'i-new1')]);
  expect(await scaling.members(['i-new1', 'i-3'])).toMatchObject([
    { host: 'i-new1', zone: 'us-east-1b', lifecycle: 'Standby' },
  ]);
  expect((await scaling.group(GROUP)).desired).toBe(2);
});

test('above MaxSize nothing is ended', async () => {
  await scaling.enterStandby(GROUP, ['i-3']);
  await scaling.setDesired(GROUP, 6);
  expect(await replace('i-3')).toMatchObject([
    { kind: 'failed', problem: expect.stringContaining('allows 6 at most. Raise MaxSize') },
  ]);
  expect(await bench.states()).toMatchObject({ 'i-3': 'Standby' });
});
