import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pack } from '../examples/storefront/pack.ts';
import type { Fleet } from '../src/fleet/fleet.ts';
import { loadFleet, renderFleet } from '../src/fleet/load.ts';
import { forkRange } from '../src/range/fork.ts';
import { RUNNER_PATIENCE, runStep } from '../src/rehearsal/runner.ts';
import { type MeteredCall, startMeter } from './meter.ts';

const root = resolve(import.meta.dirname, '..');
const ZONE = 'eu-west-1a';

/** How long a zone took, and what nobody could have saved. Milliseconds. */
export interface ZoneTime {
  readonly hosts: number;
  readonly took: number;
  /** Propagation and quiet period of each batch, and the health checks after the first that must find it healthy. */
  readonly unavoidable: number;
  readonly batches: number;
  readonly calls: readonly MeteredCall[];
}

/**
 * Deploys one zone of the storefront by the committed bundle, on the range without load, under the waits that are meant
 * for a real ALB: 15 s propagation, 5 s quiet, health checks 5 s apart. Calls of S3 take as long as they may there.
 */
export async function measureZone(): Promise<ZoneTime> {
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-bench-'));
  const source = join(root, 'examples/storefront/fleet.yml');
  await pack(join(folder, 'releases'));
  const fleet = await asOnAws(source);
  const range = await forkRange({
    fleet,
    fleetFolder: folder,
    folder: join(folder, 'range'),
    seed: 1,
    faults: [],
  });
  const meter = await startMeter(range.endpoint);
  try {
    const file = join(folder, 'fleet.yml');
    await writeFile(file, renderFleet(fleet));
    const { exitCode, duration, annotations } = await runStep({
      bundle: join(root, 'dist/deploy-zone/index.js'),
      inputs: { fleet: file, zone: ZONE, version: '1.1.0', 'allow-unprotected': 'true' },
      environment: { ...range.environment, AWS_ENDPOINT_URL: meter.url },
      folder: join(folder, 'step'),
      repository: 'acme/storefront',
      runId: '1',
      onLine: () => {},
      signal: new AbortController().signal,
      patience: RUNNER_PATIENCE,
    });
    if (exitCode !== 0)
      throw new Error(`the zone was not deployed: ${annotations.map(({ message }) => message).join()}`);
    return { ...unavoidableOf(fleet), took: duration, calls: meter.calls() };
  } finally {
    await meter.stop();
    await range.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function asOnAws(file: string): Promise<Fleet> {
  const fleet = await loadFleet(file);
  const { range } = fleet;
  if (range === undefined) throw new Error('the storefront has no range');
  const balancer = {
    ...range.balancer,
    propagation: 10_000,
    deregistrationDelay: 60_000,
    healthCheckInterval: 5_000,
  };
  // Nothing comes before the zone, so that it may begin.
  const zones = fleet.zones.slice(fleet.zones.findIndex(({ zone }) => zone === ZONE));
  const alarms = range.alarms.filter(({ name }) => zones.some((zone) => zone.alarms.includes(name)));
  return { ...fleet, zones, range: { ...range, balancer, alarms } };
}

function unavoidableOf(fleet: Fleet): Omit<ZoneTime, 'took' | 'calls'> {
  const { drain, restore } = fleet.policy;
  const hosts = fleet.zones.find(({ zone }) => zone === ZONE)?.hosts.length ?? 0;
  const interval = fleet.range?.balancer.healthCheckInterval ?? 0;
  const batch = 15_000 + drain.quiet + (restore.checks - 1) * interval;
  // Half of two hosts is one: every host is a batch of its own.
  return { hosts, batches: hosts, unavoidable: hosts * batch };
}
