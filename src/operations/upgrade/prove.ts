import type { Identity } from '../../fleet/fleet.ts';
import { type HttpAnswer, probe } from '../ask/probe.ts';
import type { HostContext } from '../context.ts';
import { enter } from '../pools.ts';
import { type ExpectedIdentity, judgeIdentity } from './identity.ts';
import type { ServiceSettings, StepResult, UpgradeHost } from './upgrade.ts';

/** Between two looks at a process that is not yet what it should be. */
const PROOF_EVERY = 500;
/** Longest that one identity or health request may take. */
const PROBE_LIMIT = 5_000;

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
