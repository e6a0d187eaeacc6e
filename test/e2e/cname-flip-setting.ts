import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RangeDns, startDns } from '../../src/range/dns/dns.ts';
import type { Protection } from '../../src/range/route53/batch.ts';
import type { RecordSet } from '../../src/range/route53/record-set.ts';
import type { Operation } from '../../src/range/wire/service.ts';
import { accessKeyId, type Setting, secretAccessKey, startSetting } from '../range/wire/builder.ts';
import { killBundlesBelow, type Running, startBundle } from './run-bundle.ts';

export const ZONE = 'example.test';
export const ZONE_ID = 'Z0123456789ABCDEFGHIJ';
export const RECORD = `www.${ZONE}`;
export const [BLUE, GREEN] = [`blue.${ZONE}`, `green.${ZONE}`] as const;

export const BLUE_LB = 'blue-1.us-east-1.elb.amazonaws.com';
export const GREEN_LB = 'green-1.us-east-1.elb.amazonaws.com';
/** Of load balancers in us-east-1. */
export const ELB_ZONE = 'Z35SXDOTRQ7X7K';

/** What a call of Route 53 is about to do or has done; whatever it awaits holds the call up. */
export type Hook = (operation: string, moment: 'before' | 'after') => void | Promise<void>;

export interface FlipSetting extends AsyncDisposable {
  readonly dns: RangeDns;
  readonly port: number;
  /** Version that each side says it is; a test may change it. */
  readonly sides: { blue: string; green: string };
  hook: Hook;
  /** Where the record points now, by the API. */
  points(): Promise<string>;
  /** Starts the bundle as a step. */
  start(inputs?: Readonly<Record<string, string>>): Promise<Running>;
}

export interface FlipOptions {
  readonly records?: readonly RecordSet[];
  readonly protected?: readonly Protection[];
}

/** A hosted zone with its API and three name servers, a record at one of two real services, and the action's bundle. */
export async function startFlipSetting(options: FlipOptions = {}): Promise<FlipSetting> {
  await using started = new AsyncDisposableStack();
  const sides = { blue: '1', green: '2' };
  const port = await startSides(sides, started);
  const dns = await startDns({
    zone: ZONE,
    zoneId: ZONE_ID,
    records: [...(options.records ?? [cname(BLUE)]), a(BLUE, '127.0.0.2'), a(GREEN, '127.0.0.3')],
    hosts: { [BLUE_LB]: '127.0.0.2', [GREEN_LB]: '127.0.0.3' },
    nameServers: 3,
    propagation: 400,
    lag: 300,
    protected: options.protected ?? [],
    random: Math.random,
  });
  started.defer(() => dns.stop());
  const setting: FlipSetting = {
    dns,
    port,
    sides,
    hook: () => undefined,
    points: async () => pointsOf(endpoint, dns),
    start: (inputs = {}) => startStep({ endpoint, dns, port, folder }, inputs),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  const endpoint = await startSetting([
    { ...dns.service, operations: hooked(dns.service.operations, () => setting.hook) },
  ]);
  started.defer(() => endpoint.endpoint.stop());
  const folder = await mkdtemp(join(tmpdir(), 'flip-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  started.defer(() => killBundlesBelow(folder));
  const running = started.move();
  return setting;
}

export function cname(value: string, ttl = 60): RecordSet {
  return { name: RECORD, type: 'CNAME', content: { kind: 'values', ttl, values: [value] } };
}

function a(name: string, address: string): RecordSet {
  return { name, type: 'A', content: { kind: 'values', ttl: 60, values: [address] } };
}

function hooked(
  operations: Readonly<Record<string, Operation>>,
  hook: () => Hook,
): Readonly<Record<string, Operation>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      async (...given: Parameters<Operation>) => {
        await hook()(name, 'before');
        const output = await operation(...given);
        await hook()(name, 'after');
        return output;
      },
    ]),
  );
}

/** Two services, each at an address of its own, at the same port; each says who it is when asked under the real name. */
async function startSides(
  sides: { readonly blue: string; readonly green: string },
  started: AsyncDisposableStack,
): Promise<number> {
  const listen = async (side: 'blue' | 'green', address: string, at: number) => {
    const server = createServer((request, response) => {
      const isOurs = request.headers.host?.split(':')[0] === RECORD;
      response.statusCode = isOurs ? 200 : 421;
      response.end(JSON.stringify({ version: sides[side] }));
    });
    server.listen(at, address);
    await once(server, 'listening');
    started.defer(async () => {
      server.closeAllConnections();
      server.close();
    });
    return portOf(server);
  };
  const port = await listen('blue', '127.0.0.2', 0);
  return listen('green', '127.0.0.3', port);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}

async function pointsOf({ client }: Setting, { nameServers }: RangeDns): Promise<string> {
  const { ListResourceRecordSetsCommand, Route53Client } = await import('@aws-sdk/client-route-53');
  const api = new Route53Client({ ...client, region: 'us-east-1' });
  const { ResourceRecordSets = [] } = await api.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: ZONE_ID, StartRecordName: RECORD, MaxItems: 1 }),
  );
  api.destroy();
  const [set] = ResourceRecordSets;
  if (set?.Name !== `${RECORD}.` || nameServers.length === 0) return 'nothing';
  const { AliasTarget, ResourceRecords, TTL } = set;
  return AliasTarget === undefined ? `${ResourceRecords?.[0]?.Value} ${TTL}` : `alias ${AliasTarget.DNSName}`;
}

interface Place {
  readonly endpoint: Setting;
  readonly dns: RangeDns;
  readonly port: number;
  readonly folder: string;
}

function startStep(
  { endpoint, dns, port, folder }: Place,
  inputs: Readonly<Record<string, string>>,
): Promise<Running> {
  return startBundle('cname-flip', {
    inputs: {
      'zone-id': ZONE_ID,
      record: RECORD,
      from: BLUE,
      to: GREEN,
      scheme: 'http',
      port: String(port),
      'name-servers': dns.nameServers.map(({ address, port: at }) => `${address}:${at}`).join('\n'),
      'expect-version': '2',
      'identity-url': 'http://{address}:{port}/version',
      attempts: '2',
      interval: '100ms',
      timeout: '5s',
      ...inputs,
    },
    environment: {
      AWS_ENDPOINT_URL: endpoint.endpoint.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    folder,
  });
}
