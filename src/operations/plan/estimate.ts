import type { Policy } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import { propagationOf } from '../drain/quiet.ts';

/**
 * A guess for fetching, unpacking, switching and starting a release, in milliseconds: nobody knows it before it is done, and
 * the estimate is for people who wonder whether to wait.
 */
export const INSTALLATION_GUESS = 30_000;

/** Milliseconds that a zone is expected to take. */
export interface Estimate {
  readonly deployment: number;
  readonly bake: number;
}

/**
 * Expected time of a zone when nothing goes wrong: for each batch the drain (propagation and quiet, or the deregistration delay
 * where the policy waits for it), the installation, the health checks in a row, slow start, and the smoke test's warm-up; then
 * the bake. The hosts of a batch go through it together, so that its size does not count.
 *
 * @param first whether it is the first zone of the fleet, which bakes for longer
 */
export function estimateZone(
  { drain, restore, smoke, bake }: Policy,
  views: readonly PoolView[],
  batches: number,
  first: boolean,
): Estimate {
  const longest = (of: (settings: PoolView['settings']) => number) =>
    Math.max(0, ...views.map(({ settings }) => of(settings)));
  const propagation = propagationOf({ drain }, views);
  const quiet = {
    observed: propagation + drain.quiet,
    delay: Math.max(
      propagation,
      longest(({ deregistrationDelay }) => deregistrationDelay),
    ),
    fixed: propagation,
  }[drain.policy];
  // One interval passes until the first check of a returned host; the others follow in a row.
  const healthy = restore.checks * longest(({ healthCheckInterval }) => healthCheckInterval);
  const slowStart = longest((settings) => settings.slowStart);
  const tested = smoke.warmUp + (smoke.consecutive - 1) * smoke.interval;
  return {
    deployment: batches * (quiet + INSTALLATION_GUESS + healthy + slowStart + tested),
    bake: bake.wait + (first ? bake.firstZoneStable : bake.stable),
  };
}
