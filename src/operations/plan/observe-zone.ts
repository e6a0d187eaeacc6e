import type { Balancer } from '../../balancers/port.ts';
import type { Zone } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import { readGates } from '../bake/bake.ts';
import type { RegionContext, Regions } from '../context.ts';
import { observeAround } from '../drain/drain-plan.ts';
import { askStatus, type StatusAnswer } from '../records.ts';
import { answerOf } from './answer.ts';

/** A zone as it was found. What could not be read is empty, and said in `problems`. */
export interface ZoneWorld {
  readonly zone: Zone;
  /** The zone's own pools first, then those of the same load balancers that share hosts with them. */
  readonly views: readonly PoolView[];
  /** One for each host of the zone. */
  readonly answers: readonly StatusAnswer[];
  readonly problems: readonly string[];
}

/**
 * Reads everything about a zone that decides whether it may be deployed. Changes nothing.
 *
 * @throws CancelledError when the signal aborts; everything else that goes wrong is in `problems`
 */
export async function observeZone(context: RegionContext, zone: Zone, directory: string): Promise<ZoneWorld> {
  const { signal } = context;
  const pools = zone.pools.map(({ targetGroup }) => targetGroup);
  const [around, statuses, alarms] = await Promise.all([
    answerOf(observeAround(context, pools, zone.hosts), signal),
    answerOf(askStatus(context, zone.hosts, directory), signal),
    alarmProblems(context, zone.alarms),
  ]);
  const unread = [around, statuses].flatMap((answer) => (answer.kind === 'silent' ? [answer.problem] : []));
  return {
    zone,
    views: around.kind === 'told' ? around.value : [],
    answers: statuses.kind === 'told' ? statuses.value : [],
    problems: [...unread, ...alarms].map((problem) => `${zone.zone}: ${problem}`),
  };
}

async function alarmProblems(context: RegionContext, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const ask = () => Promise.reject(new TypeError('there is no check to make'));
  // Several zones are looked at together: what is wrong is told zone by zone afterwards.
  const log = { ...context.log, info: () => undefined };
  const outcome = await answerOf(
    readGates({ ...context, ask, log }, { alarms: names, trials: [], targets: [] }),
    context.signal,
  );
  if (outcome.kind === 'silent') return [outcome.problem];
  if (outcome.value.kind === 'open') return [];
  return outcome.value.problem
    .split('\n')
    .map(
      (line) => `${line}. An alarm that is not quiet before the deployment would close the gates after it`,
    );
}

/** The same regions, whose balancers are asked about each pool once. */
export function askingOnce(regions: Regions): Regions {
  const made = new Map<string, RegionContext>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const context = regions(region);
    const once = { ...context, balancer: balancerOnce(context.balancer) };
    made.set(region, once);
    return once;
  };
}

function balancerOnce(balancer: Balancer): Balancer {
  return {
    ...balancer,
    settings: once((pool) => balancer.settings(pool)),
    siblings: once((pool) => balancer.siblings(pool)),
    targets: once((pool) => balancer.targets(pool)),
  };
}

function once<T>(ask: (pool: string) => Promise<T>): (pool: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (pool) => {
    const answer = asked.get(pool) ?? ask(pool);
    asked.set(pool, answer);
    return answer;
  };
}
