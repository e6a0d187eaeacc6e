import { isWithin } from './names.ts';
import { described, isSame, keyOf, type RecordSet } from './record-set.ts';
import type { Change } from './request.ts';
import { valueProblem } from './values.ts';

export interface Protection {
  readonly name: string;
  readonly type: string;
  /** Why; Route 53 repeats it when it refuses a change. */
  readonly comment?: string;
}

/** What decides whether a change is allowed in a zone, names as they are listed. */
export interface Rules {
  readonly zoneId: string;
  readonly zone: string;
  /** Names outside the zone that aliases may point at. */
  readonly outside: (name: string) => boolean;
  readonly protections: readonly Protection[];
}

/** The record sets of a zone by `keyOf`. */
export type Sets = ReadonlyMap<string, RecordSet>;

export type Outcome =
  | { readonly kind: 'applied'; readonly sets: Sets }
  /** Nothing was changed; every problem that was found. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** Applies a batch to the record sets of a zone: all of it or nothing. */
export function applyBatch(rules: Rules, sets: Sets, changes: readonly Change[]): Outcome {
  const before = [...changes.flatMap((change) => changeProblems(rules, change)), ...repeated(changes)];
  if (before.length > 0) return { kind: 'refused', problems: before };
  const next = new Map(sets);
  // A record set that could not be deleted is no news to whoever wanted to create it anew.
  const failed = new Set<string>();
  const problems = changes.flatMap((change) => {
    const key = keyOf(change.set);
    const problem = failed.has(key) ? undefined : carryOut(next, change);
    if (problem !== undefined) failed.add(key);
    return problem ?? [];
  });
  if (problems.length > 0) return { kind: 'refused', problems };
  const after = changes
    .filter(({ action }) => action !== 'DELETE')
    .flatMap(({ set }) => [...conflicts(rules, next, set), ...aliasProblems(rules, next, set)]);
  return after.length > 0
    ? { kind: 'refused', problems: [...new Set(after)] }
    : { kind: 'applied', sets: next };
}

function changeProblems({ zone, protections }: Rules, { action, set }: Change): readonly string[] {
  const { name, type, content } = set;
  if (!isWithin(name, zone)) return [`RRSet with DNS name ${name} is not permitted in zone ${zone}`];
  const protection = protections.find((each) => each.name === name && each.type === type);
  if (protection !== undefined) {
    const { comment } = protection;
    return [
      `Tried to ${action.toLowerCase()} resource record set ${described(set)} but it is protected by a record set ` +
        `protection${comment === undefined ? '' : ` (${comment})`}`,
    ];
  }
  if (type === 'NS' && name === zone && action === 'DELETE') {
    return ['A HostedZone must contain at least one NS record for the zone itself.'];
  }
  if (type === 'SOA' && action === 'DELETE') return ['A HostedZone must contain exactly one SOA record.'];
  if (type === 'NS' || type === 'SOA') return [`the range does not model changes of ${type} records`];
  if (action === 'DELETE') return [];
  if (type === 'CNAME' && name === zone) {
    return [`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone}`];
  }
  if (content.kind === 'alias') return [];
  if (type === 'CNAME' && content.values.length > 1) {
    return [
      `RRSet of type CNAME with DNS name ${name} must have exactly one value, not ${content.values.length}`,
    ];
  }
  if (new Set(content.values).size < content.values.length) {
    return [`Duplicate Resource Record in RRSet ${described(set)}`];
  }
  return content.values.flatMap((value) => valueProblem(type, value) ?? []);
}

/** A record set is changed once, or deleted and then created. */
function repeated(changes: readonly Change[]): readonly string[] {
  const groups = Map.groupBy(changes, ({ set }) => keyOf(set));
  return [...groups.values()].flatMap(([first, second, ...rest]) => {
    if (first === undefined || second === undefined) return [];
    if (first.action === 'DELETE' && second.action === 'CREATE' && rest.length === 0) return [];
    const { name, type } = first.set;
    return [`The request contains an invalid set of changes for a resource record set '${type} ${name}'`];
  });
}

function carryOut(sets: Map<string, RecordSet>, { action, set }: Change): string | undefined {
  const key = keyOf(set);
  const current = sets.get(key);
  if (action === 'DELETE') {
    const tried = `Tried to delete resource record set ${described(set)}`;
    if (current === undefined) return `${tried} but it was not found`;
    if (!isSame(current, set)) return `${tried} but the values provided do not match the current values`;
    sets.delete(key);
    return undefined;
  }
  if (action === 'CREATE' && current !== undefined) {
    return `Tried to create resource record set ${described(set)} but it already exists`;
  }
  sets.set(key, set);
  return undefined;
}

/** What cannot stand beside a record set that was created or changed. */
function conflicts({ zone }: Rules, sets: Sets, set: RecordSet): readonly string[] {
  const { name, type, weighted } = set;
  const others = [...sets.values()].filter((other) => other.name === name && keyOf(other) !== keyOf(set));
  const which = `RRSet of type ${type} with DNS name ${name} is not permitted`;
  if (type === 'CNAME' && others.some((other) => other.type !== 'CNAME')) {
    return [`${which} as it conflicts with other records with the same DNS name in zone ${zone}`];
  }
  if (type !== 'CNAME' && others.some((other) => other.type === 'CNAME')) {
    return [
      `${which} because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone}`,
    ];
  }
  const beside = others.filter((other) => other.type === type);
  const identified = weighted === undefined ? '' : `, SetIdentifier ${weighted.identifier}`;
  if (beside.some((other) => weighted === undefined || other.weighted === undefined)) {
    return [
      `RRSet with DNS name ${name}, type ${type}${identified} cannot be created as other RRSets exist with the same name and type.`,
    ];
  }
  if (
    new Set([set, ...beside].flatMap(({ content }) => (content.kind === 'values' ? content.ttl : []))).size >
    1
  ) {
    return [
      `RRSet with DNS name ${name}, type ${type}${identified} cannot be created as weighted sets must contain the same TTL.`,
    ];
  }
  return [];
}

function aliasProblems({ zoneId, zone, outside }: Rules, sets: Sets, set: RecordSet): readonly string[] {
  const { content, type } = set;
  if (content.kind !== 'alias') return [];
  const tried = `Tried to create an alias that targets ${content.target}, type ${type} in zone ${content.zoneId},`;
  if ((content.zoneId === zoneId) !== isWithin(content.target, zone)) {
    return [`${tried} but the alias target name does not lie within the target zone`];
  }
  const there =
    content.zoneId === zoneId
      ? [...sets.values()].some(
          (other) => other.name === content.target && other.type === type && other !== set,
        )
      : outside(content.target);
  return there ? [] : [`${tried} but that target was not found`];
}
