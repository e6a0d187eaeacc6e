import type { Fault } from './points.ts';
import type { Reference } from './reference.ts';
import { openTrials, type Trial, type Trials } from './trial.ts';
import { stopWorlds } from './world.ts';

/*
 * A process with ranges of its own, which tries what it is told: one process alone would keep one processor busy and leave the
 * others idle, and be late with requests of which none may be late.
 */

/** What a worker is told. */
export type Order =
  | { readonly kind: 'begin'; readonly reference: Reference }
  | { readonly kind: 'try'; readonly fault: Fault };

/** What it answers to each order; nothing but that it is ready to the first one. */
export interface Report {
  readonly trial?: Trial;
}

let trials: Trials | undefined;

process.on('message', (order: Order) => void obey(order));
// Whoever started it decides when it ends, and may be gone without having said so.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
process.once('disconnect', () => void stopWorlds().finally(() => process.exit()));

async function obey(order: Order): Promise<void> {
  if (order.kind === 'begin') {
    trials = openTrials(order.reference);
    report({});
    return;
  }
  const trial = await trials?.make(order.fault);
  report(trial === undefined ? {} : { trial });
}

function report(what: Report): void {
  process.send?.(what);
}
