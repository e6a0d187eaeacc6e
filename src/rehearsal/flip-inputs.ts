import { stringify } from 'yaml';
import type { Check } from '../checks/check.ts';
import { fromCheck } from '../checks/normalize.ts';
import { writeDuration } from '../fleet/duration.ts';
import type { Identity, RangeDnsSettings } from '../fleet/fleet.ts';
import { poolName } from '../fleet/flip-steps.ts';
import { PlatformError } from '../runner/errors.ts';
import type { RangedFleet } from './ranged-fleet.ts';
import type { Site } from './stages.ts';

type Inputs = Readonly<Record<string, string>>;

/** Shares for the second pool; the first one is small, so that few users see what is wrong with it. */
const STEPS = '10%, 50%, 100%';
/** How long each of them is watched. */
const BAKE = '2s';
/** The least that pool-flip waits for after a write; the range's balancers have heard long before. */
const PROPAGATION = '10s';
/** All hosts of a range share one machine: many that start at once would slow down those that serve. */
const AT_ONCE = '2';
/** How long cname-flip waits for the name servers; the range's differ by `range.dns.lag`. */
const SERVERS_LIMIT = 10_000;

/** Inputs of upgrade-host that bring the release to these hosts. */
export function upgradeInputs(fleet: RangedFleet, hosts: readonly string[], site: Site): Inputs {
  const { directory, keepReleases, hooks, unit, hookTimeout, startTimeout, identity } = fleet.hosts;
  return given({
    hosts: withPorts(hosts, site),
    artifact: fleet.release.artifact.replaceAll('{version}', site.version),
    version: site.version,
    directory,
    service: fleet.service,
    'before-install': hooks.beforeInstall,
    stop: hooks.stop,
    start: hooks.start,
    'after-install': hooks.afterInstall,
    verify: hooks.verify,
    unit,
    'hook-timeout': writeDuration(hookTimeout),
    'start-timeout': writeDuration(startTimeout),
    'keep-releases': String(keepReleases),
    'max-parallel': AT_ONCE,
    'identity-url': identity?.url,
    'identity-version': identity?.version,
    'identity-digest': identity?.digest,
    'identity-started': identity?.started,
  });
}

/** Inputs of smoke-test that prove the release on these hosts. */
export function smokeInputs(
  fleet: RangedFleet,
  hosts: readonly string[],
  site: Site,
  checks: readonly Check[],
): Inputs {
  return given({
    hosts: withPorts(hosts, site),
    directory: fleet.hosts.directory,
    checks: listOf(checks),
    ...expected(fleet.hosts.identity, site),
  });
}

/**
 * Inputs of pool-flip that move the first listener from one pool to the other.
 *
 * @throws PlatformError when the range has no balancer
 */
export function poolFlipInputs(fleet: RangedFleet, from: string, to: string, site: Site): Inputs {
  const { identity } = fleet.hosts;
  const [balancer] = site.balancers;
  if (balancer === undefined) throw new PlatformError('The range has no balancer to flip.');
  return given({
    listener: balancer.listener,
    // Its name is known to the range's own name servers only.
    through: `http://${balancer.address}:${balancer.port}`,
    ...{ from, to, steps: STEPS, bake: BAKE, propagation: PROPAGATION },
    checks: listOf(throughBalancer(fleet)),
    // A fleet file names no alarms for a flip; the checks are made over and over in their place.
    gates: listOf(throughBalancer(fleet)),
    ...expected(identity, site),
    'verify-identity': identity === undefined ? 'false' : undefined,
  });
}

/**
 * Inputs of cname-flip that move the record from the first balancer to that of another target group.
 *
 * @throws PlatformError when the range has no such balancer
 */
export function nameFlipInputs(
  fleet: RangedFleet,
  dns: RangeDnsSettings,
  second: string,
  site: Site,
): Inputs {
  const from = site.balancers[0];
  const to = site.balancers.find(({ name }) => name === poolName(second));
  if (from === undefined || to === undefined) {
    throw new PlatformError(`The range has no balancer named ${poolName(second)} to move ${dns.record} to.`);
  }
  return given({
    'zone-id': dns.zoneId,
    record: dns.record,
    ...{ type: 'CNAME', from: from.dnsName, to: to.dnsName },
    'name-servers': site.nameServers.join('\n'),
    ...{ scheme: 'http', port: String(to.port) },
    checks: listOf(throughBalancer(fleet)),
    ...expected(fleet.hosts.identity, site),
    timeout: writeDuration(dns.propagation + dns.lag + SERVERS_LIMIT),
  });
}

function expected(identity: Identity | undefined, { version }: Site) {
  if (identity === undefined) return {};
  return { 'expect-version': version, 'identity-url': identity.url, 'identity-version': identity.version };
}

/** Programs are run on hosts only. */
function throughBalancer({ smoke }: RangedFleet): readonly Check[] {
  return smoke.filter(({ type }) => type !== 'command');
}

function listOf(checks: readonly Check[]): string | undefined {
  return checks.length === 0 ? undefined : stringify(checks.map(fromCheck), { lineWidth: 0 });
}

function withPorts(hosts: readonly string[], { ports }: Site): string {
  return hosts.map((host) => `${host}:${ports.get(host) ?? ''}`).join('\n');
}

/** Only the inputs that have a value. */
function given(inputs: Readonly<Record<string, string | undefined>>): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
