import { UserError } from '../runner/errors.ts';
import type { Counts } from './dns/counts.ts';
import type { NameServerPlace } from './dns/dns.ts';
import type { RangeNames } from './names.ts';
import type { HostSnapshot, Range, RangeOptions } from './range.ts';
import type { PublishedMessage } from './sns/service.ts';
import { startRange } from './start.ts';

/** The program of `forkRange`: runs one range and ends with the process that asked for it. */

/** What the parent asks for. */
export type Errand =
  | { readonly kind: 'start'; readonly options: RangeOptions }
  | { readonly kind: 'hosts' }
  | { readonly kind: 'calls' }
  | { readonly kind: 'published' }
  | { readonly kind: 'stop-host'; readonly host: string }
  | { readonly kind: 'stop-agent'; readonly host: string }
  | { readonly kind: 'stick' | 'unstick'; readonly nameServer: string }
  | { readonly kind: 'answers'; readonly name: string; readonly type?: string };

export interface Order {
  readonly id: number;
  readonly errand: Errand;
}

/** An error on its way to the parent. */
export interface Trouble {
  readonly kind: 'user' | 'other';
  readonly message: string;
  readonly stack: string;
}

export type Answer = { readonly id: number } & (
  | ({
      readonly kind: 'started';
      /** None without `range.dns`. */
      readonly nameServers?: readonly NameServerPlace[];
    } & Pick<Range, 'endpoint' | 'environment' | 'entrances' | 'balancers'>)
  | { readonly kind: 'hosts'; readonly hosts: readonly HostSnapshot[] }
  | { readonly kind: 'calls'; readonly calls: Readonly<Record<string, number>> }
  | { readonly kind: 'published'; readonly messages: readonly PublishedMessage[] }
  | { readonly kind: 'host-stopped' }
  | { readonly kind: 'agent-stopped' }
  | { readonly kind: 'told' }
  | { readonly kind: 'answers'; readonly counts: Counts }
  | { readonly kind: 'failed'; readonly trouble: Trouble }
);

if (import.meta.main) serve();

function serve(): void {
  const leaving = new AbortController();
  let starting: Promise<Range> | undefined;

  const perform = async ({ id, errand }: Order): Promise<Answer> => {
    if (errand.kind === 'start') starting = startRange(errand.options, leaving.signal);
    const range = await starting;
    if (range === undefined) throw new Error('The range was not started.');
    switch (errand.kind) {
      case 'hosts':
        return { id, kind: 'hosts', hosts: await range.hosts() };
      case 'calls':
        return { id, kind: 'calls', calls: await range.calls() };
      case 'published':
        return { id, kind: 'published', messages: await range.published() };
      case 'stop-host':
        await range.stopHost(errand.host);
        return { id, kind: 'host-stopped' };
      case 'stop-agent':
        await range.stopAgent(errand.host);
        return { id, kind: 'agent-stopped' };
      case 'stick':
      case 'unstick':
        await namesIn(range)[errand.kind](errand.nameServer);
        return { id, kind: 'told' };
      case 'answers':
        return { id, kind: 'answers', counts: await namesIn(range).answers(errand.name, errand.type) };
      case 'start': {
        const { endpoint, environment, entrances, balancers, dns } = range;
        const nameServers = dns && { nameServers: dns.nameServers };
        return { id, kind: 'started', endpoint, environment, entrances, balancers, ...nameServers };
      }
    }
  };

  const leave = async (): Promise<void> => {
    leaving.abort();
    try {
      const range = await starting?.catch(() => undefined);
      await range?.stop();
      process.exit(0);
    } catch (error) {
      console.error('range: could not stop everything:', error);
      process.exit(1);
    }
  };

  process.on('message', (order: Order) => {
    perform(order).then(send, async (error: unknown) => {
      await send({ id: order.id, kind: 'failed', trouble: asTrouble(error) });
      if (order.errand.kind === 'start') process.exit(1);
    });
  });
  for (const event of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP']) process.once(event, leave);
}

function namesIn({ dns }: Range): RangeNames {
  if (dns === undefined) throw new Error('The range has no DNS.');
  return dns;
}

/** Resolves when the parent has the message, or is gone. */
function send(answer: Answer): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(answer, () => resolve());
  });
}

function asTrouble(error: unknown): Trouble {
  const kind = error instanceof UserError ? 'user' : 'other';
  if (!(error instanceof Error)) return { kind, message: String(error), stack: String(error) };
  return { kind, message: error.message, stack: error.stack ?? error.message };
}
