import { get } from 'node:http';
import type { CheckOutcome } from './targets.ts';

/** What a health check asks and when it gives up. Durations are milliseconds. */
export interface CheckRequest {
  readonly path: string;
  readonly timeout: number;
}

export interface CheckPlan extends CheckRequest {
  readonly interval: number;
  /** From the registration to the first check. */
  readonly firstAfter: number;
  /** Where the target is; `undefined` while the balancer cannot use it. */
  readonly destination: () => { readonly address: string; readonly port: number } | undefined;
  readonly onBegin: () => void;
  /** `undefined`: the target could not be checked because there is none to use. */
  readonly onOutcome: (outcome: CheckOutcome | undefined) => void;
}

/** Checks one target at the plan's interval until stopped; a slow check delays the next one, they never overlap. */
export function startChecks(plan: CheckPlan): { stop(): void } {
  const stopping = new AbortController();
  const next = (after: number): void => {
    timer = setTimeout(() => void look(), after);
  };
  const look = async (): Promise<void> => {
    const began = performance.now();
    const outcome = await checkTarget(plan, stopping.signal);
    if (stopping.signal.aborted) return;
    plan.onOutcome(outcome);
    next(Math.max(0, plan.interval - (performance.now() - began)));
  };
  let timer = setTimeout(() => void look(), plan.firstAfter);
  return {
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

async function checkTarget(plan: CheckPlan, signal: AbortSignal): Promise<CheckOutcome | undefined> {
  const destination = plan.destination();
  if (destination === undefined) return undefined;
  plan.onBegin();
  return check(destination, plan, signal);
}

/**
 * One health check: a GET on a connection of its own, which only status 200 passes.
 *
 * @param signal ends the check early, as failed
 */
export function check(
  destination: { readonly address: string; readonly port: number },
  { path, timeout }: CheckRequest,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  return new Promise((resolve) => {
    let timedOut = false;
    const request = get({
      host: destination.address,
      port: destination.port,
      path,
      agent: false,
      signal,
      headers: { 'User-Agent': 'ELB-HealthChecker/2.0' },
    });
    const limit = setTimeout(() => {
      timedOut = true;
      request.destroy();
    }, timeout);
    request.on('response', (response) => {
      response.on('error', () => {});
      response.resume();
      resolve(response.statusCode === 200 ? { passed: true } : mismatch(response.statusCode ?? 0));
    });
    request.on('error', () => resolve(timedOut ? TIMED_OUT : FAILED));
    request.on('close', () => clearTimeout(limit));
  });
}

const TIMED_OUT: CheckOutcome = {
  passed: false,
  failure: { reason: 'Target.Timeout', description: 'Request timed out' },
};

const FAILED: CheckOutcome = {
  passed: false,
  failure: { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' },
};

function mismatch(status: number): CheckOutcome {
  const description = `Health checks failed with these codes: [${status}]`;
  return { passed: false, failure: { reason: 'Target.ResponseCodeMismatch', description } };
}
