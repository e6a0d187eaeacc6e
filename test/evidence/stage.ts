import { sealBundle } from '../../src/evidence/bundle.ts';
import type { EvidenceBundle, Recorded } from '../../src/evidence/document.ts';
import type { EvidenceStore } from '../../src/evidence/port.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import type { RegionContext } from '../../src/operations/context.ts';
import { type EvidenceEnd, gatherEvidence, type KeptEvidence } from '../../src/operations/evidence/keep.ts';
import type { ZoneReport } from '../../src/operations/zone/deploy-zone.ts';
import type { World } from '../operations/world.ts';
import { createZones, deploy, makeFleet } from '../operations/zone.ts';

/** Bundles in memory. */
export interface MemoryEvidence extends EvidenceStore {
  readonly kept: Map<string, string>;
}

export function memoryEvidence(): MemoryEvidence {
  const kept = new Map<string, string>();
  return {
    place: 's3://releases/storefront/ledger/evidence',
    kept,
    write: async (name, text) => {
      kept.set(name, text);
      return `s3://releases/storefront/ledger/evidence/${name}.json`;
    },
  };
}

export interface RecordedZone {
  readonly world: World;
  readonly report: ZoneReport;
  readonly kept: KeptEvidence | undefined;
  readonly text: string;
  readonly bundle: EvidenceBundle;
}

export interface Wish {
  readonly fleet?: Fleet;
  readonly world?: World;
  readonly version?: string;
  readonly end?: Partial<EvidenceEnd>;
  readonly store?: MemoryEvidence;
}

/** Deploys a release, 1.1.0 when not said, to the first zone of a fake world, and gives what was recorded of it. */
export async function recordZone(wish: Wish = {}): Promise<RecordedZone> {
  const {
    fleet = makeFleet(),
    world = createZones(fleet.zones[0]?.hosts.length),
    store = memoryEvidence(),
  } = wish;
  const [zone] = fleet.zones;
  if (zone === undefined) throw new Error('the fleet has no zone');
  const run = { url: world.context.run, id: 7, attempt: 1 };
  const evidence = gatherEvidence(store, { fleet, zone, action: 'deploy', run }, world.now());
  const context: RegionContext = { ...world.context, alarms: { read: async () => [] } };
  const request = { fleet, zone: zone.zone, version: wish.version ?? '1.1.0', dryRun: false };
  const report = await deploy(evidence.watched(context), request);
  const problem = report.problem === undefined ? {} : { problem: report.problem.message };
  const kept = await evidence.close(context, {
    release: { version: report.version, sha256: report.sha256 },
    approvals: [{ login: 'alice', environment: zone.environment, letThrough: '2026-11-20T00:00:00.000Z' }],
    hosts: report.hosts,
    outcome: { state: report.state === 'planned' ? 'stopped' : report.state, ...problem },
    ...wish.end,
  });
  const text = [...store.kept.values()][0] ?? '';
  return { world, report, kept, text, bundle: JSON.parse(text || 'null') };
}

/** The same bundle with other entries and facts, sealed anew: its chain is intact. */
export function resealed(
  { schema: _, thinned: __, head: ___, entries, ...facts }: EvidenceBundle,
  change: (entries: readonly Recorded[]) => readonly Recorded[],
  other: Partial<EvidenceBundle> = {},
): EvidenceBundle {
  const bare = entries.map(({ n: ____, sha256: _____, ...entry }) => entry);
  return sealBundle({ ...facts, ...other }, change(bare));
}
