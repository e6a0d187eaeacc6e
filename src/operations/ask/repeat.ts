import type { Observation, ShortAnswer } from '../../checks/check.ts';
import { PLAIN, type Question } from '../../checks/question.ts';
import { type Answer, encodedField, listField, numberField, readAnswer } from '../../hosts/answer.ts';
import type { HostResult } from '../../hosts/port.ts';
import { REPEAT_SCRIPT } from '../../hosts/scripts/repeat.ts';
import type { HostContext } from '../context.ts';
import { describeFailure } from '../records.ts';
import { placeOf } from './place.ts';
import { readHeaders, writeManner } from './probe.ts';

export interface RepeatRequest {
  readonly host: string;
  /** Milliseconds that one of the requests may take. */
  readonly limit: number;
  readonly question: Extract<Question, { readonly kind: 'repeated' }>;
}

/** What the script does at once. */
const LANES = 8;
/** What a command needs to reach its host, to start and to report, in milliseconds. */
const ON_THE_WAY = 30_000;

/**
 * Makes the same request many times from each host, so that it works where the runner has no route to the entrance. Bodies
 * are cut shorter than a `ShortAnswer` allows when more than 30 answers are wanted of one host at a time.
 */
export async function repeatFromHosts(
  context: HostContext,
  requests: readonly RepeatRequest[],
): Promise<readonly Observation[]> {
  const results = await context.transport.run(
    requests.map(({ host, limit, question: { url, manner = PLAIN, times, wanted = [] } }) => {
      const { hostname, port } = placeOf(url);
      return {
        host,
        script: REPEAT_SCRIPT,
        arguments: [
          String(times),
          (limit / 1_000).toFixed(3),
          ...writeManner(manner, url),
          ...[hostname, port, wanted.join(' '), url],
        ],
        timeout: limit * Math.ceil(times / LANES) + ON_THE_WAY,
        onCancel: 'stop',
      };
    }),
    context.signal,
  );
  return requests.map((request, index) => toObservation(request, results[index]));
}

function toObservation({ host, question }: RepeatRequest, result: HostResult | undefined): Observation {
  if (result?.outcome !== 'done') {
    const problem = result === undefined ? 'it was never asked' : describeFailure(result);
    return { kind: 'silent', problem, milliseconds: 0 };
  }
  const answer = readAnswer(host, result.stdout);
  const milliseconds = numberField(answer, 'milliseconds');
  const answers = listField(answer, 'answers').map(toShortAnswer);
  if (answers.length === question.times) return { kind: 'answers', answers, milliseconds };
  const problem = `${answers.length} of ${question.times} answers were reported`;
  return { kind: 'silent', problem, milliseconds };
}

function toShortAnswer(answer: Answer): ShortAnswer {
  const status = numberField(answer, 'status');
  if (status === 0) return { status, problem: encodedField(answer, 'problem') || 'no answer' };
  return {
    status,
    headers: readHeaders(encodedField(answer, 'headers')),
    body: encodedField(answer, 'body'),
  };
}
