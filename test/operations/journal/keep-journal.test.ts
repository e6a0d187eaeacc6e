import { describe, expect, test } from '@jest/globals';
import { openIntents } from '../../../src/ledger/journal.ts';
import { LostLeaseError } from '../../../src/ledger/lease.ts';
import { readOnlyJournal } from '../../../src/operations/journal/keep-journal.ts';
import { servingBy } from '../../../src/operations/journal/serving.ts';
import { CancelledError, PlatformError } from '../../../src/runner/errors.ts';
import { recordOf } from '../../ledger/journal-course.ts';
import { EMPTY, type MemoryJournal, type MemoryWish, memoryJournal } from './memory-journal.ts';

const RECORDS = [recordOf('i-a1'), recordOf('i-a2')];

function setJournal(wish: MemoryWish = {}) {
  const said: string[] = [];
  const log = {
    info: (text: string) => void said.push(text),
    warning: (text: string) => void said.push(text),
    group: <T>(_: string, work: () => Promise<T>) => work(),
  };
  return { journal: memoryJournal({ log, ...wish }), said };
}

/** The ledger cannot be written from now on. */
function breakLedger(journal: MemoryJournal, error: Error = new PlatformError('S3 answered 503')): void {
  journal.beforeWrite = () => {
    throw error;
  };
}

function outOf({ ledger: { out = {} } }: MemoryJournal): readonly string[] {
  return Object.entries(out).map(([host, { held }]) => (held === undefined ? host : `${host} held: ${held}`));
}

function endsOf({ ledger: { journal = [] } }: MemoryJournal): readonly string[] {
  return journal.map(({ act, version, end }) => `${act} ${version} ${end?.kind ?? 'open'}`);
}

test('a batch without trouble is four writes, and leaves nothing out', async () => {
  const { journal } = setJournal();
  for (const act of ['withdraw', 'install', 'return'] as const) await journal.begin(act, '1.1.0', RECORDS);
  expect(outOf(journal)).toEqual(['i-a1', 'i-a2']);
  await journal.end('done', []);
  expect(journal.written).toHaveLength(4);
  expect(outOf(journal)).toEqual([]);
  expect(endsOf(journal)).toEqual(['withdraw 1.1.0 done', 'install 1.1.0 done', 'return 1.1.0 done']);
  expect(journal.ledger.journal?.[0]).toMatchObject({ run: 'run 7', token: 7, hosts: ['i-a1', 'i-a2'] });
});

describe('a ledger that cannot be written', () => {
  test.each(['withdraw', 'install'] as const)('keeps hosts from a %s', async (act) => {
    const { journal } = setJournal();
    breakLedger(journal);
    await expect(journal.begin(act, '1.1.0', RECORDS)).rejects.toThrow('S3 answered 503');
  });

  test('keeps no host from its return, and says so', async () => {
    const { journal, said } = setJournal();
    breakLedger(journal);
    await journal.begin('return', '1.1.0', RECORDS);
    expect(said).toEqual([
      'The ledger could not be told that this run is returning i-a1, i-a2 to service with 1.1.0: S3 answered 503',
    ]);
  });

  test.each(['withdraw', 'install', 'return'] as const)(
    'keeps no host from a %s on the way back',
    async (act) => {
      const { journal, said } = setJournal();
      breakLedger(journal);
      await journal.beginBack(act, '1.0.0', RECORDS);
      expect(said).toHaveLength(1);
    },
  );

  test('when a batch ends: that is said, and written with what is written next', async () => {
    const { journal, said } = setJournal();
    await journal.begin('install', '1.1.0', RECORDS);
    breakLedger(journal);
    await journal.end('failed', [{ record: recordOf('i-a2'), held: 'it crashed' }]);
    expect(said).toEqual(['The ledger could not be told that i-a2 stay out of service: S3 answered 503']);
    expect(outOf(journal)).toEqual(['i-a1', 'i-a2']);

    expect(journal.closed(journal.ledger, []).out).toMatchObject({ 'i-a2': { held: 'it crashed' } });
    journal.beforeWrite = () => undefined;
    await journal.begin('withdraw', '1.1.0', [recordOf('i-a3')]);
    expect(outOf(journal)).toEqual(['i-a2 held: it crashed', 'i-a3']);
    expect(endsOf(journal)).toEqual(['install 1.1.0 failed', 'withdraw 1.1.0 open']);
  });

  test('once it was told after all, it is not told again', async () => {
    const { journal } = setJournal();
    await journal.begin('install', '1.1.0', RECORDS);
    breakLedger(journal);
    await journal.end('failed', [{ record: recordOf('i-a2'), held: 'it crashed' }]);
    journal.beforeWrite = () => undefined;
    await journal.begin('withdraw', '1.1.0', [recordOf('i-a2')]);
    await journal.begin('return', '1.1.0', [recordOf('i-a2')]);
    expect(outOf(journal)).toEqual(['i-a2']);
    expect(journal.closed(journal.ledger, ['i-a2'])).not.toHaveProperty('out');
  });

  test('that was written all the same, and only the answer was lost: the next note is right', async () => {
    const { journal } = setJournal();
    await journal.begin('install', '1.1.0', RECORDS);
    journal.afterWrite = () => {
      journal.afterWrite = () => undefined;
      throw new PlatformError('the answer was lost');
    };
    await journal.end('failed', [{ record: recordOf('i-a1') }]);
    expect(outOf(journal)).toEqual(['i-a1']);
    await journal.begin('withdraw', '1.1.0', [recordOf('i-a2')]);
    expect(outOf(journal)).toEqual(['i-a1', 'i-a2']);
    expect(endsOf(journal)).toEqual(['install 1.1.0 failed', 'withdraw 1.1.0 open']);
  });
});

describe('a lease that was lost', () => {
  const lost = new LostLeaseError('This run lost its lease to run 8', 7);

  test.each(['withdraw', 'install', 'return'] as const)(
    'begins no %s, not even on the way back',
    async (act) => {
      const { journal } = setJournal();
      breakLedger(journal, lost);
      await expect(journal.begin(act, '1.1.0', RECORDS)).rejects.toThrow(LostLeaseError);
      await expect(journal.beginBack(act, '1.1.0', RECORDS)).rejects.toThrow(LostLeaseError);
    },
  );

  test('is not said again at the end', async () => {
    const { journal, said } = setJournal();
    breakLedger(journal, lost);
    await journal.end('failed', [{ record: recordOf('i-a1') }]);
    expect(said).toEqual([]);
  });
});

describe('a step that is cancelled', () => {
  const cancelled = () => {
    const cancellation = new AbortController();
    const set = setJournal({ signal: cancellation.signal });
    return { ...set, cancel: () => cancellation.abort(new CancelledError('Cancelled by SIGINT.')) };
  };

  test('begins nothing any more', async () => {
    const { journal, cancel } = cancelled();
    cancel();
    await expect(journal.begin('return', '1.1.0', RECORDS)).rejects.toThrow(CancelledError);
    await expect(journal.beginBack('return', '1.0.0', RECORDS)).rejects.toThrow(CancelledError);
    expect(journal.written).toEqual([]);
  });

  test('says which hosts are out all the same', async () => {
    const { journal, cancel } = cancelled();
    await journal.begin('install', '1.1.0', RECORDS);
    cancel();
    await journal.end(
      'failed',
      RECORDS.map((record) => ({ record })),
    );
    expect(outOf(journal)).toEqual(['i-a1', 'i-a2']);
    expect(openIntents(journal.ledger)).toEqual([]);
  });
});

test('what earlier runs wrote of the zone is known, and of other zones not', () => {
  const out = {
    'i-a1': { zone: 'us-east-1a', record: recordOf('i-a1') },
    'i-b1': { zone: 'us-east-1b', record: recordOf('i-b1') },
  };
  const { journal } = setJournal({ found: { ...EMPTY, out } });
  expect([...journal.known.keys()]).toEqual(['i-a1']);
});

test('who only looks begins nothing', async () => {
  const journal = readOnlyJournal(new Map());
  await expect(journal.begin('return', '1.1.0', RECORDS)).rejects.toThrow(TypeError);
  await expect(journal.beginBack('return', '1.1.0', RECORDS)).rejects.toThrow(TypeError);
  await expect(journal.end('done', [])).rejects.toThrow(TypeError);
});

test('in service by a report are those that were seen there', () => {
  const of = (
    host: string,
    outcome: Parameters<typeof servingBy>[0][number]['outcome'],
    successor?: string,
  ) => ({
    ...{ host, outcome, from: '1.0.0', to: '1.1.0', proof: '' },
    ...(successor === undefined ? {} : { successor }),
  });
  const reports = [
    of('i-1', 'upgraded'),
    of('i-2', 'held', 'i-8'),
    of('i-3', 'untouched'),
    of('i-4', 'replaced', 'i-9'),
    of('i-5', 'rolled-back'),
  ];
  expect(servingBy(reports)).toEqual(['i-1', 'i-4', 'i-9', 'i-5']);
});
