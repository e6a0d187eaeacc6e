import { encodedField, listField, numberField, readAnswer } from '../hosts/answer.ts';
import { PROBE_SCRIPT } from '../hosts/scripts/probe.ts';
import type { HostContext } from './context.ts';
import { describeFailure } from './records.ts';

/** The answer to one HTTP request made on a host. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly url: string;
      readonly status: number;
      /** First 8 kB. */
      readonly body: string;
      /** To the end of the body. */
      readonly milliseconds: number;
    }
  | { readonly kind: 'silent'; readonly url: string; readonly problem: string };

export interface ProbeRequest {
  readonly host: string;
  readonly urls: readonly string[];
  /** Milliseconds to wait until the address accepts connections at all. */
  readonly patience: number;
  /** Milliseconds that one request may take. */
  readonly limit: number;
}

/**
 * Asks URLs from the hosts themselves, so that it works where the runner has no route to them.
 *
 * @returns the answers of each request's URLs, in order
 */
export async function probe(
  context: HostContext,
  requests: readonly ProbeRequest[],
): Promise<readonly (readonly HttpAnswer[])[]> {
  const results = await context.transport.run(
    requests.map(({ host, urls, patience, limit }) => ({
      host,
      script: PROBE_SCRIPT,
      arguments: [String(Math.ceil(patience / 1_000)), (limit / 1_000).toFixed(3), ...urls],
      timeout: patience + limit * urls.length + 30_000,
      onCancel: 'stop',
    })),
    context.signal,
  );
  return requests.map(({ host, urls }, index) => {
    const result = results[index];
    if (result?.outcome !== 'done') {
      const problem = result === undefined ? 'it was never asked' : describeFailure(result);
      return urls.map((url) => ({ kind: 'silent', url, problem }));
    }
    const answers = listField(readAnswer(host, result.stdout), 'answers');
    return urls.map((url, each) => {
      const answer = answers[each];
      if (answer === undefined) return { kind: 'silent', url, problem: 'no answer was reported' };
      const status = numberField(answer, 'status');
      if (status === 0)
        return { kind: 'silent', url, problem: encodedField(answer, 'problem') || 'no answer' };
      const milliseconds = numberField(answer, 'milliseconds');
      return { kind: 'answered', url, status, milliseconds, body: encodedField(answer, 'body') };
    });
  });
}
