import { describeQuestion, type Question } from '../../checks/question.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { Goal, Standing } from './sighting-goals.ts';
import {
  countErrors,
  countReleases,
  describeCounts,
  describeSources,
  NO_ANSWER,
  type Sighting,
  type Wanted,
} from './sighting-tally.ts';
import type { Attempt, CheckResult } from './smoke.ts';

/** How one goal went, round by round. */
export interface Progress {
  readonly goal: Goal;
  readonly standing: Standing;
  readonly attempts: readonly Attempt[];
}

/** What was seen at one entrance up to now. */
export interface Watch {
  readonly entrance: string;
  readonly question: Extract<Question, { readonly kind: 'repeated' }>;
  readonly sightings: readonly Sighting[];
  /** Why questions brought no answers. */
  readonly problems: readonly string[];
  readonly progress: readonly Progress[];
}

/**
 * NLB user guide, "Edit target group attributes", client IP preservation, which is on for targets by instance id: without
 * NAT loopback a target that is a client of its own balancer gets an answer only when another target is chosen.
 */
const NO_WAY_TO_ITSELF =
  'behind a network load balancer that preserves client addresses a host cannot reach itself: ask from the runner then';

interface Ended extends Wanted {
  /** Host that asked. */
  readonly from: string;
  /** Milliseconds that were spent on looking. */
  readonly took: number;
  /** How many answers it takes to be sure that everybody had a turn. */
  readonly least: number;
}

/** One result per goal of an entrance, each with all that was seen there when it failed. */
export function toResults(watch: Watch, ended: Ended): readonly CheckResult[] {
  const { entrance, question, sightings, progress } = watch;
  const errors = countErrors(sightings);
  const trouble = describeTrouble(watch, ended);
  const answers = `${sightings.length} answers over ${formatDuration(ended.took)}`;
  const sources = describeSources(sightings) || 'nobody';
  return progress.map(({ goal, standing, attempts }) => {
    const passed = standing === 'seen' && errors.size === 0;
    const said = describeGoal({ goal, standing, answers, sources }, watch, ended);
    const first = attempts.findIndex((attempt) => attempt.passed);
    return {
      host: goal.kind === 'host' ? goal.host : ended.from,
      subject: goal.kind === 'host' ? `${goal.host} through ${entrance}` : `the balancer at ${entrance}`,
      check: 'version',
      request: `${describeQuestion(question)}, ${sightings.length} answers`,
      expected: `${ended.expected.version}${goal.kind === 'every' ? ' in every answer' : ''}`,
      passed,
      seen: passed ? said : [said, ...trouble].join('; '),
      attempts,
      flapping: first >= 0 && attempts.slice(first).some((attempt) => !attempt.passed),
    };
  });
}

interface Seen {
  readonly goal: Goal;
  readonly standing: Standing;
  readonly answers: string;
  readonly sources: string;
}

function describeGoal(
  { goal, standing, answers, sources }: Seen,
  { sightings }: Watch,
  ended: Ended,
): string {
  if (goal.kind !== 'host') {
    const seen = `seen ${describeCounts(countReleases(sightings)) || 'nothing'}`;
    return ended.identity.host === undefined
      ? `${seen}; no answer names its host`
      : `${seen}; answers came from ${sources}`;
  }
  const { host } = goal;
  const { version } = ended.expected;
  const mine = sightings.filter((each) => each.kind === 'release' && each.who === host);
  const counts = describeCounts(countReleases(mine));
  if (standing === 'seen') return `${counts} in ${answers}`;
  const others = `answers came from ${sources}`;
  if (mine.length === 0) return `no answer by ${host}: could not see it in ${answers}; ${others}`;
  if (standing === 'unseen') return `${host} as ${counts} in ${answers}, never as ${version}; ${others}`;
  const problem =
    standing === 'broken'
      ? `another release after it had answered as ${version}`
      : 'more than one release at the same time, and nothing since';
  return `${host} as ${counts} in ${answers}: ${problem}; ${others}`;
}

/** What users saw fail, what could not be asked, and whether there were too few answers to be sure. */
function describeTrouble({ sightings, problems }: Watch, ended: Ended): readonly string[] {
  const { least, took, from, hosts } = ended;
  const errors = sightings.filter((each) => each.kind === 'error');
  const unanswered = errors.some(({ what }) => what.startsWith(NO_ANSWER));
  return [
    ...(errors.length > 0
      ? [
          `${errors.length} of ${sightings.length} answers were errors: ${describeCounts(countErrors(sightings))}`,
        ]
      : []),
    ...(unanswered && hosts.some(({ host }) => host === from) ? [NO_WAY_TO_ITSELF] : []),
    ...(problems.length > 0
      ? [`asking failed ${problems.length} times, the last time: ${problems.at(-1)}`]
      : []),
    ...(sightings.length > 0 && sightings.length < least
      ? [`only ${least} answers would show everybody, and ${formatDuration(took)} were not enough for them`]
      : []),
  ];
}
