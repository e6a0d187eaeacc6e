import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { parseSync } from '@swc/core';

/** One import of a source file, as its text says it. Paths are relative to the folder of all sources, with `/`. */
export interface Import {
  readonly from: string;
  /** A source file, or the name of a package or of a part of Node. */
  readonly to: string;
  readonly kind: 'static' | 'lazy' | 'type';
}

/** Every import of every `.ts` file below `folder`, read from the syntax tree. */
export function importsOf(folder: string): readonly Import[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => relative(folder, join(folder, file)).split(sep).join('/'))
    .sort()
    .flatMap((from) =>
      importsIn(readFileSync(join(folder, from), 'utf8')).map(({ to, kind }) => ({
        from,
        to: to.startsWith('.') ? posix.join(posix.dirname(from), to) : to,
        kind,
      })),
    );
}

/** What a file leads to, with itself; lazy imports are followed when asked for. Types are erased and lead nowhere. */
export function reachedFrom(start: string, imports: readonly Import[], lazily: boolean): ReadonlySet<string> {
  const reached = new Set([start]);
  // Growing the set while iterating visits what was added.
  for (const file of reached) {
    for (const { from, to, kind } of imports) {
      if (from === file && (kind === 'static' || (lazily && kind === 'lazy'))) reached.add(to);
    }
  }
  return reached;
}

function importsIn(text: string): readonly Omit<Import, 'from'>[] {
  const tree: unknown = parseSync(text, { syntax: 'typescript', target: 'es2024' });
  return nodesOf(tree).flatMap((node) => {
    switch (node['type']) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return isNode(node['source']) ? [{ to: String(node['source']['value']), kind: kindOf(node) }] : [];
      case 'TsImportType':
        return isNode(node['argument']) ? [{ to: String(node['argument']['value']), kind: 'type' }] : [];
      case 'CallExpression':
        return lazyImport(node);
      default:
        return [];
    }
  });
}

type Node = Readonly<Record<string, unknown>>;

function kindOf(declaration: Node): 'static' | 'type' {
  const specifiers = Array.isArray(declaration['specifiers']) ? declaration['specifiers'] : [];
  const allTypes =
    specifiers.length > 0 && specifiers.every((each) => isNode(each) && each['isTypeOnly'] === true);
  return declaration['typeOnly'] === true || allTypes ? 'type' : 'static';
}

/** `import(…)` of anything but a plain text leads to `?`, which no rule allows. */
function lazyImport(call: Node): readonly Omit<Import, 'from'>[] {
  if (!isNode(call['callee']) || call['callee']['type'] !== 'Import') return [];
  const first: unknown = Array.isArray(call['arguments']) ? call['arguments'][0] : undefined;
  const argument = isNode(first) ? first['expression'] : undefined;
  const literal = isNode(argument) && argument['type'] === 'StringLiteral' ? String(argument['value']) : '?';
  return [{ to: literal, kind: 'lazy' }];
}

function nodesOf(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (!isNode(value)) return [];
  return [value, ...Object.values(value).flatMap(nodesOf)];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
