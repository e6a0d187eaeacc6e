import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';

/**
 * Writes the tables of inputs and outputs between the markers of every action's page, from its action.yml.
 * With `--check` nothing is written: pages that would change are named and the exit code is 1.
 */
const root = resolve(import.meta.dirname, '..');
const checking = process.argv.includes('--check');

const pages = [
  { metadata: join(root, 'action.yml'), page: join(root, 'docs/deploy-zone.md') },
  ...readdirSync(join(root, 'actions')).map((name) => ({
    metadata: join(root, 'actions', name, 'action.yml'),
    page: join(root, 'actions', name, 'README.md'),
  })),
];
const stale = pages.filter(({ metadata, page }) => {
  const before = readFileSync(page, 'utf8');
  const after = withTables(before, parse(readFileSync(metadata, 'utf8')), page);
  if (!checking && after !== before) writeFileSync(page, after);
  return after !== before;
});
const names = stale.map(({ page }) => relative(root, page)).join(', ');
if (checking && stale.length > 0) {
  console.error(
    `The tables of ${names} differ from action.yml: run \`npm run readmes\` and commit the result.`,
  );
  process.exit(1);
}
console.log(stale.length === 0 ? 'All tables are up to date.' : `Rewrote the tables of ${names}.`);

interface Metadata {
  readonly inputs?: Readonly<Record<string, { description: string; required?: boolean; default?: string }>>;
  readonly outputs?: Readonly<Record<string, { description: string }>>;
}

function withTables(text: string, metadata: Metadata, page: string): string {
  const inputs = Object.entries(metadata.inputs ?? {}).map(([name, input]) => [
    `\`${name}\``,
    input.required === true ? '**required**' : input.default === undefined ? '' : `\`${input.default}\``,
    input.description,
  ]);
  const outputs = Object.entries(metadata.outputs ?? {}).map(([name, output]) => [
    `\`${name}\``,
    output.description,
  ]);
  const withInputs = between(text, 'inputs', table(['input', 'default', 'meaning'], inputs), page);
  return between(withInputs, 'outputs', table(['output', 'meaning'], outputs), page);
}

function between(text: string, name: string, content: string, page: string): string {
  const begin = `<!-- ${name} from action.yml -->`;
  const end = `<!-- end of ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`${page} has no lines "${begin}" and "${end}" around its table.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
