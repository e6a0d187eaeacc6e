import type { View } from './lookup.ts';

/** What one name server knows of the zone: every state reaches it, in order, some time after it was published. */
export interface Replica {
  /** @param delay milliseconds from now until the server answers by it */
  take(view: View, delay: number): void;
  view(): View;
  /** Stays with what it knows now. */
  stick(): void;
  /** Takes what it missed. */
  unstick(): void;
}

/** @param clock milliseconds from any fixed moment */
export function createReplica(first: View, clock: () => number): Replica {
  let stuck: View | undefined;
  let current = first;
  let coming: { readonly view: View; readonly at: number }[] = [];
  const newest = (): View => {
    const now = clock();
    current = coming.findLast(({ at }) => at <= now)?.view ?? current;
    coming = coming.filter(({ at }) => at > now);
    return current;
  };
  return {
    take(view, delay) {
      // What is published later does not arrive earlier.
      coming.push({ view, at: Math.max(clock() + delay, coming.at(-1)?.at ?? 0) });
    },
    view: () => stuck ?? newest(),
    stick() {
      stuck ??= newest();
    },
    unstick() {
      stuck = undefined;
    },
  };
}
