import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import type { EvidenceStore } from './port.ts';

/** Milliseconds from sending a request to the beginning of its answer. */
const REQUEST_LIMIT = 10_000;
/** The same attempt of a run writes once; a second name is for a step that is in a job twice. */
const NAMES = 9;

/**
 * Bundles on S3, each written with `If-None-Match: *`, which S3 refuses with 412, or 409 while another write is under way, when
 * the object is there already (S3 User Guide, "How to prevent object overwrites with conditional writes").
 *
 * @param place `s3://bucket/folder`
 * @param options.region where S3 is asked first; a bucket of another one is found by the redirect that S3 answers with
 * @throws UserError when the place is no such location
 */
export function createS3Evidence(place: string, options: { readonly region: string }): EvidenceStore {
  const { bucket, folder } =
    /^s3:\/\/(?<bucket>[a-z0-9.-]{3,63})\/(?<folder>\P{Cc}{1,900})$/u.exec(place)?.groups ?? {};
  if (bucket === undefined || folder === undefined) {
    throw new UserError(
      `${place} is not of the form s3://bucket/folder: correct \`ledger\` in the fleet file.`,
    );
  }
  const client = new S3Client({
    region: options.region,
    followRegionRedirects: true,
    requestHandler: requestLimits(REQUEST_LIMIT),
  });
  return {
    place,
    write: async (name, text, signal) => {
      for (let attempt = 1; attempt <= NAMES; attempt += 1) {
        const file = attempt === 1 ? `${name}.json` : `${name}-${attempt}.json`;
        const object = { Bucket: bucket, Key: `${folder}/${file}` };
        if (await put(client, { object, text, signal })) return `${place}/${file}`;
      }
      throw new PlatformError(`${place}/${name}.json and ${NAMES - 1} other names are taken already.`);
    },
  };
}

interface Write {
  readonly object: { readonly Bucket: string; readonly Key: string };
  readonly text: string;
  readonly signal: AbortSignal;
}

/** @returns whether it was written; otherwise the name is taken */
async function put(client: S3Client, { object, text, signal }: Write): Promise<boolean> {
  const command = new PutObjectCommand({
    ...object,
    Body: text,
    ContentType: 'application/json',
    IfNoneMatch: '*',
  });
  try {
    await client.send(command, { abortSignal: signal });
    return true;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 412 || status === 409) return false;
    const resource = `s3://${object.Bucket}/${object.Key}`;
    const purpose = `write the evidence bundle ${resource}`;
    return explained({ purpose, action: 's3:PutObject', resource }, Promise.reject<never>(error));
  }
}
