import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

/** The scripts of release.yml, run as they are written there on a real repository; only `gh` stands for GitHub. */
const ROOT = resolve(import.meta.dirname, '../..');
const WORKFLOW = join(ROOT, '.github/workflows/release.yml');

let folder = '';
let calls = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  calls = join(folder, 'calls');
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'repository'));
  git('init', '--quiet', '--initial-branch', 'main');
  commit('0.9.0');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the list of packages that a release carries names every package of the bundles', () => {
  const file = join(folder, 'packages.json');
  expect(runIn(ROOT, 'sbom', { SBOM: file }).status).toBe(0);
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as {
    components: readonly { group?: string; name: string }[];
  };
  const listed = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  // Blocks of licenses.txt begin with the names of the packages that share the text below.
  const blocks = readFileSync(join(ROOT, 'dist/licenses.txt'), 'utf8').split(/^-{80}$/m);
  const bundled = blocks.flatMap((block) => block.trim().split('\n\n', 1)[0]?.split('\n') ?? []);
  expect(bundled).toContain('yaml');
  expect(listed).toEqual(expect.arrayContaining(bundled));
});

describe('a tag is released', () => {
  beforeEach(() => {
    commit('1.2.3');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    github('exit 1');
  });

  test('when it names the version and is on main', () => {
    expect(run('tag', 'v1.2.3')).toEqual({ status: 0, said: '' });
  });

  test('not when package.json has another version', () => {
    const { status, said } = run('tag', 'v1.2.4');
    expect(said).toContain('The tag is v1.2.4 and package.json says 1.2.3');
    expect(status).toBe(1);
  });

  test('not when it is on another branch', () => {
    git('checkout', '--quiet', '-b', 'aside');
    commit('1.3.0');
    const { status, said } = run('tag', 'v1.3.0');
    expect(said).toContain('v1.3.0 is not on main');
    expect(status).toBe(1);
  });

  test('not a second time', () => {
    github('exit 0');
    const { status, said } = run('tag', 'v1.2.3');
    expect(said).toContain('v1.2.3 was released before');
    expect(status).toBe(1);
  });
});

describe('a release is finished', () => {
  test.each([
    ['when it cannot be changed any more', 'echo true', 0],
    ['not when it still can', 'echo false', 1],
    ['not when GitHub does not say so', 'echo null', 1],
    ['not when GitHub does not answer', 'exit 1', 1],
  ])('%s', (_, answer, status) => {
    github(answer);
    expect(run('immutable', 'v1.2.3').status).toBe(status);
  });
});

describe('the tag of the major version', () => {
  beforeEach(() => github('exit 0'));

  test('is made by its first release', () => {
    release('1.0.0');
    expect(run('major', 'v1.0.0').status).toBe(0);
    expect(asked()).toEqual([
      `api --method POST repos/o/r/git/refs -f ref=refs/tags/v1 -f sha=${git('rev-parse', 'HEAD')}`,
    ]);
  });

  test('moves forward to a newer release, compared by numbers', () => {
    release('1.9.0');
    git('tag', 'v1');
    release('1.10.0');
    expect(run('major', 'v1.10.0').status).toBe(0);
    expect(asked()).toEqual([
      `api --method PATCH repos/o/r/git/refs/tags/v1 -f sha=${git('rev-parse', 'HEAD')} -F force=true`,
    ]);
  });

  test('stays where it is when an older line gets a release', () => {
    release('1.3.0');
    git('tag', 'v1');
    release('1.2.4');
    const { status, said } = run('major', 'v1.2.4');
    expect({ status, asked: asked() }).toEqual({ status: 0, asked: [] });
    expect(said).toContain('v1 stays where it is, since v1.3.0 is newer than v1.2.4');
  });

  test('is not moved aside, to a release that it is no ancestor of', () => {
    git('checkout', '--quiet', '-b', 'aside');
    release('1.0.0');
    git('tag', 'v1');
    git('checkout', '--quiet', 'main');
    release('1.1.0');
    const { status, said } = run('major', 'v1.1.0');
    expect({ status, asked: asked() }).toEqual({ status: 1, asked: [] });
    expect(said).toContain('it moves only forward');
  });

  test('takes no notice of other major versions and of tags that are no releases', () => {
    release('1.0.0');
    for (const tag of ['v10.0.0', 'v2.0.0', 'v1.1.0-rc.1', 'v1.x']) git('tag', tag);
    expect(run('major', 'v1.0.0').status).toBe(0);
    expect(asked()).toHaveLength(1);
  });

  test('not moved by GitHub is a failure', () => {
    release('1.0.0');
    github('exit 1');
    expect(run('major', 'v1.0.0').status).not.toBe(0);
  });
});

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...identity, ...args], {
    cwd: join(folder, 'repository'),
    encoding: 'utf8',
  }).trim();
}

function commit(version: string): void {
  writeFileSync(join(folder, 'repository/package.json'), JSON.stringify({ version }));
  git('add', '.');
  git('commit', '--quiet', '--message', version);
}

function release(version: string): void {
  commit(version);
  git('tag', `v${version}`);
}

/** Lets `gh` write down what it is asked and go on with these commands. */
function github(commands: string): void {
  const script = `#!/bin/sh\necho "$@" >>'${calls}'\n${commands}\n`;
  writeFileSync(join(folder, 'bin/gh'), script, { mode: 0o755 });
  writeFileSync(calls, '');
}

function asked(): readonly string[] {
  return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
}

/** Runs the script of a step for a tag, in the planted repository. */
function run(id: string, tag: string): Outcome {
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  return runIn(join(folder, 'repository'), id, { PATH: path, GITHUB_REPOSITORY: 'o/r', TAG: tag });
}

interface Outcome {
  readonly status: number | null;
  readonly said: string;
}

/** Runs the script of a step as the runner does: `bash -e` on a file. */
function runIn(cwd: string, id: string, env: Readonly<Record<string, string>>): Outcome {
  const { jobs } = parse(readFileSync(WORKFLOW, 'utf8')) as {
    jobs: Record<string, { steps: readonly { id?: string; run?: string }[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const file = join(folder, 'step.sh');
  writeFileSync(file, steps.find((step) => step.id === id)?.run ?? 'exit 99');
  const { status, stdout } = spawnSync('bash', ['-e', file], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, said: stdout };
}
