import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseFileCommands, parseWorkflowCommand } from '../../src/rehearsal/runner-files.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
/** The runner's own time from SIGINT to SIGTERM (ProcessInvoker.cs of actions/runner). */
const SIGTERM_AFTER = 7_500;

export interface BundleOptions {
  /** Inputs by their names in `action.yml`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Below it a folder for the step is made. */
  readonly folder: string;
  /** Text of the workspace's `.github/fleet.yml`; none leaves the workspace empty. */
  readonly fleet?: string;
}

export interface Ended {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Messages of the `::error::` lines. */
  readonly errors: readonly string[];
  readonly log: string;
  /** Whether the runner would have had to send SIGTERM. */
  readonly terminated: boolean;
}

/** A bundle that runs as a step. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves when its log holds this text; rejects when it ends without. */
  said(text: string): Promise<void>;
  /** Phases so far, as `host phase`. */
  phases(): readonly string[];
  /** Stops it as the runner does: SIGINT, and SIGTERM when that is not enough. */
  cancel(): void;
  kill(): void;
  /** Has it stand still, and go on. */
  freeze(): void;
  thaw(): void;
}

/** The folder of each bundle that runs. */
const children = new Map<ChildProcess, string>();

/** Starts `dist/<name>/index.js` with nothing but what the runner gives a step. */
export async function startBundle(name: string, options: BundleOptions): Promise<Running> {
  const folder = await mkdtemp(join(options.folder, `${name}-`));
  const workspace = join(folder, 'workspace');
  await mkdir(join(workspace, '.github'), { recursive: true });
  if (options.fleet !== undefined) await writeFile(join(workspace, '.github', 'fleet.yml'), options.fleet);
  const files = {
    output: join(folder, 'output'),
    summary: join(folder, 'summary.md'),
    timeline: join(folder, 'timeline'),
  };
  for (const file of Object.values(files)) await writeFile(file, '');
  const inputs = { timeline: files.timeline, ...options.inputs };
  const child = spawn(process.execPath, [join(DIST, name, 'index.js')], {
    cwd: workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      ...Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]),
      ),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.set(child, folder);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (log += part));
  let term: NodeJS.Timeout | undefined;
  let terminated = false;
  const ended = once(child, 'close').then((): Ended => {
    clearTimeout(term);
    children.delete(child);
    const commands = log.split('\n').flatMap((line) => parseWorkflowCommand(line) ?? []);
    return {
      exitCode: child.exitCode,
      outputs: parseFileCommands(readFileSync(files.output, 'utf8')),
      summary: readFileSync(files.summary, 'utf8'),
      errors: commands.filter(({ command }) => command === 'error').map(({ message }) => message),
      log,
      terminated,
    };
  });
  return {
    ended,
    said: (text) =>
      new Promise((found, reject) => {
        const look = () => {
          if (log.includes(text)) found();
        };
        child.stdout.on('data', look);
        child.on('close', () => reject(new Error(`it ended without saying ${text}:\n${log}`)));
        look();
      }),
    phases: () => phasesIn(readFileSync(files.timeline, 'utf8')),
    cancel: () => {
      child.kill('SIGINT');
      term = setTimeout(() => {
        terminated = true;
        child.kill('SIGTERM');
      }, SIGTERM_AFTER);
    },
    kill: () => void child.kill('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** Runs a bundle to its end. */
export async function runBundle(name: string, options: BundleOptions): Promise<Ended> {
  return (await startBundle(name, options)).ended;
}

/** Ends every bundle that still runs: for after a test that failed. */
export function killBundles(): void {
  killBundlesBelow('');
}

/** Ends those that run in a folder below this one. */
export function killBundlesBelow(folder: string): void {
  for (const [child, own] of children) {
    if (own.startsWith(folder)) child.kill('SIGKILL');
  }
}

function phasesIn(timeline: string): readonly string[] {
  return timeline
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .map(({ host, phase }) => `${host} ${phase}`);
}
