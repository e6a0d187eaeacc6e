import type { ForwardAction, RouteAction, WeightedPool, WriteOutcome } from '../../../src/balancers/port.ts';
import { type FlipResult, poolFlip } from '../../../src/operations/pool-flip/pool-flip.ts';
import type { FlipContext, FlipRequest } from '../../../src/operations/pool-flip/request.ts';
import { checkTrial } from '../../../src/operations/smoke/smoke-trial.ts';
import { CancelledError, PlatformError, UserError } from '../../../src/runner/errors.ts';
import { httpCheck } from '../../checks/sample.ts';
import { probed } from '../stage.ts';
import {
  answer,
  arn,
  bodyOf,
  type FlipEstate,
  fakePool,
  NEW,
  namedIn,
  nameOf,
  OLD,
  replace,
  settingsOf,
  THIRD,
  targetsOf,
  versionOn,
} from './estate.ts';
import { virtualTime } from './virtual-time.ts';

export const ROUTE =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/web/0123456789abcdef/0123456789abcdef';
const BALANCER = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/0123456789abcdef';

export type CallName =
  | 'place'
  | 'actions'
  | 'write'
  | 'pool'
  | 'settings'
  | 'targets'
  | 'ask'
  | 'run'
  | 'alarms';

/** What goes wrong with a call: it is refused, or its answer is lost before or after it has happened. */
export type FlipFault = 'refused' | 'busy' | 'lost-before' | 'lost-after';

/** One run in the world. */
export interface Actor {
  readonly context: FlipContext;
  readonly lines: readonly string[];
  readonly calls: readonly CallName[];
  /** The weights that it wrote, in words. */
  readonly writes: readonly string[];
  /** Is told of each call before it happens. */
  before: (call: CallName, number: number) => FlipFault | undefined;
  after: (call: CallName, number: number) => void;
  cancel(): void;
  /** As when the machine is lost: nothing that it awaits ever comes. */
  kill(): void;
}

export interface PoolFlipWorld extends FlipEstate {
  actor(options?: ActorOptions): Actor;
}

export interface ActorOptions {
  /** From 0 to 1: decides the mark of the run and its waits. */
  readonly jitter?: number;
  /** Milliseconds that each call takes before and after it happens. */
  readonly latency?: (call: CallName) => readonly [before: number, after: number];
}

export function forward(pools: readonly WeightedPool[], sticky?: number): ForwardAction {
  return {
    kind: 'forward',
    pools,
    ...(sticky === undefined ? {} : { sticky }),
    rest: `forward ${sticky ?? 0}`,
    native: { Type: 'forward' },
  };
}

export const LOGIN: RouteAction = {
  kind: 'other',
  type: 'authenticate-oidc',
  rest: 'oidc of the shop',
  native: { Type: 'authenticate-oidc', Order: 1 },
};

const HOME = httpCheck({ text: [{ kind: 'contains', text: 'Welcome' }] });

/** A flip at 10 %, 50 % and 100 %, a minute each, that must prove release 2.0.0 and answer a check. */
export function flipRequest(changes: Partial<FlipRequest> = {}): FlipRequest {
  return {
    route: ROUTE,
    course: { from: OLD, to: NEW, steps: [10, 50, 100] },
    bakes: [60_000, 60_000, 60_000],
    ready: { kind: 'percent', value: 100 },
    readyTimeout: 60_000,
    release: {
      identity: { url: 'http://{address}:{port}/version', version: 'version' },
      expected: { version: '2.0.0', sha256: '' },
    },
    attach: true,
    sticky: 'refuse',
    askFrom: 'runner',
    trials: [checkTrial(HOME, '')],
    gates: { alarms: ['web-5xx'], trials: [] },
    revertOnFailure: true,
    ...changes,
  };
}

/** Flips, and lets time pass until that has ended. */
export function runFlip(
  world: PoolFlipWorld,
  actor: Actor,
  changes: Partial<FlipRequest> = {},
): Promise<FlipResult> {
  return world.time.run(poolFlip(actor.context, flipRequest(changes)));
}

/** A listener with two pools of three hosts, all requests to the old one, the new one on no load balancer yet. */
export function flipWorld(): PoolFlipWorld {
  const time = virtualTime();
  const pools = new Map(
    [
      fakePool(OLD, ['i-1', 'i-2', 'i-3'], '1.0.0'),
      fakePool(NEW, ['i-4', 'i-5', 'i-6'], '2.0.0'),
      fakePool(THIRD, ['i-7'], '3.0.0'),
    ].map((pool) => [pool.arn, pool]),
  );
  const world: PoolFlipWorld = {
    time,
    pools,
    pool: (wanted) => {
      const found = pools.get(wanted);
      if (found === undefined) throw new UserError(`target group ${wanted} does not exist.`);
      return found;
    },
    actions: [forward([{ pool: OLD, weight: 1 }])],
    balancerType: 'application',
    entrance: 'http://web.test:80',
    alarm: 'ok',
    requests: 0,
    zones: new Map(),
    strays: new Map(),
    weights: () =>
      namedIn(world.actions)
        .map(({ pool, weight }) => `${nameOf(pool)} ${weight}`)
        .join(', '),
    set(weights) {
      const list = Object.entries(weights).map(([name, weight]) => ({ pool: arn(name), weight }));
      replace(
        world,
        world.actions.map((action) => (action.kind === 'forward' ? { ...action, pools: list } : action)),
      );
    },
    actor: (options = {}) => createActor(world, options),
  };
  replace(world, world.actions);
  return world;
}

type Call = <T>(name: CallName, effect: () => T, onFault?: (fault: FlipFault) => T) => Promise<T>;

function createActor(world: PoolFlipWorld, { jitter = 0.5, latency = () => [1, 1] }: ActorOptions): Actor {
  const { time } = world;
  const lines: string[] = [];
  const calls: CallName[] = [];
  const writes: string[] = [];
  const cancellation = new AbortController();
  let dead = false;
  const forever = new Promise<never>(() => undefined);

  /** Every call goes through here: it takes its time, may fail, and a dead caller never hears of its end. */
  const call: Call = async (name, effect, onFault) => {
    if (dead) return forever;
    calls.push(name);
    const number = calls.length;
    const fault = actor.before(name, number);
    if (dead) return forever;
    const [before, after] = latency(name);
    await time.sleep(before);
    const happens = fault === undefined || fault === 'lost-after';
    if (!happens && onFault === undefined) throw new PlatformError(`${name} was refused`);
    const value = happens ? effect() : undefined;
    actor.after(name, number);
    if (dead) return forever;
    await time.sleep(after);
    if (dead) return forever;
    if (fault !== undefined && onFault !== undefined) return onFault(fault);
    if (value === undefined) throw new Error(`${name} gave nothing`);
    return value;
  };

  const clock = time.clock(() => jitter);
  const actor: Actor = {
    lines,
    calls,
    writes,
    before: () => undefined,
    after: () => undefined,
    cancel: () => cancellation.abort(new CancelledError('Cancelled by SIGINT.')),
    kill: () => {
      dead = true;
    },
    context: {
      ...portsOf(world, call, writes),
      clock: {
        ...clock,
        sleep: async (milliseconds, signal) => {
          await clock.sleep(milliseconds, signal);
          if (dead) await forever;
        },
      },
      log: {
        info: (text) => void lines.push(text),
        warning: (text) => void lines.push(`warning: ${text}`),
        group: (_, work) => work(),
      },
      timeline: () => undefined,
      signal: cancellation.signal,
      run: 'https://github.test/acme/web/actions/runs/1',
    },
  };
  return actor;
}

type Ports = Pick<FlipContext, 'router' | 'balancer' | 'instances' | 'alarms' | 'transport' | 'ask'>;

function portsOf(world: PoolFlipWorld, call: Call, writes: string[]): Ports {
  return {
    router: {
      place: (route) =>
        call('place', () => ({
          route,
          balancer: BALANCER,
          balancerType: world.balancerType,
          ...(world.entrance === undefined ? {} : { entrance: world.entrance }),
        })),
      actions: () => call('actions', () => world.actions),
      write: (_, actions) =>
        call<WriteOutcome>(
          'write',
          () => {
            replace(world, actions);
            writes.push(world.weights());
            return { kind: 'accepted' };
          },
          (fault) => {
            if (fault === 'refused') throw new UserError('not allowed to change the weights');
            return { kind: fault === 'busy' ? 'busy' : 'unknown', problem: fault };
          },
        ),
      pool: (wanted) =>
        call('pool', () => {
          const { balancers, protocol, network, targetType, namedSince } = world.pool(wanted);
          const named = namedSince === undefined ? balancers : [BALANCER, ...balancers];
          return { pool: wanted, name: nameOf(wanted), targetType, protocol, network, balancers: named };
        }),
    },
    balancer: {
      settings: (wanted) => call('settings', () => settingsOf(world, wanted)),
      targets: (wanted) => call('targets', () => targetsOf(world, wanted)),
      siblings: never,
      register: never,
      deregister: never,
    },
    instances: { zones: async () => world.zones },
    alarms: {
      read: (names) =>
        call('alarms', () =>
          names.map((name) => ({ kind: 'found', name, type: 'metric', state: world.alarm, reason: '' })),
        ),
    },
    transport: {
      facts: async (hosts) => hosts.map((host) => ({ host, address: host, reachable: true })),
      run: (commands) =>
        call('run', () =>
          commands.map(({ host }) => probed(host, [{ status: 200, body: bodyOf(versionOn(world, host)) }])),
        ),
    },
    ask: (asked, signal) =>
      call('ask', () => {
        signal.throwIfAborted();
        return asked.map((each) => answer(world, each));
      }),
  };
}

async function never(): Promise<never> {
  throw new Error('a flip neither registers nor deregisters');
}
