import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../runner/errors.ts';
import type { RangedFleet } from './ranged-fleet.ts';

/**
 * Makes sure that both releases of a rehearsal are in the folder the range takes them from.
 *
 * @throws UserError listing the releases there
 */
export async function requireReleases(fleet: RangedFleet, fleetFolder: string, to: string): Promise<void> {
  const folder = resolve(fleetFolder, fleet.range.releases);
  const found = await releasesIn(folder, fleet.release.artifact);
  const missing = [...new Set([fleet.range.from, to])].filter((version) => !found.includes(version));
  if (missing.length === 0) return;
  const there = found.length === 0 ? 'no release' : found.join(', ');
  throw new UserError(
    `Release ${missing.join(' and ')} is not in ${folder}, which holds ${there}. ` +
      `Put ${missing.map((version) => archiveName(fleet.release.artifact, version)).join(' and ')} there, ` +
      'or choose another release with --to.',
  );
}

/** Versions whose archives lie in a folder; a folder that is missing holds none. */
async function releasesIn(folder: string, artifact: string): Promise<readonly string[]> {
  const [before = '', after = ''] = archiveName(artifact, '\0').split('\0');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter(
      (name) => name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length,
    )
    .map((name) => name.slice(before.length, name.length - after.length))
    .sort();
}

/** File name of a release's archive: the last part of its key. */
function archiveName(artifact: string, version: string): string {
  const name = artifact.slice(artifact.lastIndexOf('/') + 1);
  return name.replaceAll('{version}', version);
}
