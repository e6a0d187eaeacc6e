import { UserError } from '../runner/errors.ts';
import type { Fleet, Policy } from './fleet.ts';
import { toFleet } from './normalize.ts';
import { findProblems, reportProblems } from './problems.ts';
import { readText } from './read.ts';
import { findMisfits } from './relations.ts';
import { fleetSchema } from './schema.ts';
import { readYaml } from './yaml.ts';

export { renderFleet } from './render.ts';

/**
 * Reads a fleet file.
 *
 * @throws UserError when it cannot be read, or with every problem of its content
 */
export async function loadFleet(file: string): Promise<Fleet> {
  return parseFleet(await readText(file, 'the fleet file'), file);
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
  const problems = findProblems(yaml, {
    document: 'fleet file',
    issues: parsed.error?.issues ?? [],
    misfits: findMisfits(yaml.value),
  });
  if (parsed.success && problems.length === 0) return toFleet(parsed.data);
  throw new UserError(reportProblems(problems, file));
}

/** The same fleet under a policy in which the given parts are changed. */
export function withPolicy(fleet: Fleet, changes: Partial<Policy>): Fleet {
  return { ...fleet, policy: { ...fleet.policy, ...changes } };
}
