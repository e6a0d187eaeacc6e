import * as core from '@actions/core';
import { formatDuration } from '../fleet/duration.ts';
import type { Edges, TimelineEvent } from '../operations/context.ts';
import { systemClock } from './clock.ts';
import { CancelledError, PlatformError, UserError } from './errors.ts';
import { type Environment, variableFor } from './inputs.ts';
import { actionLog } from './log.ts';
import { maskSecrets, runUrl, setOutput, writeSummary } from './outputs.ts';
import { timelineTo } from './timeline.ts';

/**
 * Everything an entry is given by the runner; the only way in and out. `signal` aborts with a `CancelledError` as
 * reason when the runner or a person stops the step; `timeline` appends to the file named by the input `timeline`,
 * when it is given; `run` is the URL of this attempt of the workflow run, or `local`.
 */
export interface Edge extends Edges {
  readonly env: Environment;
  /** Texts are written as they are, everything else as JSON. */
  readonly setOutput: (name: string, value: unknown) => void;
  /** From now on the runner prints `***` in the place of this text, in every later step too. */
  readonly mask: (secret: string) => void;
  /** Adds Markdown to the job summary. */
  readonly summary: (markdown: string) => Promise<void>;
}

type LastSeen = ReadonlyMap<string, TimelineEvent>;

/** The runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s later; ending before leaves time to be read. */
const CANCEL_GRACE = 5_000;

const DEFECT =
  'This is a defect of the action: please report it with the log of a run with debug logging on.';

/**
 * Runs an action from its first line to the exit of the process. The only place that catches, annotates and
 * chooses the exit code: 0 when `main` returns, 1 with exactly one `::error::` otherwise.
 *
 * @param main the work; it must stop soon after `edge.signal` aborts
 * @param grace milliseconds from the first signal until the process ends without waiting for `main`
 */
export async function runAction(main: (edge: Edge) => Promise<void>, grace = CANCEL_GRACE): Promise<never> {
  const env: Environment = process.env;
  const cancellation = new AbortController();
  const log = actionLog(env);
  const lastSeen = new Map<string, TimelineEvent>();
  const record = timelineTo(env[variableFor('timeline')] || undefined, log);
  const edge: Edge = {
    env,
    log,
    signal: cancellation.signal,
    clock: systemClock,
    timeline(event) {
      lastSeen.set(event.host, event);
      record(event);
    },
    run: runUrl(env),
    setOutput: (name, value) => setOutput(name, value, env),
    mask(secret) {
      // Outside of a runner nobody would take the command for one: it would print what it hides.
      if (env['GITHUB_ACTIONS'] === 'true') core.setSecret(secret);
    },
    summary: (markdown) => writeSummary(markdown, env),
  };
  try {
    await Promise.race([abandonedAfter(grace, cancellation), uncaught(), main(edge)]);
  } catch (error) {
    annotate(error, lastSeen, env);
    return exit(1);
  }
  return exit(0);
}

/** Masks inputs that are secrets: to be called before anything that could print them. */
export function maskInputs({ env, mask }: Pick<Edge, 'env' | 'mask'>, ...names: readonly string[]): void {
  for (const name of names) {
    const secret = (env[variableFor(name)] ?? '').trim();
    if (secret !== '') mask(secret);
  }
}

/** Turns the first signal into an abort and rejects when `grace` has passed since. */
function abandonedAfter(grace: number, cancellation: AbortController): Promise<never> {
  return new Promise((_, reject) => {
    const onSignal = (signal: NodeJS.Signals) => {
      if (cancellation.signal.aborted) return;
      cancellation.abort(new CancelledError(`Cancelled by ${signal}.`));
      const late = `Cancelled by ${signal}, and the work did not end within ${formatDuration(grace)}.`;
      setTimeout(() => reject(new CancelledError(late)), grace);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

const AGAIN = 'Run the same step again';

/** What a person has to know about a step that was stopped half-way, beside what was said of it. */
function stateOf(lastSeen: LastSeen, said: string): readonly string[] {
  const known = [...lastSeen.values()].map(({ at, host, phase, note }) => {
    const why = note === undefined || said.includes(note) ? '' : ` (${note})`;
    return `- ${host}: ${phase} since ${at}${why}`;
  });
  return [
    ...(known.length === 0 ? [] : ['Last known of each host:', ...known]),
    ...(said.includes(AGAIN) ? [] : [`${AGAIN}: it continues from what it observes.`]),
  ];
}

/** An error that nothing awaits would end the process with a raw stack and without an annotation. */
function uncaught(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', reject);
    process.on('unhandledRejection', reject);
  });
}

function annotate(error: unknown, lastSeen: LastSeen, env: Environment): void {
  core.error(maskSecrets(messageOf(error, lastSeen), env));
  if (!core.isDebug()) return;
  for (let each = error, depth = 0; each !== undefined && depth < 10; depth += 1) {
    const text = each instanceof Error ? (each.stack ?? each.message) : String(each);
    core.debug(maskSecrets(`${depth === 0 ? '' : 'caused by '}${text}`, env));
    each = each instanceof Error ? each.cause : undefined;
  }
}

function messageOf(error: unknown, lastSeen: LastSeen): string {
  if (error instanceof CancelledError) return [error.message, ...stateOf(lastSeen, error.message)].join('\n');
  if (error instanceof UserError || error instanceof PlatformError) return error.message;
  return `Unexpected: ${error instanceof Error ? error.message : String(error)}\n${DEFECT}`;
}

/** Ends at once, with everything printed: no timer or open socket may hold the step. */
function exit(code: number): Promise<never> {
  return new Promise(() => {
    process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  });
}
