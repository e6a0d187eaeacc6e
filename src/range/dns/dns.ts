import type { Protection } from '../route53/batch.ts';
import { listed } from '../route53/names.ts';
import type { RecordSet } from '../route53/record-set.ts';
import { route53Service } from '../route53/service.ts';
import { createZone, soaValue, type Zone } from '../route53/zone.ts';
import type { Service } from '../wire/service.ts';
import { type Counts, createCounts } from './counts.ts';
import { createView, lookUp, type Surroundings } from './lookup.ts';
import { readAnswer } from './message.ts';
import { LOOPBACK, startNameServer } from './name-server.ts';
import { createReplica, type Replica } from './replica.ts';
import { createResolver, type DnsResolver } from './resolver.ts';

export interface DnsOptions {
  /** Name of the zone, with or without the dot at the end. */
  readonly zone: string;
  /** Id without `/hostedzone/`, such as `Z0123456789ABCDEFGHIJ`. */
  readonly zoneId: string;
  /** The name servers then stand for the resolver inside the VPC: the API names none. */
  readonly privateZone?: boolean;
  /** Initial record sets; SOA and NS are made by the zone itself. */
  readonly records: readonly RecordSet[];
  /**
   * IPv4 addresses of names outside the zone, such as those of load balancers. The name servers answer for them too,
   * and aliases may point at them, in whatever zone the alias says that they are.
   */
  readonly hosts?: Readonly<Record<string, string>>;
  /** How many; each has its own free loopback port, the same for UDP and TCP. */
  readonly nameServers: number;
  /** Milliseconds from a change until PENDING becomes INSYNC. */
  readonly propagation: number;
  /**
   * Milliseconds that a name server may take to answer by a change, at most `propagation`. Each takes a share of it that
   * is random for each change.
   */
  readonly lag: number;
  /** Names and types whose record sets cannot be changed. */
  readonly protected?: readonly Protection[];
  /** Uniform from 0 to below 1. */
  readonly random: () => number;
}

/** Where a name server of the range listens, and how the zone names it. */
export interface NameServerPlace {
  /** Host name without the dot at the end, as DelegationSet lists it; the name servers know its address. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface RangeDns {
  readonly service: Service;
  readonly nameServers: readonly NameServerPlace[];
  /**
   * The name server of this name takes no change any more; changes become INSYNC all the same.
   *
   * @throws Error when there is none of this name
   */
  stick(nameServer: string): void;
  /** It takes at once what it missed. */
  unstick(nameServer: string): void;
  /** A resolver with a cache of its own. */
  createResolver(): DnsResolver;
  /**
   * What the name servers answered so far when they were asked for a name.
   *
   * @param type of the questions that are counted; of every type when missing
   */
  answers(name: string, type?: string): Counts;
  stop(): Promise<void>;
}

/**
 * Starts a hosted zone: its API and its name servers.
 *
 * @throws Error when the settings or the initial records cannot be
 */
export async function startDns(options: DnsOptions): Promise<RangeDns> {
  check(options);
  const { random } = options;
  const clock = () => performance.now();
  const names = Array.from({ length: options.nameServers }, (_, index) => `ns-${index + 1}.range-dns.test`);
  const around = surroundings(options, names);
  const { zone, replicas } = createReplicatedZone(options, names, clock);
  const counts = createCounts();
  await using started = new AsyncDisposableStack();
  const nameServers: NameServerPlace[] = [];
  for (const { name, replica } of replicas) {
    const { address, port, stop } = await startNameServer((asked, type) => {
      const answer = lookUp(replica.view(), around, asked, type);
      counts.count(asked, type, answer);
      return answer;
    });
    started.defer(stop);
    nameServers.push({ name, address, port });
  }
  const replicaOf = (name: string): Replica => {
    const found = replicas.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no name server ${name}; there are ${names.join(', ')}`);
    return found.replica;
  };
  const running = started.move();
  return {
    service: route53Service(zone, (nameServer, name, type) => {
      const { rcode, records } = readAnswer(lookUp(replicaOf(nameServer).view(), around, name, type));
      return { rcode, values: records.map(({ value }) => value) };
    }),
    nameServers,
    stick: (name) => replicaOf(name).stick(),
    unstick: (name) => replicaOf(name).unstick(),
    createResolver: () => createResolver({ servers: nameServers, random, clock }),
    answers: (name, type) => counts.of(listed(name), type),
    stop: () => running.disposeAsync(),
  };
}

function check({ lag, propagation, nameServers }: DnsOptions): void {
  if (lag > propagation) {
    throw new Error(`a lag of ${lag} ms does not fit into a propagation of ${propagation} ms`);
  }
  if (nameServers < 1) throw new Error('a zone needs a name server');
}

/** The name servers' own names are known like those of load balancers. */
function surroundings({ hosts = {}, random }: DnsOptions, names: readonly string[]): Surroundings {
  const known = [...Object.entries(hosts), ...names.map((name) => [name, LOOPBACK] as const)];
  return {
    hosts: new Map(known.map(([name, address]) => [listed(name), address])),
    soa: soaValue(names[0] ?? ''),
    random,
  };
}

interface ReplicatedZone {
  readonly zone: Zone;
  readonly replicas: readonly { readonly name: string; readonly replica: Replica }[];
}

function createReplicatedZone(
  options: DnsOptions,
  names: readonly string[],
  clock: () => number,
): ReplicatedZone {
  const { random, lag, hosts = {} } = options;
  const name = listed(options.zone);
  const outside = new Set(Object.keys(hosts).map(listed));
  const zone = createZone({
    id: options.zoneId,
    name,
    isPrivate: options.privateZone ?? false,
    nameServers: names,
    records: options.records,
    protections: options.protected ?? [],
    outside: (target) => outside.has(target),
    propagation: options.propagation,
    clock,
    publish(sets) {
      const view = createView(name, sets);
      for (const { replica } of replicas) replica.take(view, random() * lag);
    },
  });
  const first = createView(name, zone.sets());
  const replicas = names.map((server) => ({ name: server, replica: createReplica(first, clock) }));
  return { zone, replicas };
}
