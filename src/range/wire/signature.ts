import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';

/** Why a request is not believed to come from who it says. */
export type SignatureTrouble = 'missing' | 'malformed' | 'unknown-key' | 'mismatch' | 'skewed' | 'expired';

/** A request that is not authentic. Each protocol has its own code for each trouble. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly trouble: SignatureTrouble;

  constructor(trouble: SignatureTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** What a request says about its signer, not yet believed. */
export interface Claim {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly signedAt: Date;
  /** Seconds for which a presigned URL holds; undefined when the Authorization header was used. */
  readonly expiresIn?: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Reads the claim from the Authorization header or, for presigned URLs, from the query string. */
export function readClaim(request: IncomingMessage): Claim {
  const query = queryOf(request);
  const header = request.headers.authorization;
  if (header !== undefined) {
    return parseClaim(headerFields(header), String(request.headers['x-amz-date'] ?? ''));
  }
  if (query.has('X-Amz-Signature')) {
    const expiresIn = Number(query.get('X-Amz-Expires'));
    if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestPresign) {
      throw new SignatureError(
        'malformed',
        `X-Amz-Expires is ${query.get('X-Amz-Expires') ?? 'missing'}, must be 1 to ${String(longestPresign)} seconds`,
      );
    }
    return { ...parseClaim(queryFields(query), query.get('X-Amz-Date') ?? ''), expiresIn };
  }
  if (query.has('AWSAccessKeyId')) {
    throw new SignatureError(
      'malformed',
      "this URL is signed with signature version 2; sign with AWS4-HMAC-SHA256 (boto3: Config(signature_version='s3v4'))",
    );
  }
  throw new SignatureError(
    'missing',
    'the request is not signed: give the client the AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY that the range printed',
  );
}

/**
 * Believes a claim or throws `SignatureError`: known key, fresh enough, and the signature is the one that
 * the SDK's own signer computes for this request.
 *
 * @param body the whole body; undefined where the payload is hashed by the service itself, as S3 does
 */
export async function verifyClaim(
  claim: Claim,
  request: IncomingMessage,
  body: Buffer | undefined,
  credentials: Credentials,
  now: Date,
): Promise<void> {
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new SignatureError(
      'unknown-key',
      `the access key id ${claim.accessKeyId} is not the range's, which is ${credentials.accessKeyId}`,
    );
  }
  checkAge(claim, now);
  if (body !== undefined) {
    checkPayloadHash(request, body);
  }
  if ((await expectedSignature(claim, request, body, credentials)) !== claim.signature) {
    throw new SignatureError(
      'mismatch',
      "the signature is not the one computed with the range's secret access key; check AWS_SECRET_ACCESS_KEY",
    );
  }
}

/** Path of a request exactly as it came, without the query string. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** Query string of a request. */
export function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
}

// Both from the SigV4 documentation: 15 minutes of skew, presigned URLs for a week at most.
const allowedSkew = 15 * 60 * 1000;
const longestPresign = 7 * 24 * 60 * 60;

interface Fields {
  readonly algorithm: string;
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

function headerFields(header: string): Fields {
  const [algorithm = '', ...rest] = header.split(' ');
  const fields = new Map(
    rest
      .join('')
      .split(',')
      .map((field) => {
        const [name = '', value = ''] = field.split('=', 2);
        return [name, value];
      }),
  );
  return {
    algorithm,
    credential: fields.get('Credential') ?? '',
    signedHeaders: fields.get('SignedHeaders') ?? '',
    signature: fields.get('Signature') ?? '',
  };
}

function queryFields(query: URLSearchParams): Fields {
  return {
    algorithm: query.get('X-Amz-Algorithm') ?? '',
    credential: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
  };
}

function parseClaim(fields: Fields, date: string): Claim {
  const scope = /^([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request$/.exec(fields.credential);
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (fields.algorithm !== 'AWS4-HMAC-SHA256' || scope === null || time === null) {
    throw new SignatureError(
      'malformed',
      `expected AWS4-HMAC-SHA256 with Credential=KEY/DATE/REGION/SERVICE/aws4_request and X-Amz-Date, saw algorithm "${fields.algorithm}", credential "${fields.credential}", date "${date}"`,
    );
  }
  const [, accessKeyId = '', region = '', service = ''] = scope;
  const [, year, month, day, hour, minute, second] = time;
  return {
    accessKeyId,
    region,
    service,
    signedHeaders: fields.signedHeaders.split(';'),
    signature: fields.signature,
    signedAt: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  };
}

function checkAge(claim: Claim, now: Date): void {
  const age = now.getTime() - claim.signedAt.getTime();
  if (claim.expiresIn !== undefined && age > claim.expiresIn * 1000) {
    throw new SignatureError(
      'expired',
      `Request has expired: signed at ${claim.signedAt.toISOString()} for ${String(claim.expiresIn)} s, now ${now.toISOString()}`,
    );
  }
  if (age < -allowedSkew || (claim.expiresIn === undefined && age > allowedSkew)) {
    throw new SignatureError(
      'skewed',
      `signed at ${claim.signedAt.toISOString()}, more than 15 minutes from now, ${now.toISOString()}`,
    );
  }
}

function checkPayloadHash(request: IncomingMessage, body: Buffer): void {
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed !== undefined && claimed !== createHash('sha256').update(body).digest('hex')) {
    throw new SignatureError('mismatch', 'the body is not the one whose hash x-amz-content-sha256 states');
  }
}

async function expectedSignature(
  claim: Claim,
  request: IncomingMessage,
  body: Buffer | undefined,
  credentials: Credentials,
): Promise<string | undefined> {
  const { region, service, signedAt, expiresIn } = claim;
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: service !== 's3',
  });
  const signed = new Set(claim.signedHeaders);
  const copy = {
    method: request.method ?? 'GET',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: pathOf(request),
    query: queryRecord(queryOf(request)),
    headers: Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => signed.has(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    // A body that is not bytes is what the signer takes as UNSIGNED-PAYLOAD, and so is every presigned URL's.
    body: body ?? request,
  };
  const options = { signingDate: signedAt, signableHeaders: signed };
  if (expiresIn === undefined) {
    const { headers } = await signer.sign(copy, options);
    return headerFields(headers['authorization'] ?? '').signature;
  }
  const { query } = await signer.presign(copy, { ...options, expiresIn, unhoistableHeaders: signed });
  return query?.['X-Amz-Signature']?.toString();
}

function queryRecord(query: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (const key of new Set(query.keys())) {
    const values = query.getAll(key);
    record[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return record;
}
