import {
  CreateBucketConfiguration$,
  GetBucketVersioningOutput$,
  VersioningConfiguration$,
} from '@aws-sdk/client-s3';
import type { Reply } from '../wire/reply.ts';
import { WireError } from '../wire/service.ts';
import { readXml, type Schema, writeXml } from '../wire/xml.ts';
import type { S3Request } from './request.ts';
import type { Store } from './store.ts';

/** CreateBucket. A bucket of the range is in every region, so its location is accepted and means nothing. */
export async function createBucket(store: Store, request: S3Request): Promise<Reply> {
  const configuration = await readConfiguration(request, CreateBucketConfiguration$);
  refuseOthers('CreateBucketConfiguration', configuration, 'LocationConstraint');
  store.createBucket(request.bucket);
  return { status: 200, headers: { location: `/${request.bucket}` }, body: '' };
}

/** HeadBucket. */
export function headBucket(store: Store, { bucket }: S3Request): Reply {
  store.requireBucket(bucket);
  return { status: 200, headers: {}, body: '' };
}

/** GetBucketVersioning: always on. */
export function getVersioning(store: Store, { bucket }: S3Request): Reply {
  store.requireBucket(bucket);
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: writeXml(
      GetBucketVersioningOutput$,
      { Status: 'Enabled' },
      'http://s3.amazonaws.com/doc/2006-03-01/',
    ),
  };
}

/** PutBucketVersioning: `Enabled` holds already, anything else is refused. */
export async function putVersioning(store: Store, request: S3Request): Promise<Reply> {
  store.requireBucket(request.bucket);
  const configuration = await readConfiguration(request, VersioningConfiguration$);
  refuseOthers('VersioningConfiguration', configuration, 'Status');
  if (configuration.get('Status') !== 'Enabled') {
    throw new WireError(
      'NotImplemented',
      `Versioning is always Enabled in the range's S3; it cannot be set to ${String(configuration.get('Status'))}`,
      501,
    );
  }
  return { status: 200, headers: {}, body: '' };
}

async function readConfiguration(request: S3Request, schema: Schema): Promise<ReadonlyMap<string, unknown>> {
  const { body } = await request.payload();
  if (body.byteLength === 0) {
    return new Map();
  }
  try {
    return new Map(Object.entries(Object(readXml(schema, body))));
  } catch (cause) {
    throw new WireError('MalformedXML', `The body is not well-formed XML: ${String(cause)}`);
  }
}

function refuseOthers(name: string, configuration: ReadonlyMap<string, unknown>, modelled: string): void {
  const others = [...configuration.keys()].filter((member) => member !== modelled);
  if (others.length > 0) {
    throw new WireError(
      'NotImplemented',
      `${others.join(', ')} in ${name} is not modelled by the range's S3, which knows only ${modelled}`,
      501,
    );
  }
}
