import { describe, expect, test } from '@jest/globals';
import type { Check, Observation } from '../../src/checks/check.ts';
import { describeExpectations, judge } from '../../src/checks/judge.ts';
import { commandCheck, dnsCheck, httpCheck, tcpCheck, tlsCheck } from './sample.ts';

const tcp: Observation = { kind: 'tcp', banner: '220 ready', milliseconds: 5 };
const dns: Observation = { kind: 'dns', values: ['192.0.2.1'], milliseconds: 5 };
const tls: Observation = {
  kind: 'tls',
  distrust: '',
  expires: '2027-01-01T00:00:00.000Z',
  daysLeft: 1,
  milliseconds: 5,
};

describe('describeExpectations', () => {
  test.each<[Check, string]>([
    [tcpCheck(), 'a connection, within 2s'],
    [tcpCheck({ text: [{ kind: 'equals', text: 'a' }] }), 'a connection, equals "a", within 2s'],
    [tlsCheck(), 'a trusted certificate, not expired, within 2s'],
    [tlsCheck({ tls: 'ignore', daysLeft: 14 }), '14 days left, within 2s'],
    [dnsCheck({ values: ['192.0.2.1', '192.0.2.2'] }), 'A 192.0.2.1, 192.0.2.2, within 2s'],
  ])('%j', (check, expected) => {
    expect(describeExpectations(check)).toBe(expected);
  });
});

describe('judge', () => {
  test.each<[Check, Observation, string]>([
    [tcpCheck(), tcp, 'connected in 5ms'],
    [tlsCheck({ daysLeft: 1 }), tls, 'certificate until 2027-01-01 in 5ms'],
    [dnsCheck(), dns, '192.0.2.1 in 5ms'],
  ])('%j passes', (check, seen, words) => {
    expect(judge(check, seen)).toEqual({ passed: true, seen: words });
  });

  test.each<[Check, Observation, string]>([
    [tcpCheck({ within: 4 }), tcp, 'connected in 5ms'],
    [tlsCheck({ daysLeft: 2 }), tls, 'certificate until 2027-01-01 with 1 day left'],
    [
      tlsCheck({ daysLeft: 2 }),
      { ...tls, distrust: 'self-signed certificate', daysLeft: -1 },
      'certificate until 2027-01-01 not trusted: self-signed certificate which is over',
    ],
    [dnsCheck(), { ...dns, values: [] }, 'no such record without 192.0.2.1'],
  ])('%j fails', (check, seen, words) => {
    expect(judge(check, seen)).toEqual({ passed: false, seen: words });
  });

  test.each([httpCheck(), tcpCheck(), tlsCheck(), dnsCheck(), commandCheck()])(
    'an answer of another kind never passes $type',
    (check) => {
      const others: readonly Observation[] = [
        { kind: 'answers', answers: [], milliseconds: 5 },
        { kind: 'silent', problem: 'refused', milliseconds: 5 },
        ...[tcp, tls, dns].filter(({ kind }) => kind !== check.type),
      ];
      for (const seen of others) expect(judge(check, seen).passed).toBe(false);
      expect(judge(check, { kind: 'answers', answers: [], milliseconds: 5 }).seen).toBe(
        `0 answers instead of an answer of ${check.type}`,
      );
    },
  );
});
