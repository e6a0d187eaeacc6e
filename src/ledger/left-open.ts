import type { Intent, Ledger } from './document.ts';
import { openIntents } from './journal.ts';

/** What is being done to hosts, such as `installing 1.1.0 on i-1, i-2`. */
export function doingOf({ act, version, hosts }: Pick<Intent, 'act' | 'version' | 'hosts'>): string {
  const names = hosts.join(', ');
  switch (act) {
    case 'withdraw':
      return `taking ${names} out of service for ${version}`;
    case 'install':
      return `installing ${version} on ${names}`;
    case 'return':
      return `returning ${names} to service with ${version}`;
  }
}

/** What a run that takes the lease finds of runs that did not come to their end, and what it does about that; one sentence each. */
export function leftSentences(ledger: Ledger, zone: string): readonly string[] {
  const open = openIntents(ledger);
  const told = new Set(open.flatMap(({ hosts }) => hosts));
  const others = Object.entries(ledger.out ?? {}).flatMap(([host, { zone: at, record, held }]) => {
    if (at !== zone || told.has(host)) return [];
    return [`${host} (since ${record.since} by ${record.run}${held === undefined ? '' : `, held: ${held}`})`];
  });
  return [
    ...open.map((intent) => {
      const found = `${intent.run} was stopped while it was ${doingOf(intent)} (since ${intent.at})`;
      if (intent.zone === zone) return `${found}; continuing from what the hosts show`;
      return `${found}; ${intent.zone} stays as it is until it is deployed again or return-hosts looks at it`;
    }),
    ...(others.length === 0
      ? []
      : [
          `taken out of service and not seen to serve since: ${others.join(', ')}; continuing from what the hosts show`,
        ]),
  ];
}
