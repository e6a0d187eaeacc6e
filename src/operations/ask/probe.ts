import { type Manner, PLAIN } from '../../checks/question.ts';
import { encodedField, listField, numberField, readAnswer } from '../../hosts/answer.ts';
import { PROBE_SCRIPT } from '../../hosts/scripts/probe.ts';
import type { HostContext } from '../context.ts';
import { describeFailure } from '../records.ts';
import { placeOf } from './place.ts';

/** The answer to one HTTP request made on a host. */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly url: string;
      readonly status: number;
      /** By lower-case name, the first 4 kB; less when several URLs were asked together. */
      readonly headers: Readonly<Record<string, string>>;
      /** First 8 kB; less when several URLs were asked together. */
      readonly body: string;
      /** To the end of the body. */
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'silent';
      readonly url: string;
      readonly problem: string;
      /** Until nothing was waited for any longer. */
      readonly milliseconds: number;
    };

export interface ProbeRequest {
  readonly host: string;
  readonly urls: readonly string[];
  /** Milliseconds to wait until the address accepts connections at all. */
  readonly patience: number;
  /** Milliseconds that one request may take. */
  readonly limit: number;
  /** How it is asked when it is not a plain GET. */
  readonly manner?: Manner;
}

const MOST_REDIRECTS = '5';
/** A plain GET. */

/**
 * Asks URLs from the hosts themselves, so that it works where the runner has no route to them.
 *
 * @returns the answers of each request's URLs, in order
 */
export async function probe(
  context: HostContext,
  requests: readonly ProbeRequest[],
): Promise<readonly (readonly HttpAnswer[])[]> {
  const results = await context.transport.run(
    requests.map(({ host, urls, patience, limit, manner = PLAIN }) => ({
      host,
      script: PROBE_SCRIPT,
      arguments: [
        String(Math.ceil(patience / 1_000)),
        (limit / 1_000).toFixed(3),
        ...writeManner(manner, urls[0] ?? ''),
        ...urls,
      ],
      timeout: patience + limit * urls.length + 30_000,
      onCancel: 'stop',
    })),
    context.signal,
  );
  return requests.map(({ host, urls }, index) => {
    const result = results[index];
    if (result?.outcome !== 'done') {
      const problem = result === undefined ? 'it was never asked' : describeFailure(result);
      return urls.map((url) => ({ kind: 'silent', url, problem, milliseconds: 0 }));
    }
    const answers = listField(readAnswer(host, result.stdout), 'answers');
    return urls.map((url, each) => {
      const answer = answers[each];
      if (answer === undefined) {
        return { kind: 'silent', url, problem: 'no answer was reported', milliseconds: 0 };
      }
      const status = numberField(answer, 'status');
      const milliseconds = numberField(answer, 'milliseconds');
      if (status === 0) {
        return { kind: 'silent', url, problem: encodedField(answer, 'problem') || 'no answer', milliseconds };
      }
      const headers = readHeaders(encodedField(answer, 'headers'));
      return { kind: 'answered', url, status, headers, milliseconds, body: encodedField(answer, 'body') };
    });
  });
}

/** A manner as REQUEST in the host scripts takes it: method, headers, body, where to connect, redirects, certificates. */
export function writeManner(
  { method, headers, body, connect, redirects, tls }: Manner,
  url: string,
): readonly string[] {
  // curl sends a header without a value only when it ends in a semicolon.
  const lines = Object.entries(headers).map(([name, value]) =>
    value === '' ? `${name};` : `${name}: ${value}`,
  );
  return [
    method,
    lines.join('\n'),
    body ?? '',
    connect === undefined ? '' : connectTo(url, connect),
    redirects === 'follow' ? MOST_REDIRECTS : '',
    tls === 'ignore' ? tls : '',
  ];
}

/** As curl's option of that name takes it: `<name>:<port>:<address>:<port>`. */
function connectTo(url: string, address: string): string {
  const { hostname, port } = placeOf(url);
  return `${hostname}:${port}:${address}:${port}`;
}

/** Several headers of one name are one with commas between, as HTTP has it. */
export function readHeaders(text: string): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}
