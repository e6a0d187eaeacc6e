/** What was answered in a stretch of time. */
export interface Answered {
  readonly requests: number;
  /** Answers with a status of 500 and above, whoever gave them. */
  readonly serverErrors: number;
}

/** Counts the answers that load balancers give, for alarms to judge. */
export interface Traffic {
  /** @param subject whose traffic it is, such as the ARN of a load balancer or of a target group */
  count(subject: string, status: number): void;
  /** @param from and @param to milliseconds on the keeper's clock; the end itself is left out. Accurate to 100 ms. */
  between(subject: string, from: number, to: number): Answered;
  /** Everybody whose answers were counted. */
  subjects(): readonly string[];
}

/** Milliseconds that one count stands for. */
const GRAIN = 100;
/** Milliseconds after which counts are thrown away. */
export const KEPT = 600_000;

/** @param clock milliseconds since 1970 */
export function createTraffic(clock: () => number = Date.now): Traffic {
  const subjects = new Map<string, Map<number, Answered>>();
  return {
    count(subject, status) {
      const grain = grainOf(clock());
      const grains = subjects.get(subject) ?? new Map<number, Answered>();
      subjects.set(subject, grains);
      const { requests, serverErrors } = grains.get(grain) ?? NONE;
      grains.set(grain, {
        requests: requests + 1,
        serverErrors: serverErrors + (status >= 500 ? 1 : 0),
      });
      // The oldest comes first.
      for (const old of grains.keys()) {
        if (old >= grain - KEPT / GRAIN) break;
        grains.delete(old);
      }
    },
    between(subject, from, to) {
      const grains = subjects.get(subject);
      let sum = NONE;
      if (grains === undefined) return sum;
      for (let grain = grainOf(from); grain * GRAIN < to; grain += 1) {
        const { requests, serverErrors } = grains.get(grain) ?? NONE;
        sum = { requests: sum.requests + requests, serverErrors: sum.serverErrors + serverErrors };
      }
      return sum;
    },
    subjects: () => [...subjects.keys()],
  };
}

const NONE: Answered = { requests: 0, serverErrors: 0 };

function grainOf(milliseconds: number): number {
  return Math.floor(milliseconds / GRAIN);
}
