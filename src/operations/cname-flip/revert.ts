import type { NameServer, RecordSet } from '../../dns/port.ts';
import { describeSets, ttlOf } from '../../dns/record-set.ts';
import { formatDuration } from '../../fleet/duration.ts';
import type { Replacement } from './decide.ts';
import type { Course, FlipContext, FlipRequest, FlipResult } from './request.ts';
import { type Swapped, swapRecords } from './swap.ts';
import { proveServers, settle } from './verify.ts';

/** A change that was made and did not prove itself. */
export interface Unproven {
  /** What it made, exactly as it is listed. */
  readonly listed: readonly RecordSet[];
  readonly decision: Replacement;
  /** All sets of the type before the change and after it. */
  readonly before: readonly RecordSet[];
  readonly after: readonly RecordSet[];
  /** Milliseconds since 1970. */
  readonly swappedAt: number;
  readonly servers: readonly NameServer[];
  readonly course: Course;
}

type Back = Pick<FlipResult, 'says' | 'changed'> & Partial<Pick<FlipResult, 'servers'>>;

/**
 * Swaps a change back, if it is still what is there, and proves that at every server.
 *
 * @returns what became of it, and what clients may have seen
 * @throws CancelledError
 */
export async function swapBack(
  context: FlipContext,
  request: FlipRequest,
  unproven: Unproven,
): Promise<Back> {
  const { decision, listed, course, swappedAt } = unproven;
  const { record, zone } = request;
  const [was, is] = [describeSets(decision.old), describeSets(decision.next)];
  course.state = `${record} was being swapped back when this ended: it holds ${was} or ${is}, and never nothing.`;
  const swapped = await swapRecords(context, { zone, name: record }, { old: listed, next: decision.old });
  if (swapped.kind !== 'done') return { changed: true, says: notBack(request, swapped, is) };
  course.state = `${record} is swapped back to ${was}, which was not proven at every name server.`;
  const sync = await settle(context, request, swapped.change);
  const verdict = await proveServers(context, request, {
    before: unproven.after,
    after: unproven.before,
    servers: unproven.servers,
  });
  const ttl = Math.max(...decision.next.map(ttlOf)) * 1_000;
  const from = new Date(swappedAt).toISOString();
  const until =
    sync.kind === 'everywhere'
      ? `until ${new Date(sync.at + ttl).toISOString()} at the latest`
      : `until ${formatDuration(ttl)} after the change back is everywhere`;
  const proven =
    verdict.kind === 'proven' && sync.kind === 'everywhere'
      ? 'and proven'
      : `but not proven: ${verdict.kind === 'unproven' ? verdict.problem : sync.kind === 'late' ? sync.problem : ''}`;
  return {
    changed: false,
    ...(verdict.servers.length > 0 && { servers: verdict.servers }),
    says:
      `It was swapped back to ${was} ${proven}. Clients may have been sent to the new side from ${from}, ` +
      `and those that keep an answer as long as they may still are ${until}: leave it running until then.`,
  };
}

function notBack(
  { record }: FlipRequest,
  swapped: Exclude<Swapped, { readonly kind: 'done' }>,
  is: string,
): string {
  switch (swapped.kind) {
    case 'lost':
    case 'overwritten':
      return `It was not swapped back: somebody else changed it meanwhile, and it is left at ${describeSets(swapped.now)}.`;
    case 'refused':
      return `Swapping it back was refused, so that it is at ${is}: ${swapped.problem}.`;
    case 'given-up': {
      const cure = 'Look at the record, and flip it from `to` to `from`.';
      return swapped.isKnown
        ? `Swapping it back was not taken, so that it is at ${is}: ${swapped.problem}. ${cure}`
        : `Nobody knows whether swapping ${record} back was taken: ${swapped.problem}. ${cure}`;
    }
  }
}
