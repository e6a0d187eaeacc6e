import { expect, test } from '@jest/globals';
import type { HostCommand, HostFacts } from '../../../src/hosts/port.ts';
import { runWhereReachable } from '../../../src/operations/ask/reachable.ts';
import { systemClock } from '../../../src/runner/clock.ts';

const command = (host: string): HostCommand => ({ host, script: 'true', arguments: [], timeout: 1_000 });

async function run(hosts: readonly string[], facts: readonly HostFacts[]) {
  const sent: string[][] = [];
  const results = await runWhereReachable(
    {
      clock: systemClock,
      log: { info: () => {}, warning: () => {}, group: (_, work) => work() },
      timeline: () => {},
      signal: new AbortController().signal,
      run: 'test',
      transport: {
        facts: async () => facts,
        run: async (commands) => {
          sent.push(commands.map(({ host }) => host));
          return commands.map(({ host }) => ({ host, outcome: 'done', stdout: host, stderr: '' }));
        },
      },
    },
    facts,
    hosts.map(command),
  );
  return { sent, results };
}

test('a host whose agent is silent is lost at once, the others keep their places', async () => {
  const { sent, results } = await run(
    ['i-1', 'i-2', 'i-3'],
    [
      { host: 'i-1', reachable: true },
      { host: 'i-2', reachable: false, problem: 'its agent is silent' },
    ],
  );
  expect(sent).toEqual([['i-1', 'i-3']]);
  expect(results).toEqual([
    { host: 'i-1', outcome: 'done', stdout: 'i-1', stderr: '' },
    { host: 'i-2', outcome: 'lost', reason: 'its agent is silent' },
    { host: 'i-3', outcome: 'done', stdout: 'i-3', stderr: '' },
  ]);
});

test('nothing is sent when no host is reachable', async () => {
  const { sent, results } = await run(['i-1'], [{ host: 'i-1', reachable: false }]);
  expect(sent).toEqual([]);
  expect(results).toEqual([{ host: 'i-1', outcome: 'lost', reason: 'it cannot be reached' }]);
});
