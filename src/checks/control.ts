import type { Check, Observation } from './check.ts';
import { expectationsOf, holds, judge } from './judge.ts';

/**
 * Expectations of a check that can not fail. An answer of 404 and one of 500 with a meaningless body and no header, or of a
 * program two meaningless ends, must not pass all together; and a rule for a text must refuse the empty or a meaningless one.
 *
 * @param nonce a text that nobody expects
 * @returns the expectations as they are written, such as `status 200-599` or `matches .*`
 */
export function findPointless(check: Check, nonce: string): readonly string[] {
  const expectations = expectationsOf(check);
  const pointless = expectations.filter(
    ({ text }) => text !== undefined && holds(text, '') && holds(text, nonce),
  );
  const isPassed = falsifiedAnswers(check, nonce).every((answer) => judge(check, answer).passed);
  // The time limit is no expectation about the answer.
  return (isPassed ? expectations.slice(0, -1) : pointless).map(({ rule }) => rule);
}

/**
 * Judges a real answer by expectations that it cannot meet, each falsified in turn.
 *
 * @returns the falsified check that the answer passed all the same; none, when each failed as it must
 */
export function passesFalsified(check: Check, seen: Observation, nonce: string): Check | undefined {
  return falsify(check, nonce).find((each) => judge(each, seen).passed);
}

function falsifiedAnswers({ type }: Check, nonce: string): readonly Observation[] {
  if (type === 'http') {
    return [404, 500].map((status) => ({ kind: 'http', status, headers: {}, body: nonce, milliseconds: 0 }));
  }
  return [
    { kind: 'command', exitCode: 255, output: '', milliseconds: 0 },
    { kind: 'command', exitCode: 1, output: nonce, milliseconds: 0 },
  ];
}

function falsify(check: Check, nonce: string): readonly Check[] {
  const text = [{ kind: 'equals', text: nonce }] as const;
  if (check.type === 'command') {
    // No program ends with 256.
    return [
      { ...check, exitCode: 256 },
      { ...check, text },
    ];
  }
  return [
    { ...check, status: [{ from: 0, to: 0 }] },
    { ...check, text },
    { ...check, json: [{ path: '$', equals: nonce }] },
  ];
}
