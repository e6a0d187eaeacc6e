/** Work that goes on by itself until it ends or the range stops. */
export interface Background {
  /** Aborted when the range stops. */
  readonly signal: AbortSignal;
  /** @param what names the work in the message when it fails */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export function createBackground(): Background {
  const stopping = new AbortController();
  const tasks = new Set<Promise<void>>();
  return {
    signal: stopping.signal,
    run(what, work) {
      const task = work()
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) console.error(`range: could not ${what}:`, error);
        })
        .finally(() => tasks.delete(task));
      tasks.add(task);
    },
    async stop() {
      stopping.abort();
      await Promise.all(tasks);
    },
  };
}
