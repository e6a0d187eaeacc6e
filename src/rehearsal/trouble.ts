import type { ActionName } from './stages.ts';

/** Makes trouble beside the actions of a course. */
export interface Trouble {
  /** Told of each line of an action's log. */
  said(action: ActionName, line: string): void;
  /** Told when an action has ended well; the next one begins after it. */
  ended(action: ActionName): Promise<void>;
  /**
   * Ends what has not been done yet.
   *
   * @throws what went wrong while trouble was made
   */
  stop(): Promise<void>;
}

/** What is done, and when. */
export interface TroublePlan {
  /** In the middle of the first bake. */
  readonly inBake: readonly (() => Promise<void>)[];
  /** Milliseconds that it takes, with what comes before its first look. */
  readonly bake: number;
  /** When the plan is made, before the first zone. */
  readonly afterPlan: readonly (() => Promise<void>)[];
}

/** How a bake begins in the log of promote-zone. */
const BAKE_BEGINS = /^baking for /;

export function createTrouble({ inBake, bake, afterPlan }: TroublePlan): Trouble {
  let isBaking = false;
  let timer: NodeJS.Timeout | undefined;
  let made: Promise<unknown> = Promise.resolve();
  return {
    said(action, line) {
      if (isBaking || action !== 'promote-zone' || !BAKE_BEGINS.test(line)) return;
      isBaking = true;
      timer = setTimeout(() => {
        made = Promise.all(inBake.map((make) => make()));
        // `stop` tells of it.
        made.catch(() => undefined);
      }, bake / 2);
    },
    async ended(action) {
      if (action !== 'plan-zones') return;
      for (const make of afterPlan) await make();
    },
    async stop() {
      clearTimeout(timer);
      await made;
    },
  };
}
