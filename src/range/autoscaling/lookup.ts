import { type Call, WireError } from '../wire/service.ts';
import type { ScalingGroup } from './group.ts';
import type { Member } from './members.ts';

/** What Auto Scaling answers nearly every mistake with. */
export function validationError(message: string): WireError {
  return new WireError('ValidationError', message);
}

/** The groups that a caller in one region can see. */
export function visible(groups: readonly ScalingGroup[], { region }: Call): readonly ScalingGroup[] {
  return groups.filter(({ plan }) => plan.region === region);
}

/** @throws WireError `ValidationError` for a group that does not exist in the call's region */
export function findGroup(
  groups: readonly ScalingGroup[],
  call: Call,
  name: string | undefined,
): ScalingGroup {
  const found = visible(groups, call).find(({ plan }) => plan.name === name);
  if (found !== undefined) return found;
  throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
}

/** @throws WireError `ValidationError` for an instance that is in no group of the call's region */
export function findMember(
  groups: readonly ScalingGroup[],
  call: Call,
  id: string | undefined,
): { readonly group: ScalingGroup; readonly member: Member } {
  for (const group of visible(groups, call)) {
    const member = group.members.find((each) => each.id === id);
    if (member !== undefined) return { group, member };
  }
  throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`);
}

/**
 * The instances of a standby call.
 *
 * @throws WireError `ValidationError` for none, for more than 20, and for one that is not in the group or not in the
 *   lifecycle state that the call begins from
 */
export function findMembers(
  group: ScalingGroup,
  ids: readonly string[],
  lifecycle: 'InService' | 'Standby',
): readonly Member[] {
  if (ids.length < 1 || ids.length > MOST_IDS) {
    throw validationError(
      `1 validation error detected: Value '[${ids.join(', ')}]' at 'instanceIds' failed to satisfy constraint: ` +
        `Member must have length between 1 and ${MOST_IDS}`,
    );
  }
  return [...new Set(ids)].map((id) => {
    const member = group.members.find((each) => each.id === id);
    if (member === undefined) {
      throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.plan.name}.`);
    }
    if (member.lifecycle !== lifecycle) throw validationError(`The instance ${id} is not in ${lifecycle}.`);
    return member;
  });
}

/** Of one EnterStandby or ExitStandby call. */
const MOST_IDS = 20;

/**
 * Refuses members of an input that the range does not model, by name.
 *
 * @throws WireError `ValidationError`
 */
export function refuseOthers(operation: string, input: object, known: readonly string[]): void {
  const others = Object.keys(input).filter((member) => !known.includes(member));
  if (others.length === 0) return;
  throw validationError(
    `The range does not model ${operation} with ${others.join(', ')}, only ${known.join(', ')}`,
  );
}

/**
 * One page of a list. The token is the index of the page's first item.
 *
 * @param most the largest page
 * @throws WireError `InvalidNextToken`, or `ValidationError` for an impossible page size
 */
export function page<T>(
  items: readonly T[],
  input: { readonly NextToken?: string | undefined; readonly MaxRecords?: number | undefined },
  most: number,
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const { NextToken: token = '0', MaxRecords: size = 50 } = input;
  if (!/^\d{1,6}$/.test(token))
    throw new WireError('InvalidNextToken', `'${token}' is not a valid NextToken`);
  if (!Number.isInteger(size) || size < 1 || size > most) {
    throw validationError(`MaxRecords '${size}' is invalid: expected 1 to ${most}`);
  }
  const end = Number(token) + size;
  return {
    items: items.slice(Number(token), end),
    next: end < items.length ? { NextToken: String(end) } : {},
  };
}
