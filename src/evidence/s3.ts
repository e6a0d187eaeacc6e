import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import { namesOf } from './names.ts';
import type { EvidenceStore } from './port.ts';

/** Milliseconds from sending a request to the beginning of its answer. */
const REQUEST_LIMIT = 10_000;

/**
 * Bundles on S3, each written with `If-None-Match: *`, which S3 refuses with 412, or 409 while another write is under way, when
 * the object is there already (S3 User Guide, "How to prevent object overwrites with conditional writes"). A bundle that was
 * written and whose answer was lost on the way is written a second time, under the next name.
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
      for (const each of namesOf(name)) {
        const object = { Bucket: bucket, Key: `${folder}/${each}.json` };
        if (await put(client, { object, text, signal })) return `${place}/${each}.json`;
      }
      throw new PlatformError(
        `${place} says of every name that begins with ${name} that it is taken, also of one made by chance. The bundle was not kept.`,
      );
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
