import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { findMisfits, writePath } from './relations.ts';
import { type Rule, readKnownKeys, readRule } from './rule.ts';
import type { Problem, YamlFile } from './yaml.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const LONGEST_TEXT_SHOWN = 120;

/** Every problem of a fleet file, each with its place; a text that is not YAML has no others. */
export function findProblems(yaml: YamlFile, issues: readonly Issue[]): readonly Problem[] {
  if (yaml.syntax.length > 0) return yaml.syntax;
  return [
    ...yaml.repeated,
    ...issues.flatMap((issue) => explain(issue, [], yaml)),
    ...findMisfits(yaml.value).map((misfit) => judge(misfit.path, misfit, yaml)),
  ];
}

function explain(issue: Issue, base: Path, yaml: YamlFile): readonly Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey([...path, key], readKnownKeys(issue.message), yaml));
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.find((branch) => branch.every((each) => each.path.length > 0));
    if (inner !== undefined) return inner.flatMap((each) => explain(each, path, yaml));
  }
  return [judge(path, readRule(issue.message), yaml)];
}

function judge(path: Path, rule: Rule, yaml: YamlFile): Problem {
  const seen = valueAt(yaml.value, path);
  const place = seen === undefined ? yaml.keyAt(path) : yaml.valueAt(path);
  const cure = seen === undefined ? `add it: ${rule.cure}` : rule.cure;
  const name = path.length === 0 ? 'fleet file' : writePath(path);
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
