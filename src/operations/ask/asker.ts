import type { Ask } from '../../checks/question.ts';
import type { SmokePolicy } from '../../fleet/fleet.ts';
import type { HostContext } from '../context.ts';
import { askFromHosts } from './ask-hosts.ts';

/** Connections that the runner has open at a time: far below its 1,024 open files, whatever the number of hosts. */
const AT_ONCE = 64;

/**
 * Asks from where it is wanted; programs run on their hosts in any case.
 *
 * @param hosts the surroundings for work on hosts; none when no host has to do anything
 */
export function askerFor(from: SmokePolicy['from'], hosts?: Omit<HostContext, 'signal'>): Ask {
  const fromHosts = hosts === undefined ? refuse : askFromHosts(hosts);
  if (from === 'host') return fromHosts;
  // What asks over the network is large: whoever stops before the first question does not wait for it.
  return async (asked, signal) => {
    const { askFromRunner } = await import('../../checks/from-runner/ask.ts');
    return askFromRunner({ atOnce: AT_ONCE, commands: fromHosts })(asked, signal);
  };
}

const refuse: Ask = async (asked) =>
  asked.map(() => ({ kind: 'silent', problem: 'there is no way to the host itself', milliseconds: 0 }));
