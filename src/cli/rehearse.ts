import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import confirm from '@inquirer/confirm';
import { pack } from '../../examples/storefront/pack.ts';
import { loadFleet, renderFleet, withPolicy } from '../fleet/load.ts';
import { forkRange } from '../range/fork.ts';
import { startGitHub } from '../range/github/github.ts';
import { createDisplay, type Display } from '../rehearsal/display.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { RUNNER_PATIENCE } from '../rehearsal/runner.ts';
import type { ActionName, Approval } from '../rehearsal/stages.ts';
import type { Verdict } from '../rehearsal/verdict.ts';
import { describeVerdict } from '../rehearsal/verdict-text.ts';
import { renderHtmlReport } from '../report/html.ts';
import { CancelledError, PlatformError, UserError } from '../runner/errors.ts';
import { parseRehearseArguments, REHEARSE_HELP, type RehearseArguments } from './rehearse-arguments.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = join(ROOT, 'examples/');
const STOREFRONT = join(EXAMPLES, 'storefront');
const bundle = (action: ActionName): string => join(ROOT, 'dist', action, 'index.js');

/** Enough for a failure rate of one in a thousand to show up ten times. */
const LEAST_REQUESTS = 10_000;
/** Milliseconds. */
const AFTERMATH = 3_000;

/** Signals by which a person or a system asks to stop. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells report for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

/** Runs the command and gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (!stop.signal.aborted) process.stderr.write('\nStopping; this takes up to 10 s.\n');
    stop.abort(stoppedBy(signal === 'SIGINT' ? 'Ctrl-C' : signal));
  };
  for (const signal of STOP_SIGNALS) process.on(signal, interrupt);
  try {
    return await run(parseRehearseArguments(words), stop);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return stop.signal.aborted ? INTERRUPTED : 1;
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, interrupt);
  }
}

function stoppedBy(what: string): CancelledError {
  return new CancelledError(`Stopped by ${what}.`);
}

async function run(given: RehearseArguments, stop: AbortController): Promise<number> {
  if (given.help) {
    process.stdout.write(REHEARSE_HELP);
    return 0;
  }
  if (!given.yes && !process.stdin.isTTY) {
    throw new UserError(
      'Somebody must approve each zone or flip, but there is no terminal to ask on. Add --yes to approve all of them.',
    );
  }
  const fleetFile = resolve(given.fleetFile ?? join(STOREFRONT, 'fleet.yml'));
  if (fleetFile.startsWith(EXAMPLES)) await pack(join(STOREFRONT, 'releases'));
  const display = createDisplay(process.stdout);
  const verdict = await rehearseWith({ ...given, fleetFile }, display, stop).finally(() => display.stop());
  process.stdout.write(`${describeVerdict(verdict)}\n`);
  await writeFiles(given, verdict);
  if (stop.signal.aborted) return INTERRUPTED;
  return verdict.good ? 0 : 1;
}

function rehearseWith(
  given: RehearseArguments & { readonly fleetFile: string },
  display: Display,
  stop: AbortController,
): Promise<Verdict> {
  const { fleetFile, to, seed, faults } = given;
  const options = {
    fleetFile,
    ...(to === undefined ? {} : { to }),
    ...{ seed, faults, bundle, leastRequests: LEAST_REQUESTS, aftermath: AFTERMATH },
    patience: RUNNER_PATIENCE,
  };
  return rehearse(options, {
    ...{ loadFleet, withPolicy, renderFleet, forkRange, startGitHub },
    approve: given.yes
      ? () => Promise.resolve(true)
      : (approval) => display.pause(() => askPerson(approval, stop)),
    environment: process.env,
    progress: display.observe,
    signal: stop.signal,
  });
}

/** Asks on the terminal; Ctrl-C there stops the whole rehearsal. */
async function askPerson({ question }: Approval, stop: AbortController): Promise<boolean> {
  try {
    return await confirm({ message: question, default: false }, { signal: stop.signal });
  } catch (error) {
    if (!(error instanceof Error && /^(ExitPromptError|AbortPromptError)$/.test(error.name))) throw error;
    stop.abort(stoppedBy('Ctrl-C'));
    return false;
  }
}

async function writeFiles({ jsonFile, reportFile }: RehearseArguments, verdict: Verdict): Promise<void> {
  if (jsonFile !== undefined) await write(jsonFile, `${JSON.stringify(verdict, null, 2)}\n`);
  if (reportFile !== undefined) await write(reportFile, await renderHtmlReport(verdict));
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file} could not be written: ${reason}. Name a file in a folder that is yours.`);
  }
}

/** A person's mistake and a platform's trouble are one message; anything else is a bug and shows where. */
function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof PlatformError || error instanceof CancelledError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
