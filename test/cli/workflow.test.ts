import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { breaches } from '../../scripts/workflows/rules.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SUITE = `acme/zonewise@${COMMIT} # v1.2.3`;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workflow-'));
  put('repository/.git/HEAD', 'ref: refs/heads/main\n');
  put('repository/.github/fleet.yml', readFileSync(join(ROOT, 'examples/storefront/fleet.yml'), 'utf8'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Runs `zonewise` as npx does. */
function zonewise(words: readonly string[], cwd = join(folder, 'repository'), root = ROOT) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/zonewise.js'), ...words], {
    ...{ cwd, encoding: 'utf8' },
  });
  return { status, stdout, stderr };
}

const OUT = '.github/workflows/deploy.yml';
const written = () => readFileSync(join(folder, 'repository', OUT), 'utf8');
const write = (...words: readonly string[]) =>
  zonewise(['workflow', '.github/fleet.yml', '--out', OUT, ...words]);

describe('zonewise workflow', () => {
  test('gives the committed example for the storefront, wherever it is started', () => {
    const example = readFileSync(join(ROOT, 'examples/storefront/deploy.yml'), 'utf8');
    const fleet = 'examples/storefront/fleet.yml';
    expect(zonewise(['workflow', fleet], ROOT)).toEqual({ status: 0, stdout: example, stderr: '' });
    expect(zonewise(['workflow', join(ROOT, fleet)], folder).stdout).toBe(example);
  });

  test('writes a workflow in which everything is pinned and every permission has its reason', () => {
    expect(write('--suite', SUITE)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(breaches({ file: OUT, text: written() })).toEqual([]);
    // A commit without its version is pinned, but nobody can tell what it is.
    write('--suite', `acme/zonewise@${COMMIT}`);
    expect(breaches({ file: OUT, text: written() })).toHaveLength(6);
  });

  test('needs to be told where Zonewise is, once', () => {
    const { status, stderr } = write();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('Add --suite OWNER/REPO@COMMIT'),
    });
    write('--suite', SUITE);
    const first = written();
    expect(first).toContain(`uses: acme/zonewise/.github/workflows/zone.yml@${COMMIT} # v1.2.3\n`);
    expect(write()).toMatchObject({ status: 0 });
    expect(written()).toBe(first);
    const newer = 'f'.repeat(40);
    write('--suite', `acme/zonewise@${newer}`);
    expect(written()).toBe(first.replaceAll(`${COMMIT} # v1.2.3`, newer));
  });

  test('checks a file against the fleet file', () => {
    expect(write('--check', '--suite', SUITE)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${OUT} is not there.`),
    });
    write('--suite', SUITE);
    expect(write('--check')).toMatchObject({ status: 0, stdout: `${OUT} is what the fleet file gives.\n` });

    const right = written();
    put(`repository/${OUT}`, right.replace('cancel-in-progress: false', 'cancel-in-progress: true'));
    const changed = write('--check');
    expect(changed.status).toBe(1);
    expect(changed.stderr).toMatch(
      /^\.github\/workflows\/deploy\.yml:\d+ is not what the fleet file gives\.$/m,
    );
    expect(changed.stderr).toMatch(/^- +cancel-in-progress: true\n\+ +cancel-in-progress: false$/m);
    expect(written()).toContain('cancel-in-progress: true');

    put(`repository/${OUT}`, `${right}# more\n`);
    expect(write('--check').stderr).toContain('\n- # more\n+ \n');
    put(`repository/${OUT}`, right.slice(0, -10));
    expect(write('--check').status).toBe(1);
  });

  test('notices that the fleet file has another zone', () => {
    write('--suite', SUITE);
    const fleet = readFileSync(join(folder, 'repository/.github/fleet.yml'), 'utf8');
    put('repository/.github/fleet.yml', fleet.replaceAll('us-east-1b', 'us-east-1d'));
    expect(write('--check')).toMatchObject({ status: 1, stderr: expect.stringContaining('us-east-1d') });
  });

  test.each([
    [['.github/fleet.yml', '--suite', 'acme/zonewise@v1'], '--suite is "acme/zonewise@v1"'],
    [['.github/fleet.yml', '--check'], 'name it with --out'],
    [['.github/fleet.yml', '--sweet', 'a'], '--sweet'],
    [[], 'Expected one fleet file, saw none'],
    [['a.yml', 'b.yml'], 'saw a.yml and b.yml'],
    [['none.yml'], 'none.yml'],
    [['.github/fleet.yml', '--suite', SUITE, '--out', '.github'], '.github could not be read'],
  ])('refuses %j in one message', (words, message) => {
    const { status, stdout, stderr } = zonewise(['workflow', ...words]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('refuses a fleet file that is in no repository', () => {
    put('alone/fleet.yml', readFileSync(join(folder, 'repository/.github/fleet.yml'), 'utf8'));
    const { status, stderr } = zonewise(['workflow', 'fleet.yml', '--suite', SUITE], join(folder, 'alone'));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('is in no git repository'),
    });
  });
});

describe('zonewise', () => {
  test('shows what there is', () => {
    const { status, stdout } = zonewise(['help']);
    expect(status).toBe(0);
    for (const name of ['workflow', 'rehearse', 'range'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(zonewise([]).status).toBe(1);
  });

  test('says which command was probably meant', () => {
    const { status, stderr } = zonewise(['rehearsal']);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'There is no command rehearsal, only workflow, ledger, verify, rehearse, range. Did you mean rehearse?\n',
    });
  });

  test.each(['workflow', 'rehearse', 'range'])('hands over to %s', (name) => {
    const { status, stdout } = zonewise([name, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(`${name} `);
    expect(stdout).toContain('--help');
  });

  test('runs its bundle where it is installed as a package, in which Node reads no TypeScript', () => {
    const installed = join(folder, 'node_modules/zonewise');
    for (const part of ['bin', 'dist/zonewise', 'dist/package.json', 'package.json']) {
      cpSync(join(ROOT, part), join(installed, part), { recursive: true });
    }
    const run = (...words: readonly string[]) => zonewise(words, join(folder, 'repository'), installed);
    run('workflow', '.github/fleet.yml', '--out', OUT, '--suite', SUITE);
    const first = written();
    expect(write('--check')).toMatchObject({ status: 0 });
    expect(first).toContain('  us-east-1a:\n');
    const { status, stderr } = run('rehearse');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining('Clone the repository'),
    });
  });
});
