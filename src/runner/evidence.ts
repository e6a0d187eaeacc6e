import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { Evidence } from '../operations/evidence/keep.ts';
import type { Edge } from './run-action.ts';
import { runId } from './run-id.ts';

/** What evidence is gathered of. */
export interface EvidenceWish {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly action: 'deploy' | 'promote';
  readonly dryRun: boolean;
}

/** Evidence of a step, to be kept beside the ledger; a dry run changes nothing and leaves none. */
export async function openEvidence(
  edge: Edge,
  { fleet, zone, action, dryRun }: EvidenceWish,
): Promise<Evidence> {
  if (dryRun) return { watched: (context) => context, close: () => Promise.resolve(undefined) };
  const [{ createS3Evidence }, { gatherEvidence }] = await Promise.all([
    import('../evidence/s3.ts'),
    import('../operations/evidence/keep.ts'),
  ]);
  const store = createS3Evidence(`${fleet.ledger.replace(/\.json$/, '')}/evidence`, { region: zone.region });
  const run = { url: edge.run, id: runId(edge.env), attempt: runAttempt(edge) };
  return gatherEvidence(store, { fleet, zone, action, run }, edge.clock.now());
}

/** Grows from 1 with every time that a run is started again (docs.github.com, "Variables reference", GITHUB_RUN_ATTEMPT). */
function runAttempt({ env }: Edge): number {
  const text = env['GITHUB_RUN_ATTEMPT'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 1;
}
