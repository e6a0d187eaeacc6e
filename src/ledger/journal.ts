import type { UndoRecord } from '../operations/records.ts';
import type { Act, Intent, IntentEnd, Ledger, LeftOut, OutHost } from './document.ts';
import { MOST_INTENTS } from './document.ts';

/** Characters of why a host is held; the whole is in the report of the step that holds it. */
const LONGEST_WHY = 300;

/** Who writes in the journal: the holder of the lease. */
export interface Writer {
  readonly run: string;
  /** Fencing token of the lease. */
  readonly token: number;
  /** ISO 8601. */
  readonly at: string;
}

/** An act that is about to begin. */
export interface Beginning extends Writer {
  readonly act: Act;
  readonly zone: string;
  readonly version: string;
}

/** A batch that has come to its end. */
export interface Ending extends Writer {
  readonly zone: string;
  readonly kind: 'done' | 'failed';
}

/**
 * The ledger in which an act has begun. What the same run had begun before has come to its end by that: it is done, or has
 * failed when the hosts are to run another version now. `records` take the place of its hosts among those that are out: a host
 * that was replaced gives way to its successor. What another run left open is abandoned, and its hosts stay out. Why a host was
 * held before is forgotten when it returns, not earlier: until then it may be as it was.
 *
 * @param records of every host of the batch that is out of service, or is about to be
 */
export function intentBegan(ledger: Ledger, began: Beginning, records: readonly UndoRecord[]): Ledger {
  const { act, zone, version, run, token, at } = began;
  const hosts = records.map(({ host }) => host);
  const before = (intent: Intent) => (intent.version === version ? 'done' : 'failed');
  const closed = closeIntents(ledger, began, before);
  const journal = [...(closed.journal ?? []), { act, zone, hosts, version, run, token, at }];
  const out = {
    ...withoutHosts(ledger, openHosts(ledger, began)),
    ...outOf(
      zone,
      records.map((record) => ({ record })),
      act === 'return' ? {} : ledger.out,
    ),
  };
  return withOut({ ...closed, journal: journal.slice(-MOST_INTENTS) }, out);
}

/**
 * The ledger in which the batch of a run has come to its end: its hosts serve, but for those that are left out.
 *
 * @param left of the batch, or that took the place of one of it
 */
export function intentEnded(ledger: Ledger, ended: Ending, left: readonly LeftOut[]): Ledger {
  const closed = closeIntents(ledger, ended, () => ended.kind);
  return withOut(closed, {
    ...withoutHosts(ledger, openHosts(ledger, ended)),
    ...outOf(ended.zone, left, ledger.out),
  });
}

/** The ledger in which nothing is open any more; hosts that are out stay so. What the writer left open itself has failed. */
export function journalClosed(ledger: Ledger, writer: Writer): Ledger {
  return closeIntents(ledger, writer, () => 'failed');
}

/** The ledger without hosts that were seen in service. */
export function hostsServe(ledger: Ledger, hosts: readonly string[]): Ledger {
  return withOut(ledger, withoutHosts(ledger, hosts));
}

/** The ledger in which people know of hosts that could not be returned. */
export function hostsTold(ledger: Ledger, hosts: readonly string[], at: string): Ledger {
  const told = Object.entries(ledger.out ?? {}).map(([host, out]): readonly [string, OutHost] => [
    host,
    hosts.includes(host) ? { told: at, ...out } : out,
  ]);
  return withOut(ledger, Object.fromEntries(told));
}

/** Intents that nobody closed. */
export function openIntents({ journal = [] }: Ledger): readonly Intent[] {
  return journal.filter(({ end }) => end === undefined);
}

/** The records of a zone's hosts that are out of service, by host. */
export function knownRecords({ out = {} }: Ledger, zone: string): ReadonlyMap<string, UndoRecord> {
  return new Map(
    Object.entries(out).flatMap(([host, each]) => (each.zone === zone ? [[host, each.record] as const] : [])),
  );
}

/** A ledger that was restored from an earlier version may hand out a token for a second time, so the run counts as well. */
function isOwn(intent: Intent, { run, token }: Writer): boolean {
  return intent.token === token && intent.run === run;
}

function openHosts(ledger: Ledger, writer: Writer): readonly string[] {
  return openIntents(ledger).flatMap((intent) => (isOwn(intent, writer) ? intent.hosts : []));
}

function closeIntents(
  ledger: Ledger,
  writer: Writer,
  kindOf: (own: Intent) => Exclude<IntentEnd['kind'], 'abandoned'>,
): Ledger {
  if (openIntents(ledger).length === 0) return ledger;
  const journal = (ledger.journal ?? []).map((intent): Intent => {
    if (intent.end !== undefined) return intent;
    const kind = isOwn(intent, writer) ? kindOf(intent) : 'abandoned';
    return { ...intent, end: { kind, at: writer.at } };
  });
  return { ...ledger, journal };
}

/** @param before hosts that were held, and are unless another reason is given */
function outOf(
  zone: string,
  left: readonly LeftOut[],
  before: Ledger['out'] = {},
): Readonly<Record<string, OutHost>> {
  return Object.fromEntries(
    left.map(({ record, held = before[record.host]?.held, told }): readonly [string, OutHost] => [
      record.host,
      { zone, record, ...(held && { held: shortened(held) }), ...(told && { told }) },
    ]),
  );
}

function withoutHosts({ out = {} }: Ledger, hosts: readonly string[]): Readonly<Record<string, OutHost>> {
  return Object.fromEntries(Object.entries(out).filter(([host]) => !hosts.includes(host)));
}

function withOut(ledger: Ledger, out: Readonly<Record<string, OutHost>>): Ledger {
  const { out: _, ...rest } = ledger;
  return Object.keys(out).length === 0 ? rest : { ...rest, out };
}

function shortened(why: string): string {
  const [line = ''] = why.split('\n');
  return line.length > LONGEST_WHY ? `${line.slice(0, LONGEST_WHY)} …` : line;
}
