import type { RangeAlarmSettings, RangeBalancer } from '../../fleet/fleet.ts';
import { balancerNames, groupNames } from '../elbv2/arn.ts';
import { balancerPlans, type RangePool } from '../pools.ts';
import { errorShareAlarm, type RangeAlarm } from './alarm.ts';
import type { Traffic } from './traffic.ts';

/** The alarms of a fleet's `range.alarms`: one without a target group is over all balancers of the first pool's region. */
export function alarmsOf(
  alarms: readonly RangeAlarmSettings[],
  range: {
    readonly pools: readonly RangePool[];
    readonly balancer: RangeBalancer;
    readonly traffic: Traffic;
  },
): readonly RangeAlarm[] {
  const { pools, balancer, traffic } = range;
  const first = pools[0]?.region ?? '';
  const near = balancerPlans(pools)
    .filter(({ region }) => region === first)
    .map(({ forward }) => balancerNames(groupNames(forward[0].targetGroup), balancer.type).loadBalancer);
  return alarms.map(({ name, targetGroup, threshold, window }) =>
    errorShareAlarm({
      name,
      region: targetGroup === undefined ? first : groupNames(targetGroup).region,
      subjects: targetGroup === undefined ? near : [targetGroup],
      traffic,
      window,
      threshold,
    }),
  );
}
