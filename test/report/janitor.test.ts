import { expect, test } from '@jest/globals';
import type { JanitorReport } from '../../src/operations/janitor/outcome.ts';
import { janitorNews, janitorResults, janitorSummary } from '../../src/report/janitor.ts';
import { UserError } from '../../src/runner/errors.ts';

const RECORD = {
  host: 'i-1',
  targets: [{ pool: 'web', id: 'i-1', port: 8080 }],
  reason: 'upgrade of storefront to 1.1.0',
  run: 'https://github.test/runs/6',
  since: '2026-11-21T10:00:00Z',
};
const LEFT: JanitorReport = {
  service: 'storefront',
  state: 'left',
  zones: [
    {
      zone: 'us-east-1a',
      version: '1.1.0',
      closed: RECORD.run,
      hosts: [
        {
          zone: 'us-east-1a',
          host: 'i-1',
          record: RECORD,
          found: 'proven 1.1.0',
          done: 'returned',
          failed: false,
        },
        {
          zone: 'us-east-1a',
          host: 'i-2',
          record: { ...RECORD, host: 'i-2' },
          found: `home | failed\n${'x'.repeat(400)}`,
          done: 'left',
          todo: 'Mend it',
          failed: true,
        },
      ],
    },
    {
      zone: 'us-east-1b',
      hosts: [
        { zone: 'us-east-1b', host: 'i-3', found: 'held out of service: disk', done: 'left', failed: false },
      ],
    },
  ],
  problem: new UserError('1 host that a dead run left is out of service still.'),
};

test('every host is told of: since when, by which run, why, what was found and what was done', () => {
  const text = janitorSummary(LEFT);
  expect(text).toContain('### storefront: hosts are out of service still');
  expect(text).toContain('| zone | host | out since | by run | why | found | done |');
  expect(text).toContain(
    `| us-east-1a | i-1 | ${RECORD.since} | ${RECORD.run} | ${RECORD.reason} | proven 1.1.0 | returned |`,
  );
  expect(text).toContain('home &#124; failed |');
  expect(text).toContain(
    '| us-east-1b | i-3 | unknown | unknown | unknown | held out of service: disk | left |',
  );
  expect(text).toMatch(/<details>.*i-2 of us-east-1a, left: home \| failed\n {2}x+\n {2}Mend it/s);
  expect(text).toContain('us-east-1a is `stopped` in the ledger now');
});

test('a run at work is named, with its lease', () => {
  const holder = { token: 4, run: 'run 6', runId: 6, zone: 'us-east-1a', since: 'ten', expires: 'eleven' };
  const text = janitorSummary({ service: 'storefront', state: 'busy', holder, zones: [] });
  expect(text).toContain('a run is at work; nothing was touched');
  expect(text).toContain('run 6 works on us-east-1a since ten');
  expect(text).not.toContain('| zone |');
});

test('the output is small, however many hosts and however long what was found', () => {
  const [first] = LEFT.zones;
  const host = {
    ...(first?.hosts[1] ?? { zone: '', host: '', done: 'left', failed: true }),
    found: 'y'.repeat(5_000),
  } as const;
  const many = { ...LEFT, zones: [{ zone: 'us-east-1a', hosts: Array.from({ length: 2_000 }, () => host) }] };
  const results = janitorResults(many);
  expect(JSON.stringify(results).length).toBeLessThan(500_000);
  expect(results[0]).toMatchObject({ host: 'i-2', done: 'left', since: RECORD.since, run: RECORD.run });
});

test('only zones with hosts that could not be returned are news', () => {
  const news = janitorNews(LEFT, 'this run');
  expect(news).toEqual([
    expect.objectContaining({
      service: 'storefront',
      zone: 'us-east-1a',
      version: '1.1.0',
      state: 'stopped',
      title: 'storefront in us-east-1a: i-2 left out of service by a run that died',
      run: 'this run',
    }),
  ]);
  expect(news[0]?.body).toContain('i-2');
  expect(news[0]?.body).not.toContain('i-3');
  const told = LEFT.zones.map((zone) => ({
    ...zone,
    hosts: zone.hosts.map((each) => ({ ...each, told: 'ten' })),
  }));
  expect(janitorNews({ ...LEFT, zones: told }, 'this run')).toEqual([]);
});
