import { expect, test } from '@jest/globals';
import { LostLeaseError } from '../../../src/ledger/lease.ts';
import { fenced } from '../../../src/operations/lease/fenced.ts';
import { createZones } from '../zone.ts';

const READS = ['settings', 'siblings', 'targets', 'members', 'group', 'facts'];

test('every method that can change something asks first, and none of the others does', async () => {
  const { context } = createZones();
  const asked: string[] = [];
  const reached: string[] = [];
  const { balancer, scaling, transport } = fenced(
    {
      balancer: watched(context.balancer),
      scaling: watched(context.scaling),
      transport: watched(context.transport),
      signal: context.signal,
    },
    {
      signal: context.signal,
      check: async () => {
        asked.push('asked');
        throw new LostLeaseError('it is gone', 1);
      },
    },
  );
  for (const [name, method] of [balancer, scaling, transport].flatMap((port) => Object.entries(port))) {
    asked.length = 0;
    const ended = await method().then(
      () => 'done',
      (error: unknown) => error,
    );
    expect({ name, asked: asked.length }).toEqual({ name, asked: READS.includes(name) ? 0 : 1 });
    expect({ name, reached: reached.includes(name) }).toEqual({ name, reached: READS.includes(name) });
    if (!READS.includes(name)) expect(ended).toBeInstanceOf(LostLeaseError);
  }
  expect(reached).toEqual(expect.arrayContaining(READS));

  /** The same methods, which do nothing but say that they were reached. */
  function watched<T extends object>(port: T): T {
    const methods = Object.keys(port).map((name) => [name, async () => void reached.push(name)]);
    return Object.fromEntries(methods);
  }
});

test('what is asked while the lease is held goes through with what it was given', async () => {
  const world = createZones();
  const { signal } = new AbortController();
  const context = fenced(world.context, { signal, check: async () => undefined });
  await context.balancer.deregister('web', [{ id: 'i-a1', port: 8080 }]);
  expect(world.changes()).toMatchObject([{ what: 'deregister', subject: 'web', targets: [{ id: 'i-a1' }] }]);
  expect(context.signal).toBe(signal);
});
