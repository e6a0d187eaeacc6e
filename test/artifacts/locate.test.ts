import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { locate, secretsIn, withoutSecrets } from '../../src/artifacts/locate.ts';

const SIGNED =
  'https://acme.s3.eu-west-1.amazonaws.com/web/1.4.2.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
  '&X-Amz-Credential=AKIDEXAMPLE%2F20261121%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Expires=900' +
  '&X-Amz-Signature=0123456789abcdef0123456789abcdef&x-id=GetObject';

describe('locate', () => {
  test.each([
    ['s3://acme-releases/web/1.0 ü.tar.gz', { format: 'tar.gz', key: 'web/1.0 ü.tar.gz' }],
    ['s3://acme-releases/a.tgz', { format: 'tar.gz', key: 'a.tgz' }],
    ['s3://acme-releases/a?b#c@d.zip', { format: 'zip', key: 'a?b#c@d.zip' }],
  ])('finds bucket, key and format in %s', (location, expected) => {
    expect(locate(location)).toEqual({ kind: 's3', bucket: 'acme-releases', ...expected });
  });

  test.each([
    ['https://example.com/a/1.0.tar.gz', 'tar.gz'],
    ['https://example.com/1.0.tgz?versionId=3', 'tar.gz'],
    ['https://example.com/@acme/{version}.zip', 'zip'],
    ['https://example.com/1.0.zip?as=x.tar.gz', 'zip'],
    [SIGNED, 'zip'],
    ['http://127.0.0.1:8080/a.tar.gz', 'tar.gz'],
    ['http://localhost/a.tar.gz', 'tar.gz'],
    ['http://[::1]:8080/a.tar.gz', 'tar.gz'],
  ])('takes %s for a web server', (location, format) => {
    expect(locate(location)).toEqual({ kind: 'https', format });
  });

  test.each([
    ['ftp://example.com/a.zip', 'it starts with neither s3:// nor https://'],
    ['/srv/a.zip', 'it starts with neither s3:// nor https://'],
    ['s3://acme-releases', 'it is not of the form s3://bucket/key'],
    ['s3://acme-releases/', 'it is not of the form s3://bucket/key'],
    ['s3://a b/c.zip', 'it is not of the form s3://bucket/key'],
    ['s3://acme-releases/a\nb.zip', 'it is not of the form s3://bucket/key'],
    ['s3://acme-releases/a.tar', 'its path ends in none of .tar.gz, .tgz and .zip'],
    ['s3://acme-releases/a.zip?versionId=1', 'its path ends in none of .tar.gz, .tgz and .zip'],
    ['s3://acme-releases/.zip', 'its path ends in none of .tar.gz, .tgz and .zip'],
    ['https://example.com/a', 'its path ends in none of .tar.gz, .tgz and .zip'],
    ['https://example.com/a?as=b.zip', 'its path ends in none of .tar.gz, .tgz and .zip'],
    ['https://example.com/a.zip#b', 'it has a fragment'],
    ['https://example.com/a.zip#', 'it has a fragment'],
    ['https://example.com/ä.zip', 'it is not a URL in plain ASCII, with anything else written as %XX'],
    ['https://example.com/a b.zip', 'it is not a URL in plain ASCII, with anything else written as %XX'],
    ['https://example.com\\@x/a.zip', 'it holds a user name or a password'],
    ['https://example.com\\x/a.zip', 'it is not a URL in plain ASCII, with anything else written as %XX'],
    ['https:///', 'it is not a URL in plain ASCII, with anything else written as %XX'],
    ['https://me:secret@example.com/a.zip', 'it holds a user name or a password'],
    ['https://@example.com/a.zip', 'it holds a user name or a password'],
    ['http://example.com/a.zip', 'it does not use https'],
    ['http://127.0.0.1.example.com/a.zip', 'it does not use https'],
    ['http://localhost.example.com/a.zip', 'it does not use https'],
  ])('refuses %s', (location, because) => {
    expect(locate(location)).toMatchObject({ kind: 'unusable', because });
  });

  test('refuses a URL that no server would take', () => {
    const because = 'it has 8024 characters, at most 8000 are allowed';
    expect(locate(`https://example.com/${'a'.repeat(8_000)}.zip`)).toMatchObject({ because });
  });

  test.each([
    ['http://example.com/a.zip?signature=x', true],
    ['https://me:secret@example.com/a.zip', true],
    ['me:secret@example.com/a.zip', true],
    ['https://example.com/a#token', true],
    ['https://example.com/a', false],
    ['s3://acme-releases/a', false],
  ])('says whether %s may hold a secret', (location, secret) => {
    expect(locate(location)).toMatchObject({ kind: 'unusable', secret });
  });
});

describe('withoutSecrets', () => {
  test.each([
    ['s3://acme-releases/a?b@c.zip', 's3://acme-releases/a?b@c.zip'],
    ['https://example.com/@acme/a.zip', 'https://example.com/@acme/a.zip'],
    [SIGNED, 'https://acme.s3.eu-west-1.amazonaws.com/web/1.4.2.zip?…'],
    ['http://example.com/a.zip?signature', 'http://example.com/a.zip?…'],
    ['https://example.com/a.zip#token', 'https://example.com/a.zip?…'],
    ['https://me:secret@example.com/a.zip?x', 'https://…'],
    ['me:secret@example.com', '…'],
  ])('%s', (location, shown) => {
    expect(withoutSecrets(location)).toBe(shown);
  });

  test('leaves nothing of a password or a query, whatever surrounds it', () => {
    const part = fc.stringMatching(/^[a-z/:?#@\\ ]{0,6}$/);
    fc.assert(
      fc.property(
        fc.constantFrom('https://', 'http://', 's3://', ''),
        part,
        part,
        fc.constantFrom('', '?'),
        (scheme, before, between, mark) => {
          const asUser = `${scheme}${before}SECRET${between}@example.com/a.zip`;
          if (locate(asUser).kind === 'unusable') expect(withoutSecrets(asUser)).not.toContain('SECRET');
          const asQuery = `${scheme}example.com/${between}a.zip?${before}SECRET${mark}`;
          expect(withoutSecrets(asQuery)).not.toContain('SECRET');
        },
      ),
    );
  });
});

describe('secretsIn', () => {
  test('are the query and the long values in it, as written and decoded', () => {
    expect(secretsIn(SIGNED)).toEqual([
      SIGNED.slice(SIGNED.indexOf('?') + 1),
      'AWS4-HMAC-SHA256',
      'AKIDEXAMPLE%2F20261121%2Feu-west-1%2Fs3%2Faws4_request',
      '0123456789abcdef0123456789abcdef',
      'AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request',
    ]);
  });

  test('are none where masking would only garble the log', () => {
    expect(secretsIn('https://example.com/a.zip')).toEqual([]);
    expect(secretsIn('https://example.com/a.zip?v=2')).toEqual([]);
    expect(secretsIn('s3://acme-releases/a?0123456789abcdef0123.zip')).toEqual([]);
  });

  test('also a query that is one value is masked', () => {
    expect(secretsIn('https://example.com/a.zip?0123456789abcdef')).toEqual(['0123456789abcdef']);
  });
});
