import type { Answer, DecodedPacket } from 'dns-packet';
import { listed, plainName } from '../route53/names.ts';
import { askForAddresses, type ServerAddress } from './exchange.ts';
import { RCODES, rcodeOf } from './message.ts';

/** A resolver as a client has it. */
export interface DnsResolver {
  /**
   * The IPv4 addresses of a name, at least one.
   *
   * @throws ResolutionError with the response code when there is none
   */
  resolve4(name: string): Promise<readonly string[]>;
}

/** A name without an address. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
  /** Name of the response code; NODATA for a name without addresses, TIMEOUT when no server answered. */
  readonly rcode: string;

  constructor(rcode: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.rcode = rcode;
  }
}

export interface ResolverOptions {
  readonly servers: readonly ServerAddress[];
  /** Uniform from 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

/**
 * A caching resolver that asks any one of the servers, follows CNAMEs and keeps what it learns for as long as the TTL
 * says; also that there is nothing, for as long as the zone's SOA record says (RFC 2308).
 */
export function createResolver(options: ResolverOptions): DnsResolver {
  const cache = createCache(options.clock);
  const pending = new Map<string, Promise<readonly Learned[]>>();
  // Whoever asks while the question is on its way waits for the same answer.
  const learn = (name: string): Promise<readonly Learned[]> => {
    const learning = pending.get(name) ?? ask(options, name).finally(() => pending.delete(name));
    pending.set(name, learning);
    return learning;
  };
  return {
    async resolve4(name) {
      const fresh = new Map<string, Fact>();
      let next = listed(name);
      for (let step = 0; step < LONGEST_CHAIN; step++) {
        let fact = fresh.get(next) ?? cache.find(next);
        if (fact === undefined) {
          const learned = await learn(next);
          cache.keep(learned);
          // What must not be kept at all still holds for who asked.
          for (const each of learned) fresh.set(each.name, each.fact);
          fact = fresh.get(next) ?? NO_DATA;
        }
        if (fact.kind === 'addresses') return fact.addresses;
        if (fact.kind === 'nothing') {
          throw new ResolutionError(fact.rcode, `${name} has no address: ${fact.rcode} for ${next}`);
        }
        next = fact.target;
      }
      throw new ResolutionError('SERVFAIL', `${name} has no address: its CNAMEs do not end`);
    },
  };
}

/** CNAMEs that are followed for one name. */
const LONGEST_CHAIN = 8;

type Fact =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'nothing'; readonly rcode: string };

const NO_DATA: Fact = { kind: 'nothing', rcode: 'NODATA' };

interface Learned {
  readonly name: string;
  readonly fact: Fact;
  /** Seconds. */
  readonly ttl: number;
}

interface Cache {
  find(name: string): Fact | undefined;
  keep(learned: readonly Learned[]): void;
}

function createCache(clock: () => number): Cache {
  const facts = new Map<string, { readonly fact: Fact; readonly until: number }>();
  return {
    find(name) {
      const kept = facts.get(name);
      return kept !== undefined && clock() < kept.until ? kept.fact : undefined;
    },
    keep(learned) {
      for (const { name, fact, ttl } of learned) facts.set(name, { fact, until: clock() + ttl * 1_000 });
    },
  };
}

async function ask({ servers, random }: ResolverOptions, name: string): Promise<readonly Learned[]> {
  const first = Math.floor(random() * servers.length);
  const order = [...servers.slice(first), ...servers.slice(0, first)];
  const causes: unknown[] = [];
  for (const server of order) {
    try {
      const id = Math.floor(random() * 0x1_0000);
      return read(await askForAddresses(server, plainName(name), id), name);
    } catch (error) {
      causes.push(error);
    }
  }
  throw new ResolutionError(
    'TIMEOUT',
    `no name server answered for ${name}: ${causes.map(String).join('; ')}`,
  );
}

/** What a response says about the name and about those that its CNAMEs lead to. */
function read(packet: DecodedPacket, name: string): readonly Learned[] {
  const rcode = Object.entries(RCODES).find(([, number]) => number === rcodeOf(packet))?.[0] ?? 'SERVFAIL';
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN')
    return [{ name, fact: { kind: 'nothing', rcode }, ttl: 0 }];
  const { answers = [], authorities = [] } = packet;
  const learned: Learned[] = [];
  let next = name;
  for (let link = aliasOf(answers, next); link !== undefined; link = aliasOf(answers, next)) {
    // A circle is as far as it goes.
    if (learned.some((each) => each.name === next)) return learned;
    learned.push({ name: next, fact: { kind: 'alias', target: link.target }, ttl: link.ttl });
    next = link.target;
  }
  const records = answers.flatMap((each) => (each.type === 'A' && isOf(each, next) ? each : []));
  if (records.length > 0) {
    const fact: Fact = { kind: 'addresses', addresses: records.map(({ data }) => data) };
    return [...learned, { name: next, fact, ttl: Math.min(...records.map(({ ttl = 0 }) => ttl)) }];
  }
  const soa = authorities.find((each) => each.type === 'SOA');
  // A chain that goes on elsewhere has no SOA record.
  if (soa === undefined) return learned;
  const ttl = Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0);
  return [...learned, { name: next, fact: rcode === 'NXDOMAIN' ? { kind: 'nothing', rcode } : NO_DATA, ttl }];
}

function aliasOf(
  answers: readonly Answer[],
  name: string,
): { readonly target: string; readonly ttl: number } | undefined {
  const found = answers.flatMap((each) => (each.type === 'CNAME' && isOf(each, name) ? each : []))[0];
  return found === undefined ? undefined : { target: listed(found.data), ttl: found.ttl ?? 0 };
}

function isOf(answer: Answer, name: string): boolean {
  return answer.name !== '.' && listed(answer.name) === name;
}
