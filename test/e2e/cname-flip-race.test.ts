import { afterEach, expect, test } from '@jest/globals';
import { createAuthority } from '../../src/dns/authoritative.ts';
import { createRoute53 } from '../../src/dns/route53.ts';
import { flipRecord } from '../../src/operations/cname-flip/cname-flip.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { cname, startWorld, type World, ZONE, ZONE_ID } from '../range/dns/support.ts';

const FLIPS = 50;
const RECORD = `app.${ZONE}`;

let world: World | undefined;

afterEach(async () => {
  await world?.[Symbol.asyncDispose]();
});

test(`of ${FLIPS} flips of one record from the same value one wins, and the others say who`, async () => {
  world = await startWorld({ records: [cname('app', `blue.${ZONE}`)] });
  useEndpoint(world.setting.endpoint.url);
  const { dns } = world;
  const authority = createAuthority();
  const signal = new AbortController().signal;
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      for (const server of dns.nameServers) await authority.ask(server, RECORD, 'CNAME', signal);
    }
  })();
  const flips = await Promise.allSettled(
    Array.from({ length: FLIPS }, (_, index) =>
      flipRecord(
        {
          clock: systemClock,
          log: { info: () => undefined, warning: () => undefined, group: (_title, work) => work() },
          signal,
          provider: createRoute53({ region: 'us-east-1' }),
          authority,
        },
        {
          zone: ZONE_ID,
          record: RECORD,
          type: 'CNAME',
          change: {
            kind: 'value',
            from: { kind: 'values', values: [`blue.${ZONE}`] },
            to: { kind: 'values', values: [`side${index}.${ZONE}`] },
          },
          maxTtl: 60,
          lowerTtlFirst: false,
          verification: { kind: 'off' },
          revertOnFailure: true,
          timeout: 10_000,
        },
      ),
    ),
  );
  isOver = true;
  await watch;
  const winners = flips.flatMap((flip, index) =>
    flip.status === 'fulfilled' ? [{ ...flip.value, index }] : [],
  );
  expect(winners.map(({ kind }) => kind)).toEqual(['flipped']);
  const reasons = flips.flatMap((flip) => (flip.status === 'rejected' ? [String(flip.reason)] : []));
  expect(reasons).toHaveLength(FLIPS - 1);
  for (const reason of reasons) expect(reason).toMatch(/is now CNAME |there is CNAME /);
  const winner = `CNAME side${winners[0]?.index}.${ZONE}, TTL 60s`;
  expect(reasons.filter((reason) => !reason.includes(winner))).toEqual([]);
  expect(reasons.some((reason) => reason.includes('Somebody else was faster'))).toBe(true);
  const { asked, absent } = dns.answers(RECORD);
  expect(asked).toBeGreaterThan(10);
  expect(absent).toBe(0);
}, 60_000);
