import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  callsOf,
  DIRECTORY,
  digestOf,
  type Hook,
  haveRelease,
  install,
  outputOf,
  problemOf,
} from './installer.ts';
import { startMachine } from './machine.ts';
import { linkInstallerTools } from './shells.ts';

const STUB = `#!/bin/sh
echo "systemctl $* with $(basename "$(readlink ../../current)")" >>../../calls
echo "managed"
exit "$SYSTEMCTL_CODE"
`;

async function withUnit(
  hooks: readonly Hook[],
  { code = 0, systemctl = 'systemctl', unit = 'web@1.service' } = {},
): Promise<{ readonly answer: Awaited<ReturnType<typeof install>>; readonly calls: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-unit-'));
  try {
    await writeFile(join(folder, systemctl), STUB);
    await chmod(join(folder, systemctl), 0o755);
    const path = `${folder}:/usr/local/bin:/usr/bin:/bin`;
    await using machine = await startMachine(undefined, {
      PATH: systemctl === 'systemctl' ? path : await linkInstallerTools(folder),
      SYSTEMCTL_CODE: String(code),
    });
    await haveRelease(machine, '1.0');
    await machine.link(`${DIRECTORY}/current`, 'releases/1.0');
    await haveRelease(machine, '1.1');
    const answer = await install(machine, { sha256: digestOf('1.1'), unit, hooks });
    return { answer, calls: await callsOf(machine) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a unit is restarted after the switch when there are no hooks', async () => {
  const { answer, calls } = await withUnit([]);
  expect(answer).toMatchObject({ outcome: 'switched' });
  expect(calls).toEqual(['systemctl restart -- web@1.service with 1.1']);
  expect(outputOf(answer)).toBe('-- start: systemctl restart -- web@1.service\nmanaged\n');
});

test.each([
  [['stop'], ['stop', 'systemctl start -- web@1.service with 1.1']],
  [['start'], ['systemctl stop -- web@1.service with 1.0', 'start']],
  [
    ['stop', 'start'],
    ['stop', 'start'],
  ],
] as const)('with the hooks %j and a unit, what runs is %j', async (hooks, expected) => {
  const { answer, calls } = await withUnit(hooks);
  expect(answer).toMatchObject({ outcome: 'switched' });
  expect(calls).toEqual(expected);
});

test('the name of a unit arrives as it is, and is never run or taken for an option', async () => {
  const unit = `--now $(touch canary) "it's" \n{{ssm:x}}`;
  const { calls } = await withUnit([], { unit });
  expect(calls.join('\n')).toBe(`systemctl restart -- ${unit} with 1.1`);
});

test('a unit that does not start is the start step that failed', async () => {
  const { answer } = await withUnit([], { code: 5 });
  expect(answer).toMatchObject({ outcome: 'failed', step: 'start', switched: true });
  expect(problemOf(answer)).toContain('systemctl restart -- web@1.service ended with exit code 5');
});

test('a host without systemctl is known before anything is stopped', async () => {
  const { answer, calls } = await withUnit(['stop'], { systemctl: 'something-else' });
  expect(answer).toMatchObject({ outcome: 'failed', step: 'release', switched: false });
  expect(problemOf(answer)).toContain('no systemctl');
  expect(calls).toEqual([]);
});
