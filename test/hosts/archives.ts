import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** A tar.gz and its digest. */
export interface TestArchive {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** A member of an archive: the text of a file, or where a symbolic link points to. */
export type Member = string | { readonly link: string };
export type Members = Readonly<Record<string, Member>>;

/** Packs files under exactly the names given, also such as no tar program would write. */
export function pack(members: Members): TestArchive {
  const entries = Object.entries(members).flatMap(([path, member]) => {
    const body = Buffer.from(typeof member === 'string' ? member : '');
    const kind = typeof member === 'string' ? { type: 'File' as const } : symbolicLink(member.link);
    const header = new Header({ path, size: body.length, ...kind, mode: 0o755, mtime: new Date(0) });
    header.encode();
    if (header.block === undefined) throw new Error(`${path} does not fit into a tar header`);
    return [header.block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return archive(gzipSync(Buffer.concat([...entries, Buffer.alloc(1_024)])));
}

function symbolicLink(linkpath: string): { readonly type: 'SymbolicLink'; readonly linkpath: string } {
  return { type: 'SymbolicLink', linkpath };
}

/** Packs a zip as a Unix program would, without compression, under exactly the names given. */
export function packZip(members: Members): TestArchive {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, member] of Object.entries(members)) {
    const name = Buffer.from(path);
    const body = Buffer.from(typeof member === 'string' ? member : member.link);
    // Version 2.0, 1 January 2020, stored; the same in both headers.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x5021, 8);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(body.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, body]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((typeof member === 'string' ? 0o100755 : 0o120777) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([30, 3]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, rest, name]));
    locals.push(local);
    offset += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return archive(Buffer.concat([...locals, ...directory, end]));
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
