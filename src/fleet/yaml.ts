import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';

/** Where something is in a file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong at a place of a file. */
export interface Problem extends Position {
  readonly message: string;
}

/** A parsed YAML text that still knows where everything was written. */
export interface YamlFile {
  readonly value: unknown;
  /** Why the text is not YAML; when this is not empty, `value` cannot be relied on. */
  readonly syntax: readonly Problem[];
  /** Keys that are written twice in one mapping. */
  readonly repeated: readonly Problem[];
  /** Where the value at a path begins; where its nearest existing holder begins when there is none. */
  valueAt(path: readonly PropertyKey[]): Position;
  /** Where the key at a path is written; of a list's item, where the item begins. */
  keyAt(path: readonly PropertyKey[]): Position;
}

type Path = readonly PropertyKey[];

/** Reads YAML 1.2. Never throws: what is wrong is in the answer. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const found = (path: Path) => position(follow(document.contents, path, resolve).value);
  const faults = [...document.errors, ...document.warnings];
  const doubled = faults.filter((fault) => fault.code === 'DUPLICATE_KEY');
  const broken = faults.filter((fault) => fault.code !== 'DUPLICATE_KEY');
  const content = readContent(() => document.toJS());
  return {
    value: content.value,
    syntax: [
      ...broken.map(({ pos, message }) => ({ ...position(pos[0]), message: notYaml(message) })),
      ...content.problems,
    ],
    repeated: doubled.map(({ pos }) => ({
      ...position(pos[0]),
      message: `${keyText(text, pos[0])}: saw this key a second time; expected it once; remove one of the two`,
    })),
    valueAt: found,
    keyAt: (path) => position(follow(document.contents, path, resolve).key),
  };
}

/** Aliases are resolved only here, so that one without its anchor, or too many, come to light here. */
function readContent(read: () => unknown): {
  readonly value: unknown;
  readonly problems: readonly Problem[];
} {
  try {
    return { value: read(), problems: [] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { value: undefined, problems: [{ line: 1, column: 1, message: notYaml(reason) }] };
  }
}

/** @returns offsets of the last key and the last value on a path that exist */
function follow(root: Node | null, path: Path, resolve: (node: unknown) => unknown) {
  let node: unknown = root;
  let key = offsetOf(root) ?? 0;
  let value = key;
  for (const step of path) {
    const holder = resolve(node);
    const pair = isMap(holder) ? pairOf(holder, step) : undefined;
    const item = isSeq(holder) ? holder.items[Number(step)] : undefined;
    if (pair === undefined && item === undefined) return { key, value: key };
    node = pair === undefined ? item : pair.value;
    key = offsetOf(pair === undefined ? item : pair.key) ?? key;
    value = offsetOf(node) ?? key;
  }
  return { key, value };
}

function pairOf(holder: YAMLMap, key: PropertyKey) {
  return holder.items.findLast((pair) => (isScalar(pair.key) ? String(pair.key.value) : '') === String(key));
}

function offsetOf(node: unknown): number | undefined {
  const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  return range?.[0];
}

function keyText(text: string, offset: number): string {
  return /^[^\s:]*/.exec(text.slice(offset, offset + 100))?.[0] ?? '';
}

function notYaml(reason: string): string {
  return `saw text that is not YAML (${reason}); expected YAML; correct indentation, quotes or brackets here`;
}
