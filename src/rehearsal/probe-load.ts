import http from 'node:http';
import { createFinder } from './probe-names.ts';
import { ask } from './probe-request.ts';
import {
  CONNECTIONS,
  type Connection,
  type LoadOptions,
  type ProbedEntrance,
  type Sample,
} from './probe-sample.ts';
import { seededRandom } from './random.ts';

/** A load that is running. */
export interface Load {
  /** Sends nothing more, waits until every request has ended, and closes the connections. */
  stop(): Promise<void>;
}

/** One region by one kind of connection. */
interface Stream {
  readonly region: string;
  readonly connection: Connection;
  readonly agent: http.Agent;
  /** Where the next request goes; rejects when that cannot be found. */
  readonly find: () => Promise<Place>;
  /** Milliseconds between due instants. */
  readonly period: number;
  /** Milliseconds from the start of the load to the first due instant. */
  readonly phase: number;
  readonly random: () => number;
}

interface Place {
  readonly url: string;
  readonly name?: string;
  /** `address:port`, when there is a name. */
  readonly entrance?: string;
}

/**
 * Sends requests at fixed instants whatever the answers do, so that a slow or dead service is asked as often as
 * a good one. Every sample is handed to `record`.
 */
export function startLoad(options: LoadOptions, record: (sample: Sample) => void): Load {
  const streams = streamsOf(options);
  const limit = mostUnanswered(options);
  const pending = new Set<Promise<void>>();
  const begin = now();

  const send = (stream: Stream, due: number): void => {
    const start = now();
    const base = { region: stream.region, connection: stream.connection, start, late: start - due };
    if (pending.size >= limit) {
      const detail = `${pending.size} requests were unanswered`;
      record({ ...base, end: start, outcome: { kind: 'failed', reason: 'not-sent', detail } });
      return;
    }
    const work = request(stream, options).then((answer) => {
      pending.delete(work);
      record({ ...base, end: now(), ...answer });
    });
    pending.add(work);
  };

  const stops = streams.map((stream) => pace(stream, begin, send));
  return {
    async stop() {
      for (const stop of stops) stop();
      await Promise.all(pending);
      for (const stream of streams) stream.agent.destroy();
    },
  };
}

type Answered = Omit<Sample, 'region' | 'connection' | 'start' | 'end' | 'late'>;

/** Finds the place and asks there; a place that cannot be found is a failure like any other. */
async function request({ find, agent }: Stream, options: LoadOptions): Promise<Answered> {
  const found = await find().catch((error: unknown) => ({
    detail: error instanceof Error ? error.message : String(error),
  }));
  if ('detail' in found) return { outcome: { kind: 'failed', reason: 'name', ...found } };
  const { entrance, ...place } = found;
  const answer = await ask({ ...place, agent, ...settings(options) });
  return { ...answer, ...(entrance === undefined ? {} : { entrance }) };
}

/** Calls `send` for every due instant until the returned function is called; late timers catch up. */
function pace(stream: Stream, begin: number, send: (stream: Stream, due: number) => void): () => void {
  let count = 0;
  let timer: NodeJS.Timeout;
  const next = (): number => begin + stream.phase + (count + stream.random() * JITTER) * stream.period;
  let due = next();
  const wake = (): void => {
    while (due <= now()) {
      send(stream, due);
      count += 1;
      due = next();
    }
    timer = setTimeout(wake, Math.max(0, due - now()));
  };
  timer = setTimeout(wake, Math.max(0, due - now()));
  return () => clearTimeout(timer);
}

/** Share of a period by which a due instant moves, so that the streams never march in step. */
const JITTER = 0.5;

function streamsOf(options: LoadOptions): readonly Stream[] {
  const random = seededRandom(options.seed);
  const period = (1_000 * options.entrances.length * CONNECTIONS.length) / options.rate;
  return options.entrances.flatMap((entrance) =>
    CONNECTIONS.map((connection) => ({
      region: entrance.region,
      connection,
      // The oldest idle connection is used first, so that all stay warm as those of many users would.
      agent: new http.Agent({ keepAlive: connection === 'keep-alive', scheduling: 'fifo' }),
      period,
      phase: random() * period,
      // Of its own: which stream wakes first must not change what another one draws.
      random: seededRandom(Math.floor(random() * 4_294_967_296)),
      find: finderOf(entrance, options.path, random),
    })),
  );
}

/**
 * Where requests to an entrance go. Kept connections belong to an address, as the agent keys them: whoever is led to
 * another one leaves them idle.
 */
function finderOf({ url, name }: ProbedEntrance, path: string, random: () => number): Stream['find'] {
  const fixed = new URL(path, url);
  if (name === undefined) return () => Promise.resolve({ url: fixed.href });
  const finder = createFinder(name, seededRandom(Math.floor(random() * 4_294_967_296)), now);
  return async () => {
    const place = new URL(fixed);
    place.hostname = await finder.next();
    return { url: place.href, name: name.name, entrance: place.host };
  };
}

/** A dead service holds rate × timeout requests; more than twice that means the probe itself is stuck. */
function mostUnanswered(options: LoadOptions): number {
  return Math.ceil((2 * options.rate * options.timeout) / 1_000);
}

function settings(options: LoadOptions): { readonly versionHeader: string; readonly timeout: number } {
  return { versionHeader: options.versionHeader, timeout: options.timeout };
}

/** Milliseconds since the epoch, never going back, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
