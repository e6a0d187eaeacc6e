import type { Fleet, Zone } from '../../../src/fleet/fleet.ts';
import type { Ledger, ReleaseKey } from '../../../src/ledger/document.ts';
import { changeLedger, readLedger } from '../../../src/ledger/ledger.ts';
import { promoteProblems, zoneEnded } from '../../../src/ledger/order.ts';
import type { LedgerStore } from '../../../src/ledger/port.ts';
import type { AdmissionPorts } from '../../../src/operations/admission/admit.ts';
import type { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { proveZone } from '../../../src/operations/plan/prove-zone.ts';
import { createWorld, type World } from '../world.ts';
import { hostsOf, makeFleet } from '../zone.ts';
import { DAY, HOSTS, NAMES, proves, releaseOf, type Spoiling, spoil } from './order-hosts.ts';
import { createGitHub, createLedger, type FakeGitHub, install } from './stage.ts';

export type Deploy = (...given: Parameters<typeof deployAdmitted>) => Promise<unknown>;

/** Something that happens to the fleet. */
export type Move =
  | Deployment
  | {
      readonly kind: 'approve';
      readonly zone: number;
      readonly run: number;
      readonly as: 'fresh' | 'old' | 'rejected';
    }
  | { readonly kind: 'promote'; readonly zone: number; readonly run: number }
  | { readonly kind: 'spoil'; readonly spoiling: Spoiling }
  /** A person installs a release on a host by hand, as it should be. */
  | { readonly kind: 'mend'; readonly host: number; readonly version: string }
  | { readonly kind: 'race'; readonly one: Deployment; readonly other: Deployment };

export interface Deployment {
  readonly kind: 'deploy';
  readonly zone: number;
  readonly run: number;
  readonly version: string;
  readonly rollBack: boolean;
  readonly meanwhile: { readonly at: number; readonly spoiling: Spoiling } | undefined;
}

/** What a step found when it began, by the name of its run in the ledger. */
interface Step {
  readonly release: Pick<ReleaseKey, 'version' | 'sha256'>;
  readonly approved: boolean;
  /** Hosts that did not prove the release then. */
  readonly unproven: ReadonlySet<string>;
}

interface Play {
  readonly world: World;
  readonly fleet: Fleet;
  readonly store: LedgerStore;
  readonly steps: Map<string, Step>;
  readonly gates: Map<number, FakeGitHub>;
  readonly broken: string[];
}

/** Lets all of it happen, one after the other, and looks at every change of the ledger and at every host that is touched. */
export async function playMoves(
  moves: readonly Move[],
  deploy: Deploy,
  reached: (zone: string, state: string) => void,
): Promise<Play> {
  const play = createPlay(reached);
  for (const [index, move] of moves.entries()) await make(play, move, deploy, String(index));
  return play;
}

/** Everything that happened and may not happen. */
export function brokenBy({ broken }: Play): readonly string[] {
  return broken;
}

function createPlay(reached: (zone: string, state: string) => void): Play {
  const ledger = createLedger();
  const play: Play = {
    world: createWorld({ web: HOSTS }, '1.0.0', ['1.1.0', '1.2.0', '1.1.1-broken']),
    fleet: threeZones(),
    store: {
      place: ledger.place,
      read: ledger.read,
      write: async (text, expected, signal) => {
        const before = JSON.parse(ledger.text ?? '{"zones":{}}');
        const outcome = await ledger.write(text, expected, signal);
        if (outcome.kind === 'written') judgeWrite(play, before, JSON.parse(text), reached);
        return outcome;
      },
    },
    steps: new Map(),
    gates: new Map(),
    broken: [],
  };
  return play;
}

function threeZones(): Fleet {
  const fleet = makeFleet();
  const zones = NAMES.map((name) => ({
    zone: `us-east-1${name}`,
    region: 'us-east-1',
    environment: `storefront-us-east-1${name}`,
    hosts: hostsOf(name),
    pools: [{ targetGroup: 'web' }],
    alarms: [],
  }));
  return { ...fleet, zones };
}

async function make(play: Play, move: Move, deploy: Deploy, name: string): Promise<void> {
  switch (move.kind) {
    case 'deploy':
      return attempt(play, move, deploy, name);
    case 'race':
      await Promise.all([
        attempt(play, move.one, deploy, `${name}, one`),
        attempt(play, move.other, deploy, `${name}, other`),
      ]);
      return;
    case 'approve':
      return approve(play, move);
    case 'promote':
      return promote(play, move, name);
    case 'spoil':
      return spoil(play.world, move.spoiling);
    case 'mend':
      play.world.host(HOSTS[move.host] ?? '').sick = false;
      return install(play.world, [HOSTS[move.host] ?? ''], releaseOf(move.version, 1));
  }
}

/** A refusal and a failure are as good as a success here: what they leave behind is judged. */
async function attempt(play: Play, move: Deployment, deploy: Deploy, name: string): Promise<void> {
  const { world, fleet, store, steps } = play;
  const run = `run ${move.run}, move ${name}`;
  const zone = zoneAt(fleet, move.zone);
  const { version, sha256 } = releaseOf(move.version, move.run);
  steps.set(run, {
    release: { version, sha256 },
    approved: isApproved(play, move),
    unproven: new Set(HOSTS.filter((host) => !proves(world, host, { version, sha256 }))),
  });
  const first = world.calls.length;
  const { meanwhile } = move;
  if (meanwhile !== undefined) {
    world.before = () => {
      if (world.calls.length - 1 - first === meanwhile.at) spoil(world, meanwhile.spoiling);
      return undefined;
    };
  }
  const ports: AdmissionPorts = {
    regions: () => ({ ...world.context, run, alarms: { read: async () => [] } }),
    ledger: store,
    github: gateOf(play, move.run),
  };
  const { rollBack } = move;
  const request = { fleet, zone, version, ordinal: move.run, rollBack, runId: move.run };
  await deploy(ports, { ...request, allowUnprotected: false, leaseWait: 0, dryRun: false }).catch(
    () => undefined,
  );
  world.before = () => undefined;
}

function approve(play: Play, { zone, run, as }: Extract<Move, { readonly kind: 'approve' }>): void {
  const { environment } = zoneAt(play.fleet, zone);
  const gate = gateOf(play, run);
  const state = as === 'rejected' ? 'rejected' : 'approved';
  // A later decision takes the place of an earlier one, as in a new attempt.
  gate.reviewed = gate.reviewed.filter(({ environments }) => !environments.includes(environment));
  gate.reviewed.push({ state, by: 'alice', comment: '', environments: [environment] });
  const at = play.world.now() - (as === 'old' ? 2 * DAY : 0);
  gate.passed.set(environment, new Date(at).toISOString());
}

function isApproved(play: Play, { zone, run }: Deployment): boolean {
  const { environment } = zoneAt(play.fleet, zone);
  const gate = gateOf(play, run);
  const at = Date.parse(gate.passed.get(environment) ?? '');
  const said = gate.reviewed.some(
    ({ state, environments }) => state === 'approved' && environments.includes(environment),
  );
  return said && play.world.now() - at < DAY;
}

/** What promote-zone does at its end, without the bake: proof, order, ledger. */
async function promote(
  play: Play,
  { zone: index, run: runId }: Extract<Move, { readonly kind: 'promote' }>,
  name: string,
): Promise<void> {
  const { world, fleet, store, steps } = play;
  const { clock, signal } = world.context;
  const run = `run ${runId}, move ${name}`;
  const zone = zoneAt(fleet, index);
  const release = (await readLedger(store, fleet.service, signal)).zones[zone.zone]?.release;
  if (release === undefined) return;
  const unproven = new Set(HOSTS.filter((host) => !proves(world, host, release)));
  steps.set(run, { release, approved: true, unproven });
  const earlier = fleet.zones.slice(0, index);
  const problems = await Promise.all(
    [...earlier, zone].map((each) => proveZone(world.context, fleet, each, release)),
  );
  if (problems.flat().length > 0) return;
  const at = new Date(world.now()).toISOString();
  const turn = { zone: zone.zone, earlier: earlier.map((each) => each.zone), release, runId };
  await changeLedger(
    store,
    fleet.service,
    (ledger) => {
      const refused = promoteProblems(ledger, turn);
      if (refused.length > 0) throw new Error(refused.join('\n'));
      return zoneEnded(ledger, { zone: zone.zone, state: 'promoted', run, runId, at });
    },
    { clock, signal },
  ).catch(() => undefined);
}

/** What may not be: a zone that begins or is promoted before its time. Judged by the world as it is, not as it says it is. */
function judgeWrite(
  { fleet, world, steps, broken }: Play,
  before: Ledger,
  after: Ledger,
  reached: (zone: string, state: string) => void,
): void {
  for (const [index, { zone }] of fleet.zones.entries()) {
    const entry = after.zones[zone];
    if (entry === undefined || JSON.stringify(entry) === JSON.stringify(before.zones[zone])) continue;
    reached(zone, entry.state);
    if (entry.state !== 'deploying' && entry.state !== 'promoted') continue;
    const step = steps.get(entry.run);
    if (step === undefined) throw new Error(`nobody knows ${entry.run}`);
    const did = `${zone} ${entry.state === 'deploying' ? 'began' : 'was promoted'}`;
    if (!step.approved) broken.push(`${did} without an approval`);
    for (const other of fleet.zones.slice(0, index)) {
      const there = after.zones[other.zone];
      const same =
        there?.release.version === entry.release.version && there.release.sha256 === entry.release.sha256;
      if (there?.state !== 'promoted' || !same) {
        broken.push(
          `${did} while ${other.zone} was ${there?.state ?? 'not begun'} with ${there?.release.version ?? ''}`,
        );
      }
      // A host that lost its release while it was being looked at cannot be seen by anybody.
      const wrong = other.hosts.filter(
        (host) => step.unproven.has(host) && !proves(world, host, step.release),
      );
      if (wrong.length > 0)
        broken.push(`${did} while ${wrong.join(', ')} of an earlier zone did not prove it`);
    }
  }
}

function gateOf({ gates, fleet }: Play, run: number): FakeGitHub {
  const known = gates.get(run);
  if (known !== undefined) return known;
  const gate = createGitHub(fleet);
  gates.set(run, gate);
  return gate;
}

function zoneAt({ zones }: Fleet, index: number): Zone {
  const zone = zones[index];
  if (zone === undefined) throw new Error(`the fleet has no zone ${index}`);
  return zone;
}
