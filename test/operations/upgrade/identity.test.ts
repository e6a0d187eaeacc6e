import { describe, expect, test } from '@jest/globals';
import type { Identity } from '../../../src/fleet/fleet.ts';
import type { HttpAnswer } from '../../../src/operations/ask/probe.ts';
import { type ExpectedIdentity, judgeIdentity } from '../../../src/operations/upgrade/identity.ts';

const url = 'http://10.0.0.1:8080/version';
const IDENTITY: Identity = { url, version: 'version', digest: 'sha256', started: 'started_at' };
const SHA256 = 'ab'.repeat(32);
/** 2026-11-02T10:00:00Z */
const SWITCHED = 1_793_613_600;
const EXPECTED: ExpectedIdentity = { version: '1.1.0', sha256: SHA256, switchedAt: SWITCHED };
const BODY = { version: '1.1.0', sha256: SHA256, started_at: '2026-11-02T10:00:03Z' };

function answered(body: unknown, status = 200): HttpAnswer & { readonly kind: 'answered' } {
  return {
    kind: 'answered',
    headers: {},
    url,
    status,
    milliseconds: 3,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function judge(body: unknown, identity: Identity = IDENTITY, expected: ExpectedIdentity = EXPECTED) {
  return judgeIdentity(identity, expected, answered(body));
}

describe('a process is proven', () => {
  test('by version, digest and a start after the switch', () => {
    expect(judge(BODY)).toEqual({ kind: 'proven', seen: '1.1.0, started 2026-11-02T10:00:03Z' });
  });

  test.each(['2026-11-02T10:00:00.000Z', '2026-11-02T10:00:00Z', '2026-11-02T11:00:00+01:00'])(
    'by a start in the second of the switch: %s',
    (started_at) => {
      expect(judge({ ...BODY, started_at })).toMatchObject({ kind: 'proven' });
    },
  );

  test('whenever it started when the host was not switched now', () => {
    const { switchedAt: _, ...expected } = EXPECTED;
    expect(judge({ ...BODY, started_at: '2020-01-01T00:00:00Z' }, IDENTITY, expected).kind).toBe('proven');
  });

  test('by its version alone when it tells no more', () => {
    const told = judge({ version: '1.1.0' }, { url, version: 'version' });
    expect(told).toEqual({ kind: 'proven', seen: '1.1.0' });
  });

  test('by a version that is a number', () => {
    const expected = { ...EXPECTED, version: '7' };
    expect(judge({ version: 7 }, { url, version: 'version' }, expected).kind).toBe('proven');
  });
});

describe('a process that tells in headers', () => {
  const inHeaders: Identity = {
    url,
    version: 'header:X-Version',
    digest: 'header:x-digest',
    started: 'header:x-started',
    host: 'header:x-host',
  };
  const headers = {
    'x-version': '1.1.0',
    'x-digest': SHA256,
    'x-started': '2026-11-02T10:00:03Z',
    'x-host': 'i-1',
  };

  test('is proven, whatever its body is', () => {
    expect(judgeIdentity(inHeaders, EXPECTED, { ...answered('<html>'), headers })).toEqual({
      kind: 'proven',
      seen: '1.1.0, started 2026-11-02T10:00:03Z',
    });
  });

  test.each([
    ['x-version', 'is version nothing, expected 1.1.0'],
    ['x-digest', 'it says it is sha256 nothing'],
    ['x-started', 'its start time is nothing'],
  ])('is refuted without %s', (name, problem) => {
    const { [name]: _, ...rest }: Readonly<Record<string, string>> = headers;
    const verdict = judgeIdentity(inHeaders, EXPECTED, { ...answered(BODY), headers: rest });
    expect(verdict).toEqual({ kind: 'refuted', problem: expect.stringContaining(problem) });
  });

  test('needs a JSON object when one of them is a field', () => {
    const verdict = judgeIdentity({ ...inHeaders, digest: 'sha256' }, EXPECTED, {
      ...answered('<html>'),
      headers,
    });
    expect(verdict).toEqual({
      kind: 'refuted',
      problem: `${url} did not answer with a JSON object: "<html>"`,
    });
  });
});

describe('a process is refuted', () => {
  test.each<[string, unknown, string]>([
    [
      'with another version',
      { ...BODY, version: '1.0.0' },
      `the process that answers ${url} is version 1.0.0, expected 1.1.0`,
    ],
    [
      'without a version',
      { ...BODY, version: undefined },
      `the process that answers ${url} is version nothing, expected 1.1.0`,
    ],
    [
      'with another digest',
      { ...BODY, sha256: 'cd'.repeat(32) },
      `it says it is sha256 ${'cd'.repeat(32)}, expected ${SHA256}`,
    ],
    ['without a digest', { ...BODY, sha256: undefined }, `it says it is sha256 nothing, expected ${SHA256}`],
    [
      'that started before the switch',
      { ...BODY, started_at: '2026-11-02T09:59:59.999Z' },
      'the process started at 2026-11-02T09:59:59.999Z, before the switch at 2026-11-02T10:00:00.000Z: ' +
        'the old one is still running',
    ],
    [
      'without a start time',
      { ...BODY, started_at: undefined },
      'its start time is nothing, expected an ISO 8601 time',
    ],
    [
      'with an odd start time',
      { ...BODY, started_at: 'soon' },
      'its start time is soon, expected an ISO 8601 time',
    ],
    ['that answers with text', 'hello', `${url} did not answer with a JSON object: "hello"`],
    ['that answers with nothing', '', `${url} did not answer with a JSON object: ""`],
    ['that answers with null', 'null', `${url} did not answer with a JSON object: "null"`],
    ['that answers with a number', '7', `${url} did not answer with a JSON object: "7"`],
    ['that answers with half an object', '{"version":"1.1.0"', `${url} did not answer with a JSON object: `],
    ['that answers with a list', ['1.1.0'], `${url} did not answer with a JSON object: "[\\"1.1.0\\"]"`],
  ])('%s', (_, body, problem) => {
    expect(judge(body)).toEqual({ kind: 'refuted', problem: expect.stringContaining(problem) });
  });

  test.each([500, 404, 302, 204])('with status %s, whatever the body says', (status) => {
    expect(judgeIdentity(IDENTITY, EXPECTED, answered(BODY, status))).toEqual({
      kind: 'refuted',
      problem: `${url} answered ${status}, expected 200`,
    });
  });

  test('by its silence', () => {
    expect(
      judgeIdentity(IDENTITY, EXPECTED, { kind: 'silent', url, problem: 'timed out', milliseconds: 5_000 }),
    ).toEqual({
      kind: 'refuted',
      problem: `${url} did not answer: timed out`,
    });
  });

  test('without a long body in the message', () => {
    const verdict = judge('x'.repeat(9_000));
    expect(verdict).toMatchObject({ kind: 'refuted', problem: expect.stringMatching(/: "x{120}"$/) });
  });
});
