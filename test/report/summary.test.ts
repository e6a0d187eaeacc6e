import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { block, folded, table } from '../../src/report/summary.ts';

describe('table', () => {
  test('has a head, a rule and one line per row', () => {
    expect(table(['host', 'outcome'], [['i-1', 'upgraded']])).toBe(
      '| host | outcome |\n| --- | --- |\n| i-1 | upgraded |',
    );
  });

  test.each([
    ['a pipe', 'a | b', 'a &#124; b'],
    ['a pipe that was escaped already', String.raw`a \| b`, String.raw`a \&#124; b`],
    ['HTML', '<img src=x onerror=alert(1)>&amp;', '&lt;img src=x onerror=alert(1)&gt;&amp;amp;'],
    ['more than one line', 'first\nsecond', 'first'],
    ['a carriage return', 'first\r\n| second', 'first'],
  ])('makes %s safe', (_, text, cell) => {
    expect(
      table(['seen'], [[text]])
        .split('\n')
        .at(-1),
    ).toBe(`| ${cell} |`);
  });

  test('whatever is in the cells: as many lines as rows, as many cells as columns, no tag', () => {
    const rows = fc.array(fc.tuple(risky, risky), { maxLength: 4 });
    fc.assert(
      fc.property(rows, (cells) => {
        const text = table(['one', 'two'], cells);
        const lines = text.split(/\r\n|\r|\n/);
        expect(lines).toHaveLength(cells.length + 2);
        for (const line of lines) expect(line.split('|')).toHaveLength(4);
        expect(text).not.toMatch(/[<>]/);
      }),
    );
  });
});

describe('block', () => {
  test('is a fence around the text', () => {
    expect(block('a < b')).toBe('```text\na < b\n```');
  });

  test.each(['```', 'x\n````\n# out', '`'.repeat(9)])('cannot be left by %j', (text) => {
    expect(contentOf(block(text))).toBe(text);
  });

  test('gives back exactly the text, whatever it is', () => {
    fc.assert(fc.property(risky, (text) => expect(contentOf(block(text))).toBe(text)));
  });
});

test('the title of a folded part is plain text', () => {
  expect(folded('</summary><script>', 'body')).toBe(
    '<details><summary>&lt;/summary&gt;&lt;script&gt;</summary>\n\nbody\n\n</details>',
  );
});

const risky = fc
  .array(fc.constantFrom('`', '```', '~~~', '|', '\\', '\n', '\r', '<b>', '</details>', '&', 'text', ' '))
  .map((parts) => parts.join(''));

/** What a Markdown reader takes for the content: all up to the first line that closes the fence (CommonMark 4.5). */
function contentOf(markdown: string): string {
  const [opening = '', ...lines] = markdown.split('\n');
  const fence = /^`+/.exec(opening)?.[0] ?? '';
  const closing = lines.findIndex((line) => new RegExp(`^ {0,3}\`{${fence.length},}[ \\t]*\\r?$`).test(line));
  expect(closing).toBe(lines.length - 1);
  return lines.slice(0, closing).join('\n');
}
