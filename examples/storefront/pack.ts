import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create } from 'tar';

const HERE = dirname(fileURLToPath(import.meta.url));
const FILES = ['bin/serve', 'bin/start', 'bin/stop', 'package.json', 'server.js'] as const;

/** The last one starts, is healthy, says its version, and answers `/` with 500. */
export const VERSIONS = ['1.0.0', '1.1.0', '1.1.1-broken'] as const;

/** A release archive on disk. */
export interface Packed {
  readonly version: string;
  readonly file: string;
  /** 64 lower-case hexadecimal digits, also in `<file>.sha256`. */
  readonly sha256: string;
}

/**
 * Writes `<version>.tar.gz` and `<version>.tar.gz.sha256` of every version of the storefront into a folder.
 * The same sources give the same bytes, whoever packs them and when.
 */
export async function pack(folder: string): Promise<readonly Packed[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(VERSIONS.map((version) => packVersion(version, folder)));
}

async function packVersion(version: string, folder: string): Promise<Packed> {
  const stage = await mkdtemp(join(tmpdir(), 'storefront-'));
  try {
    await mkdir(join(stage, 'bin'));
    for (const file of FILES) await copyFile(join(HERE, 'service', file), join(stage, file));
    await writeFile(join(stage, 'VERSION'), `${version}\n`);
    const archive = join(stage, 'archive.tar.gz');
    await create({ cwd: stage, file: archive, gzip: { level: 9 }, portable: true, mtime: new Date(0) }, [
      'VERSION',
      ...FILES,
    ]);
    const bytes = await readFile(archive);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = join(folder, `${version}.tar.gz`);
    await writeWhole(file, bytes);
    await writeWhole(`${file}.sha256`, `${sha256}  ${version}.tar.gz\n`);
    return { version, file, sha256 };
  } finally {
    await rm(stage, { recursive: true });
  }
}

/** Whoever reads the file meanwhile sees the old one or the new one, never half of it. */
async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, content);
  await rename(draft, file);
}

if (import.meta.main) {
  const packed = await pack(join(HERE, 'releases'));
  for (const { file, sha256 } of packed) console.log(`${sha256}  ${file}`);
}
