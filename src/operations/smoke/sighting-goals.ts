import type { Sighting } from './sighting-tally.ts';

/**
 * What must be seen at one entrance. `host`: this host on the expected release. `some`: the expected release at all. `every`:
 * nothing else.
 */
export type Goal = { readonly kind: 'host'; readonly host: string } | { readonly kind: 'some' | 'every' };

/**
 * How a goal stands. `unseen`: nothing shows it yet. `mixed`: the expected release and another one were seen in one round, in
 * which nobody knows the order. `broken`: another release was seen, and nothing can mend that.
 */
export type Standing = 'unseen' | 'mixed' | 'seen' | 'broken';

/**
 * How a goal stands after one more round.
 *
 * A host may answer as another release before it is first seen on the expected one: its process is being replaced. From the
 * next round on, an answer of another release means that two releases run there, or that it fell back, and breaks the goal.
 * A host that was seen on both in one round must be seen again, on the expected one only.
 */
export function advance(goal: Goal, before: Standing, round: readonly Sighting[]): Standing {
  if (before === 'broken') return before;
  const releases = round.filter((each) => each.kind === 'release');
  const mine = goal.kind === 'host' ? releases.filter(({ who }) => who === goal.host) : releases;
  const good = mine.some(({ expected }) => expected);
  const other = mine.some(({ expected }) => !expected);
  if (goal.kind === 'some') return good ? 'seen' : before;
  if (other && (goal.kind === 'every' || before !== 'unseen')) return 'broken';
  if (good) return other ? 'mixed' : 'seen';
  return before;
}

/**
 * How many answers it takes to have seen each of so many hosts, each of which gives an equal share of the answers. A certain
 * one of n hosts is in none of m answers with a probability of (1 - 1/n)^m ≤ e^(-m/n), any one of them with n·e^(-m/n) at
 * most (the coupon collector's problem); with m = n·(ln n + ln 10^6) that is one in a million. 2 hosts take 30 answers, 4
 * take 61, 100 take 1,843.
 *
 * Balancers that go round robin are better than that. Shares are not equal with weights, during a slow start, with least
 * outstanding requests, or in zones of different size without cross-zone balancing; so looking for what was not seen goes on
 * as long as patience lasts, and so many answers are only what it takes to say that nobody else answers.
 */
export function answersFor(hosts: number): number {
  return Math.ceil(hosts * (Math.log(hosts) + Math.log(1e6)));
}
