import { canonicalName, canonicalValue } from '../checks/dns-values.ts';
import type { Content, FlippableType, RecordSet, RecordValue } from './port.ts';

/** Seconds; what an alias to a load balancer is answered with ("Choosing between alias and non-alias records"). */
export const ALIAS_TTL = 60;

/** Seconds for which a resolver may keep an answer. */
export function ttlOf({ content }: RecordSet): number {
  return content.kind === 'alias' ? ALIAS_TTL : content.ttl;
}

/** Values in the form in which two of them can be compared, sorted. */
export function canonicalValues(type: string, values: readonly string[]): readonly string[] {
  return values.map((value) => canonicalValue(asFlippable(type), value) ?? value).toSorted();
}

/** Other types are compared as they are written; nothing is made of them. */
function asFlippable(type: string): FlippableType | 'TXT' {
  return type === 'A' || type === 'AAAA' || type === 'CNAME' ? type : 'TXT';
}

/** Whether two contents point at the same, however they are written; TTLs do not count. */
export function pointsAt(type: string, content: RecordValue, other: RecordValue): boolean {
  if (content.kind === 'alias' || other.kind === 'alias') {
    return (
      content.kind === 'alias' &&
      other.kind === 'alias' &&
      content.zoneId === other.zoneId &&
      canonicalName(content.target) === canonicalName(other.target) &&
      content.evaluateTargetHealth === other.evaluateTargetHealth
    );
  }
  return isSameList(canonicalValues(type, content.values), canonicalValues(type, other.values));
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** What tells the record sets of one name apart. */
export function keyOf({ type, routing }: RecordSet): string {
  return routing.kind === 'simple' ? type : `${type} ${routing.identifier}`;
}

/** Whether two record sets mean the same, however they are written. */
export function meansTheSame(one: RecordSet, other: RecordSet): boolean {
  return (
    keyOf(one) === keyOf(other) &&
    weightOf(one) === weightOf(other) &&
    (one.content.kind === 'alias' || ttlOf(one) === ttlOf(other)) &&
    pointsAt(one.type, one.content, other.content)
  );
}

/** Whether every one of these sets is among those that are there. */
export function holdsAll(there: readonly RecordSet[], wanted: readonly RecordSet[]): boolean {
  return wanted.every((set) => there.some((each) => meansTheSame(each, set)));
}

/** Weight of a set among those of its name; a simple one is alone. */
export function weightOf({ routing }: RecordSet): number {
  return routing.kind === 'weighted' ? routing.weight : 1;
}

/** What a record points at, in the words of the inputs, so that it can be copied there. */
export function describeValue(value: RecordValue): string {
  if (value.kind === 'values') return value.values.join(', ');
  const { zoneId, target, evaluateTargetHealth } = value;
  return `alias ${zoneId} ${target}${evaluateTargetHealth ? ' evaluate-target-health' : ''}`;
}

/** One record set in a line. */
export function describeSet({ type, content, routing }: RecordSet): string {
  const which =
    routing.kind === 'simple'
      ? ''
      : ` ${routing.identifier}${routing.kind === 'weighted' ? ` (weight ${routing.weight})` : ''}`;
  return `${type}${which} ${describeValue(content)}${ttlText(content)}`;
}

function ttlText(content: Content): string {
  return content.kind === 'alias' ? '' : `, TTL ${content.ttl}s`;
}

/** Everything that is there for a name, in a line. */
export function describeSets(sets: readonly RecordSet[]): string {
  return sets.length === 0 ? 'nothing' : sets.map(describeSet).join('; ');
}

/** What a record of each type points at, for messages. */
export const VALUE_OF = {
  CNAME: 'one name such as `blue.example.com`',
  A: 'IPv4 addresses, one per line, or an alias',
  AAAA: 'IPv6 addresses, one per line, or an alias',
} as const satisfies Readonly<Record<FlippableType, string>>;

/** Whether a record of this type can point there. */
export function isOfType(type: FlippableType, value: RecordValue): boolean {
  if (value.kind === 'alias') return type !== 'CNAME';
  if (type === 'CNAME' && value.values.length !== 1) return false;
  return value.values.every((each) => canonicalValue(type, each) !== undefined);
}
