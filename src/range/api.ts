import { randomBytes } from 'node:crypto';
import type { RangeSettings } from '../fleet/fleet.ts';
import { uploadArchives } from './archives.ts';
import { alarmsOf } from './cloudwatch/alarms.ts';
import { cloudWatchService } from './cloudwatch/service.ts';
import { createTraffic } from './cloudwatch/traffic.ts';
import type { RangeDns } from './dns/dns.ts';
import { ec2Service } from './ec2/service.ts';
import { type Balancing, startBalancing } from './elbv2/balancing.ts';
import type { Park } from './hosts/park.ts';
import { startNames } from './names.ts';
import { balancerPlans, type RangePool } from './pools.ts';
import type { RangeOptions } from './range.ts';
import { s3Handler } from './s3/handler.ts';
import { createStore } from './s3/store.ts';
import { startScaling } from './scaling.ts';
import { seeded } from './seeded.ts';
import { createSns, type Sns } from './sns/service.ts';
import { createSsm, type Ssm } from './ssm/service.ts';
import { stsService } from './sts/sts.ts';
import { startEndpoint } from './wire/endpoint.ts';
import { createGate, type Gate } from './wire/gate.ts';

/** Every AWS service of a range, at one address. */
export interface Api {
  readonly endpoint: string;
  readonly balancing: Balancing;
  readonly ssm: Ssm;
  readonly sns: Sns;
  /** None without `range.dns`. */
  readonly dns?: RangeDns;
  /** Still closed: whoever starts the range opens it. */
  readonly gate: Gate;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface ApiParts {
  readonly options: RangeOptions;
  readonly settings: RangeSettings;
  /** Folder with the release archives. */
  readonly releases: string;
  readonly park: Park;
  readonly pools: readonly RangePool[];
  /** Milliseconds that a host may take until it answers. */
  readonly startLimit: number;
}

/**
 * Starts the services with every host registered in its pools.
 *
 * @param started gets what ends them
 */
export async function startApi(parts: ApiParts, started: AsyncDisposableStack): Promise<Api> {
  const { options, settings, releases, park, pools } = parts;
  const { fleet, seed } = options;
  const store = createStore();
  await uploadArchives(fleet, releases, store);
  const ssm = createSsm({ hosts: park.hosts, store });
  started.defer(() => ssm.stop());
  const traffic = createTraffic();
  const balancing = await startBalancing({
    groups: pools.map(({ targetGroup }) => ({ targetGroup })),
    loadBalancers: balancerPlans(pools),
    addresses: settings.dns === undefined ? 'shared' : 'own',
    settings: settings.balancer,
    shifted: options.faults.flatMap((fault) => (fault.kind === 'zonal-shift' ? [fault.zone] : [])),
    locate: park.find,
    traffic,
    random: seeded(seed),
  });
  started.defer(() => balancing.stop());
  for (const { targetGroup, hosts } of pools) balancing.register(targetGroup, hosts);
  const scaling = startScaling({
    ...parts,
    fleet,
    settings: settings.autoScaling,
    healthCheckPath: settings.balancer.healthCheckPath,
    balancing,
    ssm,
    random: seeded(seed + 1),
  });
  started.defer(() => scaling.stop());
  const ec2 = ec2Service(() => park.snapshots());
  const dns = settings.dns && (await startNames(settings.dns, balancing.balancers, seeded(seed + 2)));
  if (dns !== undefined) started.defer(() => dns.stop());
  const { sns: topic } = fleet.notify;
  const sns = createSns({ topics: topic === undefined ? [] : [topic] });
  const alarms = alarmsOf(settings.alarms, { pools, balancer: settings.balancer, traffic });
  const services = [
    ...[balancing.service, ssm.service, scaling.service, ec2, stsService()],
    cloudWatchService({ alarms: () => alarms, traffic }),
    sns.service,
    ...(dns === undefined ? [] : [dns.service]),
  ];
  const credentials = throwAwayCredentials();
  const gate = createGate({ throttling: settings.throttling, clock: () => performance.now() });
  const endpoint = await startEndpoint({ services, gate, s3: s3Handler(store), ...credentials });
  started.defer(() => endpoint.stop());
  return { endpoint: endpoint.url, balancing, ssm, sns, ...(dns && { dns }), gate, credentials };
}

/** Shaped like real ones and of no use anywhere else. */
function throwAwayCredentials(): Api['credentials'] {
  return {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}
