import type { Json, Recorded } from '../../evidence/document.ts';

/** One call that is about to be made. */
export type Asked = Pick<Recorded, 'kind' | 'port' | 'call' | 'subject' | 'given'>;

/** What came of a call. */
export type Came = { readonly answer: Json } | { readonly error: string };

/** Everything that was seen and changed through the ports, in the order in which it was answered. */
export interface EvidenceLog {
  /**
   * Notes that a call is made now.
   *
   * @param now milliseconds since 1970
   * @returns what has to be told when it is over
   */
  ask(asked: Asked, now: number): (came: Came, now: number) => void;
  /**
   * Notes every change that was asked for and has no answer yet: nobody waits for it any more, and it may be made. What is
   * answered later is not noted.
   *
   * @param now milliseconds since 1970
   */
  end(now: number): void;
  recorded(): readonly Recorded[];
}

/** What stands for the answer of a change that was under way when the step ended. */
const UNANSWERED = 'there was no answer when the step ended';

interface Open {
  readonly index: number;
  /** Grows with every mutation that begins or ends. */
  readonly epoch: number;
  readonly came: string;
}

/**
 * A log in which equal observations in a row are one entry with a count and the time of the last one. A mutation of whatever
 * ends every row, so that what was seen before it and after it are never one entry.
 */
export function createEvidenceLog(): EvidenceLog {
  const entries: Recorded[] = [];
  const rows = new Map<string, Open>();
  const unanswered = new Set<(came: Came, now: number) => void>();
  let epoch = 0;

  const append = (asked: Asked, came: Came, began: number, ended: number, epochThen: number): void => {
    const { kind, port, call, subject, given } = asked;
    const at = new Date(began).toISOString();
    const key = JSON.stringify([port, call, subject, given]);
    const row = rows.get(key);
    const seen = JSON.stringify(came);
    const last = row === undefined ? undefined : entries[row.index];
    if (
      kind === 'observation' &&
      row?.epoch === epochThen &&
      epoch === epochThen &&
      row.came === seen &&
      last
    ) {
      entries[row.index] = { ...last, until: at, count: last.count + 1 };
      return;
    }
    const until = kind === 'mutation' ? new Date(ended).toISOString() : at;
    entries.push({ kind, port, call, subject, at, until, count: 1, given, ...came });
    if (kind === 'observation') rows.set(key, { index: entries.length - 1, epoch: epochThen, came: seen });
  };

  return {
    ask: (asked, began) => {
      if (asked.kind === 'mutation') epoch += 1;
      const then = epoch;
      if (asked.kind === 'observation') return (came, ended) => append(asked, came, began, ended, then);
      const tell = (came: Came, ended: number): void => {
        if (!unanswered.delete(tell)) return;
        epoch += 1;
        append(asked, came, began, ended, then);
      };
      unanswered.add(tell);
      return tell;
    },
    end: (now) => {
      for (const tell of [...unanswered]) tell({ error: UNANSWERED }, now);
    },
    recorded: () => [...entries],
  };
}
