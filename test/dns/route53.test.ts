import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DnsProvider, RecordSet } from '../../src/dns/port.ts';
import { createRoute53 } from '../../src/dns/route53.ts';
import { fromWire, toWire } from '../../src/dns/route53-records.ts';
import { WireError } from '../../src/range/wire/service.ts';
import { UserError } from '../../src/runner/errors.ts';
import { useEndpoint, withoutCredentials } from '../hosts/aws-environment.ts';
import {
  a,
  aliasA,
  BLUE_LB,
  cname,
  ELB_ZONE_ID,
  GREEN_LB,
  startWorld,
  type World,
  weightedA,
  ZONE,
  ZONE_ID,
} from '../range/dns/support.ts';
import { type Setting, startSetting } from '../range/wire/builder.ts';

const APP = `app.${ZONE}`;

let world: World;
let provider: DnsProvider;

beforeEach(() => begin());

const extra: Setting[] = [];

afterEach(async () => {
  for (const setting of extra.splice(0)) await setting.endpoint.stop();
  await world[Symbol.asyncDispose]();
});

async function begin(options: Parameters<typeof startWorld>[0] = {}): Promise<void> {
  world = await startWorld(options);
  useEndpoint(world.setting.endpoint.url);
  provider = createRoute53({ region: 'us-east-1' });
}

async function beginAgain(options: Parameters<typeof startWorld>[0]): Promise<void> {
  await world[Symbol.asyncDispose]();
  await begin(options);
}

async function app(): Promise<RecordSet> {
  const [set] = await provider.read(ZONE_ID, APP);
  if (set === undefined) throw new Error('the record is not there');
  return set;
}

function to(set: RecordSet, value: string): RecordSet {
  return { ...set, content: { kind: 'values', ttl: 60, values: [value] } };
}

test('a zone is read, and one that is not there is the user’s to mend', async () => {
  expect(await provider.zone(ZONE_ID)).toEqual({
    id: ZONE_ID,
    name: ZONE,
    isPrivate: false,
    nameServers: world.dns.nameServers.map(({ name }) => name),
  });
  await expect(provider.zone('ZOTHER')).rejects.toThrow(UserError);
  await expect(provider.read('ZOTHER', APP)).rejects.toThrow('there is no hosted zone ZOTHER');
});

test('a private zone names no servers', async () => {
  await beginAgain({ privateZone: true });
  expect(await provider.zone(ZONE_ID)).toMatchObject({ isPrivate: true, nameServers: [] });
});

test('all sets of a name are read, over as many pages as there are, and none of another', async () => {
  const many = Array.from({ length: 320 }, (_, index) => weightedA('many', `set${index}`, 1, '192.0.2.1'));
  await beginAgain({ records: [cname('app', `blue.${ZONE}`), a('blue', '127.0.0.2'), ...many] });
  expect(await provider.read(ZONE_ID, `many.${ZONE}`)).toHaveLength(320);
  expect(await provider.read(ZONE_ID, APP)).toEqual([
    {
      name: `${APP}.`,
      type: 'CNAME',
      content: { kind: 'values', ttl: 60, values: [`blue.${ZONE}`] },
      routing: { kind: 'simple' },
      native: {},
    },
  ]);
  expect(await provider.read(ZONE_ID, `nothing.${ZONE}`)).toEqual([]);
});

test('only the protections of the name are read', async () => {
  await beginAgain({
    protected: [
      { name: APP, type: 'CNAME', comment: 'frozen' },
      { name: `z.${ZONE}`, type: 'A' },
    ],
  });
  expect(await provider.protections(ZONE_ID, APP)).toEqual([{ type: 'CNAME', comment: 'frozen' }]);
  expect(await provider.protections(ZONE_ID, `y.${ZONE}`)).toEqual([]);
});

describe('compare and swap', () => {
  test('is done, and in sync in time', async () => {
    const old = await app();
    const outcome = await provider.swap(ZONE_ID, [old], [to(old, `green.${ZONE}`)]);
    expect(outcome).toEqual({ kind: 'done', change: expect.stringMatching(/^\/change\/C/) });
    if (outcome.kind === 'done') expect(await provider.isInSync(outcome.change)).toBe(true);
    expect((await app()).content).toMatchObject({ values: [`green.${ZONE}`] });
  });

  test('is pending until it is everywhere', async () => {
    await beginAgain({ propagation: 60_000 });
    const old = await app();
    const outcome = await provider.swap(ZONE_ID, [old], [to(old, `green.${ZONE}`)]);
    if (outcome.kind === 'done') expect(await provider.isInSync(outcome.change)).toBe(false);
    expect(outcome.kind).toBe('done');
  });

  test('is lost to whoever was faster, and shows what is there', async () => {
    const old = await app();
    await provider.swap(ZONE_ID, [old], [to(old, `red.${ZONE}`)]);
    expect(await provider.swap(ZONE_ID, [old], [to(old, `green.${ZONE}`)])).toEqual({
      kind: 'lost',
      now: [to(old, `red.${ZONE}`)],
    });
  });

  test('is refused with the reason', async () => {
    await beginAgain({ protected: [{ name: APP, type: 'CNAME' }] });
    const old = await app();
    expect(await provider.swap(ZONE_ID, [old], [to(old, `green.${ZONE}`)])).toEqual({
      kind: 'refused',
      problem: expect.stringContaining('protected'),
    });
    expect(await app()).toEqual(old);
  });

  test('of an alias gives it back as it was listed', async () => {
    await beginAgain({ records: [aliasA('app', BLUE_LB)] });
    const old = await app();
    const target = {
      kind: 'alias',
      zoneId: ELB_ZONE_ID,
      target: GREEN_LB,
      evaluateTargetHealth: false,
    } as const;
    expect(await provider.swap(ZONE_ID, [old], [{ ...old, content: target }])).toMatchObject({
      kind: 'done',
    });
    expect((await app()).content).toEqual({ ...target, target: `${GREEN_LB}.` });
  });

  test.each(['PriorRequestNotComplete', 'Throttling'])('is busy after %s', async (code) => {
    await stand(() => {
      throw new WireError(code, 'later');
    });
    const old = await app();
    expect(await provider.swap(ZONE_ID, [old], [old])).toEqual({ kind: 'busy', problem: 'later' });
  });

  test('is unknown when no answer comes, and when the service does not know', async () => {
    await stand(() => {
      throw new WireError('InternalFailure', 'broken', 500);
    });
    const old = await app();
    expect((await provider.swap(ZONE_ID, [old], [old])).kind).toBe('unknown');
    await world.setting.endpoint.stop();
    expect((await provider.swap(ZONE_ID, [old], [old])).kind).toBe('unknown');
    useEndpoint((await restart()).endpoint.url);
  });

  test('without permission, and without credentials, is the user’s to mend', async () => {
    await stand(() => {
      throw new WireError('AccessDenied', 'no', 403);
    });
    const old = await app();
    await expect(provider.swap(ZONE_ID, [old], [old])).rejects.toThrow(
      `Add the action route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/${ZONE_ID}`,
    );
    withoutCredentials();
    await expect(createRoute53({ region: 'us-east-1' }).swap(ZONE_ID, [old], [old])).rejects.toThrow(
      UserError,
    );
  });
});

test('what Route 53 says of a set is given back, whatever it is', () => {
  const listed = {
    Name: `${APP}.`,
    Type: 'A' as const,
    SetIdentifier: 'eu',
    Weight: 3,
    TTL: 60,
    ResourceRecords: [{ Value: '192.0.2.1' }],
    HealthCheckId: 'h1',
    CidrRoutingConfig: { CollectionId: 'c', LocationName: 'l' },
  };
  expect(toWire(fromWire(listed))).toEqual(listed);
  expect(fromWire({ ...listed, TrafficPolicyInstanceId: 't' }).routing.kind).toBe('other');
  const { Weight: _, ...latency } = listed;
  expect(fromWire({ ...latency, Region: 'eu-west-1' }).routing.kind).toBe('other');
});

/** Answers every change by this. */
async function stand(change: () => never): Promise<void> {
  await world.setting.endpoint.stop();
  useEndpoint((await restart(change)).endpoint.url);
  provider = createRoute53({ region: 'us-east-1' });
}

async function restart(change?: () => never) {
  const { service } = world.dns;
  const operations = change === undefined ? {} : { ChangeResourceRecordSets: change };
  const setting = await startSetting([{ ...service, operations: { ...service.operations, ...operations } }]);
  extra.push(setting);
  return setting;
}
