import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  GetCommandInvocationCommand,
  InvocationDoesNotExist,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startEndpoint } from '../../../src/range/wire/endpoint.ts';
import { type Call, WireError } from '../../../src/range/wire/service.ts';
import { elbv2Service, failure, type Setting, sendSigned, ssmService, startSetting } from './builder.ts';

const awkward = `<a href="x">&amp; 'quoted' ]]> ünïcödé\n`;
const group = 'arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/web/1';
const instance = 'i-00000000000000001';
const requestedAt = new Date('2026-11-21T10:20:30.250Z');

let setting: Setting;
let seen: { input: unknown; call: Call }[] = [];

beforeAll(async () => {
  setting = await startSetting([elbv2Service(elbv2Operations), ssmService(ssmOperations)]);
});
beforeEach(() => {
  seen = [];
});
afterAll(() => setting.endpoint.stop());

const elbv2Operations = {
  DescribeTargetHealth(input: elbv2.DescribeTargetHealthInput, call: Call) {
    seen.push({ input, call });
    return {
      TargetHealthDescriptions: [
        { Target: { Id: 'i-1', Port: 80 }, TargetHealth: { State: 'draining', Description: awkward } },
        { Target: { Id: 'i-2', Port: 81 }, TargetHealth: { State: 'healthy' } },
      ],
    };
  },
  DescribeTargetGroups(input: elbv2.DescribeTargetGroupsInput, call: Call) {
    seen.push({ input, call });
    if (input.Names?.includes('broken')) {
      throw new TypeError('a bug in the range');
    }
    if (input.TargetGroupArns?.includes(group)) {
      throw new WireError('TargetGroupNotFound', `no such group: ${awkward}`);
    }
    return { TargetGroups: [] };
  },
  DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerName: 'front', CreatedTime: requestedAt }] }),
  ModifyListener(input: elbv2.ModifyListenerInput, call: Call) {
    seen.push({ input, call });
    return {};
  },
};

const ssmOperations = {
  SendCommand(input: unknown, call: Call) {
    seen.push({ input, call });
    return { Command: { CommandId: 'c-1', RequestedDateTime: requestedAt, Comment: awkward } };
  },
  GetCommandInvocation() {
    throw new WireError('InvocationDoesNotExist', 'no such invocation');
  },
};

function balancers(): elbv2.ElasticLoadBalancingV2Client {
  return new elbv2.ElasticLoadBalancingV2Client(setting.client);
}

describe('awsQuery', () => {
  test('brings the input to the operation and the output back, with the region of the caller', async () => {
    const output = await balancers().send(
      new elbv2.DescribeTargetHealthCommand({
        TargetGroupArn: group,
        Targets: Array.from({ length: 12 }, (_, index) => ({ Id: awkward, Port: 8000 + index })),
      }),
    );
    expect(seen).toEqual([
      {
        input: {
          TargetGroupArn: group,
          Targets: Array.from({ length: 12 }, (_, index) => ({ Id: awkward, Port: 8000 + index })),
        },
        call: { region: 'eu-west-1' },
      },
    ]);
    expect(output.TargetHealthDescriptions).toEqual([
      { Target: { Id: 'i-1', Port: 80 }, TargetHealth: { State: 'draining', Description: awkward } },
      { Target: { Id: 'i-2', Port: 81 }, TargetHealth: { State: 'healthy' } },
    ]);
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('keeps booleans, numbers, nested lists, and empty lists apart', async () => {
    const action = {
      Type: 'forward' as const,
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: group, Weight: 0 },
          { TargetGroupArn: group, Weight: 999 },
        ],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    };
    await balancers().send(
      new elbv2.ModifyListenerCommand({ ListenerArn: 'l', DefaultActions: [action], Certificates: [] }),
    );
    expect(seen[0]?.input).toEqual({ ListenerArn: 'l', DefaultActions: [action], Certificates: [] });
  });

  test('writes maps, times and empty lists as clients read them', async () => {
    const extra = { first: '1', second: awkward };
    const action = {
      Type: 'authenticate-oidc' as const,
      AuthenticateOidcConfig: {
        Issuer: 'i',
        AuthorizationEndpoint: 'a',
        TokenEndpoint: 't',
        UserInfoEndpoint: 'u',
        ClientId: 'c',
        AuthenticationRequestExtraParams: extra,
      },
    };
    await balancers().send(new elbv2.ModifyListenerCommand({ ListenerArn: 'l', DefaultActions: [action] }));
    expect(seen[0]?.input).toEqual({ ListenerArn: 'l', DefaultActions: [action] });

    const { LoadBalancers } = await balancers().send(new elbv2.DescribeLoadBalancersCommand({}));
    expect(LoadBalancers?.[0]?.CreatedTime).toEqual(requestedAt);
    const { TargetGroups } = await balancers().send(new elbv2.DescribeTargetGroupsCommand({}));
    expect(TargetGroups).toEqual([]);
  });

  test('an error of the service arrives as the typed exception of the SDK', async () => {
    const error = await failure(
      balancers().send(new elbv2.DescribeTargetGroupsCommand({ TargetGroupArns: [group] })),
    );
    expect(error).toBeInstanceOf(elbv2.TargetGroupNotFoundException);
    expect(error.message).toBe(`no such group: ${awkward}`);
  });

  test('an operation that is not modelled is refused by name', async () => {
    const error = await failure(balancers().send(new elbv2.DescribeRulesCommand({ ListenerArn: 'l' })));
    expect(error).toMatchObject({ name: 'InvalidAction', $metadata: { httpStatusCode: 400 } });
    expect(error.message).toMatch(/^The action DescribeRules is not modelled by the range/);
  });

  test('a required member that is missing is named', async () => {
    const error = await failure(
      balancers().send(
        new elbv2.DescribeTargetHealthCommand({ TargetGroupArn: undefined, Targets: [{ Id: undefined }] }),
      ),
    );
    expect(error.name).toBe('ValidationError');
    expect(error.message).toContain('TargetGroupArn is required and missing');
    expect(seen).toEqual([]);
  });

  test.each([
    ['&TargetGroup=web', 'TargetGroup is not a member of DescribeTargetGroupsInput'],
    ['&PageSize=many', 'PageSize must be a number, not "many"'],
    ['&Names.1=web', 'Names must be a list'],
    ['&Names.member.first=web', 'Names must be a list'],
    ['&Names.member.1.Name=web', 'Names.1 must be a string'],
  ])('the parameter %s is refused', async (parameter, problem) => {
    const response = await sendQuery(`Action=DescribeTargetGroups&Version=2015-12-01${parameter}`);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('<Code>ValidationError</Code>');
    expect(text.replaceAll('&quot;', '"')).toContain(problem);
    expect(seen).toEqual([]);
  });

  test('another version of the API, and a request without an action, are refused', async () => {
    const old = await sendQuery('Action=DescribeTargetGroups&Version=2012-06-01');
    expect(await old.text()).toContain('for version 2012-06-01');
    const none = await sendQuery('Version=2015-12-01');
    expect(await none.text()).toContain('The action (none) is not modelled');
  });

  test('a bug in the range is an InternalFailure, printed with the operation, and its text stays inside', async () => {
    const print = jest.spyOn(console, 'error').mockReturnValue();
    const error = await failure(
      balancers().send(new elbv2.DescribeTargetGroupsCommand({ Names: ['broken'] })),
    );
    expect(error).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(error.message).not.toContain('a bug');
    expect(print.mock.calls[0]?.[0]).toContain('elasticloadbalancing DescribeTargetGroups');
    print.mockRestore();
  });
});

describe('awsJson', () => {
  const client = (): SSMClient => new SSMClient(setting.client);

  test('brings the input to the operation and the output back', async () => {
    const input = {
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [instance],
      Parameters: { commands: ['echo "<&>"', awkward] },
      TimeoutSeconds: 60,
    };
    const { Command } = await client().send(new SendCommandCommand(input));
    expect(seen).toEqual([{ input, call: { region: 'eu-west-1' } }]);
    expect(Command).toEqual({ CommandId: 'c-1', RequestedDateTime: requestedAt, Comment: awkward });
  });

  test('an error of the service arrives as the typed exception of the SDK', async () => {
    const error = await failure(
      client().send(new GetCommandInvocationCommand({ CommandId: 'c', InstanceId: instance })),
    );
    expect(error).toBeInstanceOf(InvocationDoesNotExist);
    expect(error.message).toBe('no such invocation');
  });

  test('an operation that is not modelled is refused by name', async () => {
    const error = await failure(client().send(new ListCommandsCommand({})));
    expect(error.name).toBe('UnknownOperationException');
    expect(error.message).toContain('The action ListCommands is not modelled');
  });

  test.each([
    ['{}', 'ValidationException', 'DocumentName is required and missing'],
    ['{"DocumentName":7}', 'ValidationException', 'DocumentName must be a string, not 7'],
    ['{"DocumentName":"d","Instances":[]}', 'ValidationException', 'Instances is not a member'],
    ['{"DocumentName":"d","InstanceIds":"i"}', 'ValidationException', 'InstanceIds must be a list'],
    [
      '{"DocumentName":"d","Parameters":{"commands":"x"}}',
      'ValidationException',
      'Parameters.commands must be a list',
    ],
    ['{"DocumentName"', 'SerializationException', 'the body is not JSON'],
  ])('the body %s is refused', async (body, type, problem) => {
    const response = await sendSigned(setting.endpoint.url, {
      service: 'ssm',
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.SendCommand' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ __type: type, message: expect.stringContaining(problem) });
    expect(seen).toEqual([]);
  });
});

describe('who is asking', () => {
  test('the range says that it is the range', async () => {
    const identity = await new STSClient(setting.client).send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe('000000000000');
    expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/zonewise-range/range');
  });

  test('a wrong secret', async () => {
    const credentials = { ...setting.client.credentials, secretAccessKey: 'wrong' };
    const query = new STSClient({ ...setting.client, credentials });
    expect(await failure(query.send(new GetCallerIdentityCommand({})))).toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    const json = new SSMClient({ ...setting.client, credentials });
    const error = await failure(json.send(new SendCommandCommand({ DocumentName: 'd' })));
    expect(error.name).toBe('InvalidSignatureException');
    expect(seen).toEqual([]);
  });

  test('a foreign access key', async () => {
    const credentials = { ...setting.client.credentials, accessKeyId: 'AKIAFOREIGN' };
    const client = new STSClient({ ...setting.client, credentials });
    const error = await failure(client.send(new GetCallerIdentityCommand({})));
    expect(error.name).toBe('InvalidClientTokenId');
    expect(error.message).toContain('AKIAFOREIGN');
  });

  test('no credentials at all', async () => {
    const response = await fetch(setting.endpoint.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('a signature that is not one', async () => {
    const response = await fetch(setting.endpoint.url, {
      method: 'POST',
      headers: { authorization: 'Bearer token', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('expected AWS4-HMAC-SHA256');
  });

  test('a clock that is wrong by more than 15 minutes', async () => {
    const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);
    const body = 'Action=DescribeTargetGroups&Version=2015-12-01';
    expect((await sendQuery(body, { signedAt: minutes(-14) })).status).toBe(200);
    for (const signedAt of [minutes(-16), minutes(16)]) {
      const response = await sendQuery(body, { signedAt });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('more than 15 minutes from now');
    }
  });

  test('a body that was changed after signing', async () => {
    const response = await sendQuery('Action=DescribeTargetGroups&Version=2015-12-01', {
      headers: { 'x-amz-content-sha256': '0'.repeat(64) },
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
  });

  test('a service that is not modelled is refused by name', async () => {
    const response = await sendSigned(setting.endpoint.url, { service: 'iam', method: 'POST', path: '/' });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('The service iam is not modelled by the range');
  });
});

describe('the endpoint', () => {
  test('does not start with an operation that the service does not have', async () => {
    const error = await failure(
      startEndpoint({
        services: [elbv2Service({ DescribeEverything: () => ({}) })],
        s3: async () => {},
        accessKeyId: 'a',
        secretAccessKey: 'b',
      }),
    );
    expect(error.message).toContain('has no operation DescribeEverything');
  });

  test('stops while a request is open', async () => {
    let arrived = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const other = await startSetting([
      elbv2Service({
        DescribeTargetGroups: () => {
          arrived();
          return new Promise<object>(() => {});
        },
      }),
    ]);
    const open = failure(
      new elbv2.ElasticLoadBalancingV2Client(other.client).send(new elbv2.DescribeTargetGroupsCommand({})),
    );
    await arrival;
    await other.endpoint.stop();
    await open;
    await expect(fetch(other.endpoint.url)).rejects.toThrow();
  });
});

function sendQuery(
  body: string,
  more: { signedAt?: Date; headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  return sendSigned(setting.endpoint.url, {
    service: 'elasticloadbalancing',
    method: 'POST',
    path: '/',
    body,
    ...more,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more.headers },
  });
}
