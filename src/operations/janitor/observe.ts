import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { Ledger } from '../../ledger/document.ts';
import type { PoolContext } from '../context.ts';
import { answerOf } from '../plan/answer.ts';
import { observePools, registrationsOf } from '../pools.ts';
import { askStatus } from '../records.ts';
import { type FoundHost, type FoundZone, recordOf } from './found.ts';
import type { ZoneOutcome } from './outcome.ts';

/**
 * Looks at every host of a zone, and at those that the ledger calls out of service there although the fleet file does not name
 * them. Changes nothing.
 *
 * @throws UserError or PlatformError when the balancer or the transport cannot be asked, CancelledError when the signal aborts
 */
export async function observeLeft(
  context: PoolContext,
  fleet: Fleet,
  zone: Zone,
  ledger: Ledger,
): Promise<FoundZone> {
  const hosts = [...zone.hosts, ...strangersIn(fleet, zone, ledger)];
  const [facts, answers] = await Promise.all([
    context.transport.facts(hosts),
    askStatus(context, hosts, fleet.hosts.directory),
  ]);
  const asked = hosts.map((host, index) => {
    const answer = answers[index] ?? { kind: 'silent' as const, host, problem: 'no answer' };
    const out = outOf(ledger, host);
    return { host, answer, ...(out && { out }), record: recordOf({ answer, ...(out && { out }) }) };
  });
  const views = await observePools(context, [
    ...zone.pools.map(({ targetGroup }) => targetGroup),
    ...asked.flatMap(({ record }) => record?.targets.map(({ pool }) => pool) ?? []),
  ]);
  const found = asked.map(({ record: _, ...each }): FoundHost => {
    const inFleet = zone.hosts.includes(each.host);
    const registrations = registrationsOf(views, each.host);
    return { ...each, zone: zone.zone, inFleet, registrations, inGroup: 'unknown' };
  });
  return {
    zone,
    hosts: await withGroups(context, found),
    views,
    addresses: new Map(
      facts.flatMap(({ host, address }) => (address === undefined ? [] : [[host, address]])),
    ),
  };
}

/** Hosts that the ledger calls out of service in a zone of the fleet file, and that no zone of it names. */
export function strangersIn(
  { zones }: Pick<Fleet, 'zones'>,
  { zone }: Zone,
  { out = {} }: Ledger,
): readonly string[] {
  const known = new Set(zones.flatMap(({ hosts }) => hosts));
  return Object.keys(out).filter((host) => out[host]?.zone === zone && !known.has(host));
}

/** Hosts that the ledger calls out of service in zones that the fleet file does not have: nothing says where to look for them. */
export function outOfUnknownZones({ zones }: Fleet, { out = {} }: Ledger): readonly ZoneOutcome[] {
  const known = new Set(zones.flatMap(({ zone, hosts }) => [zone, ...hosts]));
  const strange = Object.entries(out).filter(([host, { zone }]) => !known.has(host) && !known.has(zone));
  return strange.map(([host, { zone, record, held }]) => {
    const found = `neither it nor zone ${zone} is in the fleet file`;
    const todo =
      'Run return-hosts once with a fleet file that has the zone: what is gone from there is forgotten';
    return { zone, hosts: [{ zone, host, record, found, done: 'left', todo, failed: held === undefined }] };
  });
}

/** Who may not read groups learns nothing of hosts that may be gone, and goes on. */
async function withGroups(context: PoolContext, hosts: readonly FoundHost[]): Promise<readonly FoundHost[]> {
  const vague = hosts.filter(
    ({ inFleet, answer, registrations }) =>
      !inFleet && answer.kind === 'silent' && registrations.length === 0,
  );
  if (vague.length === 0) return hosts;
  const asked = await answerOf(context.scaling.members(vague.map(({ host }) => host)), context.signal);
  if (asked.kind === 'silent') {
    context.log.warning(
      `Whether an Auto Scaling group has hosts that may be gone is not known: ${asked.problem}`,
    );
    return hosts;
  }
  const members = new Set(asked.value.map(({ host }) => host));
  return hosts.map((host) =>
    vague.includes(host) ? { ...host, inGroup: members.has(host.host) ? 'yes' : 'no' } : host,
  );
}

function outOf({ out = {} }: Ledger, host: string) {
  return Object.hasOwn(out, host) ? out[host] : undefined;
}
