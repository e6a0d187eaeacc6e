import { randomUUID } from 'node:crypto';
import type { Check, HttpCheck, Judgement, Observation, Side } from '../../checks/check.ts';
import { findPointless, passesFalsified } from '../../checks/control.ts';
import { describeExpectations, judge } from '../../checks/judge.ts';
import type { Manner, Question } from '../../checks/question.ts';
import type { Identity } from '../../fleet/fleet.ts';
import { UserError } from '../../runner/errors.ts';
import { placeOf } from '../ask/place.ts';
import type { HttpAnswer } from '../ask/probe.ts';
import { type ExpectedIdentity, judgeIdentity } from '../upgrade/identity.ts';

/** From which host a check is made, and at which base URL. */
export interface SmokeTarget {
  /** Host that is asked, or that asks; `runner` where the runner asks what is no host. */
  readonly host: string;
  /** Who asks; the host itself when not given. */
  readonly from?: 'runner';
  /** Such as `http://10.0.1.7:8080`: the host itself, or the balancer in front of it. */
  readonly base: string;
  /** What is tested, in words: the host, or `the balancer at …`. */
  readonly subject: string;
  /** Whether it is the balancer in front of hosts. */
  readonly entrance?: true;
  /** Release that serves there while two do; the new one when not given. */
  readonly side?: Side;
}

/** One check of a smoke test: what is asked, and how the answer is judged. */
export interface Trial {
  readonly name: string;
  readonly expected: string;
  /** Milliseconds that the answer may take. */
  readonly limit: number;
  /** The targets at which it is made, each as it is called there. */
  among(targets: readonly SmokeTarget[]): readonly SmokeTarget[];
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
/** Saying who it is takes a service no time; a longer one means that it is in trouble. */
const IDENTITY_LIMIT = 5_000;

/**
 * @param directory absolute folder on the hosts that holds `current`
 */
export function checkTrial(check: Check, directory: string): Trial {
  return {
    name: check.name,
    expected: describeExpectations(check),
    limit: check.within + BEYOND,
    among(targets) {
      const meant = targets.filter(({ side = 'new' }) => check.against.includes(side));
      if (check.type === 'dns') return placesOf(meant);
      if (check.type !== 'command') return meant;
      // A program knows nothing of the port that is asked, and the balancer runs none.
      const hosts = meant.filter(({ entrance }) => !entrance);
      return eachOnce(hosts, ({ host }) => host);
    },
    askAt: ({ base }) => askCheck(check, base, directory),
    judge: (seen) => judge(check, seen),
    control(seen) {
      const passed = passesFalsified(check, seen, randomUUID());
      if (passed !== undefined) throw cannotFail(check.name, [describeExpectations(passed)]);
    },
  };
}

/** A name is resolved alike for all targets that are asked from one place. */
function placesOf(targets: readonly SmokeTarget[]): readonly SmokeTarget[] {
  return eachOnce(targets, ({ from, host }) => from ?? host).map(({ from, host, base, side }) =>
    from === undefined
      ? { host, subject: host, base, ...(side !== undefined && { side }) }
      : { host: from, from, subject: 'the runner', base },
  );
}

function eachOnce(
  targets: readonly SmokeTarget[],
  keyOf: (target: SmokeTarget) => string,
): readonly SmokeTarget[] {
  return [...Map.groupBy(targets, keyOf).values()].flatMap((same) => same.slice(0, 1));
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
  const ask = (target: SmokeTarget) => identityUrl(identity, target);
  const decide = (wanted: ExpectedIdentity, seen: Observation, target: SmokeTarget): Judgement => {
    const verdict = judgeIdentity(identity, wanted, toAnswer(seen, ask(target)));
    return verdict.kind === 'proven'
      ? { passed: true, seen: verdict.seen }
      : { passed: false, seen: verdict.problem };
  };
  return {
    name: 'version',
    expected: expected.version,
    limit: IDENTITY_LIMIT,
    among: (targets) => targets.filter(({ entrance, side = 'new' }) => !entrance && side === 'new'),
    askAt: (target) => ({ kind: 'http', url: ask(target) }),
    judge: (seen, target) => decide(expected, seen, target),
    control(seen, target) {
      const version = randomUUID();
      if (decide({ ...expected, version }, seen, target).passed) throw cannotFail('version', [version]);
    },
  };
}

/**
 * That a host of the old side still runs the old release: otherwise no two releases served at the same time.
 *
 * @param expected the release that is deployed, when it is known; a host that runs it already is told apart
 */
export function oldVersionTrial(identity: Identity, old: string, expected?: string): Trial {
  const { url, version } = identity;
  const says = (seen: Observation, target: SmokeTarget, wanted: string) =>
    judgeIdentity(
      { url, version },
      { version: wanted, sha256: '' },
      toAnswer(seen, identityUrl(identity, target)),
    );
  const decide = (wanted: string, seen: Observation, target: SmokeTarget): Judgement => {
    const verdict = says(seen, target, wanted);
    if (verdict.kind === 'proven') return { passed: true, seen: verdict.seen };
    const isNew = expected !== undefined && says(seen, target, expected).kind === 'proven';
    const why = isNew ? `${target.subject} already runs ${expected}` : verdict.problem;
    return { passed: false, seen: `mixed state was not tested: ${why}` };
  };
  return {
    name: 'version',
    expected: old,
    limit: IDENTITY_LIMIT,
    among: (targets) => targets.filter(({ side }) => side === 'old'),
    askAt: (target) => ({ kind: 'http', url: identityUrl(identity, target) }),
    judge: (seen, target) => decide(old, seen, target),
    control(seen, target) {
      const version = randomUUID();
      if (decide(version, seen, target).passed) throw cannotFail('version', [version]);
    },
  };
}

function identityUrl({ url }: Identity, { base }: SmokeTarget): string {
  const { hostname, port } = placeOf(base);
  return url.replaceAll('{address}', hostname).replaceAll('{port}', port);
}

function askCheck(check: Check, base: string, directory: string): Question {
  const { hostname, port } = placeOf(base);
  switch (check.type) {
    case 'http':
      return askHttp(check, base);
    case 'tcp':
      return {
        kind: 'tcp',
        address: hostname,
        port: check.port ?? Number(port),
        listen: check.text.length > 0,
      };
    case 'tls':
      return {
        kind: 'tls',
        address: hostname,
        port: check.port ?? Number(port),
        name: check.host ?? hostname,
      };
    case 'dns': {
      const { record, kind, server } = check;
      return { kind: 'dns', record, type: kind, ...(server !== undefined && { server }) };
    }
    case 'command':
      return { kind: 'command', directory, program: check.run };
  }
}

function askHttp(check: HttpCheck, base: string): Question {
  const { method, headers, body, redirects, tls, host } = check;
  const { protocol, hostname, port } = placeOf(base);
  const manner: Manner = {
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
    manner: { ...manner, headers: { ...manner.headers, host }, connect: hostname },
  };
}

function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function toAnswer(seen: Observation, url: string): HttpAnswer {
  if (seen.kind === 'http') return { ...seen, kind: 'answered', url };
  const problem = seen.kind === 'silent' ? seen.problem : `the answer was not of HTTP but of ${seen.kind}`;
  return { kind: 'silent', url, problem, milliseconds: seen.milliseconds };
}

function cannotFail(check: string, rules: readonly string[]): UserError {
  return new UserError(
    `smoke test ${check} cannot fail: ${rules.join(', ')} holds for any answer, so a broken service would pass it too. ` +
      'Write an expectation that a broken service does not meet.',
  );
}
