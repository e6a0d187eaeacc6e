import type { NameServer, RecordSet } from '../../dns/port.ts';
import { canonicalValues } from '../../dns/record-set.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { CheckResult } from '../smoke/smoke.ts';
import { waitUntil } from '../wait.ts';
import { memberOf } from './decide.ts';
import { expectAnswers, shareOf } from './expect.ts';
import { failuresOf, placesIn, proveUnder, resolveAll, servingAfter } from './prove.ts';
import type { FlipContext, FlipRequest } from './request.ts';
import { findSilent, proveAtServers, type ServerReport, type ServersVerdict } from './servers.ts';

/** Milliseconds between two looks at a change; Route 53's own waiter takes 30 s. */
const EVERY = 4_000;
/**
 * Milliseconds until a change is everywhere when nobody can be asked about it: "generally within 60 seconds"
 * (ChangeResourceRecordSets).
 */
const GENERALLY = 60_000;

export type Sync =
  /** `at` in milliseconds since 1970; later than now when it is not known but assumed. */
  { readonly kind: 'everywhere'; readonly at: number } | { readonly kind: 'late'; readonly problem: string };

/** Waits until a change has reached every server of the provider. One whose answer was lost cannot be asked about. */
export async function settle(
  context: FlipContext,
  { timeout }: FlipRequest,
  change: string | undefined,
): Promise<Sync> {
  const { provider, clock } = context;
  if (change === undefined) return { kind: 'everywhere', at: clock.now() + GENERALLY };
  const look = await waitUntil(context, {
    what: `the change ${change} to be in sync`,
    every: EVERY,
    timeout,
    look: async () =>
      (await provider.isInSync(change))
        ? ({ reached: true, value: clock.now() } as const)
        : ({ reached: false, seen: 'it is pending' } as const),
  });
  if (look.reached) return { kind: 'everywhere', at: look.value };
  return {
    kind: 'late',
    problem: `the provider did not bring the change ${change} to all its servers in time.`,
  };
}

/**
 * Proves that what is about to be answered serves, under the real name, and that every server can be asked later on.
 *
 * @param after all sets of the type as they will be
 * @throws UserError with everything that stands in the way
 */
export async function proveBefore(
  context: FlipContext,
  request: FlipRequest,
  after: readonly RecordSet[],
  servers: readonly NameServer[],
): Promise<void> {
  const { verification, record, type } = request;
  const member = memberOf(request, after);
  if (verification.kind === 'off' || member === undefined) return;
  const places = placesIn(servingAfter(after, member));
  if (verification.kind === 'hosts') {
    const problem = failuresOf(await proveUnder(context, verification.proof, record, places));
    if (problem !== undefined) throw new UserError(`The new side of ${record} is not ready. ${problem}`);
    return;
  }
  const [silent, { addresses, nowhere }] = await Promise.all([
    findSilent(context, { record, type, servers }),
    resolveAll(context, places, type, servers),
  ]);
  const problems = [
    ...silent.map((each) => `${each}; what it answers after a flip could not be proven`),
    ...nowhere.map((place) => `${place} has no address here, so nothing could answer there`),
  ];
  if (problems.length > 0) throw new UserError(problems.map((each) => `- ${each}`).join('\n'));
  const problem = failuresOf(await proveUnder(context, verification.proof, record, addresses));
  if (problem !== undefined) throw new UserError(`The new side of ${record} is not ready. ${problem}`);
}

/** A change that was made, and what is known of it. */
export interface Made {
  /** All sets of the type. */
  readonly before: readonly RecordSet[];
  readonly after: readonly RecordSet[];
  /** Seconds for which the old answer may be kept. */
  readonly ttl: number;
  readonly servers: readonly NameServer[];
  readonly change?: string;
}

export interface Verified {
  /** Why it is not proven; none when it is. */
  readonly problem?: string;
  readonly inSyncAt?: number;
  readonly safeToStopAt?: number;
  readonly servers: readonly ServerReport[];
  readonly results: readonly CheckResult[];
}

/**
 * Proves a change: everywhere at the provider, at every server, and through the name.
 *
 * @throws CancelledError; whatever else goes wrong is a problem of the result
 */
export async function proveAfter(context: FlipContext, request: FlipRequest, made: Made): Promise<Verified> {
  try {
    const sync = await settle(context, request, made.change);
    if (sync.kind === 'late') return { problem: sync.problem, servers: [], results: [] };
    const known = made.change === undefined ? {} : { inSyncAt: sync.at };
    const verdict = await proveServers(context, request, made);
    if (verdict.kind === 'unproven') return { ...known, ...verdict, results: [] };
    const { servers } = verdict;
    const results = await proveThrough(context, request, made, sync.at);
    const problem = failuresOf(results);
    if (problem !== undefined) return { ...known, servers, results, problem };
    const safe = isStoppable(request, made) ? { safeToStopAt: sync.at + made.ttl * 1_000 } : {};
    return { ...known, ...safe, servers, results };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { problem: error instanceof Error ? error.message : String(error), servers: [], results: [] };
  }
}

/** Every authoritative server gives the answer, where they are asked and their answers can show it. */
export async function proveServers(
  context: FlipContext,
  request: FlipRequest,
  { before, after, servers }: Pick<Made, 'before' | 'after' | 'servers'>,
): Promise<ServersVerdict> {
  const { verification, record, type, timeout } = request;
  if (verification.kind !== 'servers') return { kind: 'proven', servers: [] };
  const expectation = expectAnswers(before, after, keyText(request));
  if (expectation.kind === 'unprovable') {
    context.log.warning(
      `No answer of a name server can show the change of ${record}: ${expectation.why}. Only the provider's word is there.`,
    );
    return { kind: 'proven', servers: [] };
  }
  return proveAtServers(context, { record, type, servers }, expectation, timeout);
}

function keyText({ type, identifier }: FlipRequest): string {
  return identifier === undefined ? type : `${type} ${identifier}`;
}

/** @param everywhere milliseconds since 1970 from which on no server gives the old answer */
async function proveThrough(
  context: FlipContext,
  request: FlipRequest,
  made: Made,
  everywhere: number,
): Promise<readonly CheckResult[]> {
  const { verification, record } = request;
  if (verification.kind === 'off') return [];
  if (verification.kind === 'servers') {
    return proveUnder(context, verification.proof, record, await answeredPlaces(context, request, made));
  }
  const wait = everywhere + made.ttl * 1_000 - context.clock.now();
  if (wait > 0) {
    context.log.info('waiting until the resolvers of the hosts may not keep the old answer any more');
    await context.clock.sleep(wait, context.signal);
  }
  return proveUnder(context, verification.proof, record, undefined);
}

/** Where the servers' answers lead now; of a weighted record, where its sets that are about this change do. */
async function answeredPlaces(
  context: FlipContext,
  { record, type, identifier, ...rest }: FlipRequest,
  { after, servers }: Made,
): Promise<readonly string[]> {
  const { authority, signal } = context;
  const member = memberOf({ record, type, ...rest, ...(identifier !== undefined && { identifier }) }, after);
  const places =
    identifier === undefined || member === undefined
      ? (await Promise.all(servers.map((server) => authority.ask(server, record, type, signal)))).flatMap(
          (reply) => (reply.kind === 'answer' ? canonicalValues(type, reply.values) : []),
        )
      : placesIn(servingAfter(after, member));
  const { addresses } = await resolveAll(context, [...new Set(places)], type, servers);
  if (addresses.length > 0) return addresses;
  throw new PlatformError(`what the name servers answer for ${record} leads to no address.`);
}

/** Whether the old side gets nothing any more: no set that is answered leads there. */
function isStoppable(request: FlipRequest, { before, after }: Made): boolean {
  const old = memberOf(request, before);
  if (old === undefined) return false;
  const left = placesIn([old]);
  const serving = placesIn(after.filter((set) => shareOf(set, after) > 0));
  return left.every((place) => !serving.includes(place));
}
