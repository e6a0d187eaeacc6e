import { expect } from '@jest/globals';
import type { Fleet, Zone } from '../../../src/fleet/fleet.ts';
import type { Environment, GitHub, Review } from '../../../src/github/port.ts';
import type { Ledger, ReleaseKey, ZoneEntry, ZoneState } from '../../../src/ledger/document.ts';
import type { LedgerStore } from '../../../src/ledger/port.ts';
import type { AdmissionPorts, AdmissionRequest } from '../../../src/operations/admission/admit.ts';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { readOnlyJournal } from '../../../src/operations/journal/keep-journal.ts';
import type { Plan } from '../../../src/operations/plan/plan.ts';
import { termsOf } from '../../../src/operations/plan/terms.ts';
import { prepareZone } from '../../../src/operations/zone/prepare-zone.ts';
import { digestOf } from '../fake-host.ts';
import { onVirtualTime } from '../lease/virtual-time.ts';
import { RUN, type World } from '../world.ts';
import { createZones, makeFleet } from '../zone.ts';

export const NEW: ReleaseKey = { version: '1.1.0', sha256: digestOf('1.1.0'), ordinal: 7 };

/** A ledger in memory. */
export interface FakeLedger extends LedgerStore {
  text: string | undefined;
  /** How many times it was written. */
  writes: number;
  /** Called before each write takes effect; what it throws, the write throws. */
  beforeWrite: (ledger: Ledger) => void;
  zone(name: string): ZoneEntry | undefined;
  /** Changes it as somebody else would. */
  set(zone: string, state: ZoneState, changes?: Partial<ZoneEntry>): void;
}

export function createLedger(): FakeLedger {
  let revision = 0;
  const parsed = (): Ledger =>
    store.text === undefined
      ? { schema: 1, service: 'storefront', zones: {}, releases: [] }
      : JSON.parse(store.text);
  const store: FakeLedger = {
    place: 's3://releases/storefront/ledger.json',
    text: undefined,
    writes: 0,
    beforeWrite: () => undefined,
    read: async (signal) => {
      signal.throwIfAborted();
      return store.text === undefined ? undefined : { text: store.text, revision: String(revision) };
    },
    write: async (text, expected, signal) => {
      signal.throwIfAborted();
      store.beforeWrite(JSON.parse(text));
      const there = store.text === undefined ? undefined : String(revision);
      if (expected !== there) return { kind: 'conflict' };
      store.text = text;
      store.writes += 1;
      revision += 1;
      return { kind: 'written', revision: String(revision) };
    },
    zone: (name) => parsed().zones[name],
    set: (zone, state, changes = {}) => {
      const ledger = parsed();
      const at = '2026-11-20T00:00:00.000Z';
      const entry: ZoneEntry = { state, release: NEW, run: RUN, runId: 7, began: at, at, ...changes };
      store.text = JSON.stringify({ ...ledger, zones: { ...ledger.zones, [zone]: entry } });
      revision += 1;
    },
  };
  return store;
}

/** What GitHub shows; all of it may be changed. */
export interface FakeGitHub extends GitHub {
  readonly environments: Map<string, Environment>;
  reviewed: Review[];
  /** By environment. */
  readonly passed: Map<string, string>;
  /** Called before each question, with what is asked; what it throws, the question throws. */
  before: (what: string) => void;
}

/** Every environment of the fleet has a reviewer, and nothing was approved. */
export function createGitHub(fleet: Fleet): FakeGitHub {
  const asked = async <T>(what: string, answer: () => T): Promise<T> => {
    github.before(what);
    return answer();
  };
  const unused = () => Promise.reject(new Error('the admission has nothing to do with this'));
  const github: FakeGitHub = {
    repository: 'acme/storefront',
    environments: new Map(
      fleet.zones.map(({ environment: name }) => [
        name,
        { name, reviewers: ['alice'], preventSelfReview: true, branchPolicy: true, waitTimer: 0 },
      ]),
    ),
    reviewed: [],
    passed: new Map(),
    before: () => undefined,
    visibility: () => asked('visibility', () => 'private'),
    environment: (name) => asked('environment', () => github.environments.get(name)),
    reviews: () => asked('reviews', () => github.reviewed),
    letThrough: (name) => asked('letThrough', () => github.passed.get(name)),
    otherRuns: unused,
    findIssue: unused,
    openIssue: unused,
    commentIssue: unused,
  };
  return github;
}

export interface AdmissionStage {
  readonly world: World;
  readonly fleet: Fleet;
  readonly github: FakeGitHub;
  readonly ledger: FakeLedger;
  readonly ports: AdmissionPorts & { readonly github: FakeGitHub };
  zone(name: 'a' | 'b'): Zone;
  /** A person approves a zone now, and GitHub lets its job through. */
  approve(name: 'a' | 'b'): void;
  /** A deployment of 1.1.0 by run 7. */
  request(name: 'a' | 'b', changes?: Partial<AdmissionRequest>): AdmissionRequest;
  /** The plan of that, made now. */
  plan(changes?: Partial<Plan>): Promise<Plan>;
}

/** Two zones of two hosts that run 1.0.0, with their environments protected and an empty ledger. */
export function setAdmission(fleet = makeFleet()): AdmissionStage {
  const world = createZones();
  const { clock, leaseTiming } = onVirtualTime(world.context.clock);
  const github = createGitHub(fleet);
  const ledger = createLedger();
  const zoneOf = (name: string): Zone => {
    const found = fleet.zones.find(({ zone }) => zone === `us-east-1${name}`);
    if (found === undefined) throw new Error(`the fleet has no zone ${name}`);
    return found;
  };
  return {
    world,
    fleet,
    github,
    ledger,
    ports: {
      regions: () => ({ ...world.context, clock, alarms: { read: async () => [] } }),
      leaseTiming,
      ledger,
      github,
    },
    zone: zoneOf,
    approve: (name) => {
      const { environment } = zoneOf(name);
      github.reviewed.push({ state: 'approved', by: 'alice', comment: 'go', environments: [environment] });
      github.passed.set(environment, new Date(world.now()).toISOString());
    },
    request: (name, changes = {}) => ({
      fleet,
      zone: zoneOf(name),
      version: NEW.version,
      ordinal: NEW.ordinal,
      rollBack: false,
      allowUnprotected: false,
      runId: 7,
      leaseWait: 0,
      dryRun: false,
      ...changes,
    }),
    plan: async (changes = {}) => ({
      schema: 1,
      service: fleet.service,
      ...NEW,
      rollBack: false,
      planned: new Date(world.now()).toISOString(),
      zones: await Promise.all(
        fleet.zones.map(async ({ zone, environment }) => {
          const request = { fleet, zone, version: NEW.version, dryRun: true };
          const { work } = await prepareZone(world.context, request, readOnlyJournal(new Map()));
          const from = [`1.0.0 ${digestOf('1.0.0')}`];
          return { zone, environment, todo: 'deploy' as const, terms: termsOf(work), from };
        }),
      ),
      ...changes,
    }),
  };
}

/** Puts a release on hosts as a deployment would: installed, current, and the process started after. */
export function install(
  world: World,
  hosts: readonly string[],
  { version, sha256, ordinal }: ReleaseKey = NEW,
): void {
  for (const id of hosts) {
    const host = world.host(id);
    host.installed.set(version, sha256);
    host.ordinals.set(version, ordinal);
    host.previous = host.current;
    host.current = version;
    host.switchedAt = Math.floor(world.now() / 1_000);
    host.process = { version, sha256, startedAt: world.now() };
  }
}

/** What a refusal says; nothing may be touched by one, and nothing written. */
export async function refusalOf(
  { ports, world, ledger }: AdmissionStage,
  request: Parameters<typeof deployAdmitted>[1],
): Promise<string> {
  const before = ledger.text;
  const error: unknown = await deployAdmitted(ports, request).then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('it was admitted');
  expect(world.changes()).toEqual([]);
  expect(ledger.text).toBe(before);
  return error.message;
}
