import {
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import type { LedgerStore, Stored, Written } from './port.ts';

/** S3 makes ETags from content, or at random when it is encrypted with KMS: no content is known to have this one. */
const NOBODYS_ETAG = `"${'0'.repeat(32)}"`;

/** Milliseconds from sending a request to the beginning of its answer. */
const REQUEST_LIMIT = 10_000;

type Condition = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;
interface Place {
  readonly place: string;
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * A ledger on S3, changed by conditional writes (S3 User Guide, "How to prevent object overwrites with conditional writes"):
 * `If-None-Match: *` for the first one, after that `If-Match` with the ETag that was read. S3 answers 412 when it does not
 * hold, 409 when another write is under way, and 404 when the object is gone.
 *
 * Storage of other kinds may take the condition and ignore it, so after its first write a store proves that a condition
 * which cannot hold is refused.
 *
 * @param place `s3://bucket/key`
 * @param options.region where S3 is asked first; a bucket of another one is found by the redirect that S3 answers with
 * @throws UserError when the place is no such location
 */
export function createS3Ledger(place: string, options: { readonly region: string }): LedgerStore {
  const at = parsePlace(place);
  const client = new S3Client({
    region: options.region,
    followRegionRedirects: true,
    requestHandler: requestLimits(REQUEST_LIMIT),
  });
  let isProven = false;
  return {
    place,
    read: (signal) => readFrom(client, at, signal),
    write: async (text, expected, signal) => {
      const condition = expected === undefined ? { IfNoneMatch: '*' } : { IfMatch: expected };
      const written = await put(client, at, { text, condition, signal });
      if (written.kind === 'written' && !isProven) {
        await proveConditions(client, at, { text, condition, signal });
        isProven = true;
      }
      return written;
    },
  };
}

function parsePlace(place: string): Place {
  const { bucket, key } =
    /^s3:\/\/(?<bucket>[a-z0-9.-]{3,63})\/(?<key>\P{Cc}{1,1024})$/u.exec(place)?.groups ?? {};
  if (bucket !== undefined && key !== undefined) return { place, Bucket: bucket, Key: key };
  throw new UserError(
    `ledger ${place} is not of the form s3://bucket/key. Nothing was touched. Correct it in the fleet file.`,
  );
}

async function readFrom(
  client: S3Client,
  { place, Bucket, Key }: Place,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  const read = async (): Promise<Stored> => {
    const answer = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal });
    const text = (await answer.Body?.transformToString()) ?? '';
    if (answer.ETag !== undefined) return { text, revision: answer.ETag };
    throw new PlatformError(
      `${place} was given without an ETag, by which changes are told from each other. Put the ledger on S3.`,
    );
  };
  try {
    return await read();
  } catch (error) {
    if (isAnswer(error, 404) && error.name === 'NoSuchKey') return undefined;
    return fail(error, { place, Bucket, Key }, 'read');
  }
}

interface Write {
  readonly text: string;
  readonly condition: Condition;
  readonly signal: AbortSignal;
}

/** Writes the text, if the condition holds. */
async function put(client: S3Client, at: Place, { text, condition, signal }: Write): Promise<Written> {
  const { Bucket, Key } = at;
  const ContentType = 'application/json';
  const command = new PutObjectCommand({ Bucket, Key, Body: text, ContentType, ...condition });
  try {
    const { ETag } = await client.send(command, { abortSignal: signal });
    return { kind: 'written', ...(ETag === undefined ? {} : { revision: ETag }) };
  } catch (error) {
    if (isAnswer(error, 412) || isAnswer(error, 409)) return { kind: 'conflict' };
    if (isAnswer(error, 404) && error.name === 'NoSuchKey') return { kind: 'conflict' };
    if (isAnswer(error, 501)) throw unfit(at.place, condition, 'does not know', error);
    return fail(error, at, 'write');
  }
}

/** @throws UserError when the storage writes although a condition does not hold */
async function proveConditions(client: S3Client, at: Place, write: Write): Promise<void> {
  const impossible: readonly Condition[] = [
    ...(write.condition.IfNoneMatch === undefined ? [] : [{ IfNoneMatch: '*' }]),
    { IfMatch: NOBODYS_ETAG },
  ];
  for (const condition of impossible) {
    // The same text: storage that ignores the condition is left with what was just written.
    const { kind } = await put(client, at, { ...write, condition });
    if (kind === 'written') throw unfit(at.place, condition, 'ignores');
  }
}

function unfit(
  place: string,
  condition: Condition,
  does: 'ignores' | 'does not know',
  cause?: unknown,
): UserError {
  const header = condition.IfMatch === undefined ? 'If-None-Match' : 'If-Match';
  // Whoever works holds the lease, which is taken with the first write, and that is when conditions are proven.
  const state =
    does === 'ignores'
      ? 'This was found by the first write of this step, which stands; nothing else was touched.'
      : 'The ledger was not written.';
  return new UserError(
    `The storage of the ledger ${place} ${does} the condition ${header} of a write, so of two deployments that change it at ` +
      `once one would undo what the other one wrote. ${state} Put the ledger on S3, or on storage with conditional writes.`,
    { cause },
  );
}

/** @throws UserError or PlatformError, always */
function fail(error: unknown, { place, Bucket }: Place, verb: 'read' | 'write'): Promise<never> {
  if (isAnswer(error, 404) && error.name === 'NoSuchBucket') {
    throw new UserError(
      `The bucket ${Bucket} of the ledger ${place} does not exist. The ledger was not ${verb === 'read' ? 'read' : 'written'}. ` +
        'Create it, with versioning, or correct `ledger` in the fleet file.',
      { cause: error },
    );
  }
  const action =
    verb === 'read'
      ? 's3:GetObject (and s3:ListBucket on its bucket, without which S3 says the same of a key that does not exist)'
      : 's3:PutObject (and s3:GetObject, which the condition of the write needs)';
  return explained(
    { purpose: `${verb} the ledger ${place}`, action, resource: place },
    Promise.reject<never>(error),
  );
}

function isAnswer(error: unknown, status: number): error is S3ServiceException {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}
