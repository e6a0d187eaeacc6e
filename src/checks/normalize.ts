import type { z } from 'zod';
import { parseDuration, writeDuration } from '../fleet/duration.ts';
import type { Check, StatusRange, TextRule } from './check.ts';
import type { CheckDocument, checkSchema } from './schema.ts';

type CheckInput = z.input<typeof checkSchema>;
type Status = Extract<CheckDocument, { path: string }>['status'];
interface Texts {
  readonly equals?: string | undefined;
  readonly contains?: string | undefined;
  readonly matches?: string | undefined;
}

/** Turns a valid check into what the code works with: milliseconds, ranges, rules. */
export function toCheck(document: CheckDocument): Check {
  const { name } = document;
  const within = parseDuration(document.within);
  if (within === undefined) throw new TypeError(`${document.within} is not a duration`);
  const text = toRules(document);
  if (document.type === 'command') {
    return { type: 'command', name, run: document.run, exitCode: document.exit, text, within };
  }
  const { method, path, headers, body, redirects, tls, host } = document;
  return {
    type: 'http',
    name,
    method,
    path,
    headers,
    ...(body !== undefined && { body }),
    status: toRanges(document.status),
    header: Object.fromEntries(
      Object.entries(document.header).flatMap(([header, rule]) =>
        toRules(rule).map((each) => [header.toLowerCase(), each]),
      ),
    ),
    text,
    json: Object.entries(document.json).map(([path, equals]) => ({ path, equals })),
    within,
    redirects,
    tls,
    ...(host !== undefined && { host }),
  };
}

/** Writes a check as it stands in a file. */
export function fromCheck(check: Check): CheckInput {
  const { name, text } = check;
  const common = { name, ...fromRules(text), within: writeDuration(check.within) };
  if (check.type === 'command') {
    return { ...common, type: check.type, run: check.run, exit: check.exitCode };
  }
  const { type, method, path, headers, body, status, redirects, tls, host } = check;
  return {
    ...common,
    type,
    method,
    path,
    headers,
    body,
    status: status.map(({ from, to }) => (from === to ? from : `${from}-${to}`)),
    header: Object.fromEntries(Object.entries(check.header).map(([key, rule]) => [key, fromRules([rule])])),
    json: Object.fromEntries(check.json.map(({ path, equals }) => [path, equals])),
    redirects,
    tls,
    host,
  };
}

function toRanges(status: Status): readonly StatusRange[] {
  return [status].flat().map((each) => {
    const [from = 0, to = from] = String(each).split('-').map(Number);
    return { from, to };
  });
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
