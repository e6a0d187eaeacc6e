import type { Check, Observation } from './check.ts';
import { holds } from './holds.ts';
import { expectationsOf, judge } from './judge.ts';

/**
 * Expectations of a check that can not fail. Answers that nobody wants, each bad in another way, must not pass all together;
 * and a rule for a text must refuse the empty or a meaningless one.
 *
 * @param nonce a text that nobody expects
 * @returns the expectations as they are written, such as `status 200-599` or `matches .*`
 */
export function findPointless(check: Check, nonce: string): readonly string[] {
  const expectations = expectationsOf(check);
  const pointless = expectations.filter(
    ({ text }) => text !== undefined && holds(text, '') && holds(text, nonce),
  );
  const isPassed = badAnswers(check, nonce).every((answer) => judge(check, answer).passed);
  // The time limit is no expectation about the answer.
  return (isPassed ? expectations.slice(0, -1) : pointless).map(({ rule }) => rule);
}

/**
 * Judges a real answer by expectations that it cannot meet, each falsified in turn. A plain connection expects nothing but
 * itself: it is judged as if the server had to say something that it did not, and its failure proper, silence, is one that
 * no check passes.
 *
 * @returns the falsified check that the answer passed all the same; none, when each failed as it must
 */
export function passesFalsified(check: Check, seen: Observation, nonce: string): Check | undefined {
  return falsify(check, seen, nonce).find((each) => judge(each, seen).passed);
}

/** Real answers of a broken service: errors, wrong texts, a certificate that is over, no such record. */
function badAnswers({ type }: Check, nonce: string): readonly Observation[] {
  const milliseconds = 0;
  switch (type) {
    case 'http':
      return [404, 500].map((status) => ({ kind: type, status, headers: {}, body: nonce, milliseconds }));
    case 'tcp':
      // Of a server that is not there, no connection: a plain one fails by that.
      return [
        { kind: type, banner: '', milliseconds },
        { kind: type, banner: nonce, milliseconds },
        { kind: 'silent', problem: nonce, milliseconds },
      ];
    case 'tls':
      return [0, 1_000_000].map((daysLeft) => ({
        kind: type,
        distrust: nonce,
        expires: '1970-01-01T00:00:00.000Z',
        daysLeft: daysLeft - 1,
        milliseconds,
      }));
    case 'dns':
      return [[], [nonce]].map((values) => ({ kind: type, values, milliseconds }));
    case 'command':
      return [
        { kind: type, exitCode: 255, output: '', milliseconds },
        { kind: type, exitCode: 1, output: nonce, milliseconds },
      ];
  }
}

function falsify(check: Check, seen: Observation, nonce: string): readonly Check[] {
  const text = [{ kind: 'equals', text: nonce }] as const;
  switch (check.type) {
    case 'http':
      return [
        { ...check, status: [{ from: 0, to: 0 }] },
        { ...check, text },
        { ...check, json: [{ path: '$', equals: nonce }] },
      ];
    case 'tcp':
      return [{ ...check, text }];
    case 'tls':
      return [{ ...check, daysLeft: (seen.kind === 'tls' ? Math.max(seen.daysLeft, 0) : 0) + 1 }];
    case 'dns':
      return [{ ...check, values: [nonce] }];
    case 'command':
      // No program ends with 256.
      return [
        { ...check, exitCode: 256 },
        { ...check, text },
      ];
  }
}
