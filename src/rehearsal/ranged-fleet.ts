import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';

/** A fleet that says how to stand in for its AWS, and so can be rehearsed. */
export type RangedFleet = Fleet & { readonly range: RangeSettings };

/** @throws UserError when the fleet file has no `range` */
export function requireRange(fleet: Fleet, fleetFile: string): RangedFleet {
  const { range } = fleet;
  if (range !== undefined) return { ...fleet, range };
  throw new UserError(
    `${fleetFile} has no \`range\`, so there is nothing to rehearse on. Add \`range\` with \`from\`, \`to\` and ` +
      '`releases`; examples/storefront shows one.',
  );
}
