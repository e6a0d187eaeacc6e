import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { UserError } from '../runner/errors.ts';
import { digestIn } from './digest.ts';
import { type Located, locate, withoutSecrets } from './locate.ts';
import type { Artifact, ArtifactSource } from './port.ts';

type Place = Extract<Located, { readonly kind: 's3' }>;

/**
 * Release archives on S3. The object's version is pinned when the bucket keeps versions, so that a later upload under
 * the same key changes nothing.
 */
export function createS3Source(options: { readonly region: string }): ArtifactSource {
  const probe = new S3Client({
    region: options.region,
    followRegionRedirects: true,
    requestHandler: requestLimits(10_000),
  });
  const clients = new Map<string, Promise<S3Client>>();
  /** A URL is signed for the bucket's own region, which need not be the zone's. */
  const clientFor = (bucket: string): Promise<S3Client> => {
    const known = clients.get(bucket);
    if (known !== undefined) return known;
    const made = found('s3:ListBucket', probe.send(new HeadBucketCommand({ Bucket: bucket })), bucket).then(
      ({ BucketRegion }) =>
        new S3Client({
          region: BucketRegion ?? options.region,
          requestHandler: requestLimits(10_000),
        }),
    );
    clients.set(bucket, made);
    return made;
  };

  return {
    find: async (location, expected) => {
      const place = parseLocation(location);
      const client = await clientFor(place.bucket);
      const head = await found(
        's3:GetObject',
        client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: place.key, ChecksumMode: 'ENABLED' })),
        location,
      );
      const sha256 = expected ?? (await readDigest(client, place));
      const pinned = head.VersionId === undefined ? {} : { versionId: head.VersionId };
      const artifact: Artifact = {
        location,
        format: place.format,
        size: head.ContentLength ?? 0,
        sha256,
        ...pinned,
      };
      // A checksum of the whole object is compared as it is; one made of parts says nothing about the bytes in order.
      const stored =
        head.ChecksumType === 'COMPOSITE' || head.ChecksumSHA256 === undefined
          ? await digestOf(client, place, head.VersionId)
          : Buffer.from(head.ChecksumSHA256, 'base64').toString('hex');
      if (stored === sha256) return artifact;
      throw new UserError(
        `${location} has sha256 ${stored}, expected ${sha256} ` +
          `(${expected === undefined ? `from ${location}.sha256` : 'from the input sha256'}). ` +
          'Nothing was touched. Upload the archive and its digest again, or correct the digest.',
      );
    },
    url: async (artifact, lifetime) => {
      const { bucket, key } = parseLocation(artifact.location);
      const pinned = artifact.versionId === undefined ? {} : { VersionId: artifact.versionId };
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...pinned });
      return getSignedUrl(await clientFor(bucket), command, { expiresIn: Math.ceil(lifetime / 1_000) });
    },
  };
}

/** Reads `<key>.sha256`, in the format that `sha256sum` writes. */
async function readDigest(client: S3Client, { bucket, key }: Place): Promise<string> {
  const location = `s3://${bucket}/${key}.sha256`;
  const read = async (): Promise<string> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${key}.sha256` }));
    return (await Body?.transformToString()) ?? '';
  };
  const text = await found('s3:GetObject', read(), location);
  const digest = digestIn(text);
  if (digest !== undefined) return digest;
  throw new UserError(
    `${location} does not start with 64 hexadecimal digits. Write it with: sha256sum ${key.split('/').at(-1)}`,
  );
}

async function digestOf(
  client: S3Client,
  { bucket, key }: Place,
  versionId: string | undefined,
): Promise<string> {
  const pinned = versionId === undefined ? {} : { VersionId: versionId };
  const read = async (): Promise<string> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...pinned }));
    const hash = createHash('sha256');
    if (Body instanceof Readable) for await (const part of Body) hash.update(part);
    return hash.digest('hex');
  };
  return found('s3:GetObject', read(), `s3://${bucket}/${key}`);
}

function parseLocation(location: string): Place {
  const located = locate(location);
  if (located.kind === 's3') return located;
  const because = located.kind === 'https' ? 'it is a URL' : located.because;
  throw new UserError(
    `artifact ${withoutSecrets(location)} is not of the form s3://bucket/key with .tar.gz, .tgz or .zip at its end: ` +
      `${because}. Nothing was touched. Correct the location.`,
  );
}

/** A call about an archive; that it is not there is the user's to mend. */
async function found<T>(action: string, answer: Promise<T>, location: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) {
      throw new UserError(
        `${location} does not exist. Nothing was touched. Check the version and upload the release with its .sha256.`,
      );
    }
    return explained({ purpose: `read ${location}`, action, resource: location }, Promise.reject(error));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && ['NotFound', 'NoSuchKey', 'NoSuchBucket'].includes(error.name);
}
