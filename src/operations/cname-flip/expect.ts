import type { RecordSet } from '../../dns/port.ts';
import { canonicalValues, describeValue, keyOf, weightOf } from '../../dns/record-set.ts';
import { type FlipPlan, memberOf } from './decide.ts';

/** Answers that mean one side: exactly these values, or some of the addresses that an alias leads to just then. */
export type Meaning =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'leads-to'; readonly target: string };

/** What the answers of a server have to show, or why they can show nothing. */
export type Expectation =
  | {
      readonly kind: 'seen';
      /** Must be seen. */
      readonly wanted?: Meaning;
      /** Must not be seen. */
      readonly gone?: Meaning;
      /** Answers of each server that decide it. */
      readonly samples: number;
    }
  | { readonly kind: 'unprovable'; readonly why: string };

/** Chance at most that so many answers do not show what is there. */
const MISSED = 0.001;
/** Answers of one server that can be asked for in good manners. */
const MOST_SAMPLES = 400;

/**
 * What proves that a change has reached a server. A simple record must be answered as it is now. Of a weighted record a
 * server answers one set at random: as many answers are asked for as show a set of that weight with 99.9 % certainty,
 * the new one must be among them and the old one must not, unless another set gives the same answer.
 *
 * @param before all sets of the type before the change
 * @param after the same afterwards
 * @param key of the set that was changed
 */
export function expectAnswers(
  before: readonly RecordSet[],
  after: readonly RecordSet[],
  key: string,
): Expectation {
  const old = before.find((set) => keyOf(set) === key);
  const now = after.find((set) => keyOf(set) === key);
  if (old === undefined || now === undefined) return { kind: 'unprovable', why: 'the record is not there' };
  const [shareBefore, shareAfter] = [shareOf(old, before), shareOf(now, after)];
  const wanted = shareAfter > 0 ? meaningOf(now) : undefined;
  const isElsewhere = after.some((set) => shareOf(set, after) > 0 && isSame(meaningOf(set), meaningOf(old)));
  const gone = shareBefore > 0 && !isElsewhere ? meaningOf(old) : undefined;
  const isMoved = !isSame(meaningOf(old), meaningOf(now)) || shareBefore === 0 || shareAfter === 0;
  if (!isMoved || (wanted === undefined && gone === undefined)) {
    return {
      kind: 'unprovable',
      why: `the servers answer as before, only in other shares: ${describeValue(now.content)}`,
    };
  }
  const shares = [...(wanted ? [shareAfter] : []), ...(gone ? [shareBefore] : [])];
  const samples = Math.max(...shares.map(samplesFor));
  if (samples > MOST_SAMPLES) {
    return {
      kind: 'unprovable',
      why: `it is answered so seldom that ${samples} answers of each server would have to be asked for`,
    };
  }
  return { kind: 'seen', ...(wanted && { wanted }), ...(gone && { gone }), samples };
}

/** How often a set is answered, 0 to 1: by weight, and each alike when all have none ("Values specific for weighted records"). */
export function shareOf(set: RecordSet, sets: readonly RecordSet[]): number {
  const total = sets.reduce((sum, each) => sum + weightOf(each), 0);
  return total === 0 ? 1 / sets.length : weightOf(set) / total;
}

function samplesFor(share: number): number {
  return share >= 1 ? 1 : Math.ceil(Math.log(MISSED) / Math.log(1 - share));
}

export function meaningOf({ type, content }: RecordSet): Meaning {
  return content.kind === 'alias'
    ? { kind: 'leads-to', target: content.target.toLowerCase().replace(/\.$/, '') }
    : { kind: 'values', values: canonicalValues(type, content.values) };
}

function isSame(one: Meaning, other: Meaning): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** All sets of the plan's type, with the one that it is about at one of its sides; its TTL is not that of a real one. */
export function withSide(
  plan: FlipPlan,
  all: readonly RecordSet[],
  side: 'from' | 'to',
): readonly RecordSet[] {
  const sets = all.filter(({ type }) => type === plan.type);
  const member = memberOf(plan, sets);
  const { change } = plan;
  return sets.map((set) => {
    if (set !== member) return set;
    if (change.kind === 'value') return { ...set, content: { ttl: 0, ...change[side] } };
    const { routing } = set;
    return routing.kind === 'weighted' ? { ...set, routing: { ...routing, weight: change[side] } } : set;
  });
}
