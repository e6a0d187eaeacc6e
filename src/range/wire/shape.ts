import type { NormalizedSchema } from '@smithy/core/schema';
import type { OperationSchema } from './sdk.ts';
import { WireError } from './service.ts';

/**
 * The input of an operation when it fits its schema.
 *
 * @throws WireError with `code` that names each member that is wrong
 */
export function checked(operation: OperationSchema, input: unknown, code: string): object {
  const problems = shapeProblems(operation.input, input);
  if (problems.length > 0 || typeof input !== 'object' || input === null) {
    throw new WireError(code, `${operation.name}: ${problems.join('; ')}`);
  }
  return input;
}

/**
 * What is wrong with an input, judged by its schema: required members that are missing, members that do
 * not exist, values of the wrong type. Each problem names the member by its path. Empty when all is well.
 */
export function shapeProblems(schema: NormalizedSchema, value: unknown, path = ''): readonly string[] {
  if (schema.isStructSchema()) {
    return isObject(value) ? structProblems(schema, value, path) : [wrongType(path, 'a structure', value)];
  }
  if (schema.isListSchema()) {
    return Array.isArray(value)
      ? value.flatMap((item, index) =>
          shapeProblems(schema.getValueSchema(), item, `${path}.${String(index + 1)}`),
        )
      : [wrongType(path, 'a list', value)];
  }
  if (schema.isMapSchema()) {
    return isObject(value)
      ? Object.entries(value).flatMap(([key, item]) =>
          shapeProblems(schema.getValueSchema(), item, `${path}.${key}`),
        )
      : [wrongType(path, 'a map', value)];
  }
  return scalarProblems(schema, value, path);
}

function structProblems(
  schema: NormalizedSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly string[] {
  const members = new Map(schema.structIterator());
  const prefix = path === '' ? '' : `${path}.`;
  const missing = requiredMembers(schema)
    .filter((name) => value[name] === undefined || value[name] === null)
    .map((name) => `${prefix}${name} is required and missing`);
  const present = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return missing.concat(
    present.flatMap(([name, item]) => {
      const member = members.get(name);
      return member === undefined
        ? [`${prefix}${name} is not a member of ${schema.getName() ?? 'the input'}`]
        : shapeProblems(member, item, `${prefix}${name}`);
    }),
  );
}

/** The SDK's compact schema lists required members first and ends with how many they are. */
function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const compact: unknown = schema.getSchema();
  if (!Array.isArray(compact)) {
    return [];
  }
  const count: unknown = compact[6];
  return [...schema.structIterator()].slice(0, typeof count === 'number' ? count : 0).map(([name]) => name);
}

function scalarProblems(schema: NormalizedSchema, value: unknown, path: string): readonly string[] {
  if (schema.isStringSchema()) {
    return typeof value === 'string' ? [] : [wrongType(path, 'a string', value)];
  }
  if (schema.isBooleanSchema()) {
    return typeof value === 'boolean' ? [] : [wrongType(path, 'true or false', value)];
  }
  if (schema.isNumericSchema()) {
    return typeof value === 'number' && !Number.isNaN(value) ? [] : [wrongType(path, 'a number', value)];
  }
  if (schema.isTimestampSchema()) {
    return typeof value === 'number' || value instanceof Date ? [] : [wrongType(path, 'a time', value)];
  }
  return [];
}

function wrongType(path: string, expected: string, value: unknown): string {
  return `${path === '' ? 'the input' : path} must be ${expected}, not ${JSON.stringify(value)}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
