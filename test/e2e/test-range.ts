import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { pack } from '../../examples/storefront/pack.ts';
import { loadFleet } from '../../src/fleet/load.ts';
import type { Range, RangeFault } from '../../src/range/range.ts';
import { startRange } from '../../src/range/start.ts';
import { until } from '../range/support.ts';
import { killBundlesBelow } from './run-bundle.ts';

export const POOL =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/storefront/6d0ecf831eec9f09';
export const [A1, A2, B3, B4] = [
  'i-0a000000000000001',
  'i-0a000000000000002',
  'i-0b000000000000003',
  'i-0b000000000000004',
] as const;

export interface TestRange {
  readonly range: Range;
  /** Text of the fleet file. */
  readonly fleet: string;
  /** For the files of steps. */
  readonly folder: string;
  /** State of each target. */
  targets(): Promise<Readonly<Record<string, string>>>;
  /** What may not change when nothing is touched: targets, releases and processes. */
  everything(): Promise<object>;
  release(host: string): Promise<string | undefined>;
  untilAllHealthy(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a range with a folder of its own.
 *
 * @param file fleet file beside this one, with the four hosts and the pool named above
 * @param more packs releases of the test's own into the folder that it is given
 */
export async function startTestRange(
  faults: readonly RangeFault[] = [],
  file = 'fleet.yml',
  more: (releases: string) => Promise<unknown> = async () => undefined,
): Promise<TestRange> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  const fleet = await readFile(join(import.meta.dirname, file), 'utf8');
  await writeFile(join(folder, 'fleet.yml'), fleet);
  await pack(join(folder, 'releases'));
  await more(join(folder, 'releases'));
  const range = await startRange({
    fleet: await loadFleet(join(folder, 'fleet.yml')),
    fleetFolder: folder,
    folder: join(folder, 'range'),
    seed: 1,
    faults,
  });
  const client = new ElasticLoadBalancingV2Client({
    endpoint: range.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: range.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: range.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const targets = async () => {
    const answer = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: POOL }));
    return Object.fromEntries(
      (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => [
        Target?.Id ?? '',
        TargetHealth?.State ?? '',
      ]),
    );
  };
  return {
    range,
    fleet,
    folder,
    targets,
    everything: async () => ({ targets: await targets(), hosts: await range.hosts() }),
    release: async (host) => (await range.hosts()).find((each) => each.host === host)?.release,
    untilAllHealthy: () =>
      until(async () => {
        const states = Object.values(await targets());
        return states.length === 4 && states.every((state) => state === 'healthy');
      }, 'all four targets are healthy'),
    stop: async () => {
      killBundlesBelow(folder);
      client.destroy();
      await range.stop();
      await rm(folder, { recursive: true, maxRetries: 3 });
    },
  };
}
