import { findProblems, reportProblems } from '../fleet/problems.ts';
import { readText } from '../fleet/read.ts';
import { findRepeatedChecks } from '../fleet/relations.ts';
import { readYaml } from '../fleet/yaml.ts';
import { UserError } from '../runner/errors.ts';
import type { Check } from './check.ts';
import { toCheck } from './normalize.ts';
import { checksSchema } from './schema.ts';

/**
 * Reads checks that are given as YAML or, on one line that ends in `.yml` or `.yaml`, as the path of a file.
 *
 * @param name what the text is called in messages when it is YAML
 * @throws UserError when the file cannot be read, or with every problem of its content
 */
export async function loadChecks(written: string, name: string): Promise<readonly Check[]> {
  if (!/^\S.*\.ya?ml$/.test(written)) return parseChecks(written, name);
  return parseChecks(await readText(written, 'a file of checks'), written);
}

/**
 * Reads the text of a list of checks.
 *
 * @param file its name, for messages
 * @throws UserError that names all problems, each with line and column, what was seen, expected, and the cure
 */
export function parseChecks(text: string, file: string): readonly Check[] {
  const yaml = readYaml(text);
  const parsed = checksSchema.safeParse(yaml.value);
  const problems = findProblems(yaml, {
    document: 'checks',
    issues: parsed.error?.issues ?? [],
    misfits: findRepeatedChecks(yaml.value, []),
  });
  if (parsed.success && problems.length === 0) return parsed.data.map(toCheck);
  throw new UserError(reportProblems(problems, file));
}
