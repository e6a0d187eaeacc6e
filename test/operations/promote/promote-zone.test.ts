import { describe, expect, test } from '@jest/globals';
import type { BakePolicy } from '../../../src/fleet/fleet.ts';
import type { Plan } from '../../../src/operations/plan/plan.ts';
import { bakeTimes } from '../../../src/operations/promote/gates.ts';
import { promoteZone } from '../../../src/operations/promote/promote-zone.ts';
import { CancelledError, PlatformError, UserError } from '../../../src/runner/errors.ts';
import type { AlarmReading } from '../../../src/signals/port.ts';
import { NEW } from '../admission/stage.ts';
import { alarmIn } from '../bake-stage.ts';
import { digestOf } from '../fake-host.ts';
import { RUN } from '../world.ts';
import { batches, releases, serving } from '../zone.ts';
import { answer, OLD, type PromoteStage, requestFor, setPromoteStage, ZONE } from './stage.ts';

const ALL = ['i-a1', 'i-a2', 'i-b1', 'i-b2'];
const problemOf = (report: { readonly problem?: Error }) => report.problem?.message ?? 'none';
const state = ({ ledger }: PromoteStage) => ledger.zone(ZONE)?.state;

describe('a zone whose gates stay open', () => {
  test('is promoted, after its whole stable time', async () => {
    const stage = await setPromoteStage();
    const report = await stage.promote({ wait: 10_000, gate: 'https://gate.test/ok', minDatapoints: 5 });
    expect(report).toMatchObject({ zone: ZONE, version: '1.1.0', sha256: NEW.sha256, state: 'promoted' });
    expect(report.problem).toBeUndefined();
    expect(report.evidence?.gates.map(({ gate, last }) => [gate, last.state])).toEqual([
      ['alarm web-5xx', 'open'],
      [
        'check home at the balancer at http://web.balancer.test:80 (GET http://web.balancer.test:80/)',
        'open',
      ],
      ['target health of web', 'open'],
      ['gate https://gate.test/ok', 'open'],
      ['datapoints of alarm web-5xx', 'open'],
    ]);
    expect(stage.elapsed()).toBeGreaterThanOrEqual(70_000);
    expect(stage.ledger.zone(ZONE)).toMatchObject({ state: 'promoted', release: NEW, before: OLD, run: RUN });
    expect(stage.world.log).toContain('gate https://gate.test/ok answered 200: all is well');
  });

  test('is baked for as long as the policy says of the first zone, or of later ones', async () => {
    const { fleet, ...request } = requestFor({ firstZoneStable: 1_000, stable: 90_000 });
    const stables = fleet.zones.map((zone) => {
      const began = '2026-11-21T00:00:00.000Z';
      const entry = { state: 'deployed', release: NEW, run: RUN, runId: 7, began, at: began } as const;
      return bakeTimes({ ...request, fleet, zone }, { release: NEW, entry }).stable;
    });
    expect(stables).toEqual([1_000, 90_000]);
  });

  test('may be troubled for as long as `retry` says', async () => {
    const stage = await setPromoteStage();
    stage.alarm = (look, name) => alarmIn(name, look === 3 ? 'closed' : 'open');
    const report = await stage.promote({ retry: 30_000 });
    expect(report.state).toBe('promoted');
    expect(report.evidence?.closedFor).toBeGreaterThan(0);
  });

  test('that is promoted already is proven again, and neither baked nor written again', async () => {
    const stage = await setPromoteStage();
    stage.ledger.set(ZONE, 'promoted');
    stage.alarm = (_, name) => alarmIn(name, 'closed');
    const { writes } = stage.ledger;
    const report = await stage.promote();
    expect(report).toMatchObject({ state: 'promoted', done: expect.stringContaining('promoted before') });
    expect(report.evidence).toBeUndefined();
    expect(stage.ledger.writes).toBe(writes);
    stage.world.host('i-a2').process = undefined;
    await expect(stage.promote()).rejects.toThrow(/i-a2/);
  });
});

describe('a zone that may not be promoted', () => {
  test.each<[string, (stage: PromoteStage) => void, string]>([
    ['was not deployed', ({ ledger }) => ledger.set(ZONE, 'deploying'), 'is deploying'],
    ['stopped', ({ ledger }) => ledger.set(ZONE, 'stopped'), 'is stopped'],
    ['has another release', ({ ledger }) => ledger.set(ZONE, 'deployed', { release: OLD }), '1.0.0'],
    [
      'has a host with another release',
      ({ world }) => {
        world.host('i-a2').current = '1.0.0';
      },
      'i-a2 of us-east-1a runs 1.0.0',
    ],
    [
      'has a host that does not serve',
      ({ world }) => {
        world.host('i-a1').sick = true;
      },
      'i-a1 of us-east-1a is unhealthy',
    ],
  ])('because it %s is refused, and nothing is touched', async (_, trouble, words) => {
    const stage = await setPromoteStage();
    trouble(stage);
    const before = stage.world.changes().length;
    const error: unknown = await stage.promote().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('cannot be promoted; nothing was touched');
    expect(String(error)).toContain(words);
    expect(stage.world.changes()).toHaveLength(before);
  });

  test('because an earlier zone is not promoted, or a newer run has begun, is refused', async () => {
    const stage = await setPromoteStage();
    stage.ledger.set('us-east-1b', 'deployed');
    const later = await stage.promote({}, { zone: laterZone() }).catch((each: unknown) => String(each));
    expect(later).toContain('zone us-east-1a, which comes before us-east-1b, is deployed');
    stage.ledger.set('us-east-1b', 'deploying', { runId: 9 });
    await expect(stage.promote()).rejects.toThrow(/run 7 is older than run 9/);
  });

  function laterZone() {
    const zone = requestFor({}).fleet.zones[1];
    if (zone === undefined) throw new Error('a fleet has two zones');
    return zone;
  }

  test('because nobody can count the datapoints of its alarms is not even baked', async () => {
    const stage = await setPromoteStage();
    stage.datapoints = (name) => ({ kind: 'uncountable', name, because: 'is no metric alarm of us-east-1' });
    await expect(stage.promote({ minDatapoints: 1 })).rejects.toThrow(/set policy.bake.min-datapoints to 0/);
    expect(state(stage)).toBe('deployed');
    expect((await stage.promote()).state).toBe('promoted');
  });
});

const MISSING: AlarmReading = { kind: 'missing', name: 'web-5xx', region: 'us-east-1' };
const BREAKS: readonly [string, Partial<BakePolicy>, (stage: PromoteStage) => void, string][] = [
  [
    'an alarm is in ALARM',
    {},
    (stage) => {
      stage.alarm = (look, name) => alarmIn(name, look > 2 ? 'closed' : 'open');
    },
    'alarm web-5xx is in ALARM',
  ],
  [
    'an alarm vanishes',
    {},
    (stage) => {
      stage.alarm = (look, name) => (look > 2 ? MISSING : alarmIn(name, 'open'));
    },
    'alarm web-5xx does not exist',
  ],
  [
    'the gate is shut',
    { gate: 'https://gate.test/ok' },
    (stage) => {
      stage.gate = (look) => (look > 2 ? answer(503, 'not\n today') : answer(204, ''));
    },
    'gate https://gate.test/ok answered 503, expected 2xx: not today',
  ],
  [
    'the gate redirects',
    { gate: 'https://gate.test/ok' },
    (stage) => {
      stage.gate = () => answer(302, '');
    },
    'answered 302, expected 2xx',
  ],
  [
    'the gate is silent',
    { gate: 'https://gate.test/ok' },
    (stage) => {
      stage.gate = () => ({ kind: 'silent', problem: 'timed out', milliseconds: 10_000 });
    },
    'did not answer: timed out',
  ],
  [
    'there were too few datapoints',
    { minDatapoints: 6 },
    () => undefined,
    'its metric had 5 datapoints since 2026-11-21T00:',
  ],
  [
    'a host falls ill',
    {},
    ({ world }) => {
      world.after = ({ what }) => {
        if (what === 'targets' && world.log.some((line) => line.startsWith('baking')))
          world.host('i-a2').sick = true;
      };
    },
    'target health of web: i-a2:8080 is unhealthy (Target.ResponseCodeMismatch), expected healthy',
  ],
  [
    'a host is registered no more',
    {},
    ({ world }) => {
      world.after = ({ what }) => {
        if (what !== 'targets' || !world.log.some((line) => line.startsWith('baking'))) return;
        world.show = (target) => (target.id === 'i-a1' ? undefined : target);
      };
    },
    'i-a1:8080 is not registered any more',
  ],
];

test.each(BREAKS)(
  'when %s the zone is not promoted, and held where the policy says so',
  async (_, policy, trouble, words) => {
    const stage = await setPromoteStage();
    trouble(stage);
    const before = stage.world.changes().length;
    const report = await stage.promote({ ...policy, onFailure: 'hold' });
    expect(report.state).toBe('held');
    expect(problemOf(report)).toContain('us-east-1a is not promoted: 1.1.0 did not stand its bake.');
    expect(problemOf(report)).toContain(words);
    expect(problemOf(report)).toContain('Held as it is, as policy.bake.on-failure says.');
    expect(problemOf(report)).toContain('Later zones stay closed.');
    expect(stage.ledger.zone(ZONE)).toMatchObject({
      state: 'held',
      note: expect.stringContaining(words.split(',')[0] ?? ''),
    });
    expect(stage.world.changes()).toHaveLength(before);
  },
);

test('what an annotation says is short enough to keep its cure, however much is wrong', async () => {
  const stage = await setPromoteStage();
  const { fleet, ...request } = requestFor({ onFailure: 'hold', gate: 'https://gate.test/ok', retry: 1_000 });
  const alarms = Array.from({ length: 100 }, (_, index) => `alarm-${index}`);
  const zones = fleet.zones.map((zone) => ({ ...zone, alarms }));
  const [zone = request.zone] = zones;
  stage.alarm = (_, name) => alarmIn(name, 'closed');
  stage.gate = () => answer(503, 'x'.repeat(5_000));
  const report = await stage.promote({}, { ...request, fleet: { ...fleet, zones }, zone });
  const message = problemOf(report);
  expect(message.length).toBeLessThan(4_096);
  expect(message).toContain('and 98 more: the evidence has all of them');
  expect(message).toContain('Later zones stay closed.');
  expect(report.evidence?.gates.at(-1)?.last.seen.length).toBeGreaterThan(2_000);
});

describe('a zone that is rolled back', () => {
  function alarmed(stage: PromoteStage): PromoteStage {
    stage.alarm = (look, name) => alarmIn(name, look > 2 ? 'closed' : 'open');
    return stage;
  }

  test('returns to the release before, newest host first, proven and serving', async () => {
    const stage = alarmed(await setPromoteStage());
    const before = batches(stage.world).length;
    const report = await stage.promote();
    expect(report.state).toBe('rolled-back');
    expect(problemOf(report)).toContain('alarm web-5xx is in ALARM');
    expect(problemOf(report)).toContain(
      'Rolled back to 1.0.0, newest host first: every host of us-east-1a serves it',
    );
    expect(releases(stage.world)).toEqual({
      'i-a1': '1.0.0',
      'i-a2': '1.0.0',
      'i-b1': '1.0.0',
      'i-b2': '1.0.0',
    });
    expect(serving(stage.world)).toEqual(ALL);
    // All of the zone's hosts at once: half of the pool stays.
    expect(batches(stage.world).slice(before)).toEqual([['i-a2', 'i-a1']]);
    expect(stage.ledger.zone(ZONE)).toMatchObject({ state: 'rolled-back', release: NEW, before: OLD });
  });

  test('goes only as fast as the floor allows', async () => {
    const stage = alarmed(await setPromoteStage(3));
    const before = batches(stage.world).length;
    stage.world.host('i-b1').sick = true;
    expect((await stage.promote()).state).toBe('rolled-back');
    expect(batches(stage.world).slice(before)).toEqual([['i-a3', 'i-a2'], ['i-a1']]);
  });

  test('is held instead when nobody knows what was there before', async () => {
    const stage = alarmed(await setPromoteStage());
    const { before: _, ...entry } = stage.ledger.zone(ZONE) ?? { before: OLD };
    stage.ledger.set(ZONE, 'deployed', { ...entry });
    const ledger = JSON.parse(stage.ledger.text ?? '{}');
    delete ledger.zones[ZONE].before;
    stage.ledger.text = JSON.stringify(ledger);
    const report = await stage.promote();
    expect(report.state).toBe('held');
    expect(problemOf(report)).toContain('knows no other release that was promoted here before');
    expect(releases(stage.world)['i-a1']).toBe('1.1.0');
  });

  test('and does not get there is held, with both problems', async () => {
    const stage = alarmed(await setPromoteStage());
    stage.world.before = ({ what, subject }) => {
      if (what === 'find' && subject.includes('1.0.0')) throw new UserError('1.0.0.tar.gz is gone');
      return undefined;
    };
    const report = await stage.promote();
    expect(report.state).toBe('held');
    expect(problemOf(report)).toContain('alarm web-5xx is in ALARM');
    expect(problemOf(report)).toContain('The roll-back to 1.0.0 stopped: 1.0.0.tar.gz is gone');
    expect(state(stage)).toBe('held');
  });

  test('is not touched when another run has begun something there meanwhile', async () => {
    const stage = await setPromoteStage();
    const other = { version: '1.2.0', sha256: digestOf('1.2.0'), ordinal: 8 };
    stage.alarm = (look, name) => {
      if (look === 3) stage.ledger.set(ZONE, 'deploying', { runId: 8, release: other });
      return alarmIn(name, look > 2 ? 'closed' : 'open');
    };
    const before = stage.world.changes().length;
    const report = await stage.promote();
    expect(problemOf(report)).toContain('the zone is not what was baked any more');
    expect(stage.world.changes()).toHaveLength(before);
    expect(stage.ledger.zone(ZONE)).toMatchObject({ state: 'deploying', release: other });
  });

  test('is rolled back also when the ledger cannot be told of it', async () => {
    const stage = alarmed(await setPromoteStage());
    stage.ledger.beforeWrite = ({ zones }) => {
      if (zones[ZONE]?.state !== 'deployed') throw new PlatformError('no answer from S3');
    };
    const report = await stage.promote();
    expect(report.state).toBe('rolled-back');
    expect(problemOf(report)).toContain('The ledger could not be told: no answer from S3');
    expect(releases(stage.world)['i-a1']).toBe('1.0.0');
    expect(state(stage)).toBe('deployed');
  });

  test('and interrupted on its way is held, and the same step finishes it', async () => {
    const stage = alarmed(await setPromoteStage());
    stage.world.after = ({ what, subject }) => {
      if (what === 'installer' && subject === 'i-a2') stage.world.cancel();
    };
    const error: unknown = await stage.promote().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(CancelledError);
    expect(String(error)).toContain('Run the same step again: it goes on with the roll-back');
    expect(stage.ledger.zone(ZONE)).toMatchObject({
      state: 'held',
      note: expect.stringMatching(/^rolling back: alarm/),
    });

    stage.world.after = () => undefined;
    const again = { ...stage.ports.context, signal: new AbortController().signal };
    const report = await promoteZone({ ...stage.ports, context: again }, requestFor({}));
    expect(report.state).toBe('rolled-back');
    expect(problemOf(report)).toContain('alarm web-5xx is in ALARM');
    expect(releases(stage.world)).toEqual({
      'i-a1': '1.0.0',
      'i-a2': '1.0.0',
      'i-b1': '1.0.0',
      'i-b2': '1.0.0',
    });
    expect(serving(stage.world)).toEqual(ALL);
    expect(state(stage)).toBe('rolled-back');
  });
});

describe('time', () => {
  test('for the zone counts from when its deployment began', async () => {
    const stage = await setPromoteStage();
    const began = new Date(stage.world.now() - 3_600_000).toISOString();
    stage.ledger.set(ZONE, 'deployed', { before: OLD, began });
    const report = await stage.promote({ zoneTimeout: 3_630_000, onFailure: 'hold' });
    expect(problemOf(report)).toContain(`policy.bake.zone-timeout (60m 30s since ${began}) is over`);
    expect(stage.elapsed()).toBeLessThan(40_000);
  });

  test('for the deployment counts from its plan', async () => {
    const stage = await setPromoteStage();
    const planned = new Date(stage.world.now() - 3_600_000).toISOString();
    const { fleet, ...request } = requestFor({ onFailure: 'hold' });
    const plan: Plan = {
      schema: 1,
      service: 'storefront',
      version: '1.1.0',
      sha256: NEW.sha256,
      ordinal: 7,
      rollBack: false,
      planned,
      zones: [],
    };
    const limited = { ...fleet, policy: { ...fleet.policy, deploymentTimeout: 3_600_000 } };
    const report = await stage.promote({}, { ...request, fleet: limited, plan });
    expect(problemOf(report)).toContain('policy.deployment-timeout');
    expect((await (await setPromoteStage()).promote({}, { ...request, fleet: limited })).state).toBe(
      'promoted',
    );
    const other = (await setPromoteStage()).promote(
      {},
      { ...request, fleet, plan: { ...plan, service: 'back' } },
    );
    await expect(other).rejects.toThrow(/the plan is for service back, and the fleet file for storefront/);
  });
});

test('a person who cancels a bake stops it at once: nothing is rolled back, and the zone stays deployed', async () => {
  const stage = await setPromoteStage();
  const before = stage.world.changes().length;
  stage.alarm = (look, name) => {
    if (look === 2) stage.world.cancel();
    return alarmIn(name, 'open');
  };
  const error: unknown = await stage.promote().catch((each: unknown) => each);
  expect(error).toBeInstanceOf(CancelledError);
  expect(String(error)).toContain('Run the same step again to bake anew');
  expect(state(stage)).toBe('deployed');
  expect(stage.world.changes()).toHaveLength(before);
});

describe('a dry run', () => {
  test('reads every gate once, says what would be done, and changes nothing', async () => {
    const stage = await setPromoteStage();
    const { writes } = stage.ledger;
    const before = stage.world.changes().length;
    const open = await stage.promote({ minDatapoints: 99 }, { dryRun: true });
    expect(open).toMatchObject({
      state: 'planned',
      evidence: { readings: 1 },
      done: expect.stringContaining('every gate is open now'),
    });
    stage.alarm = (_, name) => alarmIn(name, 'closed');
    const shut = await stage.promote({}, { dryRun: true });
    expect(shut).toMatchObject({
      state: 'planned',
      done: expect.stringContaining('then `roll-back` would follow: alarm web-5xx is in ALARM'),
    });
    expect(shut.problem).toBeUndefined();
    expect(stage.ledger.writes).toBe(writes);
    expect(stage.world.changes()).toHaveLength(before);
  });
});
