import type { Environment, GitHub, OtherRun } from '../../../src/github/port.ts';
import type { Lease, Ledger, ZoneEntry } from '../../../src/ledger/document.ts';
import { renderLedger } from '../../../src/ledger/parse.ts';
import type { LedgerStore } from '../../../src/ledger/port.ts';
import type { RegionContext } from '../../../src/operations/context.ts';
import {
  type PlanPorts,
  type PlanReport,
  type PlanRequest,
  planZones,
} from '../../../src/operations/plan/plan-zones.ts';
import type { ProtectionPolicy } from '../../../src/operations/plan/protection.ts';
import type { AlarmReading } from '../../../src/signals/port.ts';
import { digestOf } from '../fake-host.ts';
import { RUN, type World } from '../world.ts';
import { createZones, makeFleet } from '../zone.ts';

export const STRICT: ProtectionPolicy = {
  allowUnprotected: false,
  requirePreventSelfReview: false,
  requireBranchPolicy: false,
  forbidAdminBypass: false,
};

/** Every field changed by `changes`: an environment that anybody would be content with. */
export function environmentOf(name: string, changes: Partial<Environment> = {}): Environment {
  return {
    name,
    reviewers: ['ada'],
    preventSelfReview: true,
    branchPolicy: true,
    adminsBypass: false,
    waitTimer: 0,
    ...changes,
  };
}

export interface PlanStage {
  readonly world: World;
  /** Worlds of other regions. */
  readonly elsewhere: Map<string, World>;
  /** By name; those of `makeFleet` at first. */
  readonly environments: Map<string, Environment>;
  readonly runs: OtherRun[];
  /** Readings of alarms by name; one that is missing does not exist. */
  readonly alarms: Map<string, AlarmReading>;
  readonly entries: Map<string, ZoneEntry>;
  /** Who holds the lease of the service; nobody at first. */
  lease?: Lease;
  /** Hosts that are out of service by the ledger; none at first. */
  out?: Ledger['out'];
  /** What a part of GitHub or the ledger throws. */
  readonly broken: Map<'environment' | 'otherRuns' | 'visibility' | 'ledger', Error>;
  visibility: 'public' | 'private' | 'internal';
  plan(request?: Partial<PlanRequest>, token?: 'no token'): Promise<PlanReport>;
}

/** The fleet of `makeFleet` in the world of `createZones`, ready for 1.1.0. */
export function setPlanStage(world: World = createZones()): PlanStage {
  // Less than the drain may take, as people set it.
  world.settings = { deregistrationDelay: 30_000 };
  const stage: PlanStage = {
    world,
    elsewhere: new Map(),
    environments: new Map(
      ['a', 'b'].map((zone) => [`storefront-us-east-1${zone}`, environmentOf(`storefront-us-east-1${zone}`)]),
    ),
    runs: [],
    alarms: new Map(),
    entries: new Map(),
    broken: new Map(),
    visibility: 'public',
    plan: (request = {}, token) => {
      const { github, ...ports } = portsOf(stage);
      return planZones(token === undefined ? { ...ports, github } : ports, world.context, {
        fleet: makeFleet(),
        version: '1.1.0',
        ordinal: 7,
        rollBack: false,
        protection: STRICT,
        runId: 7,
        ...request,
      });
    },
  };
  return stage;
}

function portsOf(stage: PlanStage): PlanPorts & { readonly github: GitHub } {
  const { world, elsewhere, alarms } = stage;
  return {
    // Made anew each time, as nobody promises otherwise.
    regions: (region): RegionContext => ({
      ...(elsewhere.get(region) ?? world).context,
      alarms: {
        read: async (names) => names.map((name) => alarms.get(name) ?? { kind: 'missing', name, region }),
      },
    }),
    ledger: ledgerOf(stage),
    github: githubOf(stage),
  };
}

function githubOf({ broken, environments, runs, ...stage }: PlanStage): GitHub {
  const told = async <T>(what: Parameters<typeof broken.get>[0], value: T): Promise<T> => {
    const error = broken.get(what);
    if (error !== undefined) throw error;
    return value;
  };
  const never = () => Promise.reject(new Error('Planning does not ask this.'));
  return {
    repository: 'acme/storefront',
    visibility: () => told('visibility', stage.visibility),
    environment: (name) => told('environment', environments.get(name)),
    otherRuns: () => told('otherRuns', runs),
    reviews: never,
    letThrough: never,
    findIssue: never,
    openIssue: never,
    commentIssue: never,
  };
}

function ledgerOf({ broken, entries, lease, out }: PlanStage): LedgerStore {
  return {
    place: 's3://releases/storefront/ledger.json',
    read: async () => {
      const error = broken.get('ledger');
      if (error !== undefined) throw error;
      const ledger: Ledger = {
        schema: 1,
        service: 'storefront',
        zones: Object.fromEntries(entries),
        releases: [],
        ...(lease === undefined ? {} : { fence: lease.token, lease }),
        ...(out === undefined ? {} : { out }),
      };
      return { text: renderLedger(ledger), revision: '1' };
    },
    write: () => Promise.reject(new Error('Planning writes nothing.')),
  };
}

/** The ledger's word that a zone has a release. */
export function entryOf(version: string, changes: Partial<ZoneEntry> = {}, ordinal = 7): ZoneEntry {
  const at = '2026-11-20T10:00:00.000Z';
  return {
    state: 'promoted',
    release: { version, sha256: digestOf(version), ordinal },
    run: RUN,
    runId: 6,
    began: at,
    at,
    ...changes,
  };
}

/** Puts a release onto a host as if it had been deployed there before. */
export function haveRelease({ world }: PlanStage, id: string, version: string, ordinal = 7): void {
  const host = world.host(id);
  host.installed.set(version, digestOf(version));
  host.ordinals.set(version, ordinal);
  host.current = version;
  host.switchedAt = world.now() / 1_000 - 600;
  host.process = { version, sha256: digestOf(version), startedAt: world.now() - 599_000 };
}
