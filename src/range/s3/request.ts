import type { IncomingMessage } from 'node:http';
import { WireError } from '../wire/service.ts';
import { pathOf, queryOf } from '../wire/signature.ts';
import { type Payload, readPayload } from './payload.ts';

/** An S3 request, path style, without what only its signature needs. */
export interface S3Request {
  readonly method: string;
  readonly path: string;
  readonly bucket: string;
  /** Empty when the request is for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names; presigned URLs carry some of them in the query string. */
  readonly headers: ReadonlyMap<string, string>;
  readonly requestId: string;
  /** Reads and verifies the body. */
  payload(): Promise<Payload>;
}

/** Takes a request apart; refuses virtual-host style. */
export function parseRequest(request: IncomingMessage, requestId: string): S3Request {
  refuseVirtualHost(request.headers.host ?? '');
  const path = pathOf(request);
  const [bucket = '', ...key] = path.slice(1).split('/').map(decodeStep);
  const parameters = [...queryOf(request)].filter(([name]) => !ignoredParameters.has(name.toLowerCase()));
  const headers = new Map([
    ...parameters.filter(isHeader).map(([name, value]) => [name.toLowerCase(), value] as const),
    ...Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
  ]);
  return {
    method: request.method ?? 'GET',
    path,
    bucket,
    key: key.join('/'),
    query: new Map(parameters.filter((parameter) => !isHeader(parameter))),
    headers,
    requestId,
    payload: () => readPayload(request, headers),
  };
}

// Presigning, and the name of the operation, which SDKs add and S3 ignores.
const ignoredParameters: ReadonlySet<string> = new Set([
  'x-id',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-content-sha256',
]);

function isHeader([name]: readonly [string, string]): boolean {
  return name.toLowerCase().startsWith('x-amz-');
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw new WireError('InvalidURI', `The path has a broken escape: ${step}`);
  }
}

function refuseVirtualHost(host: string): void {
  const name = host.replace(/:\d+$/, '');
  if (name !== '127.0.0.1' && name !== 'localhost') {
    throw new WireError(
      'InvalidRequest',
      `The range's S3 is path style only, saw the host ${host}: use the 127.0.0.1 endpoint that the range printed, or set forcePathStyle (boto3: Config(s3={'addressing_style': 'path'}))`,
    );
  }
}
