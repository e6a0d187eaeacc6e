import { type Import, reachedFrom } from './imports.ts';

/** A rule of the house: a sentence, and the imports or files that break it. */
export interface Rule {
  readonly sentence: string;
  readonly broken: (imports: readonly Import[]) => readonly string[];
}

/** What talks to a platform over the network. */
const isSdk = (name: string) => /^(@aws-sdk|@smithy|@octokit)\/|^@actions\/github$/.test(name);
const isActions = (name: string) => name.startsWith('@actions/');
const isLocalOnly = (file: string) => /^(range|rehearsal|cli)\//.test(file);
const isPort = (file: string) => /^[^/]+\/port\.ts$/.test(file);
const isPortRoom = (file: string) =>
  /^(balancers|hosts|artifacts|dns|signals|github|ledger|notify|evidence)\//.test(file);
const isAdapter = (file: string) => isPortRoom(file) && !isPort(file);
const mayUseActions = (file: string) =>
  file.startsWith('runner/') || (file.startsWith('github/') && isAdapter(file));
const mayUseSdk = (file: string) => isAdapter(file) || /^(range|rehearsal)\//.test(file);

export const RULES: readonly Rule[] = [
  {
    sentence: 'only adapters, the range and the rehearsal import an SDK',
    broken: (imports) => shown(imports.filter(({ from, to }) => isSdk(to) && !mayUseSdk(from))),
  },
  {
    sentence: 'only the runner and the adapters of GitHub import @actions/*',
    broken: (imports) => shown(imports.filter(({ from, to }) => isActions(to) && !mayUseActions(from))),
  },
  {
    sentence: 'operations, fleet and checks know ports, no adapters',
    broken: (imports) =>
      shown(
        imports.filter(
          ({ from, to }) =>
            /^(operations|fleet|checks)\//.test(from) && reachesSdk(to, imports) && !isPort(to),
        ),
      ),
  },
  {
    sentence: 'a port imports no adapter',
    broken: (imports) => shown(imports.filter(({ from, to }) => isPort(from) && isAdapter(to))),
  },
  {
    sentence: 'an entry loads no SDK before its inputs are valid',
    broken: (imports) =>
      entries(imports).flatMap((entry) =>
        [...reachedFrom(entry, imports, false)].filter(isSdk).map((name) => `${entry} reaches ${name}`),
      ),
  },
  {
    sentence: 'no entry leads to the range, the rehearsal or the command line',
    broken: (imports) =>
      entries(imports).flatMap((entry) =>
        [...reachedFrom(entry, imports, true)].filter(isLocalOnly).map((file) => `${entry} reaches ${file}`),
      ),
  },
  {
    sentence: 'lazy imports name what they load',
    broken: (imports) => shown(imports.filter(({ to, kind }) => kind === 'lazy' && to === '?')),
  },
  { sentence: 'there are no import cycles', broken: cycles },
];

function entries(imports: readonly Import[]): readonly string[] {
  return [...new Set(imports.map(({ from }) => from))].filter((file) => file.startsWith('entries/'));
}

function reachesSdk(file: string, imports: readonly Import[]): boolean {
  return [...reachedFrom(file, imports, true)].some(isSdk);
}

function shown(imports: readonly Import[]): readonly string[] {
  return imports.map(({ from, to }) => `${from} imports ${to}`);
}

/** Files that lead back to themselves, types included: what only types tie together is tied all the same. */
function cycles(imports: readonly Import[]): readonly string[] {
  const all = imports.map((each): Import => ({ ...each, kind: 'static' }));
  const files = [...new Set(all.map(({ from }) => from))];
  return files.flatMap((file) => {
    const direct = all.filter(({ from }) => from === file).map(({ to }) => to);
    const back = direct.find((to) => reachedFrom(to, all, false).has(file));
    return back === undefined ? [] : [`${file} → ${back} → … → ${file}`];
  });
}
