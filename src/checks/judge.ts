import { formatDuration } from '../fleet/duration.ts';
import type {
  Check,
  CommandCheck,
  DnsCheck,
  HttpCheck,
  JsonScalar,
  Judgement,
  Observation,
  StatusRange,
  TcpCheck,
  TextRule,
  TlsCheck,
} from './check.ts';
import { findValues, holds, isOnly, KEPT } from './holds.ts';

type Answer = Exclude<Observation, { readonly kind: 'silent' }>;
type AnswerOf<Kind extends Answer['kind']> = Extract<Answer, { readonly kind: Kind }>;

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

/** Judges what came back from a check; `seen` quotes what is not as it should be, or tells the time it took. */
export function judge(check: Check, seen: Observation): Judgement {
  if (seen.kind === 'silent') return { passed: false, seen: `no answer (${seen.problem})` };
  const faults = new Set(expectationsOf(check).flatMap((each) => each.faultOf(seen) ?? []));
  const rest = faults.size === 0 ? [`in ${formatDuration(seen.milliseconds)}`] : faults;
  return { passed: faults.size === 0, seen: [summaryOf(seen), ...rest].join(' ') };
}

/** What a check expects, in words, on one line. */
export function describeExpectations(check: Check): string {
  return expectationsOf(check)
    .map(({ rule }) => rule)
    .join(', ');
}

/** Everything that a check expects, each judged by itself; the last is the time that it may take. */
export function expectationsOf(check: Check): readonly Expectation[] {
  const within: Expectation = {
    rule: `within ${formatDuration(check.within)}`,
    faultOf: ({ milliseconds }) =>
      milliseconds <= check.within ? undefined : `in ${formatDuration(milliseconds)}`,
  };
  return [...ofType(check), within];
}

function ofType(check: Check): readonly Expectation[] {
  switch (check.type) {
    case 'http':
      return ofHttp(check);
    case 'tcp':
      return ofTcp(check);
    case 'tls':
      return ofTls(check);
    case 'dns':
      return ofDns(check);
    case 'command':
      return ofCommand(check);
  }
}

function ofHttp(check: HttpCheck): readonly Expectation[] {
  return [
    {
      rule: `status ${writeStatus(check.status)}`,
      faultOf: on('http', ({ status, body }) =>
        check.status.some(({ from, to }) => status >= from && status <= to) ? undefined : quote(body),
      ),
    },
    ...Object.entries(check.header).map(([name, text]) => ({
      rule: `header ${name} ${writeRule(text)}`,
      faultOf: on('http', ({ headers }) => {
        const value = headers[name];
        if (value === undefined) return `without header ${name}`;
        return holds(text, value) ? undefined : `with header ${name}: ${quote(value)}`;
      }),
    })),
    ...ofText('http', check.text, ({ body }) => body),
    ...check.json.map(({ path, equals }) => ({
      rule: `${path} ${JSON.stringify(equals)}`,
      faultOf: on('http', ({ body }) => jsonFault(body, path, equals)),
    })),
  ];
}

function ofTcp(check: TcpCheck): readonly Expectation[] {
  return [
    { rule: 'a connection', faultOf: on('tcp', () => undefined) },
    ...ofText('tcp', check.text, ({ banner }) => banner),
  ];
}

function ofTls({ tls, daysLeft }: TlsCheck): readonly Expectation[] {
  const trusted: Expectation = {
    rule: 'a trusted certificate',
    faultOf: on('tls', ({ distrust }) => (distrust === '' ? undefined : `not trusted: ${distrust}`)),
  };
  const lasting: Expectation = {
    rule: daysLeft === 0 ? 'not expired' : `${daysLeft} days left`,
    faultOf: on('tls', (seen) => (seen.daysLeft >= daysLeft ? undefined : lifeOf(seen.daysLeft))),
  };
  return tls === 'verify' ? [trusted, lasting] : [lasting];
}

function ofDns({ kind, values }: DnsCheck): readonly Expectation[] {
  return [
    {
      rule: `${kind} ${values.join(', ')}`,
      faultOf: on('dns', (seen) => {
        const missing = values.filter((each) => !seen.values.includes(each));
        const strange = seen.values.some((each) => !values.includes(each));
        if (missing.length > 0) return `without ${missing.join(', ').slice(0, SHOWN)}`;
        return strange ? `and not ${values.join(', ').slice(0, SHOWN)} alone` : undefined;
      }),
    },
  ];
}

function ofCommand({ exitCode, text }: CommandCheck): readonly Expectation[] {
  return [
    {
      rule: `exit ${exitCode}`,
      faultOf: on('command', (seen) => (seen.exitCode === exitCode ? undefined : quote(seen.output))),
    },
    ...ofText('command', text, ({ output }) => output),
  ];
}

function ofText<Kind extends Answer['kind']>(
  kind: Kind,
  rules: readonly TextRule[],
  textOf: (answer: AnswerOf<Kind>) => string,
): readonly Expectation[] {
  return rules.map((text) => ({
    rule: writeRule(text),
    text,
    faultOf: on(kind, (answer) => (holds(text, textOf(answer)) ? undefined : quote(textOf(answer)))),
  }));
}

/** An answer of another kind breaks every expectation. */
function on<Kind extends Answer['kind']>(
  kind: Kind,
  fault: (answer: AnswerOf<Kind>) => string | undefined,
): Expectation['faultOf'] {
  const isOf = (answer: Answer): answer is AnswerOf<Kind> => answer.kind === kind;
  return (answer) => (isOf(answer) ? fault(answer) : `instead of an answer of ${kind}`);
}

function summaryOf(seen: Answer): string {
  switch (seen.kind) {
    case 'http':
      return String(seen.status);
    case 'tcp':
      return 'connected';
    case 'tls':
      return `certificate until ${seen.expires.slice(0, 10)}`;
    case 'dns':
      return seen.values.length === 0 ? 'no such record' : seen.values.join(', ').slice(0, SHOWN);
    case 'command':
      return `exit code ${seen.exitCode}`;
    case 'answers':
      return `${seen.answers.length} answers`;
  }
}

function lifeOf(daysLeft: number): string {
  if (daysLeft < 0) return 'which is over';
  return daysLeft === 1 ? 'with 1 day left' : `with ${daysLeft} days left`;
}

function jsonFault(body: string, path: string, equals: JsonScalar): string | undefined {
  const found = findValues(body, path);
  if (found.kind === 'no JSON') {
    const cut = Buffer.byteLength(body) < KEPT ? '' : ' (of which only the first 8 kB are read)';
    return `with a body that is not JSON${cut}: ${quote(body)}`;
  }
  if (isOnly(found, equals)) return undefined;
  const values = found.values.map((each) => JSON.stringify(each)).join(', ');
  return `with ${path} ${values.slice(0, SHOWN) || 'nothing'}`;
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
