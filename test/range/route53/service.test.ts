import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  InvalidChangeBatch,
  InvalidInput,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetProtectionsCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsRequest,
  type ListResourceRecordSetsResponse,
  PriorRequestNotComplete,
  type ResourceRecordSet,
  Route53Client,
  TestDNSAnswerCommand,
} from '@aws-sdk/client-route-53';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createZone } from '../../../src/range/route53/zone.ts';
import {
  a,
  aliasA,
  BLUE_LB,
  cnameChange,
  create,
  ELB_ZONE_ID,
  GREEN_LB,
  inZone,
  plain,
  record,
  startWorld,
  submit,
  swap,
  type World,
  weightedA,
  ZONE,
  ZONE_ID,
} from '../dns/support.ts';
import { failure } from '../wire/builder.ts';

const BLUE = `blue.${ZONE}`;
const GREEN = `green.${ZONE}`;
const HostedZoneId = ZONE_ID;

let world: World;

beforeEach(async () => {
  world = await startWorld();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

async function list(input: Partial<ListResourceRecordSetsRequest> = {}) {
  return world.client.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...input }));
}

async function app(): Promise<ResourceRecordSet | undefined> {
  const { ResourceRecordSets } = await list({ StartRecordName: `app.${ZONE}`, MaxItems: 1 });
  return ResourceRecordSets?.[0];
}

function shortly({ Name, Type, SetIdentifier = '' }: ResourceRecordSet): string {
  return `${Name} ${Type} ${SetIdentifier}`.trim();
}

describe('a batch of changes', () => {
  test('swaps one value for another', async () => {
    const { ChangeInfo } = await swap(world.client, BLUE, GREEN);
    expect(ChangeInfo).toMatchObject({
      Id: expect.stringMatching(/^\/change\/C[0-9A-F]+$/),
      Status: 'PENDING',
    });
    expect(ChangeInfo?.SubmittedAt).toBeInstanceOf(Date);
    expect(await app()).toEqual({
      Name: inZone('app'),
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: GREEN }],
    });
  });

  test('is taken as a whole or not at all', async () => {
    const before = await list();
    const error = await failure(
      submit(world.client, create(plain('new', 'A', '127.0.0.9')), cnameChange('DELETE', GREEN)),
    );
    expect(error).toBeInstanceOf(InvalidChangeBatch);
    expect((await list()).ResourceRecordSets).toEqual(before.ResourceRecordSets);
  });

  test('changes a CNAME into an alias at once, in either order', async () => {
    const alias = { HostedZoneId: ELB_ZONE_ID, DNSName: BLUE_LB, EvaluateTargetHealth: true };
    const aliased = create({ Name: `app.${ZONE}`, Type: 'A', AliasTarget: alias });
    await submit(world.client, aliased, cnameChange('DELETE', BLUE));
    expect(await app()).toEqual({
      Name: inZone('app'),
      Type: 'A',
      AliasTarget: { ...alias, DNSName: `${BLUE_LB}.` },
    });
  });

  test('DELETE needs every value, in any order', async () => {
    await submit(world.client, create(plain('two', 'A', '127.0.0.4', '127.0.0.5')));
    const one = await failure(
      submit(world.client, { Action: 'DELETE', ResourceRecordSet: plain('two', 'A', '127.0.0.4') }),
    );
    expect(one.message).toContain('but the values provided do not match the current values');
    const both = plain('TWO', 'A', '127.0.0.5', '127.0.0.4');
    await submit(world.client, { Action: 'DELETE', ResourceRecordSet: both });
    const { ResourceRecordSets = [] } = await list();
    expect(ResourceRecordSets.map(({ Name }) => Name)).not.toContain(inZone('two'));
  });

  test('UPSERT creates and replaces', async () => {
    await submit(world.client, cnameChange('UPSERT', GREEN, { ttl: 5 }));
    expect(await app()).toMatchObject({ TTL: 5, ResourceRecords: [{ Value: GREEN }] });
    const www = plain('www', 'TXT', '"a" "b\\"c"');
    await submit(world.client, { Action: 'UPSERT', ResourceRecordSet: www });
    const { ResourceRecordSets } = await list({ StartRecordName: `www.${ZONE}` });
    expect(ResourceRecordSets).toEqual([www]);
  });

  test('a comment is kept with the change', async () => {
    const { ChangeInfo } = await world.client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: { Comment: '<flip> & back', Changes: [cnameChange('UPSERT', GREEN)] },
      }),
    );
    const found = await world.client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
    expect(found.ChangeInfo).toMatchObject({
      Comment: '<flip> & back',
      SubmittedAt: ChangeInfo?.SubmittedAt,
    });
  });
});

describe('lists', () => {
  test('go by name with the labels reversed, then by type and identifier, in pages', async () => {
    await using many = await startWorld({
      records: [
        a('b.a', '127.0.0.1'),
        a('a-b', '127.0.0.1'),
        record('*', 'TXT', '"x"'),
        weightedA('w', 'two', 1, '127.0.0.1'),
        weightedA('w', 'one', 1, '127.0.0.1'),
        record('w', 'AAAA', '::1'),
        a('a', '127.0.0.1'),
      ],
    });
    const seen: string[] = [];
    let start: Partial<ListResourceRecordSetsRequest> = {};
    let hasMore = true;
    while (hasMore) {
      const page: ListResourceRecordSetsResponse = await many.client.send(
        new ListResourceRecordSetsCommand({ HostedZoneId, MaxItems: 2, ...start }),
      );
      expect(page.ResourceRecordSets?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.ResourceRecordSets ?? []).map(shortly));
      start = {
        StartRecordName: page.NextRecordName,
        StartRecordType: page.NextRecordType,
        StartRecordIdentifier: page.NextRecordIdentifier,
      };
      hasMore = page.IsTruncated ?? false;
    }
    expect(seen).toEqual([
      'example.test. NS',
      'example.test. SOA',
      '\\052.example.test. TXT',
      'a-b.example.test. A',
      'a.example.test. A',
      'b.a.example.test. A',
      'w.example.test. A one',
      'w.example.test. A two',
      'w.example.test. AAAA',
    ]);
  });

  test('a start needs what comes before it, and a page is never larger than 300', async () => {
    expect(await failure(list({ StartRecordType: 'A' }))).toBeInstanceOf(InvalidInput);
    expect(await failure(list({ StartRecordName: 'a', StartRecordIdentifier: 'x' }))).toBeInstanceOf(
      InvalidInput,
    );
    expect(await failure(list({ MaxItems: 0 }))).toBeInstanceOf(InvalidInput);
    expect(await list({ MaxItems: 1_000 })).toMatchObject({ MaxItems: 300, IsTruncated: false });
  });

  test('the zone with its name servers, by id and by name', async () => {
    const { HostedZone, DelegationSet } = await world.client.send(
      new GetHostedZoneCommand({ Id: `/hostedzone/${ZONE_ID}` }),
    );
    expect(HostedZone).toMatchObject({
      Id: `/hostedzone/${ZONE_ID}`,
      Name: 'example.test.',
      Config: { PrivateZone: false },
      ResourceRecordSetCount: 5,
    });
    expect(DelegationSet?.NameServers).toEqual(world.dns.nameServers.map(({ name }) => name));
    const { HostedZones } = await world.client.send(new ListHostedZonesCommand({}));
    expect(HostedZones).toEqual([HostedZone]);
    const byName = async (DNSName: string) =>
      (await world.client.send(new ListHostedZonesByNameCommand({ DNSName }))).HostedZones;
    expect(await byName(ZONE)).toEqual([HostedZone]);
    expect(await byName('zzz.test')).toEqual([]);
  });

  test('a private zone has a VPC instead', async () => {
    await using hidden = await startWorld({ privateZone: true });
    const zone = await hidden.client.send(new GetHostedZoneCommand({ Id: ZONE_ID }));
    expect(zone).toMatchObject({
      HostedZone: { Config: { PrivateZone: true } },
      VPCs: [{ VPCRegion: 'us-east-1' }],
    });
    expect(zone.DelegationSet).toBeUndefined();
    const asked = new TestDNSAnswerCommand({ HostedZoneId, RecordName: `app.${ZONE}`, RecordType: 'CNAME' });
    expect(await failure(hidden.client.send(asked))).toBeInstanceOf(InvalidInput);
  });
});

describe('protections', () => {
  let guarded: World;
  beforeAll(async () => {
    guarded = await startWorld({
      protected: [
        { name: `app.${ZONE}`, type: 'CNAME', comment: 'ask the DNS team' },
        { name: `new.${ZONE}`, type: 'A' },
      ],
    });
  });
  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
  });

  test('keep a name and type as they are, and a name free', async () => {
    const error = await failure(swap(guarded.client, BLUE, GREEN));
    expect(error).toBeInstanceOf(InvalidChangeBatch);
    expect(error.message).toContain(
      "[name='app.example.test.', type='CNAME'] but it is protected by a record set protection (ask the DNS team)",
    );
    const created = await failure(submit(guarded.client, create(plain('new', 'A', '127.0.0.1'))));
    expect(created.message).toContain('protected');
    await submit(guarded.client, create(plain('new', 'TXT', '"free"')));
  });

  test('are listed, in pages', async () => {
    const ask = (input: object) =>
      guarded.client.send(new ListResourceRecordSetProtectionsCommand({ HostedZoneId, ...input }));
    const first = await ask({ MaxResults: 1 });
    expect(first.ResourceRecordSetProtections).toEqual([
      { RecordName: inZone('app'), RecordType: 'CNAME', Comment: 'ask the DNS team' },
    ]);
    const second = await ask({ NextToken: first.NextToken });
    expect(second.ResourceRecordSetProtections).toEqual([{ RecordName: inZone('new'), RecordType: 'A' }]);
    expect(second.NextToken).toBeUndefined();
    const { ResourceRecordSetProtections } = await ask({ StartRecordName: `b.${ZONE}` });
    expect(ResourceRecordSetProtections).toEqual(second.ResourceRecordSetProtections);
    const bad = await failure(ask({ NextToken: 'x' }));
    expect(bad.name).toBe('InvalidPaginationToken');
  });
});

describe('many at once', () => {
  test('of 50 that swap from the same value, one wins', async () => {
    const targets = Array.from({ length: 50 }, (_, index) => `green-${index}.${ZONE}`);
    const outcomes = await Promise.all(
      targets.map(async (target) => {
        for (;;) {
          try {
            await swap(world.client, BLUE, target);
            return target;
          } catch (error) {
            if (!(error instanceof PriorRequestNotComplete)) return error;
          }
        }
      }),
    );
    const winners = outcomes.filter((each) => typeof each === 'string');
    expect(winners).toHaveLength(1);
    const losers = outcomes.filter((each) => each instanceof InvalidChangeBatch);
    expect(losers.map(({ message }) => message)).toEqual(
      Array(49).fill(expect.stringContaining('do not match the current values')),
    );
    expect((await app())?.ResourceRecords).toEqual([{ Value: winners[0] }]);
  }, 30_000);

  test('of two blind writers both win, one after the other: that is why nobody should UPSERT', async () => {
    await submit(world.client, cnameChange('UPSERT', GREEN));
    await submit(world.client, cnameChange('UPSERT', BLUE));
    expect((await app())?.ResourceRecords).toEqual([{ Value: BLUE }]);
  });

  test('a batch that comes while another one is being accepted is turned away', async () => {
    const zone = createZone({
      id: ZONE_ID,
      name: inZone(''),
      isPrivate: false,
      nameServers: ['ns-1.test'],
      records: [],
      protections: [],
      outside: () => false,
      propagation: 0,
      clock: () => 0,
      publish() {},
    });
    const added = (label: string) =>
      zone.submit([{ action: 'CREATE', set: a(label, '127.0.0.1') }], undefined);
    const [one, two] = await Promise.allSettled([added('one'), added('two')]);
    expect(one).toMatchObject({ status: 'fulfilled', value: { status: 'PENDING' } });
    expect(two).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'PriorRequestNotComplete',
        message: 'The request was rejected because Route 53 was still processing a prior request.',
      },
    });
    await added('three');
    expect(zone.sets().map(({ name }) => name)).toEqual(
      [ZONE, ZONE, `one.${ZONE}`, `three.${ZONE}`].map((name) => `${name}.`),
    );
  });
});

test('a change is PENDING, listed all the same, and INSYNC later', async () => {
  await using slow = await startWorld({ propagation: 3_600_000 });
  const { ChangeInfo } = await swap(slow.client, BLUE, GREEN);
  const found = await slow.client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
  expect(found.ChangeInfo?.Status).toBe('PENDING');
  const listed = await slow.client.send(
    new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: `app.${ZONE}`, MaxItems: 1 }),
  );
  expect(listed.ResourceRecordSets?.[0]?.ResourceRecords).toEqual([{ Value: GREEN }]);

  const change = await swap(world.client, BLUE, GREEN);
  const now = await world.client.send(new GetChangeCommand({ Id: change.ChangeInfo?.Id }));
  expect(now.ChangeInfo?.Status).toBe('INSYNC');
});

test('TestDNSAnswer says what a name server says', async () => {
  await using aliased = await startWorld({ records: [aliasA('', GREEN_LB)] });
  const ask = (RecordName: string, RecordType: 'A' | 'TXT') =>
    aliased.client.send(new TestDNSAnswerCommand({ HostedZoneId, RecordName, RecordType }));
  expect(await ask(ZONE, 'A')).toMatchObject({
    Nameserver: aliased.dns.nameServers[0]?.name,
    RecordName: 'example.test.',
    RecordType: 'A',
    RecordData: ['127.0.0.3'],
    ResponseCode: 'NOERROR',
    Protocol: 'UDP',
  });
  expect(await ask(`no.${ZONE}`, 'A')).toMatchObject({ ResponseCode: 'NXDOMAIN', RecordData: [] });
  expect(await ask(ZONE, 'TXT')).toMatchObject({ ResponseCode: 'NOERROR', RecordData: [] });
  expect(await failure(ask('example.com', 'A'))).toBeInstanceOf(InvalidInput);
});

test('Route 53 is one for the whole world: clients of every region are answered', async () => {
  const clients = ['us-east-1', 'eu-west-1', 'ap-southeast-2'].map(
    (region) => new Route53Client({ ...world.setting.client, region }),
  );
  for (const client of clients) {
    expect(await client.send(new GetHostedZoneCommand({ Id: ZONE_ID }))).toMatchObject({
      HostedZone: { Name: 'example.test.' },
    });
    client.destroy();
  }
});
