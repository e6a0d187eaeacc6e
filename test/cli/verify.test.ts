import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { VERIFY } from '../../src/cli/verify.ts';
import type { EvidenceBundle } from '../../src/evidence/document.ts';
import { recordZone, resealed } from '../evidence/stage.ts';

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

describe('of a zone that was deployed, and of the same run cut short', () => {
  let whole: EvidenceBundle;
  beforeAll(async () => {
    whole = (await recordZone()).bundle;
  });

  /** What it prints of a bundle, and its exit code. */
  async function judged(bundle: EvidenceBundle): Promise<{ readonly code: number; readonly said: string }> {
    const file = join(folder, 'bundle.json');
    await writeFile(file, JSON.stringify(bundle));
    let said = '';
    const streams = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        said += String(text);
        return true;
      }),
    );
    try {
      return { code: await VERIFY.run([file]), said };
    } finally {
      for (const stream of streams) stream.mockRestore();
    }
  }

  /** Up to its last registration, which nobody has looked at. */
  function cutShort(state: EvidenceBundle['outcome']['state']): EvidenceBundle {
    const register = whole.entries.findLastIndex(({ call }) => call === 'register');
    return resealed(whole, (entries) => entries.slice(0, register + 1), { hosts: [], outcome: { state } });
  }

  test('the whole one is accepted', async () => {
    const { code, said } = await judged(whole);
    expect(code).toBe(0);
    expect(said).toMatch(/mutations +10 +all hold/);
    expect(said.split('\n').at(-2)).toBe(`Accepted. Head sha256 ${whole.head}`);
  });

  test('the cancelled one is no proof, and says how many changes nobody has seen', async () => {
    const bundle = cutShort('cancelled');
    const { code, said } = await judged(bundle);
    expect(code).toBe(0);
    expect(said).toMatch(/mutations +9 +1 not known/);
    expect(said).toContain('since the run was cancelled; 1 of 9 changes have no look after them:\n- entry ');
    expect(said.split('\n').at(-2)).toBe(
      'Accepted as the record of a step that was cancelled, which is no proof that us-east-1a runs 1.1.0. ' +
        `Head sha256 ${bundle.head}`,
    );
  });

  test.each(['deployed', 'stopped'] as const)('one that is said to be %s is refused', async (state) => {
    const { code, said } = await judged(cutShort(state));
    expect(code).toBe(1);
    expect(said).toContain('Refused:\n- ');
    expect(said).toContain('register of web was recorded, and no look at web after it');
  });

  test('one that was made cancelled afterwards is refused', async () => {
    const { code, said } = await judged({ ...cutShort('stopped'), outcome: { state: 'cancelled' } });
    expect(code).toBe(1);
    expect(said).toContain('the head is');
  });
});
