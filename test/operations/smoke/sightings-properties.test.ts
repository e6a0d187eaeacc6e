import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ShortAnswer } from '../../../src/checks/check.ts';
import { answersFor } from '../../../src/operations/smoke/sighting-goals.ts';
import { look, says } from './balancer-answers.ts';

describe('whatever a balancer answers', () => {
  const versions = ['1.1.0', '1.1.0', '1.0.0', '2.0.0'];
  const answer = fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom('i-a', 'i-b', 'i-c', undefined), fc.constantFrom(...versions))
        .map(([host, version]) => says(host, version)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<ShortAnswer>(
        { status: 502, headers: {}, body: '' },
        { status: 0, problem: '' },
      ),
    },
  );
  // 30 answers are asked for at a time: each of at most 15 comes up in every round.
  const rounds = fc.array(fc.array(answer, { minLength: 1, maxLength: 15 }), { minLength: 1, maxLength: 5 });
  const bodyOf = (each: ShortAnswer) => ('body' in each ? each.body : '');

  test('a host passes only when it answered as the expected release, and as nothing else since', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (given) => {
        const { results } = await look(given, { patience: 2_000 });
        for (const { host, passed, attempts } of results) {
          const made = attempts.map((_, index) => given[Math.min(index, given.length - 1)] ?? []);
          const by = (version: string) =>
            made.map((round) => round.some((each) => bodyOf(each) === bodyOf(says(host, version))));
          const first = by('1.1.0').indexOf(true);
          const relapsed = ['1.0.0', '2.0.0'].some((old) =>
            by(old)
              .slice(first + 1)
              .includes(true),
          );
          const ill = made.flat().some((each) => bodyOf(each) === '');
          const clean = made.some(
            (_, index) => by('1.1.0')[index] === true && !by('1.0.0')[index] && !by('2.0.0')[index],
          );
          expect(passed).toBe(first >= 0 && clean && !relapsed && !ill);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('without hosts it passes only when every answer was of the expected release', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (given) => {
        const { results } = await look(given, { hosts: [], patience: 1_000 });
        const [result] = results;
        const made = (result?.attempts ?? []).flatMap(
          (_, index) => given[Math.min(index, given.length - 1)] ?? [],
        );
        expect(result?.passed).toBe(made.every((each) => bodyOf(each).includes('"1.1.0"')));
      }),
      { numRuns: 300 },
    );
  });
});

test('as many answers as are asked for show every host of a random balancer', () => {
  const random = xoroshiro128plus(1);
  let missed = 0;
  for (let run = 0; run < 2_000; run += 1) {
    const seen = new Set(Array.from({ length: answersFor(8) }, () => uniformInt(random, 0, 7)));
    if (seen.size < 8) missed += 1;
  }
  expect(missed).toBe(0);
  expect([1, 2, 4, 100].map(answersFor)).toEqual([14, 30, 61, 1_843]);
});
