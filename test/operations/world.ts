import type { Balancer, ObservedTarget, PoolSettings, TargetKey } from '../../src/balancers/port.ts';
import type { HostCommand, Transport } from '../../src/hosts/port.ts';
import type { Clock, Context, TimelineEvent } from '../../src/operations/context.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { type FakeGroup, fakeScaling } from './fake-groups.ts';
import { digestOf, type FakeHost, performScript, type ScriptName, scriptName } from './fake-host.ts';

export const RUN = 'https://github.test/acme/storefront/actions/runs/7';
export const HEALTH_CHECK_INTERVAL = 1_000;
const DEREGISTRATION_DELAY = 300_000;
/** 2026-11-21T00:00:00Z: the world begins at a whole second. */
const BEGINNING = 1_795_219_200_000;

type Method =
  | 'members'
  | 'group'
  | 'scaling'
  | 'settings'
  | 'targets'
  | 'register'
  | 'deregister'
  | 'facts'
  | 'find'
  | 'url';

/** One thing that was asked of the world: a port's method, or a script on one host. */
export interface Call {
  readonly what: Method | ScriptName;
  /** Pool, host or location. */
  readonly subject: string;
  readonly targets: readonly TargetKey[];
}

/** What goes wrong with a call: nothing happens, or it happens and the answer is lost. */
export type Fault = 'refused' | 'cut';

interface Registration extends TargetKey {
  readonly since: number;
  readonly drainedAt?: number;
}

export interface World {
  readonly hosts: ReadonlyMap<string, FakeHost>;
  /** Everything that was asked, in order. */
  readonly calls: readonly Call[];
  readonly log: readonly string[];
  readonly timeline: readonly TimelineEvent[];
  readonly context: Context;
  /** Called before each call takes effect. */
  before: (call: Call) => Fault | undefined;
  /** Is told of each command that is run on a host. */
  command: (command: HostCommand) => void;
  /** Called after each call. */
  after: (call: Call) => void;
  /** Changes what the balancer shows. */
  show: (target: ObservedTarget) => ObservedTarget | undefined;
  /** Changes the settings of every pool. */
  settings: Partial<PoolSettings>;
  /** Pools on the load balancers of a pool; only itself when it is not named. */
  readonly siblings: Map<string, readonly string[]>;
  /** Auto Scaling groups; none at first. */
  readonly groups: FakeGroup[];
  /** Zones of hosts, as their groups know them. */
  readonly zones: Map<string, string>;
  host(id: string): FakeHost;
  now(): number;
  cancel(): void;
  /** What is really registered and not leaving, whatever the balancer shows. */
  inService(pool: string): readonly FakeHost[];
  /** Registers hosts or takes them out, as somebody else would. */
  join(pool: string, ids: readonly string[]): void;
  leave(pool: string, ids: readonly string[]): void;
  /** Calls that change the world. */
  changes(): readonly Call[];
}

/**
 * A small world behind the ports: pools with a balancer that counts time, hosts that install, switch and answer. It
 * refuses everything it does not know.
 *
 * @param pools hosts of each pool, all registered and healthy
 */
export function createWorld(
  pools: Readonly<Record<string, readonly string[]>>,
  release = '1.0.0',
  published: readonly string[] = [],
): World {
  let now = BEGINNING;
  const cancellation = new AbortController();
  const calls: Call[] = [];
  const log: string[] = [];
  const timeline: TimelineEvent[] = [];
  const ids = [...new Set(Object.values(pools).flat())];
  const hosts = new Map(ids.map((id, index) => [id, fakeHost(id, index, release)]));
  const registered = new Map(
    Object.entries(pools).map(([pool, members]) => {
      const since = BEGINNING - 60_000;
      return [pool, new Map(members.map((id) => [`${id}:8080`, { id, port: 8080, since } as Registration]))];
    }),
  );

  const host = (id: string): FakeHost => {
    const found = hosts.get(id);
    if (found === undefined) throw new Error(`The world has no host ${id}.`);
    return found;
  };
  const poolOf = (pool: string): Map<string, Registration> => {
    const found = registered.get(pool);
    if (found === undefined) throw new Error(`The world has no pool ${pool}.`);
    for (const [key, { drainedAt }] of found)
      if (drainedAt !== undefined && drainedAt <= now) found.delete(key);
    return found;
  };
  const join = (pool: string, targets: readonly TargetKey[]): void => {
    for (const { id, port } of targets) {
      const members = poolOf(pool);
      const there = members.get(`${id}:${port}`);
      if (there === undefined || there.drainedAt !== undefined) {
        members.set(`${id}:${port}`, { id: host(id).id, port, since: now });
      }
    }
  };
  const leave = (pool: string, targets: readonly TargetKey[]): void => {
    const members = poolOf(pool);
    for (const { id, port } of targets) {
      const there = members.get(`${id}:${port}`);
      if (there?.drainedAt === undefined && there !== undefined) {
        members.set(`${id}:${port}`, { ...there, drainedAt: now + DEREGISTRATION_DELAY });
      }
    }
  };
  const observe = ({ id, port, since, drainedAt }: Registration): ObservedTarget => {
    const { sick, process } = host(id);
    if (drainedAt !== undefined) return { id, port, state: 'draining', shifted: false };
    if (sick || process === undefined) {
      return { id, port, state: 'unhealthy', reason: 'Target.ResponseCodeMismatch', shifted: false };
    }
    return { id, port, state: now - since < HEALTH_CHECK_INTERVAL ? 'initial' : 'healthy', shifted: false };
  };

  /** Every call goes through here: it is recorded, and may be made to fail. */
  const call = <T>(
    what: Call['what'],
    subject: string,
    effect: () => T,
    targets: readonly TargetKey[] = [],
  ) => {
    const made = { what, subject, targets };
    calls.push(made);
    const fault = world.before(made);
    if (fault === 'refused') throw new PlatformError(`${what} ${subject} refused`);
    const value = effect();
    world.after(made);
    if (fault === 'cut') throw new PlatformError(`${what} ${subject}: the answer was lost`);
    return value;
  };

  const clock: Clock = {
    now: () => now,
    jitter: () => 0.5,
    async sleep(milliseconds, signal) {
      if (signal.aborted) throw new CancelledError('Cancelled while waiting.');
      const end = now + milliseconds;
      await Promise.resolve();
      now = Math.max(now, end);
      if (signal.aborted) throw new CancelledError('Cancelled while waiting.');
    },
  };
  const balancer: Balancer = {
    settings: async (pool) => call('settings', pool, () => ({ ...settingsOf(pool), ...world.settings })),
    siblings: async (pool) => {
      poolOf(pool);
      return world.siblings.get(pool) ?? [pool];
    },
    targets: async (pool) =>
      call('targets', pool, () =>
        [...poolOf(pool).values()].flatMap((each) => world.show(observe(each)) ?? []),
      ),
    register: async (pool, targets) => call('register', pool, () => join(pool, targets), targets),
    deregister: async (pool, targets) => call('deregister', pool, () => leave(pool, targets), targets),
  };
  const groups: FakeGroup[] = [];
  const zones = new Map<string, string>();
  const scaling = fakeScaling(groups, zones, call, {
    now: () => now,
    launch: (id, zone) => {
      hosts.set(id, fakeHost(id, hosts.size, release));
      zones.set(id, zone);
    },
  });
  const transport: Transport = {
    facts: async (asked) =>
      call('facts', asked.join(' '), () =>
        asked.map((id) => {
          const { address, reachable } = host(id);
          return reachable
            ? { host: id, address, reachable }
            : { host: id, reachable, problem: 'its agent is silent' };
        }),
      ),
    run: async (commands, signal) => {
      if (signal.aborted) throw new CancelledError('Cancelled while waiting for hosts.');
      const results = commands.map((command) => {
        world.command(command);
        const name = scriptName(command.script);
        try {
          const effect = () => performScript(world, host(command.host), name, command.arguments);
          return call(name, command.host, effect);
        } catch (error) {
          if (!(error instanceof PlatformError)) throw error;
          return { host: command.host, outcome: 'lost', reason: error.message } as const;
        }
      });
      await clock.sleep(200, signal);
      return results;
    },
  };
  const archives = new Set([release, ...published]);
  const world: World = {
    hosts,
    calls,
    log,
    timeline,
    siblings: new Map(),
    groups,
    zones,
    context: {
      balancer,
      scaling,
      transport,
      artifacts: {
        find: async (location, sha256) =>
          call('find', location, () => {
            const version = /\/(?<version>[^/]+)\.tar\.gz$/.exec(location)?.groups?.['version'] ?? '';
            if (!archives.has(version))
              throw new UserError(`${location} does not exist. Nothing was touched.`);
            return { location, format: 'tar.gz', size: 1, sha256: sha256 ?? digestOf(version) };
          }),
        url: async ({ location }) => call('url', location, () => `https://s3.test/${location}`),
      },
      clock,
      log: {
        info: (text) => void log.push(text),
        warning: (text) => void log.push(`warning: ${text}`),
        group: (_, work) => work(),
      },
      timeline: (event) => void timeline.push(event),
      signal: cancellation.signal,
      run: RUN,
    },
    before: () => undefined,
    command: () => {},
    after: () => undefined,
    show: (target) => target,
    settings: {},
    host,
    now: () => now,
    cancel: () => cancellation.abort(new CancelledError('Cancelled by SIGINT.')),
    inService: (pool) =>
      [...poolOf(pool).values()].flatMap(({ id, drainedAt }) => (drainedAt === undefined ? [host(id)] : [])),
    join: (pool, members) =>
      join(
        pool,
        members.map((id) => ({ id, port: 8080 })),
      ),
    leave: (pool, members) =>
      leave(
        pool,
        members.map((id) => ({ id, port: 8080 })),
      ),
    changes: () =>
      calls.filter(({ what }) => ['register', 'deregister', 'record', 'clear', 'installer'].includes(what)),
  };
  return world;
}

function fakeHost(id: string, index: number, release: string): FakeHost {
  return {
    id,
    address: `10.0.0.${index + 1}`,
    reachable: true,
    sick: false,
    hidden: false,
    stale: false,
    connections: 0,
    used: true,
    installed: new Map([[release, digestOf(release)]]),
    ordinals: new Map(),
    current: release,
    switchedAt: BEGINNING / 1_000 - 3_601,
    previous: '',
    bootless: false,
    process: { version: release, sha256: digestOf(release), startedAt: BEGINNING - 3_600_000 },
    record: undefined,
  };
}

function settingsOf(pool: string): PoolSettings {
  return {
    pool,
    name: pool,
    targetType: 'instance',
    balancerType: 'application',
    defaultPort: 8080,
    crossZone: true,
    deregistrationDelay: DEREGISTRATION_DELAY,
    connectionTermination: false,
    slowStart: 0,
    failOpen: { count: 1 },
    dnsFailover: { count: 1 },
    healthChecked: true,
    healthCheckInterval: HEALTH_CHECK_INTERVAL,
    healthCheckPath: '/healthz',
    healthCheckStatuses: '200',
    entrances: [`http://${pool}.balancer.test:80`],
  };
}
