import { once } from 'node:events';
import { type Agent, createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect } from '@jest/globals';
import type { RangeBalancer } from '../../../src/fleet/fleet.ts';
import { createTraffic, type Traffic } from '../../../src/range/cloudwatch/traffic.ts';
import {
  type Balancing,
  type BalancingOptions,
  type GroupPlan,
  type LoadBalancerPlan,
  startBalancing,
} from '../../../src/range/elbv2/balancing.ts';
import type { Phase } from '../../../src/range/elbv2/targets.ts';
import { until } from '../support.ts';

export const REGION = 'us-east-1';
export const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef';
export const LOAD_BALANCER =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/0123456789abcdef';

export const SETTINGS: RangeBalancer = {
  type: 'application',
  propagation: 200,
  deregistrationDelay: 800,
  healthCheckInterval: 50,
  healthCheckPath: '/healthz',
  crossZone: true,
  slowStart: 0,
};

/** A real HTTP server that stands for a host's service and remembers what it was asked. */
export interface TestHost {
  readonly id: string;
  readonly zone: string;
  readonly port: number;
  /** Paths of the requests that were not health checks. */
  readonly paths: string[];
  /** Number of health checks. */
  checks(): number;
  /** Status of the answers to health checks. */
  health: number;
  /** Connections that are open now. */
  connections(): number;
  /** Ends everything at once, as a crash does. */
  kill(): Promise<void>;
}

export interface TestHostOptions {
  readonly id?: string;
  readonly zone?: string;
  readonly answer?: RequestListener;
}

/** @param answer answers what is not a health check; the host's id when missing */
export async function startHost({
  id = 'i-1',
  zone = 'us-east-1a',
  answer,
}: TestHostOptions = {}): Promise<TestHost> {
  const paths: string[] = [];
  let checks = 0;
  let connections = 0;
  // Long, so that an idle connection which closes was closed by the balancer.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.url === SETTINGS.healthCheckPath) {
      checks += 1;
      response.writeHead(host.health).end();
      return;
    }
    paths.push(request.url ?? '');
    if (answer === undefined) response.end(id);
    else answer(request, response);
  });
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host: TestHost = {
    id,
    zone,
    port: (server.address() as AddressInfo).port,
    paths,
    health: 200,
    checks: () => checks,
    connections: () => connections,
    async kill() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return host;
}

export interface Bench {
  readonly balancing: Balancing;
  readonly traffic: Traffic;
  readonly url: string;
  /** Calls an operation as the wire layer does. */
  call<T = Record<string, unknown>>(operation: string, input: object, region?: string): T;
  health(host: TestHost): TargetHealth;
  states(): Record<string, string | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface BenchOptions {
  readonly hosts?: readonly TestHost[];
  readonly settings?: Partial<RangeBalancer>;
  /** With the zones of a load balancer of its own. */
  readonly groups?: readonly (Partial<GroupPlan> & { readonly zones?: readonly string[] })[];
  /** One for each group when missing. */
  readonly loadBalancers?: readonly Pick<LoadBalancerPlan, 'forward'>[];
  readonly addresses?: BalancingOptions['addresses'];
  readonly singleForward?: BalancingOptions['singleForward'];
  readonly locate?: BalancingOptions['locate'];
  readonly shifted?: readonly string[];
  readonly random?: () => number;
}

/** A running load balancer with every host registered; hosts are killed with it. */
export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const { hosts = [], settings = {}, shifted = [], random = () => 0.5 } = options;
  const zones = [...new Set(hosts.map(({ zone }) => zone))];
  const enabled = zones.length === 0 ? ['us-east-1a'] : zones;
  const locate = (id: string) => {
    const host = hosts.find((each) => each.id === id);
    return host && { address: '127.0.0.1', zone: host.zone };
  };
  const groups = (options.groups ?? [{}]).map((plan) => ({ targetGroup: GROUP, zones: enabled, ...plan }));
  const alone = groups.map(({ targetGroup, zones }) => ({
    forward: [{ targetGroup, weight: 1 }] as const,
    region: REGION,
    zones,
  }));
  const traffic = createTraffic();
  const balancing = await startBalancing({
    groups,
    loadBalancers:
      options.loadBalancers?.map((plan) => ({ ...plan, region: REGION, zones: enabled })) ?? alone,
    ...(options.addresses && { addresses: options.addresses }),
    ...(options.singleForward && { singleForward: options.singleForward }),
    settings: { ...SETTINGS, ...settings },
    locate: options.locate ?? locate,
    traffic,
    shifted,
    random,
  });
  balancing.register(GROUP, hosts);
  const call = <T>(operation: string, input: object, region = REGION): T => {
    const handler = balancing.service.operations[operation];
    if (handler === undefined) throw new Error(`no operation ${operation}`);
    return handler(input as never, { region }) as T;
  };
  const describe = (input: object) =>
    call<{ TargetHealthDescriptions: { Target: { Id: string }; TargetHealth: TargetHealth }[] }>(
      'DescribeTargetHealth',
      { TargetGroupArn: GROUP, ...input },
    ).TargetHealthDescriptions;
  return {
    balancing,
    traffic,
    url: urlOf(balancing),
    call,
    health: ({ id, port }) => describe({ Targets: [{ Id: id, Port: port }] })[0]?.TargetHealth ?? {},
    states: () =>
      Object.fromEntries(describe({}).map(({ Target, TargetHealth }) => [Target.Id, TargetHealth.State])),
    async [Symbol.asyncDispose]() {
      await balancing.stop();
      await Promise.all(hosts.map((host) => host.kill()));
    },
  };
}

/** Where clients reach a load balancer. */
export function urlOf({ balancers }: Balancing, index = 0): string {
  const { address, port } = balancers[index] ?? {};
  return `http://${address}:${port}`;
}

/** Waits until every registered target is healthy. */
export async function allHealthy(bench: Bench): Promise<void> {
  await until(
    () => Object.values(bench.states()).every((state) => state === 'healthy'),
    'every target is healthy',
  );
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** One GET, on a connection of its own unless an agent is given. */
export function fetchText(url: string, agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
    request.on('error', reject);
  });
}

/** Matches an error that the service answers with. */
export function wireError(code: string) {
  return expect.objectContaining({ name: 'WireError', code, status: 400 });
}

/** Phases by name, for tables. */
export const PHASES = {
  registering: { kind: 'registering' },
  checking: { kind: 'checking', failures: 0 },
  healthy: { kind: 'healthy', failures: 0 },
  unhealthy: {
    kind: 'unhealthy',
    passes: 0,
    failure: { reason: 'Target.Timeout', description: 'Request timed out' },
  },
} as const satisfies Record<string, Phase>;

/** A draining phase whose delay ends at 800. */
export function draining(leavesAt: Record<string, number>, wasHealthy = true): Phase {
  return { kind: 'draining', until: 800, leavesAt: new Map(Object.entries(leavesAt)), wasHealthy };
}
