import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { extract } from '../../scripts/github-openapi.ts';

const COMMITTED = readFileSync(new URL('../range/github/openapi.schema.json', import.meta.url), 'utf8');

/** A description with every operation that is taken, each with the same answer, and things that are not taken. */
function makeDescription(): Record<string, unknown> {
  const operation = {
    summary: 'left out',
    parameters: [{ $ref: '#/components/parameters/page' }, { name: 'owner', in: 'path' }],
    responses: {
      200: {
        content: { 'application/json': { schema: { $ref: '#/components/schemas/thing' }, example: {} } },
      },
      204: { description: 'no body' },
      404: { $ref: '#/components/responses/not_found' },
    },
  };
  const paths: Record<string, Record<string, unknown>> = { '/user': { get: operation } };
  for (const each of Object.keys(JSON.parse(COMMITTED).operations)) {
    const [method = '', path = ''] = each.split(' ', 2);
    paths[`/repos/{owner}/{repo}${path}`] = {
      ...paths[`/repos/{owner}/{repo}${path}`],
      [method]: operation,
    };
  }
  const schemas = Object.fromEntries(
    ['basic-error', 'validation-error', 'simple-user', 'team', 'stranger', 'part'].map((name) => [
      name,
      { type: 'object' },
    ]),
  );
  const thing = {
    type: 'object',
    title: 'Thing',
    properties: {
      title: { type: 'string', description: 'words', example: 'x' },
      parts: { type: 'array', items: { $ref: '#/components/schemas/part' } },
    },
  };
  const error = { schema: { $ref: '#/components/schemas/basic-error' } };
  return {
    info: { version: '1.2.3' },
    paths,
    components: {
      schemas: { ...schemas, thing },
      parameters: { page: { name: 'page', in: 'query' } },
      responses: { not_found: { content: { 'application/json': error } } },
    },
  };
}

describe("what is taken of GitHub's description", () => {
  test('are operations with what their answers lead to, without words', () => {
    const taken = extract(makeDescription());
    expect(taken.source).toContain('1.2.3');
    expect(Object.keys(taken.operations)).toEqual(Object.keys(JSON.parse(COMMITTED).operations));
    expect(taken.operations['get /issues']).toEqual({
      query: ['page'],
      responses: {
        200: { $ref: '#/components/schemas/thing' },
        404: { $ref: '#/components/schemas/basic-error' },
      },
    });
    expect(Object.keys(taken.components.schemas)).toEqual([
      'basic-error',
      'part',
      'simple-user',
      'team',
      'thing',
      'validation-error',
    ]);
    // A property may have the name of what is left out.
    expect(taken.components.schemas['thing']).toEqual({
      type: 'object',
      properties: {
        title: { type: 'string' },
        parts: { type: 'array', items: { $ref: '#/components/schemas/part' } },
      },
    });
  });

  test('is refused when an operation or a schema is not there', () => {
    const { paths, ...rest } = makeDescription();
    const { '/repos/{owner}/{repo}/issues': _, ...others } = Object(paths);
    expect(() => extract({ ...rest, paths: others })).toThrow('has no /repos/{owner}/{repo}/issues');
    const components = { ...Object(rest['components']), schemas: {} };
    expect(() => extract({ ...rest, paths, components })).toThrow('has no basic-error');
  });

  test('that is committed leads nowhere else and is small', () => {
    const { components } = JSON.parse(COMMITTED);
    const named = [...COMMITTED.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining([...new Set(named)]));
    expect(COMMITTED.length).toBeLessThan(400_000);
  });
});
