import { UserError } from '../../runner/errors.ts';
import type { HostContext } from '../context.ts';

/**
 * Network address of each host, as the transport knows it; a host without one is asked at its own loopback.
 *
 * @throws UserError that names every host the transport cannot reach
 */
export async function addressesOf(
  context: HostContext,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const facts = await context.transport.facts(hosts);
  const lost = facts.filter(({ reachable }) => !reachable);
  if (lost.length === 0) return new Map(facts.map(({ host, address }) => [host, address ?? '127.0.0.1']));
  const lines = lost.map(({ host, problem }) => `- ${host}: ${problem}`);
  throw new UserError(
    ['Hosts cannot be reached; nothing was touched.', ...lines, 'Start their agents, then run again.'].join(
      '\n',
    ),
  );
}
