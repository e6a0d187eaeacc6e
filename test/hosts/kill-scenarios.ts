import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { until } from '../range/support.ts';
import { argumentsOf, DIRECTORY, type Wish } from './installer.ts';
import {
  type KillableMachine,
  type KillPoint,
  RACING,
  READING,
  startKillableMachine,
} from './kill-points.ts';
import type { Shell } from './shells.ts';

/** What is done on a machine that is in some state. */
export interface Scenario {
  readonly wish: Wish;
  readonly prepare: (machine: KillableMachine) => Promise<void>;
  /** The installer, or a broken one that must be found out. */
  readonly script?: string;
  /** Whether a run that was killed when it had released its lock is not followed by another: it was over. */
  readonly once?: boolean;
}

/** Everything below the service's folder, by path, but for what differs from run to run. */
export type Snapshot = Readonly<Record<string, string>>;

export async function snapshotOf(folder: string): Promise<Snapshot> {
  const entries: [string, string][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (name.startsWith('.zonewise/results/') || name === 'calls') continue;
    if (entry.isSymbolicLink()) entries.push([name, `-> ${await readlink(path)}`]);
    else if (entry.isFile()) entries.push([name, steady(await readFile(path, 'utf8').catch(gone))]);
    else entries.push([name, 'folder']);
  }
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}

/** A hook of a killed run may just be taking its note away. */
function gone(): string {
  return 'gone while looked at';
}

/** Without the time and the run of an installation. */
function steady(text: string): string {
  return text.replace(/"installed_at":"[^"]*"/, '"installed_at":""').replace(/"run":"[^"]*"/, '"run":""');
}

export interface Undisturbed {
  readonly after: Snapshot;
  /** Files of each whole release, by version. */
  readonly releases: Readonly<Record<string, readonly string[]>>;
  readonly points: readonly KillPoint[];
}

/** Runs a scenario without a kill: the state it must always end in, and every point at which it could be killed. */
export async function runUndisturbed(shell: Shell, scenario: Scenario): Promise<Undisturbed> {
  await using machine = await startKillableMachine(shell);
  await scenario.prepare(machine);
  const folder = machine.at(DIRECTORY);
  const before = await snapshotOf(folder);
  const { outcome, calls } = await machine.runUntil(undefined, INSTALLER_SCRIPT, argumentsOf(scenario.wish));
  if (!outcome.stdout.includes('"outcome":"switched"'))
    throw new Error(`it failed: ${JSON.stringify(outcome)}`);
  const after = await snapshotOf(folder);
  const points = calls
    .toSorted()
    .flatMap((call): KillPoint[] => [
      { call, moment: 'before' },
      ...(isOf(READING, call) ? [] : [{ call, moment: isOf(RACING, call) ? 'orphan' : 'after' } as const]),
    ]);
  return { after, releases: { ...releasesIn(before), ...releasesIn(after) }, points };
}

function isOf(programs: readonly string[], call: string): boolean {
  return programs.some((name) => call.startsWith(`${name}.`));
}

function releasesIn(snapshot: Snapshot): Readonly<Record<string, readonly string[]>> {
  const releases: Record<string, string[]> = {};
  for (const path of Object.keys(snapshot)) {
    const [, version, rest] = /^releases\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (version !== undefined && rest !== undefined) releases[version] = [...(releases[version] ?? []), rest];
  }
  return releases;
}

/** Kills a scenario at a point, runs it once more, and says what is wrong; `undefined` when nothing is. */
export async function killOnce(
  shell: Shell,
  scenario: Scenario,
  undisturbed: Undisturbed,
  point: KillPoint,
): Promise<string | undefined> {
  const { wish, prepare, script = INSTALLER_SCRIPT, once = false } = scenario;
  const at = `${point.moment} ${point.call}`;
  await using machine = await startKillableMachine(shell);
  await prepare(machine);
  const folder = machine.at(DIRECTORY);
  const { outcome } = await machine.runUntil(point, script, argumentsOf(wish));
  if (outcome.code !== null && !isOf(RACING, point.call)) return `${at}: the installer was not killed`;
  const broken = whatIsBroken(await snapshotOf(folder), undisturbed);
  if (broken !== undefined) return `${at}: ${broken}`;
  if (once && !(await machine.list(`${DIRECTORY}/.zonewise`)).includes('lock')) {
    const begun = (await machine.list(`${DIRECTORY}/.zonewise/results`)).length > 0;
    if (begun) return undefined;
  }
  const second = await machine.runPlainly(script, argumentsOf(wish));
  if (!second.stdout.includes('"outcome":"switched"')) return `${at}: the second run says ${second.stdout}`;
  const expected = JSON.stringify(undisturbed.after);
  let seen = '';
  // A hook of the first run may just be noticing that it is not to run.
  await until(
    async () => {
      seen = JSON.stringify(await snapshotOf(folder));
      return seen === expected;
    },
    'the state is that of an undisturbed run',
    1_000,
  ).catch(() => undefined);
  return seen === expected ? undefined : `${at}: ended as ${seen}`;
}

/** Whether `current` points to something that is not whole. */
function whatIsBroken(snapshot: Snapshot, { releases }: Undisturbed): string | undefined {
  const link = snapshot['current'];
  if (link === undefined) return 'current is gone';
  const version = link.replace('-> releases/', '');
  const seen = releasesIn(snapshot)[version] ?? [];
  const missing = (releases[version] ?? ['it']).filter((path) => !seen.includes(path));
  return missing.length === 0 ? undefined : `current points to ${version}, which lacks ${missing.join(', ')}`;
}

/** Kills a scenario at every point in turn, or at those of some programs; some machines at a time. */
export async function killEverywhere(
  shell: Shell,
  scenario: Scenario,
  undisturbed: Undisturbed,
  programs?: readonly string[],
): Promise<readonly string[]> {
  const open = undisturbed.points.filter(({ call }) => programs === undefined || isOf(programs, call));
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let point = open.shift(); point !== undefined; point = open.shift()) {
      const problem = await killOnce(shell, scenario, undisturbed, point);
      if (problem !== undefined) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return problems;
}
