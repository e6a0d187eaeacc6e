import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet, RangeSettings } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import { isCode } from './hosts/processes.ts';
import type { Store } from './s3/store.ts';

/** A release archive of the releases folder. */
export interface Archive {
  readonly version: string;
  readonly file: string;
}

const ARCHIVE = /^(?<version>.+)\.tar\.gz(?<digest>\.sha256)?$/;

/**
 * Finds the archive of the release that every host starts with.
 *
 * @param folder the releases folder
 * @throws UserError when the folder or the archive is not there
 */
export async function findFirstArchive(range: RangeSettings, folder: string): Promise<Archive> {
  const names = await list(folder);
  const name = `${range.from}.tar.gz`;
  if (names.includes(name)) return { version: range.from, file: join(folder, name) };
  const archives = names.filter((other) => other.endsWith('.tar.gz'));
  const seen = archives.length === 0 ? 'no archive' : archives.join(', ');
  throw new UserError(
    `The range is to start with release ${range.from}, but ${folder} has ${seen} and not ${name}. ` +
      'Pack that release into it, or name another one as range.from in the fleet file.',
  );
}

/**
 * Makes the buckets that the fleet file names, and uploads every archive and digest of the releases folder under the key that
 * it says.
 */
export async function uploadArchives(fleet: Fleet, folder: string, store: Store): Promise<void> {
  const { bucket, key } = readArtifact(fleet.release.artifact);
  for (const name of new Set([bucket, ...bucketsOf(fleet.ledger)])) store.createBucket(name);
  for (const name of await list(folder)) {
    const { version, digest = '' } = ARCHIVE.exec(name)?.groups ?? {};
    if (version === undefined) continue;
    const content = await readFile(join(folder, name));
    store.put(bucket, `${key.replaceAll('{version}', version)}${digest}`, content);
  }
}

function readArtifact(artifact: string): { readonly bucket: string; readonly key: string } {
  const { bucket, key } = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+\.tar\.gz)$/.exec(artifact)?.groups ?? {};
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  throw new UserError(
    `release.artifact is ${artifact}; the range keeps releases on S3 only, as s3://BUCKET/KEY with {version} in the key and ` +
      '.tar.gz at its end. Rehearse with such a location in the fleet file.',
  );
}

/** @param place `s3://bucket/key`, or a file, which needs none */
function bucketsOf(place: string): readonly string[] {
  return place.startsWith('s3://') ? [new URL(place).hostname] : [];
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if (!isCode(cause, 'ENOENT') && !isCode(cause, 'ENOTDIR')) throw cause;
    throw new UserError(
      `There is no folder of releases at ${folder}, which is what range.releases in the fleet file says. ` +
        'Pack the releases into it, or correct range.releases.',
      { cause },
    );
  }
}
