import { describe, expect, test } from '@jest/globals';
import { judge } from '../../src/rehearsal/judge.ts';
import type { Evidence } from '../../src/rehearsal/verdict.ts';
import { describeVerdict } from '../../src/rehearsal/verdict-text.ts';
import { BEGAN, failure, goodEvidence, sample } from './evidence.ts';

const good = goodEvidence();

test('nothing speaks against a deployment that went well', () => {
  const verdict = judge(good);
  expect(verdict.problems).toEqual([]);
  expect(verdict).toMatchObject({
    good: true,
    outcome: { kind: 'promoted' },
    failures: [],
    failuresNotListed: 0,
  });
  expect(verdict.groups.map(({ group, hosts: some }) => [group, some.length])).toEqual([
    ['us-east-1a', 2],
    ['us-east-1b', 2],
    ['eu-west-1a', 1],
  ]);
});

test('the verdict is plain JSON', () => {
  const verdict = judge(good);
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
});

/** Changes that must each turn a good verdict into a bad one, with the words that say why. */
const CONTROLS: readonly (readonly [string, Partial<Evidence>, string])[] = [
  [
    'one failed request',
    { samples: [...good.samples, sample({ outcome: failure('reset', 'hang up') })] },
    '1 of',
  ],
  [
    'a host on the old version',
    onHost('i-b2', { version: '1.0.0' }),
    'i-b2 (us-east-1b) runs 1.0.0 instead of 1.1.0',
  ],
  ['a host that says nothing', { hosts: hosts('i-b2', {}, ['version']) }, 'i-b2 (us-east-1b) did not say'],
  ['a host whose link is old', onHost('i-d1', { release: '1.0.0' }), 'its current release is 1.0.0'],
  [
    'a zone without hosts',
    { hosts: good.hosts.filter(({ zone }) => zone !== 'eu-west-1a') },
    'No host of eu-west-1a',
  ],
  [
    'a control probe that succeeds',
    { control: [control(), { ...control(), outcome: { kind: 'served' } }] },
    'invalid',
  ],
  ['a control probe that ran once', { control: [control()] }, 'not proven'],
  ['no request at all', { samples: [] }, 'sent nothing, so nothing was measured'],
  [
    'one kind of connection',
    { samples: good.samples.filter(isNew) },
    'us-east-1 over keep-alive connections',
  ],
  [
    'a silent region',
    { samples: good.samples.filter(({ region }) => region === 'us-east-1') },
    'nothing to eu-west-1',
  ],
  ['a silent probe', { samples: good.samples.filter(outside(10_000, 13_000)) }, 'to us-east-1 for 3'],
  ['answers without a version', { samples: unnamed() }, 'answers named no version'],
  [
    'answers from a stranger',
    { samples: [...good.samples, sample({ version: '0.9' })] },
    '0.9, which is neither',
  ],
  [
    'a host that serves nothing',
    { samples: good.samples.filter(unlessLate('i-a2')) },
    'i-a2 (us-east-1a) served no',
  ],
  ['a stage that is not done', { stages: stagesWith('failed') }, 'us-east-1a is failed although'],
  [
    'a stop',
    { outcome: { kind: 'stopped', where: 'us-east-1b', why: 'the floor is 4.' } },
    'the floor is 4.',
  ],
];

test.each(CONTROLS)('%s is a problem', (_, changes, words) => {
  const verdict = judge(goodEvidence(changes));
  expect(verdict.good).toBe(false);
  expect(verdict.problems.join('\n')).toContain(words);
});

describe('after a stop', () => {
  const stopped = { kind: 'stopped', where: 'us-east-1a', why: 'home answered 500.' } as const;
  const stages = good.stages.map(
    (stage, index) => ({ ...stage, state: index === 0 ? 'failed' : 'untouched' }) as const,
  );
  const old = good.hosts.map((host) => ({ ...host, version: '1.0.0', release: '1.0.0' }));

  test('hosts on the old release are as they should be', () => {
    const { problems } = judge(goodEvidence({ outcome: stopped, stages, hosts: old }));
    expect(problems).toEqual(['Stopped at us-east-1a: home answered 500.']);
  });

  test.each([
    ['rolled-back', '1.0.0'],
    ['held', '1.1.0'],
  ] as const)('hosts of a zone that is %s run %s, and others are a problem', (state, expected) => {
    const ended = good.stages.map((stage, index) => ({ ...stage, state: index === 0 ? state : stage.state }));
    const at = (version: string) =>
      good.hosts.map((host) => (host.zone === 'us-east-1a' ? { ...host, version, release: version } : host));
    const problemsWith = (version: string) =>
      judge(goodEvidence({ outcome: stopped, stages: ended, hosts: at(version) })).problems;
    expect(problemsWith(expected)).toEqual(['Stopped at us-east-1a: home answered 500.']);
    const other = expected === '1.0.0' ? '1.1.0' : '1.0.0';
    expect(problemsWith(other)).toContain(`i-a2 (us-east-1a) runs ${other} instead of ${expected}.`);
  });

  test('a host of a later zone that was touched is a problem', () => {
    const touched = old.map((host) => (host.host === 'i-d1' ? { ...host, version: '1.1.0' } : host));
    const { problems } = judge(goodEvidence({ outcome: stopped, stages, hosts: touched }));
    expect(problems).toContain('i-d1 (eu-west-1a) runs 1.1.0 instead of 1.0.0.');
  });

  test('a host left out of service is a problem', () => {
    const samples = good.samples.filter(unlessLate('i-a1'));
    const { problems } = judge(goodEvidence({ outcome: stopped, stages, hosts: old, samples }));
    expect(problems).toContain('i-a1 (us-east-1a) served no request after everything was settled.');
  });
});

test('an interruption leaves no time to see every host serve, and that is no problem of theirs', () => {
  const end = good.activities.at(-1)?.to ?? 0;
  const samples = good.samples.filter(({ start, end: ended }) => start < end && ended < end + 500);
  const outcome = { kind: 'stopped', where: 'eu-west-1a', why: 'Stopped by Ctrl-C.' } as const;
  expect(judge(goodEvidence({ outcome, samples })).problems).toEqual([
    'Stopped at eu-west-1a: Stopped by Ctrl-C.',
  ]);
});

describe('failures', () => {
  test('come with what was being done', () => {
    const start = BEGAN + 5_500;
    const failed = sample({ start, end: start + 10, outcome: failure('status', 'status 502') });
    const [first] = judge(goodEvidence({ samples: [...good.samples, failed] })).failures;
    expect(first).toMatchObject({
      ...{ at: start, reason: 'status', detail: 'status 502', host: 'i-a1' },
      during: 'us-east-1a: i-a1 installing',
    });
  });

  test('are all counted, and the first 200 listed', () => {
    const failed = Array.from({ length: 250 }, () => sample({ outcome: failure('reset', 'hang up') }));
    const verdict = judge(goodEvidence({ samples: [...good.samples, ...failed] }));
    expect([verdict.failures.length, verdict.failuresNotListed, verdict.traffic.failed]).toEqual([
      200, 50, 250,
    ]);
  });
});

describe('in words', () => {
  test('a good verdict names zones, regions and the proof of the probe', () => {
    const text = describeVerdict(judge(good));
    for (const word of [
      'PROMOTED, no failed request',
      'us-east-1b',
      '2 on 1.1.0',
      'eu-west-1',
      '2 of 2 times',
    ]) {
      expect(text).toContain(word);
    }
  });

  test('a bad one says why, and what was being done', () => {
    const failed = sample({ outcome: failure('reset', 'socket hang up') });
    const text = describeVerdict(judge(goodEvidence({ samples: [...good.samples, failed] })));
    for (const word of [
      'PROMOTED, but not good',
      'reset: socket hang up',
      'before us-east-1a',
      '1 of 1901',
    ]) {
      expect(text).toContain(word);
    }
  });
});

function control() {
  return { url: 'http://127.0.0.1:1/', outcome: failure('connection', 'refused') };
}

function hosts(host: string, changes: Partial<Evidence['hosts'][number]>, without: readonly string[] = []) {
  return good.hosts.map((found) => {
    if (found.host !== host) return found;
    const kept = Object.entries(found).filter(([key]) => !without.includes(key));
    return { host, zone: found.zone, ...Object.fromEntries(kept), ...changes };
  });
}

function onHost(host: string, changes: Partial<Evidence['hosts'][number]>): Partial<Evidence> {
  return { hosts: hosts(host, changes) };
}

function isNew({ connection }: Evidence['samples'][number]): boolean {
  return connection === 'new';
}

function outside(from: number, to: number): (each: Evidence['samples'][number]) => boolean {
  return ({ start }) => start < BEGAN + from || start > BEGAN + to;
}

function unlessLate(host: string): (each: Evidence['samples'][number]) => boolean {
  return (each) => each.host !== host || each.start < good.ended - 3_500;
}

function unnamed(): Evidence['samples'] {
  return good.samples.map(({ version: _, ...rest }) => rest);
}

function stagesWith(state: 'failed'): Evidence['stages'] {
  return good.stages.map((stage, index) => (index === 0 ? { ...stage, state } : stage));
}
