import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { loadFleet } from '../fleet/load.ts';
import { UserError } from '../runner/errors.ts';
import { writeCaller } from '../workflow/caller.ts';
import { pinsIn, type Suite, suiteIn, ZONE_WORKFLOW } from '../workflow/pins.ts';
import type { Command } from './commands.ts';
import { parseWorkflowArguments, WORKFLOW_HELP, type WorkflowArguments } from './workflow-arguments.ts';

/** `zonewise workflow`: writes the workflow that deploys a fleet, or compares a file with it. */
export const WORKFLOW: Command = {
  name: 'workflow',
  summary: 'writes the workflow that deploys a fleet on GitHub',
  run: async (words) => {
    const given = parseWorkflowArguments(words);
    if (given !== 'help') return await run(given);
    process.stdout.write(WORKFLOW_HELP);
    return 0;
  },
};

async function run(given: WorkflowArguments): Promise<number> {
  const fleetFile = resolve(given.fleetFile);
  const fleet = await loadFleet(fleetFile);
  const root = repositoryOf(fleetFile);
  const before = given.out === undefined ? undefined : await textOf(given.out);
  const { runsOn, allowUnprotected } = given;
  const text = writeCaller({
    ...{ fleet, runsOn, allowUnprotected },
    fleetPath: relative(root, fleetFile).replaceAll(sep, '/'),
    suite: suiteFor(given, root, before),
    pins: pinsIn(before ?? ''),
  });
  if (given.out === undefined) process.stdout.write(text);
  else if (given.check) return compare(given.out, before, text);
  else await write(given.out, text);
  return 0;
}

/** The repository that a file is in: on the runner, its path there is its path in the workspace. */
function repositoryOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, '.git'))) {
    const above = dirname(folder);
    if (above === folder) {
      throw new UserError(
        `${file} is in no git repository, so it is unknown by which path a workflow would find it. ` +
          'Put it into the repository whose workflow this will be.',
      );
    }
    folder = above;
  }
  return folder;
}

function suiteFor({ suite, out }: WorkflowArguments, root: string, before: string | undefined): Suite {
  const found = suite ?? suiteIn(before ?? '') ?? (isZonewise(root) ? 'own' : undefined);
  if (found !== undefined) return found;
  const where = out === undefined ? '' : ` and ${out} names none`;
  throw new UserError(
    `It is unknown where Zonewise is: --suite is not given${where}. ` +
      'Add --suite OWNER/REPO@COMMIT, with all 40 digits of a commit that you have looked at.',
  );
}

function isZonewise(root: string): boolean {
  const manifest = join(root, 'package.json');
  if (!existsSync(join(root, ZONE_WORKFLOW)) || !existsSync(manifest)) return false;
  return JSON.parse(readFileSync(manifest, 'utf8')).name === 'zonewise';
}

function compare(file: string, before: string | undefined, text: string): number {
  if (before === text) {
    console.log(`${file} is what the fleet file gives.`);
    return 0;
  }
  console.error(`${difference(file, before, text)}\nWrite it anew with the same command without --check.`);
  return 1;
}

/** Where two texts part: the first line that is not the same. */
function difference(file: string, before: string | undefined, text: string): string {
  if (before === undefined) return `${file} is not there.`;
  const [seen, expected] = [before.split('\n'), text.split('\n')];
  const index = expected.findIndex((line, at) => line !== seen[at]);
  const at = index < 0 ? expected.length : index;
  const shown = (line: string | undefined) => line ?? '(the end of the file)';
  return `${file}:${at + 1} is not what the fleet file gives.\n- ${shown(seen[at])}\n+ ${shown(expected[at])}`;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UserError(`${file} could not be read: ${reasonOf(cause)}.`, { cause });
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(file, text);
  } catch (cause) {
    throw new UserError(`${file} could not be written: ${reasonOf(cause)}.`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
