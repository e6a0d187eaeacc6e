import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Range } from '../../src/range/range.ts';

/** The text of an object on a range, by its `s3://bucket/key`. */
export async function downloaded(
  { endpoint, environment }: Range,
  place: string | undefined,
): Promise<string> {
  const { bucket = '', key = '' } = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/.exec(place ?? '')?.groups ?? {};
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } finally {
    client.destroy();
  }
}
