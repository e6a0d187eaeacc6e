import { test } from '@jest/globals';
import pLimit from 'p-limit';

/** Tests by name. Each has a range or another surrounding of its own, and none uses hooks of its file. */
export type Cases = Readonly<Record<string, () => Promise<void>>>;

/**
 * Declares tests that wait far more than they compute: the first one begins all of them, and each is judged by itself. The
 * second try of one that failed runs alone. (Jest's own `test.concurrent` has no second try.)
 *
 * @param most at the same time
 */
export function atOnce(cases: Cases, most = Number.POSITIVE_INFINITY): void {
  const begun = new Map<string, Promise<void>>();
  const begin = (): void => {
    const limit = pLimit(most);
    for (const [name, run] of Object.entries(cases)) {
      const running = limit(run);
      // It is looked at when its test is; until then a failure is nobody's unhandled rejection.
      running.catch(() => undefined);
      begun.set(name, running);
    }
  };
  let isBegun = false;
  for (const [name, run] of Object.entries(cases)) {
    test(name, async () => {
      if (!isBegun) begin();
      isBegun = true;
      const running = begun.get(name);
      begun.delete(name);
      await (running ?? run());
    });
  }
}
