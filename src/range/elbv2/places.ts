import { UserError } from '../../runner/errors.ts';
import { isCode } from '../hosts/processes.ts';
import type { Place } from './listening.ts';

/** Ports that are tried until one is free at every address. */
const TRIES = 20;

/** As much of a load balancer as its place needs. */
interface Placed {
  listeners(): readonly { readonly server: { readonly port: number } }[];
  stop(): Promise<void>;
}

/**
 * Starts load balancers at 127.0.0.2, 127.0.0.3 and so on, all on one port that is free at all of these addresses, so that
 * a name alone decides which one a client reaches.
 *
 * @throws UserError when the system has no such address
 */
export async function atOwnAddresses<P, B extends Placed>(
  plans: readonly P[],
  start: (plan: P, place: Place) => Promise<B>,
): Promise<readonly B[]> {
  for (let tries = 1; ; tries++) {
    await using started = new AsyncDisposableStack();
    const balancers: B[] = [];
    try {
      for (const [index, plan] of plans.entries()) {
        const port = balancers[0]?.listeners()[0]?.server.port ?? 0;
        const balancer = await startAt(`127.0.0.${index + 2}`, (address) => start(plan, { address, port }));
        started.defer(() => balancer.stop());
        balancers.push(balancer);
      }
    } catch (error) {
      if (isCode(error, 'EADDRINUSE') && tries < TRIES) continue;
      throw error;
    }
    started.move();
    return balancers;
  }
}

async function startAt<B>(address: string, start: (address: string) => Promise<B>): Promise<B> {
  try {
    return await start(address);
  } catch (cause) {
    if (!isCode(cause, 'EADDRNOTAVAIL')) throw cause;
    throw new UserError(
      `With range.dns each load balancer of the range listens on a loopback address of its own, and this system has no ${address}. ` +
        `Linux has all of 127.0.0.0/8; elsewhere add the address first (on macOS: sudo ifconfig lo0 alias ${address}), or remove range.dns.`,
      { cause },
    );
  }
}
