import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { readBody } from '../wire/reply.ts';
import { WireError } from '../wire/service.ts';
import { checksumHeaders, verifyChecksums } from './checksums.ts';

/** A body whose hashes have all been verified. */
export interface Payload {
  readonly body: Buffer;
  /** Checksum headers that the client gave and that hold, trailers included. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Reads a body, takes aws-chunked apart, and verifies every hash that the client stated. */
export async function readPayload(
  request: IncomingMessage,
  headers: ReadonlyMap<string, string>,
): Promise<Payload> {
  const hash = headers.get('x-amz-content-sha256') ?? unsigned;
  const trailer = headers.get('x-amz-trailer');
  if (trailer !== undefined && !checksumHeaders.includes(trailer)) {
    throw new WireError('NotImplemented', `The trailer ${trailer} is not modelled by the range's S3`, 501);
  }
  const raw = await readBody(request);
  const { body, trailers } = decode(raw, hash);
  checkLength(body, headers.get('x-amz-decoded-content-length'));
  const checksums = await verifyChecksums(new Map([...headers, ...trailers]), body);
  if (trailer !== undefined && checksums[trailer] === undefined) {
    throw new WireError('MalformedTrailerError', `The trailer ${trailer} was announced and did not come`);
  }
  return { body, checksums };
}

const unsigned = 'UNSIGNED-PAYLOAD';
const chunked = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

interface Decoded {
  readonly body: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

function decode(raw: Buffer, hash: string): Decoded {
  if (hash === chunked) {
    return decodeChunks(raw);
  }
  if (hash === unsigned) {
    return { body: raw, trailers: new Map() };
  }
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw new WireError(
      'NotImplemented',
      `x-amz-content-sha256: ${hash} is not modelled by the range's S3`,
      501,
    );
  }
  const computed = createHash('sha256').update(raw).digest('hex');
  if (computed !== hash) {
    throw new WireError(
      'XAmzContentSHA256Mismatch',
      `The body's sha256 is ${computed}, x-amz-content-sha256 states ${hash}`,
    );
  }
  return { body: raw, trailers: new Map() };
}

/** `aws-chunked`: size in hex, CRLF, data, CRLF, …, size 0, then trailers, each ended by CRLF. */
function decodeChunks(raw: Buffer): Decoded {
  const parts: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', position);
    const size = /^([0-9a-f]+)(?:;.*)?$/i.exec(
      raw.toString('latin1', position, Math.max(lineEnd, position)),
    )?.[1];
    if (lineEnd < 0 || size === undefined) {
      throw incomplete(`no chunk size at byte ${String(position)}`);
    }
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) {
      return { body: Buffer.concat(parts), trailers: readTrailers(raw.toString('latin1', start)) };
    }
    if (raw.toString('latin1', end, end + 2) !== '\r\n') {
      throw incomplete(`the chunk at byte ${String(position)} does not end where it says`);
    }
    parts.push(raw.subarray(start, end));
    position = end + 2;
  }
}

function readTrailers(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [
        line.slice(0, line.indexOf(':')).trim().toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
}

function checkLength(body: Buffer, stated: string | undefined): void {
  if (stated !== undefined && Number(stated) !== body.byteLength) {
    throw incomplete(`${String(body.byteLength)} bytes came, x-amz-decoded-content-length states ${stated}`);
  }
}

function incomplete(what: string): WireError {
  return new WireError('IncompleteBody', `The body is not complete: ${what}`);
}
