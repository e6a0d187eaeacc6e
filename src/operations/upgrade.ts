import type { Artifact } from '../artifacts/port.ts';
import type { Hooks, Identity } from '../fleet/fleet.ts';
import { type Answer, encodedField, numberField, readAnswer, textField } from '../hosts/answer.ts';
import type { HostCommand } from '../hosts/port.ts';
import { INSTALL_SCRIPT, SWITCH_SCRIPT } from '../hosts/scripts.ts';
import type { HostContext, ReleaseContext } from './context.ts';
import { type ExpectedIdentity, judgeIdentity } from './identity.ts';
import { enter } from './pools.ts';
import { type HttpAnswer, probe } from './probe.ts';
import { describeFailure } from './records.ts';

/** A presigned URL outlives the download by far and is useless to whoever finds it in a log the next day. */
const URL_LIFETIME = 15 * 60_000;
/** Longest download and unpacking of one archive. */
const INSTALL_TIMEOUT = 10 * 60_000;
/** Between two looks at a process that is not yet what it should be. */
const PROOF_EVERY = 500;
/** Longest that one identity or health request may take. */
const PROBE_LIMIT = 5_000;

/** Where a service lives on its hosts and how it is stopped, started and recognised. */
export interface ServiceSettings {
  readonly service: string;
  readonly zone: string;
  readonly directory: string;
  readonly keepReleases: number;
  readonly hooks: Hooks;
  readonly hookTimeout: number;
  readonly startTimeout: number;
  readonly identity?: Identity;
}

export interface Release {
  readonly version: string;
  readonly artifact: Artifact;
}

/** A host to upgrade, with its network address and the ports its service answers on. */
export interface UpgradeHost {
  readonly host: string;
  readonly address: string;
  readonly ports: readonly number[];
  /** Paths that the balancers ask for on those ports, and the statuses that they take for healthy. */
  readonly health: readonly { readonly port: number; readonly path: string; readonly statuses: string }[];
}

/** How a step went on one host. */
export type StepResult<T = undefined> =
  | { readonly host: string; readonly kind: 'done'; readonly value: T }
  | { readonly host: string; readonly kind: 'failed'; readonly problem: string };

/** What `current` points to now, since when in seconds of the host's own clock, and what it pointed to before. */
export interface Switch {
  readonly previous: string;
  readonly sha256: string;
  readonly switchedAt: number;
}

/** Downloads, verifies and unpacks a release beside the running one on every host. */
export async function installRelease(
  context: ReleaseContext,
  settings: ServiceSettings,
  hosts: readonly string[],
  { version, artifact }: Release,
): Promise<readonly StepResult[]> {
  enter(context, hosts, 'installing', version);
  const url = await context.artifacts.url(artifact, URL_LIFETIME);
  const commands = hosts.map((host) => ({
    host,
    script: INSTALL_SCRIPT,
    arguments: [
      settings.directory,
      version,
      artifact.sha256,
      url,
      context.run,
      String(settings.keepReleases),
    ],
    timeout: INSTALL_TIMEOUT,
  }));
  return runStep(context, commands, (host, answer) => {
    const what = answer['installed'] === true ? 'installed' : 'was already there';
    context.log.info(`${host}: release ${version} ${what} (sha256 ${artifact.sha256})`);
    return { host, kind: 'done', value: undefined };
  });
}

/** Stops the service, points `current` at the version in one rename, and starts it; with the version's own hooks. */
export async function switchRelease(
  context: HostContext,
  settings: ServiceSettings,
  hosts: readonly { readonly host: string; readonly version: string }[],
): Promise<readonly StepResult<Switch>[]> {
  const { directory, hooks, hookTimeout, service, zone } = settings;
  const seconds = String(Math.ceil(hookTimeout / 1_000));
  const commands = hosts.map(({ host, version }) => ({
    host,
    script: SWITCH_SCRIPT,
    arguments: [directory, version, hooks.stop ?? '', hooks.start ?? '', seconds, service, zone],
    timeout: 2 * hookTimeout + 30_000,
  }));
  return runStep(context, commands, (host, answer) => {
    const failed = textField(answer, 'failed');
    const output = encodedField(answer, 'output').trim();
    if (failed !== '') {
      const last = output.split('\n').slice(-50).join('\n');
      return { host, kind: 'failed', problem: `its ${failed} hook failed:\n${last}` };
    }
    return {
      host,
      kind: 'done',
      value: {
        previous: textField(answer, 'previous'),
        sha256: textField(answer, 'sha256'),
        switchedAt: numberField(answer, 'switchedAt'),
      },
    };
  });
}

/** A host and the release its process must prove to be. */
export interface Proof extends ExpectedIdentity {
  readonly host: UpgradeHost;
}

/**
 * Asks the process on each host who it is until it answers as it should: local health, then version, digest and fresh
 * start. Patience is `startTimeout`; what was seen last is the problem reported.
 */
export async function proveRelease(
  context: HostContext,
  settings: ServiceSettings,
  proofs: readonly Proof[],
): Promise<readonly StepResult<string>[]> {
  enter(
    context,
    proofs.map(({ host }) => host.host),
    'proving',
  );
  const deadline = context.clock.now() + settings.startTimeout;
  const results = new Map<string, StepResult<string>>();
  while (true) {
    const open = proofs.filter(({ host }) => results.get(host.host)?.kind !== 'done');
    const left = deadline - context.clock.now();
    for (const result of await lookOnce(context, settings, open, left)) results.set(result.host, result);
    const settled = [...results.values()];
    if (settled.every(({ kind }) => kind === 'done') || context.clock.now() >= deadline) return settled;
    await context.clock.sleep(PROOF_EVERY, context.signal);
  }
}

async function lookOnce(
  context: HostContext,
  { identity }: ServiceSettings,
  proofs: readonly Proof[],
  left: number,
): Promise<readonly StepResult<string>[]> {
  const asked = proofs.map(({ host }) => ({
    host: host.host,
    urls: [
      ...host.health.map(({ port, path }) => `http://${host.address}:${port}${path}`),
      ...identityUrls(host, identity),
    ],
    patience: Math.max(0, Math.min(left, 10_000)),
    limit: PROBE_LIMIT,
  }));
  const answers = await probe(context, asked);
  return proofs.map((proof, index) => judgeProof(proof, identity, answers[index] ?? []));
}

function judgeProof(
  proof: Proof,
  identity: Identity | undefined,
  answers: readonly HttpAnswer[],
): StepResult<string> {
  const { host, health } = proof.host;
  for (const [index, { statuses }] of health.entries()) {
    const answer = answers[index];
    if (answer?.kind !== 'answered') {
      return {
        host,
        kind: 'failed',
        problem: `${answer?.url ?? 'its health check'} did not answer: ${answer?.problem ?? ''}`,
      };
    }
    if (!statusMatches(answer.status, statuses)) {
      return {
        host,
        kind: 'failed',
        problem: `${answer.url} answered ${answer.status}, healthy is ${statuses}`,
      };
    }
  }
  if (identity === undefined) return { host, kind: 'done', value: 'healthy; its version was not asked' };
  let seen = '';
  for (const answer of answers.slice(health.length)) {
    const verdict = judgeIdentity(identity, proof, answer);
    if (verdict.kind === 'refuted') return { host, kind: 'failed', problem: verdict.problem };
    seen = verdict.seen;
  }
  return { host, kind: 'done', value: seen };
}

function identityUrls({ address, ports }: UpgradeHost, identity: Identity | undefined): readonly string[] {
  if (identity === undefined) return [];
  return ports.map((port) =>
    identity.url.replaceAll('{address}', address).replaceAll('{port}', String(port)),
  );
}

/** Whether a status is among those that a target group's matcher names: `200`, `200-299`, `200,302`. */
export function statusMatches(status: number, matcher: string): boolean {
  return matcher.split(',').some((range) => {
    const [from, to] = range.split('-').map(Number);
    return from !== undefined && status >= from && status <= (to ?? from);
  });
}

async function runStep<T>(
  context: HostContext,
  commands: readonly HostCommand[],
  judge: (host: string, answer: Answer) => StepResult<T>,
): Promise<readonly StepResult<T>[]> {
  const results = await context.transport.run(commands, context.signal);
  return results.map((result) => {
    const { host } = result;
    if (result.outcome !== 'done') return { host, kind: 'failed', problem: describeFailure(result) };
    try {
      return judge(host, readAnswer(host, result.stdout));
    } catch (error) {
      // One host's unreadable answer must not hide how the others went.
      return { host, kind: 'failed', problem: error instanceof Error ? error.message : String(error) };
    }
  });
}
