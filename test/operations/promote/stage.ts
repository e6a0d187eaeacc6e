import type { Observation } from '../../../src/checks/check.ts';
import type { BakePolicy, Fleet, Zone } from '../../../src/fleet/fleet.ts';
import type { ReleaseKey } from '../../../src/ledger/document.ts';
import { promoteZone } from '../../../src/operations/promote/promote-zone.ts';
import type {
  PromotePorts,
  PromoteRequest,
  PromotionReport,
} from '../../../src/operations/promote/request.ts';
import type { AlarmReading, MetricReading } from '../../../src/signals/port.ts';
import { createLedger, type FakeLedger, NEW } from '../admission/stage.ts';
import { alarmIn } from '../bake-stage.ts';
import { digestOf } from '../fake-host.ts';
import { onVirtualTime } from '../lease/virtual-time.ts';
import type { World } from '../world.ts';
import { BAKE, createZones, deploy, makeFleet, toZone } from '../zone.ts';

export const ZONE = 'us-east-1a';
export const OLD: ReleaseKey = { version: '1.0.0', sha256: digestOf('1.0.0'), ordinal: 6 };

/** A zone that was just deployed and is to be promoted. */
export interface PromoteStage {
  readonly world: World;
  readonly ledger: FakeLedger;
  readonly ports: PromotePorts;
  /** What is said of an alarm, at each look; healthy at first. */
  alarm: (look: number, name: string) => AlarmReading;
  /** What the URL of the gate answers, at each look. */
  gate: (look: number) => Observation;
  datapoints: (name: string) => MetricReading;
  /** Milliseconds since the promotion began. */
  elapsed(): number;
  promote(policy?: Partial<BakePolicy>, changes?: Partial<PromoteRequest>): Promise<PromotionReport>;
}

/** @param hosts in each of the two zones */
export async function setPromoteStage(hosts = 2): Promise<PromoteStage> {
  const world = createZones(hosts);
  const ledger = createLedger();
  const { clock, leaseTiming } = onVirtualTime(world.context.clock);
  await deploy(world.context, toZone({ fleet: makeFleet({}, hosts) }));
  const began = world.now();
  ledger.set(ZONE, 'deployed', { release: NEW, before: OLD, began: new Date(began).toISOString() });
  let looks = 0;
  let answers = 0;
  const stage: PromoteStage = {
    world,
    ledger,
    alarm: (_, name) => alarmIn(name, 'open'),
    gate: () => answer(200, 'all is well'),
    datapoints: (name) => ({ kind: 'counted', name, datapoints: 5 }),
    elapsed: () => world.now() - began,
    ports: {
      ledger,
      leaseTiming,
      context: {
        ...world.context,
        clock,
        alarms: {
          read: async (names) => {
            looks += 1;
            return names.map((name) => stage.alarm(looks, name));
          },
        },
      },
      metrics: { count: async (names) => names.map((name) => stage.datapoints(name)) },
      askFromRunner: async (asked) => {
        answers += 1;
        return asked.map(() => stage.gate(answers));
      },
    },
    promote: (policy = {}, changes = {}) =>
      promoteZone(stage.ports, { ...requestFor(policy, hosts), ...changes }),
  };
  return stage;
}

export function answer(status: number, body: string): Observation {
  return { kind: 'http', status, headers: {}, body, milliseconds: 5 };
}

export function requestFor(policy: Partial<BakePolicy>, hosts = 2): PromoteRequest {
  const bake = { ...BAKE, firstZoneStable: 60_000, ...policy };
  const plain = makeFleet({ bake }, hosts);
  const fleet: Fleet = {
    ...plain,
    zones: plain.zones.map((zone) => (zone.zone === ZONE ? { ...zone, alarms: ['web-5xx'] } : zone)),
  };
  return { fleet, zone: firstOf(fleet), version: '1.1.0', runId: 7, leaseWait: 0, dryRun: false };
}

function firstOf({ zones: [zone] }: Fleet): Zone {
  if (zone === undefined) throw new Error('a fleet has a zone');
  return zone;
}
