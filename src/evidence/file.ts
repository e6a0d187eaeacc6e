import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { filePath, type HardLink, nameOnce, onDisk, syncFolder, writeSynced } from '../runner/disk.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import { namesOf } from './names.ts';
import type { EvidenceStore } from './port.ts';

/**
 * Bundles on a disk of one machine. Each is written whole beside its name, which it then gets unless it is taken.
 *
 * @param place `file:folder`, absolute or from the working directory
 * @param options.hardLink stands in for link(2)
 * @throws UserError when the place is no such location
 */
export function createFileEvidence(
  place: string,
  options: { readonly hardLink?: HardLink } = {},
): EvidenceStore {
  const given = filePath(place);
  if (given === undefined) {
    throw new UserError(`${place} is not of the form file:folder: correct \`ledger\` in the fleet file.`);
  }
  const root = resolve(given);
  return {
    place: `file:${root}`,
    write: (name, text, signal) => {
      const file = join(root, `${name}.json`);
      const work = { purpose: `write the evidence bundle ${file}`, state: 'It was not written.' };
      return onDisk(work, async () => {
        signal.throwIfAborted();
        const folder = dirname(file);
        await mkdir(folder, { recursive: true });
        const temporary = join(folder, `${randomUUID()}.tmp`);
        try {
          await writeSynced(temporary, text);
          for (const each of namesOf(name)) {
            const kept = join(root, `${each}.json`);
            if (!(await nameOnce(temporary, kept, options))) continue;
            await syncFolder(folder);
            return `file:${kept}`;
          }
        } finally {
          await rm(temporary, { force: true }).catch(() => undefined);
        }
        throw new PlatformError(`${file} and every other name for it are taken already.`);
      });
    },
  };
}
