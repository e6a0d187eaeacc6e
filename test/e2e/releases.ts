import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create } from 'tar';

const SERVICE = resolve(import.meta.dirname, '../../examples/storefront/service');

/** Where `say` writes, next to the releases: one line for each hook that ran. */
export const HOOK_LOG = 'hooks.log';

/** A hook that writes its name, what it was told and how it was asked for, and then does what is given. */
export function say(then = ''): string {
  return [
    '#!/bin/sh',
    `echo "$ZONEWISE_HOOK $ZONEWISE_PREVIOUS_VERSION>$ZONEWISE_VERSION $ZONEWISE_SERVICE $ZONEWISE_ZONE" >>"$ZONEWISE_RELEASE/../../${HOOK_LOG}"`,
    'echo "$ZONEWISE_HOOK was here"',
    then,
    '',
  ].join('\n');
}

/** Packs the storefront as `version` with some programs of its own, for a range to upload. */
export async function packRelease(
  folder: string,
  version: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  const stage = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    await cp(SERVICE, stage, { recursive: true });
    await writeFile(join(stage, 'VERSION'), `${version}\n`);
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(join(stage, 'bin', name), text, { mode: 0o755 });
    }
    const file = join(folder, `${version}.tar.gz`);
    await create({ cwd: stage, file, gzip: true, portable: true }, ['.']);
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    await writeFile(`${file}.sha256`, `${sha256}  ${version}.tar.gz\n`);
  } finally {
    await rm(stage, { recursive: true });
  }
}
