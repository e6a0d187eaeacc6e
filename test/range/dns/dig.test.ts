import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { a, BLUE_LB, cname, startWorld, swap, ZONE } from './support.ts';

const run = promisify(execFile);
const MANY = Array.from({ length: 60 }, (_, index) => `127.0.1.${index}`);

/** The checks before a merge do not install it, so its absence is said and nothing more. */
async function isMissing(): Promise<boolean> {
  try {
    await run('dig', ['-v']);
    return false;
  } catch (error) {
    process.stderr.write(`\nNOT RUN: dig is not installed here (package bind9-dnsutils): ${error}\n`);
    return true;
  }
}

test('dig understands the name servers', async () => {
  if (await isMissing()) return;
  await using world = await startWorld({ records: [cname('app', `blue.${ZONE}`), a('blue', ...MANY)] });
  const [server] = world.dns.nameServers;
  const dig = async (...words: readonly string[]) => {
    const place = [`@${server?.address}`, '-p', String(server?.port), '+tries=1', '+time=5'];
    const { stdout } = await run('dig', [...place, ...words]);
    return stdout;
  };
  expect(await dig('+short', `app.${ZONE}`, 'CNAME')).toBe(`blue.${ZONE}.\n`);
  expect(await dig('+norec', '+noedns', '+ignore', `blue.${ZONE}`)).toMatch(/flags: qr aa tc; .*ANSWER: 0/);
  expect((await dig('+short', '+noedns', `blue.${ZONE}`)).trim().split('\n')).toEqual(MANY);
  expect((await dig('+short', '+tcp', `blue.${ZONE}`)).trim().split('\n')).toEqual(MANY);
  expect(await dig(`no.${ZONE}`)).toMatch(/status: NXDOMAIN[\s\S]*\tSOA\tns-1\.range-dns\.test\./);
  expect(await dig(`blue.${ZONE}`, 'TXT')).toMatch(/status: NOERROR[\s\S]*ANSWER: 0, AUTHORITY: 1/);
  expect(await dig('example.com')).toContain('status: REFUSED');
  await swap(world.client, `blue.${ZONE}`, BLUE_LB);
  expect(await dig('+short', `app.${ZONE}`)).toBe(`${BLUE_LB}.\n127.0.0.2\n`);
}, 30_000);
