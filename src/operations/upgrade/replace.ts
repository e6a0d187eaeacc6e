import type { ScalingGroup, ScalingMember } from '../../hosts/scaling.ts';
import { type Look, waitUntil } from '../wait.ts';
import { awaitSuccessors, outcomeOf, type ReplaceContext, type Replacement } from './successors.ts';

export type { ReplaceContext, Replacement } from './successors.ts';

export interface ReplaceRequest {
  readonly hosts: readonly string[];
  /**
   * Milliseconds for each successor from the end of its host until it is reachable and in standby. It has joined its
   * pools by then, so their deregistration delay is part of it.
   */
  readonly timeout: number;
}

/** How a part of the hosts fared: those that go on, and those that came to an end. */
interface Sorted {
  readonly onward: readonly ScalingMember[];
  readonly failed: readonly Replacement[];
}

/** Without these nothing is ended, or nothing comes in its place. */
const NEEDED_PROCESSES = ['Launch', 'Terminate'];
const MOVE_EVERY = 2_000;

/**
 * Ends hosts for good and has their Auto Scaling groups bring successors in the same zones: members are found, ended, and
 * their successors taken out of traffic and waited for until they can be worked on. Hosts are handled together and judged
 * each by itself; whatever can be known before a host is ended and would leave it without a successor keeps it alive.
 *
 * @returns one outcome per host, in the order of the request
 * @throws CancelledError when the context's signal aborts; the log says which hosts were ended until then
 */
export async function replaceHosts(
  context: ReplaceContext,
  { hosts, timeout }: ReplaceRequest,
): Promise<readonly Replacement[]> {
  const found = await outcomeOf(context.scaling.members(hosts));
  if (!found.done) return hosts.map((host) => failed(host, `${found.problem} Nothing was ended.`));
  const groups = [...Map.groupBy(found.value, ({ group }) => group)];
  const outcomes = await Promise.all(
    groups.map(([name, members]) => replaceInGroup(context, name, members, timeout)),
  );
  const byHost = new Map(outcomes.flat().map((outcome) => [outcome.host, outcome]));
  return hosts.map((host) => byHost.get(host) ?? failed(host, strangerProblem(host)));
}

async function replaceInGroup(
  context: ReplaceContext,
  name: string,
  members: readonly ScalingMember[],
  timeout: number,
): Promise<readonly Replacement[]> {
  const read = await outcomeOf(readSettled(context, name, members, timeout));
  if (!read.done) return members.map(({ host }) => failed(host, `${read.problem} ${host} was not ended.`));
  const group = read.value;
  const hosts = group.members.filter(({ host }) => members.some((member) => member.host === host));
  const planned = planEnd(group, hosts);
  const ended = await endHosts(context, group, planned.onward);
  const arrived =
    ended.onward.length === 0 ? [] : await awaitSuccessors(context, group, ended.onward, timeout);
  return [...planned.failed, ...ended.failed, ...arrived];
}

/** The group, once none of the hosts is on its way into standby any more, or as it is when the time is over. */
async function readSettled(
  context: ReplaceContext,
  name: string,
  members: readonly ScalingMember[],
  timeout: number,
): Promise<ScalingGroup> {
  const look = await waitUntil(context, {
    what: `Auto Scaling group ${name} to finish moving hosts into standby`,
    every: MOVE_EVERY,
    timeout,
    look: async (): Promise<Look<ScalingGroup>> => {
      const group = await context.scaling.group(name);
      const moving = group.members.filter(
        ({ host, lifecycle }) =>
          lifecycle === 'EnteringStandby' && members.some((each) => each.host === host),
      );
      if (moving.length === 0) return { reached: true, value: group };
      return { reached: false, seen: `${moving.map(({ host }) => host).join(', ')} still on the way` };
    },
  });
  return look.reached ? look.value : context.scaling.group(name);
}

/** Sorts out the hosts that must not be ended, because no successor would come or it could not be kept out of traffic. */
function planEnd(group: ScalingGroup, hosts: readonly ScalingMember[]): Sorted {
  const { name, minSize, maxSize, desired } = group;
  const suspended = NEEDED_PROCESSES.filter((process) => group.suspended.includes(process));
  if (suspended.length > 0) {
    const problem = `${suspended.join(' and ')} is suspended in Auto Scaling group ${name}, so no successor would come`;
    return {
      onward: [],
      failed: hosts.map(({ host }) => kept(host, `${problem}. Resume it, then run again.`)),
    };
  }
  const standby = hosts.filter(({ lifecycle }) => lifecycle === 'Standby');
  const inService = hosts.filter(({ lifecycle }) => lifecycle === 'InService');
  const roomAbove = Math.max(0, maxSize - desired);
  const roomBelow = Math.max(0, desired - minSize);
  return {
    onward: [...standby.slice(0, roomAbove), ...inService.slice(0, roomBelow)],
    failed: [
      ...standby
        .slice(roomAbove)
        .map(({ host }) =>
          kept(
            host,
            `it is in standby, so its successor needs one more than the desired capacity of ${desired}, and ` +
              `Auto Scaling group ${name} allows ${maxSize} at most. Raise MaxSize, then run again.`,
          ),
        ),
      ...inService
        .slice(roomBelow)
        .map(({ host }) =>
          kept(
            host,
            `its successor has to go into standby, and Auto Scaling group ${name} wants ${desired} hosts and at least ` +
              `${minSize}. Lower MinSize or add a host, then run again.`,
          ),
        ),
      ...hosts
        .filter((each) => !standby.includes(each) && !inService.includes(each))
        .map((each) => kept(each.host, lifecycleProblem(each))),
    ],
  };
}

/**
 * Ends hosts one after the other and raises the desired capacity by as many as were in standby: it does not count those,
 * so the group would not miss them. Cancelling stops it before the next host, never before the capacity is raised.
 *
 * @returns the hosts whose successors can be awaited
 */
async function endHosts(
  context: ReplaceContext,
  group: ScalingGroup,
  hosts: readonly ScalingMember[],
): Promise<Sorted> {
  const { signal, scaling, log } = context;
  const ended: ScalingMember[] = [];
  const problems = new Map<ScalingMember, string>();
  for (const member of hosts) {
    if (signal.aborted) break;
    const { host, zone, lifecycle } = member;
    log.info(`${host}: ending it for good (${lifecycle}); ${group.name} is to bring a successor in ${zone}`);
    const asked = await outcomeOf(scaling.terminate(host));
    // The answer may have been lost after the work was begun.
    if (asked.done || (await isEnding(context, host))) ended.push(member);
    else problems.set(member, asked.problem);
  }
  const standby = ended.filter(({ lifecycle }) => lifecycle === 'Standby');
  const raised = await outcomeOf(raiseDesired(context, group, standby.length));
  if (!raised.done) log.warning(`${group.name}: ${raised.problem}`);
  signal.throwIfAborted();
  const notEnded = [...problems].map(([{ host }, problem]) =>
    kept(host, `it could not be ended: ${problem}`),
  );
  if (raised.done) return { onward: ended, failed: notEnded };
  return {
    onward: ended.filter((member) => !standby.includes(member)),
    failed: [
      ...notEnded,
      ...standby.map(({ host }) =>
        failed(
          host,
          `${host} was ended in standby, and the desired capacity of Auto Scaling group ${group.name} could not be ` +
            `raised from ${group.desired} to ${group.desired + standby.length}: ${raised.problem} Raise it by hand.`,
        ),
      ),
    ],
  };
}

async function isEnding({ scaling }: ReplaceContext, host: string): Promise<boolean> {
  const seen = await outcomeOf(scaling.members([host]));
  return seen.done && seen.value.every(({ lifecycle }) => lifecycle.startsWith('Terminat'));
}

/**
 * From what it was before the hosts were ended, and never down: that ending a host in standby leaves the desired capacity
 * as it is, is documented nowhere.
 */
async function raiseDesired(
  { scaling, log }: ReplaceContext,
  { name, desired }: ScalingGroup,
  count: number,
): Promise<void> {
  if (count === 0) return;
  const wanted = desired + count;
  const now = (await scaling.group(name)).desired;
  if (now >= wanted) return;
  log.info(`${name}: raising the desired capacity from ${now} to ${wanted} for ${count} ended in standby`);
  await scaling.setDesired(name, wanted);
}

function strangerProblem(host: string): string {
  return (
    `${host} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be ` +
    'replaced. Nothing was ended now; it may have been ended by an interrupted run.'
  );
}

function lifecycleProblem({ lifecycle, group }: ScalingMember): string {
  if (lifecycle.startsWith('Terminat')) {
    return `it is ${lifecycle} in Auto Scaling group ${group} already; it may have been ended by an interrupted run`;
  }
  return `it is ${lifecycle} in Auto Scaling group ${group}, and only a host in service or in standby is replaced`;
}

/** @param problem why the host was not ended */
function kept(host: string, problem: string): Replacement {
  return failed(host, `${host} was not ended now: ${problem}`);
}

function failed(host: string, problem: string): Replacement {
  return { host, kind: 'failed', problem };
}
