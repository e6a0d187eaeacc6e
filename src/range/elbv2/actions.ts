import type {
  Action,
  FixedResponseActionConfig,
  RedirectActionConfig,
  TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { WireError } from '../wire/service.ts';

/** How often one target group is chosen among those of its action. */
export interface WeightedGroup {
  /** ARN. */
  readonly targetGroup: string;
  /** 0 to 999. */
  readonly weight: number;
}

export interface ForwardStep {
  readonly kind: 'forward';
  readonly groups: readonly WeightedGroup[];
  /** Whether a client stays with its target group, and for how many seconds. */
  readonly stickiness: { readonly enabled: boolean; readonly seconds?: number };
}

/** What a listener or rule does with a request. */
export type Step =
  | ForwardStep
  | { readonly kind: 'redirect'; readonly config: RedirectActionConfig }
  | { readonly kind: 'fixed-response'; readonly config: FixedResponseActionConfig }
  /** Kept and shown, but not performed: the range lets every request pass, as if its user were known. */
  | { readonly kind: 'authenticate'; readonly action: Action };

/** Steps in the order in which they are taken, with the number that orders them. The last one answers. */
export type Steps = readonly (Step & { readonly order?: number })[];

/** How a forward to one target group is described: AWS has been seen to answer in each form. */
export type SingleForward = 'both' | 'target-group-arn' | 'forward-config';

/** Quota "Target Groups per Action", Elastic Load Balancing User Guide for Application Load Balancers. */
const MOST_GROUPS = 5;
/** API reference, TargetGroupStickinessConfig: seven days. */
const LONGEST_STICKINESS = 604_800;

/**
 * Reads the actions of a listener or rule.
 *
 * @throws WireError for actions that AWS refuses, whatever target groups there are
 */
export function readActions(actions: readonly Action[]): Steps {
  if (actions.length === 0) throw invalid('ValidationError', 'An action must be specified');
  const orders = actions.map(({ Order }) => Order);
  if (actions.length > 1 && new Set(orders.filter((order) => order !== undefined)).size < actions.length) {
    throw invalid('InvalidLoadBalancerAction', 'Each of several actions must have an order of its own');
  }
  const sorted = actions.toSorted((one, other) => (one.Order ?? 0) - (other.Order ?? 0));
  const steps = sorted.map((action) => ({
    ...readAction(action),
    ...(action.Order === undefined ? {} : { order: action.Order }),
  }));
  const isLast = (index: number): boolean => index === steps.length - 1;
  if (steps.some(({ kind }, index) => (kind === 'authenticate') === isLast(index))) {
    throw invalid(
      'InvalidLoadBalancerAction',
      'Actions must end with a forward, redirect or fixed-response action, and have no other one of these',
    );
  }
  return steps;
}

/** The target groups that the steps name, at any weight. */
export function namedGroups(steps: Steps): readonly string[] {
  return steps.flatMap((step) =>
    step.kind === 'forward' ? step.groups.map(({ targetGroup }) => targetGroup) : [],
  );
}

/** The steps as `DescribeListeners` and `DescribeRules` show them. */
export function describeActions(steps: Steps, form: SingleForward): Action[] {
  return steps.map((step) => ({
    ...describeStep(step, form),
    ...(step.order === undefined ? {} : { Order: step.order }),
  }));
}

function readAction(action: Action): Step {
  switch (action.Type) {
    case 'forward':
      return readForward(action);
    case 'redirect': {
      const config = action.RedirectConfig;
      if (config?.StatusCode === 'HTTP_301' || config?.StatusCode === 'HTTP_302') {
        return { kind: 'redirect', config };
      }
      throw invalid('InvalidLoadBalancerAction', 'A redirect needs the status code HTTP_301 or HTTP_302');
    }
    case 'fixed-response': {
      const config = action.FixedResponseConfig;
      if (config !== undefined && /^[245]\d\d$/.test(config.StatusCode ?? '')) {
        return { kind: 'fixed-response', config };
      }
      throw invalid('InvalidLoadBalancerAction', 'A fixed response needs a status code 2XX, 4XX or 5XX');
    }
    case 'authenticate-oidc':
    case 'authenticate-cognito':
      return { kind: 'authenticate', action: withoutSecret(action) };
    default:
      throw invalid(
        'InvalidLoadBalancerAction',
        `The range does not model actions of the type '${action.Type}'`,
      );
  }
}

function readForward({ TargetGroupArn: arn, ForwardConfig: config }: Action): ForwardStep {
  const tuples = config?.TargetGroups ?? (arn === undefined ? [] : [{ TargetGroupArn: arn }]);
  if (tuples.length === 0) throw invalid('ValidationError', 'A target group ARN must be specified');
  if (arn !== undefined && tuples.some(({ TargetGroupArn }) => TargetGroupArn !== arn)) {
    throw invalid(
      'InvalidLoadBalancerAction',
      'A target group ARN beside a forward configuration must be the only target group of both',
    );
  }
  if (tuples.length > MOST_GROUPS) {
    throw invalid(
      'InvalidLoadBalancerAction',
      `A forward action has at most ${MOST_GROUPS} target groups, not ${tuples.length}`,
    );
  }
  const groups = tuples.map((tuple) => readTuple(tuple, tuples.length === 1 ? 1 : undefined));
  if (new Set(groups.map(({ targetGroup }) => targetGroup)).size < groups.length) {
    throw invalid('InvalidLoadBalancerAction', 'A forward action cannot have a target group twice');
  }
  const { Enabled: enabled = false, DurationSeconds: seconds } = config?.TargetGroupStickinessConfig ?? {};
  const isDuration = seconds !== undefined && seconds >= 1 && seconds <= LONGEST_STICKINESS;
  if (seconds === undefined ? enabled : !isDuration) {
    throw invalid(
      'ValidationError',
      `Target group stickiness duration must be between 1 and ${LONGEST_STICKINESS} seconds, inclusive`,
    );
  }
  return { kind: 'forward', groups, stickiness: { enabled, ...(seconds === undefined ? {} : { seconds }) } };
}

/** @param usual weight of a group that is told without one; several groups must each be told with theirs */
function readTuple(tuple: TargetGroupTuple, usual: number | undefined): WeightedGroup {
  const { TargetGroupArn: targetGroup, Weight: weight = usual } = tuple;
  if (targetGroup === undefined) throw invalid('ValidationError', 'A target group ARN must be specified');
  if (weight !== undefined && Number.isInteger(weight) && weight >= 0 && weight <= 999) {
    return { targetGroup, weight };
  }
  throw invalid('ValidationError', 'The weight for each target group must be between 0 and 999, inclusive');
}

/** AWS takes the client secret and never shows it again. */
function withoutSecret(action: Action): Action {
  if (action.AuthenticateOidcConfig === undefined) return action;
  const { ClientSecret: _, ...shown } = action.AuthenticateOidcConfig;
  return { ...action, AuthenticateOidcConfig: shown };
}

function describeStep(step: Step, form: SingleForward): Action {
  switch (step.kind) {
    case 'forward':
      return describeForward(step, form);
    case 'redirect':
      return { Type: 'redirect', RedirectConfig: { ...REDIRECT_DEFAULTS, ...step.config } };
    case 'fixed-response':
      return { Type: 'fixed-response', FixedResponseConfig: step.config };
    case 'authenticate':
      return step.action;
  }
}

/** API reference, RedirectActionConfig: what is left out is as in the request. */
export const REDIRECT_DEFAULTS = {
  Protocol: '#{protocol}',
  Host: '#{host}',
  Port: '#{port}',
  Path: '/#{path}',
  Query: '#{query}',
} as const;

/** Only what the ARN alone says in full is told by it alone. */
function describeForward({ groups, stickiness }: ForwardStep, form: SingleForward): Action {
  const single = groups.length === 1 ? groups[0] : undefined;
  const isPlain = single !== undefined && single.weight > 0 && !stickiness.enabled;
  const config = {
    TargetGroups: groups.map(({ targetGroup, weight }) => ({ TargetGroupArn: targetGroup, Weight: weight })),
    TargetGroupStickinessConfig: {
      Enabled: stickiness.enabled,
      ...(stickiness.seconds === undefined ? {} : { DurationSeconds: stickiness.seconds }),
    },
  };
  return {
    Type: 'forward',
    ...(single === undefined || form === 'forward-config' ? {} : { TargetGroupArn: single.targetGroup }),
    ...(isPlain && form === 'target-group-arn' ? {} : { ForwardConfig: config }),
  };
}

function invalid(code: string, message: string): WireError {
  return new WireError(code, message);
}
