import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../runner/errors.ts';

const run = promisify(execFile);

export interface FirstRelease {
  readonly version: string;
  /** Path of the `.tar.gz`. */
  readonly file: string;
}

/**
 * Puts the first release on a host as a deployment would have left it: unpacked, recorded and current.
 *
 * @param directory the fleet file's `hosts.directory` below the host's root
 * @throws UserError when the archive cannot be unpacked or holds no program to serve with
 */
export async function installFirstRelease(directory: string, release: FirstRelease): Promise<void> {
  const folder = join(directory, 'releases', release.version);
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xzf', release.file, '-C', folder]).catch((cause: unknown) => {
    throw new UserError(`tar cannot unpack ${release.file}: ${cause}. Pack the release again.`, { cause });
  });
  await access(join(folder, 'bin', 'serve'), constants.X_OK).catch((cause: unknown) => {
    throw new UserError(
      `${release.file} holds no executable bin/serve, which is what the hosts of the range run. ` +
        'Pack a release that has one.',
      { cause },
    );
  });
  const sha256 = createHash('sha256')
    .update(await readFile(release.file))
    .digest('hex');
  const record = {
    version: release.version,
    sha256,
    ordinal: 0,
    installed_at: new Date().toISOString(),
    run: 'range',
  };
  await writeFile(join(folder, '.release.json'), `${JSON.stringify(record)}\n`);
  await symlink(join('releases', release.version), join(directory, 'current'));
}
