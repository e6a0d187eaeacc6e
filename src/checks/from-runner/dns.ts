import { Resolver } from 'node:dns/promises';
import type { Observation } from '../check.ts';
import { canonicalValue, readServer } from '../dns-values.ts';
import type { Question } from '../question.ts';
import { codeOf, within } from './within.ts';

type DnsQuestion = Extract<Question, { readonly kind: 'dns' }>;

/** The name does not exist, or has no record of the type: both are answers. */
const NONE = ['ENOTFOUND', 'ENODATA'];
/** A lost packet is sent again well before the limit, which alone ends it. */
const TRIES = 10;

/** Asks a server, or the resolvers of this machine, past its hosts file and its search domains. */
export function askDns(question: DnsQuestion, limit: number, signal: AbortSignal): Promise<Observation> {
  return within(limit, signal, async (span) => {
    const resolver = new Resolver({ timeout: Math.ceil(limit / 3), tries: TRIES });
    if (question.server !== undefined) resolver.setServers([serverOf(question.server)]);
    const cancel = () => resolver.cancel();
    span.signal.addEventListener('abort', cancel);
    try {
      const found = await resolve(resolver, question);
      const values = found.map((value) => canonicalValue(question.type, value) ?? value);
      return { kind: 'dns', values: [...new Set(values)], milliseconds: span.passed() };
    } catch (cause) {
      if (NONE.includes(codeOf(cause))) return { kind: 'dns', values: [], milliseconds: span.passed() };
      throw cause;
    } finally {
      span.signal.removeEventListener('abort', cancel);
    }
  });
}

/** The values of a record set in the form of `DnsCheck.values`. */
async function resolve(resolver: Resolver, { record, type }: DnsQuestion): Promise<readonly string[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(record);
    case 'AAAA':
      return resolver.resolve6(record);
    case 'CNAME':
      return resolver.resolveCname(record);
    case 'NS':
      return resolver.resolveNs(record);
    case 'MX':
      return (await resolver.resolveMx(record)).map(
        ({ priority, exchange }) => `${priority} ${exchange || '.'}`,
      );
    case 'SRV':
      return (await resolver.resolveSrv(record)).map(
        ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${name || '.'}`,
      );
    case 'TXT':
      return (await resolver.resolveTxt(record)).map((parts) => utf8(parts.join('')));
  }
}

/** Node makes a character of each byte. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function serverOf(written: string): string {
  const { address, port } = readServer(written) ?? { address: written, port: 53 };
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
