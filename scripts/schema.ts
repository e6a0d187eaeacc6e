import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checksSchema } from '../src/checks/schema.ts';
import { fleetSchema } from '../src/fleet/schema.ts';
import { ledgerSchema } from '../src/ledger/parse.ts';

/** A JSON Schema that is committed. */
export interface SchemaFile {
  readonly file: string;
  readonly title: string;
  readonly schema: z.ZodType;
}

export const FLEET: SchemaFile = {
  file: fileURLToPath(new URL('../fleet.schema.json', import.meta.url)),
  title: 'Zonewise fleet file',
  schema: fleetSchema,
};

export const CHECKS: SchemaFile = {
  file: fileURLToPath(new URL('../checks.schema.json', import.meta.url)),
  title: 'Zonewise checks',
  schema: checksSchema,
};

export const LEDGER: SchemaFile = {
  file: fileURLToPath(new URL('../ledger.schema.json', import.meta.url)),
  title: 'Zonewise ledger',
  schema: ledgerSchema,
};

/** The JSON Schema of a file as editors read it: what people may write, before defaults are filled in. */
export function writeSchema({ title, schema }: SchemaFile): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}

/** @returns whether the file holds the schema that the code gives; one that is missing does not */
export async function isCurrent(committed: SchemaFile): Promise<boolean> {
  const text = await readFile(committed.file, 'utf8').catch(() => '');
  return text === writeSchema(committed);
}

if (import.meta.main) {
  for (const each of [FLEET, CHECKS, LEDGER]) {
    if (!process.argv.includes('--check')) await writeFile(each.file, writeSchema(each));
    else if (!(await isCurrent(each))) {
      console.error(
        `${each.file} is not what the code gives: run \`node scripts/schema.ts\` and commit the file.`,
      );
      process.exitCode = 1;
    }
  }
}
