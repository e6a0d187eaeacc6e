import type { DnsProvider, RecordSet } from '../../dns/port.ts';
import { holdsAll } from '../../dns/record-set.ts';
import type { Edges } from '../context.ts';
import type { Replacement } from './decide.ts';

export interface SwapContext extends Pick<Edges, 'clock' | 'log' | 'signal'> {
  readonly provider: DnsProvider;
}

export type Swapped =
  /** `change` is missing when the answer to it was lost. `listed` is what is there now, exactly as it is listed. */
  | { readonly kind: 'done'; readonly change?: string; readonly listed: readonly RecordSet[] }
  /** It was done, and then somebody else changed it. */
  | { readonly kind: 'overwritten' | 'lost'; readonly now: readonly RecordSet[] }
  | { readonly kind: 'refused'; readonly problem: string }
  /** It was not done, or nobody knows whether it will be. */
  | { readonly kind: 'given-up'; readonly problem: string; readonly isKnown: boolean };

/** Milliseconds for which a zone that is busy is tried again; Route 53 handles one batch of a zone after the other. */
const PATIENCE = 60_000;
const SOONEST = 250;
const SLOWEST = 5_000;

/**
 * Compares and swaps, again while the provider is busy and after an answer that was lost, and reads back what came of it.
 * Sending it again is safe: it takes effect only while all of `old` is there.
 *
 * @throws CancelledError between two attempts
 */
export async function swapRecords(
  context: SwapContext,
  { zone, name }: { readonly zone: string; readonly name: string },
  { old, next }: Replacement,
): Promise<Swapped> {
  const { provider, clock, log, signal } = context;
  const until = clock.now() + PATIENCE;
  let isKnown = true;
  for (let pause = SOONEST; ; pause = Math.min(pause * 2, SLOWEST)) {
    const outcome = await provider.swap(zone, old, next);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'done') {
      const now = await provider.read(zone, name);
      const { change } = outcome;
      return holdsAll(now, next)
        ? { kind: 'done', change, listed: listedAs(now, next) }
        : { kind: 'overwritten', now };
    }
    if (outcome.kind === 'unknown') isKnown = false;
    const now = outcome.kind === 'lost' ? outcome.now : await provider.read(zone, name);
    // The answer that was lost can have said that it was done.
    if (!isKnown && holdsAll(now, next)) return { kind: 'done', listed: listedAs(now, next) };
    if (outcome.kind === 'lost' || !holdsAll(now, old)) return { kind: 'lost', now };
    const { problem } = outcome;
    if (clock.now() >= until) return { kind: 'given-up', problem, isKnown };
    log.info(`the change was not accepted (${problem}); trying again`);
    await clock.sleep(pause * (0.5 + clock.jitter()), signal);
  }
}

function listedAs(now: readonly RecordSet[], wanted: readonly RecordSet[]): readonly RecordSet[] {
  return wanted.flatMap((set) => now.filter((each) => holdsAll([each], [set])));
}
