import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { askGitHub } from './workflows/github.ts';
import { breaches } from './workflows/rules.ts';

/**
 * Checks every workflow and every action.yml: by GitHub's own language service, and by the rules of this repository.
 * `node scripts/workflows.ts [FOLDER]` checks another repository; the exit code is 1 when something has to change.
 */
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const files = [...workflows(), ...actions()];
if (files.length === 0) {
  console.error(`${root} has no workflow and no action.yml: there is nothing to check.`);
  process.exit(1);
}
const sources = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
const findings = [...(await askGitHub(root, sources)), ...sources.flatMap(breaches)];
for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
if (findings.length > 0) process.exit(1);
console.log(`${files.length} workflows and actions are as they should be.`);

function workflows(): readonly string[] {
  return entriesOf('.github/workflows')
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `.github/workflows/${name}`);
}

function actions(): readonly string[] {
  return ['.', ...entriesOf('actions').map((name) => `actions/${name}`)]
    .flatMap((folder) => [join(folder, 'action.yml'), join(folder, 'action.yaml')])
    .filter((file) => existsSync(join(root, file)));
}

function entriesOf(folder: string): readonly string[] {
  return existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : [];
}
