import { type Call, WireError } from '../wire/service.ts';
import type { SingleForward } from './actions.ts';
import { isTargetGroupArn } from './arn.ts';
import type { Group } from './group.ts';
import type { LoadBalancer } from './load-balancer.ts';

/** What the operations work on. */
export interface Estate {
  readonly groups: readonly Group[];
  readonly balancers: readonly LoadBalancer[];
  readonly singleForward: SingleForward;
  /** When the load balancers were made. */
  readonly created: Date;
}

/** Target groups or load balancers that a caller in one region can see. */
export function visible<T extends { readonly names: { readonly region: string } }>(
  all: readonly T[],
  { region }: Call,
): readonly T[] {
  return all.filter(({ names }) => names.region === region);
}

/**
 * The target group of an ARN.
 *
 * @throws WireError `ValidationError` for what is no ARN, `TargetGroupNotFound` for a group that does not
 *   exist in the call's region
 */
export function findGroup(estate: Estate, call: Call, arn: string | undefined): Group {
  const wanted = required('targetGroupArn', arn);
  if (!isTargetGroupArn(wanted)) {
    throw new WireError('ValidationError', `'${wanted}' is not a valid target group ARN`);
  }
  const found = visible(estate.groups, call).find(({ names }) => names.targetGroup === wanted);
  if (found === undefined) {
    throw new WireError('TargetGroupNotFound', `Target groups '${wanted}' not found in ${call.region}`);
  }
  return found;
}

/**
 * What a caller may see, narrowed to names or ARNs; each must name one.
 *
 * @throws WireError `notFound` that lists the ones which name nothing
 */
export function select<T>(
  all: readonly T[],
  wanted: readonly string[],
  nameOf: (one: T) => string,
  notFound: { readonly code: string; readonly what: string },
): readonly T[] {
  const missing = wanted.filter((each) => !all.some((one) => nameOf(one) === each));
  if (missing.length > 0) {
    const list = missing.map((each) => `'${each}'`).join(', ');
    throw new WireError(notFound.code, `${notFound.what} ${list} not found`);
  }
  return all.filter((one) => wanted.includes(nameOf(one)));
}

/** @throws WireError `ValidationError` when a required member is missing */
export function required<T>(member: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new WireError(
    'ValidationError',
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

/**
 * One page of a list. The marker is the index of the page's first item.
 *
 * @throws WireError `ValidationError` for a marker that no earlier page gave or a page size outside 1 to 400
 */
export function page<T>(
  items: readonly T[],
  input: { readonly Marker?: string | undefined; readonly PageSize?: number | undefined },
): { readonly items: readonly T[]; readonly marker: { readonly NextMarker?: string } } {
  const { Marker: marker = '0', PageSize: size = 400 } = input;
  if (!/^\d{1,6}$/.test(marker)) throw new WireError('ValidationError', `'${marker}' is not a valid marker`);
  if (!Number.isInteger(size) || size < 1 || size > 400) {
    throw new WireError('ValidationError', `Page size '${size}' is invalid: expected 1 to 400`);
  }
  const start = Number(marker);
  const end = start + size;
  return {
    items: items.slice(start, end),
    marker: end < items.length ? { NextMarker: String(end) } : {},
  };
}
