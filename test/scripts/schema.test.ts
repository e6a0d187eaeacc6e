import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { CHECKS, FLEET, isCurrent, LEDGER, writeSchema } from '../../scripts/schema.ts';

const STOREFRONT = fileURLToPath(new URL('../../examples/storefront/fleet.yml', import.meta.url));

describe.each([FLEET, CHECKS, LEDGER])('the JSON Schema $title', (committed) => {
  test('that is committed is the one the code gives', async () => {
    await expect(isCurrent(committed)).resolves.toBe(true);
  });

  test('is found to be stale when it differs or is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'schema-'));
    const file = join(folder, 'fleet.schema.json');
    await expect(isCurrent({ ...committed, file })).resolves.toBe(false);
    await writeFile(file, writeSchema(committed));
    await expect(isCurrent({ ...committed, file })).resolves.toBe(true);
    await writeFile(file, writeSchema(committed).replace('Zonewise', 'zonewise'));
    await expect(isCurrent({ ...committed, file })).resolves.toBe(false);
    await rm(folder, { recursive: true });
  });

  test('describes every key', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties')
          for (const [name, property] of Object.entries(Object(value)))
            if (typeof Object(property).description !== 'string') bare.push(`${path}/${name}`);
        visit(value, `${path}/${key}`);
      }
    };
    visit(JSON.parse(writeSchema(committed)), '');
    expect(bare).toEqual([]);
  });
});

test('the one of the fleet file accepts the storefront and refuses what it does not know', async () => {
  const schema = z.fromJSONSchema(JSON.parse(writeSchema(FLEET)));
  const fleet: unknown = parse(await readFile(STOREFRONT, 'utf8'));
  expect(schema.safeParse(fleet).error).toBeUndefined();
  expect(schema.safeParse({ ...Object(fleet), polcy: {} }).success).toBe(false);
  expect(schema.safeParse({ ...Object(fleet), service: 'Store' }).success).toBe(false);
  expect(schema.safeParse({ ...Object(fleet), policy: { batch: 0 } }).success).toBe(false);
});

test('the one of the checks accepts what is right and refuses what it does not know', () => {
  const schema = z.fromJSONSchema(JSON.parse(writeSchema(CHECKS)));
  const home = { name: 'home', path: '/', status: ['200-204', 302], header: { etag: { matches: '.' } } };
  const command = { name: 'database', type: 'command', run: './bin/check' };
  expect(schema.safeParse([home, { ...home, type: 'http', json: { '$.a': null } }, command]).success).toBe(
    true,
  );
  expect(schema.safeParse([]).success).toBe(false);
  expect(schema.safeParse([{ ...home, type: 'tcp' }]).success).toBe(false);
  expect(schema.safeParse([{ ...home, statsu: 200 }]).success).toBe(false);
  expect(schema.safeParse([{ ...home, headers: { Host: 'a' } }]).success).toBe(false);
  expect(schema.safeParse([{ ...command, exit: 256 }]).success).toBe(false);
});
