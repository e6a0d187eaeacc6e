import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadChecks, parseChecks } from '../../src/checks/load.ts';
import { UserError } from '../../src/runner/errors.ts';
import { commandCheck, dnsCheck, httpCheck, tcpCheck, tlsCheck } from './sample.ts';

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
    const text = `
- { name: home, path: / }
- { name: port, type: tcp }
- { name: certificate, type: tls }
- { name: address, type: dns, record: shop.example.com, kind: A, values: [192.0.2.1] }
- { name: database, type: command, run: ./bin/check-database }
`;
    expect(parseChecks(text, 'checks.yml')).toEqual([
      httpCheck(),
      tcpCheck(),
      tlsCheck(),
      dnsCheck(),
      commandCheck(),
    ]);
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
  contains: a
  matches: b
  against: [old, new]
  json: { $.a: 1, '$.b[0]': null, $.c: x, $.d: true }
  within: 500ms
  redirects: follow
  tls: ignore
  host: shop.example.com
- name: run
  type: command
  run: ./x
  exit: 3
  equals: abc
  contains: b
  matches: c
  within: 1m
  against: [old]
- { name: smtp, type: tcp, port: 25, matches: ^220, within: 1s }
- { name: tls, type: tls, port: 8443, host: shop.test, tls: ignore, days-left: 14, within: 3s }
- name: mail
  type: dns
  record: Shop.Example.com.
  kind: MX
  values: ['10  Mail.Example.com.', '020 mail.example.com']
  server: '[2001:db8::53]:5353'
`;
    const rules = [
      { kind: 'contains', text: 'a' },
      { kind: 'matches', text: 'b' },
    ] as const;
    const exact = [
      { kind: 'equals', text: 'abc' },
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
        against: ['old', 'new'],
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
      commandCheck({ name: 'run', run: './x', exitCode: 3, text: exact, within: 60_000, against: ['old'] }),
      tcpCheck({ name: 'smtp', port: 25, text: [{ kind: 'matches', text: '^220' }], within: 1_000 }),
      tlsCheck({ name: 'tls', port: 8_443, host: 'shop.test', tls: 'ignore', daysLeft: 14, within: 3_000 }),
      dnsCheck({
        name: 'mail',
        kind: 'MX',
        values: ['10 mail.example.com', '20 mail.example.com'],
        server: '[2001:db8::53]:5353',
      }),
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
      '2:9: [0].type: saw "htp"; expected http, tcp, tls, dns or command; did you mean http?',
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

  const home = (rest: string) => `- { name: a, path: /, ${rest} }`;
  const dns = (rest: string) => `- { name: a, type: dns, record: a.test, ${rest} }`;

  test.each([
    ['- { name: Version, path: / }', '1:11: [0].name: saw "Version"; expected a name other than version'],
    [home('against: []'), '1:32: [0].against: saw an empty list; expected a list of old and new'],
    [
      home('against: [new, new]'),
      '[0].against: saw a list of 2; expected a list of old and new, each at most',
    ],
    [home('against: [newer]'), '[0].against[0]: saw "newer"; expected old or new'],
    [home('equals: abc, contains: d'), '1:46: [0].contains: saw "d"; expected a text that equals meets'],
    [home("equals: abc, matches: '^b'"), '[0].matches: saw "^b"; expected a text that equals meets'],
    [home("equals: '{}', json: { $.a: 1 }"), '[0].json.$.a: saw 1; expected a value that equals has'],
    [home('equals: text, json: { $: text }'), '[0].json.$: saw "text"; expected a value that equals has'],
    [home(`contains: ${'x'.repeat(8_193)}`), 'expected at most 8,192 bytes, because only so many are read'],
    [
      home('method: HEAD, contains: a'),
      '[0].contains: saw "a"; expected no expectation about the body: an answer',
    ],
    [
      home('method: HEAD, json: { $.a: 1 }'),
      '[0].json: saw a mapping; expected no expectation about the body',
    ],
    [home('status: [204, 304], matches: a'), '[0].matches: saw "a"; expected no expectation about the body'],
    [home('status: 103'), '[0].status: saw 103; expected a status from 200, or 101'],
    [
      home('status: 301-399, redirects: follow'),
      '[0].redirects: saw "follow"; expected refuse, or a status that',
    ],
    [
      home('header: { etag: { equals: " a" } }'),
      '[0].header.etag.equals: saw " a"; expected a value that a header',
    ],
    [
      home('header: { etag: { contains: "a\\nb" } }'),
      '[0].header.etag.contains: saw "a\\nb"; expected a value',
    ],
    [
      home('header: { etag: { equals: a }, ETag: { equals: b } }'),
      '[0].header.ETag: saw a mapping; expected each',
    ],
    [home('headers: { accept: a, Accept: b }'), '[0].headers.Accept: saw "b"; expected each header once'],
    ['- { name: a, type: tcp, port: 65536 }', '1:31: [0].port: saw 65536; expected a port from 1 to 65535'],
    [
      '- { name: a, type: tcp, equals: a, contains: b }',
      '[0].contains: saw "b"; expected a text that equals meets',
    ],
    [
      '- { name: a, type: tcp, path: / }',
      '[0].path: saw an unknown key; expected one of name, against, type, port',
    ],
    [
      '- { name: a, type: command, run: ./x, equals: a, matches: b }',
      '[0].matches: saw "b"; expected a text',
    ],
    [
      '- { name: a, type: tls, days-left: 3651 }',
      '[0].days-left: saw 3651; expected a number of days from 0 to 3650',
    ],
    ['- { name: a, type: tls, days_left: 3 }', 'did you mean days-left?'],
    [dns('values: [192.0.2.1]'), '[0].kind: saw nothing; expected A, AAAA, CNAME, MX, NS, SRV or TXT'],
    [dns('kind: A, values: []'), '[0].values: saw an empty list; expected a list of one or more values'],
    [dns('kind: A, values: [a.test]'), '[0].values[0]: saw "a.test"; expected an IPv4 address'],
    [dns('kind: A, values: ["2001:db8::1"]'), '[0].values[0]: saw "2001:db8::1"; expected an IPv4 address'],
    [dns('kind: AAAA, values: [192.0.2.1]'), '[0].values[0]: saw "192.0.2.1"; expected an IPv6 address'],
    [
      dns("kind: AAAA, values: ['2001:db8::1', '2001:DB8:0::1']"),
      '[0].values[1]: saw "2001:DB8:0::1"; expected each value once',
    ],
    [dns('kind: CNAME, values: [a.test, b.test]'), '[0].values: saw a list of 2; expected one value'],
    [dns('kind: CNAME, values: [a.test, A.test.]'), '[0].values[1]: saw "A.test."; expected each value once'],
    [
      dns('kind: MX, values: [mail.test]'),
      '[0].values[0]: saw "mail.test"; expected a preference and a name',
    ],
    [dns('kind: SRV, values: [1 2 70000 a.test]'), 'expected priority, weight, port and name'],
    [
      dns('kind: A, values: [192.0.2.1], server: ns.test'),
      '[0].server: saw "ns.test"; expected the address of',
    ],
    [
      dns('kind: A, values: [192.0.2.1], server: 192.0.2.1:99999'),
      'expected the address of a DNS server and not',
    ],
    [
      dns('kind: A, values: [192.0.2.1], server: "2001:db8::53"'),
      'expected the address of a DNS server and not',
    ],
    ['- { name: a, type: dns, record: a..b, kind: A, values: [1.2.3.4] }', 'expected a name of at most 253'],
  ])('%j can never hold or means nothing, and is refused', (text, expected) => {
    expect(complaint(text)).toContain(expected);
    expect(complaint(text)).toMatch(/^checks\.yml:\d+:\d+: /);
  });

  test.each([
    home('redirects: follow, status: [301, 200]'),
    home("redirects: follow, status: 304, headers: { if-none-match: '1' }"),
    home('status: 101, headers: { upgrade: websocket }'),
    home('status: 200-204, contains: a'),
    home('equals: \'{"a":1}\', json: { $.a: 1 }'),
    home('method: HEAD, header: { etag: { equals: a } }'),
    dns("kind: SRV, values: ['0 0 0 .']"),
    dns("kind: A, values: [192.0.2.1], server: '[2001:db8::53]'"),
  ])('%s can hold', (text) => {
    expect(complaint(text)).toBe('nothing was wrong');
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
