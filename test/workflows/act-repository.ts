import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { isMap, isSeq, parse, parseDocument, stringify } from 'yaml';
import { parseFleet } from '../../src/fleet/load.ts';
import { HOSTED, writeCaller } from '../../src/workflow/caller.ts';
import { CHECKOUT, CREDENTIALS, PINS, pinned } from '../../src/workflow/pins.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FLEET = '.github/fleet.yml';
const CALLER = '.github/workflows/caller.yml';
const COMMONJS = '{ "type": "commonjs" }';

/** What a stand-in was given, and what it may add to the list of calls. */
export interface Call {
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface ActRun {
  readonly exitCode: number | null;
  readonly log: string;
  readonly calls: readonly Call[];
}

export interface ActOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Folder with programs that stand for those of the machine. */
  readonly programs?: string;
}

/** Whether the version of act is here that these tests know. */
export function actIsHere(): boolean {
  return spawnSync('act', ['--version'], { encoding: 'utf8' }).stdout?.trim() === 'act version 0.2.87';
}

/**
 * A git repository with the workflow that is written for a fleet, and with Zonewise's own workflow and actions beside it.
 * act knows no `$/…`, so `./…` stands in its place: in one repository they mean the same.
 *
 * @param bundles what the actions run: those of `dist`, or stand-ins that write down what they are given
 * @returns its commit
 */
export function plantDeployment(folder: string, fleet: string, bundles: 'real' | 'stand-ins'): string {
  const caller = writeCaller({
    fleet: parseFleet(fleet, FLEET),
    fleetPath: FLEET,
    suite: 'own',
    pins: new Map(),
    runsOn: HOSTED,
    allowUnprotected: false,
  });
  const told = bundles === 'real' ? '' : TOLD;
  return plant(folder, bundles, {
    [FLEET]: fleet,
    [CALLER]: `${local(caller)}${told}`,
    ...ownWorkflow('zone.yml'),
  });
}

/** A git repository with a workflow that calls `big-flip.yml` with these inputs, and stand-ins for its actions. */
export function plantFlip(folder: string, inputs: Readonly<Record<string, string>>): void {
  const jobs = { flip: { uses: './.github/workflows/big-flip.yml', with: inputs } };
  plant(folder, 'stand-ins', {
    [CALLER]: stringify({ on: 'workflow_dispatch', jobs }),
    ...ownWorkflow('big-flip.yml'),
  });
}

function ownWorkflow(name: string): Readonly<Record<string, string>> {
  const path = `.github/workflows/${name}`;
  return { [path]: local(readFileSync(join(ROOT, path), 'utf8')) };
}

function plant(
  folder: string,
  bundles: 'real' | 'stand-ins',
  files: Readonly<Record<string, string>>,
): string {
  const actions = readdirSync(join(ROOT, 'actions'));
  const standIns = actions.map((action) => [`dist/${action}/index.js`, STAND_IN] as const);
  const all = {
    ...files,
    ...(bundles === 'real' ? {} : { 'dist/package.json': COMMONJS, ...Object.fromEntries(standIns) }),
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  cpSync(join(ROOT, 'actions'), join(folder, 'actions'), { recursive: true });
  if (bundles === 'real') cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch', 'main');
  git(folder, 'add', '--all');
  const person = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  git(folder, ...person, 'commit', '--quiet', '--message', 'all');
  return git(folder, 'rev-parse', 'HEAD').trim();
}

/** A job that writes down what became of the first zone, as its job tells. */
const TOLD = `
  told:
    needs: [us-east-1a]
    if: always()
    runs-on: ${HOSTED}
    permissions: {}
    steps:
      - env:
          PROMOTED: \${{ needs.us-east-1a.outputs.promoted }}
          STATE: \${{ needs.us-east-1a.outputs.state }}
        run: echo '{"action":"told","inputs":{"state":"'$STATE'","promoted":"'$PROMOTED'"}}' >>"$WIRING"
`;

/**
 * What act understands: `queue` goes, which it refuses (it heeds no concurrency at all), and every job has a checkout, since
 * `./…` is looked for in what was checked out.
 */
function local(workflow: string): string {
  const own = workflow.replaceAll('uses: $/', 'uses: ./').replaceAll(/^ *queue: max\n/gm, '');
  const document = parseDocument(own);
  const jobs = document.get('jobs');
  for (const { value: job } of isMap(jobs) ? jobs.items : []) {
    const steps = isMap(job) ? job.get('steps') : undefined;
    if (isSeq(steps) && !String(steps).includes(CHECKOUT)) {
      steps.items.unshift(document.createNode({ uses: pinned(PINS, CHECKOUT).split(' ')[0] }));
    }
  }
  return document.toString({ lineWidth: 0 });
}

function git(folder: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** Runs the deployment of a planted repository with act on this machine, without containers. */
export async function runAct(
  folder: string,
  { inputs, environment, secrets, programs }: ActOptions,
): Promise<ActRun> {
  const calls = join(folder, '..', `${basename(folder)}-calls`);
  writeFileSync(calls, '');
  const credentials = join(folder, '..', 'credentials');
  plantCredentials(credentials);
  const commit = PINS.get(CREDENTIALS)?.commit;
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  // act takes the `node` of the PATH.
  const path = [
    ...(programs === undefined ? [] : [programs]),
    dirname(process.execPath),
    process.env['PATH'],
  ];
  const child = spawn(
    'act',
    [
      ...['workflow_dispatch', '--workflows', CALLER, '--no-cache-server'],
      ...['--platform', `${HOSTED}=-self-hosted`, '--action-cache-path', join(folder, '..', 'act')],
      ...['--local-repository', `${CREDENTIALS}@${commit}=${credentials}`],
      ...pairs('--var', { PLAN_ROLE: 'arn:plan', DEPLOY_ROLE: 'arn:deploy' }),
      ...pairs('--input', inputs),
      ...pairs('--env', { WIRING: calls, ...environment }),
      ...pairs('--secret', secrets),
    ],
    {
      cwd: folder,
      env: { PATH: path.join(delimiter), HOME: dirname(folder) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (log += part));
  await once(child, 'close');
  const lines = readFileSync(calls, 'utf8').split('\n').slice(0, -1);
  return { exitCode: child.exitCode, log, calls: lines.map((line) => JSON.parse(line)) };
}

/**
 * Stands for an action: writes its inputs down, and gives the outputs that WIRING_OUTPUTS has for it and its zone, or what it
 * is told to leave.
 */
const STAND_IN = `
const { appendFileSync } = require('node:fs');
const { basename } = require('node:path');
const { WIRING, WIRING_OUTPUTS = '{}', GITHUB_OUTPUT } = process.env;
const given = Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_'));
const inputs = Object.fromEntries(given.map(([name, value]) => [name.slice(6).toLowerCase(), value]));
const action = basename(__dirname);
appendFileSync(WIRING, JSON.stringify({ action, inputs }) + '\\n');
const all = JSON.parse(WIRING_OUTPUTS);
const outputs = all[action + ' ' + (inputs.zone || inputs.from)] ?? all[action] ?? {};
for (const [name, value] of Object.entries(outputs)) appendFileSync(GITHUB_OUTPUT, name + '=' + value + '\\n');
if (outputs.state === 'stopped') process.exitCode = 1;
`;

function plantCredentials(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'action.yml'),
    'name: Stand-in\ndescription: Takes no role\nruns: { using: node24, main: index.js }\n',
  );
  writeFileSync(join(folder, 'package.json'), COMMONJS);
  writeFileSync(join(folder, 'index.js'), STAND_IN.replace('basename(__dirname)', "'credentials'"));
}

/** Names of the inputs that an action.yml of this repository declares. */
export function inputsOf(action: string): readonly string[] {
  const { inputs } = parse(readFileSync(join(ROOT, 'actions', action, 'action.yml'), 'utf8'));
  return Object.keys(inputs);
}
