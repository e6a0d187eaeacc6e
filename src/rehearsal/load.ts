import { setTimeout as sleep } from 'node:timers/promises';
import type { Range } from '../range/range.ts';
import { reasonToStop } from './follow.ts';
import type { Probe } from './probe.ts';
import { CONNECTIONS, type ProbedEntrance } from './probe-sample.ts';
import type { Progress } from './progress.ts';
import type { RangedFleet } from './ranged-fleet.ts';
import { isFailed } from './traffic.ts';

/** Milliseconds. A small fleet is deployed so quickly that the wanted requests need some time more. */
const LONGEST_AFTERMATH = 60_000;

/** Successes that every region must show over each kind of connection before anything is done. */
const WARM_UP = { successes: 10, limit: 30_000 };

/** Where the load goes: by name to the balancer that the fleet's record leads to, by address to the others. */
export function entrancesOf({ range: settings }: RangedFleet, range: Range): readonly ProbedEntrance[] {
  const { dns } = settings;
  return range.entrances.map((entrance, index) => {
    if (index > 0 || dns === undefined || range.dns === undefined) return entrance;
    const servers = range.dns.nameServers.map(({ address, port }) => ({ address, port }));
    return { ...entrance, name: { name: dns.record, servers, ttl: dns.ttl } };
  });
}

interface Loaded {
  readonly range: Range;
  readonly probe: Probe;
  readonly world: { readonly progress: Progress };
}

/** Waits until the service answers everywhere; gives the reason when it does not. */
export async function warmUp(loaded: Loaded, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + WARM_UP.limit;
  while (!signal.aborted) {
    const cold = coldStreams(loaded);
    if (cold.length === 0) return undefined;
    if (Date.now() > deadline) {
      return `the service did not answer ${WARM_UP.successes} requests at ${cold.join(', ')} before anything was deployed.`;
    }
    await sleep(100);
  }
  return reasonToStop(signal);
}

function coldStreams({ range, probe }: Loaded): readonly string[] {
  return range.entrances.flatMap(({ region }) =>
    CONNECTIONS.filter((connection) => {
      const served = probe.samples.filter(
        (sample) => sample.region === region && sample.connection === connection && !isFailed(sample),
      );
      return served.length < WARM_UP.successes;
    }).map((connection) => `${region} (${connection})`),
  );
}

/**
 * Lets the load run on, so that the end state is measured too; being told to stop ends it at once.
 *
 * @param limits `duration` in milliseconds, longer as long as there are fewer than `least` requests
 */
export async function aftermath(
  { probe, world }: Loaded,
  limits: { readonly least: number; readonly duration: number; readonly signal: AbortSignal },
): Promise<void> {
  const { least, duration, signal } = limits;
  const begin = Date.now();
  const isOver = (): boolean => {
    const lasted = Date.now() - begin;
    if (lasted < duration) return false;
    return probe.samples.length >= least || lasted >= LONGEST_AFTERMATH;
  };
  if (!signal.aborted) world.progress({ kind: 'step', text: 'measuring what was left behind' });
  while (!signal.aborted && !isOver()) await sleep(100);
}
