import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';

/** A fleet that says how to stand in for its AWS, and so can be rehearsed. */
export type RangedFleet = Fleet & { readonly range: RangeSettings };

/** A bucket of the range alone. */
const LEDGER = 's3://rehearsal/ledger.json';

/**
 * A ledger in a file is one that deployments go by, which a rehearsal must not write: the range keeps another one in its place.
 *
 * @throws UserError when the fleet file has no `range`
 */
export function requireRange(fleet: Fleet, fleetFile: string): RangedFleet {
  const { range } = fleet;
  if (range !== undefined) {
    return { ...fleet, range, ledger: fleet.ledger.startsWith('file:') ? LEDGER : fleet.ledger };
  }
  throw new UserError(
    `${fleetFile} has no \`range\`, so there is nothing to rehearse on. Add \`range\` with \`from\`, \`to\` and ` +
      '`releases`; examples/storefront shows one.',
  );
}
