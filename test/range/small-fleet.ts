import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from '../../examples/storefront/pack.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { loadFleet } from '../../src/fleet/load.ts';

export const POOL =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/storefront/6d0ecf831eec9f09';
export const HOSTS = ['i-0a000000000000001', 'i-0a000000000000002', 'i-0b000000000000003'] as const;

const FILE = `
service: storefront
release:
  artifact: s3://releases/storefront/{version}.tar.gz
ledger: s3://releases/storefront/ledger.json
hosts:
  transport: ssm
  directory: /srv/storefront
  hooks: { stop: ./bin/stop, start: ./bin/start }
zones:
  - zone: us-east-1a
    environment: storefront-us-east-1a
    hosts: [${HOSTS[0]}, ${HOSTS[1]}]
    pools: [{ target-group: '${POOL}' }]
  - zone: us-east-1b
    environment: storefront-us-east-1b
    hosts: [${HOSTS[2]}]
    pools: [{ target-group: '${POOL}' }]
range:
  from: 1.0.0
  to: 1.1.0
  releases: ./releases
  balancer:
    propagation: 100ms
    deregistration-delay: 1s
    health-check-interval: 100ms
    health-check-path: /healthz
`;

export const GREEN_POOL = POOL.replace('/storefront/', '/storefront-green/');
export const SECOND_POOL = POOL.replace('/storefront/', '/storefront-two/');
export const GREEN_HOSTS = ['i-0a000000000000011', 'i-0b000000000000012'] as const;

/** What makes the small fleet one with a second pool, a second balancer and DNS. */
export const FLIPS = `
  second-pool:
    target-group: '${GREEN_POOL}'
    hosts: { us-east-1a: [${GREEN_HOSTS[0]}], us-east-1b: [${GREEN_HOSTS[1]}] }
  second-balancer:
    target-group: '${SECOND_POOL}'
  dns:
    zone: example.test
    zone-id: Z0123456789ABCDEFGHIJ
    record: shop.example.test
    ttl: 1s
    name-servers: 2
    lag: 50ms
    propagation: 100ms
`;

/**
 * Writes a fleet of three hosts in two zones into a folder, with the storefront's releases.
 *
 * @param more lines that are added to its range
 */
export async function makeSmallFleet(
  folder: string,
  more = '',
): Promise<{ readonly file: string; readonly fleet: Fleet }> {
  const file = join(folder, 'fleet.yml');
  await writeFile(file, `${FILE.trimEnd()}\n${more}`);
  await pack(join(folder, 'releases'));
  return { file, fleet: await loadFleet(file) };
}
