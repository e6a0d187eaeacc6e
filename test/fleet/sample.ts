import type { ObservedTarget, PoolSettings, TargetState } from '../../src/balancers/port.ts';
import type { PoolView } from '../../src/fleet/floor.ts';

/** A fleet file with nothing in it but what must be. */
export const SMALLEST = `service: storefront
release:
  artifact: s3://acme-releases/storefront/{version}.tar.gz
ledger: s3://acme-releases/storefront/ledger.json
hosts:
  directory: /srv/storefront
zones:
  - zone: us-east-1a
    environment: storefront-us-east-1a
    hosts:
      - i-0123456789abcdef0
    pools:
      - target-group: arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef
`;

export function targetGroup(region: string, name = 'web'): string {
  return `arn:aws:elasticloadbalancing:${region}:000000000000:targetgroup/${name}/0123456789abcdef`;
}

export function target(id: string, state: TargetState = 'healthy', port = 80): ObservedTarget {
  return { id, port, state, shifted: false };
}

/** A pool as an ALB gives it: cross-zone on, both thresholds at one. */
export function pool(targets: readonly ObservedTarget[], settings: Partial<PoolSettings> = {}): PoolView {
  return {
    settings: {
      pool: targetGroup('us-east-1'),
      name: 'web',
      targetType: 'instance',
      balancerType: 'application',
      defaultPort: 80,
      crossZone: true,
      deregistrationDelay: 300_000,
      connectionTermination: false,
      slowStart: 0,
      failOpen: { count: 1 },
      dnsFailover: { count: 1 },
      healthChecked: true,
      healthCheckInterval: 30_000,
      healthCheckStatuses: '200',
      entrances: [],
      ...settings,
    },
    targets,
  };
}
