import {
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, jest, test } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { A1, A2, POOL } from '../e2e/test-range.ts';
import { until } from '../range/support.ts';
import type { MadeCall, WaitingCall } from './gateway.ts';
import { type Death, fencingProblems, judgeTraffic } from './judge.ts';
import { type Fault, faultNamed, faultsAt, nameOf, sample } from './points.ts';
import { observe, type Reference } from './reference.ts';
import { rivalProblems } from './rivals.ts';
import { dieOn, noticedOn, reviveOn } from './services.ts';
import { clientOptions } from './state.ts';
import { type Hands, strikeOf } from './strike.ts';
import { describeTrial, openTrials, type Trial } from './trial.ts';
import { type FaultWorld, OTHER_RUN, RUN, startWorld, urlOf } from './world.ts';

jest.setTimeout(180_000);

/** Which faults are drawn, of all that `npm run test:faults` tries. */
const SEED = 8;
const DRAWN = 2;
const AT_A_TIME = 3;

let undisturbed: Promise<Reference> | undefined;

function reference(): Promise<Reference> {
  undisturbed ??= observe(['deploy-zone', 'promote-zone']);
  return undisturbed;
}

/** Those that wait for minutes until a call is given up are for the exhaustive form. */
async function drawn(index: number): Promise<void> {
  const known = await reference();
  const all = faultsAt(known.points).filter(
    ({ kind, mayMiss }) => !mayMiss && ['kill-before', 'kill-after', 'interrupt'].includes(kind),
  );
  const [fault] = sample(all, DRAWN, SEED).slice(index);
  if (fault === undefined) throw new Error(`there are ${all.length} faults to draw from`);
  const trial = await tried(fault, true);
  expect([trial.problems, describeTrial(trial)]).toEqual([[], expect.any(String)]);
}

async function tried(fault: Fault, again: boolean): Promise<Trial> {
  const trials = openTrials(await reference());
  try {
    return await trials.make(fault, again);
  } finally {
    await trials.stop();
  }
}

async function withWorld(work: (world: FaultWorld) => Promise<void>): Promise<void> {
  const world = await startWorld();
  try {
    await work(world);
  } finally {
    await world.stop();
  }
}

async function deregister({ range }: FaultWorld, host: string): Promise<void> {
  const port = (await range.range.hosts()).find((each) => each.host === host)?.port ?? 0;
  const client = new ElasticLoadBalancingV2Client(clientOptions(range.range));
  try {
    const Targets = [{ Id: host, Port: port }];
    await client.send(new DeregisterTargetsCommand({ TargetGroupArn: POOL, Targets }));
  } finally {
    client.destroy();
  }
}

atOnce(
  {
    'every call of an undisturbed run is known for what it does': async () => {
      const { points } = await reference();
      const operations = points.map(({ operation }) => operation);
      expect(operations.filter((operation) => operation.endsWith(':unknown'))).toEqual([]);
      expect(new Set(points.filter(({ mutating }) => mutating).map(({ operation }) => operation))).toEqual(
        new Set([
          'DeregisterTargets',
          'PutObject:evidence',
          'PutObject:ledger',
          'RegisterTargets',
          'SendCommand:clear-record',
          'SendCommand:installer',
          'SendCommand:record',
        ]),
      );
      const faults = faultsAt(points);
      expect(faults.map((fault) => nameOf(faultNamed(nameOf(fault))))).toEqual(faults.map(nameOf));
      expect(new Set(faults.map(nameOf)).size).toBe(faults.length);
      for (const { command, operation, ordinal, mutating } of points) {
        const killed = faults.filter((fault) => fault.kind.startsWith('kill-'));
        const here = killed.filter((fault) => nameOf(fault).endsWith(`${command} ${operation} ${ordinal}`));
        if (mutating) expect(here.map(({ kind }) => kind)).toEqual(['kill-before', 'kill-after']);
      }
    },
    ...Object.fromEntries(
      Array.from({ length: DRAWN }, (_, index) => [
        `fault ${index + 1} of ${DRAWN} that seed ${SEED} draws: the same command again ends as if nothing had been`,
        () => drawn(index),
      ]),
    ),
    'a command that is not run again is caught': async () => {
      const fault = faultNamed('kill-after deploy-zone DeregisterTargets 1');
      const { ended, problems } = await tried(fault, false);
      expect(ended).toBe('killed');
      expect(problems).toEqual([
        expect.stringMatching(/^hosts differ/),
        expect.stringMatching(/^targets differ/),
        expect.stringMatching(/^ledger differ/),
      ]);
    },
    'a call that is not reached is caught': async () => {
      const fault = faultNamed('kill-after promote-zone DeregisterTargets 1');
      const { ended, problems } = await tried(fault, true);
      expect(ended).toBe('not reached');
      expect(problems).toEqual(['DeregisterTargets 1 was not called']);
    },
    'a service that dies is seen by the load, and a host that left without a record is found': () =>
      withWorld(async (world) => {
        expect(await world.unrecorded()).toEqual([]);
        await until(() => world.traffic().total > 0, 'there is load');
        const before = world.traffic();
        const dies = async (): Promise<boolean> => {
          await reviveOn(world.range, A1);
          expect(await dieOn(world.range, A1)).toBe(true);
          return world.traffic().failed.length > 0;
        };
        // Few requests come before the health check notices.
        await until(dies, 'a request failed', 60_000);
        const after = world.traffic();
        const death = { host: A1, wasServing: true, noticed: await noticedOn(world.range, A1) };
        const { failed } = after;
        expect(judgeTraffic(before, after, death)).toEqual({ problems: [], lost: failed.length });
        const others: readonly (Death | undefined)[] = [
          undefined,
          { ...death, wasServing: false },
          { ...death, host: A2 },
          { ...death, noticed: 0 },
        ];
        for (const other of others) {
          expect(judgeTraffic(before, after, other).problems).toEqual([
            expect.stringMatching(/requests failed/),
          ]);
        }
        await reviveOn(world.range, A1);
        expect((await world.range.targets())[A1]).toBe('healthy');
        await deregister(world, A1);
        expect(await world.unrecorded()).toEqual([A1]);
      }),
    'another run takes the lease, and gives back what is its own': () =>
      withWorld(async (world) => {
        expect(await world.takeOver()).toBe(false);
        expect((await world.ledger())?.lease).toMatchObject({ runId: OTHER_RUN, token: 1 });
        const { lease, ...rest } = (await world.ledger()) ?? {};
        await world.putLedger({ ...rest, lease: { ...lease, runId: RUN } } as never);
        await world.giveBack();
        expect((await world.ledger())?.lease?.runId).toBe(RUN);
        expect(await world.takeOver()).toBe(true);
        expect((await world.ledger())?.fence).toBe(2);
        await world.giveBack();
        expect((await world.ledger())?.lease).toBeUndefined();
      }),
  },
  AT_A_TIME,
);

const LOST = `This run lost its lease to ${urlOf(OTHER_RUN)}, which took it`;
const SAID = { exitCode: 1, errors: [LOST] };

function call(operation: string, more: Partial<MadeCall> = {}): MadeCall {
  const mutating = !operation.startsWith('Get');
  return {
    operation,
    mutating,
    protocol: 'query',
    hosts: [],
    ...{ attempt: 1, ordinal: 1, at: 1_000, status: 200 },
    ...more,
  };
}

test('a run that changes anything after it stood still past its lease is caught', () => {
  const taken = { wasHeld: true, calls: 1, at: 1_000 };
  const before = call('RegisterTargets');
  const judged = (...later: readonly MadeCall[]) =>
    fencingProblems([before, ...later], taken, { kind: 'freeze' }, SAID);
  expect(judged()).toEqual([]);
  expect(judged(call('GetObject:ledger'), call('PutObject:evidence'))).toEqual([]);
  expect(judged(call('PutObject:ledger', { status: 412 }))).toEqual([]);
  expect(judged(call('PutObject:ledger'))).toHaveLength(1);
  expect(judged(call('RegisterTargets', { attempt: 2 }))).toEqual([
    expect.stringContaining('RegisterTargets 1 (attempt 2 of the SDK)'),
  ]);
  const { status: _, ...unanswered } = call('SendCommand:installer');
  expect(judged(unanswered)).toHaveLength(1);
});

test('a run that goes on after it saw who has its lease, or long after, is caught', () => {
  const taken = { wasHeld: true, calls: 0, at: 1_000 };
  const judged = (...calls: readonly MadeCall[]) =>
    fencingProblems(calls, taken, { kind: 'lease-taken' }, SAID);
  expect(judged(call('RegisterTargets'), call('GetObject:ledger'))).toEqual([]);
  expect(judged(call('GetObject:ledger'), call('RegisterTargets'))).toHaveLength(1);
  expect(judged(call('RegisterTargets', { at: 60_000 }))).toHaveLength(1);
});

test('a run that does not say who has its lease is caught, if it had one', () => {
  const judged = (errors: readonly string[], wasHeld = true) =>
    fencingProblems([], { wasHeld, calls: 0, at: 0 }, { kind: 'freeze' }, { exitCode: 1, errors });
  expect(judged([LOST])).toEqual([]);
  expect(judged(['This run lost its lease to time'])).toHaveLength(1);
  expect(judged([])).toHaveLength(1);
  expect(judged([], false)).toEqual([]);
});

test('of two runs, one that goes on beside the other is caught, and one that is refused without a name', () => {
  const fault = faultNamed('rival deploy-zone GetObject:ledger 1');
  const ended = { outputs: {}, summary: '', errors: [], log: '', terminated: false };
  const winner = { run: RUN, calls: [], ended: { ...ended, exitCode: 0, outputs: { state: 'deployed' } } };
  const refused = (error: string, calls: readonly MadeCall[] = []) => {
    return { run: OTHER_RUN, calls, ended: { ...ended, exitCode: 1, errors: [error] } };
  };
  const named = `${urlOf(RUN)} holds the lease for zone us-east-1a`;
  expect(rivalProblems(fault, winner, refused(named))).toEqual([]);
  expect(rivalProblems(fault, refused(named), { ...winner, run: RUN })).toEqual([]);
  expect(rivalProblems(fault, winner, refused('somebody holds the lease'))).toHaveLength(1);
  expect(rivalProblems(fault, winner, refused(named, [call('RegisterTargets')]))).toHaveLength(1);
  expect(rivalProblems(fault, winner, refused(named, [call('PutObject:ledger')]))).toHaveLength(1);
  expect(rivalProblems(fault, winner, { ...winner, run: OTHER_RUN })).toHaveLength(1);
  expect(rivalProblems(fault, refused(named), refused(named))).toHaveLength(1);
});

test('a fault that cannot be made is caught', async () => {
  const { disturb, problems } = strikeOf(faultNamed('host-dies deploy-zone PutObject:ledger 1'), {} as Hands);
  const made = call('PutObject:ledger');
  const act = disturb(made);
  await expect(act?.({ call: made } as WaitingCall)).rejects.toThrow('names no host that could die');
  expect(problems()).toEqual([expect.stringContaining('names no host that could die')]);
});

test('every call that changes something is struck, and what is called in its place passes', () => {
  const hands = {} as Hands;
  const { disturb, struck } = strikeOf(faultNamed('throttle deploy-zone * 1'), hands);
  const made = [1, 2, 3, 4].map((ordinal) => call('RegisterTargets', { ordinal }));
  const read = [1, 2].map((ordinal) => call('GetObject:ledger', { ordinal }));
  for (const each of [...made, ...read]) disturb(each);
  expect(struck().map(({ operation, ordinal }) => `${operation} ${ordinal}`)).toEqual([
    'RegisterTargets 1',
    'RegisterTargets 3',
    'GetObject:ledger 1',
  ]);
  const lost = strikeOf(faultNamed('answer-lost deploy-zone Put* 1'), hands);
  for (const ordinal of [1, 2, 3, 4]) lost.disturb(call('PutObject:ledger', { ordinal, protocol: 's3' }));
  expect(lost.struck().map(({ ordinal }) => ordinal)).toEqual([1, 4]);
});
