import type { HostCommand, HostResult } from '../../src/hosts/port.ts';
import type { Clock, HostContext } from '../../src/operations/context.ts';
import { CancelledError } from '../../src/runner/errors.ts';

/** The surroundings of one operation, in which time passes only by sleeping. */
export interface Stage {
  readonly context: HostContext;
  readonly clock: Clock;
  /** Lines of the log. */
  readonly lines: readonly string[];
  /** Commands of each call of the transport. */
  readonly runs: readonly (readonly HostCommand[])[];
  /** Milliseconds since it began. */
  elapsed(): number;
  pass(milliseconds: number): void;
  cancel(): void;
}

/** @param answer how each command ends */
export function setStage(answer: (command: HostCommand) => HostResult = unexpected): Stage {
  const began = 1_000_000;
  let now = began;
  const cancellation = new AbortController();
  const lines: string[] = [];
  const runs: (readonly HostCommand[])[] = [];
  const clock: Clock = {
    now: () => now,
    jitter: () => 0.5,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      now += milliseconds;
    },
  };
  return {
    context: {
      clock,
      log: {
        info: (text) => void lines.push(text),
        warning: (text) => void lines.push(`warning: ${text}`),
        group: (_, work) => work(),
      },
      timeline: () => undefined,
      signal: cancellation.signal,
      run: 'https://github.com/acme/web/actions/runs/1',
      transport: {
        facts: async () => [],
        run: async (commands) => {
          runs.push(commands);
          return commands.map(answer);
        },
      },
    },
    clock,
    lines,
    runs,
    elapsed: () => now - began,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    cancel: () => cancellation.abort(new CancelledError('The person asked to stop.')),
  };
}

function unexpected({ host }: HostCommand): HostResult {
  throw new Error(`no command was expected on ${host}`);
}

/** One answer as the probe on a host reports it. */
export interface Reported {
  readonly status: number;
  readonly milliseconds?: number;
  readonly body?: string;
  readonly problem?: string;
  readonly headers?: string;
}

/** What the probe prints on a host. */
export function probed(host: string, answers: readonly Reported[]): HostResult {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const written = answers.map(({ status, milliseconds = 5, body = '', problem = '', headers = '' }) => {
    return { status, milliseconds, body: encode(body), problem: encode(problem), headers: encode(headers) };
  });
  return { host, outcome: 'done', stdout: `${JSON.stringify({ answers: written })}\n`, stderr: '' };
}
