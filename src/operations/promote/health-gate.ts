import type { ObservedTarget } from '../../balancers/port.ts';
import { poolName } from '../../fleet/flip-steps.ts';
import { judgeStanding, type PoolView } from '../../fleet/floor.ts';
import type { GateReading, GateSource } from '../bake/gates.ts';
import type { PoolContext } from '../context.ts';
import { findTarget, observePools, registrationsOf } from '../pools.ts';
import type { Withdrawal } from '../records.ts';
import type { ZoneWork } from '../zone/zone-work.ts';

/** Targets that one reading names; the rest are counted. */
const LISTED = 5;

/**
 * One gate for each pool of a zone, open while every host of the zone is healthy under each of the registrations that it had
 * when the zone was prepared, and the pool is at or above its floor.
 */
export function healthGate(context: PoolContext, work: ZoneWork): GateSource {
  const pools = [...new Set(work.zone.pools.map(({ targetGroup }) => targetGroup))];
  const expected = work.zone.hosts.flatMap((host) => registrationsOf(work.views, host));
  return {
    what: `target health of ${pools.map(poolName).join(', ')}`,
    gates: pools.map(gateOf),
    when: 'always',
    async read() {
      const views = await observePools(context, pools);
      return views.map((view) => readPool(view, expected, work));
    },
  };
}

function gateOf(pool: string): string {
  return `target health of ${poolName(pool)}`;
}

function readPool(view: PoolView, expected: readonly Withdrawal[], work: ZoneWork): GateReading {
  const { settings, targets } = view;
  const own = expected.filter(({ pool }) => pool === settings.pool);
  const ill = own.flatMap((target) => {
    const problem = problemOf(findTarget(targets, target));
    return problem === undefined ? [] : [`${target.id}:${target.port} ${problem}`];
  });
  const floor = judgeStanding([view], work.zoneOf, work.fleet.policy.minHealthy);
  const listed = [...ill.slice(0, LISTED), ...(ill.length > LISTED ? [`${ill.length - LISTED} more`] : [])];
  const problems = [...listed, ...(floor.kind === 'refused' ? floor.reasons : [])];
  const open = problems.length === 0;
  const well = `${own.length} of ${own.length} targets of ${work.zone.zone} healthy; ${floor.reasons.join('; ')}`;
  return {
    gate: gateOf(settings.pool),
    state: open ? 'open' : 'closed',
    seen: `target health of ${settings.name}: ${open ? well : problems.join('; ')}`,
    again: true,
  };
}

function problemOf(target: ObservedTarget | undefined): string | undefined {
  if (target === undefined) return 'is not registered any more';
  if (target.state !== 'healthy') {
    return `is ${target.state}${target.reason === undefined ? '' : ` (${target.reason})`}, expected healthy`;
  }
  return target.shifted ? 'gets no requests: a zonal shift is on' : undefined;
}
