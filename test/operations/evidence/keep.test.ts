import { describe, expect, test } from '@jest/globals';
import type { EvidenceBundle } from '../../../src/evidence/document.ts';
import { type Verdict, verifyBundle } from '../../../src/evidence/verify.ts';
import type { BakePolicy, DrainPolicy } from '../../../src/fleet/fleet.ts';
import { gatherEvidence } from '../../../src/operations/evidence/keep.ts';
import { promoteZone } from '../../../src/operations/promote/promote-zone.ts';
import { promotionEvidence } from '../../../src/report/evidence.ts';
import { memoryEvidence, type RecordedZone, recordZone } from '../../evidence/stage.ts';
import { alarmIn } from '../bake-stage.ts';
import { fakeGroup } from '../fake-groups.ts';
import { type PromoteStage, requestFor, setPromoteStage } from '../promote/stage.ts';
import { createZones, DRAIN, hostsOf, makeFleet, record } from '../zone.ts';

function verdictOf({ text }: RecordedZone): Exclude<Verdict, { readonly kind: 'unreadable' }> {
  const verdict = verifyBundle(JSON.parse(text));
  if (verdict.kind === 'unreadable') throw new Error(verdict.findings.join('\n'));
  return verdict;
}

function counted({ entries }: EvidenceBundle, kind: string): number {
  return entries.filter((entry) => entry.kind === kind).length;
}

describe('is accepted', () => {
  test('of a zone that was deployed, under a name that no other step has', async () => {
    const store = memoryEvidence();
    const zone = await recordZone({ store });
    expect([...store.kept.keys()]).toEqual(['us-east-1a/7-1-deploy']);
    expect(zone.kept?.place).toBe(`${store.place}/us-east-1a/7-1-deploy.json`);
    expect(verdictOf(zone).kind).toBe('accepted');
    expect(zone.world.log.filter((line) => line.includes('vidence'))).toEqual([]);
  });

  test('of a zone that needed nothing', async () => {
    const { world } = await recordZone();
    const again = await recordZone({ world });
    expect(again.bundle.outcome.state).toBe('unchanged');
    expect(counted(again.bundle, 'mutation')).toBe(0);
    expect(verdictOf(again)).toMatchObject({ kind: 'accepted', parts: { proofs: { judged: 2 } } });
  });

  test('of a host that an earlier run took out', async () => {
    const world = createZones();
    world.host('i-a1').record = record('i-a1');
    world.leave('web', ['i-a1']);
    const zone = await recordZone({ world });
    expect(zone.bundle.outcome).toEqual({ state: 'deployed' });
    expect(verdictOf(zone).findings).toEqual([]);
  });

  test('of pools with slow start, where a host that returns does not count', async () => {
    const world = createZones(4);
    world.settings = { slowStart: 30_000 };
    const zone = await recordZone({ world, fleet: makeFleet({}, 4) });
    expect(zone.bundle.outcome).toEqual({ state: 'deployed' });
    expect(verdictOf(zone).findings).toEqual([]);
  });

  test.each<[string, Partial<DrainPolicy>, readonly string[]]>([
    ['suspended', { autoScaling: 'suspend' }, ['suspend', 'setHealthy', 'resume']],
    [
      'lowered for standby',
      { autoScaling: 'standby', lowerMinSize: true },
      ['setMinSize', 'enterStandby', 'exitStandby'],
    ],
  ])('of hosts in an Auto Scaling group that is %s, and seen put back', async (_, policy, calls) => {
    const world = createZones();
    world.groups.push(fakeGroup('web-group', hostsOf('a'), 2));
    const zone = await recordZone({ world, fleet: makeFleet({ drain: { ...DRAIN, ...policy } }) });
    expect(zone.bundle.outcome).toEqual({ state: 'deployed' });
    expect(zone.bundle.entries.map(({ call }) => call)).toEqual(expect.arrayContaining([...calls]));
    expect(verdictOf(zone).findings).toEqual([]);
    expect(zone.bundle.entries.at(-1)).toMatchObject({ kind: 'observation', port: 'scaling' });
  });

  test.each([
    ['that goes back from a release which fails behind the balancer', '1.1.2-shy', 'i-a1'],
    ['whose second host is lost while it is upgraded', '1.1.0', 'i-a2'],
  ])('of a zone %s', async (_, version, host) => {
    const world = createZones();
    world.before = ({ what, subject }) => {
      return version === '1.1.0' && what === 'installer' && subject === host ? 'refused' : undefined;
    };
    const zone = await recordZone({ world, version });
    expect(zone.bundle.outcome.state).toBe('stopped');
    expect(zone.bundle.outcome.problem).toContain(host);
    const verdict = verdictOf(zone);
    expect([verdict.findings, verdict.open]).toEqual([[], []]);
  });
});

describe('a promotion', () => {
  async function promoted(
    change: (stage: PromoteStage) => void,
    policy: Partial<BakePolicy> = {},
  ): Promise<string> {
    const stage = await setPromoteStage();
    change(stage);
    const request = requestFor(policy);
    const { fleet, zone } = request;
    const store = memoryEvidence();
    const run = { url: stage.world.context.run, id: 7, attempt: 1 };
    const evidence = gatherEvidence(store, { fleet, zone, action: 'promote', run }, stage.world.now());
    const { context } = stage.ports;
    const report = await promoteZone({ ...stage.ports, context: evidence.watched(context) }, request);
    await evidence.close(context, promotionEvidence(report));
    return store.kept.get('us-east-1a/7-1-promote') ?? 'null';
  }

  test('is accepted with its gates', async () => {
    const verdict = verifyBundle(JSON.parse(await promoted(() => undefined)));
    expect(verdict.findings).toEqual([]);
    expect(verdict).toMatchObject({
      bundle: { outcome: { state: 'promoted' } },
      parts: { guards: { judged: 0 }, mutations: { judged: 0 }, proofs: { judged: 2 } },
    });
    if (verdict.kind === 'unreadable') throw new Error('it was read before');
    expect(verdict.parts.gates.judged).toBeGreaterThan(1);
  });

  test('that rolls back is accepted with what that changed', async () => {
    const text = await promoted((stage) => {
      stage.alarm = (look, name) => alarmIn(name, look > 2 ? 'closed' : 'open');
    });
    const verdict = verifyBundle(JSON.parse(text));
    expect(verdict.findings).toEqual([]);
    expect(verdict).toMatchObject({
      bundle: {
        outcome: { state: 'rolled-back' },
        hosts: [{ after: { version: '1.0.0' } }, { after: { version: '1.0.0' } }],
      },
      // Both hosts go back together.
      parts: { guards: { judged: 1 }, mutations: { judged: 8 } },
    });
  });
});

describe('what cannot be kept', () => {
  test('is a warning, and the zone is deployed', async () => {
    const store = {
      ...memoryEvidence(),
      write: async () => {
        throw new Error('S3 is down');
      },
    };
    const { kept, report, world } = await recordZone({ store });
    expect(kept).toBeUndefined();
    expect(report.state).toBe('deployed');
    expect(world.log.join('\n')).toMatch(
      /warning: The evidence bundle .*7-1-deploy\.json was not written: S3 is down/,
    );
  });

  test('is how the zone was left, when it cannot be looked at: the bundle is kept, and proves nothing', async () => {
    const world = createZones();
    let cleared = 0;
    world.before = ({ what }) => {
      if (what === 'clear') cleared += 1;
      return cleared === 2 && what === 'settings' ? 'refused' : undefined;
    };
    const zone = await recordZone({ world });
    expect(zone.bundle.outcome).toEqual({ state: 'deployed' });
    expect(world.log.join('\n')).toContain('warning: The last look at us-east-1a for the evidence failed');
    expect(verdictOf(zone).findings.join('\n')).toContain('i-a2: its process was not asked');
  });
});

describe('stays small', () => {
  test.each([
    [2, 60_000],
    [120, 5_000_000],
  ])(
    'with %d hosts',
    async (hosts, most) => {
      const fleet = makeFleet({ batch: [{ kind: 'percent', value: 10 }] }, hosts);
      // Nobody is looked for behind the balancer: that of the fake world shows thirty hosts.
      const identity = { url: 'http://{address}:{port}/version', version: 'version', digest: 'digest' };
      const zone = await recordZone({ fleet: { ...fleet, hosts: { ...fleet.hosts, identity } } });
      expect(zone.bundle.outcome).toEqual({ state: 'deployed' });
      expect(verdictOf(zone).findings).toEqual([]);
      expect(zone.text.length).toBeLessThan(most);
      if (process.env['SHOW_SIZES'] !== undefined) {
        console.log(hosts, zone.text.length, zone.bundle.entries.length, zone.bundle.thinned);
      }
    },
    60_000,
  );
});
