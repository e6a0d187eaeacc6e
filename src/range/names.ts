import type { RangeDnsSettings } from '../fleet/fleet.ts';
import type { Counts } from './dns/counts.ts';
import { type NameServerPlace, type RangeDns, startDns } from './dns/dns.ts';
import type { DnsResolver } from './dns/resolver.ts';

/** The DNS of a range as whoever started the range reaches it, also from another process. */
export interface RangeNames {
  readonly nameServers: readonly NameServerPlace[];
  /** See `RangeDns.stick`. */
  stick(nameServer: string): Promise<void>;
  /** See `RangeDns.unstick`. */
  unstick(nameServer: string): Promise<void>;
  /** A resolver with a cache of its own. */
  createResolver(): DnsResolver;
  /** See `RangeDns.answers`. */
  answers(name: string, type?: string): Promise<Counts>;
}

/**
 * Starts the zone of a fleet's `range.dns`: its record leads to the first balancer, and the name servers answer for the
 * names of all balancers.
 */
export function startNames(
  settings: RangeDnsSettings,
  balancers: readonly { readonly dnsName: string; readonly address: string }[],
  random: () => number,
): Promise<RangeDns> {
  const { zone, zoneId, record, ttl, nameServers, propagation, lag } = settings;
  const values = balancers.slice(0, 1).map(({ dnsName }) => `${dnsName}.`);
  return startDns({
    ...{ zone, zoneId, nameServers, propagation, lag, random },
    records: [{ name: record, type: 'CNAME', content: { kind: 'values', ttl: ttl / 1_000, values } }],
    hosts: Object.fromEntries(balancers.map(({ dnsName, address }) => [dnsName, address])),
  });
}

/** What of the DNS is for whoever started the range. */
export function namesOf(dns: RangeDns): RangeNames {
  return {
    nameServers: dns.nameServers,
    stick: async (nameServer) => dns.stick(nameServer),
    unstick: async (nameServer) => dns.unstick(nameServer),
    createResolver: dns.createResolver,
    answers: async (name, type) => dns.answers(name, type),
  };
}
