import type { Observation, ShortAnswer } from '../../../src/checks/check.ts';
import type { Ask, Asked } from '../../../src/checks/question.ts';
import { type SightingRequest, seeThrough } from '../../../src/operations/smoke/sightings.ts';
import { setStage } from '../stage.ts';

const ENTRANCE = 'http://shop.example';
/** Two hosts that must be seen at one entrance. */
export const REQUEST: SightingRequest = {
  from: 'i-0',
  entrances: [ENTRANCE],
  hosts: [{ host: 'i-a' }, { host: 'i-b' }],
  identity: { url: 'http://{address}:{port}/version?full=1', version: 'version', host: 'host' },
  expected: { version: '1.1.0', sha256: '' },
  patience: 30_000,
};

/** An answer at the identity URL. */
export function says(host: string | undefined, version: string): ShortAnswer {
  return { status: 200, headers: {}, body: JSON.stringify({ host, version }) };
}

/** A balancer that gives the answers of each round in turn, again and again; the last round stays. */
export async function look(
  rounds: readonly (readonly ShortAnswer[])[],
  changes: Partial<SightingRequest> = {},
): Promise<{
  readonly results: Awaited<ReturnType<typeof seeThrough>>;
  readonly asked: readonly Asked[];
  readonly lines: readonly string[];
}> {
  const asked: Asked[] = [];
  let round = 0;
  const ask: Ask = async (questions) => {
    asked.push(...questions);
    const answers = rounds[Math.min(round, rounds.length - 1)] ?? [];
    round += 1;
    return questions.map((each): Observation => {
      const times = each.question.kind === 'repeated' ? each.question.times : 0;
      const given = Array.from({ length: times }, (_, index) => answers[index % answers.length]);
      return { kind: 'answers', answers: given.flatMap((answer) => answer ?? []), milliseconds: 7 };
    });
  };
  const { context, lines } = setStage();
  return { results: await seeThrough({ ...context, ask }, { ...REQUEST, ...changes }), asked, lines };
}
