import { isIP } from 'node:net';
import { bareAddress } from '../../checks/address.ts';
import type { DnsCheck, Observation } from '../../checks/check.ts';
import { canonicalValue, readServer } from '../../checks/dns-values.ts';
import type { Question } from '../../checks/question.ts';
import { type Answer, encodedField, numberField, readAnswer, textField } from '../../hosts/answer.ts';
import { DNS_SCRIPT, TCP_SCRIPT, TLS_SCRIPT } from '../../hosts/scripts/ask-network.ts';
import type { HostContext } from '../context.ts';
import { describeFailure } from '../records.ts';

export interface NetworkRequest {
  readonly host: string;
  /** Milliseconds that the answer may take. */
  readonly limit: number;
  readonly question: NetworkQuestion;
}

export type NetworkQuestion = Extract<Question, { readonly kind: 'tcp' | 'tls' | 'dns' }>;

/** What a command needs to reach its host, to start and to report, in milliseconds. */
const ON_THE_WAY = 30_000;
const DAY = 86_400_000;
/** The name does not exist: an answer, as is one without such a record. */
const ANSWERED = ['NOERROR', 'NXDOMAIN'];

/**
 * Connects, shakes hands and asks for names from the hosts themselves. A tool that a host has not is silence that says so:
 * bash for tcp, openssl for tls, dig for dns.
 *
 * @returns one observation per request, in order
 * @throws PlatformError when a host's report was cut off
 */
export async function askNetwork(
  context: HostContext,
  requests: readonly NetworkRequest[],
): Promise<readonly Observation[]> {
  const results = await context.transport.run(
    requests.map(({ host, limit, question }) => ({
      host,
      ...commandOf(question, (limit / 1_000).toFixed(3)),
      timeout: limit + ON_THE_WAY,
      onCancel: 'stop',
    })),
    context.signal,
  );
  return requests.map(({ host, question }, index) => {
    const result = results[index];
    if (result?.outcome !== 'done') {
      const problem = result === undefined ? 'it was never asked' : describeFailure(result);
      return { kind: 'silent', problem, milliseconds: 0 };
    }
    const answer = readAnswer(host, result.stdout);
    const milliseconds = numberField(answer, 'milliseconds');
    if (answer['problem'] === undefined) return read(question, answer, milliseconds);
    const problem = encodedField(answer, 'problem') || 'no answer';
    const missing = problem.endsWith(' is not installed');
    return { kind: 'silent', problem: missing ? `${problem} on ${host}` : problem, milliseconds };
  });
}

function commandOf(
  question: NetworkQuestion,
  limit: string,
): { readonly script: string; readonly arguments: readonly string[] } {
  switch (question.kind) {
    case 'tcp': {
      const { address, port, listen } = question;
      const values = [limit, bareAddress(address), String(port), listen ? 'listen' : ''];
      return { script: TCP_SCRIPT, arguments: values };
    }
    case 'tls': {
      const name = bareAddress(question.name);
      const address = bareAddress(question.address);
      const host = isIP(address) === 6 ? `[${address}]` : address;
      const values = [limit, `${host}:${question.port}`, isIP(name) === 0 ? 'name' : 'ip', name];
      return { script: TLS_SCRIPT, arguments: values };
    }
    case 'dns': {
      const { record, type, server } = question;
      const { address, port } = (server === undefined ? undefined : readServer(server)) ?? {};
      return { script: DNS_SCRIPT, arguments: [limit, record, type, address ?? '', String(port ?? '')] };
    }
  }
}

function read(question: NetworkQuestion, answer: Answer, milliseconds: number): Observation {
  switch (question.kind) {
    case 'tcp':
      return { kind: 'tcp', banner: encodedField(answer, 'banner'), milliseconds };
    case 'tls':
      return readTls(answer, milliseconds);
    case 'dns':
      return readDns(question.type, answer, milliseconds);
  }
}

function readDns(type: DnsCheck['kind'], answer: Answer, milliseconds: number): Observation {
  const status = textField(answer, 'status');
  if (!ANSWERED.includes(status)) {
    return { kind: 'silent', problem: `the server answered ${status}`, milliseconds };
  }
  const lines = encodedField(answer, 'values')
    .split('\n')
    .filter((line) => line !== '');
  const written = lines.map((line) => (type === 'TXT' ? readTxt(line) : line));
  const values = new Set(written.map((value) => canonicalValue(type, value) ?? value));
  return { kind: 'dns', values: [...values], milliseconds };
}

/** The verdict is as OpenSSL prints it: `18 (self-signed certificate)`. */
function readTls(answer: Answer, milliseconds: number): Observation {
  const verdict = encodedField(answer, 'verdict');
  const expires = new Date(textField(answer, 'expires'));
  return {
    kind: 'tls',
    distrust: /^0\b/.test(verdict) ? '' : verdict.replace(/^\d+ \((.*)\)$/, '$1'),
    expires: expires.toISOString(),
    daysLeft: Math.floor((expires.getTime() - numberField(answer, 'now') * 1_000) / DAY),
    milliseconds,
  };
}

/** Joins the parts of a TXT record as dig prints them: in quotes, with `\"`, `\\` and `\ddd` for a byte. */
function readTxt(line: string): string {
  const parts = [...line.matchAll(/"(?<part>(?:[^"\\]|\\.)*)"/g)].map(
    (match) => match.groups?.['part'] ?? '',
  );
  const bytes = parts
    .join('')
    .replace(/\\(\d{3}|.)/g, (_, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
