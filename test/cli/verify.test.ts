import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { VERIFY } from '../../src/cli/verify.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  await writeFile(join(folder, 'text.json'), 'no JSON');
});
afterAll(() => rm(folder, { recursive: true }));

test.each<[string, readonly string[], string]>([
  ['no file', [], 'Expected one evidence bundle, saw none'],
  ['two files', ['a.json', 'b.json'], 'saw a.json b.json'],
  ['an option that nobody knows', ['a.json', '--online'], '--online'],
  ['a head that is none', ['a.json', '--head', 'abc'], '--head is "abc", expected the 64'],
  ['a file that is not there', ['nowhere.json'], 'nowhere.json could not be read'],
  ['a file that is not JSON', ['text.json'], 'it is not JSON'],
])('%s is refused', async (_, words, says) => {
  const given = words.map((word) => (word === 'text.json' ? join(folder, word) : word));
  await expect(VERIFY.run(given)).rejects.toThrow(says);
});
