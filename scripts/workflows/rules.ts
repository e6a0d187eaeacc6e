import { isAlias, isMap, isScalar, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml';
import type { Finding, Source } from './finding.ts';

/** A rule of this repository that neither GitHub nor a linter checks in full. */
interface Rule {
  readonly sentence: string;
  readonly broken: (source: Parsed) => readonly Node[];
}

interface Parsed {
  readonly root: YAMLMap | undefined;
  readonly jobs: readonly Job[];
  /** Every `key: value` of the file whose key is this name. */
  readonly valuesOf: (key: string) => readonly Node[];
  /** What stands behind the `#` on the line on which a node begins; empty without one. */
  readonly remark: (node: Node) => string;
}

interface Job {
  readonly key: Node;
  readonly body: YAMLMap;
}

export const RULES: readonly Rule[] = [
  {
    sentence: '`uses:` is `$/…` or a full commit, with its version in a comment such as `# v1.2.3`',
    broken: ({ valuesOf, remark }) => valuesOf('uses').filter((uses) => !isPinned(text(uses), remark(uses))),
  },
  {
    sentence:
      '`run:` holds no expression, whose value could be read as code; values reach a script through `env:`',
    broken: ({ valuesOf }) => valuesOf('run').filter((run) => text(run).includes('${{')),
  },
  {
    sentence:
      'every job names its `permissions`, unless its workflow is only called and leaves them to the caller',
    broken: ({ root, jobs }) =>
      leavesPermissions(root)
        ? []
        : jobs.filter(({ body }) => !body.has('permissions')).map(({ key }) => key),
  },
  {
    sentence: 'every job has `timeout-minutes`, without which it may run for six hours',
    // A job that calls a reusable workflow cannot have one; the jobs of that workflow do.
    broken: ({ jobs }) =>
      jobs.filter(({ body }) => !body.has('timeout-minutes') && !body.has('uses')).map(({ key }) => key),
  },
  {
    sentence: 'every permission stands on a line of its own, with its reason as a comment behind it',
    broken: (source) => permissionsOf(source).flatMap((permissions) => withoutReason(permissions, source)),
  },
  {
    sentence: '`actions/checkout` has `persist-credentials: false`, so that no later step finds the token',
    broken: ({ root }) => checkouts(root).filter((step) => !keepsNoCredentials(step)),
  },
  {
    sentence: 'a workflow that deploys has no `cancel-in-progress`, which would end a deployment half-way',
    broken: ({ jobs, valuesOf }) =>
      jobs.some(deploys) ? valuesOf('cancel-in-progress').filter((value) => text(value) !== 'false') : [],
  },
];

/** Checks a workflow or an action.yml against {@link RULES}. A file that is no YAML breaks none; GitHub's check tells. */
export function breaches({ file, text: yaml }: Source): readonly Finding[] {
  const source = parsed(yaml);
  return RULES.flatMap(({ sentence, broken }) =>
    broken(source).map((node) => ({ file, line: lineOf(yaml, node), message: sentence })),
  );
}

function parsed(yaml: string): Parsed {
  const document = parseDocument(yaml);
  const root = isMap(document.contents) ? document.contents : undefined;
  const jobs = root?.get('jobs');
  return {
    root,
    jobs: isMap(jobs) ? jobs.items.flatMap((item) => jobOf(item)) : [],
    valuesOf: (key) => {
      const found: Node[] = [];
      visit(document, {
        Pair(_, pair) {
          if (isScalar(pair.key) && pair.key.value === key) found.push(...nodes(pair.value ?? pair.key));
        },
      });
      return found;
    },
    remark: (node) => {
      const end = node.range?.[1] ?? 0;
      const line = yaml.slice(end).split('\n', 1)[0] ?? '';
      return /^[\s,}\]]*#(?<remark>.*)/.exec(line)?.groups?.['remark']?.trim() ?? '';
    },
  };
}

function jobOf({ key, value }: Pair): readonly Job[] {
  return isMap(value) ? nodes(key).map((node) => ({ key: node, body: value })) : [];
}

function nodes(value: unknown): readonly Node[] {
  return isScalar(value) || isMap(value) || isAlias(value) ? [value] : [];
}

function text(node: Node): string {
  return isScalar(node) ? String(node.value) : '';
}

function lineOf(yaml: string, node: Node): number {
  return yaml.slice(0, node.range?.[0] ?? 0).split('\n').length;
}

function isPinned(uses: string, remark: string): boolean {
  if (uses.startsWith('$/')) return true;
  return /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses) && /^v\d+(?:\.\d+)*\b/.test(remark);
}

/** The `permissions` of the workflow and of its jobs; an input or output of that name is none. */
function permissionsOf({ root, jobs }: Parsed): readonly Node[] {
  return [root, ...jobs.map(({ body }) => body)].flatMap((map) => nodes(map?.get('permissions', true)));
}

/** A called job without permissions has those of the job that calls it; `permissions` of the workflow would take them away. */
function leavesPermissions(root: YAMLMap | undefined): boolean {
  const triggers = root?.get('on');
  const named = isMap(triggers) ? triggers.items.map(({ key }) => String(key)) : [String(triggers)];
  return root?.has('permissions') === false && named.every((name) => name === 'workflow_call');
}

function withoutReason(permissions: Node, { remark }: Parsed): readonly Node[] {
  // What an alias stands for has its reasons where it is written.
  if (isAlias(permissions)) return [];
  if (!isMap(permissions)) return [permissions];
  return permissions.items.flatMap(({ key, value }) =>
    nodes(value ?? key).filter((node) => remark(node) === ''),
  );
}

function checkouts(root: YAMLMap | undefined): readonly YAMLMap[] {
  const found: YAMLMap[] = [];
  if (root === undefined) return found;
  visit(root, {
    Map(_, map) {
      if (String(map.get('uses') ?? '').startsWith('actions/checkout@')) found.push(map);
    },
  });
  return found;
}

function keepsNoCredentials(step: YAMLMap): boolean {
  return step.getIn(['with', 'persist-credentials']) === false;
}

/** Whether a job is bound to an environment, or leaves what it does to a workflow that may be. */
function deploys({ body }: Job): boolean {
  return body.has('environment') || body.has('uses');
}
