import { createResolver, type DnsResolver } from '../range/dns/resolver.ts';

/** A name by which users come, and who answers for it. */
export interface ProbedName {
  /** Without the dot at the end. */
  readonly name: string;
  readonly servers: readonly { readonly address: string; readonly port: number }[];
  /** Milliseconds for which the name's record is kept. */
  readonly ttl: number;
}

/** Finds where a name leads, as the resolvers of many users remember it. */
export interface Finder {
  /**
   * The address that the next user goes to.
   *
   * @throws ResolutionError when the name leads nowhere
   */
  next(): Promise<string>;
}

/** Users with a resolver of their own each: enough for a change of the name to spread over its TTL. */
const USERS = 10;

/**
 * Users who take turns. Each resolver keeps what it learned for the TTL; it begins anew once at a random moment of the
 * first TTL, because the caches of real users do not end together.
 *
 * @param random uniform from 0 to below 1
 * @param clock milliseconds from any fixed moment
 */
export function createFinder(
  { name, servers, ttl }: ProbedName,
  random: () => number,
  clock: () => number,
): Finder {
  const begin = clock();
  const fresh = (): DnsResolver => createResolver({ servers, random, clock });
  const users = Array.from({ length: USERS }, () => ({
    resolver: fresh(),
    renewal: (begin + random() * ttl) as number | undefined,
  }));
  let turn = 0;
  return {
    async next() {
      const user = users[turn % USERS];
      turn += 1;
      if (user === undefined) throw new Error('There are no users.');
      if (user.renewal !== undefined && clock() >= user.renewal) {
        user.resolver = fresh();
        user.renewal = undefined;
      }
      const addresses = await user.resolver.resolve4(name);
      return addresses[Math.floor(random() * addresses.length)] ?? '';
    },
  };
}
