import type { DnsProvider, NameServer, Zone } from '../../dns/port.ts';
import { describeSets } from '../../dns/record-set.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import { type Decision, decideFlip, type Observed } from './decide.ts';
import { withSide } from './expect.ts';
import type { Course, FlipContext, FlipRequest } from './request.ts';
import { swapRecords } from './swap.ts';
import { notSwapped } from './trouble.ts';
import { proveBefore, settle } from './verify.ts';

/** A change that is ready to be made, or that is made already. */
export type Ready =
  | { readonly kind: 'there'; readonly observed: Observed; readonly ttl: number }
  | {
      readonly kind: 'swap';
      readonly observed: Observed;
      readonly decision: Extract<Decision, { readonly kind: 'swap' }>;
    };

/**
 * The servers that are to be asked.
 *
 * @throws UserError when nobody here can ask any, or users of the name are led to others
 */
export async function serversOf(
  context: FlipContext,
  { zone, verification }: FlipRequest,
): Promise<readonly NameServer[]> {
  const { authority, provider } = context;
  if (verification.kind !== 'servers') return [];
  if (verification.given !== undefined) return verification.given;
  const facts = await provider.zone(zone);
  const { isPrivate, name } = facts;
  if (!isPrivate) {
    const servers = await authority.servers(facts.nameServers);
    await requireDelegation(context, facts, servers);
    return servers;
  }
  throw new UserError(
    `The zone ${zone} (${name}) is private: nobody outside of its network can ask its servers; nothing was changed. Name ` +
      'hosts inside that ask with `verify-from`, or addresses that answer here with `name-servers`, or set `verify: false`.',
  );
}

/**
 * There may be several zones of one name, and users are led to the servers of one of them. Servers under names of one's own
 * (Route 53 Developer Guide, "Configuring white-label name servers") are the zone's by their addresses.
 */
async function requireDelegation(
  { authority, log }: FlipContext,
  { id, name, nameServers }: Zone,
  servers: readonly NameServer[],
): Promise<void> {
  let told: readonly string[];
  try {
    told = (await authority.delegation(name)).map(plainName).toSorted();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.warning(
      `The name servers of ${name} could not be looked up (${problem}): nothing shows that users are led to the zone ${id}.`,
    );
    return;
  }
  const own = nameServers.map(plainName).toSorted();
  const strangers = told.filter((server) => !own.includes(server));
  if (told.length > 0 && strangers.length === 0) return;
  const addresses = new Set(servers.map(({ address }) => address));
  const others = strangers.length === 0 ? [] : await authority.servers(strangers).catch(() => []);
  if (others.length > 0 && others.every(({ address }) => addresses.has(address))) return;
  throw new UserError(
    `Users of ${name} are led to other name servers than those of the zone ${id}, so that a change there would reach nobody; ` +
      `nothing was changed. Users: ${told.join(', ') || 'none'}. Zone ${id}: ${own.join(', ')}. Check ` +
      '`zone-id` (another zone may have the same name), correct the delegation, or name servers with `name-servers`.',
  );
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

export async function observe(
  { provider }: { readonly provider: DnsProvider },
  { zone, record }: FlipRequest,
): Promise<Observed> {
  const [facts, sets, protections] = await Promise.all([
    provider.zone(zone),
    provider.read(zone, record),
    provider.protections(zone, record),
  ]);
  return { zone: facts, sets, protections };
}

/** @throws UserError with every problem */
export function decide(
  request: FlipRequest,
  observed: Observed,
  waited: boolean,
): Exclude<Decision, { readonly kind: 'refused' }> {
  const decision = decideFlip(request, observed, waited);
  if (decision.kind !== 'refused') return decision;
  const { problems } = decision;
  if (problems.length === 1) throw new UserError(problems[0] ?? '');
  throw new UserError(
    [`${problems.length} problems:`, ...problems.map((problem) => `- ${problem}`)].join('\n'),
  );
}

export interface Way {
  readonly servers: readonly NameServer[];
  readonly course: Course;
}

/** Everything up to the change itself, the lowering of the TTL included. */
export async function approach(context: FlipContext, request: FlipRequest, way: Way): Promise<Ready> {
  for (let waited = false; ; waited = true) {
    const observed = await observe(context, request);
    const decision = decide(request, observed, waited);
    switch (decision.kind) {
      case 'there':
        return { kind: 'there', observed, ttl: decision.ttl };
      case 'swap':
        await proveBefore(context, request, withSide(request, observed.sets, 'to'), way.servers);
        return { kind: 'swap', observed, decision };
      case 'await-lowered':
        context.log.info(
          `an interrupted run lowered the TTL of ${request.record}: resolvers may keep its answer for up to ` +
            `${formatDuration(decision.former * 1_000)}, which is waited for`,
        );
        await context.clock.sleep(decision.former * 1_000, context.signal);
        break;
      case 'lower':
        if (waited) {
          throw new UserError(
            `Somebody raised the TTL of ${request.record} while it was waited for: ${describeSets(observed.sets)}.`,
          );
        }
        await proveBefore(context, request, withSide(request, observed.sets, 'to'), way.servers);
        await lowerTtl(context, request, decision, way.course);
    }
  }
}

async function lowerTtl(
  context: FlipContext,
  request: FlipRequest,
  decision: Extract<Decision, { readonly kind: 'lower' }>,
  course: Course,
): Promise<void> {
  const { record } = request;
  const [was, lowered] = [`${decision.former}s`, describeSets(decision.next)];
  course.state = `The TTL of ${record} was being lowered from ${was}; what it points at was not changed.`;
  const swapped = await swapRecords(context, { zone: request.zone, name: record }, decision);
  if (swapped.kind !== 'done') throw notSwapped(request, swapped, course);
  course.state =
    `The TTL of ${record} is lowered (${lowered}, was ${was}); what it points at was not changed. ` +
    'Run with the same inputs again: it waits for the former TTL and flips.';
  const sync = await settle(context, request, swapped.change);
  if (sync.kind === 'late') throw new PlatformError(sync.problem);
  context.log.info(
    `TTL lowered: ${lowered}. Resolvers may keep the answer of before for ${was}, which is waited for`,
  );
  await context.clock.sleep(decision.former * 1_000, context.signal);
}
