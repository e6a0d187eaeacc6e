import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { errorCode } from './error-code.ts';
import { parseFileCommands, parseWorkflowCommand } from './runner-files.ts';

/** One step of a job: an action's bundle and what it is given. */
export interface Step {
  /** Absolute path of the bundle's `index.js`. */
  readonly bundle: string;
  /** Inputs by their names in `action.yml`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Added to the clean environment that a step gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder below which the workspace and the runner's files are made; must not hold another step's. */
  readonly folder: string;
  readonly repository: string;
  readonly runId: string;
  /** Called with each line of the log as it comes. */
  readonly onLine: (line: string) => void;
  /** Aborting it cancels the step as the runner does. */
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** Milliseconds a cancelled step is given. */
export interface Patience {
  /** From SIGINT to SIGTERM. */
  readonly interrupt: number;
  /** From SIGTERM to the end of the whole process tree. */
  readonly terminate: number;
}

/** The runner's own times (ProcessInvoker.cs of actions/runner). */
export const RUNNER_PATIENCE: Patience = { interrupt: 7_500, terminate: 2_500 };

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title?: string;
  readonly message: string;
}

/** How a step ended. */
export interface StepResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly cancelled: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Markdown of the job summary. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** Milliseconds. */
  readonly duration: number;
}

/** Files through which an action talks to the runner, by environment variable. */
const RUNNER_FILES = [
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
] as const;

/** Runs an action's bundle as the GitHub runner does, on this very Node. */
export async function runStep(step: Step): Promise<StepResult> {
  const places = await prepare(step.folder);
  const begin = performance.now();
  const annotations: Annotation[] = [];
  const child = spawn(process.execPath, [step.bundle], {
    cwd: places.workspace,
    env: { ...stepEnvironment(step, places), ...step.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal must not reach it past the runner, and its end takes the tree.
    detached: true,
  });
  const logs = Promise.all(
    [child.stdout, child.stderr].map((stream) => readLines(stream, annotations, step)),
  );
  const [exitCode, signal] = await ended(child, step);
  await logs;
  const read = (name: (typeof RUNNER_FILES)[number]): Promise<string> => readFile(places.files[name], 'utf8');
  return {
    exitCode,
    signal,
    cancelled: step.signal.aborted,
    outputs: parseFileCommands(await read('GITHUB_OUTPUT')),
    state: parseFileCommands(await read('GITHUB_STATE')),
    summary: await read('GITHUB_STEP_SUMMARY'),
    annotations,
    duration: performance.now() - begin,
  };
}

interface Places {
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly files: Readonly<Record<(typeof RUNNER_FILES)[number], string>>;
}

async function prepare(folder: string): Promise<Places> {
  const file = (name: string): string => join(folder, 'files', name);
  const places: Places = {
    workspace: join(folder, 'workspace'),
    temp: join(folder, 'temp'),
    home: join(folder, 'home'),
    files: {
      GITHUB_OUTPUT: file('output'),
      GITHUB_STATE: file('state'),
      GITHUB_ENV: file('env'),
      GITHUB_PATH: file('path'),
      GITHUB_STEP_SUMMARY: file('summary.md'),
    },
  };
  for (const each of [places.workspace, places.temp, places.home, join(folder, 'files')]) {
    await mkdir(each, { recursive: true });
  }
  for (const name of RUNNER_FILES) await writeFile(places.files[name], '');
  return places;
}

function stepEnvironment(step: Step, places: Places): Record<string, string> {
  const inputs = Object.entries(step.inputs).map(([name, value]) => [inputVariable(name), value]);
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: places.home,
    RUNNER_TEMP: places.temp,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: places.workspace,
    GITHUB_REPOSITORY: step.repository,
    GITHUB_RUN_ID: step.runId,
    GITHUB_SERVER_URL: 'https://github.com',
    ...places.files,
    ...Object.fromEntries(inputs),
  };
}

/** The runner upper-cases names and turns spaces, but not hyphens, into underscores. */
function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

async function readLines(stream: Readable, annotations: Annotation[], step: Step): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    const annotation = annotationOf(line);
    if (annotation !== undefined) annotations.push(annotation);
    step.onLine(line);
  }
}

function annotationOf(line: string): Annotation | undefined {
  const parsed = parseWorkflowCommand(line);
  if (parsed === undefined) return undefined;
  const { command, message, properties } = parsed;
  if (command !== 'error' && command !== 'warning' && command !== 'notice') return undefined;
  const title = properties['title'];
  return { level: command, message, ...(title === undefined ? {} : { title }) };
}

/** Waits for the end; a cancelled step gets SIGINT, then SIGTERM, then its whole tree is killed. */
async function ended(child: ChildProcess, step: Step): Promise<[number | null, NodeJS.Signals | null]> {
  const timers: NodeJS.Timeout[] = [];
  const cancel = (): void => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), step.patience.interrupt));
    timers.push(setTimeout(() => killTree(child), step.patience.interrupt + step.patience.terminate));
  };
  if (step.signal.aborted) cancel();
  else step.signal.addEventListener('abort', cancel);
  try {
    const [code, signal] = await once(child, 'exit');
    return [typeof code === 'number' ? code : null, signal ?? null];
  } finally {
    step.signal.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
    killTree(child);
  }
}

/** Ends what is left of the step's process group; when nothing is left there is nothing to do. */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
