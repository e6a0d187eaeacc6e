import type {
  DeleteListenerInput,
  DeleteListenerOutput,
  DescribeListenersInput,
  DescribeListenersOutput,
  Listener as ListenerDescription,
  ModifyListenerInput,
  ModifyListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Call, type Operation, WireError } from '../wire/service.ts';
import { describeActions, readActions, type SingleForward } from './actions.ts';
import { followListeners, requireUsable } from './attachments.ts';
import type { Listener, LoadBalancer } from './load-balancer.ts';
import { arnOf, LOAD_BALANCER_NOT_FOUND } from './load-balancer-operations.ts';
import { type Estate, page, required, select, visible } from './lookup.ts';

/** A listener with its load balancer. */
export interface Listening {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
}

/** The operations on listeners. */
export function listenerOperations(estate: Estate): Readonly<Record<string, Operation>> {
  const { singleForward } = estate;
  return {
    DescribeListeners(input: DescribeListenersInput, call: Call): DescribeListenersOutput {
      const { items, marker } = page(selectListeners(visible(estate.balancers, call), input), input);
      return { Listeners: items.map((each) => describe(each, singleForward)), ...marker };
    },

    ModifyListener(input: ModifyListenerInput, call: Call): ModifyListenerOutput {
      const found = findListener(estate, call, input.ListenerArn);
      refuseOtherChanges(input);
      if (input.DefaultActions !== undefined) {
        const steps = readActions(input.DefaultActions);
        requireUsable(steps, found.balancer, estate, call);
        const { routes } = found.listener;
        routes.replace({ ...routes.current(), steps });
        followListeners(estate);
      }
      return { Listeners: [describe(found, singleForward)] };
    },

    DeleteListener(input: DeleteListenerInput, call: Call): DeleteListenerOutput {
      const { balancer, listener } = findListener(estate, call, input.ListenerArn);
      balancer.deleteListener(listener.arn);
      followListeners(estate);
      return {};
    },
  };
}

/** @throws WireError `ListenerNotFound` for a listener that does not exist in the call's region */
export function findListener(estate: Estate, call: Call, arn: string | undefined): Listening {
  const wanted = required('listenerArn', arn);
  const [found] = select(
    visible(estate.balancers, call).flatMap(listenersOf),
    [wanted],
    listenerArn,
    LISTENER_NOT_FOUND,
  );
  if (found === undefined) throw new Error(`no listener ${wanted} among those that were selected`);
  return found;
}

const LISTENER_NOT_FOUND = { code: 'ListenerNotFound', what: 'Listeners' };

/** The listeners of a load balancer. */
export function listenersOf(balancer: LoadBalancer): readonly Listening[] {
  return balancer.listeners().map((listener) => ({ balancer, listener }));
}

function listenerArn({ listener }: Listening): string {
  return listener.arn;
}

function selectListeners(all: readonly LoadBalancer[], input: DescribeListenersInput): readonly Listening[] {
  const { LoadBalancerArn: loadBalancer, ListenerArns: arns = [] } = input;
  if ((loadBalancer === undefined) === (arns.length === 0)) {
    throw new WireError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
  }
  return loadBalancer === undefined
    ? select(all.flatMap(listenersOf), arns, listenerArn, LISTENER_NOT_FOUND)
    : select(all, [loadBalancer], arnOf, LOAD_BALANCER_NOT_FOUND).flatMap(listenersOf);
}

/** What the range would have to ignore is refused, so that nobody believes it was done. */
function refuseOtherChanges({ ListenerArn: _, DefaultActions: __, ...others }: ModifyListenerInput): void {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (other === undefined) return;
  throw new WireError(
    'InvalidConfigurationRequest',
    `The range cannot change '${other}' of a listener, only DefaultActions`,
  );
}

function describe({ balancer, listener }: Listening, form: SingleForward): ListenerDescription {
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: balancer.names.loadBalancer,
    Protocol: balancer.settings.type === 'network' ? 'TCP' : 'HTTP',
    Port: listener.server.port,
    DefaultActions: describeActions(listener.routes.current().steps, form),
  };
}
