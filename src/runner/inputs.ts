import { UserError } from './errors.ts';
import type { Kind } from './kinds.ts';

/** Environment variables as a process sees them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One input of an action: how its text is read, and what its absence means. */
export interface Declaration<T> {
  readonly kind: Kind<T>;
  readonly whenAbsent: { readonly refuse: true } | { readonly refuse: false; readonly value: T };
}

export type Declarations = Readonly<Record<string, Declaration<unknown>>>;

/** What `readInputs` gives for these declarations: the same names, typed values. */
export type Values<D extends Declarations> = {
  readonly [Name in keyof D]: D[Name] extends Declaration<infer T> ? T : never;
};

/** Inputs that are right one by one and wrong together. */
export interface Conflict<Name extends string = string> {
  readonly inputs: readonly Name[];
  /** What is wrong and how to mend it, as a full sentence. */
  readonly problem: string;
}

type Outcome =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly problem: string };

/** An input that must be given. */
export function required<T>(kind: Kind<T>): Declaration<T> {
  return { kind, whenAbsent: { refuse: true } };
}

/** An input that may be left out; it is `undefined` then. */
export function optional<T>(kind: Kind<T>): Declaration<T | undefined> {
  return { kind, whenAbsent: { refuse: false, value: undefined } };
}

/** An input that may be left out; `value` holds then. GitHub fills in the default of `action.yml` before. */
export function withDefault<T>(kind: Kind<T>, value: T): Declaration<T> {
  return { kind, whenAbsent: { refuse: false, value } };
}

/**
 * Reads all inputs of an action, once. An input that is empty or only white space counts as absent, as GitHub
 * passes inputs that were not given as empty texts.
 *
 * @param env where the runner puts inputs: `INPUT_` and the name in upper case, `-` kept
 * @param declarations input names in kebab-case
 * @param check finds inputs that contradict each other. It is given the values that could be read; a conflict
 *   that names an input already reported is left out, since it may only be a consequence
 * @throws UserError that tells every problem at once: input, value seen, what was expected, cure
 */
export function readInputs<const D extends Declarations>(
  env: Environment,
  declarations: D,
  check: (values: Partial<Values<D>>) => readonly Conflict<keyof D & string>[] = () => [],
): Values<D> {
  const outcomes = Object.entries(declarations).map(([name, declaration]) => read(env, name, declaration));
  const wrong = outcomes.filter((outcome) => 'problem' in outcome);
  const values = Object.fromEntries(
    outcomes.flatMap((outcome) => ('value' in outcome ? [[outcome.name, outcome.value]] : [])),
  );
  const faulty = new Set(wrong.map(({ name }) => name));
  // The values were made from `declarations` key by key, which the compiler cannot follow.
  const conflicts = check(values as Partial<Values<D>>)
    .filter(({ inputs }) => !inputs.some((name) => faulty.has(name)))
    .map(({ problem }) => problem);
  const problems = [...wrong.map(({ problem }) => problem), ...conflicts];
  if (problems.length > 0) throw wrongInputs(problems);
  return Object.freeze(values) as Values<D>;
}

function read(env: Environment, name: string, declaration: Declaration<unknown>): Outcome {
  const { kind, whenAbsent } = declaration;
  const text = (env[variableFor(name)] ?? '').trim();
  if (text === '') {
    if (!whenAbsent.refuse) return { name, value: whenAbsent.value };
    return {
      name,
      problem: `\`${name}\` is missing; expected ${kind.expected}. ${writeInstead(name, kind)}`,
    };
  }
  const parsed = kind.parse(text);
  if ('value' in parsed) return { name, value: parsed.value };
  const because = parsed.because === undefined ? '' : ` (${parsed.because})`;
  const seen = parsed.secret ? '(not shown)' : shown(text);
  return {
    name,
    problem: `\`${name}\` is ${seen}${because}; expected ${kind.expected}. ${writeInstead(name, kind)}`,
  };
}

/** The variable in which the runner passes an input. */
export function variableFor(input: string): string {
  return `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`;
}

function writeInstead(name: string, kind: Kind<unknown>): string {
  return `Write, for example, \`${name}: ${kind.example}\` under \`with:\`.`;
}

/** The value on one line, with what cannot be printed escaped, cut where nobody reads on. */
function shown(text: string): string {
  const most = 120;
  const whole = JSON.stringify(text);
  return whole.length <= most ? whole : `${whole.slice(0, most)}…" (${text.length} characters)`;
}

/** The refusal of inputs, with every problem that was found. */
export function wrongInputs(problems: readonly string[]): UserError {
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  return new UserError(`${count} with the inputs of this action; nothing was touched.\n${list}`);
}
