import { query } from 'json-p3';
import { formatDuration } from '../fleet/duration.ts';
import type {
  Check,
  CommandCheck,
  HttpCheck,
  JsonScalar,
  Judgement,
  Observation,
  StatusRange,
  TextRule,
} from './check.ts';

type Answer = Exclude<Observation, { readonly kind: 'silent' }>;
type HttpAnswer = Extract<Observation, { readonly kind: 'http' }>;

/** One part of what a check expects. */
export interface Expectation {
  /** As it is written in a file: `status 200-299`, `matches .*`. */
  readonly rule: string;
  /** When it is a rule for a text that is always there, if only empty. */
  readonly text?: TextRule;
  /** What of an answer breaks it, in words; nothing when it holds. */
  faultOf(answer: Answer): string | undefined;
}

/** Characters of a body or an output that are shown. */
const SHOWN = 160;
/** Bytes of a body that come from the host. */
const KEPT = 8_192;

/** Judges what came back from a check; `seen` quotes what is not as it should be, or tells the time it took. */
export function judge(check: Check, seen: Observation): Judgement {
  if (seen.kind === 'silent') return { passed: false, seen: `no answer (${seen.problem})` };
  const faults = new Set(expectationsOf(check).flatMap((each) => each.faultOf(seen) ?? []));
  const first = seen.kind === 'http' ? String(seen.status) : `exit code ${seen.exitCode}`;
  const rest = faults.size === 0 ? [`in ${formatDuration(seen.milliseconds)}`] : faults;
  return { passed: faults.size === 0, seen: [first, ...rest].join(' ') };
}

/** What a check expects, in words, on one line. */
export function describeExpectations(check: Check): string {
  return expectationsOf(check)
    .map(({ rule }) => rule)
    .join(', ');
}

/** Everything that a check expects, each judged by itself. */
export function expectationsOf(check: Check): readonly Expectation[] {
  const within: Expectation = {
    rule: `within ${formatDuration(check.within)}`,
    faultOf: ({ milliseconds }) =>
      milliseconds <= check.within ? undefined : `in ${formatDuration(milliseconds)}`,
  };
  return [...(check.type === 'http' ? ofHttp(check) : ofCommand(check)), within];
}

function ofHttp(check: HttpCheck): readonly Expectation[] {
  return [
    {
      rule: `status ${writeStatus(check.status)}`,
      faultOf: onHttp(({ status, body }) =>
        check.status.some(({ from, to }) => status >= from && status <= to) ? undefined : quote(body),
      ),
    },
    ...Object.entries(check.header).map(([name, text]) => ({
      rule: `header ${name} ${writeRule(text)}`,
      faultOf: onHttp(({ headers }) => {
        const value = headers[name];
        if (value === undefined) return `without header ${name}`;
        return holds(text, value) ? undefined : `with header ${name}: ${quote(value)}`;
      }),
    })),
    ...check.text.map((text) => ({
      rule: writeRule(text),
      text,
      faultOf: onHttp(({ body }) => (holds(text, body) ? undefined : quote(body))),
    })),
    ...check.json.map(({ path, equals }) => ({
      rule: `${path} ${JSON.stringify(equals)}`,
      faultOf: onHttp(({ body }) => jsonFault(body, path, equals)),
    })),
  ];
}

function ofCommand({ exitCode, text: rules }: CommandCheck): readonly Expectation[] {
  return [
    {
      rule: `exit ${exitCode}`,
      faultOf: (seen) =>
        seen.kind === 'command' && seen.exitCode === exitCode ? undefined : quote(outputOf(seen)),
    },
    ...rules.map((text) => ({
      rule: writeRule(text),
      text,
      faultOf: (seen: Answer) => (holds(text, outputOf(seen)) ? undefined : quote(outputOf(seen))),
    })),
  ];
}

/** Whether a text is as a rule says. */
export function holds({ kind, text }: TextRule, value: string): boolean {
  switch (kind) {
    case 'equals':
      return value === text;
    case 'contains':
      return value.includes(text);
    case 'matches':
      return new RegExp(text, 'u').test(value);
  }
}

function jsonFault(body: string, path: string, equals: JsonScalar): string | undefined {
  const document = parse(body);
  if (document === undefined) {
    const cut = Buffer.byteLength(body) < KEPT ? '' : ' (of which only the first 8 kB are read)';
    return `with a body that is not JSON${cut}: ${quote(body)}`;
  }
  const values = query(path, document.value).values();
  if (values.length === 1 && values[0] === equals) return undefined;
  const found = values.length === 0 ? 'nothing' : values.map((each) => JSON.stringify(each)).join(', ');
  return `with ${path} ${found.slice(0, SHOWN)}`;
}

/** JSON of any kind; query takes nothing else. */
function parse(text: string): { readonly value: Parameters<typeof query>[1] } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function onHttp(fault: (answer: HttpAnswer) => string | undefined): Expectation['faultOf'] {
  return (answer) => (answer.kind === 'http' ? fault(answer) : quote(outputOf(answer)));
}

function outputOf(answer: Answer): string {
  return answer.kind === 'http' ? answer.body : answer.output;
}

function writeStatus(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(' or ');
}

function writeRule({ kind, text }: TextRule): string {
  return `${kind} ${kind === 'matches' ? text : JSON.stringify(text)}`;
}

function quote(text: string): string {
  return JSON.stringify(text.trim().slice(0, SHOWN));
}
