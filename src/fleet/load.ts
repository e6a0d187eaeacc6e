import { readFile } from 'node:fs/promises';
import { UserError } from '../runner/errors.ts';
import type { Fleet, Policy } from './fleet.ts';
import { toFleet } from './normalize.ts';
import { findProblems } from './problems.ts';
import { fleetSchema } from './schema.ts';
import { type Problem, readYaml } from './yaml.ts';

export { renderFleet } from './render.ts';

/**
 * Reads a fleet file.
 *
 * @throws UserError when it cannot be read, or with every problem of its content
 */
export async function loadFleet(file: string): Promise<Fleet> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(unreadable(file, cause), { cause });
  });
  return parseFleet(text, file);
}

/**
 * Reads the text of a fleet file.
 *
 * @param file its name, for messages
 * @throws UserError that names all problems, each with line and column, what was seen, expected, and the cure
 */
export function parseFleet(text: string, file: string): Fleet {
  const yaml = readYaml(text);
  const parsed = fleetSchema.safeParse(yaml.value);
  const problems = findProblems(yaml, parsed.error?.issues ?? []);
  if (parsed.success && problems.length === 0) return toFleet(parsed.data);
  throw new UserError(report(problems, file));
}

/** The same fleet under a policy in which the given parts are changed. */
export function withPolicy(fleet: Fleet, changes: Partial<Policy>): Fleet {
  return { ...fleet, policy: { ...fleet.policy, ...changes } };
}

function report(problems: readonly Problem[], file: string): string {
  const lines = problems
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}`);
  if (lines.length === 1) return lines.join('');
  return [`${file} has ${lines.length} problems:`, ...lines].join('\n');
}

function unreadable(file: string, cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT')
    return `${file}: saw no such file; expected the fleet file there; create it or name the right file`;
  if (code === 'EISDIR') return `${file}: saw a folder; expected the fleet file; name the file in it`;
  return `${file}: saw a file that cannot be read (${String(code ?? cause)}); expected the fleet file; let this user read it`;
}
