import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { fleetSchema } from '../src/fleet/schema.ts';

/** The committed schema. */
export const SCHEMA_FILE = fileURLToPath(new URL('../fleet.schema.json', import.meta.url));

/** The JSON Schema of the fleet file as editors read it: what people may write, before defaults are filled in. */
export function writeSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(fleetSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'Zonewise fleet file', ...rest }, undefined, 2)}\n`;
}

/** @returns whether a file holds the schema that the code gives; one that is missing does not */
export async function isCurrent(file: string): Promise<boolean> {
  const committed = await readFile(file, 'utf8').catch(() => '');
  return committed === writeSchema();
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) await writeFile(SCHEMA_FILE, writeSchema());
  else if (!(await isCurrent(SCHEMA_FILE))) {
    console.error(
      'fleet.schema.json is not what src/fleet/schema.ts gives: run `node scripts/schema.ts` and commit the file.',
    );
    process.exitCode = 1;
  }
}
