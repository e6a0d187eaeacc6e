import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

interface Description {
  readonly operations: Readonly<
    Record<
      string,
      { readonly query: readonly string[]; readonly responses: Readonly<Record<string, object>> }
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** GitHub's own description of its REST API; scripts/github-openapi.ts wrote it. */
export const DESCRIPTION: Description = patched(
  JSON.parse(readFileSync(new URL('./openapi.schema.json', import.meta.url), 'utf8')),
);

/**
 * The description as JSON Schema, with one known gap filled: GitHub gives the deployment of a job that waits at its environment
 * the state `waiting`, as its GraphQL schema says (DeploymentStatusState), and the REST description leaves it out.
 */
function patched(description: Description): Description {
  const text = JSON.stringify(description);
  const states = '"enum":["error","failure","inactive","pending","success","queued","in_progress"]';
  if (text.split(states).length !== 2) throw new Error('the states of a deployment are not where they were');
  return JSON.parse(text.replace(states, states.replace('[', '["waiting",')), asJsonSchema);
}

/** OpenAPI 3.0 has `nullable` where JSON Schema has a type; GitHub means null even where `enum` does not list it. */
function asJsonSchema(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value)) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

// Not strict: keywords and formats of OpenAPI that JSON Schema does not know are passed over.
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'github', components: DESCRIPTION.components });

const validators = new Map<string, ValidateFunction>();

/** @throws Error that says everything in which a value differs from a schema of the description */
export function requireSchema(name: string, value: unknown): void {
  require(name, { $ref: `github#/components/schemas/${name}` }, value);
}

/**
 * @param path below the repository
 * @throws Error when the description has no such operation or answer, or the body differs from it
 */
export function requireDescribed(method: string, path: string, status: number, body: unknown): void {
  const operation = operationOf(method, path);
  const schema = DESCRIPTION.operations[operation]?.responses[String(status)];
  if (schema === undefined && status < 400) throw new Error(`${operation} answers no ${status}`);
  // Errors are the same everywhere, though few operations name all that they give.
  if (schema === undefined) requireSchema('basic-error', body);
  else require(`${operation} ${status}`, inside(schema), body);
}

/** @throws Error when the description has no operation for the path */
export function operationOf(method: string, path: string): string {
  const operations = Object.keys(DESCRIPTION.operations);
  const found = operations.find((each) => {
    const [verb = '', pattern = ''] = each.split(' ', 2);
    return verb === method.toLowerCase() && matches(pattern, path);
  });
  if (found === undefined) throw new Error(`the description has no ${method} ${path}`);
  return found;
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

function require(name: string, schema: object, value: unknown): void {
  const validate = validators.get(name) ?? ajv.compile(schema);
  validators.set(name, validate);
  if (validate(value)) return;
  throw new Error(`${name}: ${ajv.errorsText(validate.errors, { separator: '\n', dataVar: '' })}`);
}

/** The schema of an answer, with its references into the whole description. */
function inside(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"github#/'));
}
