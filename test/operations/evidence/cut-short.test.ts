import { describe, expect, test } from '@jest/globals';
import type { EvidenceBundle } from '../../../src/evidence/document.ts';
import { verifyBundle } from '../../../src/evidence/verify.ts';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import type { RegionContext } from '../../../src/operations/context.ts';
import { type Evidence, gatherEvidence, type KeptEvidence } from '../../../src/operations/evidence/keep.ts';
import { promoteZone } from '../../../src/operations/promote/promote-zone.ts';
import { deploymentEvidence, promotionEvidence } from '../../../src/report/evidence.ts';
import { type MemoryEvidence, memoryEvidence } from '../../evidence/stage.ts';
import { type AdmissionStage, type FakeLedger, NEW, setAdmission } from '../admission/stage.ts';
import { alarmIn } from '../bake-stage.ts';
import { type PromoteStage, requestFor, setPromoteStage, ZONE } from '../promote/stage.ts';
import { RUN } from '../world.ts';

const OTHER = 'https://github.test/acme/storefront/actions/runs/9';

/** What became of a step, and the bundle that it left. */
interface Step {
  readonly thrown: unknown;
  readonly kept: KeptEvidence | undefined;
  readonly text: string | undefined;
  readonly store: MemoryEvidence;
}

/** Does the work of a step as its entry does. */
async function step(
  context: RegionContext,
  evidence: Evidence,
  store: MemoryEvidence,
  work: () => Promise<Parameters<Evidence['close']>[1]>,
): Promise<Step> {
  const ended = await work().then(
    (end) => ({ end }),
    (thrown: unknown) => ({ thrown }),
  );
  const kept =
    'end' in ended
      ? await evidence.close(context, ended.end)
      : await evidence.closeThrown(context, ended.thrown);
  return {
    thrown: 'thrown' in ended ? ended.thrown : undefined,
    kept,
    text: [...store.kept.values()][0],
    store,
  };
}

async function deploy(
  stage: AdmissionStage,
  afterwards: () => void = () => undefined,
  store = memoryEvidence(),
): Promise<Step> {
  const request = stage.request('a');
  const { fleet, zone } = request;
  const run = { url: RUN, id: 7, attempt: 1 };
  const evidence = gatherEvidence(store, { fleet, zone, action: 'deploy', run }, stage.world.now());
  const context = stage.ports.regions(zone.region);
  const ledger = evidence.watchedLedger(stage.ledger);
  return step(context, evidence, store, async () => {
    const regions = () => evidence.watched(context);
    const result = await deployAdmitted({ ...stage.ports, ledger, regions }, request);
    afterwards();
    return deploymentEvidence(result);
  });
}

async function promote(stage: PromoteStage, policy: Parameters<typeof requestFor>[0] = {}): Promise<Step> {
  const request = requestFor(policy);
  const { fleet, zone } = request;
  const store = memoryEvidence();
  const run = { url: RUN, id: 7, attempt: 1 };
  const evidence = gatherEvidence(store, { fleet, zone, action: 'promote', run }, stage.world.now());
  const { context } = stage.ports;
  const ledger = evidence.watchedLedger(stage.ledger);
  return step(context, evidence, store, async () =>
    promotionEvidence(
      await promoteZone({ ...stage.ports, ledger, context: evidence.watched(context) }, request),
    ),
  );
}

/** The bundle, which has to be accepted. */
function bundleOf({ text, kept }: Step): EvidenceBundle & { readonly open: readonly string[] } {
  const verdict = verifyBundle(JSON.parse(text ?? 'null'), kept?.head);
  expect(verdict.findings).toEqual([]);
  if (verdict.kind === 'unreadable') throw new Error('there is no bundle');
  return { ...verdict.bundle, open: verdict.open };
}

function admitted(): AdmissionStage {
  const stage = setAdmission();
  stage.approve('a');
  return stage;
}

/** Gives the lease to another run, as a person who breaks it and that run would. */
function giveAway(ledger: FakeLedger, now: number): void {
  const parsed = JSON.parse(ledger.text ?? '{}');
  const token = parsed.fence + 1;
  const [since, expires] = [now, now + 36_000_000].map((at) => new Date(at).toISOString());
  const lease = { token, run: OTHER, runId: 9, zone: 'us-east-1b', since, expires };
  ledger.text = JSON.stringify({ ...parsed, fence: token, lease });
  // Every writer makes a new revision.
  ledger.set(ZONE, parsed.zones[ZONE].state, parsed.zones[ZONE]);
}

describe('a deployment', () => {
  test('that ends says under which lease', async () => {
    const bundle = bundleOf(await deploy(admitted()));
    expect(bundle).toMatchObject({ outcome: { state: 'deployed' }, fencingToken: 1 });
  });

  test.each(['deregister', 'installer', 'register', 'clear'])(
    'that is cancelled at %s leaves what it did, and claims nothing',
    async (call) => {
      const stage = admitted();
      stage.world.before = ({ what }) => {
        if (what === call) stage.world.cancel();
        return undefined;
      };
      const ended = await deploy(stage);
      const { outcome, entries, fencingToken, release } = bundleOf(ended);
      expect(outcome).toEqual({
        state: 'cancelled',
        problem: expect.stringContaining('Cancelled by SIGINT.'),
      });
      expect({ fencingToken, release }).toMatchObject({ fencingToken: 1, release: { version: '1.1.0' } });
      const made = entries.filter(({ kind, port }) => kind === 'mutation' && port !== 'transport');
      const really = stage.world.changes().filter(({ what }) => what === 'register' || what === 'deregister');
      expect(made.map(({ call: each }) => each)).toEqual(really.map(({ what }) => what));
    },
  );

  test('that is cancelled after its end is not said to be deployed', async () => {
    const stage = admitted();
    let cleared = 0;
    stage.world.after = ({ what }) => {
      cleared += what === 'clear' ? 1 : 0;
      // The first look of the last look.
      if (cleared === 2 && what === 'settings') stage.world.cancel();
    };
    expect(bundleOf(await deploy(stage)).outcome).toEqual({
      state: 'cancelled',
      problem: 'Cancelled by SIGINT. It was deployed, and the zone was not looked at once more.',
    });
  });

  test('that lost its lease leaves what it did, and looks at it once more', async () => {
    const stage = admitted();
    stage.world.after = ({ what }) => {
      if (what === 'installer') giveAway(stage.ledger, stage.world.now());
    };
    const { outcome, fencingToken, entries } = bundleOf(await deploy(stage));
    expect(outcome).toMatchObject({
      state: 'stopped',
      problem: expect.stringContaining(`lost its lease to ${OTHER}`),
    });
    expect(fencingToken).toBe(1);
    expect(entries.at(-1)?.kind).toBe('observation');
    expect(JSON.parse(stage.ledger.text ?? '{}').lease).toMatchObject({ run: OTHER });
  });

  test('that throws after it has changed something leaves what it did', async () => {
    const stage = admitted();
    const ended = await deploy(stage, () => {
      throw new Error('nobody expected this');
    });
    expect(String(ended.thrown)).toContain('nobody expected this');
    const { outcome, release, entries, fencingToken } = bundleOf(ended);
    expect(outcome).toEqual({ state: 'stopped', problem: 'nobody expected this' });
    expect({ ...release, fencingToken }).toEqual({
      version: NEW.version,
      sha256: NEW.sha256,
      fencingToken: 1,
    });
    expect(entries.filter(({ call }) => call === 'installer')).toHaveLength(2);
  });

  test('that is cancelled does not wait for storage that never answers', async () => {
    const stage = admitted();
    stage.world.before = ({ what }) => {
      if (what === 'installer') stage.world.cancel();
      return undefined;
    };
    const silent: MemoryEvidence = {
      ...memoryEvidence(),
      write: (_, __, signal) =>
        new Promise((___, reject) => {
          if (signal.aborted) reject(new Error('it had no time at all'));
          signal.addEventListener('abort', () => reject(new Error('it was given up')));
        }),
    };
    expect((await deploy(stage, undefined, silent)).kept).toBeUndefined();
    expect(stage.world.log.at(-1)).toMatch(
      /^warning: The evidence bundle .* was not written: it was given up/,
    );
  });

  test('that is refused leaves none', async () => {
    const stage = setAdmission();
    const { thrown, store } = await deploy(stage);
    expect(String(thrown)).toContain('nothing was touched');
    expect([...store.kept]).toEqual([]);
  });
});

describe('a promotion', () => {
  const CLOSED_LATER: PromoteStage['alarm'] = (look, name) => alarmIn(name, look > 2 ? 'closed' : 'open');

  test('whose bake is cancelled leaves a record of it', async () => {
    const stage = await setPromoteStage();
    stage.alarm = (look, name) => {
      if (look === 2) stage.world.cancel();
      return alarmIn(name, 'open');
    };
    const ended = await promote(stage);
    expect(String(ended.thrown)).toContain('nothing was rolled back');
    const { outcome, action, release, entries, open } = bundleOf(ended);
    expect(outcome).toEqual({
      state: 'cancelled',
      problem: expect.stringContaining('nothing was rolled back'),
    });
    expect({ action, release, open }).toEqual({
      action: 'promote',
      release: { version: NEW.version, sha256: NEW.sha256 },
      open: [],
    });
    expect(entries.some(({ port }) => port === 'alarms')).toBe(true);
  });

  test('whose roll-back is cancelled leaves what it did', async () => {
    const stage = await setPromoteStage();
    stage.alarm = CLOSED_LATER;
    stage.world.before = ({ what }) => {
      if (what === 'installer') stage.world.cancel();
      return undefined;
    };
    const { outcome, entries, open } = bundleOf(await promote(stage));
    expect(outcome).toMatchObject({
      state: 'cancelled',
      problem: expect.stringContaining('the ledger says held'),
    });
    expect(entries.filter(({ call }) => call === 'deregister')).toHaveLength(1);
    expect(open.join('\n')).toContain('installer of i-a');
  });

  test('that lost its lease in the bake leaves a record of it, which names who has it', async () => {
    const stage = await setPromoteStage();
    stage.alarm = (look, name) => {
      if (look === 3) giveAway(stage.ledger, stage.world.now());
      return alarmIn(name, 'open');
    };
    const { outcome, fencingToken } = bundleOf(
      await promote(stage, { firstZoneStable: 1_800_000, zoneTimeout: 3_600_000 }),
    );
    expect(outcome).toMatchObject({
      state: 'stopped',
      problem: expect.stringContaining(`lost its lease to ${OTHER}`),
    });
    expect(fencingToken).toBe(1);
  });

  test('that lost its lease on the way back leaves what it did, and looks at it once more', async () => {
    const stage = await setPromoteStage();
    stage.alarm = CLOSED_LATER;
    stage.world.after = ({ what }) => {
      if (what === 'installer') giveAway(stage.ledger, stage.world.now());
    };
    const { outcome, entries } = bundleOf(await promote(stage));
    expect(outcome.problem).toContain(`lost its lease to ${OTHER}`);
    expect(entries.filter(({ call }) => call === 'installer')).not.toEqual([]);
    expect(entries.at(-1)?.kind).toBe('observation');
  });

  test('whose end cannot be written in the ledger leaves what it saw', async () => {
    const stage = await setPromoteStage();
    stage.ledger.beforeWrite = ({ zones }) => {
      if (zones[ZONE]?.state === 'promoted') throw new Error('S3 is down');
    };
    const ended = await promote(stage);
    expect(ended.thrown).toBeInstanceOf(Error);
    expect(bundleOf(ended).outcome).toEqual({ state: 'stopped', problem: 'S3 is down' });
  });

  test('that is refused leaves none', async () => {
    const stage = await setPromoteStage();
    stage.ledger.set(ZONE, 'stopped');
    const { thrown, store } = await promote(stage);
    expect(String(thrown)).toContain('nothing was touched');
    expect([...store.kept]).toEqual([]);
  });
});
