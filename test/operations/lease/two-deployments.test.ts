import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HeldLeaseError } from '../../../src/ledger/lease.ts';
import type { AdmissionPorts, AdmissionRequest } from '../../../src/operations/admission/admit.ts';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { type AdmissionStage, setAdmission } from '../admission/stage.ts';
import { releases } from '../zone.ts';

const MINUTE = 60_000;
const urlOf = (run: number) => `https://github.test/acme/storefront/actions/runs/${run}`;

/** A change that is made within 5 s of an answer of the ledger believes it. */
const BELIEVED = 5_000;

/** Releases that the hosts of the first zone run. */
function inZoneA({ world }: AdmissionStage): ReadonlySet<string> {
  const hosts = Object.entries(releases(world));
  return new Set(hosts.flatMap(([host, release]) => (host.startsWith('i-a') ? [release] : [])));
}

interface Two {
  readonly stage: AdmissionStage;
  /** Runs in the order in which they changed pools. */
  readonly changed: readonly number[];
  /** When it changed them, in milliseconds. */
  readonly times: readonly number[];
  /** @param scheduled lets each look at the ledger and each write take its turn */
  deploy(
    run: number,
    changes?: Partial<AdmissionRequest>,
    scheduled?: AdmissionPorts['ledger'],
  ): ReturnType<typeof deployAdmitted>;
}

function setTwo(): Two {
  const stage = setAdmission();
  stage.approve('a');
  const changed: number[] = [];
  const times: number[] = [];
  return {
    stage,
    changed,
    times,
    deploy(run, changes = {}, ledger = stage.ledger) {
      const regions: AdmissionPorts['regions'] = (region) => {
        const context = stage.ports.regions(region);
        const { balancer } = context;
        const said =
          (change: typeof balancer.register): typeof balancer.register =>
          async (...given) => {
            changed.push(run);
            times.push(stage.world.now());
            await change(...given);
          };
        const watched = {
          ...balancer,
          register: said(balancer.register),
          deregister: said(balancer.deregister),
        };
        return { ...context, run: urlOf(run), balancer: watched };
      };
      return deployAdmitted(
        { ...stage.ports, ledger, regions },
        stage.request('a', { runId: run, ordinal: run, ...changes }),
      );
    },
  };
}

/** Begins something else once the first host is being upgraded. */
function meanwhile<T>({ stage }: Two, begin: () => Promise<T>): { readonly ended: () => Promise<T> } {
  let begun: Promise<T> | undefined;
  stage.world.before = ({ what }) => {
    if (what !== 'installer' || begun !== undefined) return undefined;
    begun = begin();
    begun.catch(() => undefined);
    return undefined;
  };
  return { ended: () => begun ?? Promise.reject(new Error('it never began')) };
}

describe('two deployments of one service', () => {
  test('the second one is refused, naming who holds the lease, for what, since when and until when', async () => {
    const two = setTwo();
    const second = meanwhile(two, () => two.deploy(8));
    const { report } = await two.deploy(7);
    expect(report.state).toBe('deployed');
    const error: unknown = await second.ended().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeldLeaseError);
    expect(String(error)).toMatch(
      new RegExp(
        `nothing was touched.*${urlOf(7)} holds the lease for zone us-east-1a since 2026-.*, until 2026-`,
        's',
      ),
    );
    expect(new Set(two.changed)).toEqual(new Set([7]));
    expect(two.stage.ledger.zone('us-east-1a')).toMatchObject({ runId: 7, state: 'deployed' });
  });

  test('the second one waits when it is told to, says for whom, and then goes on from what it finds', async () => {
    const two = setTwo();
    const second = meanwhile(two, () => two.deploy(8, { leaseWait: 30 * MINUTE }));
    await two.deploy(7);
    const { report } = await second.ended();
    expect(report.state).toBe('unchanged');
    expect(two.stage.world.log).toContainEqual(
      expect.stringContaining(`waiting for the lease of storefront: ${urlOf(7)} holds it`),
    );
    expect(two.stage.ledger.zone('us-east-1a')).toMatchObject({ runId: 8, state: 'deployed' });
  });

  test('one that waits with an older ordinal is refused when its turn comes', async () => {
    const two = setTwo();
    const older = { version: '1.0.0', ordinal: 6, leaseWait: 30 * MINUTE };
    const second = meanwhile(two, () => two.deploy(8, older));
    await two.deploy(7);
    await expect(second.ended()).rejects.toThrow(
      /has 1\.1\.0 .* which is newer than 1\.0\.0 .* of ordinal 6/,
    );
    expect(inZoneA(two.stage)).toEqual(new Set(['1.1.0']));
  });

  test('one that waited in vain is refused', async () => {
    const two = setTwo();
    await two.deploy(7);
    const { ledger } = two.stage;
    const held = { token: 9, run: urlOf(9), runId: 9, zone: 'us-east-1b' };
    const [since, expires] = ['2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'];
    ledger.text = JSON.stringify({
      ...JSON.parse(ledger.text ?? ''),
      fence: 9,
      lease: { ...held, since, expires },
    });
    await expect(two.deploy(10, { leaseWait: 2 * MINUTE })).rejects.toThrow(/waited for, 2m long.*runs\/9/s);
  });

  test('another attempt of the same run takes its own lease over', async () => {
    const two = setTwo();
    const first = await two.deploy(7);
    expect(first.report.state).toBe('deployed');
    const { ledger } = two.stage;
    const [since, expires] = ['2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'];
    const lease = { token: 4, run: `${urlOf(7)}/attempts/1`, runId: 7, zone: 'us-east-1a', since, expires };
    ledger.text = JSON.stringify({ ...JSON.parse(ledger.text ?? ''), fence: 4, lease });
    expect((await two.deploy(7)).report.state).toBe('unchanged');
    expect(JSON.parse(ledger.text)).toMatchObject({ fence: 5 });
    expect(JSON.parse(ledger.text)).not.toHaveProperty('lease');
  });

  test('however their looks at the ledger fall, they never work at the same time', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.constantFrom(0, 30 * MINUTE), async (scheduler, leaseWait) => {
        const two = setTwo();
        const { ledger } = two.stage;
        const scheduled = {
          place: ledger.place,
          read: scheduler.scheduleFunction(ledger.read),
          write: scheduler.scheduleFunction(ledger.write),
        };
        const runs = [7, 8].map((run) => two.deploy(run, { leaseWait }, scheduled));
        const ended = await scheduler.waitFor(Promise.allSettled(runs));
        const changes = two.changed.filter((run, index) => run !== two.changed[index - 1]);
        expect(changes.length).toBeLessThanOrEqual(2);
        expect(ended.some(({ status }) => status === 'fulfilled')).toBe(true);
        for (const each of ended) {
          if (each.status === 'fulfilled') expect(each.value.report.problem).toBeUndefined();
          else expect(String(each.reason)).toMatch(/holds the lease for zone|is older than run 8/);
        }
        refused += ended.filter(({ status }) => status === 'rejected').length;
        expect(inZoneA(two.stage)).toEqual(new Set(['1.1.0']));
      }),
      { numRuns: 30 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});

test('a zone costs a write at its beginning, four for each batch, one at its end, and a renewal for every third of a lease', async () => {
  const two = setTwo();
  const began = two.stage.world.now();
  await two.deploy(7);
  const thirds = Math.floor((two.stage.world.now() - began) / (200 * 1_000));
  expect(two.stage.ledger.writes).toBeLessThanOrEqual(2 + 2 * 4 + thirds);
});

describe('a lease that is lost on the way', () => {
  test('stops the deployment: nothing more is changed, the ledger is not written, and the report says whose it is', async () => {
    const two = setTwo();
    const { world, ledger } = two.stage;
    let taken: number | undefined;
    world.before = ({ what }) => {
      if (what !== 'installer' || taken !== undefined) return undefined;
      const parsed = JSON.parse(ledger.text ?? '');
      const lease = { ...parsed.lease, token: parsed.fence + 1, run: urlOf(9), runId: 9 };
      ledger.text = JSON.stringify({ ...parsed, fence: lease.token, lease });
      ledger.set('us-east-1b', 'deploying', { runId: 9, run: urlOf(9) });
      taken = world.now();
      return undefined;
    };
    const { report } = await two.deploy(7);
    expect(report).toMatchObject({ state: 'stopped' });
    expect(report.problem?.message).toContain(`lost its lease to ${urlOf(9)}`);
    expect(report.problem?.message).toContain('nothing more is changed');
    expect(Math.max(...two.times)).toBeLessThan((taken ?? 0) + BELIEVED);
    expect(world.log).toContainEqual(expect.stringMatching(/^warning: This run lost its lease/));
    expect(JSON.parse(ledger.text ?? '')).toMatchObject({
      lease: { runId: 9 },
      zones: { 'us-east-1a': { state: 'deploying', runId: 7 } },
    });
  });
});
