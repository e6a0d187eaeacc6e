import { Agent, type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import type { Socket } from 'node:net';
import { tunnelsTo } from './tunnels.ts';

/** One request to a target. */
export interface TargetRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

/** The connections of one node to one target. */
export interface TargetConnections {
  /** Instance id of the target. */
  readonly host: string;
  /** @param fresh asks for a new connection instead of an idle one */
  send(message: TargetRequest, fresh: boolean): ClientRequest;
  /** Passes a whole client connection on to the target; see `Tunnels`. */
  tunnel(client: Socket): void;
  /** The node stops using the target: idle connections close now, busy ones when their response has ended, tunnels stay. */
  leave(): void;
  /** Ends every connection now; requests in flight fail with `CutOff`. */
  cut(): void;
}

/** Why a request in flight failed: its target's deregistration delay was over. No reset, so that it is not repeated. */
export class CutOff extends Error {
  override readonly name = 'CutOff';

  constructor() {
    super('the deregistration delay ended while the target was handling the request');
  }
}

/** @param idleTimeout milliseconds without a byte after which a request emits `timeout` and an idle connection closes */
export function connectionsTo(
  destination: { readonly host: string; readonly address: string; readonly port: number },
  idleTimeout: number,
): TargetConnections {
  const kept = new Agent({ keepAlive: true, timeout: idleTimeout });
  const single = new Agent({ keepAlive: false, timeout: idleTimeout });
  const tunnels = tunnelsTo(destination);
  const { host, address, port } = destination;
  return {
    host,
    send: ({ method, path, headers }, fresh) =>
      request({ host: address, port, method, path, headers, agent: fresh ? single : kept }),
    tunnel: tunnels.open,
    leave() {
      kept.maxFreeSockets = 0;
      for (const socket of Object.values(kept.freeSockets).flat()) socket?.destroy();
    },
    cut() {
      const sockets = [kept.sockets, single.sockets, kept.freeSockets].flatMap((some) => Object.values(some));
      for (const socket of sockets.flat()) socket?.destroy(new CutOff());
      tunnels.cut();
    },
  };
}
