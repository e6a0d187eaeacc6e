import type { z } from 'zod';
import { parseDuration, writeDuration } from '../fleet/duration.ts';
import type { Check, DnsCheck, HttpCheck, TextRule, TlsCheck } from './check.ts';
import { canonicalName, canonicalValue } from './dns-values.ts';
import type { CheckDocument, checkSchema } from './schema.ts';
import type { Texts } from './schema-common.ts';
import { readStatus } from './schema-http.ts';

type CheckInput = z.input<typeof checkSchema>;
type HttpDocument = Extract<CheckDocument, { readonly path: string }>;
type Common = Pick<Check, 'name' | 'within' | 'against'>;

/** Turns a valid check into what the code works with: milliseconds, ranges, rules. */
export function toCheck(document: CheckDocument): Check {
  const { name, against } = document;
  const within = parseDuration(document.within);
  if (within === undefined) throw new TypeError(`${document.within} is not a duration`);
  const common = { name, against, within };
  switch (document.type) {
    case 'command': {
      const { type, run, exit } = document;
      return { ...common, type, run, exitCode: exit, text: toRules(document) };
    }
    case 'tcp':
      return { ...common, type: 'tcp', ...written('port', document.port), text: toRules(document) };
    case 'tls': {
      const { type, tls, port, host } = document;
      const daysLeft = document['days-left'];
      return { ...common, type, tls, daysLeft, ...written('port', port), ...written('host', host) };
    }
    case 'dns': {
      const { type, kind, server } = document;
      const values = document.values.map((value) => canonicalValue(kind, value) ?? value);
      const record = canonicalName(document.record) ?? document.record;
      return { ...common, type, record, kind, values, ...written('server', server) };
    }
    default:
      return toHttp(document, common);
  }
}

/** Writes a check as it stands in a file. */
export function fromCheck(check: Check): CheckInput {
  const common = {
    name: check.name,
    against: [...check.against],
    within: writeDuration(check.within),
  };
  switch (check.type) {
    case 'command':
      return {
        ...common,
        type: check.type,
        run: check.run,
        exit: check.exitCode,
        ...fromRules(check.text),
      };
    case 'tcp':
      return { ...common, type: check.type, port: check.port, ...fromRules(check.text) };
    case 'tls':
      return { ...common, ...fromTls(check) };
    case 'dns':
      return { ...common, ...fromDns(check) };
    case 'http':
      return { ...common, ...fromHttp(check) };
  }
}

function toHttp(document: HttpDocument, common: Common): HttpCheck {
  const { method, path, headers, body, redirects, tls, host } = document;
  return {
    ...common,
    type: 'http',
    method,
    path,
    headers,
    ...written('body', body),
    status: readStatus(document.status),
    header: Object.fromEntries(
      Object.entries(document.header).flatMap(([header, rule]) =>
        toRules(rule).map((each) => [header.toLowerCase(), each]),
      ),
    ),
    text: toRules(document),
    json: Object.entries(document.json).map(([path, equals]) => ({ path, equals })),
    redirects,
    tls,
    ...written('host', host),
  };
}

function fromHttp(check: HttpCheck) {
  const { type, method, path, headers, body, status, redirects, tls, host } = check;
  return {
    type,
    method,
    path,
    headers,
    body,
    status: status.map(({ from, to }) => (from === to ? from : `${from}-${to}`)),
    header: Object.fromEntries(Object.entries(check.header).map(([key, rule]) => [key, fromRules([rule])])),
    ...fromRules(check.text),
    json: Object.fromEntries(check.json.map(({ path, equals }) => [path, equals])),
    redirects,
    tls,
    host,
  };
}

function fromTls({ type, port, host, tls, daysLeft }: TlsCheck) {
  return { type, port, host, tls, 'days-left': daysLeft };
}

function fromDns({ type, record, kind, values, server }: DnsCheck) {
  return { type, record, kind, values: [...values], server };
}

/** A key that is only there with a value. */
function written<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}

function toRules(document: Texts): readonly TextRule[] {
  return (['equals', 'contains', 'matches'] as const).flatMap((kind) => {
    const text = document[kind];
    return text === undefined ? [] : [{ kind, text }];
  });
}

function fromRules(rules: readonly TextRule[]): Texts {
  return Object.fromEntries(rules.map(({ kind, text }) => [kind, text]));
}
