import type { Log } from '../context.ts';
import type { Trace } from './upgrade.ts';

/** What happened to one host, with what it rests on. */
export interface HostReport {
  readonly host: string;
  readonly outcome: 'upgraded' | 'unchanged' | 'replaced' | 'rolled-back' | 'held' | 'untouched';
  readonly from: string;
  readonly to: string;
  /** What the process said about itself, or what went wrong. */
  readonly proof: string;
  /** Digest of the release that was proven to run. */
  readonly sha256?: string;
  /** The host that took its place, when it was replaced. */
  readonly successor?: string;
  /** What the installer did there last. */
  readonly trace?: Trace;
}

/** Prints what the hooks of each host printed, folded away under its name. */
export async function showOutput(log: Log, reports: readonly HostReport[]): Promise<void> {
  for (const { host, outcome, trace } of reports) {
    if (trace === undefined || trace.output === '') continue;
    const text = trace.output;
    await log.group(`${host} (${outcome}): last lines of its hooks`, async () => log.info(text));
  }
}

/** Whether the host, or its successor, runs what was asked for. */
export function isGood({ outcome }: HostReport): boolean {
  return outcome === 'upgraded' || outcome === 'unchanged' || outcome === 'replaced';
}
