import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../../src/ledger/open.ts';
import { fenced } from '../../../src/operations/lease/fenced.ts';
import { LEASE_TIMING } from '../../../src/operations/lease/timing.ts';
import { inTurn, withLease } from '../../../src/operations/lease/with-lease.ts';
import { systemClock } from '../../../src/runner/clock.ts';

/**
 * A run that holds a short lease and changes something again and again, one line of the journal each, until it is told to end
 * or loses its lease: `node worker.ts LEDGER JOURNAL RUN fenced|unfenced`. An unfenced one never asks whether it may.
 */
const [place = '', journal = '', run = '', guard = ''] = process.argv.slice(2);
/** Milliseconds between two changes. */
const PAUSE = 20;
const never = () => Promise.reject(new Error('nobody asks for this'));
const say = (text: string) => void process.stdout.write(`${text}\n`);

const { signal } = new AbortController();
const ledger = await openLedger(place, { region: 'eu-west-1' });
const log = { info: say, warning: say, group: <T>(_: string, work: () => Promise<T>) => work() };
const leaseTiming = { ...LEASE_TIMING, duration: 2_000, skew: 300 };
const ports = { clock: systemClock, log, signal, ledger, leaseTiming };
const wish = { service: 'storefront', zone: 'us-east-1a', run, runId: Number(run.replaceAll(/\D/g, '')) };
const context = {
  signal,
  balancer: {
    settings: never,
    siblings: never,
    targets: never,
    deregister: never,
    register: async (_pool: string, _hosts: readonly unknown[]) => appendFileSync(journal, `${run}\n`),
  },
  scaling: {
    members: never,
    group: never,
    enterStandby: never,
    exitStandby: never,
    setMinSize: never,
    setDesired: never,
    suspend: never,
    resume: never,
    setHealthy: never,
    terminate: never,
  },
  transport: { facts: never, run: never },
};

let told = false;
process.on('SIGTERM', () => {
  told = true;
});
try {
  await inTurn(ports, { ...wish, wait: 60_000 }, () =>
    withLease(
      ports,
      wish,
      (found) => found,
      async (lease) => {
        const { balancer } = guard === 'fenced' ? fenced(context, lease) : context;
        while (!told) {
          await balancer.register(run, []);
          await sleep(PAUSE);
        }
      },
    ),
  );
  say('ended');
} catch (error) {
  say(`stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
