import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../src/runner/errors.ts';
import { optional, readInputs, required, variableFor, withDefault } from '../../src/runner/inputs.ts';
import { artifact, boolean, duration, hostIds, integer, text, version } from '../../src/runner/kinds.ts';

const declarations = {
  zone: required(text('a zone', 'us-east-1a')),
  version: required(version()),
  'dry-run': withDefault(boolean(), false),
  timeout: withDefault(duration(1_000), 60_000),
  reason: optional(text('any text', 'maintenance')),
};

describe('readInputs', () => {
  test('gives typed values, defaults, and undefined for what may be left out', () => {
    const inputs = readInputs({ INPUT_ZONE: ' us-east-1a\n', INPUT_VERSION: '1.4.2' }, declarations);

    expect(inputs).toEqual({
      zone: 'us-east-1a',
      version: '1.4.2',
      'dry-run': false,
      timeout: 60_000,
      reason: undefined,
    });
    const typed: { zone: string; 'dry-run': boolean; timeout: number; reason: string | undefined } = inputs;
    expect(Object.isFrozen(typed)).toBe(true);
  });

  test('keeps the hyphen of a name in its variable', () => {
    const env = { INPUT_ZONE: 'z', INPUT_VERSION: '1', 'INPUT_DRY-RUN': 'true', INPUT_DRY_RUN: 'nonsense' };
    expect(readInputs(env, declarations)['dry-run']).toBe(true);
    expect(variableFor('two words-x')).toBe('INPUT_TWO_WORDS-X');
  });

  test('tells all problems at once, each with input, value, expectation and cure', () => {
    const message = refusal({ INPUT_VERSION: '../1', 'INPUT_DRY-RUN': 'yes', INPUT_TIMEOUT: '5' });

    expect(message.split('\n')).toEqual([
      '4 problems with the inputs of this action; nothing was touched.',
      '- `zone` is missing; expected a zone. Write, for example, `zone: us-east-1a` under `with:`.',
      expect.stringMatching(
        /^- `version` is "\.\.\/1"; expected a version .* `version: 1\.4\.2` under `with:`\.$/,
      ),
      '- `dry-run` is "yes"; expected `true` or `false`. Write, for example, `dry-run: true` under `with:`.',
      expect.stringMatching(/^- `timeout` is "5"; expected a whole number and a unit.*`timeout: 5m`/),
    ]);
  });

  test.each([undefined, '', '   ', '\n\t'])('takes %j for absent', (value) => {
    expect(refusal({ INPUT_ZONE: value, INPUT_VERSION: '1' })).toContain('`zone` is missing');
  });

  test('a value is shown on one line, escaped and cut', () => {
    const message = refusal({ INPUT_ZONE: 'z', INPUT_VERSION: `a\n::error::b${'x'.repeat(500)}` });
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain(String.raw`"a\n::error::b`);
    expect(message).toContain('(512 characters)');
    expect(message.length).toBeLessThan(500);
  });

  test('a value that may hold a secret is not shown', () => {
    const kinds = { artifact: required(artifact()) };
    const told = (value: string) => messageOf(() => readInputs({ INPUT_ARTIFACT: value }, kinds));

    const hidden = told('https://me:hidden@example.com/a.zip');
    expect(hidden).toContain(
      '- `artifact` is (not shown) (it holds a user name or a password); expected s3://',
    );
    expect(hidden).not.toMatch(/hidden|example\.com/);
    expect(told('https://example.com/a')).toContain('- `artifact` is "https://example.com/a" (its path ends');
  });

  test('conflicts between inputs are told together with the others', () => {
    const message = refusal({ INPUT_VERSION: 'bad/version' }, () => [
      { inputs: ['dry-run', 'reason'], problem: '`reason` needs `dry-run: true`.' },
    ]);
    expect(message).toContain('`zone` is missing');
    expect(message).toContain('- `reason` needs `dry-run: true`.');
    expect(message).toMatch(/^3 problems/);
  });

  test('a conflict with an input that could not be read is not told', () => {
    const seen: unknown[] = [];
    const message = refusal({ INPUT_ZONE: 'z', INPUT_VERSION: 'bad/version' }, (values) => {
      seen.push('version' in values);
      return [{ inputs: ['version', 'zone'], problem: 'No such version in this zone.' }];
    });
    expect(seen).toEqual([false]);
    expect(message).not.toContain('No such version');
  });

  test('every faulty input is named, and no other', () => {
    const kinds = {
      hosts: required(hostIds()),
      port: required(integer(1, 65_535)),
      flag: required(boolean()),
    };
    const good = { hosts: 'i-0123abcd', port: '80', flag: 'true' };
    const bad = fc.constantFrom('', 'no', 'i-', '0', '65536', '8 0', 'TRUE');
    fc.assert(
      fc.property(fc.record({ hosts: bad, port: bad, flag: bad }, { requiredKeys: [] }), (wrong) => {
        const env = Object.fromEntries(
          Object.entries({ ...good, ...wrong }).map(([name, value]) => [variableFor(name), value]),
        );
        const message = messageOf(() => readInputs(env, kinds));
        for (const name of Object.keys(good)) {
          expect(message.includes(`- \`${name}\``)).toBe(name in wrong);
        }
      }),
    );
  });
});

function refusal(
  env: Record<string, string | undefined>,
  check?: Parameters<typeof readInputs<typeof declarations>>[2],
): string {
  return messageOf(() => readInputs(env, declarations, check));
}

function messageOf(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error instanceof Error ? error.message : '';
  }
}
