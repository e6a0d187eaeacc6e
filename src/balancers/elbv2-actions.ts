import type { Action, ForwardActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Native, RouteAction, WeightedPool } from './port.ts';

/**
 * Actions as a route shows them, in the order in which they are taken.
 *
 * A forward to one target group is described by its ARN, by a forward configuration, or by both, and they mean the same;
 * a target group without a weight has the weight 1 (API reference, ForwardActionConfig).
 */
export function readActions(actions: readonly Action[]): readonly RouteAction[] {
  return actions.toSorted((one, other) => (one.Order ?? 0) - (other.Order ?? 0)).map(readAction);
}

/**
 * Actions as `ModifyListener` and `ModifyRule` take them: everything that was read, and the weights. The secret of an
 * OIDC action is never shown, so it is asked to be kept (API reference, AuthenticateOidcActionConfig).
 */
export function writeActions(actions: readonly RouteAction[]): Action[] {
  return actions.map((action) => {
    const native = action.native as Partial<Action>;
    if (action.kind === 'forward') {
      const TargetGroups = action.pools.map(({ pool, weight }) => ({ TargetGroupArn: pool, Weight: weight }));
      return { ...native, Type: 'forward', ForwardConfig: { ...native.ForwardConfig, TargetGroups } };
    }
    const { AuthenticateOidcConfig: oidc, ...rest } = { Type: undefined, ...native };
    if (oidc === undefined) return rest;
    return { ...rest, AuthenticateOidcConfig: { ...oidc, UseExistingClientSecret: true } };
  });
}

function readAction(action: Action): RouteAction {
  const type = action.Type ?? 'unknown';
  if (type !== 'forward') return { kind: 'other', type, rest: textOf(action), native: { ...action } };
  const { TargetGroupArn: single, ForwardConfig: config, ...around } = action;
  const { TargetGroups: groups, ...kept } = config ?? {};
  const native: Native = { ...around, ...(config === undefined ? {} : { ForwardConfig: kept }) };
  const sticky = stickinessOf(config);
  return {
    kind: 'forward',
    pools: poolsOf(single, groups),
    ...(sticky === undefined ? {} : { sticky }),
    rest: textOf({ ...around, sticky: sticky ?? 0 }),
    native,
  };
}

function poolsOf(
  single: string | undefined,
  groups: ForwardActionConfig['TargetGroups'],
): readonly WeightedPool[] {
  if (groups === undefined || groups.length === 0) {
    return single === undefined ? [] : [{ pool: single, weight: 1 }];
  }
  return groups.map(({ TargetGroupArn, Weight }) => ({ pool: TargetGroupArn ?? '', weight: Weight ?? 1 }));
}

/** Milliseconds; none while it is off, whatever duration is kept for later. */
function stickinessOf(config: ForwardActionConfig | undefined): number | undefined {
  const { Enabled, DurationSeconds = 0 } = config?.TargetGroupStickinessConfig ?? {};
  return Enabled === true ? DurationSeconds * 1_000 : undefined;
}

/** Numbers of the order are left out, as their sequence tells all, and so is what only a write mentions. */
function textOf(action: object): string {
  const left = ['Order', 'ClientSecret', 'UseExistingClientSecret'];
  return JSON.stringify(action, (key, value: unknown) => {
    if (left.includes(key)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}
