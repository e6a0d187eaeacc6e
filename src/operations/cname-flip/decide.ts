import type { FlippableType, Protection, RecordSet, RecordValue, Zone } from '../../dns/port.ts';
import { describeSets, describeValue, keyOf, pointsAt, ttlOf, weightOf } from '../../dns/record-set.ts';
import { formatDuration } from '../../fleet/duration.ts';
import { formerTtl, LONGEST_LOWERED, loweredTtl } from './ttl.ts';

/** The record and what is to become of it. */
export interface FlipPlan {
  /** Lower case, without the dot at the end. */
  readonly record: string;
  readonly type: FlippableType;
  /** Which of a weighted record's sets; none for a simple record. */
  readonly identifier?: string;
  readonly change:
    | { readonly kind: 'value'; readonly from: RecordValue; readonly to: RecordValue }
    | { readonly kind: 'weight'; readonly from: number; readonly to: number };
  /** Seconds from the flip on; as it is when not given. */
  readonly ttl?: number;
  /** Longest TTL, in seconds, that the old answer may have. */
  readonly maxTtl: number;
  readonly lowerTtlFirst: boolean;
}

/** What was seen of it. */
export interface Observed {
  readonly zone: Zone;
  /** All of the name, of whatever type. */
  readonly sets: readonly RecordSet[];
  readonly protections: readonly Protection[];
}

/** Sets to be replaced, exactly as they are listed, and by what. */
export interface Replacement {
  readonly old: readonly RecordSet[];
  readonly next: readonly RecordSet[];
}

export type Decision =
  /** It is as it shall be. `ttl` in seconds, the longest that the answer before may have had as far as is known. */
  | { readonly kind: 'there'; readonly ttl: number }
  /** Lowers the TTL first; `former` is what it was, in seconds. */
  | ({ readonly kind: 'lower'; readonly former: number } & Replacement)
  /** A run that was interrupted has lowered it; `former` is the longest that it can have been, in seconds. */
  | { readonly kind: 'await-lowered'; readonly former: number }
  /** `ttl` of the old answer in seconds. */
  | ({ readonly kind: 'swap'; readonly ttl: number } & Replacement)
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/**
 * Decides what is to be done with a record, from what was seen of it alone.
 *
 * @param waited whether this run has waited for a TTL that was lowered
 */
export function decideFlip(plan: FlipPlan, observed: Observed, waited: boolean): Decision {
  const sets = observed.sets.filter(({ type }) => type === plan.type);
  const member = sets.find(({ routing }) =>
    routing.kind === 'simple' ? plan.identifier === undefined : routing.identifier === plan.identifier,
  );
  const misplaced = [...placeProblems(plan, observed), ...setProblems(plan, observed.sets, sets)];
  if (misplaced.length > 0 || member === undefined) return { kind: 'refused', problems: misplaced };
  if (isAt(plan, member, 'to')) return { kind: 'there', ttl: Math.max(ttlOf(member), plan.maxTtl) };
  const ttl = Math.max(...sets.map(ttlOf));
  const problems = [
    ...(isAt(plan, member, 'from') ? [] : [neither(plan, sets)]),
    ...protectionProblems(plan, observed.protections),
    ...ttlProblems(plan, sets, ttl),
    ...weightProblems(plan, sets, member),
  ];
  if (problems.length > 0) return { kind: 'refused', problems };
  if (ttl > plan.maxTtl) {
    return { kind: 'lower', former: ttl, ...withTtl(sets, loweredTtl(plan.maxTtl, ttl) ?? plan.maxTtl) };
  }
  const former = plan.lowerTtlFirst ? formerTtl(plan.maxTtl, writtenTtl(sets)) : undefined;
  if (former !== undefined && !waited) return { kind: 'await-lowered', former };
  return { kind: 'swap', ttl, ...replacement(plan, sets, member, former === undefined ? ttl : plan.maxTtl) };
}

function isAt({ type, change }: FlipPlan, member: RecordSet, side: 'from' | 'to'): boolean {
  return change.kind === 'value'
    ? pointsAt(type, member.content, change[side])
    : weightOf(member) === change[side];
}

function placeProblems({ record, type }: FlipPlan, { zone }: Observed): readonly string[] {
  if (record !== zone.name && !record.endsWith(`.${zone.name}`)) {
    return [
      `${record} is not in the zone ${zone.id}, which is ${zone.name}. Check \`zone-id\` and \`record\`.`,
    ];
  }
  if (record === zone.name && type === 'CNAME') {
    return [
      `${record} is the apex of its zone, where no CNAME can be (RFC 1034). Flip an alias of the type A or AAAA there.`,
    ];
  }
  return [];
}

/** Whether it is a simple record or one of weighted sets, as the inputs have it. */
function setProblems(
  { record, type, identifier, change }: FlipPlan,
  all: readonly RecordSet[],
  sets: readonly RecordSet[],
): readonly string[] {
  if (sets.length === 0) {
    return [`${record} has no record of the type ${type}; there is ${describeSets(all)}. Create it first.`];
  }
  const identifiers = sets.flatMap(({ routing }) => (routing.kind === 'simple' ? [] : routing.identifier));
  if (sets.some(({ routing }) => routing.kind === 'other')) {
    return [
      `${record} ${type} is not a simple or weighted record; there is ${describeSets(sets)}. Only those two can be flipped.`,
    ];
  }
  if (identifier === undefined && identifiers.length > 0) {
    return [
      `${record} ${type} is weighted, with the sets ${identifiers.join(', ')}. Say which one with \`set-identifier\`.`,
    ];
  }
  if (identifiers.length === 0 && (identifier !== undefined || change.kind === 'weight')) {
    const cure = change.kind === 'weight' ? 'It has no weight to change.' : 'Leave `set-identifier` out.';
    return [`${record} ${type} is a simple record, no weighted one: ${describeSets(sets)}. ${cure}`];
  }
  if (identifier !== undefined && !identifiers.includes(identifier)) {
    return [`${record} ${type} has no set ${identifier}; there are ${identifiers.join(', ')}.`];
  }
  return [];
}

function neither({ record, type, change }: FlipPlan, sets: readonly RecordSet[]): string {
  const [from, to] =
    change.kind === 'value'
      ? [describeValue(change.from), describeValue(change.to)]
      : [`weight ${change.from}`, `weight ${change.to}`];
  return (
    `${record} ${type} is neither at \`from\` (${from}) nor at \`to\` (${to}); there is ${describeSets(sets)}. ` +
    'Somebody else changed it, or the inputs are of another time: find out which, then correct them.'
  );
}

function protectionProblems({ record, type }: FlipPlan, all: readonly Protection[]): readonly string[] {
  return all
    .filter((each) => each.type === type)
    .map(
      ({ comment }) =>
        `${record} ${type} is protected from changes${comment === undefined ? '' : ` (${comment})`}. ` +
        'Whoever protected it has to lift that first.',
    );
}

function ttlProblems(
  { record, type, change, ttl: wanted, maxTtl, lowerTtlFirst }: FlipPlan,
  sets: readonly RecordSet[],
  ttl: number,
): readonly string[] {
  const problems: string[] = [];
  const written = writtenTtl(sets);
  const limit = formatDuration(maxTtl * 1_000);
  if (ttl > maxTtl && written <= maxTtl) {
    problems.push(
      `${record} ${type} is an alias, whose TTL is always ${ttl}s, above \`max-ttl\` ${limit}. Allow that much.`,
    );
  } else if (ttl > maxTtl && !lowerTtlFirst) {
    problems.push(
      `${record} ${type} has a TTL of ${ttl}s, above \`max-ttl\` ${limit}: clients would stay with the old side that long, ` +
        'and as long with the new one after a swap back. Set `lower-ttl-first: true`, or allow more.',
    );
  } else if (ttl > LONGEST_LOWERED) {
    problems.push(
      `${record} ${type} has a TTL of ${ttl}s; at most ${LONGEST_LOWERED}s can be waited for. Lower it by hand first.`,
    );
  }
  if (change.kind === 'value' && change.to.kind === 'values' && wanted === undefined && written === 0) {
    if (sets.some(({ content }) => content.kind === 'alias')) {
      problems.push(`${record} ${type} is an alias, so that its values have no TTL yet. Give \`ttl\`.`);
    }
  }
  return problems;
}

/** The TTL that somebody chose, in seconds; 0 when all are aliases, which have their own. */
function writtenTtl(sets: readonly RecordSet[]): number {
  return Math.max(0, ...sets.map(({ content }) => (content.kind === 'alias' ? 0 : content.ttl)));
}

function weightProblems(
  { record, type, change }: FlipPlan,
  sets: readonly RecordSet[],
  member: RecordSet,
): readonly string[] {
  if (change.kind === 'value' || change.to > 0) return [];
  if (sets.some((each) => each !== member && weightOf(each) > 0)) return [];
  return [
    `${record} ${type} would have weight 0 in all of its sets, and each would then be answered as often as the others: ` +
      `${describeSets(sets)}. Give another set its weight first.`,
  ];
}

/** The same sets with another TTL; those of a weighted record must all have the same. */
function withTtl(sets: readonly RecordSet[], ttl: number): Replacement {
  const old = sets.filter(({ content }) => content.kind === 'values' && content.ttl !== ttl);
  return { old, next: old.map((set) => setTtl(set, ttl)) };
}

function setTtl(set: RecordSet, ttl: number): RecordSet {
  return set.content.kind === 'alias' ? set : { ...set, content: { ...set.content, ttl } };
}

function replacement(
  { change, ttl: wanted }: FlipPlan,
  sets: readonly RecordSet[],
  member: RecordSet,
  current: number,
): Replacement {
  const ttl = wanted ?? current;
  const moved = setTtl(changed(change, member, ttl), ttl);
  const others = withTtl(
    sets.filter((each) => each !== member),
    ttl,
  );
  return { old: [member, ...others.old], next: [moved, ...others.next] };
}

function changed(change: FlipPlan['change'], member: RecordSet, ttl: number): RecordSet {
  if (change.kind === 'weight') {
    const { routing } = member;
    return routing.kind === 'weighted' ? { ...member, routing: { ...routing, weight: change.to } } : member;
  }
  return { ...member, content: change.to.kind === 'alias' ? change.to : { ...change.to, ttl } };
}

/** The set among these that a plan is about. */
export function memberOf(plan: FlipPlan, sets: readonly RecordSet[]): RecordSet | undefined {
  const key = plan.identifier === undefined ? plan.type : `${plan.type} ${plan.identifier}`;
  return sets.find((set) => keyOf(set) === key);
}
