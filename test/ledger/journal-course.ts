import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type Ledger, MOST_INTENTS } from '../../src/ledger/document.ts';
import {
  hostsServe,
  intentBegan,
  intentEnded,
  journalClosed,
  openIntents,
  type Writer,
} from '../../src/ledger/journal.ts';
import { parseLedger, renderLedger } from '../../src/ledger/parse.ts';
import type { UndoRecord } from '../../src/operations/records.ts';
import { AT, EMPTY } from './course.ts';

const HOSTS = ['i-1', 'i-2', 'i-3', 'i-4'] as const;

/** One thing that happens to the journal; a run that is killed is one after which another takes over. */
export type Move =
  | { readonly kind: 'begin'; readonly hosts: readonly string[]; readonly version: string }
  /** A host of the open batch is replaced by another. */
  | { readonly kind: 'replace'; readonly successor: string }
  | { readonly kind: 'end'; readonly left: readonly string[] }
  | { readonly kind: 'close'; readonly serving: readonly string[] }
  | { readonly kind: 'takeover'; readonly sameRun: boolean };

const some = fc.subarray([...HOSTS]);
const begins: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('begin' as const),
  hosts: fc.subarray([...HOSTS], { minLength: 1 }),
  version: fc.constantFrom('1.0.0', '1.1.0'),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  begins,
  begins,
  begins,
  fc.record({ kind: fc.constant('replace' as const), successor: fc.constantFrom('i-8', 'i-9') }),
  fc.record({ kind: fc.constant('end' as const), left: some }),
  fc.record({ kind: fc.constant('close' as const), serving: some }),
  fc.record({ kind: fc.constant('takeover' as const), sameRun: fc.boolean() }),
);
export const moves: fc.Arbitrary<readonly Move[]> = fc.array(move, { maxLength: 40, size: 'max' });

/** How the ledger is changed; the tests plant others to see that they notice. */
export interface Changes {
  readonly began: typeof intentBegan;
  readonly ended: typeof intentEnded;
}

export const CHANGES: Changes = { began: intentBegan, ended: intentEnded };

export function recordOf(host: string, run = 'run 1'): UndoRecord {
  const targets = [{ pool: 'web', id: host, port: 8080 }];
  return { host, targets, reason: 'upgrade', run, since: AT, service: 'storefront', from: '1.0.0' };
}

/** What must be so, kept as sets of names beside the ledger. */
interface Truth {
  readonly writer: Writer;
  readonly ledger: Ledger;
  /** Hosts that left, with the run that took them out last, and were not seen to serve since. */
  readonly out: ReadonlyMap<string, string>;
  /** The open batch of the writer. */
  readonly batch: readonly string[];
}

const START: Truth = {
  writer: { run: 'run 1', token: 1, at: AT },
  ledger: EMPTY,
  out: new Map(),
  batch: [],
};

/** Makes the moves, and says at each step what is wrong with the ledger. */
export function faultsOf(course: readonly Move[], changes: Changes = CHANGES): readonly string[] {
  const found: string[] = [];
  let truth = START;
  for (const each of course) {
    truth = make(truth, each, changes);
    found.push(...wrongIn(truth));
  }
  const { ledger } = truth;
  const place = { place: 'memory', service: 'storefront' };
  if (isDeepStrictEqual(parseLedger(renderLedger(ledger), place), ledger)) return found;
  return [...found, 'it does not read back as it was written'];
}

function make(truth: Truth, each: Move, changes: Changes): Truth {
  const { writer, ledger, batch } = truth;
  switch (each.kind) {
    case 'begin':
      // A batch is ended before the next one begins.
      return batch.length > 0 && each.hosts.some((host) => !batch.includes(host))
        ? truth
        : begin(truth, batch.length > 0 ? batch : each.hosts, each.version, changes);
    case 'replace':
      if (batch.length === 0 || batch.includes(each.successor)) return truth;
      return begin(truth, [...batch.slice(1), each.successor], '1.1.0', changes);
    case 'end': {
      const left = each.left.filter((host) => batch.includes(host));
      const out = new Map([...truth.out].filter(([host]) => !batch.includes(host)));
      for (const host of left) out.set(host, writer.run);
      const next = changes.ended(
        ledger,
        { ...writer, zone: 'a', kind: 'failed' },
        left.map((host) => ({ record: recordOf(host, writer.run), held: 'it failed' })),
      );
      return { ...truth, ledger: next, out, batch: [] };
    }
    case 'close': {
      const out = new Map([...truth.out].filter(([host]) => !each.serving.includes(host)));
      return { ...truth, ledger: hostsServe(journalClosed(ledger, writer), each.serving), out, batch: [] };
    }
    case 'takeover': {
      const token = writer.token + 1;
      const run = each.sameRun ? writer.run : `run ${token}`;
      return { ...truth, writer: { ...writer, token, run }, batch: [] };
    }
  }
}

function begin(truth: Truth, hosts: readonly string[], version: string, changes: Changes): Truth {
  const { writer, ledger, batch } = truth;
  const began = { ...writer, act: 'install' as const, zone: 'a', version };
  const next = changes.began(
    ledger,
    began,
    hosts.map((host) => recordOf(host, writer.run)),
  );
  const out = new Map([...truth.out].filter(([host]) => !batch.includes(host)));
  for (const host of hosts) out.set(host, writer.run);
  return { ...truth, ledger: next, out, batch: hosts };
}

function wrongIn({ ledger, out, batch, writer }: Truth): readonly string[] {
  const open = openIntents(ledger);
  const own = open.filter(({ token, run }) => token === writer.token && run === writer.run);
  const kept = Object.entries(ledger.out ?? {});
  const lost = [...out].filter(([host, run]) => ledger.out?.[host]?.record.run !== run);
  return [
    ...((ledger.journal ?? []).length > MOST_INTENTS ? ['more intents than are kept'] : []),
    ...(own.length > 1 ? ['two intents of the holder are open'] : []),
    ...(own.length === 1 || batch.length === 0 ? [] : ['the batch at work has no open intent']),
    ...(own.length === 1 && open.length > 1 ? ['what another left is open beside it'] : []),
    ...lost.map(([host]) => `${host} is lost`),
    ...kept.filter(([host]) => !out.has(host)).map(([host]) => `${host} is kept though it serves`),
  ];
}
