import { describe, expect, test } from '@jest/globals';
import { parseFileCommands, parseWorkflowCommand } from '../../src/rehearsal/runner-files.ts';

describe('the file of outputs', () => {
  test('holds lines and blocks; the last value of a name stands', () => {
    const text = 'a=1\nb<<EOF_1\nfirst\nsecond=2\n\nEOF_1\na=x=y\nempty=\nnone<<E\nE\n';
    expect(parseFileCommands(text)).toEqual({ a: 'x=y', b: 'first\nsecond=2\n', empty: '', none: '' });
  });

  test('a block without its end is refused', () => {
    expect(() => parseFileCommands('b<<EOF\nvalue\n')).toThrow('never ended the value of "b"');
  });

  test('a line without a value is refused', () => {
    expect(() => parseFileCommands('hello\n')).toThrow('"hello"');
  });
});

describe('a workflow command', () => {
  test('is decoded, properties more than messages', () => {
    expect(parseWorkflowCommand('::error title=a%3Ab%2C c,line=3::50%25 of%0A2 hosts%3A')).toEqual({
      command: 'error',
      properties: { title: 'a:b, c', line: '3' },
      message: '50% of\n2 hosts%3A',
    });
  });

  test('decodes an escaped escape once', () => {
    expect(parseWorkflowCommand('::warning::%250A')?.message).toBe('%0A');
  });

  test.each(['plain text', 'see ::error::x', ':error::x'])('is not %s', (line) => {
    expect(parseWorkflowCommand(line)).toBeUndefined();
  });
});
