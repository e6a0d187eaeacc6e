import { describe, expect, test } from '@jest/globals';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { digestOf } from '../fake-host.ts';
import { RUN } from '../world.ts';
import { makeFleet, releases } from '../zone.ts';
import { type AdmissionStage, install, NEW, refusalOf, setAdmission } from './stage.ts';

const HOUR = 3_600_000;

/** Zone a is promoted with the release, and its hosts prove it. */
function afterFirstZone(stage = setAdmission()): AdmissionStage {
  install(stage.world, ['i-a1', 'i-a2']);
  stage.ledger.set('us-east-1a', 'promoted');
  return stage;
}

describe('an approved zone in its turn', () => {
  test('is deployed, and the ledger says by whom it was approved and how it ended', async () => {
    const stage = setAdmission();
    stage.approve('a');
    const { report, admission } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report).toMatchObject({ state: 'deployed', version: '1.1.0', sha256: NEW.sha256 });
    expect(admission).toMatchObject({
      kind: 'admitted',
      release: NEW,
      approval: { by: [{ login: 'alice', comment: 'go' }], environment: 'storefront-us-east-1a' },
      warnings: [],
    });
    expect(stage.ledger.zone('us-east-1a')).toMatchObject({
      state: 'deployed',
      release: NEW,
      run: RUN,
      runId: 7,
      approvedBy: ['alice'],
    });
    expect(releases(stage.world)).toEqual({
      'i-a1': '1.1.0',
      'i-a2': '1.1.0',
      'i-b1': '1.0.0',
      'i-b2': '1.0.0',
    });
  });

  test('is `deploying` in the ledger before the first host is touched', async () => {
    const stage = setAdmission();
    stage.approve('a');
    const states: (string | undefined)[] = [];
    stage.world.before = ({ what }) => {
      if (what === 'deregister') states.push(stage.ledger.zone('us-east-1a')?.state);
      return undefined;
    };
    await deployAdmitted(stage.ports, stage.request('a'));
    expect(states).toEqual(['deploying', 'deploying']);
  });

  test('puts the ordinal by which the ledger knows the release onto the hosts', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.ledger.set('us-east-1b', 'rolled-back', { release: { ...NEW, ordinal: 5 }, runId: 5 });
    await deployAdmitted(stage.ports, stage.request('a'));
    expect(stage.world.host('i-a1').ordinals.get('1.1.0')).toBe(5);
    expect(stage.ledger.zone('us-east-1a')?.release.ordinal).toBe(5);
  });

  test('follows a zone that was promoted and proves the release, as it was planned', async () => {
    const stage = setAdmission();
    const plan = await stage.plan();
    afterFirstZone(stage);
    stage.approve('b');
    const { report, admission } = await deployAdmitted(stage.ports, stage.request('b', { plan }));
    expect(report.state).toBe('deployed');
    expect(admission.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is continued after an interruption that left it `deploying`', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.ledger.set('us-east-1a', 'deploying');
    expect((await deployAdmitted(stage.ports, stage.request('a'))).report.state).toBe('deployed');
  });
});

describe('out of its turn a zone is refused with the name of what stands in the way', () => {
  test('the zone before is not promoted', async () => {
    const stage = setAdmission();
    stage.approve('b');
    expect(await refusalOf(stage, stage.request('b'))).toMatch(
      /us-east-1b is not admitted; .*us-east-1a.* no deployment/s,
    );
  });

  const impostors: readonly (readonly [string, (stage: AdmissionStage) => void, RegExp])[] = [
    [
      'another version',
      ({ world }) => install(world, ['i-a2'], { version: '1.0.9', sha256: digestOf('1.0.9'), ordinal: 6 }),
      /i-a2 of us-east-1a runs 1\.0\.9/,
    ],
    [
      'another digest',
      ({ world }) => install(world, ['i-a2'], { ...NEW, sha256: 'f'.repeat(64) }),
      /i-a2 .*f{64}/,
    ],
    [
      'a process older than its release',
      ({ world }) => {
        const host = world.host('i-a2');
        host.process = { ...NEW, startedAt: world.now() - HOUR };
      },
      /i-a2 of us-east-1a does not prove 1\.1\.0: .*before the switch/,
    ],
    [
      'no process',
      ({ world }) => Object.assign(world.host('i-a2'), { process: undefined }),
      /i-a2 of us-east-1a/,
    ],
    [
      'a silent agent',
      ({ world }) => Object.assign(world.host('i-a2'), { reachable: false }),
      /i-a2 of us-east-1a cannot be asked/,
    ],
    ['no place in its pool', ({ world }) => world.leave('web', ['i-a2']), /i-a2 of us-east-1a/],
  ];

  test.each(impostors)(
    'a host of the zone before has %s, whatever the ledger says',
    async (_, spoil, says) => {
      const stage = afterFirstZone();
      stage.approve('b');
      spoil(stage);
      const message = await refusalOf(stage, stage.request('b'));
      expect(message).toMatch(says);
      expect(message).not.toContain('i-a1');
    },
  );

  test('a host of the zone before is in another region', async () => {
    const fleet = makeFleet();
    const [first, second] = fleet.zones;
    if (first === undefined || second === undefined) throw new Error('the fleet has two zones');
    const abroad = { ...first, zone: 'eu-west-1a', region: 'eu-west-1' };
    const stage = setAdmission({ ...fleet, zones: [abroad, second] });
    const elsewhere = setAdmission().world;
    install(elsewhere, ['i-a1']);
    stage.ledger.set('eu-west-1a', 'promoted');
    stage.approve('b');
    const here = stage.ports.regions;
    const regions = (region: string) =>
      region === 'eu-west-1' ? { ...elsewhere.context, alarms: { read: async () => [] } } : here(region);
    const request = stage.request('b');
    expect(await refusalOf({ ...stage, ports: { ...stage.ports, regions } }, request)).toMatch(
      /i-a2 of eu-west-1a runs 1\.0\.0/,
    );
    install(elsewhere, ['i-a2']);
    expect((await deployAdmitted({ ...stage.ports, regions }, request)).report.state).toBe('deployed');
  });

  test('a newer run has written', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.ledger.set('us-east-1b', 'stopped', { runId: 8 });
    expect(await refusalOf(stage, stage.request('a'))).toMatch(/run 7 is older than run 8/);
  });

  test('a newer release is in the ledger, except to roll back', async () => {
    const stage = setAdmission();
    stage.approve('a');
    const newer = { version: '1.2.0', sha256: digestOf('1.2.0'), ordinal: 9 };
    stage.ledger.set('us-east-1b', 'promoted', { release: newer });
    expect(await refusalOf(stage, stage.request('a'))).toMatch(/ordinal 9, which is newer/);
    const { report } = await deployAdmitted(stage.ports, stage.request('a', { rollBack: true }));
    expect(report.state).toBe('deployed');
  });

  test('a host says that it runs a newer release, except to roll back', async () => {
    const stage = setAdmission();
    stage.approve('a');
    stage.world.host('i-a2').ordinals.set('1.0.0', 8);
    expect(await refusalOf(stage, stage.request('a'))).toMatch(
      /i-a2 runs 1\.0\.0 with ordinal 8, newer than 1\.1\.0/,
    );
    const { report } = await deployAdmitted(stage.ports, stage.request('a', { rollBack: true }));
    expect(report.state).toBe('deployed');
  });
});
