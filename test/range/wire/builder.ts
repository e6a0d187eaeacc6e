import { createHash } from 'node:crypto';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as ssm from '@aws-sdk/client-ssm';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { s3Handler } from '../../../src/range/s3/handler.ts';
import { createStore, type Store } from '../../../src/range/s3/store.ts';
import { stsService } from '../../../src/range/sts/sts.ts';
import { type Endpoint, startEndpoint } from '../../../src/range/wire/endpoint.ts';
import type { Operation, Service } from '../../../src/range/wire/service.ts';

export const accessKeyId = 'RANGEKEY';
export const secretAccessKey = 'range-secret';

export interface Setting {
  readonly endpoint: Endpoint;
  readonly store: Store;
  /** What any SDK client needs to reach the endpoint; one attempt, so that errors come at once. */
  readonly client: ClientOptions;
}

export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export async function startSetting(services: readonly Service[] = []): Promise<Setting> {
  const store = createStore();
  const endpoint = await startEndpoint({
    services: [stsService(), ...services],
    s3: s3Handler(store),
    accessKeyId,
    secretAccessKey,
  });
  const credentials = { accessKeyId, secretAccessKey };
  return {
    endpoint,
    store,
    client: { endpoint: endpoint.url, region: 'eu-west-1', maxAttempts: 1, credentials },
  };
}

export function elbv2Service(operations: Readonly<Record<string, Operation>>): Service {
  return { scope: 'elasticloadbalancing', sdk: elbv2, operations };
}

export function ssmService(operations: Readonly<Record<string, Operation>>): Service {
  return { scope: 'ssm', sdk: ssm, operations };
}

/** What a promise was rejected with; fails when it was not. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a failure, saw success');
}

export interface RawRequest {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signedAt?: Date;
}

/** Sends a correctly signed request that no SDK would make. */
export async function sendSigned(url: string, request: RawRequest): Promise<Response> {
  const signer = new SignatureV4({
    service: request.service,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    uriEscapePath: request.service !== 's3',
  });
  const body = request.body ?? '';
  const hash = createHash('sha256').update(body).digest('hex');
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: request.path,
      query: { ...request.query },
      headers: { host: new URL(url).host, 'x-amz-content-sha256': hash, ...request.headers },
      body,
    },
    { signingDate: request.signedAt ?? new Date() },
  );
  const search = new URLSearchParams(request.query).toString();
  return fetch(`${url}${request.path}${search === '' ? '' : `?${search}`}`, {
    method: request.method,
    headers: signed.headers,
    ...(body === '' ? {} : { body }),
  });
}
