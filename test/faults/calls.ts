import type { IncomingMessage } from 'node:http';
import { DNS_SCRIPT, TCP_SCRIPT, TLS_SCRIPT } from '../../src/hosts/scripts/ask-network.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { PROBE_SCRIPT } from '../../src/hosts/scripts/probe.ts';
import { QUIET_SCRIPT } from '../../src/hosts/scripts/quiet.ts';
import { CLEAR_RECORD_SCRIPT, RECORD_SCRIPT } from '../../src/hosts/scripts/record.ts';
import { REPEAT_SCRIPT } from '../../src/hosts/scripts/repeat.ts';
import { RUN_PROGRAM_SCRIPT } from '../../src/hosts/scripts/run-program.ts';
import { SERVING_SCRIPT } from '../../src/hosts/scripts/serving.ts';
import { STATUS_SCRIPT } from '../../src/hosts/scripts/status.ts';

/** How errors are written in the protocol of a call. */
export type Protocol = 'json' | 'query' | 's3';

/** A call that a bundle makes to AWS. */
export interface Call {
  /** Such as `RegisterTargets`, `PutObject:ledger`, `SendCommand:installer`. */
  readonly operation: string;
  /** Whether it may change something. What is not known to read alone is taken to change something. */
  readonly mutating: boolean;
  readonly protocol: Protocol;
  /** Hosts that it names. */
  readonly hosts: readonly string[];
  /** Which attempt of the SDK it is, beginning with 1. */
  readonly attempt: number;
}

/** What is sent to hosts, by its name; a script that is missing here is called `unknown`, and changes something. */
const SCRIPTS: readonly (readonly [string, string, 'reads' | 'changes'])[] = [
  ['installer', INSTALLER_SCRIPT, 'changes'],
  ['record', RECORD_SCRIPT, 'changes'],
  ['clear-record', CLEAR_RECORD_SCRIPT, 'changes'],
  ['run-program', RUN_PROGRAM_SCRIPT, 'changes'],
  ['status', STATUS_SCRIPT, 'reads'],
  ['quiet', QUIET_SCRIPT, 'reads'],
  ['serving', SERVING_SCRIPT, 'reads'],
  ['probe', PROBE_SCRIPT, 'reads'],
  ['repeat', REPEAT_SCRIPT, 'reads'],
  ['tcp', TCP_SCRIPT, 'reads'],
  ['tls', TLS_SCRIPT, 'reads'],
  ['dns', DNS_SCRIPT, 'reads'],
];

const HOST = /\bi-[0-9a-f]{17}\b/g;
const READS = /^(?:Describe|Get|Head|List)[A-Z]/;

/**
 * What a request to AWS asks for.
 *
 * @returns nothing for a URL that was signed beforehand: hosts fetch releases with those, bundles do not
 */
export function callOf(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: string,
): Call | undefined {
  const url = new URL(request.url ?? '/', 'http://range');
  if (url.searchParams.has('X-Amz-Signature')) return undefined;
  const json = String(request.headers['x-amz-target'] ?? '').split('.')[1];
  const made = { hosts: [...new Set(body.match(HOST))], attempt: attemptOf(request.headers) };
  if (json !== undefined) {
    return { ...named(json, json === 'SendCommand' ? scriptIn(body) : undefined, 'json'), ...made };
  }
  const query = new URLSearchParams(body).get('Action');
  if (query !== null) return { ...named(query, undefined, 'query'), ...made };
  return { ...objectCall(request.method ?? '', url), ...made, hosts: [] };
}

/** The SDK says it in `amz-sdk-request: attempt=1; max=3`. */
function attemptOf(headers: IncomingMessage['headers']): number {
  return Number(/attempt=(\d+)/.exec(String(headers['amz-sdk-request'] ?? ''))?.[1] ?? 1);
}

type Named = Omit<Call, 'hosts' | 'attempt'>;

const OBJECTS = [
  ['ledger', /\/ledger\.json$/],
  ['evidence', /\/ledger\/evidence\//],
  ['digest', /\.sha256$/],
] as const;

function objectCall(method: string, { pathname }: URL): Named {
  const [, , key = ''] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
  const verb = { GET: 'Get', HEAD: 'Head', PUT: 'Put', DELETE: 'Delete', POST: 'Post' }[method] ?? method;
  const what = OBJECTS.find(([, pattern]) => pattern.test(key))?.[0] ?? 'other';
  return named(`${verb}Object`, [what, true], 's3');
}

function named(name: string, detail: readonly [string, boolean] | undefined, protocol: Protocol): Named {
  if (detail === undefined) return { operation: name, mutating: !READS.test(name), protocol };
  const [what, changes] = detail;
  return { operation: `${name}:${what}`, mutating: changes && !READS.test(name), protocol };
}

function scriptIn(body: string): readonly [string, boolean] {
  const sent: unknown = JSON.parse(body);
  const text = linesOf(sent).join('\n');
  const [name, , does] = SCRIPTS.find(([, script]) => text.endsWith(script.trim())) ?? [
    'unknown',
    '',
    'changes',
  ];
  return [name, does === 'changes'];
}

function linesOf(sent: unknown): readonly string[] {
  const { Parameters } = sent as { readonly Parameters?: { readonly commands?: readonly string[] } };
  return Parameters?.commands ?? [];
}
