import { expect, test } from '@jest/globals';
import type { Recorded } from '../../../src/evidence/document.ts';
import { PROBE_SCRIPT } from '../../../src/hosts/scripts/probe.ts';
import type { RegionContext } from '../../../src/operations/context.ts';
import { createEvidenceLog, type EvidenceLog } from '../../../src/operations/evidence/log.ts';
import { recorded } from '../../../src/operations/evidence/recorder.ts';
import type { World } from '../world.ts';
import { createZones, makeFleet } from '../zone.ts';

interface Scene {
  readonly world: World;
  readonly log: EvidenceLog;
  readonly context: RegionContext;
  /** What was noted, as short as it can be said. */
  noted(): readonly string[];
  last(): Recorded | undefined;
}

function setScene(): Scene {
  const world = createZones();
  const log = createEvidenceLog();
  const plain: RegionContext = { ...world.context, alarms: { read: async () => [] } };
  return {
    world,
    log,
    context: recorded(plain, log, makeFleet().hosts.identity),
    noted: () =>
      log.recorded().map(({ kind, call, count }) => `${kind[0]} ${call}${count === 1 ? '' : ` ×${count}`}`),
    last: () => log.recorded().at(-1),
  };
}

test('equal looks in a row are one entry with a count and the time of the last one', async () => {
  const { world, context, noted, last } = setScene();
  for (let look = 0; look < 5; look += 1) {
    await context.balancer.targets('web');
    await context.clock.sleep(1_000, context.signal);
  }
  expect(noted()).toEqual(['o targets ×5']);
  expect(Date.parse(last()?.until ?? '') - Date.parse(last()?.at ?? '')).toBe(4_000);
  world.host('i-a1').sick = true;
  await context.balancer.targets('web');
  expect(noted()).toEqual(['o targets ×5', 'o targets']);
});

test('a change ends every row, whatever it changed', async () => {
  const { context, noted } = setScene();
  await context.balancer.targets('web');
  await context.balancer.settings('web');
  await context.balancer.deregister('web', [{ id: 'i-a1', port: 8080 }]);
  await context.balancer.settings('web');
  await context.balancer.settings('web');
  expect(noted()).toEqual(['o targets', 'o settings', 'm deregister', 'o settings ×2']);
});

test('a change that has no answer at the end is noted as that, once, and a look is not', () => {
  const { log, noted, last } = setScene();
  const open = log.ask(
    { kind: 'mutation', port: 'balancer', call: 'deregister', subject: 'web', given: ['i-a1:8080'] },
    1_000,
  );
  const look = { port: 'balancer', call: 'targets', subject: 'web', given: null } as const;
  log.ask({ kind: 'observation', ...look }, 1_000);
  const answered = log.ask({ kind: 'mutation', ...look, call: 'register' }, 1_000);
  answered({ answer: 'accepted' }, 2_000);
  log.end(3_000);
  log.end(4_000);
  open({ answer: 'accepted' }, 5_000);
  expect(noted()).toEqual(['m register', 'm deregister']);
  expect(last()).toMatchObject({
    error: 'there was no answer when the step ended',
    until: new Date(3_000).toISOString(),
  });
});

test('a look that was asked before a change ended is not counted to those after it', async () => {
  const { context, log } = setScene();
  const slow = log.ask(
    { kind: 'observation', port: 'balancer', call: 'targets', subject: 'web', given: null },
    1_000,
  );
  const change = log.ask(
    { kind: 'mutation', port: 'balancer', call: 'register', subject: 'web', given: [] },
    1_001,
  );
  change({ answer: 'accepted' }, 1_002);
  slow({ answer: [] }, 1_003);
  log.ask({ kind: 'observation', port: 'balancer', call: 'targets', subject: 'web', given: null }, 1_004)(
    { answer: [] },
    1_005,
  );
  expect(log.recorded().map(({ call, count }) => [call, count])).toEqual([
    ['register', 1],
    ['targets', 1],
    ['targets', 1],
  ]);
  expect(context.run).not.toBe('');
});

test('a refused call is noted with why, and thrown on', async () => {
  const { world, context, last } = setScene();
  world.before = () => 'refused';
  await expect(context.balancer.register('web', [{ id: 'i-a1', port: 8080 }])).rejects.toThrow('refused');
  expect(last()).toMatchObject({ kind: 'mutation', call: 'register', error: 'register web refused' });
  expect(last()).not.toHaveProperty('answer');
});

test('scripts are noted by name and host, without what may be a secret', async () => {
  const { context, log, last } = setScene();
  const urls = ['http://10.0.0.1:8080/version', 'http://10.0.0.1:8080/api/cart'];
  const manner = ['GET', 'authorization: hunter2', 'hunter3', '', '', ''];
  await context.transport.run(
    [{ host: 'i-a1', script: PROBE_SCRIPT, arguments: ['0', '5', ...manner, ...urls], timeout: 1_000 }],
    context.signal,
  );
  expect(last()).toMatchObject({
    port: 'transport',
    call: 'probe',
    subject: 'i-a1',
    kind: 'observation',
    given: { urls },
  });
  const text = JSON.stringify(log.recorded());
  expect(text).toContain('1.0.0');
  for (const secret of ['hunter', 'items']) expect(text).not.toContain(secret);
});

test('a script that nobody knows counts as a change', async () => {
  const { context, last } = setScene();
  const command = { host: 'i-a1', script: 'reboot', arguments: ['hunter2'], timeout: 1_000 };
  await expect(context.transport.run([command], context.signal)).rejects.toThrow('knows no such script');
  expect(last()).toMatchObject({ kind: 'mutation', given: null, error: 'The world knows no such script.' });
});

test('the query of a location and of URLs in errors is cut', async () => {
  const { world, context, log } = setScene();
  world.before = () => {
    throw new Error('GET https://s3.test/a.tar.gz?X-Amz-Signature=hunter2 answered 403');
  };
  const location = 'https://s3.test/a.tar.gz?sig=hunter2';
  await expect(context.artifacts.find(location, undefined)).rejects.toThrow('403');
  expect(JSON.stringify(log.recorded())).not.toContain('hunter2');
  expect(log.recorded()[0]).toMatchObject({ call: 'find', subject: 'https://s3.test/a.tar.gz?…' });
});
