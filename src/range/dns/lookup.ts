import { isWithin, listed, parentOf } from '../route53/names.ts';
import type { RecordSet, RecordType } from '../route53/record-set.ts';

/** One record of an answer; names as Route 53 lists them, values as it writes them. */
export interface DnsRecord {
  readonly owner: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly value: string;
}

export type Answer =
  | { readonly kind: 'answered'; readonly records: readonly DnsRecord[] }
  /** The name (or the last of the chain in `records`) is there, but nothing of this type. */
  | { readonly kind: 'no-data' | 'no-name'; readonly records: readonly DnsRecord[]; readonly soa: DnsRecord }
  /** Not a name of this server, or a chain without an end. */
  | { readonly kind: 'refused' | 'endless' };

/** One state of a zone as a name server sees it. */
export interface View {
  readonly zone: string;
  /** Every name that exists, those without records of their own but with names below them included. */
  readonly names: ReadonlyMap<string, readonly RecordSet[]>;
}

export function createView(zone: string, sets: readonly RecordSet[]): View {
  const names = new Map<string, RecordSet[]>();
  for (const set of sets) {
    names.set(set.name, [...(names.get(set.name) ?? []), set]);
    for (let name = set.name; name !== zone; name = parentOf(name)) {
      if (!names.has(parentOf(name))) names.set(parentOf(name), []);
    }
  }
  return { zone, names };
}

/** What besides the zone decides an answer. */
export interface Surroundings {
  /** Addresses of names outside the zone for which the server answers too, by their names as they would be listed. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Value of SOA records outside the zone. */
  readonly soa: string;
  /** Uniform from 0 to below 1; chooses among weighted record sets. */
  readonly random: () => number;
}

/** CNAMEs or aliases that are followed in one answer. */
const LONGEST_CHAIN = 8;

/** Seconds; what an alias to a load balancer is answered with ("Choosing between alias and non-alias records"). */
export const HOST_TTL = 60;

/**
 * Answers a question as an authoritative server does: by the zone and by the names that the server knows besides, as one
 * that holds both zones.
 *
 * @param name as it is listed
 */
export function lookUp(view: View, around: Surroundings, name: string, type: string): Answer {
  const records: DnsRecord[] = [];
  let asked = name;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    if (!isWithin(asked, view.zone)) return outside(around, asked, type, records);
    const sets = setsOf(view, asked);
    if (sets === undefined) return { kind: 'no-name', records, soa: zoneSoa(view) };
    const own = recordsOf(view, around, { owner: asked, type, sets });
    if (own.length > 0) return { kind: 'answered', records: [...records, ...own] };
    const [alias] = recordsOf(view, around, { owner: asked, type: 'CNAME', sets });
    if (alias === undefined) return { kind: 'no-data', records, soa: zoneSoa(view) };
    records.push(alias);
    asked = listed(alias.value);
  }
  return { kind: 'endless' };
}

function outside(
  { hosts, soa }: Surroundings,
  name: string,
  type: string,
  records: readonly DnsRecord[],
): Answer {
  const address = hosts.get(name);
  if (address === undefined) {
    // Whoever asked goes on with the name at the end of the chain elsewhere.
    return records.length > 0 ? { kind: 'answered', records } : { kind: 'refused' };
  }
  if (type === 'A') {
    return { kind: 'answered', records: [...records, { owner: name, type, ttl: HOST_TTL, value: address }] };
  }
  return { kind: 'no-data', records, soa: soaRecord(parentOf(name), soa) };
}

/** The record sets of a name, by a wildcard where it has none (RFC 4592); undefined when there is no such name. */
function setsOf({ zone, names }: View, name: string): readonly RecordSet[] | undefined {
  const own = names.get(name);
  if (own !== undefined || name === zone) return own;
  let closest = parentOf(name);
  while (!names.has(closest) && closest !== zone) closest = parentOf(closest);
  return names.get(`\\052.${closest}`);
}

interface Wanted {
  readonly owner: string;
  readonly type: string;
  readonly sets: readonly RecordSet[];
}

function recordsOf(
  view: View,
  around: Surroundings,
  { owner, type, sets }: Wanted,
  depth = 0,
): readonly DnsRecord[] {
  const set = choose(
    sets.filter((each) => each.type === type),
    around.random,
  );
  if (set === undefined || depth > LONGEST_CHAIN) return [];
  const { content } = set;
  if (content.kind === 'values') {
    return content.values.map((value) => ({ owner, type: set.type, ttl: content.ttl, value }));
  }
  const { target } = content;
  if (isWithin(target, view.zone)) {
    return recordsOf(view, around, { owner, type, sets: view.names.get(target) ?? [] }, depth + 1);
  }
  const address = around.hosts.get(target);
  return address === undefined || set.type !== 'A'
    ? []
    : [{ owner, type: set.type, ttl: HOST_TTL, value: address }];
}

/** By weight; those of weight 0 only when all are ("Values specific for weighted records"). */
function choose(sets: readonly RecordSet[], random: () => number): RecordSet | undefined {
  if (sets.length < 2) return sets[0];
  const weights = sets.map(({ weighted }) => weighted?.weight ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return sets[Math.floor(random() * sets.length)];
  let left = random() * total;
  return sets.find((_, index) => {
    left -= weights[index] ?? 0;
    return left < 0;
  });
}

/** How long an answer that there is nothing may be kept is its TTL: the smaller of the SOA's own two (RFC 2308). */
function zoneSoa({ zone, names }: View): DnsRecord {
  const content = names.get(zone)?.find(({ type }) => type === 'SOA')?.content;
  if (content?.kind !== 'values') throw new Error(`zone ${zone} has no SOA record`);
  return soaRecord(zone, content.values[0] ?? '');
}

function soaRecord(owner: string, value: string): DnsRecord {
  return { owner, type: 'SOA', ttl: NEGATIVE_TTL, value };
}

/** Seconds: the TTL of Route 53's SOA records, whose minimum is a day. */
const NEGATIVE_TTL = 900;
