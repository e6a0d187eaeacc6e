import http from 'node:http';
import { ask } from './probe-request.ts';
import { CONNECTIONS, type Connection, type LoadOptions, type Sample } from './probe-sample.ts';
import { seededRandom } from './random.ts';

/** A load that is running. */
export interface Load {
  /** Sends nothing more, waits until every request has ended, and closes the connections. */
  stop(): Promise<void>;
}

/** One region by one kind of connection. */
interface Stream {
  readonly region: string;
  readonly url: string;
  readonly connection: Connection;
  readonly agent: http.Agent;
  /** Milliseconds between due instants. */
  readonly period: number;
  /** Milliseconds from the start of the load to the first due instant. */
  readonly phase: number;
  readonly random: () => number;
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
    const question = { url: stream.url, agent: stream.agent, ...settings(options) };
    const work = ask(question).then((answer) => {
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
  return options.entrances.flatMap(({ region, url }) =>
    CONNECTIONS.map((connection) => ({
      region,
      url: new URL(options.path, url).href,
      connection,
      // The oldest idle connection is used first, so that all stay warm as those of many users would.
      agent: new http.Agent({ keepAlive: connection === 'keep-alive', scheduling: 'fifo' }),
      period,
      phase: random() * period,
      // Of its own: which stream wakes first must not change what another one draws.
      random: seededRandom(Math.floor(random() * 4_294_967_296)),
    })),
  );
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
