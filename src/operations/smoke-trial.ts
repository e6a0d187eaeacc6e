import { randomUUID } from 'node:crypto';
import type { Check, HttpCheck, Judgement, Observation } from '../checks/check.ts';
import { findPointless, passesFalsified } from '../checks/control.ts';
import { describeExpectations, judge } from '../checks/judge.ts';
import type { Identity } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import { type ExpectedIdentity, judgeIdentity } from './identity.ts';
import type { HttpAnswer, ProbeManner } from './probe.ts';

/** From which host a check is made, and at which base URL. */
export interface SmokeTarget {
  readonly host: string;
  /** Such as `http://10.0.1.7:8080`: the host itself, or the balancer in front of it. */
  readonly base: string;
  /** What is tested, in words: the host, or `the balancer at …`. */
  readonly subject: string;
}

/** What is asked at a target. */
export type Question =
  | { readonly kind: 'http'; readonly url: string; readonly manner?: ProbeManner }
  | { readonly kind: 'command'; readonly directory: string; readonly program: string };

/** One check of a smoke test: what is asked, and how the answer is judged. */
export interface Trial {
  readonly name: string;
  readonly expected: string;
  /** Milliseconds that the answer may take. */
  readonly limit: number;
  askAt(target: SmokeTarget): Question;
  judge(seen: Observation, target: SmokeTarget): Judgement;
  /**
   * The negative control: whether this real answer also passes an expectation that it cannot meet.
   *
   * @throws UserError when it does, which names the check
   */
  control(seen: Observation, target: SmokeTarget): void;
}

/** A little more than a check allows, so that a slow answer is told apart from none. */
const BEYOND = 1_000;

/**
 * @param directory absolute folder on the hosts that holds `current`
 */
export function checkTrial(check: Check, directory: string): Trial {
  return {
    name: check.name,
    expected: describeExpectations(check),
    limit: check.within + BEYOND,
    askAt: ({ base }) =>
      check.type === 'http' ? askHttp(check, base) : { kind: 'command', directory, program: check.run },
    judge: (seen) => judge(check, seen),
    control(seen) {
      const passed = passesFalsified(check, seen, randomUUID());
      if (passed !== undefined) throw cannotFail(check.name, [describeExpectations(passed)]);
    },
  };
}

/**
 * Refuses checks with an expectation that no answer can break.
 *
 * @throws UserError that names every such check and expectation
 */
export function refusePointless(checks: readonly Check[]): void {
  const found = checks.flatMap((check) => {
    const rules = findPointless(check, randomUUID());
    return rules.length === 0 ? [] : [cannotFail(check.name, rules).message];
  });
  if (found.length > 0) throw new UserError(found.join('\n'));
}

/** That the answering process is a certain release. */
export function versionTrial(identity: Identity, expected: ExpectedIdentity): Trial {
  const ask = ({ base }: SmokeTarget) => {
    const { hostname, port } = placeOf(base);
    return identity.url.replaceAll('{address}', hostname).replaceAll('{port}', port);
  };
  const decide = (wanted: ExpectedIdentity, seen: Observation, target: SmokeTarget): Judgement => {
    const verdict = judgeIdentity(identity, wanted, toAnswer(seen, ask(target)));
    return verdict.kind === 'proven'
      ? { passed: true, seen: verdict.seen }
      : { passed: false, seen: verdict.problem };
  };
  return {
    name: 'version',
    expected: expected.version,
    limit: 5_000,
    askAt: (target) => ({ kind: 'http', url: ask(target) }),
    judge: (seen, target) => decide(expected, seen, target),
    control(seen, target) {
      const version = randomUUID();
      if (decide({ ...expected, version }, seen, target).passed) throw cannotFail('version', [version]);
    },
  };
}

function askHttp(check: HttpCheck, base: string): Question {
  const { method, headers, body, redirects, tls, host } = check;
  const { protocol, hostname, port } = placeOf(base);
  const manner: ProbeManner = {
    method,
    // Of a body nobody named the type of, curl says that it is a form.
    headers: {
      ...(body !== undefined && { 'content-type': 'application/octet-stream' }),
      ...lowered(headers),
    },
    ...(body !== undefined && { body }),
    redirects,
    tls,
  };
  if (host === undefined) return { kind: 'http', url: base + check.path, manner };
  return {
    kind: 'http',
    url: `${protocol}//${host}:${port}${check.path}`,
    // As a balancer would pass it on: without the port that only the host has.
    manner: {
      ...manner,
      headers: { ...manner.headers, host },
      connect: `${host}:${port}:${hostname}:${port}`,
    },
  };
}

function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function placeOf(base: string) {
  const { protocol, hostname, port } = new URL(base);
  // A URL does not keep the port that its protocol implies.
  return { protocol, hostname, port: port || (protocol === 'https:' ? '443' : '80') };
}

function toAnswer(seen: Observation, url: string): HttpAnswer {
  if (seen.kind === 'http') return { ...seen, kind: 'answered', url };
  const problem = seen.kind === 'silent' ? seen.problem : 'a program answered';
  return { kind: 'silent', url, problem, milliseconds: seen.milliseconds };
}

function cannotFail(check: string, rules: readonly string[]): UserError {
  return new UserError(
    `smoke test ${check} cannot fail: ${rules.join(', ')} holds for any answer, so a broken service would pass it too. ` +
      'Write an expectation that a broken service does not meet.',
  );
}
