import { describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../../src/ledger/document.ts';
import { intentBegan, openIntents } from '../../../src/ledger/journal.ts';
import { parseLedger, renderLedger } from '../../../src/ledger/parse.ts';
import { deployAdmitted } from '../../../src/operations/admission/deploy-admitted.ts';
import { CancelledError, PlatformError } from '../../../src/runner/errors.ts';
import { RUN } from '../world.ts';
import { makeFleet, record, serving } from '../zone.ts';
import { type AdmissionStage, setAdmission } from './stage.ts';

const EARLIER = 'https://github.test/acme/storefront/actions/runs/5';
const AT = '2026-11-20T23:59:00.000Z';

function approved(fleet = makeFleet()): AdmissionStage {
  const stage = setAdmission(fleet);
  stage.approve('a');
  return stage;
}

function read({ ledger }: AdmissionStage): Ledger {
  return parseLedger(ledger.text ?? '', { place: ledger.place, service: 'storefront' });
}

/** Run 5 was killed while it installed 1.1.0 on hosts of a zone. */
function leave({ ledger }: AdmissionStage, zone: string, hosts: readonly string[]): void {
  const found: Ledger =
    ledger.text === undefined
      ? { schema: 1, service: 'storefront', zones: {}, releases: [] }
      : JSON.parse(ledger.text);
  const began = { act: 'install' as const, zone, version: '1.1.0', run: EARLIER, token: 1, at: AT };
  const records = hosts.map((host) => JSON.parse(record(host)));
  ledger.text = renderLedger({ ...intentBegan(found, began, records), fence: 1 });
}

describe('a deployment', () => {
  test('of two batches is ten writes: the beginning, four for each batch, and the end', async () => {
    const stage = approved();
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('deployed');
    expect(stage.ledger.writes).toBe(1 + 2 * 4 + 1);
    expect(read(stage)).not.toHaveProperty('out');
    expect(read(stage).journal?.map(({ run, token, end }) => [run, token, end?.kind])).toEqual(
      Array.from({ length: 6 }, () => [RUN, 1, 'done']),
    );
  });

  test('that fails leaves held hosts in the ledger, with why, in the write that ends the zone or before', async () => {
    const stage = approved(makeFleet({ onFailure: [{ kind: 'hold' }] }));
    await deployAdmitted(stage.ports, stage.request('a', { version: '1.1.1-broken' }));
    const { out = {}, zones, lease } = read(stage);
    expect(out['i-a1']).toMatchObject({
      zone: 'us-east-1a',
      held: expect.stringContaining('shelves are empty'),
    });
    expect(Object.keys(out)).toEqual(['i-a1']);
    expect(zones['us-east-1a']?.state).toBe('stopped');
    expect(lease).toBeUndefined();
  });

  test('whose batch could not say that it ended says so with the end of the zone', async () => {
    const stage = approved(makeFleet({ onFailure: [{ kind: 'hold' }] }));
    stage.ledger.beforeWrite = (next) => {
      const ended = openIntents(next).length === 0 && next.journal !== undefined;
      if (ended && next.zones['us-east-1a']?.state === 'deploying')
        throw new PlatformError('S3 answered 503');
    };
    await deployAdmitted(stage.ports, stage.request('a', { version: '1.1.1-broken' }));
    expect(stage.world.log).toContainEqual(expect.stringContaining('could not be told that i-a1 stay out'));
    expect(read(stage).out?.['i-a1']?.held).toContain('shelves are empty');
    expect(openIntents(read(stage))).toEqual([]);
  });

  test('that is cancelled while hosts are out leaves them in the ledger, and nobody holds them', async () => {
    const stage = approved();
    stage.world.after = ({ what }) => {
      if (what === 'installer') stage.world.cancel();
    };
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.problem).toBeInstanceOf(CancelledError);
    expect(read(stage).out).toEqual({
      'i-a1': { zone: 'us-east-1a', record: JSON.parse(stage.world.host('i-a1').record ?? 'null') },
    });
    expect(openIntents(read(stage))).toEqual([]);
    expect(read(stage)).not.toHaveProperty('lease');
  });
});

describe('what a killed run left', () => {
  test('is said, continued, and gone at the end', async () => {
    const stage = approved();
    stage.world.leave('web', ['i-a1']);
    stage.world.host('i-a1').record = record('i-a1');
    leave(stage, 'us-east-1a', ['i-a1']);
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('deployed');
    expect(stage.world.log).toContain(
      `${EARLIER} was stopped while it was installing 1.1.0 on i-a1 (since ${AT}); continuing from what the hosts show`,
    );
    expect(read(stage)).not.toHaveProperty('out');
    expect(read(stage).journal?.[0]?.end?.kind).toBe('abandoned');
  });

  test('is enough for admission when a host has lost its own record', async () => {
    const stage = approved();
    stage.world.leave('web', ['i-a1']);
    await expect(deployAdmitted(stage.ports, stage.request('a'))).rejects.toThrow('no record on it says why');
    leave(stage, 'us-east-1a', ['i-a1']);
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('deployed');
    expect(serving(stage.world)).toHaveLength(4);
  });

  test('is known to a dry run, which writes nothing', async () => {
    const stage = approved();
    stage.world.leave('web', ['i-a1']);
    leave(stage, 'us-east-1a', ['i-a1']);
    const before = stage.ledger.text;
    const { report } = await deployAdmitted(stage.ports, stage.request('a', { dryRun: true }));
    expect(report.state).toBe('planned');
    expect(stage.ledger.text).toBe(before);
  });

  test('is closed also when there is nothing left to do', async () => {
    const stage = approved();
    await deployAdmitted(stage.ports, stage.request('a'));
    leave(stage, 'us-east-1a', ['i-a1']);
    stage.approve('a');
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report.state).toBe('unchanged');
    expect(openIntents(read(stage))).toEqual([]);
    expect(read(stage)).not.toHaveProperty('out');
  });

  test('in another zone is said, and its hosts stay in the ledger', async () => {
    const stage = approved();
    leave(stage, 'us-east-1b', ['i-b1']);
    await deployAdmitted(stage.ports, stage.request('a'));
    expect(stage.world.log).toContainEqual(
      expect.stringMatching(
        /runs\/5 was stopped .* i-b1 .*us-east-1b stays as it is until it is deployed again or return-hosts/,
      ),
    );
    expect(Object.keys(read(stage).out ?? {})).toEqual(['i-b1']);
  });

  test('stays where it is when the zone cannot be begun with', async () => {
    const stage = approved();
    leave(stage, 'us-east-1a', ['i-a1']);
    stage.world.leave('web', ['i-a1']);
    stage.world.before = ({ what }) => (what === 'status' && stage.ledger.writes > 0 ? 'refused' : undefined);
    const { report } = await deployAdmitted(stage.ports, stage.request('a'));
    expect(report).toMatchObject({ state: 'stopped', hosts: [] });
    expect(read(stage).out?.['i-a1']).toMatchObject({ zone: 'us-east-1a' });
  });
});
