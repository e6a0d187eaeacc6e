import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TargetConnections } from './connections.ts';
import type { ListeningServer, Place } from './listening.ts';
import { reset } from './tunnels.ts';

export interface TcpListenerOptions {
  /** The node that a new client connection arrives at. */
  readonly node: () => string;
  readonly place: Place;
  /** The target of a new connection, which keeps it for life; `undefined` resets it. */
  readonly choose: (node: string) => TargetConnections | undefined;
}

/** Starts a network load balancer's listener: it knows connections, not requests. */
export async function startTcpListener({
  node,
  place,
  choose,
}: TcpListenerOptions): Promise<ListeningServer> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    const target = choose(node());
    if (target === undefined) reset(client);
    else target.tunnel(client);
  });
  server.listen(place.port, place.address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) reset(client);
      await closed;
    },
  };
}
