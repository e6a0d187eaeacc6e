import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { RegionContext } from '../operations/context.ts';
import type { Evidence, EvidenceEnd, KeptEvidence } from '../operations/evidence/keep.ts';
import { type Plan, planDigest } from '../operations/plan/plan.ts';
import type { Edge } from './run-action.ts';
import { runId } from './run-id.ts';

/** What evidence is gathered of. */
export interface EvidenceWish {
  readonly fleet: Fleet;
  readonly zone: Zone;
  readonly action: 'deploy' | 'promote';
  /** What was approved. */
  readonly plan: Plan | undefined;
  readonly dryRun: boolean;
}

/** The evidence of a step while it goes on; see `Evidence`. */
export interface StepEvidence extends Pick<Evidence, 'watched' | 'watchedLedger'> {
  /** Does the work of the step. When it throws, what was done until then is kept all the same, and the error thrown on. */
  during<T>(context: RegionContext, work: () => Promise<T>): Promise<T>;
  /** Keeps the bundle, and says where it is: in the output `evidence-bundle` and in the job summary. */
  close(context: RegionContext, end: EvidenceEnd): Promise<void>;
}

/** Evidence of a step, to be kept beside the ledger; a dry run changes nothing and leaves none. */
export async function openEvidence(edge: Edge, wish: EvidenceWish): Promise<StepEvidence> {
  if (wish.dryRun) return NONE;
  const { fleet, zone, action, plan } = wish;
  const [{ openEvidenceStore }, { gatherEvidence }] = await Promise.all([
    import('../evidence/open.ts'),
    import('../operations/evidence/keep.ts'),
  ]);
  const store = await openEvidenceStore(fleet.ledger, { region: zone.region });
  const run = { url: edge.run, id: runId(edge.env), attempt: runAttempt(edge) };
  const approved = plan === undefined ? {} : { plan: planDigest(plan) };
  const evidence = gatherEvidence(store, { fleet, zone, action, run, ...approved }, edge.clock.now());
  return {
    watched: evidence.watched,
    watchedLedger: evidence.watchedLedger,
    during: async (context, work) => {
      try {
        return await work();
      } catch (error) {
        await show(edge, await evidence.closeThrown(context, error));
        throw error;
      }
    },
    close: async (context, end) => show(edge, await evidence.close(context, end)),
  };
}

const NONE: StepEvidence = {
  watched: (context) => context,
  watchedLedger: (ledger) => ledger,
  during: (_, work) => work(),
  close: () => Promise.resolve(),
};

async function show(edge: Edge, kept: KeptEvidence | undefined): Promise<void> {
  if (kept === undefined) return;
  const { evidenceLine } = await import('../report/evidence.ts');
  edge.setOutput('evidence-bundle', kept.place);
  await edge.summary(evidenceLine(kept));
}

/** Grows from 1 with every time that a run is started again (docs.github.com, "Variables reference", GITHUB_RUN_ATTEMPT). */
function runAttempt({ env }: Edge): number {
  const text = env['GITHUB_RUN_ATTEMPT'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 1;
}
