import { formatDuration } from '../fleet/duration.ts';
import type { Identity, SmokeCheck } from '../fleet/fleet.ts';
import type { HostContext } from './context.ts';
import { judgeIdentity } from './identity.ts';
import { type HttpAnswer, type ProbeRequest, probe } from './probe.ts';

/** From which host a check is made, and at which base URL. */
export interface SmokeTarget {
  readonly host: string;
  /** Such as `http://10.0.1.7:8080`: the host itself, or the balancer in front of it. */
  readonly base: string;
  /** What is tested, in words: the host, or `the balancer at …`. */
  readonly subject: string;
}

/** One request and how its answer is judged. */
export interface Check {
  readonly name: string;
  readonly expected: string;
  /** Milliseconds that the request may take. */
  readonly limit: number;
  urlAt(target: SmokeTarget): string;
  judge(answer: HttpAnswer): Judgement;
}

interface Judgement {
  readonly passed: boolean;
  readonly seen: string;
}

export interface SmokeRequest {
  readonly targets: readonly SmokeTarget[];
  readonly checks: readonly Check[];
  readonly attempts: number;
  /** Milliseconds between attempts. */
  readonly interval: number;
}

/** How one check went on one host; `attempts` counts the tries that were needed or wasted. */
export interface CheckResult extends Judgement {
  readonly host: string;
  readonly subject: string;
  readonly check: string;
  readonly url: string;
  readonly expected: string;
  readonly attempts: number;
}

interface Try {
  readonly target: SmokeTarget;
  readonly check: Check;
}

/**
 * Runs every check at every target and tries failed ones again. The last attempt counts, and every attempt is counted.
 *
 * @returns one result per check and target
 */
export async function smokeTest(
  context: HostContext,
  request: SmokeRequest,
): Promise<readonly CheckResult[]> {
  const settled: CheckResult[] = [];
  let open: readonly Try[] = request.targets.flatMap((target) =>
    request.checks.map((check) => ({ target, check })),
  );
  for (let attempt = 1; open.length > 0; attempt += 1) {
    const results = await attemptAll(context, open, attempt);
    const again = results.filter(({ result }) => !result.passed && attempt < request.attempts);
    settled.push(...results.filter((each) => !again.includes(each)).map(({ result }) => result));
    for (const { result } of again) context.log.info(`${describeCheck(result)}; trying again`);
    open = again.map(({ tried }) => tried);
    if (open.length > 0) await context.clock.sleep(request.interval, context.signal);
  }
  return settled;
}

/** One line about a check, for logs and errors. */
export function describeCheck({
  subject,
  check,
  url,
  passed,
  seen,
  expected,
  attempts,
}: CheckResult): string {
  const tries = attempts === 1 ? '' : ` after ${attempts} attempts`;
  return passed
    ? `smoke test ${check} at ${subject} passed${tries}: ${seen}`
    : `smoke test ${check} at ${subject} saw ${seen}${tries}, expected ${expected} (${url})`;
}

/** A check of the fleet file: status, text in the body, time. */
export function answerCheck(check: SmokeCheck): Check {
  const { name, status, contains, within } = check;
  const text = contains === undefined ? '' : ` with ${JSON.stringify(contains)} in the body`;
  return {
    name,
    expected: `${status}${text} within ${formatDuration(within)}`,
    // A little more than the check allows, so that a slow answer is told apart from none.
    limit: within + 1_000,
    urlAt: ({ base }) => base + check.path,
    judge: (answer) => judgeAnswer(check, answer),
  };
}

/** A check that the answering process is a certain version. */
export function versionCheck(identity: Identity, version: string): Check {
  return {
    name: 'version',
    expected: version,
    limit: 5_000,
    urlAt: ({ base }) => {
      const { hostname, port, protocol } = new URL(base);
      // A URL does not keep the port that its protocol implies.
      const spoken = port || (protocol === 'https:' ? '443' : '80');
      return identity.url.replaceAll('{address}', hostname).replaceAll('{port}', spoken);
    },
    judge: (answer) => {
      const { url, version: field } = identity;
      const verdict = judgeIdentity({ url, version: field }, { version, sha256: '' }, answer);
      return verdict.kind === 'proven'
        ? { passed: true, seen: verdict.seen }
        : { passed: false, seen: verdict.problem };
    },
  };
}

async function attemptAll(
  context: HostContext,
  tries: readonly Try[],
  attempts: number,
): Promise<readonly { readonly tried: Try; readonly result: CheckResult }[]> {
  const answers = await probe(
    context,
    tries.map(({ target, check }): ProbeRequest => {
      return { host: target.host, urls: [check.urlAt(target)], patience: 0, limit: check.limit };
    }),
  );
  return tries.map((tried, index) => {
    const { target, check } = tried;
    const url = check.urlAt(target);
    const answer = answers[index]?.[0] ?? { kind: 'silent', url, problem: 'it was never asked' };
    const { host, subject } = target;
    const { name, expected } = check;
    return { tried, result: { host, subject, check: name, url, attempts, expected, ...check.judge(answer) } };
  });
}

/** Whether an answer is what a check of the fleet file asks for, and what was seen, in words. */
export function judgeAnswer(check: SmokeCheck, answer: HttpAnswer): Judgement {
  if (answer.kind === 'silent') return { passed: false, seen: `no answer (${answer.problem})` };
  const quoted = `${answer.status} ${JSON.stringify(answer.body.trim().slice(0, 160))}`;
  if (answer.status !== check.status) return { passed: false, seen: quoted };
  if (check.contains !== undefined && !answer.body.includes(check.contains)) {
    return { passed: false, seen: quoted };
  }
  const timed = `${answer.status} in ${formatDuration(answer.milliseconds)}`;
  return { passed: answer.milliseconds <= check.within, seen: timed };
}
