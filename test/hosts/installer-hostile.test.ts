import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAnswer } from '../../src/hosts/answer.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import {
  argumentsOf,
  callsOf,
  DIRECTORY,
  digestOf,
  haveRelease,
  install,
  offer,
  RELEASES,
  releaseOf,
} from './installer.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

const PARTS = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    '$',
    '!',
    '*',
    '?',
    '~',
    '#',
    ';',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '{{',
    '}}',
    '%s',
    '-n',
    '\t',
  ],
  ...[
    '$(touch canary)',
    '`touch canary`',
    '; touch canary;',
    "'; touch canary #",
    '"; touch canary #',
    '\u0024{HOME}',
  ],
  ...[
    '{{ssm:x}}',
    '{{ ssm-secure:/x }}',
    'ü',
    '日本',
    '\u2028',
    '\n',
    '\r',
    ' ',
    'x'.repeat(10_000),
    '","run":"forged',
  ],
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PARTS), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 8 })
  .map((parts) => parts.join('').replaceAll('\0', '').toWellFormed());

/** Places of arguments: the folder must be absolute, and the unit would be asked of the systemd of this machine. */
const [FOLDER, UNIT] = [5, 14];

const DUMP = 'printf %s "$ZONEWISE_SERVICE" >../../service; printf %s "$ZONEWISE_ZONE" >../../zone';

test.each(findShells())(
  'values arrive byte for byte and are never run, in $name',
  async (shell) => {
    await using server = await offer(releaseOf('1.1', { start: DUMP }));
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (run, service, zone) => {
        await using machine = await startMachine(shell);
        const wish = { ...server.wish, run, service, zone, hooks: ['start'] } as const;
        expect(await install(machine, wish)).toMatchObject({ outcome: 'switched' });
        expect(await machine.read(`${DIRECTORY}/service`)).toBe(service);
        expect(await machine.read(`${DIRECTORY}/zone`)).toBe(zone);
        const note = JSON.parse(await machine.read(`${RELEASES}/1.1/.release.json`));
        const noted = note.run ?? Buffer.from(note.run_base64, 'base64').toString('utf8');
        expect(noted).toBe(run);
        expect(await machine.homeFiles()).not.toContain('canary');
        expect(await machine.list(`${RELEASES}/1.1`)).not.toContain('canary');
        expect(await machine.list('/')).toEqual(['srv']);
      }),
      { numRuns: 12 },
    );
  },
  60_000,
);

test.each(findShells())(
  'a hostile value in any other place is refused or harmless, in $name',
  async (shell) => {
    await using server = await offer(releaseOf('1.1', { start: 'exit 0' }));
    const places = Array.from({ length: 20 }, (_, index) => index).filter((index) => index !== UNIT);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(places, { minLength: 1, maxLength: 2 }),
        hostile,
        async (chosen, value) => {
          await using machine = await startMachine(shell);
          const values = [...argumentsOf({ ...server.wish, hooks: ['start'] })];
          for (const place of chosen) values[place] = (place === FOLDER ? `${DIRECTORY}/` : '') + value;
          const { code, stdout } = await machine.run(INSTALLER_SCRIPT, ...values);
          expect([0, 64]).toContain(code);
          if (code === 0) expect(['switched', 'failed']).toContain(readAnswer('it', stdout)['outcome']);
          else expect(stdout).toBe('');
          expect(await machine.homeFiles()).not.toContain('canary');
          expect(await machine.list(`${RELEASES}/1.1`)).not.toContain('canary');
          expect(['', 'srv']).toContain((await machine.list('/')).join());
        },
      ),
      { numRuns: 25 },
    );
  },
  60_000,
);

test('a canary that is really run is seen', async () => {
  await using machine = await startMachine();
  await haveRelease(machine, '1.1', { programs: { start: 'touch canary' } });
  await install(machine, { hooks: ['start'], sha256: digestOf('1.1') });
  expect(await machine.list(`${RELEASES}/1.1`)).toContain('canary');
  expect(await callsOf(machine)).toEqual([]);
});
