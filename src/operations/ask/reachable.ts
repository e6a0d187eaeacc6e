import type { HostCommand, HostFacts, HostResult } from '../../hosts/port.ts';
import type { HostContext } from '../context.ts';

/**
 * Runs commands, each judged by itself. A host whose agent is known to be silent counts as lost at once: the transport
 * would wait for it to take the command, half a minute each time.
 *
 * @param facts of the hosts, just read; one that is not among them is tried
 */
export async function runWhereReachable(
  context: HostContext,
  facts: readonly HostFacts[],
  commands: readonly HostCommand[],
): Promise<readonly HostResult[]> {
  const silent = new Map(facts.flatMap((each) => (each.reachable ? [] : [[each.host, each.problem]])));
  const tried = commands.filter(({ host }) => !silent.has(host));
  const results = tried.length === 0 ? [] : await context.transport.run(tried, context.signal);
  const byCommand = new Map(tried.map((command, index) => [command, results[index]]));
  return commands.map(
    (command) =>
      byCommand.get(command) ?? {
        host: command.host,
        outcome: 'lost',
        reason: silent.get(command.host) ?? 'it cannot be reached',
      },
  );
}
