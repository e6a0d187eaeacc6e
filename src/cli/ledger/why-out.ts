import type { Intent, Ledger, OutHost } from '../../ledger/document.ts';
import { openIntents } from '../../ledger/journal.ts';
import { SKEW } from '../../ledger/lease.ts';
import { doingOf } from '../../ledger/left-open.ts';

/** What is being done to the hosts of a zone, which of them are out of service since when, and what comes of that. */
export function outSentences(ledger: Ledger, zone: string, now: number): readonly string[] {
  const intents = openIntents(ledger).filter((intent) => intent.zone === zone);
  const out = Object.entries(ledger.out ?? {}).filter(([, each]) => each.zone === zone);
  return [
    ...intents.map((intent) => `  ${openSentence(ledger, intent, now)}`),
    ...out.map(([host, each]) => `  ${hostSentence(ledger, host, each, now)}`),
  ];
}

function openSentence(ledger: Ledger, intent: Intent, now: number): string {
  const { run, at } = intent;
  if (holds(ledger, intent, now)) return `${run} is ${doingOf(intent)} since ${at}.`;
  return `${run} was ${doingOf(intent)} since ${at}, and has not said how that ended.`;
}

function hostSentence(ledger: Ledger, host: string, { record, held }: OutHost, now: number): string {
  const { run, since, reason, from } = record;
  const came = from === undefined ? '' : `; it ran ${from}`;
  const found = `${host} was taken out of service by ${run} at ${since} (${reason}${came}), and was not seen to serve since`;
  if (held !== undefined) {
    const why = /[.…]$/.test(held) ? held : `${held}.`;
    return (
      `${found}; it is held: ${why} Look at it; then deploy the zone again, which continues with it, or return it with ` +
      'restore-target.'
    );
  }
  const intent = openIntents(ledger).find((each) => each.hosts.includes(host));
  if (intent !== undefined && holds(ledger, intent, now)) {
    return `${found}; ${intent.run === run ? 'that run' : intent.run} holds the lease: it is at work on it, or has died not long ago.`;
  }
  return (
    `${found}; nobody is at work on it. The next deployment of the zone continues with it, and return-hosts returns it when it ` +
    'proves its release.'
  );
}

function holds({ lease }: Ledger, { token, run }: Intent, now: number): boolean {
  if (lease === undefined || lease.token !== token || lease.run !== run) return false;
  return now <= Date.parse(lease.expires) + SKEW;
}
