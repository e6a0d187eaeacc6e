import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { askGitHub } from './workflows/github.ts';
import { breaches } from './workflows/rules.ts';

/**
 * Checks every workflow, those of the examples included, and every action.yml: by GitHub's own language service, and by
 * the rules of this repository.
 * `node scripts/workflows.ts [FOLDER]` checks another repository; the exit code is 1 when something has to change.
 */
const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const files = [...workflows(), ...examples(), ...actions()];
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

/** Only what has jobs is a workflow: fleet files are YAML too. */
function examples(): readonly string[] {
  return entriesOf('examples', true)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `examples/${name}`)
    .filter((file) => {
      const { contents } = parseDocument(readFileSync(join(root, file), 'utf8'));
      return isMap(contents) && contents.has('jobs');
    });
}

function actions(): readonly string[] {
  return ['.', ...entriesOf('actions').map((name) => `actions/${name}`)]
    .flatMap((folder) => [join(folder, 'action.yml'), join(folder, 'action.yaml')])
    .filter((file) => existsSync(join(root, file)));
}

function entriesOf(folder: string, recursive = false): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).sort();
}
