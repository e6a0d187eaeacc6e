import { describe, expect, test } from '@jest/globals';
import { encodedField, listField, numberField, readAnswer, textField } from '../../src/hosts/answer.ts';
import { PlatformError } from '../../src/runner/errors.ts';

describe('readAnswer', () => {
  test('reads the last line, whatever was printed before it', () => {
    const stdout = 'a login banner\n{"not":"this"}\n{"quiet":true,"connections":0}\n\n';
    expect(readAnswer('i-1', stdout)).toEqual({ quiet: true, connections: 0 });
  });

  test.each([
    ['nothing', '', '""'],
    ['blank lines', '\n\n', '""'],
    ['words', 'Segmentation fault\n', '"Segmentation fault"'],
    ['the beginning of an answer', '{"answers":[{"status":200,', '"{\\"answers\\":'],
    ['a list', '[]\n', '"[]"'],
    ['null', 'null\n', '"null"'],
    ['a number', '7\n', '"7"'],
    ['an answer and then words', '{"quiet":true}\nand more', '"and more"'],
  ])('names the host and what it saw instead: %s', (_, stdout, seen) => {
    const read = () => readAnswer('i-1', stdout);
    expect(read).toThrow(PlatformError);
    expect(read).toThrow(`i-1 did not report a result: its last line was ${seen}`);
  });

  test('quotes no more than 200 characters', () => {
    expect(() => readAnswer('i-1', 'x'.repeat(5_000))).toThrow(/was "x{200}"\./);
  });
});

describe('the fields of an answer', () => {
  const answer = readAnswer(
    'i-1',
    JSON.stringify({
      text: 'a',
      number: 1.5,
      list: [{ a: 1 }, 'x', null, [], 7, { b: 2 }],
      encoded: Buffer.from('zwei\nZeilen: ü').toString('base64'),
      empty: null,
    }),
  );

  test('are what they are', () => {
    expect(textField(answer, 'text')).toBe('a');
    expect(numberField(answer, 'number')).toBe(1.5);
    expect(encodedField(answer, 'encoded')).toBe('zwei\nZeilen: ü');
    expect(listField(answer, 'list')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test.each(['missing', 'empty', 'list'])(
    'are empty text and zero when they are something else: %s',
    (name) => {
      expect(textField(answer, name)).toBe('');
      expect(encodedField(answer, name)).toBe('');
      expect(numberField(answer, name)).toBe(0);
    },
  );

  test.each(['missing', 'empty', 'text'])('are an empty list when they are something else: %s', (name) => {
    expect(listField(answer, name)).toEqual([]);
  });
});
