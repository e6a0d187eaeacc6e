import { type Call, WireError } from '../wire/service.ts';
import { isTargetGroupArn } from './arn.ts';
import type { Group } from './group.ts';

/** A group together with its listener's port. */
export interface Served {
  readonly group: Group;
  readonly listenerPort: number;
  /** Closes the listener; what is open stays open. */
  readonly closeListener: () => void;
}

/** What the operations work on. */
export interface Estate {
  readonly served: readonly Served[];
  /** When the load balancers were made. */
  readonly created: Date;
}

/** What a caller in one region can see. */
export function visible({ served }: Estate, { region }: Call): readonly Served[] {
  return served.filter(({ group }) => group.names.region === region);
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
  const found = visible(estate, call).find(({ group }) => group.names.targetGroup === wanted);
  if (found === undefined) {
    throw new WireError('TargetGroupNotFound', `Target groups '${wanted}' not found in ${call.region}`);
  }
  return found.group;
}

/**
 * What a caller may see, narrowed to names or ARNs; each must name one.
 *
 * @throws WireError `notFound` that lists the ones which name nothing
 */
export function select(
  all: readonly Served[],
  wanted: readonly string[],
  nameOf: (group: Group) => string,
  notFound: { readonly code: string; readonly what: string },
): readonly Served[] {
  const missing = wanted.filter((each) => !all.some(({ group }) => nameOf(group) === each));
  if (missing.length > 0) {
    const list = missing.map((each) => `'${each}'`).join(', ');
    throw new WireError(notFound.code, `${notFound.what} ${list} not found`);
  }
  return all.filter(({ group }) => wanted.includes(nameOf(group)));
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
