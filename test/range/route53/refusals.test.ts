import {
  type Change,
  CreateHostedZoneCommand,
  GetChangeCommand,
  InvalidChangeBatch,
  InvalidInput,
  ListResourceRecordSetsCommand,
  NoSuchChange,
  NoSuchHostedZone,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  BLUE_LB,
  cnameChange,
  create,
  ELB_ZONE_ID,
  inZone,
  plain,
  record,
  startWorld,
  submit,
  type World,
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

function list() {
  return world.client.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
}

describe('what Route 53 refuses is refused in its words', () => {
  const weighted = (SetIdentifier: string, extra: Partial<ResourceRecordSet> = {}): Change =>
    create({ ...plain('w', 'A', '127.0.0.4'), SetIdentifier, Weight: 1, ...extra });
  const alias = (DNSName: string, zone = ELB_ZONE_ID, label = 'alias'): Change =>
    create({
      Name: inZone(label),
      Type: 'A',
      AliasTarget: { HostedZoneId: zone, DNSName, EvaluateTargetHealth: false },
    });
  const appSet = "resource record set [name='app.example.test.', type='CNAME']";

  const cases: readonly [string, readonly Change[], string][] = [
    [
      'a stale value',
      [cnameChange('DELETE', GREEN)],
      `[Tried to delete ${appSet} but the values provided do not match the current values]`,
    ],
    [
      'a swap from a stale value',
      [cnameChange('DELETE', GREEN), cnameChange('CREATE', `red.${ZONE}`)],
      `[Tried to delete ${appSet} but the values provided do not match the current values]`,
    ],
    [
      'a stale TTL',
      [cnameChange('DELETE', BLUE, { ttl: 61 })],
      `[Tried to delete ${appSet} but the values provided do not match the current values]`,
    ],
    [
      'a value that was never there',
      [cnameChange('DELETE', BLUE, { name: `no.${ZONE}` })],
      "[Tried to delete resource record set [name='no.example.test.', type='CNAME'] but it was not found]",
    ],
    [
      'an unknown set identifier',
      [{ ...weighted('x'), Action: 'DELETE' }],
      "[Tried to delete resource record set [name='w.example.test.', type='A', set-identifier='x'] but it was not found]",
    ],
    [
      'a record set that exists',
      [cnameChange('CREATE', GREEN)],
      `[Tried to create ${appSet} but it already exists]`,
    ],
    [
      'the same deletion twice',
      [cnameChange('DELETE', BLUE), cnameChange('DELETE', BLUE)],
      "[The request contains an invalid set of changes for a resource record set 'CNAME app.example.test.']",
    ],
    [
      'creation before deletion',
      [cnameChange('CREATE', GREEN), cnameChange('DELETE', BLUE)],
      "[The request contains an invalid set of changes for a resource record set 'CNAME app.example.test.']",
    ],
    [
      'a CNAME at the apex',
      [cnameChange('CREATE', BLUE, { name: ZONE })],
      '[RRSet of type CNAME with DNS name example.test. is not permitted at apex in zone example.test.]',
    ],
    [
      'a CNAME beside others',
      [cnameChange('CREATE', GREEN, { name: BLUE })],
      '[RRSet of type CNAME with DNS name blue.example.test. is not permitted as it conflicts with other records with the same DNS name in zone example.test.]',
    ],
    [
      'others beside a CNAME',
      [create(plain('app', 'A', '127.0.0.4'))],
      '[RRSet of type A with DNS name app.example.test. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.test.]',
    ],
    [
      'a name outside the zone',
      [cnameChange('CREATE', BLUE, { name: 'app.example.com' })],
      '[RRSet with DNS name app.example.com. is not permitted in zone example.test.]',
    ],
    [
      'a name that only looks like one inside',
      [cnameChange('CREATE', BLUE, { name: `bad${ZONE}` })],
      '[RRSet with DNS name badexample.test. is not permitted in zone example.test.]',
    ],
    [
      'simple beside weighted',
      [weighted('one'), create(plain('w', 'A', '127.0.0.5'))],
      'RRSet with DNS name w.example.test., type A cannot be created as other RRSets exist with the same name and type.',
    ],
    [
      'weighted sets of two TTLs',
      [weighted('one'), weighted('two', { TTL: 61 })],
      'type A, SetIdentifier two cannot be created as weighted sets must contain the same TTL.',
    ],
    [
      'an empty label',
      [cnameChange('UPSERT', 'green..example.test')],
      "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'green..example.test'",
    ],
    [
      'an address that is none',
      [create(plain('x', 'A', '127.0.0.256'))],
      "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '127.0.0.256'']",
    ],
    ['an IPv4 address as AAAA', [create(plain('x', 'AAAA', '127.0.0.1'))], 'AAAARRDATAIllegalIPv6Address'],
    [
      'a text without quotes',
      [create(plain('x', 'TXT', 'bare'))],
      'InvalidCharacterString (Value should be enclosed in quotation marks)',
    ],
    ['a mail server without its number', [create(plain('x', 'MX', `mail.${ZONE}`))], 'MXRRDATANotTwoFields'],
    ['a service of three fields', [create(plain('x', 'SRV', `1 2 mail.${ZONE}`))], 'SRVRRDATANotFourFields'],
    ['two targets of a CNAME', [create(plain('x', 'CNAME', BLUE, GREEN))], 'must have exactly one value'],
    ['one value twice', [create(plain('x', 'A', '127.0.0.1', '127.0.0.1'))], 'Duplicate Resource Record'],
    [
      'an alias to nowhere',
      [alias('elsewhere.us-east-1.elb.amazonaws.com')],
      'Tried to create an alias that targets elsewhere.us-east-1.elb.amazonaws.com., type A in zone Z35SXDOTRQ7X7K, but that target was not found',
    ],
    [
      'an alias to a CNAME as if it had addresses',
      [alias(`app.${ZONE}`, ZONE_ID)],
      `Tried to create an alias that targets app.example.test., type A in zone ${ZONE_ID}, but that target was not found`,
    ],
    [
      'an alias into the wrong zone',
      [alias(BLUE)],
      'but the alias target name does not lie within the target zone',
    ],
    [
      'deleting the name servers',
      [
        {
          Action: 'DELETE',
          ResourceRecordSet: { Name: ZONE, Type: 'NS', TTL: 172_800, ResourceRecords: [{ Value: 'x.' }] },
        },
      ],
      '[A HostedZone must contain at least one NS record for the zone itself.]',
    ],
  ];

  test.each(cases)('%s', async (_, changes, message) => {
    const before = await list();
    const error = await failure(submit(world.client, ...changes));
    expect(error).toBeInstanceOf(InvalidChangeBatch);
    expect(error.message).toContain(message);
    expect((await list()).ResourceRecordSets).toEqual(before.ResourceRecordSets);
  });

  test('every problem of a batch is told', async () => {
    const error = await failure(
      submit(world.client, cnameChange('DELETE', GREEN), cnameChange('DELETE', BLUE, { name: GREEN })),
    );
    expect(error.message).toMatch(/^\[Tried to delete .*do not match.*, Tried to delete .*was not found\]$/);
  });

  const senseless: readonly [string, ResourceRecordSet, string][] = [
    [
      'no values',
      { Name: inZone('x'), Type: 'A', TTL: 60 },
      'but found none in Change with [Action=CREATE, Name=x.example.test., Type=A, SetIdentifier=null]',
    ],
    [
      'no TTL',
      { Name: inZone('x'), Type: 'A', ResourceRecords: [{ Value: '127.0.0.1' }] },
      'but found none in Change',
    ],
    [
      'an alias with a TTL',
      {
        Name: inZone('x'),
        Type: 'A',
        TTL: 60,
        AliasTarget: { HostedZoneId, DNSName: BLUE, EvaluateTargetHealth: false },
      },
      'but found more than one in Change',
    ],
    [
      'a weight without an identifier',
      { ...plain('x', 'A', '127.0.0.1'), Weight: 1 },
      "Missing field 'SetIdentifier'",
    ],
    [
      'an identifier without a weight',
      { ...plain('x', 'A', '127.0.0.1'), SetIdentifier: 'x' },
      'Expected exactly one of [Weight, ',
    ],
    [
      'a weight of 256',
      { ...plain('x', 'A', '127.0.0.1'), SetIdentifier: 'x', Weight: 256 },
      'Weight is 256, must be 0 to 255',
    ],
    ['a negative TTL', { ...plain('x', 'A', '127.0.0.1'), TTL: -1 }, 'TTL is -1'],
    [
      'a type that is not modelled',
      { Name: inZone('x'), Type: 'CAA', TTL: 1, ResourceRecords: [{ Value: '0 issue "x"' }] },
      'does not model records of type CAA',
    ],
    [
      'a failover record',
      { ...plain('x', 'A', '127.0.0.1'), SetIdentifier: 'x', Failover: 'PRIMARY' },
      'does not model Failover',
    ],
    [
      'a health check',
      { ...plain('x', 'A', '127.0.0.1'), HealthCheckId: 'x' },
      'does not model HealthCheckId',
    ],
    [
      'health of weighted aliases',
      {
        Name: inZone('x'),
        Type: 'A',
        SetIdentifier: 'x',
        Weight: 1,
        AliasTarget: { HostedZoneId: ELB_ZONE_ID, DNSName: BLUE_LB, EvaluateTargetHealth: true },
      },
      'does not model EvaluateTargetHealth of weighted records',
    ],
  ];

  test.each(senseless)('%s', async (_, set, message) => {
    const error = await failure(submit(world.client, create(set)));
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error.message).toContain(message);
  });

  test('an unknown zone, an unknown change, an unmodelled operation', async () => {
    const zone = await failure(world.client.send(new ListResourceRecordSetsCommand({ HostedZoneId: 'Z0' })));
    expect(zone).toBeInstanceOf(NoSuchHostedZone);
    expect(zone.message).toBe('No hosted zone found with ID: Z0');
    const change = await failure(world.client.send(new GetChangeCommand({ Id: 'C0' })));
    expect(change).toBeInstanceOf(NoSuchChange);
    const other = await failure(
      world.client.send(new CreateHostedZoneCommand({ Name: 'x.test', CallerReference: 'x' })),
    );
    expect(other.message).toContain('The action CreateHostedZone is not modelled by the range for route53');
  });

  test('a record set that cannot be is refused when the zone starts', async () => {
    await expect(startWorld({ records: [record('', 'CNAME', BLUE)] })).rejects.toThrow(
      'not permitted at apex',
    );
  });
});
