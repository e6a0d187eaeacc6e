import { createHash } from 'node:crypto';
import { Crc32, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { WireError } from '../wire/service.ts';

/** The checksum headers that the range verifies: what the SDKs, boto3 and both AWS CLIs send by default, and sha256. */
export const checksumHeaders: readonly string[] = [
  'x-amz-checksum-crc32',
  'x-amz-checksum-crc64nvme',
  'x-amz-checksum-sha256',
];

/** Verifies `Content-MD5` and every checksum header against the body; gives back the checksum headers. */
export async function verifyChecksums(
  headers: ReadonlyMap<string, string>,
  body: Buffer,
): Promise<Readonly<Record<string, string>>> {
  const md5 = headers.get('content-md5');
  if (md5 !== undefined) {
    checkMd5(md5, body);
  }
  const verified: Record<string, string> = {};
  for (const header of checksumHeaders) {
    const stated = headers.get(header);
    if (stated !== undefined) {
      compare(header, stated, await computeChecksum(header, body));
      verified[header] = stated;
    }
  }
  return verified;
}

async function computeChecksum(header: string, body: Buffer): Promise<string> {
  if (header === 'x-amz-checksum-sha256') {
    return createHash('sha256').update(body).digest('base64');
  }
  const checksum = header === 'x-amz-checksum-crc32' ? new Crc32() : new Crc64Nvme();
  checksum.update(body);
  return Buffer.from(await checksum.digest()).toString('base64');
}

function checkMd5(stated: string, body: Buffer): void {
  if (Buffer.from(stated, 'base64').byteLength !== 16) {
    throw new WireError('InvalidDigest', `The Content-MD5 is not a base64 MD5: ${stated}`);
  }
  compare('Content-MD5', stated, createHash('md5').update(body).digest('base64'));
}

function compare(header: string, stated: string, computed: string): void {
  if (stated !== computed) {
    throw new WireError('BadDigest', `The body's ${header} is ${computed}, the request states ${stated}`);
  }
}
