import { UserError } from '../runner/errors.ts';
import type { Fleet, Zone } from './fleet.ts';
import { nearest } from './nearest.ts';

/**
 * The zone of a fleet by its name.
 *
 * @throws UserError that names the zones there are, and the one that was probably meant
 */
export function findZone(fleet: Fleet, name: string): Zone {
  const zone = fleet.zones.find(({ zone }) => zone === name);
  if (zone !== undefined) return zone;
  const known = fleet.zones.map(({ zone }) => zone);
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new UserError(`zone ${name} is not in the fleet file, which has ${known.join(', ')}.${hint}`);
}
