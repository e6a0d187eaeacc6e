import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { type DecodedPacket, decode, encode, type Packet, type RecordType, streamEncode } from 'dns-packet';
import { type DnsOptions, type RangeDns, startDns } from '../../../src/range/dns/dns.ts';
import type { ServerAddress } from '../../../src/range/dns/exchange.ts';
import { createUnframer } from '../../../src/range/dns/framing.ts';
import type { RecordSet, RecordType as Type } from '../../../src/range/route53/record-set.ts';
import { type Setting, startSetting } from '../wire/builder.ts';

export const ZONE = 'example.test';
export const ZONE_ID = 'Z0123456789ABCDEFGHIJ';
/** Of load balancers in us-east-1. */
export const ELB_ZONE_ID = 'Z35SXDOTRQ7X7K';
export const BLUE_LB = 'storefront-1.us-east-1.elb.amazonaws.com';
export const GREEN_LB = 'storefront-2.us-east-1.elb.amazonaws.com';

export interface World extends AsyncDisposable {
  readonly dns: RangeDns;
  readonly setting: Setting;
  readonly client: Route53Client;
}

/** A zone with its API and name servers; changes are INSYNC at once unless `options` say otherwise. */
export async function startWorld(options: Partial<DnsOptions> = {}): Promise<World> {
  const dns = await startDns({
    zone: ZONE,
    zoneId: ZONE_ID,
    records: [cname('app', `blue.${ZONE}`), a('blue', '127.0.0.2'), a('green', '127.0.0.3')],
    hosts: { [BLUE_LB]: '127.0.0.2', [GREEN_LB]: '127.0.0.3' },
    nameServers: 2,
    propagation: 0,
    lag: 0,
    random: () => 0,
    ...options,
  });
  const setting = await startSetting([dns.service]);
  const client = new Route53Client({ ...setting.client, region: 'us-east-1' });
  return {
    dns,
    setting,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await setting.endpoint.stop();
      await dns.stop();
    },
  };
}

export function record(label: string, type: Type, ...values: readonly string[]): RecordSet {
  return { name: inZone(label), type, content: { kind: 'values', ttl: 60, values } };
}

export function a(label: string, ...addresses: readonly string[]): RecordSet {
  return record(label, 'A', ...addresses);
}

export function cname(label: string, target: string): RecordSet {
  return record(label, 'CNAME', target);
}

export function weightedA(label: string, identifier: string, weight: number, address: string): RecordSet {
  return { ...a(label, address), weighted: { identifier, weight } };
}

export function aliasA(label: string, target: string, zoneId = ELB_ZONE_ID): RecordSet {
  return {
    name: inZone(label),
    type: 'A',
    content: { kind: 'alias', zoneId, target, evaluateTargetHealth: false },
  };
}

export function inZone(label: string): string {
  return label === '' ? `${ZONE}.` : `${label}.${ZONE}.`;
}

/** A change of one CNAME as clients send it. */
export function cnameChange(
  Action: 'CREATE' | 'DELETE' | 'UPSERT',
  target: string,
  { name = `app.${ZONE}`, ttl = 60 } = {},
): Change {
  return {
    Action,
    ResourceRecordSet: { Name: name, Type: 'CNAME', TTL: ttl, ResourceRecords: [{ Value: target }] },
  };
}

/** One batch that replaces a CNAME's value by another one. */
export function swap(client: Route53Client, from: string, to: string) {
  return submit(client, cnameChange('DELETE', from), cnameChange('CREATE', to));
}

/** A record set without a set identifier as clients send it. */
export function plain(
  label: string,
  Type: 'A' | 'CNAME' | 'TXT' | 'MX' | 'SRV' | 'AAAA',
  ...values: readonly string[]
) {
  const ResourceRecords = values.map((Value) => ({ Value }));
  return { Name: inZone(label), Type, TTL: 60, ResourceRecords } satisfies ResourceRecordSet;
}

export function create(ResourceRecordSet: ResourceRecordSet): Change {
  return { Action: 'CREATE', ResourceRecordSet };
}

export function submit(client: Route53Client, ...changes: readonly Change[]) {
  return client.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: ZONE_ID, ChangeBatch: { Changes: [...changes] } }),
  );
}

export function question(name: string, type: RecordType, extra: Packet = {}): Packet {
  return { type: 'query', id: 4711, flags: 0, questions: [{ name, type, class: 'IN' }], ...extra };
}

export async function overUdp(server: ServerAddress, message: Packet | Buffer): Promise<DecodedPacket> {
  const socket = createSocket('udp4');
  try {
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
    socket.send(Buffer.isBuffer(message) ? message : encode(message), server.port, server.address);
    const [answer] = await answered;
    return decode(answer);
  } finally {
    socket.close();
  }
}

/** Sends the messages through one connection, in pieces of so many octets, and reads so many answers. */
export async function overTcp(
  server: ServerAddress,
  messages: readonly Packet[],
  { piece = 65_535, answers: wanted = messages.length } = {},
): Promise<readonly DecodedPacket[]> {
  const socket = connect(server.port, server.address).setNoDelay(true).setTimeout(5_000);
  socket.on('timeout', () => socket.destroy(new Error('no answer in 5 s')));
  const octets = Buffer.concat(messages.map((message) => streamEncode(message)));
  const send = async () => {
    for (let start = 0; start < octets.length; start += piece) {
      socket.write(octets.subarray(start, start + piece));
      await new Promise(setImmediate);
    }
  };
  void send();
  const unframer = createUnframer();
  const answers: DecodedPacket[] = [];
  for await (const data of socket) {
    answers.push(...unframer.take(data).map((each) => decode(each)));
    if (answers.length >= wanted) break;
  }
  return answers;
}

/** The values that a name server gives for a name, a CNAME's chain included. */
export async function valuesFrom(
  server: ServerAddress | undefined,
  name: string,
  type: RecordType,
): Promise<readonly unknown[]> {
  if (server === undefined) throw new Error('no such name server');
  const { answers = [] } = await overUdp(server, question(name, type));
  return answers.map((each) => ('data' in each ? each.data : undefined));
}
