import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { minify } from '@swc/core';

/**
 * Builds one bundle per file of `src/entries`, and one of the commands for people: TypeScript is emitted to `build/`,
 * ncc bundles it into `dist/<name>/`, all JavaScript is minified. Both folders are emptied first, since ncc leaves old
 * chunks behind. The same sources and packages give the same bytes.
 */
const root = resolve(import.meta.dirname, '..');
const build = join(root, 'build');
const dist = join(root, 'dist');

emptied(build);
const tsc = join(root, 'node_modules/.bin/tsc');
execFileSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
// Only sources that compile may take the place of the bundles that are there.
emptied(dist);
// Without a "type", ncc writes CommonJS, which starts 2 to 22 ms faster than ES modules.
writeJson(join(build, 'package.json'), {});
writeJson(join(dist, 'package.json'), { type: 'commonjs' });
writeFileSync(join(build, 'unused.js'), unusedModule());
// Before anything is left out: what actions need no part of, GitHub's client does need.
writeFileSync(join(build, 'octokit.js'), "export { getOctokit } from '@actions/github';\n");
const packages = new Set(packed('octokit.js', join(build, 'octokit')));
writeJson(join(build, 'tsconfig.json'), {
  compilerOptions: { allowJs: true, baseUrl: root, paths: resolution() },
});
const entries = readdirSync(join(build, 'entries')).filter((file) => file.endsWith('.js'));
const sources = [
  ...entries.map((file) => ({ name: basename(file, '.js'), source: `entries/${file}` })),
  // For installed packages; bin/zonewise.js starts it.
  { name: 'zonewise', source: 'cli/installed.js' },
];
for (const { name, source } of sources) {
  for (const each of await bundle(name, source)) packages.add(each);
}
writeFileSync(join(dist, 'licenses.txt'), licenses([...packages].sort()));

function emptied(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

/** Bundles one source into the folder of this name, minified, and gives the names of the packages that are in it. */
async function bundle(name: string, source: string): Promise<readonly string[]> {
  const folder = join(dist, name);
  const names = packed(source, folder);
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
    const path = join(folder, file);
    // ncc minifies no chunk that is loaded later, so it is done here for all files alike.
    const { code } = await minify(readFileSync(path, 'utf8'), {
      compress: true,
      mangle: true,
      module: false,
    });
    writeFileSync(path, code);
  }
  return names;
}

/** Bundles one source into a folder and gives the names of the packages that are in it. */
function packed(source: string, folder: string): readonly string[] {
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
  const options = ['--out', folder, '--license', 'licenses.txt', '--no-cache', '--quiet', '--transpile-only'];
  // ncc looks for the mapped paths in the tsconfig.json of the folder it runs in.
  execFileSync(process.execPath, [ncc, 'build', source, ...options], { cwd: build });
  const listed = join(folder, 'licenses.txt');
  const lines = readFileSync(listed, 'utf8').split('\n');
  rmSync(listed);
  return lines.filter((line, index) => isPackage(line) && (index === 0 || lines[index - 1] === ''));
}

function isPackage(line: string): boolean {
  return (
    /^(?:@[a-z0-9-]+\/)?[a-z0-9.-]+$/.test(line) &&
    existsSync(join(root, 'node_modules', line, 'package.json'))
  );
}

/** The licence texts of packages; packages with the same text share it. */
function licenses(names: readonly string[]): string {
  const texts = Map.groupBy(names, licenseOf);
  return [...texts]
    .map(([text, sharing]) => `${sharing.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(name: string): string {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  return `${readManifest(name).license ?? 'No licence is stated.'} (the package has no licence text of its own)`;
}

/**
 * Where imports lead instead of the package's `main`, as `paths` of a tsconfig: the AWS SDK to its ES modules, of
 * which only the used parts stay in a bundle (ncc takes the CommonJS build, whole), and the packages behind the
 * parts of `@actions/core` that no action uses (OIDC tokens, platform details) to a module that refuses to be used.
 * They are 0.8 MB and 25 ms of every start. GitHub's client needs them, and was bundled with them before.
 */
function resolution(): Record<string, string[]> {
  const unused = ['@actions/http-client', '@actions/http-client/lib/auth', '@actions/exec'];
  const sdk = ['@aws-sdk', '@smithy'].flatMap((scope) =>
    readdirSync(join(root, 'node_modules', scope)).flatMap((name) => moduleEntries(`${scope}/${name}`)),
  );
  return Object.fromEntries([
    ...sdk,
    ...unused.map((name) => [name, ['build/unused.js']] as const),
    ['@actions/github', ['build/octokit/index.js']],
  ]);
}

/** Every import path of a package with the file of its ES module build. */
function moduleEntries(name: string): (readonly [string, string[]])[] {
  const folder = join(root, 'node_modules', name);
  const manifest = readManifest(name);
  const exported = Object.entries(manifest.exports ?? { '.': { module: manifest.module } });
  return exported.flatMap(([path, conditions]) => {
    const file = conditions.module;
    if (file === undefined || !file.endsWith('.js')) return [];
    return [[join(name, path), [relative(root, join(folder, file))]] as const];
  });
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
}

interface Manifest {
  readonly license?: string;
  readonly module?: string;
  readonly exports?: Readonly<Record<string, { readonly module?: string | undefined }>>;
}

/** Stands for a package that is in no bundle. Names that classes extend or construct have to exist. */
function unusedModule(): string {
  const refuse = "() => { throw new Error('This part of @actions/core is not in the bundle.'); }";
  const names = ['HttpClient', 'BearerCredentialHandler', 'getExecOutput', 'exec'];
  return names.map((name) => `export const ${name} = ${refuse};\n`).join('');
}

function writeJson(path: string, content: object): void {
  writeFileSync(path, `${JSON.stringify(content)}\n`);
}
