import type { Fleet } from '../../../src/fleet/fleet.ts';
import type { Act, Lease, Ledger, OutHost, ZoneState } from '../../../src/ledger/document.ts';
import type { JanitorReport } from '../../../src/operations/janitor/outcome.ts';
import { returnHosts } from '../../../src/operations/janitor/return-hosts.ts';
import type { UndoRecord } from '../../../src/operations/records.ts';
import { createLedger, type FakeLedger, install, NEW } from '../admission/stage.ts';
import { onVirtualTime } from '../lease/virtual-time.ts';
import type { World } from '../world.ts';
import { createZones, makeFleet, record } from '../zone.ts';

export const DEAD = 'https://github.test/acme/storefront/actions/runs/6';

/** How a run that died left a host. */
export interface Left {
  readonly act?: Act;
  /** What its process and `current` are; what it came from when not given. */
  readonly runs?: 'new' | 'old';
  readonly held?: string;
  readonly scaling?: UndoRecord['scaling'];
  /** Whether the balancer still or again sends it requests. */
  readonly serving?: boolean;
  /** Whether the record is on its disk, and whether it is in the ledger. */
  readonly onDisk?: boolean;
  readonly inLedger?: boolean;
}

export interface JanitorStage {
  readonly world: World;
  readonly fleet: Fleet;
  readonly ledger: FakeLedger;
  /** What is in the ledger now. */
  read(): Ledger;
  change(change: (ledger: Ledger) => Ledger): void;
  /** A run was killed while it worked on a host of zone a. */
  leave(host: string, left?: Left): void;
  run(changes?: { readonly fleet?: Fleet; readonly dryRun?: boolean }): Promise<JanitorReport>;
}

/** Two zones of two hosts on 1.0.0; run 6 was deploying 1.1.0 to zone a, and its lease ended a minute ago. */
export function setJanitor(fleet = makeFleet()): JanitorStage {
  const world = createZones();
  const { clock, leaseTiming } = onVirtualTime(world.context.clock);
  const ledger = createLedger();
  const context = { ...world.context, clock, alarms: { read: async () => [] } };
  const read = (): Ledger => JSON.parse(ledger.text ?? '');
  const change = (make: (before: Ledger) => Ledger): void => {
    ledger.text = JSON.stringify(make(read()));
    // The same again: this makes it another revision.
    for (const [zone, entry] of Object.entries(read().zones)) ledger.set(zone, entry.state, entry);
  };
  ledger.set('us-east-1a', 'deploying', { run: DEAD, runId: 6 });
  change((before) => ({ ...before, fence: 4, lease: leaseUntil('2026-11-20T23:59:00.000Z') }));
  return {
    world,
    fleet,
    ledger,
    read,
    change,
    leave: (host, left = {}) => {
      const {
        act = 'install',
        runs = 'old',
        held,
        scaling,
        serving = false,
        onDisk = true,
        inLedger = true,
      } = left;
      const more = { service: 'storefront', from: '1.0.0', ...(scaling && { scaling }) };
      const text = record(host, more);
      if (!serving) world.leave('web', [host]);
      if (runs === 'new') install(world, [host]);
      if (onDisk) world.host(host).record = text;
      if (!inLedger) return;
      const own: OutHost = { zone: 'us-east-1a', record: JSON.parse(text), ...(held && { held }) };
      change(({ out = {}, journal = [], ...rest }) => ({
        ...rest,
        out: { ...out, [host]: own },
        journal: [...journal, intent(act, [host])],
      }));
    },
    run: ({ fleet: other = fleet, dryRun = false } = {}) =>
      returnHosts({ regions: () => context, ledger, leaseTiming }, context, { fleet: other, dryRun }),
  };
}

export function leaseUntil(expires: string): Lease {
  const since = '2026-11-20T23:49:00.000Z';
  return { token: 4, run: DEAD, runId: 6, zone: 'us-east-1a', since, expires };
}

/** An intent of the run that died, which nobody closed. */
export function intent(act: Act, hosts: readonly string[], version = NEW.version) {
  return { act, zone: 'us-east-1a', hosts, version, run: DEAD, token: 4, at: '2026-11-20T23:50:00.000Z' };
}

/** The state of a zone in the ledger. */
export function stateIn(stage: JanitorStage, zone = 'us-east-1a'): ZoneState | undefined {
  return stage.ledger.zone(zone)?.state;
}
