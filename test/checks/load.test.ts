import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadChecks, parseChecks } from '../../src/checks/load.ts';
import { UserError } from '../../src/runner/errors.ts';
import { commandCheck, httpCheck } from './sample.ts';

function complaint(text: string): string {
  try {
    parseChecks(text, 'checks.yml');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'nothing was wrong';
}

describe('a list of checks', () => {
  test('has defaults', () => {
    const text =
      '- { name: home, path: / }\n- { name: database, type: command, run: ./bin/check-database }\n';
    expect(parseChecks(text, 'checks.yml')).toEqual([httpCheck(), commandCheck()]);
  });

  test('with every key is read whole', () => {
    const text = `
- name: cart
  type: http
  method: POST
  path: /cart?a=b
  headers: { Accept: application/json }
  body: '{}'
  status: [200-204, 302]
  header: { X-Version: { equals: '1' }, etag: { matches: '^W/' } }
  equals: a
  contains: b
  matches: c
  json: { $.a: 1, '$.b[0]': null, $.c: x, $.d: true }
  within: 500ms
  redirects: follow
  tls: ignore
  host: shop.example.com
- { name: run, type: command, run: ./x, exit: 3, equals: a, contains: b, matches: c, within: 1m }
`;
    const rules = [
      { kind: 'equals', text: 'a' },
      { kind: 'contains', text: 'b' },
      { kind: 'matches', text: 'c' },
    ] as const;
    expect(parseChecks(text, 'checks.yml')).toEqual([
      httpCheck({
        name: 'cart',
        method: 'POST',
        path: '/cart?a=b',
        headers: { Accept: 'application/json' },
        body: '{}',
        status: [
          { from: 200, to: 204 },
          { from: 302, to: 302 },
        ],
        header: { 'x-version': { kind: 'equals', text: '1' }, etag: { kind: 'matches', text: '^W/' } },
        text: rules,
        json: [
          { path: '$.a', equals: 1 },
          { path: '$.b[0]', equals: null },
          { path: '$.c', equals: 'x' },
          { path: '$.d', equals: true },
        ],
        within: 500,
        redirects: 'follow',
        tls: 'ignore',
        host: 'shop.example.com',
      }),
      commandCheck({ name: 'run', run: './x', exitCode: 3, text: rules, within: 60_000 }),
    ]);
  });

  test.each([
    ['', '1:1: checks: saw nothing; expected a list of one or more checks'],
    ['[]', '1:1: checks: saw an empty list; expected a list of one or more checks'],
    ['{ name: home }', '1:1: checks: saw a mapping; expected a list'],
    ['- home', '1:3: [0]: saw "home"; expected a check'],
    ['- [', 'saw text that is not YAML'],
    [
      '- name: a\n  type: htp\n  path: /',
      '2:9: [0].type: saw "htp"; expected http or command; did you mean http?',
    ],
    ['- name: a\n  path: /\n  statsu: 200', '3:3: [0].statsu: saw an unknown key; expected one of name,'],
    ['- { name: a, path: /, statsu: 200 }', 'did you mean status?'],
    ['- { name: a, type: command, path: /, run: ./x }', '1:29: [0].path: saw an unknown key'],
    ['- { path: / }', '[0].name: saw nothing'],
    ['- { name: a, path: /, status: [] }', '1:31: [0].status: saw an empty list; expected an HTTP status'],
    [
      '- { name: a, path: /, status: 299-200 }',
      '[0].status: saw "299-200"; expected a range that begins with',
    ],
    ['- { name: a, path: /, status: [200, 600] }', '[0].status[1]: saw 600; expected an HTTP status'],
    ['- { name: a, path: /, matches: "(" }', '1:32: [0].matches: saw "("; expected a regular expression ('],
    ['- { name: a, path: /, contains: "" }', '[0].contains: saw ""; expected a text that is not empty'],
    [
      '- { name: a, path: /, header: { etag: {} } }',
      '[0].header.etag: saw a mapping; expected one of equals,',
    ],
    [
      '- { name: a, path: /, header: { etag: { equals: a, contains: b } } }',
      '[0].header.etag: saw a mapping; expected one of equals, contains, matches; write exactly one',
    ],
    [
      '- { name: a, path: /, headers: { Host: b } }',
      '[0].headers.Host: saw "b"; expected the name of a header',
    ],
    ['- { name: a, path: /, headers: { a: "b\\nc: d" } }', '[0].headers.a: saw "b\\nc: d"'],
    ['- { name: a, path: /, json: { "$.a[": 1 } }', '[0].json.$.a[: saw 1; expected a JSONPath (RFC 9535)'],
    [
      '- { name: a, path: /, json: { $.a: [1] } }',
      '[0].json.$.a: saw a list of 1; expected a text, a number',
    ],
    ['- { name: a, path: /, host: "a:1" }', '[0].host: saw "a:1"; expected a host name'],
    ['- { name: a, path: /, within: 0s }', '[0].within: saw "0s"; expected a duration above zero'],
    ['- { name: a, type: command, run: ./../x }', '[0].run: saw "./../x"; expected the path of a program'],
    ['- { name: a, type: command, run: ./x -y }', '[0].run: saw "./x -y"'],
    ['- { name: a, type: command, run: ./x, exit: 256 }', '[0].exit: saw 256; expected an exit code'],
    [
      '- { name: a, path: / }\n- { name: A, path: / }',
      '2:11: [1].name: saw "A"; expected a name of a check to be',
    ],
  ])('%j is refused', (text, expected) => {
    expect(complaint(text)).toContain(expected);
    expect(complaint(text)).toMatch(/^checks\.yml:\d+:\d+: /);
  });

  test('with a password in an URL is refused and does not show it', () => {
    const message = complaint('- { name: a, path: "https://me:hunter2@shop.test/" }');
    expect(message).toContain('[0].path: saw "https://***@shop.test/"; expected a path that begins with /');
    expect(message).not.toContain('hunter2');
  });

  test('tells all problems at once', () => {
    const message = complaint('- { name: a, path: x }\n- { name: b, tpye: http, path: / }');
    expect(message.split('\n')).toEqual([
      'checks.yml has 2 problems:',
      expect.stringContaining('checks.yml:1:'),
      expect.stringContaining('did you mean type?'),
    ]);
  });
});

describe('loadChecks', () => {
  test('takes YAML, and one line that ends in .yml or .yaml for a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'checks-'));
    const file = join(folder, 'my checks.yaml');
    await writeFile(file, '- { name: home, path: / }');
    expect(await loadChecks(file, 'the input')).toEqual([httpCheck()]);
    expect(await loadChecks('- { name: home, path: / }', 'the input')).toEqual([httpCheck()]);
    await writeFile(file, '- { name: home }');
    await expect(loadChecks(file, 'the input')).rejects.toThrow(`${file}:1:3: [0].path: saw nothing`);
    await expect(loadChecks('- home', 'the input')).rejects.toThrow('the input:1:3');
    await rm(folder, { recursive: true });
    await expect(loadChecks(file, 'the input')).rejects.toThrow(
      'saw no such file; expected a file of checks',
    );
  });
});
