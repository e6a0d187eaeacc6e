import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packCommand } from '../../src/hosts/envelope.ts';
import { findProgram, reportMissing } from './shells.ts';

const FOLDER = join(import.meta.dirname, '../../src/hosts/scripts');
const MODULES = await Promise.all(
  readdirSync(FOLDER).map((name): Promise<Readonly<Record<string, unknown>>> => import(join(FOLDER, name))),
);
const SCRIPTS = MODULES.flatMap((each) => Object.entries(each)).flatMap(([name, text]) =>
  name.endsWith('_SCRIPT') && typeof text === 'string' ? [[name, text] as const] : [],
);

/** `SC2317`, `SC2329`: a function that is never called. All scripts begin alike, and not each needs all of it. */
const UNUSED_FUNCTION = 'SC2317,SC2329';

function shellcheck(script: string): string {
  const options = ['--shell=sh', `--exclude=${UNUSED_FUNCTION}`, '--format=gcc', '-'];
  const { stdout, stderr, error } = spawnSync('shellcheck', options, { input: script, encoding: 'utf8' });
  return error === undefined ? stdout + stderr : error.message;
}

/** Looks at scripts when there is a shellcheck; says loudly when there is none. */
const describeWithShellcheck = (work: () => void): void => {
  if (findProgram('shellcheck') === undefined) reportMissing('shellcheck');
  else describe('shellcheck', work);
};

describe('the constant scripts', () => {
  test('are all looked at', () => {
    expect(SCRIPTS.map(([name]) => name)).toEqual(
      expect.arrayContaining(['INSTALLER_SCRIPT', 'HOOK_SCRIPT', 'STATUS_SCRIPT', 'PROBE_SCRIPT']),
    );
  });

  test.each(SCRIPTS)(
    '%s holds nothing that Systems Manager would replace, and nothing but ASCII',
    (_, script) => {
      expect(script).not.toContain('{{');
      expect(script).toMatch(/^[\n -~]+$/);
    },
  );

  test.each(SCRIPTS)('%s leaves most of the 64 kB that a command may have to its data', (_, script) => {
    expect(packCommand(script, []).join('\n').length).toBeLessThan(24_000);
  });
});

describeWithShellcheck(() => {
  test('complains about a script that quotes nothing', () => {
    expect(shellcheck('rm -rf $1\n')).toContain('SC2086');
  });

  test.each(SCRIPTS)('has nothing to say about %s', (_, script) => {
    expect(shellcheck(script)).toBe('');
  });
});
