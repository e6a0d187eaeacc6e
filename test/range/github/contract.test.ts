import { expect, test } from '@jest/globals';
import { ENDPOINTS } from '../../../src/range/github/endpoints.ts';
import { DESCRIPTION, operationOf, requireDescribed } from './contract.ts';
import { ask, EAST, newestDeployment, start } from './support.ts';

test('everything that is modelled is an operation of GitHub, with query parameters of GitHub', () => {
  const seen = ENDPOINTS.map(({ method, path, query = [] }) => {
    const operation = operationOf(method, path);
    expect(DESCRIPTION.operations[operation]?.query).toEqual(expect.arrayContaining([...query]));
    return operation;
  });
  expect(new Set(seen)).toEqual(new Set(Object.keys(DESCRIPTION.operations)));
});

test.each([
  ['a missing member', ({ updated_at, ...rest }: Record<string, unknown>) => rest, 'updated_at'],
  ['another type', (body: Record<string, unknown>) => ({ ...body, id: String(body['id']) }), '/id must be'],
  ['a time that is none', (body: Record<string, unknown>) => ({ ...body, created_at: 'now' }), '/created_at'],
])('an environment with %s is caught', async (_, spoil, problem) => {
  const { github } = await start();
  const { body } = await ask<Record<string, unknown>>(github, `/environments/${EAST}`);
  await github.stop();
  const path = `/environments/${EAST}`;
  expect(() => requireDescribed('GET', path, 200, body)).not.toThrow();
  expect(() => requireDescribed('GET', path, 200, spoil(body))).toThrow(problem);
});

test('a state of a deployment that GitHub does not have is caught', async () => {
  const { github } = await start();
  github.arrive(EAST);
  const { id } = await newestDeployment(github);
  const path = `/deployments/${id}/statuses`;
  const { body } = await ask<readonly { state: string }[]>(github, path);
  await github.stop();
  expect(body[0]?.state).toBe('waiting');
  expect(() => requireDescribed('GET', path, 200, [{ ...body[0], state: 'parked' }])).toThrow('/0/state');
});

test('an operation and an answer that the description does not have are caught', () => {
  expect(() => requireDescribed('GET', '/branches', 200, [])).toThrow('no GET /branches');
  expect(() => requireDescribed('GET', '/issues', 201, [])).toThrow('answers no 201');
});
