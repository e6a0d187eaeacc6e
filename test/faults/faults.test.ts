import {
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, jest } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { A1, POOL } from '../e2e/test-range.ts';
import { until } from '../range/support.ts';
import { type Fault, faultNamed, faultsAt, nameOf, sample } from './points.ts';
import { describeTrial, observe, type Reference, type Trial, tryFaults } from './trial.ts';
import { type FaultWorld, startWorld } from './world.ts';

jest.setTimeout(180_000);

/** Which faults are drawn, of all that `npm run test:faults` tries. */
const SEED = 8;
const DRAWN = 3;
const AT_A_TIME = 3;

let undisturbed: Promise<Reference> | undefined;

function reference(): Promise<Reference> {
  undisturbed ??= observe();
  return undisturbed;
}

/** Those that wait for minutes until a call is given up are for the exhaustive form. */
async function drawn(index: number): Promise<void> {
  const known = await reference();
  const all = faultsAt(known.points).filter(
    ({ kind, mutating }) => mutating && /^(?:kill|interrupt)/.test(kind),
  );
  const [fault] = sample(all, DRAWN, SEED).slice(index);
  if (fault === undefined) throw new Error(`there are ${all.length} faults to draw from`);
  const trial = await tried(fault, true);
  expect([trial.problems, describeTrial(trial)]).toEqual([[], expect.any(String)]);
}

async function tried(fault: Fault, again: boolean): Promise<Trial> {
  const trials: Trial[] = [];
  await tryFaults([fault], await reference(), (trial) => trials.push(trial), again);
  const [trial] = trials;
  if (trial === undefined) throw new Error('nothing was tried');
  return trial;
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
  const { endpoint, environment } = range.range;
  const port = (await range.range.hosts()).find((each) => each.host === host)?.port ?? 0;
  const client = new ElasticLoadBalancingV2Client({
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
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
      expect(faultsAt(points).map((fault) => faultNamed(nameOf(fault)).kind)).toHaveLength(
        faultsAt(points).length,
      );
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
        await world.range.range.stopHost(A1);
        await until(() => world.traffic().failed.length > 0, 'a request failed');
        await deregister(world, A1);
        expect(await world.unrecorded()).toEqual([A1]);
      }),
  },
  AT_A_TIME,
);
