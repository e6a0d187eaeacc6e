import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DecodedPacket } from 'dns-packet';
import { canonicalName, canonicalValue } from '../checks/dns-values.ts';
import { PlatformError } from '../runner/errors.ts';
import { type Exchange, exchange } from './exchange.ts';
import type { Authority, FlippableType, NameServer, Reply } from './port.ts';

/** What the surroundings give to asking name servers; others for tests. */
export interface Ways {
  /** Addresses of a name as this machine's resolver knows them. */
  readonly lookUp: (name: string) => Promise<readonly string[]>;
  /** Name servers of a zone as this machine's resolver knows them. */
  readonly lookUpServers: (zone: string) => Promise<readonly string[]>;
  readonly exchange: (
    server: NameServer,
    name: string,
    type: FlippableType,
    signal: AbortSignal,
  ) => Promise<Exchange>;
}

const REAL: Ways = {
  lookUp: async (name) =>
    (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address),
  // A zone that the resolver does not know in ten seconds is one that it does not know.
  lookUpServers: (zone) => new Resolver({ timeout: 5_000, tries: 2 }).resolveNs(zone),
  exchange,
};

/** Port of DNS. */
const PORT = 53;

/** Asks the servers of a zone itself, past every cache. */
export function createAuthority(ways: Ways = REAL): Authority {
  const ask: Authority['ask'] = async (server, name, type, signal) =>
    replyOf(await ways.exchange(server, name, type, signal), name, type);
  return {
    ask,
    delegation: ways.lookUpServers,
    async servers(names) {
      const found = await Promise.all(names.map((name) => addressesOf(ways, name)));
      return found.flat();
    },
    async resolve(name, type, servers, signal) {
      const wanted = type === 'AAAA' ? (['AAAA'] as const) : (['A', 'AAAA'] as const);
      for (const each of wanted) {
        const addresses = await askOneOf(ask, servers, { name, type: each, signal });
        if (addresses.length > 0) return addresses;
      }
      const all = isIP(name) === 0 ? await found(ways, name) : [name];
      const four = all.filter((address) => isIP(address) === 4);
      const six = all.filter((address) => isIP(address) === 6);
      return type === 'AAAA' || four.length === 0 ? six : four;
    },
  };
}

/** The first server that knows addresses is enough. */
async function askOneOf(
  ask: Authority['ask'],
  servers: readonly NameServer[],
  question: { readonly name: string; readonly type: FlippableType; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const [first] = servers;
  if (first === undefined) return [];
  const reply = await ask(first, question.name, question.type, question.signal);
  if (reply.kind !== 'answer') return [];
  return reply.addresses;
}

async function found({ lookUp }: Ways, name: string): Promise<readonly string[]> {
  try {
    return await lookUp(name);
  } catch {
    return [];
  }
}

async function addressesOf({ lookUp }: Ways, name: string): Promise<readonly NameServer[]> {
  try {
    const addresses = await lookUp(name);
    return [...new Set(addresses)].map((address) => ({ name, address, port: PORT }));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError(
      `The name server ${name} of the zone has no address here (${problem}), so it cannot be asked what it answers. ` +
        'Check that the runner can resolve public names, or give `name-servers`.',
      { cause },
    );
  }
}

/** Response codes by number (RFC 1035). */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

function replyOf(came: Exchange, name: string, type: FlippableType): Reply {
  if (came.kind !== 'message') return came;
  const { message } = came;
  const code = (message.flags ?? 0) & 0xf;
  const rcode = RCODES[code] ?? `response code ${code}`;
  if (rcode !== 'NOERROR') return { kind: 'none', problem: rcode };
  if (!message.flag_aa) return { kind: 'none', problem: 'an answer that is not authoritative' };
  const records = recordsOf(message);
  const values = records.filter((record) => record.owner === name && record.type === type);
  const addresses = records.filter((record) => record.type !== 'CNAME');
  return {
    kind: 'answer',
    values: [...new Set(values.map(({ value }) => value))].toSorted(),
    addresses: [...new Set(addresses.map(({ value }) => value))],
  };
}

interface Found {
  readonly owner: string;
  readonly type: FlippableType;
  readonly value: string;
}

function recordsOf({ answers = [] }: DecodedPacket): readonly Found[] {
  return answers.flatMap((answer) => {
    if (answer.type !== 'A' && answer.type !== 'AAAA' && answer.type !== 'CNAME') return [];
    const value = canonicalValue(answer.type, answer.data);
    const owner = canonicalName(answer.name);
    return owner === undefined || value === undefined ? [] : [{ owner, type: answer.type, value }];
  });
}
