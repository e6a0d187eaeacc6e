import type { NormalizedSchema } from '@smithy/core/schema';

/**
 * Reads the flat parameters of the query protocol (`Targets.member.1.Id=i-1`) into the object that the
 * schema describes. What does not fit the schema is kept as it came, for `shapeProblems` to name.
 */
export function readQuery(schema: NormalizedSchema, parameters: URLSearchParams): unknown {
  return readNode(schema, treeOf(parameters));
}

interface Node {
  text?: string;
  readonly children: Map<string, Node>;
}

function treeOf(parameters: URLSearchParams): Node {
  const root: Node = { children: new Map() };
  for (const [path, text] of parameters) {
    let node = root;
    for (const step of path.split('.')) {
      const next = node.children.get(step) ?? { children: new Map() };
      node.children.set(step, next);
      node = next;
    }
    node.text = text;
  }
  return root;
}

function readNode(schema: NormalizedSchema, node: Node): unknown {
  if (schema.isStructSchema()) {
    return readStruct(schema, node);
  }
  if (schema.isListSchema()) {
    return readList(schema, node);
  }
  if (schema.isMapSchema()) {
    return readMap(schema, node);
  }
  return node.children.size > 0 ? asItCame(node) : readScalar(schema, node.text ?? '');
}

function readStruct(schema: NormalizedSchema, node: Node): unknown {
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [
      member.getMergedTraits().xmlName ?? name,
      { name, member },
    ]),
  );
  return Object.fromEntries(
    [...node.children].map(([key, child]) => {
      const found = members.get(key);
      return found === undefined ? [key, asItCame(child)] : [found.name, readNode(found.member, child)];
    }),
  );
}

function readList(schema: NormalizedSchema, node: Node): unknown {
  const items = schema.getValueSchema();
  // Clients write an empty list as the bare name of the member.
  if (node.children.size === 0 && node.text === '') {
    return [];
  }
  const numbered = numberedChildren(
    node,
    schema.getMergedTraits().xmlFlattened ? undefined : (items.getMergedTraits().xmlName ?? 'member'),
  );
  return numbered?.map((child) => readNode(items, child)) ?? asItCame(node);
}

function readMap(schema: NormalizedSchema, node: Node): unknown {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const values = schema.getValueSchema();
  const valueName = values.getMergedTraits().xmlName ?? 'value';
  const entries = numberedChildren(node, schema.getMergedTraits().xmlFlattened ? undefined : 'entry');
  if (entries === undefined) {
    return node.text ?? '';
  }
  return Object.fromEntries(
    entries.map((entry) => {
      const value = entry.children.get(valueName);
      return [
        entry.children.get(keyName)?.text ?? '',
        value === undefined ? undefined : readNode(values, value),
      ];
    }),
  );
}

/** The children `1`, `2`, … in order, below `container` if given; undefined when others are among them. */
function numberedChildren(node: Node, container: string | undefined): readonly Node[] | undefined {
  const holder = container === undefined ? node : node.children.get(container);
  if (holder === undefined || (container !== undefined && node.children.size !== 1)) {
    return undefined;
  }
  const entries = [...holder.children];
  if (entries.length === 0 || entries.some(([key]) => !/^[1-9]\d*$/.test(key))) {
    return undefined;
  }
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

function readScalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isNumericSchema()) {
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  if (schema.isBooleanSchema()) {
    return text === 'true' || text === 'false' ? text === 'true' : text;
  }
  if (schema.isTimestampSchema()) {
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? text : time;
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text;
}

function asItCame(node: Node): unknown {
  return node.children.size === 0
    ? (node.text ?? '')
    : Object.fromEntries([...node.children].map(([key, child]) => [key, asItCame(child)]));
}
