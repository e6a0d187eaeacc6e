import { type Call, WireError } from '../wire/service.ts';
import { namedGroups, type Steps } from './actions.ts';
import { groupsOf } from './listener.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { type Estate, findGroup } from './lookup.ts';

/** Attaches every target group to the load balancer whose listeners or rules name it, and detaches the others. */
export function followListeners({ groups, balancers }: Pick<Estate, 'groups' | 'balancers'>): void {
  for (const group of groups) {
    const balancer = balancers.find((each) => names(each, group.names.targetGroup));
    if (balancer === undefined) group.detach();
    else group.attach({ loadBalancer: balancer.names.loadBalancer, zones: balancer.zones });
  }
}

/**
 * @throws WireError `TargetGroupNotFound` for a target group that the steps name and the call's region does not have,
 *   `IncompatibleProtocols` for one of another kind of load balancer, `TargetGroupAssociationLimit` for one that another
 *   load balancer has, and `InvalidConfigurationRequest` for what a network load balancer cannot do
 */
export function requireUsable(steps: Steps, balancer: LoadBalancer, estate: Estate, call: Call): void {
  if (balancer.settings.type === 'network') requireNetwork(steps);
  const groups = namedGroups(steps).map((arn) => findGroup(estate, call, arn));
  const foreign = groups.find(({ settings }) => settings.type !== balancer.settings.type);
  if (foreign !== undefined) {
    throw new WireError(
      'IncompatibleProtocols',
      `The protocol of target group '${foreign.names.targetGroup}' does not fit a load balancer of the type ${balancer.settings.type}`,
    );
  }
  const taken = groups
    .map(({ names: { targetGroup } }) => targetGroup)
    .filter((arn) => estate.balancers.some((other) => other !== balancer && names(other, arn)));
  if (taken.length === 0) return;
  throw new WireError(
    'TargetGroupAssociationLimit',
    `The following target groups cannot be associated with more than one load balancer: ${taken.join(', ')}`,
  );
}

function requireNetwork(steps: Steps): void {
  const [step] = steps;
  if (steps.length === 1 && step?.kind === 'forward' && !step.stickiness.enabled) return;
  throw new WireError(
    'InvalidConfigurationRequest',
    'A listener of a network load balancer has one forward action without stickiness',
  );
}

function names(balancer: LoadBalancer, targetGroup: string): boolean {
  return balancer.listeners().some(({ routes }) => groupsOf(routes.current()).includes(targetGroup));
}
