import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WireError } from '../wire/service.ts';
import { applyBatch, type Protection, type Rules, type Sets } from './batch.ts';
import { listed } from './names.ts';
import { compareSets, keyOf, type RecordSet } from './record-set.ts';
import type { Change } from './request.ts';

/**
 * Milliseconds for which a batch holds its zone until it is accepted or refused. Another batch that comes meanwhile is
 * turned away with `PriorRequestNotComplete`. Route 53 publishes no figure for it; this one is long enough for requests
 * that are sent at the same moment to meet.
 */
export const ACCEPTING = 20;

export interface ZoneOptions {
  readonly id: string;
  /** As it is listed: with the dot at the end. */
  readonly name: string;
  readonly isPrivate: boolean;
  /** Host names without the dot at the end. */
  readonly nameServers: readonly string[];
  readonly records: readonly RecordSet[];
  readonly protections: readonly Protection[];
  /** Names outside the zone, as they are listed, that aliases may point at. */
  readonly outside: (name: string) => boolean;
  /** Milliseconds until a change is INSYNC. */
  readonly propagation: number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
  /** Gets every new state of the zone, in order. */
  readonly publish: (sets: readonly RecordSet[]) => void;
}

export interface AcceptedChange {
  readonly id: string;
  readonly status: 'PENDING' | 'INSYNC';
  readonly submittedAt: Date;
  readonly comment?: string;
}

/** One hosted zone: the record sets as the API shows them, and its changes. */
export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly nameServers: readonly string[];
  readonly protections: readonly Protection[];
  /** The newest state, in the order in which it is listed. */
  sets(): readonly RecordSet[];
  /** @throws WireError `PriorRequestNotComplete` or `InvalidChangeBatch`; nothing is changed then */
  submit(changes: readonly Change[], comment: string | undefined): Promise<AcceptedChange>;
  /** @param id without `/change/` */
  change(id: string): AcceptedChange | undefined;
}

/** @throws Error naming each initial record that Route 53 would not take */
export function createZone(options: ZoneOptions): Zone {
  const { id, name, isPrivate, nameServers, clock, publish } = options;
  const protections = options.protections.map((each) => ({ ...each, name: listed(each.name) }));
  const rules: Rules = { zoneId: id, zone: name, outside: options.outside, protections };
  let sets = initialSets(options, rules);
  let isBusy = false;
  const accepted = new Map<string, Omit<AcceptedChange, 'status'> & { readonly inSyncAt: number }>();
  const sorted = () => [...sets.values()].toSorted(compareSets);
  const change = (changeId: string): AcceptedChange | undefined => {
    const found = accepted.get(changeId);
    if (found === undefined) return undefined;
    const { inSyncAt, ...rest } = found;
    return { ...rest, status: clock() < inSyncAt ? 'PENDING' : 'INSYNC' };
  };
  return {
    id,
    name,
    isPrivate,
    nameServers,
    protections,
    sets: sorted,
    change,
    async submit(changes, comment) {
      if (isBusy) throw new WireError('PriorRequestNotComplete', PRIOR);
      isBusy = true;
      try {
        await sleep(ACCEPTING);
        const outcome = applyBatch(rules, sets, changes);
        if (outcome.kind === 'refused') {
          throw new WireError('InvalidChangeBatch', `[${outcome.problems.join(', ')}]`);
        }
        sets = outcome.sets;
      } finally {
        isBusy = false;
      }
      // Before the time until INSYNC begins, so that it covers the slowest name server.
      publish(sorted());
      const changeId = `C${randomBytes(10).toString('hex').toUpperCase()}`;
      const submitted = { id: changeId, submittedAt: new Date(), inSyncAt: clock() + options.propagation };
      accepted.set(changeId, comment === undefined ? submitted : { ...submitted, comment });
      return { ...(comment === undefined ? {} : { comment }), ...submitted, status: 'PENDING' };
    },
  };
}

const PRIOR = 'The request was rejected because Route 53 was still processing a prior request.';

/** Seconds; what Route 53 gives a new zone ("NS and SOA records that Route 53 creates"). */
const NS_TTL = 172_800;
const SOA_TTL = 900;
const SOA_NUMBERS = '1 7200 900 1209600 86400';

/** The value of the SOA record that Route 53 gives a zone; it never changes, not even its serial number. */
export function soaValue(nameServer: string): string {
  return `${nameServer}. awsdns-hostmaster.amazon.com. ${SOA_NUMBERS}`;
}

function initialSets({ name, nameServers, records }: ZoneOptions, rules: Rules): Sets {
  const own: readonly RecordSet[] = [
    {
      name,
      type: 'NS',
      content: { kind: 'values', ttl: NS_TTL, values: nameServers.map((server) => `${server}.`) },
    },
    {
      name,
      type: 'SOA',
      content: { kind: 'values', ttl: SOA_TTL, values: [soaValue(nameServers[0] ?? '')] },
    },
  ];
  const outcome = applyBatch(
    // What is protected may be there already.
    { ...rules, protections: [] },
    new Map(own.map((set) => [keyOf(set), set])),
    records.map((set) => ({ action: 'CREATE', set: withListedNames(set) })),
  );
  if (outcome.kind === 'refused') {
    throw new Error(`the records of zone ${name} cannot be:\n${outcome.problems.join('\n')}`);
  }
  return outcome.sets;
}

function withListedNames(set: RecordSet): RecordSet {
  const { content } = set;
  return {
    ...set,
    name: listed(set.name),
    content: content.kind === 'alias' ? { ...content, target: listed(content.target) } : content,
  };
}
