import { connect, type Socket } from 'node:net';

/** The client connections that a node has passed on to one target. */
export interface Tunnels {
  /** Joins a client's connection to a new one to the target, for life. A target that refuses resets the client. */
  open(client: Socket): void;
  /** Resets every connection now, on both sides. */
  cut(): void;
}

/** Resets a connection. One whose end is on its way cannot be reset (libuv refuses, and the socket would stay). */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

export function tunnelsTo({ address, port }: { readonly address: string; readonly port: number }): Tunnels {
  const clients = new Set<Socket>();
  return {
    open(client) {
      const target = connect({ host: address, port, allowHalfOpen: true });
      clients.add(client);
      const resetBoth = (): void => {
        reset(client);
        reset(target);
      };
      // An end is passed on as an end, also of one direction alone; everything else as a reset.
      client.pipe(target).pipe(client);
      client.on('error', resetBoth);
      target.on('error', resetBoth);
      target.on('close', (failed) => {
        if (failed) reset(client);
      });
      client.on('close', () => {
        clients.delete(client);
        if (!target.readableEnded || !target.writableFinished) reset(target);
      });
    },
    cut() {
      for (const client of clients) reset(client);
    },
  };
}
