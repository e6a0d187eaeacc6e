import { compareNames, compareText } from './names.ts';

/** The types that the range models. */
export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'SOA', 'SRV', 'TXT'] as const;

export type RecordType = (typeof RECORD_TYPES)[number];

/** What a record set says: values of its own, or those of another name. */
export type Content =
  | {
      readonly kind: 'values';
      /** Seconds. */
      readonly ttl: number;
      /** As Route 53 writes them, such as `10 mail.example.test.` or `"text"`. */
      readonly values: readonly string[];
    }
  | {
      readonly kind: 'alias';
      /** Zone of the target, a load balancer's own for load balancers. */
      readonly zoneId: string;
      readonly target: string;
      readonly evaluateTargetHealth: boolean;
    };

/** The records of one name and type, or one of several weighted sets of them. */
export interface RecordSet {
  /** With or without the dot at the end where it is given; listed names have it. */
  readonly name: string;
  readonly type: RecordType;
  readonly weighted?: { readonly identifier: string; readonly weight: number };
  readonly content: Content;
}

export function isRecordType(type: string): type is RecordType {
  return RECORD_TYPES.some((known) => known === type);
}

/** What tells record sets of one zone apart. */
export function keyOf({ name, type, weighted }: RecordSet): string {
  return `${name} ${type} ${weighted?.identifier ?? ''}`;
}

/** Order of ListResourceRecordSets. */
export function compareSets(one: RecordSet, other: RecordSet): number {
  return (
    compareNames(one.name, other.name) ||
    compareText(one.type, other.type) ||
    compareText(one.weighted?.identifier ?? '', other.weighted?.identifier ?? '')
  );
}

/** Whether a DELETE names exactly what is there; the order of values is all that may differ. */
export function isSame(one: RecordSet, other: RecordSet): boolean {
  return (
    keyOf(one) === keyOf(other) &&
    one.weighted?.weight === other.weighted?.weight &&
    isSameContent(one.content, other.content)
  );
}

function isSameContent(one: Content, other: Content): boolean {
  if (one.kind === 'alias' || other.kind === 'alias') {
    return (
      one.kind === 'alias' &&
      other.kind === 'alias' &&
      one.zoneId === other.zoneId &&
      one.target === other.target &&
      one.evaluateTargetHealth === other.evaluateTargetHealth
    );
  }
  const ours = one.values.toSorted();
  const theirs = other.values.toSorted();
  return (
    one.ttl === other.ttl &&
    ours.length === theirs.length &&
    ours.every((value, index) => value === theirs[index])
  );
}

/** A record set as Route 53's errors name it. */
export function described({ name, type, weighted }: RecordSet): string {
  const identifier = weighted === undefined ? '' : `, set-identifier='${weighted.identifier}'`;
  return `[name='${name}', type='${type}'${identifier}]`;
}
