import type { Asked } from '../../checks/question.ts';
import { poolName } from '../../fleet/flip-steps.ts';
import { UserError } from '../../runner/errors.ts';
import type { SmokeTarget, Trial } from '../smoke/smoke-trial.ts';
import type { FlipContext, FlipRequest } from './request.ts';

/** How often a new side that fails every request may go unseen by chance. */
const CHANCE = 1e-6;
/** Below a share of 3 % so many answers leave more to chance; more of them would be load of their own. */
const MOST = 500;
/** From a host each request is a command of its own. */
const MOST_BY_HOST = 20;

/** How many answers it takes to have seen a side that gives this share of them: (1 - share)^n is chance alone. */
export function answersFor(percent: number, askFrom: FlipRequest['askFrom']): number {
  const needed = Math.ceil(Math.log(CHANCE) / Math.log(1 - percent / 100));
  return Math.min(needed, askFrom === 'host' ? MOST_BY_HOST : MOST);
}

/**
 * Makes each request check through the route so often that a new side which fails it cannot hide behind the old one's
 * answers. There is no second try: each of these answers could have been a user's.
 *
 * @param percent share of the new side, below 100
 * @throws UserError with the checks that answers failed, how many, and what the first of them saw
 */
export async function smokeShare(
  context: FlipContext,
  request: FlipRequest,
  percent: number,
  entrance: SmokeTarget | undefined,
): Promise<void> {
  if (entrance === undefined || percent === 100) return;
  const problems: string[] = [];
  for (const trial of request.trials) {
    if (trial.among([entrance]).length === 0 || trial.askAt(entrance).kind !== 'http') continue;
    const problem = await askOften(context, request, trial, { percent, entrance });
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

async function askOften(
  context: FlipContext,
  { course, askFrom }: FlipRequest,
  trial: Trial,
  { percent, entrance }: { readonly percent: number; readonly entrance: SmokeTarget },
): Promise<string | undefined> {
  const times = answersFor(percent, askFrom);
  const asked: Asked = { host: entrance.host, limit: trial.limit, question: trial.askAt(entrance) };
  const seen = await context.ask(
    Array.from({ length: times }, () => asked),
    context.signal,
  );
  const failed = seen.map((each) => trial.judge(each, entrance)).filter(({ passed }) => !passed);
  const what = `smoke test ${trial.name} at ${entrance.subject}`;
  const share = `with ${percent} % of requests for ${poolName(course.to)}`;
  const [first] = failed;
  if (first === undefined) {
    context.log.info(`${what}: ${times} of ${times} answers passed ${share}`);
    return undefined;
  }
  return `${what}: ${failed.length} of ${times} answers failed ${share}; the first saw ${first.seen}, expected ${trial.expected}`;
}
