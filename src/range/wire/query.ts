import type { NormalizedSchema } from '@smithy/core/schema';

/** Where the two query protocols of AWS differ in how they name parameters. */
export interface Dialect {
  /** Name of a structure's member on the wire. */
  wireName(member: NormalizedSchema, name: string): string;
  /** Whether the items of a list stand right below it, as `Filter.1` and not as `Filter.member.1`. */
  isFlat(list: NormalizedSchema): boolean;
}

/** awsQuery: `Targets.member.1.Id=i-1`. */
export const AWS_QUERY: Dialect = {
  wireName: (member, name) => member.getMergedTraits().xmlName ?? name,
  isFlat: (list) => Boolean(list.getMergedTraits().xmlFlattened),
};

/** ec2Query: `InstanceId.1=i-1`. Names begin with a capital letter, whatever they are called in XML. */
export const EC2_QUERY: Dialect = {
  wireName(member, name) {
    const { ec2QueryName, xmlName = name } = member.getMergedTraits();
    return String(ec2QueryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1));
  },
  isFlat: () => true,
};

/**
 * Reads the flat parameters of a query protocol into the object that the schema describes. What does not fit the
 * schema is kept as it came, for `shapeProblems` to name.
 */
export function readQuery(schema: NormalizedSchema, parameters: URLSearchParams, dialect: Dialect): unknown {
  return readNode(schema, treeOf(parameters), dialect);
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

function readNode(schema: NormalizedSchema, node: Node, dialect: Dialect): unknown {
  if (schema.isStructSchema()) {
    return readStruct(schema, node, dialect);
  }
  if (schema.isListSchema()) {
    return readList(schema, node, dialect);
  }
  if (schema.isMapSchema()) {
    return readMap(schema, node, dialect);
  }
  return node.children.size > 0 ? asItCame(node) : readScalar(schema, node.text ?? '');
}

function readStruct(schema: NormalizedSchema, node: Node, dialect: Dialect): unknown {
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [dialect.wireName(member, name), { name, member }]),
  );
  return Object.fromEntries(
    [...node.children].map(([key, child]) => {
      const found = members.get(key);
      return found === undefined
        ? [key, asItCame(child)]
        : [found.name, readNode(found.member, child, dialect)];
    }),
  );
}

function readList(schema: NormalizedSchema, node: Node, dialect: Dialect): unknown {
  const items = schema.getValueSchema();
  // Clients write an empty list as the bare name of the member.
  if (node.children.size === 0 && node.text === '') {
    return [];
  }
  const numbered = numberedChildren(
    node,
    dialect.isFlat(schema) ? undefined : (items.getMergedTraits().xmlName ?? 'member'),
  );
  return numbered?.map((child) => readNode(items, child, dialect)) ?? asItCame(node);
}

function readMap(schema: NormalizedSchema, node: Node, dialect: Dialect): unknown {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const values = schema.getValueSchema();
  const valueName = values.getMergedTraits().xmlName ?? 'value';
  const entries = numberedChildren(node, dialect.isFlat(schema) ? undefined : 'entry');
  if (entries === undefined) {
    return node.text ?? '';
  }
  return Object.fromEntries(
    entries.map((entry) => {
      const value = entry.children.get(valueName);
      return [
        entry.children.get(keyName)?.text ?? '',
        value === undefined ? undefined : readNode(values, value, dialect),
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

/** Reads a value from text by its schema; text that does not fit is kept as it came. */
export function readScalar(schema: NormalizedSchema, text: string): unknown {
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
