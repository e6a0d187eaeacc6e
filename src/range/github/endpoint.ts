import type { Permission } from './options.ts';
import type { State } from './state.ts';

/** One operation of GitHub's REST API, as the range models it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below `/repos/{owner}/{repo}`; `{name}` is one segment. */
  readonly path: string;
  /** Page below https://docs.github.com/rest/ */
  readonly docs: string;
  /** What the token needs; nothing for what every token may see. */
  readonly needs?: readonly [permission: Permission, access: 'read' | 'write'];
  /** Query parameters that are modelled; any other one is refused rather than ignored. */
  readonly query?: readonly string[];
  /** The same for members of the body. */
  readonly body?: readonly string[];
  readonly answer: (call: Call) => Answer;
}

export interface Call {
  readonly state: State;
  readonly caller: Caller;
  /** Value of each `{name}` of the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Who asks: the workflow's token, or a person. */
export interface Caller {
  readonly login: string;
  readonly isPerson: boolean;
}

export interface Answer {
  readonly status: 200 | 201;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of GitHub that says no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Page below https://docs.github.com/ */
  readonly docs: string | undefined;

  constructor(
    status: number,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly docs?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = more.headers ?? {};
    this.docs = more.docs;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

/** @param what what the range does not have, though GitHub may */
export function notModelled(what: string): Refusal {
  return new Refusal(404, `The range does not model ${what}.`);
}

export function invalid(message: string): Refusal {
  return new Refusal(422, message);
}

/** @throws Refusal when a query parameter has none of the values that are modelled */
export function oneOf<T extends string>(
  query: URLSearchParams,
  name: string,
  values: readonly T[],
): T | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const found = values.find((each) => each === value);
  if (found === undefined) throw notModelled(`${name}=${value}; it models ${values.join(', ')}`);
  return found;
}

/** @throws Refusal when a member of the body is there and no text, or not there and there is no fallback */
export function textOf(body: Call['body'], name: string, fallback?: string): string {
  const value = body[name] ?? fallback;
  if (value === undefined) throw invalid(`Invalid request.\n\n"${name}" wasn't supplied.`);
  if (typeof value === 'string') return value;
  throw invalid(`Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not a string.`);
}
