import type { ObservedTarget, PoolSettings, RouteAction, WeightedPool } from '../../../src/balancers/port.ts';
import type { Observation } from '../../../src/checks/check.ts';
import type { Asked, Question } from '../../../src/checks/question.ts';
import { UserError } from '../../../src/runner/errors.ts';
import type { AlarmState } from '../../../src/signals/port.ts';
import type { VirtualTime } from './virtual-time.ts';

export const [OLD, NEW, THIRD] = ['old', 'new', 'third'].map(arn) as [string, string, string];
/** Milliseconds from the first naming of a pool to the first health check. */
const FIRST_CHECK = 5_000;
/** The golden section: its multiples leave no part of the circle out for long. */
const GOLDEN = 0.618_033_988_75;

export function arn(name: string): string {
  return `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
}

/** One pool of the world; every field may be changed at any time. */
export interface FakePool {
  readonly arn: string;
  hosts: string[];
  version: string;
  /** What users get from it. */
  status: number;
  sick: Set<string>;
  balancers: string[];
  protocol: string;
  network: string;
  targetType: string;
  settings: Partial<PoolSettings>;
  /** When a route began to name it; none while none does. */
  namedSince: number | undefined;
}

/** What the runs share. */
export interface FlipEstate {
  readonly time: VirtualTime;
  readonly pools: ReadonlyMap<string, FakePool>;
  pool(arn: string): FakePool;
  actions: readonly RouteAction[];
  balancerType: string;
  entrance: string | undefined;
  alarm: AlarmState;
  /** Single requests that were made so far. */
  requests: number;
  zones: Map<string, string>;
  /** Hosts that run another release than the rest of their pool. */
  readonly strays: Map<string, string>;
  /** Weights now, in words: `old 1, new 0`. */
  weights(): string;
  /** Sets weights as somebody else would. */
  set(weights: Readonly<Record<string, number>>): void;
}

/** What AWS does with a list of actions: it is taken as it is, or refused. */
export function replace(world: FlipEstate, actions: readonly RouteAction[]): void {
  const named = namedIn(actions);
  for (const { pool, weight } of named) {
    const found = world.pool(pool);
    if (!Number.isInteger(weight) || weight < 0 || weight > 999) throw new UserError(`weight ${weight}`);
    if (found.balancers.length > 0) throw new UserError(`${nameOf(pool)} is on another load balancer`);
  }
  if (named.length > 5 || new Set(named.map(({ pool }) => pool)).size < named.length)
    throw new UserError('a forward action has at most 5 target groups, each once');
  world.actions = structuredClone(actions);
  for (const [name, pool] of world.pools) {
    if (!named.some((each) => each.pool === name)) pool.namedSince = undefined;
    else pool.namedSince ??= world.time.now() - (name === OLD ? 60_000 : 0);
  }
}

export function namedIn(actions: readonly RouteAction[]): readonly WeightedPool[] {
  return actions.flatMap((action) => (action.kind === 'forward' ? action.pools : []));
}

export function targetsOf(world: FlipEstate, wanted: string): readonly ObservedTarget[] {
  const { hosts, sick, namedSince } = world.pool(wanted);
  return hosts.map((id) => {
    const base = { id, port: 8080, shifted: false };
    if (namedSince === undefined) return { ...base, state: 'unused', reason: 'Target.NotInUse' };
    if (world.time.now() - namedSince < FIRST_CHECK) return { ...base, state: 'initial' };
    return { ...base, state: sick.has(id) ? 'unhealthy' : 'healthy' };
  });
}

export function settingsOf(world: FlipEstate, wanted: string): PoolSettings {
  const { settings, namedSince } = world.pool(wanted);
  if (namedSince === undefined) throw new UserError(`${nameOf(wanted)} is not attached to any load balancer`);
  return {
    pool: wanted,
    name: nameOf(wanted),
    targetType: 'instance',
    balancerType: world.balancerType,
    defaultPort: 8080,
    crossZone: true,
    deregistrationDelay: 300_000,
    connectionTermination: false,
    slowStart: 0,
    failOpen: { count: 1 },
    dnsFailover: { count: 1 },
    healthChecked: true,
    healthCheckInterval: 1_000,
    healthCheckStatuses: '200',
    entrances: [],
    ...settings,
  };
}

export function answer(world: FlipEstate, { question }: Asked): Observation {
  const times = question.kind === 'repeated' ? question.times : 1;
  if (question.kind === 'repeated') {
    const answers = Array.from({ length: times }, (_, turn) => answerOnce(world, question, turn / times));
    return { kind: 'answers', answers, milliseconds: 5 };
  }
  // Spread evenly over any number of requests, and the first few go to the pool that is named first.
  const turn = (world.requests * GOLDEN) % 1;
  world.requests += 1;
  return { kind: 'http', milliseconds: 5, ...answerOnce(world, question, turn) };
}

/** @param turn from 0 to 1: requests go to the pools by turns, as their weights say */
function answerOnce(world: FlipEstate, question: Question, turn: number) {
  const path = 'url' in question ? new URL(question.url).pathname : '';
  const named = namedIn(world.actions);
  let rest = turn * named.reduce((total, { weight }) => total + weight, 0);
  const chosen = named.find(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
  if (chosen === undefined) return { status: 503, headers: {}, body: 'no target group' };
  const { version, status } = world.pool(chosen.pool);
  if (path === '/version') return { status: 200, headers: {}, body: bodyOf(version) };
  return { status, headers: {}, body: `Welcome to ${version}` };
}

export function versionOn(world: FlipEstate, host: string): string {
  const { version } = [...world.pools.values()].find(({ hosts }) => hosts.includes(host)) ?? {};
  return world.strays.get(host) ?? version ?? 'none';
}

export function bodyOf(version: string): string {
  return JSON.stringify({ version });
}

export function fakePool(pool: string, hosts: string[], version: string): FakePool {
  return {
    arn: pool,
    hosts,
    version,
    status: 200,
    sick: new Set(),
    balancers: [],
    protocol: 'HTTP',
    network: 'vpc-1',
    targetType: 'instance',
    settings: {},
    namedSince: undefined,
  };
}

export function nameOf(pool: string): string {
  return pool.split('/').at(-2) ?? pool;
}
