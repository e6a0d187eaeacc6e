import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** A tar.gz and its digest. */
export interface TestArchive {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Packs files under exactly the names given, also such as no tar program would write. */
export function pack(files: Readonly<Record<string, string>>): TestArchive {
  const entries = Object.entries(files).flatMap(([path, text]) => {
    const body = Buffer.from(text);
    const header = new Header({ path, size: body.length, type: 'File', mode: 0o755, mtime: new Date(0) });
    header.encode();
    if (header.block === undefined) throw new Error(`${path} does not fit into a tar header`);
    return [header.block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return archive(gzipSync(Buffer.concat([...entries, Buffer.alloc(1_024)])));
}

/** Any bytes as an archive. */
export function archive(bytes: Buffer): TestArchive {
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export interface TestServer {
  readonly url: string;
  /** Requests so far. */
  count(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An HTTP server on loopback whose every answer is given by `answer`. */
export async function serve(
  answer: (response: ServerResponse, path: string, count: number) => void,
  port = 0,
): Promise<TestServer> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    answer(response, request.url ?? '', count);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
