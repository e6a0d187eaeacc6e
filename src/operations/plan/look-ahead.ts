import type { Fleet, Zone } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import type { Ledger, ReleaseKey, ZoneEntry } from '../../ledger/document.ts';
import { knownRecords } from '../../ledger/journal.ts';
import type { RegionContext, Regions } from '../context.ts';
import { planScaling } from '../drain/scaling.ts';
import { registrationsOf } from '../pools.ts';
import type { UndoRecord } from '../records.ts';
import { type Answer, answerOf } from './answer.ts';
import type { ZoneWorld } from './observe-zone.ts';
import { type Preview, previewZone, toldBy } from './preview.ts';
import type { GateReport } from './read-protection.ts';
import type { SimulatedBatch } from './simulate.ts';

/** A zone of the plan, with everything that was found about it. */
export interface ZoneOutlook extends Omit<Preview, 'terms'> {
  readonly zone: Zone;
  readonly todo: 'deploy' | 'proven';
  /** None for a zone before `start-at`: nobody is asked about it any more. */
  readonly gate?: GateReport;
  /** What the ledger says of it last. */
  readonly entry?: ZoneEntry;
}

/** What was found before any zone is judged. */
export interface Found {
  readonly regions: Regions;
  /** Index of the first zone to deploy. */
  readonly start: number;
  readonly release: ReleaseKey | undefined;
  readonly gates: readonly GateReport[];
  readonly ledger: Answer<Ledger>;
  readonly worlds: readonly ZoneWorld[];
}

/** With what the plan says of it. */
export type Outlook = ZoneOutlook & Pick<Preview, 'terms'>;

/**
 * Goes through the zones in their order, each from the world that the ones before it leave behind.
 *
 * @throws CancelledError when the signal aborts
 */
export async function lookAhead(
  request: { readonly fleet: Fleet; readonly rollBack: boolean },
  found: Found,
): Promise<readonly Outlook[]> {
  const { fleet, rollBack } = request;
  const { regions, start, release, gates, ledger, worlds } = found;
  const later = new Map<string, PoolView>();
  const outlooks: Outlook[] = [];
  for (const [index, world] of worlds.entries()) {
    const { zone } = world;
    const todo = index < start ? 'proven' : 'deploy';
    const views = world.views.map((view) => later.get(poolKey(zone, view)) ?? view);
    const elsewhere = worlds
      .filter((_, other) => other < start || other > index)
      .flatMap(({ answers }) => toldBy(answers).flatMap(({ record }) => record ?? []));
    const known =
      ledger.kind === 'told' ? knownRecords(ledger.value, zone.zone) : new Map<string, UndoRecord>();
    const preview = previewZone(world, { fleet, release, rollBack, views, elsewhere, known });
    const entry = ledger.kind === 'told' ? ledger.value.zones[zone.zone] : undefined;
    const gate = gates.find((each) => each.zone === zone.zone);
    const named = {
      zone,
      todo,
      ...(gate === undefined ? {} : { gate }),
      ...(entry === undefined ? {} : { entry }),
    } as const;
    if (todo === 'proven') {
      // What it has to prove is asked elsewhere; the rest is worth knowing and forbids nothing.
      const warnings = world.problems;
      outlooks.push({ ...preview, ...named, ...NOTHING_TO_DO, simulation: { batches: [], views }, warnings });
      continue;
    }
    for (const view of preview.simulation.views) later.set(poolKey(zone, view), view);
    const scaling = await scalingProblems(regions(zone.region), fleet, zone, preview);
    outlooks.push({ ...preview, ...named, problems: [...preview.problems, ...scaling] });
  }
  return outlooks;
}

const NOTHING_TO_DO = { estimate: { deployment: 0, bake: 0 }, problems: [] } as const;

function poolKey({ region }: Zone, { settings }: PoolView): string {
  return `${region} ${settings.pool}`;
}

/** What keeps the Auto Scaling groups from giving up the largest batch; a smaller one asks less of them. */
async function scalingProblems(
  context: RegionContext,
  fleet: Fleet,
  { zone }: Zone,
  { simulation }: Preview,
): Promise<readonly string[]> {
  const { drain } = fleet.policy;
  const { batches, views } = simulation;
  const largest = batches.reduce<SimulatedBatch | undefined>(
    (most, each) => (most === undefined || each.hosts.length > most.hosts.length ? each : most),
    undefined,
  );
  if (largest === undefined || drain.autoScaling === 'ignore') return [];
  const records = largest.hosts.map((host) => ({
    host,
    targets: registrationsOf(views, host),
    reason: 'plan',
    run: context.run,
    since: '',
  }));
  const answer = await answerOf(planScaling(context, records, drain), context.signal);
  const step = `step ${batches.indexOf(largest) + 1} (${largest.hosts.join(', ')})`;
  return answer.kind === 'told' ? [] : [`${zone}: ${step}: ${answer.problem}`];
}
