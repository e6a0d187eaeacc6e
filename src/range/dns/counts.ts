import type { Answer } from './lookup.ts';

/** How often a name was asked for, and how often there was nothing. */
export interface Counts {
  readonly asked: number;
  /** Answers without what was asked for: NXDOMAIN, NODATA, REFUSED and SERVFAIL. */
  readonly absent: number;
}

export interface Counter {
  /** @param name as it is listed */
  count(name: string, type: string, answer: Answer): void;
  /** @param type every type when missing */
  of(name: string, type?: string): Counts;
}

export function createCounts(): Counter {
  const names = new Map<string, Map<string, Counts>>();
  return {
    count(name, type, { kind }) {
      const types = names.get(name) ?? new Map<string, Counts>();
      const { asked, absent } = types.get(type) ?? NONE;
      types.set(type, { asked: asked + 1, absent: absent + (kind === 'answered' ? 0 : 1) });
      names.set(name, types);
    },
    of(name, type) {
      const types = names.get(name) ?? new Map<string, Counts>();
      const counts = type === undefined ? [...types.values()] : [types.get(type) ?? NONE];
      return counts.reduce(
        (sum, each) => ({ asked: sum.asked + each.asked, absent: sum.absent + each.absent }),
        NONE,
      );
    },
  };
}

const NONE: Counts = { asked: 0, absent: 0 };
