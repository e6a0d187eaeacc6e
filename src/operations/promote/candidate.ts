import type { Ledger, ZoneEntry } from '../../ledger/document.ts';
import { readLedger } from '../../ledger/ledger.ts';
import { knownRelease, promoteProblems } from '../../ledger/order.ts';
import { UserError } from '../../runner/errors.ts';
import { proveZone } from '../plan/prove-zone.ts';
import type { Candidate, PromotePorts, PromoteRequest } from './request.ts';

/** How the note of a zone begins whose roll-back was begun, and of which nobody has said yet how it ended. */
export const ROLLING_BACK = 'rolling back: ';

/** What there is to do about a zone. */
export type Standing =
  | (Candidate & { readonly kind: 'deployed' | 'promoted' })
  /** An earlier run was stopped on its way back. */
  | (Candidate & { readonly kind: 'rolling-back' });

/**
 * Finds out whether a zone may be promoted: what the ledger says of it and of the zones before it, and whether every host of
 * it proves the release now.
 *
 * @throws UserError with every reason why it may not; nothing was touched then
 */
export async function findStanding(ports: PromotePorts, request: PromoteRequest): Promise<Standing> {
  const { context, ledger: store } = ports;
  const { fleet, zone, version } = request;
  const ledger = await readLedger(store, fleet.service, context.signal);
  const entry = ledger.zones[zone.zone];
  const sha256 = request.sha256 ?? (await digestOf(ports, request));
  const release = knownRelease(ledger, { version, sha256, ordinal: entry?.release.ordinal ?? 0 });
  if (entry !== undefined && isRollingBack(entry) && isOf(entry, release)) {
    return { kind: 'rolling-back', release, entry };
  }
  const order = orderProblems(ledger, request, release);
  const hosts = await proveZone(context, fleet, zone, release);
  const problems = [...planProblems(request), ...order, ...hosts];
  if (problems.length > 0 || entry === undefined) throw refusal(zone.zone, problems);
  return { kind: entry.state === 'promoted' ? 'promoted' : 'deployed', release, entry };
}

/** A plan of another service would say of another deployment since when it goes on. */
function planProblems({ fleet, plan }: PromoteRequest): readonly string[] {
  if (plan === undefined || plan.service === fleet.service) return [];
  return [`the plan is for service ${plan.service}, and the fleet file for ${fleet.service}`];
}

/** Everything that the ledger has against a promotion of this zone. */
export function orderProblems(
  ledger: Ledger,
  { fleet, zone, runId }: PromoteRequest,
  release: Candidate['release'],
): readonly string[] {
  const names = fleet.zones.map((each) => each.zone);
  const earlier = names.slice(0, names.indexOf(zone.zone));
  return promoteProblems(ledger, { zone: zone.zone, earlier, release, runId });
}

/** A refusal as an error. */
export function refusal(zone: string, problems: readonly string[]): UserError {
  const lines = problems.map((problem) => `- ${problem}`);
  return new UserError([`${zone} cannot be promoted; nothing was touched.`, ...lines].join('\n'));
}

export function isRollingBack({ state, note = '' }: ZoneEntry): boolean {
  return state === 'held' && note.startsWith(ROLLING_BACK);
}

export function isOf(
  { release }: Pick<ZoneEntry, 'release'>,
  { version, sha256 }: Pick<Candidate['release'], 'version' | 'sha256'>,
): boolean {
  return release.version === version && release.sha256 === sha256;
}

async function digestOf({ context }: PromotePorts, { fleet, version }: PromoteRequest): Promise<string> {
  const location = fleet.release.artifact.replaceAll('{version}', version);
  return (await context.artifacts.find(location, undefined)).sha256;
}
