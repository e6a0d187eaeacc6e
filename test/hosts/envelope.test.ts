import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packCommand } from '../../src/hosts/envelope.ts';
import { UserError } from '../../src/runner/errors.ts';
import { startMachine } from './machine.ts';
import { findShells } from './shells.ts';

/** Prints how many arguments it was given, and each of them between marks, in hexadecimal. */
const ECHO = `
set -eu
printf '%s\\n' "$#"
for value in "$@"; do printf '<'; printf '%s' "$value" | od -An -v -tx1 | tr -d ' \\n'; printf '>\\n'; done
`;

function echoed(values: readonly string[]): string {
  return [
    String(values.length),
    ...values.map((value) => `<${Buffer.from(value).toString('hex')}>`),
    '',
  ].join('\n');
}

/** Each would leave a file named `run` when a shell took it for program text. */
const HOSTILE = [
  '',
  ' ',
  '\n',
  'ends in newlines\n\n\n',
  '\r\n\t\v\f\u0007\u001b[31m\u007f',
  "it's",
  "'; touch run; '",
  '"; touch run; "',
  '$(touch run)',
  '`touch run`',
  '\n touch run\n',
  '; touch run #',
  '| touch run',
  '&& touch run &',
  '$HOME $1 $@ $* $'.concat('{HOME}'),
  '\\',
  '\\n\\0\\x41 %s %n %%',
  '*',
  '?[a-z]',
  '~',
  '-n',
  '--',
  '!!',
  '{{ssm:secret}} {{ssm-secure:secret}} {{ssm:secret:1}} {{ global:DATE }}',
  'x',
  'ünïcödé 日本語 🚀 \u202e\u0301\ufeff\ufffd',
  "'".repeat(10_240),
  'é\n'.repeat(5_000),
];

describe.each(findShells())('packCommand in $name', (shell) => {
  test('hands hostile values over byte for byte and runs none of them', async () => {
    await using machine = await startMachine(shell);
    const { code, stdout, stderr } = await machine.run(ECHO, ...HOSTILE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(echoed(HOSTILE));
    expect(await machine.homeFiles()).not.toContain('run');
    expect(await machine.list('/')).toEqual([]);
  });

  test('hands over any text whatever', async () => {
    await using machine = await startMachine(shell);
    const any = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...'\'"`$(){};&|<>\\\n \t*?~#%!x') }),
      fc.constantFrom(...HOSTILE),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 12 }), async (drawn) => {
        const values = drawn.map((value) => value.replaceAll('\0', ''));
        expect((await machine.run(ECHO, ...values)).stdout).toBe(echoed(values));
      }),
      { numRuns: 25 },
    );
  });
});

describe('the lines of a command', () => {
  test('hold nothing of a value but its base64', () => {
    const script = 'printf %s "$1"';
    const lines = packCommand(script, HOSTILE);
    const data = lines.filter((line) => line.includes('base64 -d'));
    expect(data).toHaveLength(HOSTILE.length);
    for (const line of data) {
      expect(line).toMatch(/^zonewise_\d+=\$\(printf %s '[A-Za-z0-9+/=]*' \| base64 -d; printf x\)$/);
    }
    expect(lines.at(-1)).toBe(script);
    expect(lines.join('\n')).not.toMatch(/\{\{|touch/);
  });

  test('are none for a value with NUL, which an argument cannot hold', () => {
    const pack = () => packCommand('true', ['fine', 'with\0in']);
    expect(pack).toThrow(UserError);
    expect(pack).toThrow('"with\\u0000in" holds the character NUL');
  });
});
