import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instant } from '../../src/runner/instant.ts';
import {
  absolutePath,
  amount,
  artifact,
  boolean,
  duration,
  hostIds,
  hostUrl,
  integer,
  json,
  type Kind,
  lines,
  marker,
  oneOf,
  port,
  programInRelease,
  sha256,
  targetGroups,
  text,
  version,
} from '../../src/runner/kinds.ts';

const ARN = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const DIGEST = 'AB'.repeat(32);

describe('what each kind takes', () => {
  const cases: readonly [string, Kind<unknown>, string, unknown][] = [
    ['text', text('t', 't'), 'any thing', 'any thing'],
    ['boolean', boolean(), 'true', true],
    ['boolean', boolean(), 'false', false],
    ['integer', integer(-2, 5), '-2', -2],
    ['integer', integer(-2, 5), '5', 5],
    ['port', port(), '65535', 65_535],
    ['duration', duration(), '0s', 0],
    ['duration', duration(), '90s', 90_000],
    ['amount', amount(), '50%', { kind: 'percent', value: 50 }],
    ['amount', amount(), '2', { kind: 'count', value: 2 }],
    ['oneOf', oneOf('roll-back', 'hold'), 'hold', 'hold'],
    ['version', version(), '1.1.0-rc.1+build_7', '1.1.0-rc.1+build_7'],
    ['sha256', sha256(), DIGEST, DIGEST.toLowerCase()],
    ['absolutePath', absolutePath(), '/srv/store front/..data', '/srv/store front/..data'],
    ['lines', lines(integer(0, 9)), ' 1 \r\n\n  2\n', [1, 2]],
    ['hostIds', hostIds(), 'i-0123abcd\ni-0123456789abcdef0', ['i-0123abcd', 'i-0123456789abcdef0']],
    ['targetGroups', targetGroups(), ARN, [ARN]],
    [
      'targetGroups',
      targetGroups(),
      ARN.replace('arn:aws:', 'arn:aws-us-gov:'),
      [ARN.replace('arn:aws:', 'arn:aws-us-gov:')],
    ],
    ['programInRelease', programInRelease(), './bin/stop', './bin/stop'],
    ['artifact', artifact(), 's3://acme-releases/a/1.0.tar.gz', 's3://acme-releases/a/1.0.tar.gz'],
    ['artifact', artifact(), 'https://example.com/1.0.zip?sig=a@b', 'https://example.com/1.0.zip?sig=a@b'],
    ['artifact', artifact(), 'http://127.0.0.1:8080/1.0.tgz', 'http://127.0.0.1:8080/1.0.tgz'],
    ['instant', instant(), '2026-11-21T09:30:00.5+01:00', Date.UTC(2026, 10, 21, 8, 30, 0, 500)],
    ['hostUrl', hostUrl(), 'https://{address}:{port}/v', 'https://{address}:{port}/v'],
    ['marker', marker(), 'started at', 'started at'],
    ['marker', marker('header:x-host'), 'header:X-Host', 'header:X-Host'],
    ['json', json('a list', '[]', (value) => ({ value })), '[1, {"a": null}]', [1, { a: null }]],
  ];

  test.each(cases)('%s', (_, kind, given, expected) => {
    expect(kind.parse(given)).toEqual({ value: expected });
  });

  test.each(cases)('%s takes its own example', (_, kind) => {
    expect(kind.parse(kind.example)).not.toHaveProperty('wrong');
  });
});

describe('what each kind refuses', () => {
  const cases: readonly [string, Kind<unknown>, readonly string[]][] = [
    ['boolean', boolean(), ['True', 'yes', '1', 'on', 'no']],
    ['integer', integer(1, 5), ['0', '6', '1.0', '1e0', '0x1', '+1', '1 ', 'one', '1'.repeat(20)]],
    ['port', port(), ['0', '65536']],
    [
      'programInRelease',
      programInRelease(),
      ['bin/stop', '/bin/stop', './a b', './../a', './$(id)', './a;b'],
    ],
    [
      'artifact',
      artifact(),
      [
        's3://acme-releases',
        's3://acme-releases/a.tar',
        's3://a b/c.tar.gz',
        'http://example.com/a.zip',
        'https://example.com/a',
        'https://example.com/a.zip#b',
        'https://me:secret@example.com/a.zip',
      ],
    ],
    [
      'instant',
      instant(),
      ['yesterday', '2026-11-21', '2026-11-21T09:30:00', '2026-13-21T09:30:00Z', '1795219200'],
    ],
    [
      'hostUrl',
      hostUrl(),
      ['ftp://{address}/v', 'http://{host}/v', 'http://me:secret@x/v', '{address}/v', 'http://a b/'],
    ],
    ['duration', duration(1_000), ['5', '5 s', '-5s', '1.5s', '999ms', '5d']],
    ['amount', amount(), ['101%', 'half', '-1', '1.5']],
    ['oneOf', oneOf('roll-back', 'hold'), ['rollback', 'HOLD', '']],
    ['version', version(), ['../1', '-1', '.1', 'a b', 'a/b', "1'", 'x'.repeat(65), '1\n2']],
    ['sha256', sha256(), [DIGEST.slice(1), `${DIGEST}0`, DIGEST.replace('A', 'G')]],
    [
      'absolutePath',
      absolutePath(),
      ['srv', '/', '/srv/', '/srv//x', '/srv/../x', '/srv/./x', '/..', '/a\nb', '~'],
    ],
    [
      'hostIds',
      hostIds(),
      ['i-123', 'I-0123ABCD', 'mi-0123456789abcdef0', 'i-0123abcd, i-0123abce', 'i-0123abcd\ni-x'],
    ],
    ['targetGroups', targetGroups(), ['web', ARN.replace('targetgroup', 'loadbalancer'), `${ARN}0`]],
    ['marker', marker(), ['header:', 'header: x', 'header:x:y', 'Header:a b', 'a\nb']],
    ['json', json('a list', '[]', () => ({ wrong: true })), ['[]', '{', 'undefined']],
  ];

  test.each(cases.flatMap(([name, kind, texts]) => texts.map((given) => [name, given, kind] as const)))(
    '%s: %j',
    (_, given, kind) => {
      expect(kind.parse(given)).toHaveProperty('wrong', true);
    },
  );

  test.each([
    ['a value twice', hostIds(), 'i-0123abcd\ni-0123abcd', '"i-0123abcd" is listed twice'],
    ['the line that is wrong', hostIds(), 'i-0123abcd\nweb-1', '"web-1" is not one'],
    ['where JSON ends', json('a', '1', (value) => ({ value })), '{"a":', 'it is not JSON: '],
    ['what the check says', json('a', '1', () => ({ wrong: true, because: 'no host' })), '{}', 'no host'],
    ['how long a digest is', sha256(), 'abc', 'it has 3 characters'],
  ])('says %s', (_, kind: Kind<unknown>, given, because) => {
    expect(kind.parse(given)).toEqual({ wrong: true, because: expect.stringContaining(because) });
  });
});

describe('what must not be shown', () => {
  const secret = 'https://me:hidden@example.com/a.zip';

  test('is marked, and not quoted', () => {
    expect(artifact().parse(secret)).toEqual({
      wrong: true,
      because: 'it holds a user name or a password',
      secret: true,
    });
    expect(artifact().parse('http://example.com/a.zip?hidden')).toEqual({
      wrong: true,
      because: 'it does not use https',
      secret: true,
    });
    expect(artifact().parse('https://example.com/a')).not.toHaveProperty('secret');
  });

  test.each([secret, `${secret}\n${secret}`, `s3://acme-releases/a\n${secret}`])(
    'is marked in a list of lines too: %j',
    (given) => {
      const parsed = lines(artifact()).parse(given);
      expect(parsed).toMatchObject({ wrong: true, secret: true });
      expect(JSON.stringify(parsed)).not.toContain('hidden');
    },
  );
});

describe('for every text', () => {
  test('an integer that is taken is the number as written, within its range', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -100, max: 0 }),
        fc.integer({ min: 1, max: 100 }),
        (n, least, most) => {
          const parsed = integer(least, most).parse(String(n));
          expect(parsed).toEqual(n >= least && n <= most ? { value: n } : { wrong: true });
        },
      ),
    );
  });

  test('a version or path that is taken never leaves its folder', () => {
    const piece = fc.constantFrom('.', '..', '/', 'a', '1', '\n', '\0', ' ', '-');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const given = pieces.join('');
        const name = version().parse(given);
        if ('value' in name) expect(name.value).not.toMatch(/\/|^\.|\s/);
        const path = absolutePath().parse(given);
        if ('value' in path)
          expect(path.value.split('/').slice(1)).not.toEqual(expect.arrayContaining(['..']));
        if ('value' in path) expect(path.value).toMatch(/^\/[^/]/);
      }),
    );
  });
});
