import type { Scaling, ScalingGroup, ScalingMember } from '../../hosts/scaling.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { HostContext } from '../context.ts';
import type { ScalingRecord } from '../records.ts';
import { type Look, waitUntil } from '../wait.ts';

/** For work on hosts and the groups that bring new ones. */
export interface ReplaceContext extends HostContext {
  readonly scaling: Scaling;
}

/** What became of a host that was to be replaced. */
export type Replacement =
  | {
      readonly host: string;
      readonly kind: 'replaced';
      readonly successor: string;
      /** Network address; the loopback when the transport knows none, for who asks on the host itself. */
      readonly address: string;
      readonly scaling: ScalingRecord;
    }
  | { readonly host: string; readonly kind: 'failed'; readonly problem: string };

/** A host that was ended, and what is known of the one that takes its place. */
interface Succession {
  readonly host: string;
  readonly zone: string;
  stage: Stage;
}

type Stage =
  | { readonly kind: 'awaited' }
  /** Asked to go into standby; `problem` is why the transport did not reach it there. */
  | { readonly kind: 'leaving'; readonly id: string; readonly problem?: string }
  /** It could not be put into standby. */
  | { readonly kind: 'serving'; readonly id: string; readonly problem: string }
  | { readonly kind: 'ready'; readonly id: string; readonly address: string };

/** A successor gets requests from when it is in service until it is seen, so this is short. */
const EVERY = 2_000;

/**
 * Waits for the successors of hosts that were ended, each in its host's zone: takes every one out of traffic as soon as it
 * is in service, and gives it on when it is in standby and the transport reaches it. One call describes the group each
 * time, however many are awaited.
 *
 * @param before the group as it was before the hosts were ended
 * @param timeout milliseconds for all of them together, the drain of a successor on its way into standby included
 * @throws CancelledError when the context's signal aborts
 */
export async function awaitSuccessors(
  context: ReplaceContext,
  before: ScalingGroup,
  ended: readonly ScalingMember[],
  timeout: number,
): Promise<readonly Replacement[]> {
  const successions = ended.map(({ host, zone }): Succession => ({ host, zone, stage: { kind: 'awaited' } }));
  const known = new Set(before.members.map(({ host }) => host));
  let newcomers: readonly ScalingMember[] = [];
  let why = '';
  const advance = async (): Promise<Look<undefined>> => {
    newcomers = (await context.scaling.group(before.name)).members.filter(({ host }) => !known.has(host));
    forgetLost(context, successions, newcomers);
    await takeOut(context, before.name, successions, newcomers);
    await reach(context, successions, newcomers);
    return judge(successions, newcomers);
  };
  await waitUntil(context, {
    what: `successors in Auto Scaling group ${before.name}`,
    every: EVERY,
    timeout,
    look: async () => {
      // Nothing is lost by a look that fails, and everything by giving up on hosts that are already ended.
      const seen = await outcomeOf(advance());
      why = seen.done ? '' : ` The last look failed: ${seen.problem}`;
      return seen.done ? seen.value : { reached: false, seen: seen.problem };
    },
  });
  const others = unclaimed(successions, newcomers);
  return successions.map((succession) => conclude(before.name, succession, { newcomers, others, why }));
}

/** Awaits another successor for a host whose first one was ended again. */
function forgetLost(
  { log }: ReplaceContext,
  successions: readonly Succession[],
  newcomers: readonly ScalingMember[],
): void {
  for (const succession of successions) {
    const { host, stage } = succession;
    if (stage.kind !== 'leaving' || lifecycleOf(newcomers, stage.id) !== undefined) continue;
    log.warning(`${stage.id}: the successor of ${host} was ended by its group; another one is awaited`);
    succession.stage = { kind: 'awaited' };
  }
}

/**
 * Puts newcomers in service into standby, one by one: a call with several of them is refused for all when one is too
 * many.
 */
async function takeOut(
  context: ReplaceContext,
  group: string,
  successions: readonly Succession[],
  newcomers: readonly ScalingMember[],
): Promise<void> {
  for (const succession of successions) {
    if (succession.stage.kind !== 'awaited') continue;
    const found = unclaimed(successions, newcomers).find(
      ({ zone, lifecycle }) => zone === succession.zone && lifecycle === 'InService',
    );
    if (found === undefined) continue;
    const id = found.host;
    context.log.info(`${id}: takes the place of ${succession.host} in ${group}; going into standby`);
    succession.stage = { kind: 'leaving', id };
    const asked = await outcomeOf(context.scaling.enterStandby(group, [id]));
    // The answer may have been lost after the work was done.
    if (asked.done || (await isOutside(context, id))) continue;
    succession.stage = { kind: 'serving', id, problem: asked.problem };
  }
}

async function isOutside(context: ReplaceContext, id: string): Promise<boolean> {
  const seen = await outcomeOf(context.scaling.members([id]));
  return seen.done && seen.value.some(({ lifecycle }) => lifecycle.endsWith('Standby'));
}

/** Asks the transport for those that are in standby. */
async function reach(
  context: ReplaceContext,
  successions: readonly Succession[],
  newcomers: readonly ScalingMember[],
): Promise<void> {
  const arrived = new Map<string, Succession>();
  for (const succession of successions) {
    const { stage } = succession;
    if (stage.kind !== 'leaving' || lifecycleOf(newcomers, stage.id) !== 'Standby') continue;
    arrived.set(stage.id, succession);
  }
  if (arrived.size === 0) return;
  for (const { host: id, ...facts } of await context.transport.facts([...arrived.keys()])) {
    const succession = arrived.get(id);
    if (succession === undefined) continue;
    const { address = '127.0.0.1', problem = 'it cannot be reached' } = facts;
    succession.stage = facts.reachable ? { kind: 'ready', id, address } : { kind: 'leaving', id, problem };
  }
}

function judge(successions: readonly Succession[], newcomers: readonly ScalingMember[]): Look<undefined> {
  const awaited = successions.filter(({ stage }) => stage.kind === 'awaited').length;
  const leaving = successions.flatMap(({ stage }) => (stage.kind === 'leaving' ? [stage.id] : []));
  if (awaited + leaving.length === 0) return { reached: true, value: undefined };
  const unreached = leaving.filter((id) => lifecycleOf(newcomers, id) === 'Standby').length;
  const counts = [
    [awaited, 'not in service yet'],
    [leaving.length - unreached, 'on their way into standby'],
    [unreached, 'in standby and not reached yet'],
  ] as const;
  const open = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return { reached: false, seen: `${open.join(', ')}, of ${successions.length}` };
}

interface Seen {
  readonly newcomers: readonly ScalingMember[];
  /** Newcomers that take nobody's place. */
  readonly others: readonly ScalingMember[];
  /** What the last look failed on, as a sentence; empty when it did not. */
  readonly why: string;
}

function conclude(
  group: string,
  { host, zone, stage }: Succession,
  { newcomers, others, why }: Seen,
): Replacement {
  const failed = (problem: string): Replacement => ({
    host,
    kind: 'failed',
    problem: `${host} was ended. ${problem}`,
  });
  switch (stage.kind) {
    case 'ready':
      return {
        host,
        kind: 'replaced',
        successor: stage.id,
        address: stage.address,
        scaling: { mode: 'standby', group },
      };
    case 'serving':
      return failed(
        `Its successor ${stage.id} is in service with whatever its image starts, because it could not be put into ` +
          `standby: ${stage.problem}`,
      );
    case 'leaving': {
      const lifecycle = lifecycleOf(newcomers, stage.id) ?? 'unknown';
      const state =
        stage.problem === undefined ? lifecycle : `${lifecycle} and not reached: ${stage.problem}`;
      return failed(
        `Its successor ${stage.id} was sent into standby and stays out of traffic; it is ${state}.${why} ` +
          'Take it out of standby or terminate it by hand.',
      );
    }
    case 'awaited': {
      const came = others.map((each) => `${each.host} is ${each.lifecycle} in ${each.zone}`);
      return failed(
        `No successor of it was seen in service in ${zone}; others that are new in Auto Scaling group ${group}: ` +
          `${came.join(', ') || 'none'}.${why} The group's activity history tells what it did.`,
      );
    }
  }
}

/** Newcomers that take nobody's place. */
function unclaimed(
  successions: readonly Succession[],
  newcomers: readonly ScalingMember[],
): readonly ScalingMember[] {
  const claimed = successions.map(({ stage }) => (stage.kind === 'awaited' ? '' : stage.id));
  return newcomers.filter(({ host }) => !claimed.includes(host));
}

/** What a host is doing in its group; nothing when it is not there any more or about to go. */
function lifecycleOf(members: readonly ScalingMember[], id: string): string | undefined {
  const lifecycle = members.find(({ host }) => host === id)?.lifecycle;
  return lifecycle?.startsWith('Terminat') ? undefined : lifecycle;
}

/** How something went that may fail in a way that a person is told of. */
export type Outcome<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly problem: string };

/** @throws whatever is neither a `PlatformError` nor a `UserError`: cancellation, and mistakes of this program */
export async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { done: true, value: await work };
  } catch (error) {
    if (error instanceof PlatformError || error instanceof UserError) {
      return { done: false, problem: error.message };
    }
    throw error;
  }
}
