import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts } from '../../../src/range/hosts/ports.ts';

test('finds different ports that can be listened on', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
});

test('stays below the ports of outgoing connections', async () => {
  expect(Math.max(...(await freePorts(5)))).toBeLessThan(32_768);
});
