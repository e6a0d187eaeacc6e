import type { WeightedPool } from '../balancers/port.ts';
import { formatDuration } from '../fleet/duration.ts';
import { poolName } from '../fleet/flip-steps.ts';
import type { FlipResult } from '../operations/pool-flip/pool-flip.ts';
import { table } from './summary.ts';

const TITLES = {
  flipped: 'flipped and proven',
  reverted: 'all requests go to the old side again',
  there: 'nothing was left to do',
  'dry-run': 'dry run, nothing was changed',
} as const;

/** What became of a flip, step by step. */
export function flipSummary({ kind, before, after, steps, oldIdleAt }: FlipResult): string {
  const rows = steps.map(({ percent, weights, at, baked, seen }) => [
    `${percent} %`,
    weightsText(weights),
    at,
    formatDuration(baked),
    seen,
  ]);
  const ends = table(
    ['', 'weights'],
    [
      ['before', weightsText(before)],
      ['after', weightsText(after)],
    ],
  );
  return [
    `### Pool flip: ${TITLES[kind]}`,
    ends,
    ...(rows.length === 0 ? [] : [table(['share', 'weights', 'written', 'baked', 'seen'], rows)]),
    ...(oldIdleAt === undefined
      ? []
      : [
          `The balancer sends the old side no new request from ${oldIdleAt} on; what is open then may last longer.`,
        ]),
  ].join('\n\n');
}

/** Weights for an output, by ARN. */
export function weightsOutput(weights: readonly WeightedPool[]): Readonly<Record<string, number>> {
  return Object.fromEntries(weights.map(({ pool, weight }) => [pool, weight]));
}

function weightsText(weights: readonly WeightedPool[]): string {
  return weights.map(({ pool, weight }) => `${poolName(pool)} ${weight}`).join(', ');
}
