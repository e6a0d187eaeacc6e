import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SMALLEST } from '../fleet/sample.ts';
import { runEntry } from './run-entry.ts';

test('on a runner of GitHub a ledger in a file is refused, with nothing touched', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ledger-file-'));
  try {
    const fleet = join(root, 'fleet.yml');
    await writeFile(fleet, SMALLEST.replace(/^ledger: .*$/m, `ledger: file:${root}/ledger.json`));
    const inputs = { fleet, zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' };
    const { exitCode, errors } = runEntry('deploy-zone', inputs, { RUNNER_ENVIRONMENT: 'github-hosted' });
    expect(exitCode).toBe(1);
    expect(errors).toEqual([expect.stringContaining('which is a new machine in each job')]);
    expect(await readdir(root)).toEqual(['fleet.yml']);
  } finally {
    await rm(root, { recursive: true });
  }
});
