import type { Observation } from '../../checks/check.ts';
import type { Ask, Asked, Question } from '../../checks/question.ts';
import type { HostContext } from '../context.ts';
import { askNetwork } from './ask-network.ts';
import { type HttpAnswer, probe } from './probe.ts';
import { repeatFromHosts } from './repeat.ts';
import { runPrograms } from './run-program.ts';

/** Commands that run at the same time; each is a process of the host and an entry in the transport's next look. */
const AT_ONCE = 200;

/** A question with its place in the whole list. */
type Picked<K extends Question['kind']> = Asked & {
  readonly index: number;
  readonly question: Extract<Question, { readonly kind: K }>;
};

/**
 * Asks from each host itself, so that it works where the runner has no route to them: never more than 200 questions at once,
 * those of one kind together.
 *
 * @throws PlatformError from the asking, when a host's report was cut off
 */
export function askFromHosts(context: Omit<HostContext, 'signal'>): Ask {
  return async (asked, signal) => {
    const observations: Observation[] = [];
    for (let begin = 0; begin < asked.length; begin += AT_ONCE) {
      observations.push(...(await askWave({ ...context, signal }, asked.slice(begin, begin + AT_ONCE))));
    }
    return observations;
  };
}

const NEVER_ASKED: Observation = { kind: 'silent', problem: 'it was never asked', milliseconds: 0 };

async function askWave(context: HostContext, asked: readonly Asked[]): Promise<readonly Observation[]> {
  const answers = await Promise.all([
    each(pick(asked, ['http']), (http) => askHttp(context, http)),
    each(pick(asked, ['command']), (programs) =>
      runPrograms(
        context,
        programs.map(({ host, limit, question }) => ({ host, limit, ...question })),
      ),
    ),
    each(pick(asked, ['tcp', 'tls', 'dns']), (network) => askNetwork(context, network)),
    each(pick(asked, ['repeated']), (repeated) => repeatFromHosts(context, repeated)),
  ]);
  const byIndex = new Map(answers.flat());
  return asked.map((_, index) => byIndex.get(index) ?? NEVER_ASKED);
}

async function each<One extends { readonly index: number }>(
  picked: readonly One[],
  work: (picked: readonly One[]) => Promise<readonly Observation[]>,
): Promise<readonly (readonly [index: number, observation: Observation])[]> {
  if (picked.length === 0) return [];
  const observations = await work(picked);
  return picked.map(({ index }, place) => [index, observations[place] ?? NEVER_ASKED]);
}

async function askHttp(
  context: HostContext,
  picked: readonly Picked<'http'>[],
): Promise<readonly Observation[]> {
  const answers = await probe(
    context,
    picked.map(({ host, limit, question: { url, manner } }) => ({
      host,
      urls: [url],
      patience: 0,
      limit,
      ...(manner && { manner }),
    })),
  );
  return answers.map(([answer]) => toObservation(answer));
}

function toObservation(answer: HttpAnswer | undefined): Observation {
  if (answer === undefined) return NEVER_ASKED;
  const { url: _, ...rest } = answer;
  return rest.kind === 'answered' ? { ...rest, kind: 'http' } : rest;
}

function pick<K extends Question['kind']>(
  asked: readonly Asked[],
  kinds: readonly K[],
): readonly Picked<K>[] {
  return asked.flatMap((each, index) => (isOf(each, kinds) ? [{ ...each, index }] : []));
}

function isOf<K extends Question['kind']>(
  asked: Asked,
  kinds: readonly K[],
): asked is Asked & { readonly question: Extract<Question, { readonly kind: K }> } {
  return kinds.some((kind) => kind === asked.question.kind);
}
