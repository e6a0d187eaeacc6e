import type { SendCommandRequest } from '@aws-sdk/client-ssm';
import type { Store } from '../s3/store.ts';
import { WireError } from '../wire/service.ts';
import type { AgentRun } from './agent.ts';

/** Where a command's output is kept in S3. */
export interface OutputPlace {
  readonly bucket: string;
  /** Empty for none. */
  readonly prefix: string;
}

/** What the keys and addresses of an invocation's output are made of. */
export interface OutputOwner {
  readonly commandId: string;
  readonly host: string;
  readonly region: string;
  readonly output: OutputPlace | undefined;
}

type Stream = 'stdout' | 'stderr';

/**
 * Reads where a SendCommand wants its output kept.
 *
 * @throws WireError `InvalidOutputFolder`, as the API reference says, when there is no such bucket
 */
export function readOutputPlace(
  { OutputS3BucketName: bucket, OutputS3KeyPrefix: prefix = '' }: SendCommandRequest,
  store: Store,
): OutputPlace | undefined {
  if (bucket === undefined) return undefined;
  try {
    store.requireBucket(bucket);
  } catch {
    throw new WireError('InvalidOutputFolder', `The S3 bucket ${bucket} doesn't exist.`);
  }
  return { bucket, prefix };
}

/** Puts what a run printed where its command wants it, as the agent does before it reports the end. */
export async function keepOutput(run: AgentRun, owner: OutputOwner, store: Store): Promise<void> {
  if (owner.output === undefined) return;
  for (const stream of ['stdout', 'stderr'] as const) {
    const content = await run.output(stream);
    // The agent uploads no empty file.
    if (content.length > 0) store.put(owner.output.bucket, keyOf(owner, owner.output, stream), content);
  }
}

/** The address that GetCommandInvocation shows; empty without a bucket. */
export function outputUrl(owner: OutputOwner, stream: Stream): string {
  if (owner.output === undefined) return '';
  const key = keyOf(owner, owner.output, stream);
  return `https://s3.${owner.region}.amazonaws.com/${owner.output.bucket}/${key}`;
}

function keyOf({ commandId, host }: OutputOwner, { prefix }: OutputPlace, stream: Stream): string {
  const folders = [...(prefix === '' ? [] : [prefix]), commandId, host];
  return `${folders.join('/')}/awsrunShellScript/0.awsrunShellScript/${stream}`;
}
