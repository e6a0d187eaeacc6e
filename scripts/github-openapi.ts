import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURE = fileURLToPath(new URL('../test/range/github/openapi.schema.json', import.meta.url));

const HELP = `Takes what the range's stand-in for GitHub is tested against out of GitHub's own description of its REST API.

  npm pack @octokit/openapi@23.0.2 && tar -xzf octokit-openapi-23.0.2.tgz
  node scripts/github-openapi.ts package/generated/api.github.com.json

The package has 28 MB, so it is no dependency. Writes test/range/github/openapi.schema.json, with the package's license.`;

/** Below `/repos/{owner}/{repo}`. */
const OPERATIONS = [
  'get ',
  'get /environments',
  'get /environments/{environment_name}',
  'get /actions/runs',
  'get /actions/runs/{run_id}',
  'get /actions/jobs/{job_id}',
  'get /actions/workflows/{workflow_id}/runs',
  'get /actions/runs/{run_id}/approvals',
  'get /actions/runs/{run_id}/pending_deployments',
  'post /actions/runs/{run_id}/pending_deployments',
  'get /deployments',
  'get /deployments/{deployment_id}/statuses',
  'get /issues',
  'post /issues',
  'patch /issues/{issue_number}',
  'get /issues/{issue_number}/comments',
  'post /issues/{issue_number}/comments',
];

/** Schemas that answers have besides: errors, which not every operation names, and what `anyOf` would let pass unseen. */
const MORE_SCHEMAS = ['basic-error', 'validation-error', 'simple-user', 'team'];

/** What says nothing about the shape of an answer. */
const WORDS = new Set(['description', 'example', 'examples', 'summary', 'title', 'externalDocs']);

type Json = Readonly<Record<string, unknown>>;

if (import.meta.main) {
  const [source] = process.argv.slice(2);
  if (source === undefined) {
    console.error(HELP);
    process.exitCode = 1;
  } else {
    const license = await readFile(join(dirname(source), '..', 'LICENSE'), 'utf8');
    const taken = { license, ...extract(JSON.parse(await readFile(source, 'utf8'))) };
    await writeFile(FIXTURE, `${JSON.stringify(taken, undefined, 1)}\n`);
  }
}

/**
 * The operations above, with the query parameters and the answers of each, and every schema that these lead to.
 *
 * @throws Error when the description lacks one of them
 */
export function extract(description: Json) {
  const paths = objectOf(description, 'paths');
  const parts = objectOf(description, 'components');
  const operations = OPERATIONS.map((operation) => {
    const [method = '', path = ''] = operation.split(' ', 2);
    const found = objectOf(objectOf(paths, `/repos/{owner}/{repo}${path}`), method);
    return [operation, { query: queryOf(found, parts), responses: responsesOf(found, parts) }] as const;
  });
  const schemas = new Map<string, unknown>();
  for (const name of MORE_SCHEMAS) collect({ $ref: `#/components/schemas/${name}` }, parts, schemas);
  collect(operations, parts, schemas);
  const version = String(objectOf(description, 'info')['version']);
  return {
    source: `GitHub REST API ${version}, from the npm package @octokit/openapi by scripts/github-openapi.ts`,
    operations: Object.fromEntries(operations),
    components: { schemas: Object.fromEntries([...schemas].sort()) },
  };
}

function queryOf(operation: Json, parts: Json): readonly string[] {
  const parameters = operation['parameters'];
  if (!Array.isArray(parameters)) return [];
  return parameters
    .map((parameter) => resolve(parameter, parts))
    .filter((parameter) => parameter['in'] === 'query')
    .map((parameter) => String(parameter['name']));
}

/** The schema of each status that has a body in JSON. */
function responsesOf(operation: Json, parts: Json): Json {
  const responses = Object.entries(objectOf(operation, 'responses')).flatMap(([status, response]) => {
    const content = asObject(asObject(resolve(response, parts)['content'])['application/json']);
    return content['schema'] === undefined ? [] : [[status, bare(content['schema'])]];
  });
  return Object.fromEntries(responses);
}

/** Adds every schema that a value leads to. */
function collect(value: unknown, parts: Json, schemas: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(asObject(value)['$ref']))?.[1];
  if (name !== undefined && !schemas.has(name)) {
    const schema = bare(objectOf(objectOf(parts, 'schemas'), name));
    schemas.set(name, schema);
    collect(schema, parts, schemas);
  }
  for (const each of Object.values(value)) collect(each, parts, schemas);
}

/** A schema without words. A property may have the name of one: those that describe are texts, lists or known objects. */
function bare(value: unknown, isProperties = false): unknown {
  if (Array.isArray(value)) return value.map((each) => bare(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isProperties || !WORDS.has(key))
      .map(([key, each]) => [key, bare(each, !isProperties && key === 'properties')]),
  );
}

function resolve(value: unknown, parts: Json): Json {
  const reference = asObject(value)['$ref'];
  if (typeof reference !== 'string') return asObject(value);
  const [, , kind = '', name = ''] = reference.split('/');
  return objectOf(objectOf(parts, kind), name);
}

function objectOf(value: Json, key: string): Json {
  const found = value[key];
  if (typeof found === 'object' && found !== null) return asObject(found);
  throw new Error(`The description has no ${key}; is it api.github.com.json of @octokit/openapi 23?`);
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
