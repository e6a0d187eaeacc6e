import { randomUUID } from 'node:crypto';
import type { Observation } from '../../checks/check.ts';
import type { Asked } from '../../checks/question.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { headerOf } from '../../fleet/marker.ts';
import { UserError } from '../../runner/errors.ts';
import { advance, answersFor, type Goal } from './sighting-goals.ts';
import { type Progress, toResults, type Watch } from './sighting-results.ts';
import { countReleases, describeCounts, type Sighting, sight, type Wanted } from './sighting-tally.ts';
import type { CheckResult, SmokeContext } from './smoke.ts';

export interface SightingRequest extends Wanted {
  /** Host that asks, when hosts ask. */
  readonly from: string;
  /** URLs without a path where users reach the pool. */
  readonly entrances: readonly string[];
  /** Longest time in milliseconds until every host must have been seen. */
  readonly patience: number;
}

/** As many answers as one command on a host can report. */
const TIMES = 30;
/** Most questions of `TIMES` answers for one entrance in a round. */
const MOST_QUESTIONS = 4;
/** Answers of the expected release by a host after which it counts as seen: one alone may come from a process that is about to end. */
const TIMES_SEEN = 3;
/** Milliseconds that one request may take. */
const LIMIT = 5_000;
/** Milliseconds between two rounds. */
const PAUSE = 500;

/**
 * Asks where users reach the pool until every host was seen on the expected release, or patience is over. See `advance` for
 * what counts as seen. An answer of 500 and above, or none, fails
 * everything at its entrance: users saw it.
 *
 * Without `identity.host` nobody can tell who answers: one result for each entrance then says whether the expected release
 * was seen at all, or, when no hosts are given, whether nothing else was.
 *
 * @returns one result per host and entrance, or per entrance, with one attempt per round
 * @throws UserError when an answer passes for a version that nobody has
 */
export async function seeThrough(
  context: SmokeContext,
  request: SightingRequest,
): Promise<readonly CheckResult[]> {
  const began = context.clock.now();
  const elapsed = () => context.clock.now() - began;
  let watches: readonly Watch[] = request.entrances.map((entrance) => begin(request, entrance));
  while (true) {
    const open = watches.filter((watch) => !isSettled(watch, request));
    if (open.length === 0) break;
    const asked = open.map((watch) => askOf(watch, request));
    const observations = (await context.ask(asked.flat(), context.signal)).values();
    const seen = new Map(
      open.map((watch, index) => [watch, [...take(observations, asked[index]?.length ?? 0)]]),
    );
    refuseAnyVersion(request, [...seen.values()].flat());
    watches = watches.map((watch) => {
      const observations = seen.get(watch);
      if (observations === undefined) return watch;
      const after = withRound(watch, request, observations);
      sayWaiting(context, request, watch, after);
      return after;
    });
    const rest = request.patience - elapsed();
    if (rest <= 0 || watches.every((watch) => isSettled(watch, request))) break;
    await context.clock.sleep(Math.min(PAUSE, rest), context.signal);
  }
  return watches.flatMap((watch) =>
    toResults(watch, { ...request, took: elapsed(), least: leastAnswers(watch, request) }),
  );
}

function begin({ identity, hosts }: SightingRequest, entrance: string): Watch {
  const { pathname, search } = new URL(
    identity.url.replaceAll('{address}', '127.0.0.1').replaceAll('{port}', '80'),
  );
  const markers = [identity.version, identity.digest, identity.started, identity.host];
  const wanted = markers.flatMap((marker) => (marker === undefined ? [] : (headerOf(marker) ?? [])));
  const goals: readonly Goal[] =
    hosts.length > 0 && identity.host !== undefined
      ? [...new Set(hosts.map(({ host }) => host))].map((host) => ({ kind: 'host', host }))
      : [{ kind: hosts.length > 0 ? 'some' : 'every' }];
  return {
    entrance,
    question: { kind: 'repeated', url: new URL(pathname + search, entrance).href, times: TIMES, wanted },
    sightings: [],
    problems: [],
    progress: goals.map((goal) => ({ goal, standing: 'unseen', attempts: [] })),
  };
}

function askOf(watch: Watch, request: SightingRequest): readonly Asked[] {
  const missing = Math.ceil((leastAnswers(watch, request) - watch.sightings.length) / TIMES);
  const questions = Math.min(MOST_QUESTIONS, Math.max(1, missing));
  return Array.from({ length: questions }, () => ({
    host: request.from,
    limit: LIMIT,
    question: watch.question,
  }));
}

/** By the hosts that are looked for and all others that answered. */
function leastAnswers({ sightings }: Watch, { hosts }: SightingRequest): number {
  const known = new Set(hosts.map(({ host }) => host));
  for (const each of sightings) if (each.kind === 'release' && each.who !== undefined) known.add(each.who);
  return answersFor(Math.max(1, known.size));
}

/** An error cannot be mended; what was seen must be seen often enough to be believed. */
function isSettled(watch: Watch, request: SightingRequest): boolean {
  if (watch.sightings.some(({ kind }) => kind === 'error')) return true;
  const isBelieved = (goal: Goal): boolean =>
    goal.kind === 'host'
      ? watch.sightings.filter((each) => each.kind === 'release' && each.who === goal.host && each.expected)
          .length >= TIMES_SEEN
      : goal.kind === 'some' || watch.sightings.length >= leastAnswers(watch, request);
  return watch.progress.every(
    ({ goal, standing }) => standing === 'broken' || (standing === 'seen' && isBelieved(goal)),
  );
}

function withRound(watch: Watch, request: SightingRequest, observations: readonly Observation[]): Watch {
  const round = observations.flatMap((each) =>
    each.kind === 'answers' ? each.answers.map((answer) => sight(answer, request)) : [],
  );
  const problems = observations.flatMap((each) => (each.kind === 'silent' ? [each.problem] : []));
  const sightings = [...watch.sightings, ...round];
  const failed = sightings.some(({ kind }) => kind === 'error');
  const milliseconds = Math.max(0, ...observations.map((each) => each.milliseconds));
  const progress = watch.progress.map(({ goal, standing: before, attempts }): Progress => {
    const standing = advance(goal, before, round);
    const attempt = {
      passed: standing === 'seen' && !failed,
      seen: round.length === 0 ? (problems[0] ?? 'nothing') : describeRound(goal, round),
      milliseconds,
    };
    return { goal, standing, attempts: [...attempts, attempt] };
  });
  return { ...watch, sightings, problems: [...watch.problems, ...problems], progress };
}

function describeRound(goal: Goal, round: readonly Sighting[]): string {
  const mine =
    goal.kind === 'host' ? round.filter((each) => each.kind === 'release' && each.who === goal.host) : round;
  const errors = round.filter(({ kind }) => kind === 'error').length;
  const releases = describeCounts(countReleases(mine)) || 'not';
  return `${releases} in ${round.length} answers${errors === 0 ? '' : `, ${errors} of them errors`}`;
}

/**
 * The negative control: a version that nobody has must not be seen, or the way in which versions are read passes anything.
 *
 * @throws UserError when it was seen
 */
export function refuseAnyVersion(
  request: Wanted,
  observations: readonly Observation[],
  nobodys: string = randomUUID(),
): void {
  const wanted = { ...request, expected: { ...request.expected, version: nobodys } };
  const answers = observations.flatMap((each) => (each.kind === 'answers' ? each.answers : []));
  const passes = answers
    .map((answer) => sight(answer, wanted))
    .some((each) => each.kind === 'release' && each.expected);
  if (!passes) return;
  throw new UserError(
    `the version through the balancer cannot fail: an answer passed for version ${nobodys}, which nobody has. ` +
      'Name in the identity where the service says its own version.',
  );
}

/** Once for each entrance, when it has given as many answers as would do. */
function sayWaiting(context: SmokeContext, request: SightingRequest, before: Watch, after: Watch): void {
  const least = leastAnswers(after, request);
  if (before.sightings.length >= least || after.sightings.length < least || isSettled(after, request)) return;
  const missing = after.progress.flatMap(({ goal, standing }) =>
    standing === 'seen' || standing === 'broken'
      ? []
      : [goal.kind === 'host' ? goal.host : request.expected.version],
  );
  context.log.info(
    `${after.sightings.length} answers at ${after.entrance} did not show ${missing.join(', ')} as ` +
      `${request.expected.version}; looking for up to ${formatDuration(request.patience)}`,
  );
}

function* take<T>(from: Iterator<T>, times: number): Generator<T> {
  for (let index = 0; index < times; index += 1) {
    const next = from.next();
    if (next.done !== true) yield next.value;
  }
}
