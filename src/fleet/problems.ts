import type { z } from 'zod';
import { type Misfit, writePath } from './members.ts';
import { nearest } from './nearest.ts';
import { type Rule, readKnownKeys, readRule } from './rule.ts';
import type { Problem, YamlFile } from './yaml.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Place = { readonly yaml: YamlFile; readonly document: string };

const LONGEST_TEXT_SHOWN = 120;

/** What a document is, and what its schema and its relations found wrong with it. */
export interface Findings {
  /** What it is called, such as `fleet file`. */
  readonly document: string;
  readonly issues: readonly Issue[];
  readonly misfits: readonly Misfit[];
}

/** Every problem of a document, each with its place; a text that is not YAML has no others. */
export function findProblems(yaml: YamlFile, { document, issues, misfits }: Findings): readonly Problem[] {
  if (yaml.syntax.length > 0) return yaml.syntax;
  const place: Place = { yaml, document };
  return [
    ...yaml.repeated,
    ...issues.flatMap((issue) => explain(issue, [], place)),
    ...misfits.map((misfit) => judge(misfit.path, misfit, place)),
  ];
}

/** All problems of a file as one text, in the order of its lines. */
export function reportProblems(problems: readonly Problem[], file: string): string {
  const lines = problems
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}`);
  if (lines.length === 1) return lines.join('');
  return [`${file} has ${lines.length} problems:`, ...lines].join('\n');
}

function explain(issue: Issue, base: Path, place: Place): readonly Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey([...path, key], readKnownKeys(issue.message), place.yaml));
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.find((branch) => branch.every((each) => each.path.length > 0));
    if (inner !== undefined) return inner.flatMap((each) => explain(each, path, place));
  }
  return [judge(path, readRule(issue.message), place)];
}

function judge(path: Path, rule: Rule, { yaml, document }: Place): Problem {
  const seen = valueAt(yaml.value, path);
  const place = seen === undefined ? yaml.keyAt(path) : yaml.valueAt(path);
  const cure = seen === undefined ? `add it: ${rule.cure}` : rule.cure;
  const name = path.length === 0 ? document : writePath(path);
  return { ...place, message: `${name}: saw ${describe(seen)}; expected ${rule.expected}; ${cure}` };
}

function unknownKey(path: Path, known: readonly string[], yaml: YamlFile): Problem {
  const meant = nearest(String(path.at(-1)), known);
  const cure = meant === undefined ? 'remove it' : `did you mean ${meant}?`;
  return {
    ...yaml.keyAt(path),
    message: `${writePath(path)}: saw an unknown key; expected one of ${known.join(', ')}; ${cure}`,
  };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce(
    (holder, step) =>
      typeof holder === 'object' && holder !== null
        ? Object.getOwnPropertyDescriptor(holder, step)?.value
        : undefined,
    document,
  );
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  const open = value.replace(/\/\/[^/\s]*@/, '//***@');
  return JSON.stringify(open.length > LONGEST_TEXT_SHOWN ? `${open.slice(0, LONGEST_TEXT_SHOWN)}…` : open);
}
