import * as route53 from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startEndpoint } from '../../../src/range/wire/endpoint.ts';
import { createGate } from '../../../src/range/wire/gate.ts';
import { type Call, WireError } from '../../../src/range/wire/service.ts';
import { failure, type RawRequest, type Setting, sendSigned, startSetting } from './builder.ts';

const awkward = `<a href="x">&amp; 'quoted' ]]> ünïcödé`;
const submittedAt = new Date('2026-11-21T10:20:30.250Z');

let setting: Setting;
let client: route53.Route53Client;
let seen: { input: unknown; call: Call }[] = [];

const operations = {
  ChangeResourceRecordSets(input: route53.ChangeResourceRecordSetsRequest, call: Call) {
    seen.push({ input, call });
    if (input.HostedZoneId === 'Zbusy') throw new WireError('PriorRequestNotComplete', awkward);
    if (input.HostedZoneId === 'Zbug') throw new TypeError('a bug in the range');
    return {
      ChangeInfo: { Id: '/change/C1', Status: 'PENDING', SubmittedAt: submittedAt, Comment: awkward },
    };
  },
  ListResourceRecordSets(input: route53.ListResourceRecordSetsRequest, call: Call) {
    seen.push({ input, call });
    return {
      ResourceRecordSets: [{ Name: 'a.test.', Type: 'A', TTL: 0, ResourceRecords: [{ Value: awkward }] }],
      IsTruncated: false,
      MaxItems: 1,
    };
  },
  GetHostedZone: () => ({ HostedZone: { Id: 'Z', Name: 'x.', CallerReference: 'x' } }),
};

beforeAll(async () => {
  setting = await startSetting([{ scope: 'route53', sdk: route53, operations }]);
  client = new route53.Route53Client(setting.client);
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  client.destroy();
  await setting.endpoint.stop();
});

const change: route53.Change = {
  Action: 'UPSERT',
  ResourceRecordSet: {
    Name: 'a.test',
    Type: 'TXT',
    SetIdentifier: awkward,
    Weight: 0,
    TTL: 60,
    ResourceRecords: [{ Value: '"x"' }, { Value: '"y"' }],
  },
};

describe('restXml', () => {
  test('brings path and body to the operation and the output back', async () => {
    const input = { HostedZoneId: 'Z1', ChangeBatch: { Comment: '', Changes: [change, change] } };
    const output = await client.send(new route53.ChangeResourceRecordSetsCommand(input));
    expect(seen).toEqual([{ input, call: { region: 'eu-west-1' } }]);
    expect(output.ChangeInfo).toEqual({
      Id: '/change/C1',
      Status: 'PENDING',
      SubmittedAt: submittedAt,
      Comment: awkward,
    });
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('brings the query string', async () => {
    const input = {
      HostedZoneId: 'Z 1&2',
      StartRecordName: awkward,
      StartRecordType: 'A',
      MaxItems: 7,
    } as const;
    const { ResourceRecordSets } = await client.send(new route53.ListResourceRecordSetsCommand(input));
    expect(seen[0]?.input).toEqual(input);
    expect(ResourceRecordSets).toEqual([
      { Name: 'a.test.', Type: 'A', TTL: 0, ResourceRecords: [{ Value: awkward }] },
    ]);
  });

  test('an error of the service arrives as the typed exception of the SDK', async () => {
    const ChangeBatch = { Changes: [change] };
    const busy = new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: 'Zbusy', ChangeBatch });
    const error = await failure(client.send(busy));
    expect(error).toBeInstanceOf(route53.PriorRequestNotComplete);
    expect(error).toMatchObject({ message: awkward, $metadata: { httpStatusCode: 400 }, $fault: 'client' });
  });

  test('an error of the range itself is told and printed', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => {});
    try {
      const ChangeBatch = { Changes: [change] };
      const bug = new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: 'Zbug', ChangeBatch });
      const error = await failure(client.send(bug));
      expect(error).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
      expect(printed).toHaveBeenCalledWith(
        'range: route53 ChangeResourceRecordSets failed:',
        expect.any(TypeError),
      );
    } finally {
      printed.mockRestore();
    }
  });

  test('a wrong key is refused', async () => {
    const credentials = { accessKeyId: 'other', secretAccessKey: 'x' };
    const stranger = new route53.Route53Client({ ...setting.client, credentials });
    const error = await failure(stranger.send(new route53.GetHostedZoneCommand({ Id: 'Z' })));
    expect(error).toMatchObject({ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } });
  });
});

describe('requests that no SDK makes', () => {
  const rrset = '/2013-04-01/hostedzone/Z1/rrset';
  const set = '<Name>a.</Name><Type>A</Type>';
  const body = (changes: string) =>
    `<?xml version="1.0"?><!-- x --><ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>${changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;
  const ask = (request: Partial<RawRequest>) =>
    sendSigned(setting.endpoint.url, { service: 'route53', method: 'GET', path: rrset, ...request });
  const post = (text: string) => ask({ method: 'POST', body: text });

  test('a slash at the end of the path changes nothing', async () => {
    expect(await ask({ path: `${rrset}/` })).toMatchObject({ status: 200 });
    const sent = await ask({
      method: 'POST',
      path: `${rrset}/`,
      body: body(`<Change><Action>CREATE</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`),
    });
    expect(sent.status).toBe(200);
    expect(seen[1]?.input).toEqual({
      HostedZoneId: 'Z1',
      ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: { Name: 'a.', Type: 'A' } }] },
    });
  });

  test.each([
    ['another method', { method: 'PUT' }, 'The action PUT /2013-04-01/hostedzone/Z1/rrset is not modelled'],
    ['another path', { path: '/2013-04-01/nothing' }, 'The action GET /2013-04-01/nothing is not modelled'],
    [
      'another version',
      { path: '/2012-12-12/hostedzone/Z1' },
      'The action GET /2012-12-12/hostedzone/Z1 is not',
    ],
    [
      'an operation not modelled',
      { path: '/2013-04-01/geolocations' },
      'The action ListGeoLocations is not modelled',
    ],
    ['another query parameter', { query: { name: 'a', colour: 'red' } }, 'has no query parameter colour'],
    [
      'a page that is no number',
      { query: { maxitems: 'x' } },
      'MaxItems must be a number, not &quot;x&quot;',
    ],
    ['a path of broken escapes', { path: '/2013-04-01/hostedzone/%ZZ/rrset' }, 'not percent-encoded'],
  ] as const)('%s', async (_, request, message) => {
    const response = await ask(request);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(message);
    expect(seen).toEqual([]);
  });

  test.each([
    ['no body', '', 'ChangeBatch is required and missing'],
    ['no XML', 'x<', 'Invalid XML'],
    [
      'a missing member',
      body('<Change><Action>CREATE</Action></Change>'),
      'ChangeBatch.Changes.1.ResourceRecordSet is required',
    ],
    [
      'an element too many',
      body(
        `<Change><Action>CREATE</Action><ResourceRecordSet>${set}<Colour>red</Colour></ResourceRecordSet></Change>`,
      ),
      'has no place for Colour',
    ],
    [
      'an element twice',
      body(`<Change><Action>CREATE</Action><ResourceRecordSet>${set}${set}</ResourceRecordSet></Change>`),
      'Name',
    ],
    [
      'a TTL that is no number',
      body(
        `<Change><Action>CREATE</Action><ResourceRecordSet>${set}<TTL>x</TTL></ResourceRecordSet></Change>`,
      ),
      'TTL',
    ],
    ['another document', '<Other><ChangeBatch><Changes/></ChangeBatch></Other>', 'has no place for Other'],
  ])('%s', async (_, text, message) => {
    const response = await post(text);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(message);
    expect(seen).toEqual([]);
  });
});

test('a bucket for the whole account: 50 calls at once, then Throttling with status 400', async () => {
  const gate = createGate({ throttling: true, clock: () => 0 });
  gate.open();
  const keys = { accessKeyId: 'k', secretAccessKey: 's' };
  const endpoint = await startEndpoint({
    services: [{ scope: 'route53', sdk: route53, operations }],
    gate,
    s3: async () => {},
    ...keys,
  });
  const clients = ['us-east-1', 'eu-west-1'].map(
    (region) =>
      new route53.Route53Client({ endpoint: endpoint.url, region, maxAttempts: 1, credentials: keys }),
  );
  try {
    const settled = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        clients[index % 2]?.send(new route53.GetHostedZoneCommand({ Id: 'Z' })),
      ),
    );
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toHaveLength(10);
    for (const error of refused) {
      expect(error).toMatchObject({
        name: 'Throttling',
        message: 'Rate exceeded',
        $metadata: { httpStatusCode: 400 },
      });
    }
  } finally {
    for (const each of clients) each.destroy();
    await endpoint.stop();
  }
});
