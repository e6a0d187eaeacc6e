import { test } from '@jest/globals';
import fc from 'fast-check';
import type { Amount } from '../../../src/fleet/amount.ts';
import type { FailureLadder } from '../../../src/fleet/ladder.ts';
import type { Ledger } from '../../../src/ledger/document.ts';
import { openIntents } from '../../../src/ledger/journal.ts';
import { servingBy } from '../../../src/operations/journal/serving.ts';
import type { ZoneReport } from '../../../src/operations/zone/deploy-zone.ts';
import { digestOf } from '../fake-host.ts';
import { EMPTY, type MemoryJournal, memoryJournal } from '../journal/memory-journal.ts';
import { type Call, createWorld, type Fault, type World } from '../world.ts';
import { deploy, hostsOf, makeFleet, toZone } from '../zone.ts';

interface Scenario {
  readonly hosts: number;
  readonly batch: Amount;
  readonly minHealthy: Amount;
  readonly onFailure: FailureLadder;
  readonly version: string;
  /** Index of a host that never becomes healthy or keeps its old process. */
  readonly sick: readonly number[];
  readonly stale: readonly number[];
  /** Which calls go wrong, counted from the first one, run by run. */
  readonly faults: readonly (readonly { readonly at: number; readonly fault: Fault }[])[];
  /** Which call is answered by a cancellation, in the first run. */
  readonly cancelAt: number | undefined;
}

const amount: fc.Arbitrary<Amount> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), value: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('percent' as const), value: fc.integer({ min: 1, max: 100 }) }),
);
const faults = fc.array(
  fc.record({ at: fc.nat({ max: 90 }), fault: fc.constantFrom<Fault>('refused', 'cut') }),
  { maxLength: 4 },
);
const scenario: fc.Arbitrary<Scenario> = fc.record({
  hosts: fc.integer({ min: 1, max: 4 }),
  batch: amount,
  minHealthy: amount,
  onFailure: fc.constantFrom<FailureLadder>(
    [{ kind: 'roll-back' }],
    [{ kind: 'hold' }],
    [{ kind: 'retry', times: 2 }, { kind: 'roll-back' }],
  ),
  version: fc.constantFrom('1.1.0', '1.1.0', '1.1.1-broken', '1.1.2-shy', '1.1.3-crash'),
  sick: fc.array(fc.nat({ max: 7 }), { maxLength: 1 }),
  stale: fc.array(fc.nat({ max: 7 }), { maxLength: 1 }),
  faults: fc.array(faults, { minLength: 1, maxLength: 3 }),
  cancelAt: fc.option(fc.nat({ max: 90 }), { nil: undefined }),
});

test('whatever fails, wherever: the floor holds, no host is out unrecorded, and deployed means every host proven', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const world = createScenario(given);
      let ledger = EMPTY;
      for (const [run, failing] of given.faults.entries()) {
        const journal = memoryJournal({ found: ledger, run: `run ${run}`, token: run + 1 });
        const { report, broken } = await attempt(
          world,
          given,
          { failing, cancelAt: run === 0 ? given.cancelAt : undefined },
          journal,
        );
        if (broken.length > 0) throw new Broken(broken.join('; '));
        ledger = journal.closed(journal.ledger, servingBy(report?.hosts ?? []));
        requireRecords(world, ledger);
        requireEvidence(world, given, report);
      }
    }),
    { numRuns: 400, seed: 20_261_121 },
  );
});

function createScenario({ hosts, version, sick, stale }: Scenario): World {
  const ids = [...hostsOf('a', hosts), ...hostsOf('b', hosts)];
  const world = createWorld({ web: ids }, '1.0.0', [version]);
  for (const index of sick) world.host(ids[index % ids.length] ?? '').sick = true;
  for (const index of stale) world.host(ids[index % ids.length] ?? '').stale = true;
  return world;
}

/** One run of the same command, with what the floor guard let through; a run that throws has not started. */
async function attempt(
  world: World,
  given: Scenario,
  {
    failing,
    cancelAt,
  }: { readonly failing: Scenario['faults'][number]; readonly cancelAt: number | undefined },
  journal: MemoryJournal,
): Promise<{ readonly report: ZoneReport | undefined; readonly broken: readonly string[] }> {
  // Collected, since an error thrown inside of a call would be taken for a failure of the call.
  const broken: string[] = [];
  const first = world.calls.length;
  const cancellation = new AbortController();
  world.before = (call) => {
    broken.push(...unforeseen(journal.ledger, call));
    const index = world.calls.length - 1 - first;
    if (index === cancelAt) cancellation.abort();
    return failing.find(({ at }) => at === index)?.fault;
  };
  world.after = (call) => void broken.push(...brokenFloors(world, given, call));
  const { batch, minHealthy, onFailure, hosts, version } = given;
  const fleet = makeFleet({ batch: [batch], minHealthy, onFailure }, hosts);
  const context = { ...world.context, signal: cancellation.signal };
  const work = deploy(context, toZone({ fleet, version }), journal);
  return { report: await work.catch(() => undefined), broken };
}

class Broken extends Error {}

/** Judged at the moment of each withdrawal, from what is really so, with the pool's full number of hosts. */
function brokenFloors(world: World, { minHealthy, hosts }: Scenario, { what }: Call): readonly string[] {
  if (what !== 'deregister') return [];
  const total = 2 * hosts;
  const asked = minHealthy.kind === 'count' ? minHealthy.value : Math.ceil((minHealthy.value * total) / 100);
  // One more than the fail-open threshold of the pool.
  const floor = Math.max(asked, 2);
  const healthy = world.inService('web').filter(({ sick, process }) => !sick && process !== undefined).length;
  return healthy < floor ? [`${healthy} healthy in service, floor is ${floor}`] : [];
}

/** What is done to hosts of which the ledger does not say at that moment that they are out. */
function unforeseen({ out = {} }: Ledger, { what, subject, targets }: Call): readonly string[] {
  const concerned = what === 'deregister' ? targets.map(({ id }) => id) : [subject];
  if (!['deregister', 'record', 'installer'].includes(what)) return [];
  return concerned.flatMap((host) => (host in out ? [] : [`${what} ${host} is not in the ledger`]));
}

function requireRecords(world: World, { out = {}, ...ledger }: Ledger): void {
  const serving = new Set(world.inService('web').map(({ id }) => id));
  if (openIntents(ledger).length > 0) throw new Broken('the journal is open');
  for (const { id, record } of world.hosts.values()) {
    if (!serving.has(id) && record === undefined)
      throw new Broken(`${id} is out of service without a record`);
    if (!serving.has(id) && out[id] === undefined)
      throw new Broken(`${id} is out of service and the ledger does not say so`);
  }
}

function requireEvidence(world: World, { version, hosts }: Scenario, report: ZoneReport | undefined): void {
  if (report?.state === 'stopped' && report.problem === undefined)
    throw new Broken('stopped without a reason');
  const serving = new Set(world.inService('web').map(({ id }) => id));
  for (const { host, outcome } of report?.hosts ?? []) {
    const claimsService = outcome !== 'held';
    if (claimsService && !serving.has(host))
      throw new Broken(`${host} is reported ${outcome} and is out of service`);
  }
  if (report?.state !== 'deployed' && report?.state !== 'unchanged') return;
  if (version !== '1.1.0' && report.state === 'deployed')
    throw new Broken(`${version} fails and was deployed`);
  for (const id of hostsOf('a', hosts)) {
    const { current, process, record } = world.host(id);
    const proven = process?.version === version && process.sha256 === digestOf(version);
    if (current !== version || !proven || !serving.has(id) || record !== undefined) {
      throw new Broken(
        `${report.state}, but ${id} has ${current}, runs ${process?.version}, record ${record}`,
      );
    }
  }
}
