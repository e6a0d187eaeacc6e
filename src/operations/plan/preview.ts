import type { Fleet } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import type { ReleaseKey } from '../../ledger/document.ts';
import { ordinalProblems } from '../admission/plan-fit.ts';
import { registrationsOf } from '../pools.ts';
import type { HostStatus, StatusAnswer, UndoRecord } from '../records.ts';
import { type HostStep, planZone, withKnown } from '../zone/zone-plan.ts';
import { entranceProblem, floorFor } from '../zone/zone-work.ts';
import { type Estimate, estimateZone } from './estimate.ts';
import type { ZoneWorld } from './observe-zone.ts';
import type { Terms } from './plan.ts';
import { poolFindings } from './pool-settings.ts';
import { type Simulation, simulateZone } from './simulate.ts';
import { termsOf } from './terms.ts';

/** What the deployment of a zone would be, as far as anybody can tell before it begins. */
export interface Preview {
  readonly from: readonly string[];
  readonly terms: Terms;
  readonly simulation: Simulation;
  readonly estimate: Estimate;
  /** One line for each host: what it runs and whether it is in service. */
  readonly inventory: readonly string[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface PreviewRequest {
  readonly fleet: Fleet;
  /** None when the archive was not found: every host is taken to be upgraded then. */
  readonly release: ReleaseKey | undefined;
  readonly rollBack: boolean;
  /** The pools of the region as they will be when it is the zone's turn. */
  readonly views: readonly PoolView[];
  /** Records of hosts of zones whose deployment does not come before. */
  readonly elsewhere: readonly UndoRecord[];
  /** Hosts of the zone that are out of service by the ledger, with their records. */
  readonly known: ReadonlyMap<string, UndoRecord>;
}

/** Judges a zone that is to be deployed. */
export function previewZone(world: ZoneWorld, request: PreviewRequest): Preview {
  const { zone } = world;
  const { fleet, release, rollBack, views, elsewhere } = request;
  const { policy } = fleet;
  const floor = floorFor(fleet, zone);
  const pools = zone.pools.map(({ targetGroup }) => targetGroup);
  const answers = world.answers.map((answer) => withLedger(answer, views, request.known));
  const decided = answers.map((answer) => decideHost(answer, views, fleet.service, release));
  const simulation = simulateZone({
    views,
    pools,
    steps: views.length === 0 ? [] : decided.flatMap(({ step }) => step ?? []),
    total: zone.hosts.length,
    batch: policy.batch,
    zoneOf: new Map(fleet.zones.flatMap((each) => each.hosts.map((host) => [host, each.zone] as const))),
    floor,
    returning: elsewhere.flatMap(({ targets }) => targets),
  });
  const told = toldBy(answers);
  const blocked = views.length === 0 ? undefined : entranceProblem({ fleet, zone, views });
  const settings = poolFindings(zone.zone, policy, views);
  const newer = release === undefined || rollBack ? [] : ordinalProblems(told, release);
  const own = [...decided.flatMap(({ problem }) => problem ?? []), ...newer, ...stopOf(simulation)];
  return {
    from: [...new Set(told.map(releaseOf))].sort(),
    terms: termsOf({ fleet, zone, views, floor }),
    simulation,
    estimate: estimateZone(policy, views, simulation.batches.length, zone === fleet.zones[0]),
    inventory: answers.map((answer) => inventoryLine(answer, views)),
    problems: [
      ...world.problems,
      ...own.map((problem) => `${zone.zone}: ${problem}`),
      ...(blocked === undefined ? [] : [`${zone.zone}: ${blocked}`]),
      ...settings.problems,
    ],
    warnings: [...settings.warnings, ...strangers(zone.zone, views, pools, fleet)],
  };
}

/** A host whose disk was lost, and its record with it, is continued from the ledger's. */
function withLedger(
  answer: StatusAnswer,
  views: readonly PoolView[],
  known: ReadonlyMap<string, UndoRecord>,
): StatusAnswer {
  if (answer.kind === 'silent' || views.length === 0) return answer;
  const { status } = answer;
  const registrations = registrationsOf(views, status.host);
  return { kind: 'told', status: withKnown({ status, registrations }, known).status };
}

/** Statuses of the hosts that told theirs. */
export function toldBy(answers: readonly StatusAnswer[]): readonly HostStatus[] {
  return answers.flatMap((answer) => (answer.kind === 'told' ? [answer.status] : []));
}

/** The release of a host as a plan writes it. */
function releaseOf({ release }: HostStatus): string {
  return release === undefined ? 'nothing' : `${release.version} ${release.sha256}`;
}

/** A host of which nothing is known is taken to be upgraded, so that the steps of the others show nevertheless. */
function decideHost(
  answer: StatusAnswer,
  views: readonly PoolView[],
  service: string,
  release: ReleaseKey | undefined,
): { readonly step?: HostStep; readonly problem?: string } {
  if (answer.kind === 'silent') {
    const { host, problem } = answer;
    return {
      step: { kind: 'upgrade', host },
      problem: `${host} does not answer: ${problem}. Start its agent, or take the host out of the fleet file`,
    };
  }
  const { status } = answer;
  if (views.length === 0) return {};
  // No host runs a release without a name, so that all of them are to be upgraded.
  const wanted = { service, version: release?.version ?? '', sha256: release?.sha256 ?? '' };
  const plan = planZone([{ status, registrations: registrationsOf(views, status.host) }], wanted);
  if (plan.kind === 'impossible') return { problem: plan.problems.join(' ') };
  const [step] = plan.steps;
  return step === undefined ? {} : { step };
}

function stopOf({ batches, stop }: Simulation): readonly string[] {
  if (stop === undefined) return [];
  return [
    `the deployment would stop at step ${batches.length + 1}, with ${stop.host}: ${stop.reasons.join('; ')}. Bring missing ` +
      'hosts back to health, add capacity, or change policy.min-healthy, policy.survive-zone or policy.batch',
  ];
}

function inventoryLine(answer: StatusAnswer, views: readonly PoolView[]): string {
  if (answer.kind === 'silent') return `${answer.host} does not answer: ${answer.problem}`;
  const { host, release, ordinal, record } = answer.status;
  const runs =
    release === undefined ? 'no release' : `${release.version} (sha256 ${release.sha256 || 'unknown'})`;
  const states = registrationsOf(views, host).map(({ state }) => state);
  const service = states.length === 0 ? 'in no pool' : [...new Set(states)].join(', ');
  const away =
    record === undefined ? '' : `, out of service since ${record.since} (${record.reason}, ${record.run})`;
  return `${host} runs ${runs}${ordinal === undefined ? '' : `, ordinal ${ordinal}`}, ${service}${away}`;
}

/** Targets that nobody deploys: they would go on serving what they serve. */
function strangers(
  zone: string,
  views: readonly PoolView[],
  pools: readonly string[],
  { zones }: Fleet,
): readonly string[] {
  const known = new Set(zones.flatMap(({ hosts }) => hosts));
  return views
    .filter(({ settings }) => pools.includes(settings.pool))
    .flatMap(({ settings, targets }) => {
      const unknown = [...new Set(targets.map(({ id }) => id).filter((id) => !known.has(id)))];
      if (unknown.length === 0) return [];
      return [
        `${zone}: ${unknown.join(', ')} in ${settings.name} is not in the fleet file and keeps what it runs`,
      ];
    });
}
