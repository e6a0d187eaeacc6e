import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { atOnce } from '../at-once.ts';
import { type BundleOptions, runBundle } from './run-bundle.ts';
import { A1, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(90_000);

let world: TestRange;
let before: object;

beforeAll(async () => {
  world = await startTestRange();
  before = await world.everything();
});

afterAll(() => world?.stop());

/** Without GitHub nobody can approve. */
const RIGHT = { zone: 'us-east-1a', version: '1.1.0', 'allow-unprotected': 'true' };

/** The one message of a deploy-zone that must be refused; that nothing was touched is checked after all of them. */
async function refusalOf(changes: Partial<BundleOptions>, name = 'deploy-zone'): Promise<string> {
  const { range, fleet, folder } = world;
  const ended = await runBundle(name, {
    inputs: RIGHT,
    environment: range.environment,
    folder,
    fleet,
    ...changes,
  });
  expect({ exitCode: ended.exitCode, errors: ended.errors.length }).toEqual({ exitCode: 1, errors: 1 });
  expect(ended.errors[0]).not.toMatch(/^Unexpected:|defect|\n {4}at /);
  expect(ended.outputs).toEqual({});
  return ended.errors[0] ?? '';
}

/** At a time: each is a process of its own. */
const AT_A_TIME = 3;

describe('refused, and nothing is touched', () => {
  atOnce(
    {
      // First, for it takes as long as a client is patient; its second and third attempt would only take longer.
      'an environment whose endpoint takes connections and answers nothing': async () => {
        const silent = await listen();
        try {
          const environment = {
            ...world.range.environment,
            AWS_ENDPOINT_URL: silent.url,
            AWS_MAX_ATTEMPTS: '1',
          };
          expect(await refusalOf({ environment })).toContain(`AWS_ENDPOINT_URL is ${silent.url}`);
        } finally {
          await silent.stop();
        }
      },
      'a fleet file that is missing': async () => {
        const { range, folder } = world;
        const { errors, exitCode } = await runBundle('deploy-zone', {
          inputs: RIGHT,
          environment: range.environment,
          folder,
        });
        expect(exitCode).toBe(1);
        expect(errors).toEqual([expect.stringContaining('.github/fleet.yml: saw no such file')]);
      },
      'a fleet file that is empty': async () => {
        expect(await refusalOf({ fleet: '' })).toMatch(/fleet\.yml:1:1: .*(empty|nothing)/i);
      },
      'a fleet file that is not YAML': async () => {
        expect(await refusalOf({ fleet: 'service: [storefront\nzones: }' })).toMatch(
          /fleet\.yml(:\d+:\d+: | has \d+ problems)/,
        );
      },
      'a fleet file with wrong types: line, column, seen and expected': async () => {
        const fleet = world.fleet
          .replace('service: storefront', 'service: 7')
          .replace('batch: 1', 'batch: lots');
        const message = await refusalOf({ fleet });
        expect(message).toMatch(/fleet\.yml:2:10: .*7/);
        expect(message).toMatch(/fleet\.yml:\d+:\d+: .*lots/);
      },
      'a fleet file with a zone twice': async () => {
        const fleet = world.fleet.replaceAll('us-east-1b', 'us-east-1a');
        expect(await refusalOf({ fleet })).toMatch(/us-east-1a.*(twice|already|again|duplicate)/i);
      },
      'a fleet file with an unknown region': async () => {
        const fleet = world.fleet.replace('- zone: us-east-1b', '- zone: us-moon-1b');
        expect(await refusalOf({ fleet })).toContain('us-moon-1');
      },
      'a fleet file without the zone that is asked for': async () => {
        const message = await refusalOf({ inputs: { ...RIGHT, zone: 'us-east-1c' } });
        expect(message).toMatch(/us-east-1c is not in the fleet file, which has us-east-1a, us-east-1b/);
      },
      'a release whose version is not in S3': async () => {
        const message = await refusalOf({ inputs: { ...RIGHT, version: '9.9.9' } });
        expect(message).toContain('s3://releases/storefront/9.9.9.tar.gz does not exist');
      },
      'a release whose digest is another one': async () => {
        const sha256 = '0'.repeat(64);
        const message = await refusalOf({ inputs: { ...RIGHT, sha256 } });
        expect(message).toMatch(/has sha256 [0-9a-f]{64}, expected 0{64} \(from the input sha256\)/);
      },
      'an environment without AWS credentials': async () => {
        const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...environment } = world.range.environment;
        expect(await refusalOf({ environment })).toMatch(/no AWS credentials.*configure-aws-credentials/s);
      },
      'an environment with credentials that are not accepted': async () => {
        const environment = { ...world.range.environment, AWS_SECRET_ACCESS_KEY: 'wrong' };
        expect(await refusalOf({ environment })).toMatch(
          /does not accept the credentials|not allowed|Forbidden|403/,
        );
      },
      'an environment whose endpoint nobody listens at': async () => {
        const closed = await listen();
        await closed.stop();
        const environment = { ...world.range.environment, AWS_ENDPOINT_URL: closed.url };
        expect(await refusalOf({ environment })).toContain(`AWS_ENDPOINT_URL is ${closed.url}`);
      },
      'drain-target refuses a host that is in none of the pools, and names the one that was meant':
        async () => {
          const host = `${A1.slice(0, -1)}9`;
          const message = await refusalOf({ inputs: { 'target-groups': POOL, hosts: host } }, 'drain-target');
          expect(message).toContain(host);
          expect(message).toContain('is not registered in storefront');
          expect(message).toMatch(/nothing was touched\. Did you mean i-0/);
        },
    },
    AT_A_TIME,
  );

  test('by any of them', async () => {
    expect(await world.everything()).toEqual(before);
  });
});

async function listen(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
