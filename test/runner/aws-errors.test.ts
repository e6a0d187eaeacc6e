import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type AwsOperation, explainAws } from '../../src/runner/aws-errors.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';

const READ: AwsOperation = {
  purpose: 'read the targets of pool web',
  action: 'elasticloadbalancing:DescribeTargetHealth',
  resource: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef',
};
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe('what the clients really throw', () => {
  test('a refusal names the IAM action and what to allow it on', async () => {
    const error = explainAws(await elbError(403, 'AccessDenied', 'User x is not authorized'), READ);

    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      'Could not read the targets of pool web: AWS does not allow it (AccessDenied: User x is not authorized, ' +
        `request id 5e-1). Add the action ${READ.action} on ${READ.resource} to the policy of the role that runs this step.`,
    );
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('a refusal of a JSON service is one too', async () => {
    const error = explainAws(await ssmError(400, 'AccessDeniedException', 'no'), READ);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('Add the action');
  });

  test('a refused HEAD request, which has no body, is one too', async () => {
    const endpoint = await answering(403, '', 'application/xml');
    const client = new S3Client({ ...settings(endpoint), forcePathStyle: true });
    const error = await failureOf(client.send(new HeadObjectCommand({ Bucket: 'acme', Key: 'k' })));
    const told = explainAws(error, { purpose: 'find the artifact', action: 's3:GetObject' });
    expect(told).toBeInstanceOf(UserError);
    expect(told.message).toMatch(
      /^Could not find the artifact: AWS does not allow it \(HTTP status 403.*s3:GetObject to/,
    );
  });

  test.each([
    ['ExpiredToken', 'have expired', 'Run the job again'],
    ['InvalidClientTokenId', 'does not accept the credentials', 'configure-aws-credentials'],
    ['SignatureDoesNotMatch', 'does not accept the credentials', 'configure-aws-credentials'],
  ])('%s', async (code, seen, cure) => {
    const error = explainAws(await elbError(403, code, 'The security token'), READ);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(seen);
    expect(error.message).toContain(cure);
  });

  test('throttling that outlasted the retries is the platform not answering', async () => {
    const error = explainAws(await elbError(400, 'Throttling', 'Rate exceeded'), READ);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toContain('limits the rate of calls');
  });

  test('any other code is given as it is, with message and request id', async () => {
    const error = explainAws(await elbError(500, 'InternalFailure', 'Oh\n  no.'), READ);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error.message).toBe(
      'Could not read the targets of pool web: AWS answered InternalFailure: Oh no, request id 5e-1.',
    );
  });

  test('a port where nothing listens is named, and AWS_ENDPOINT_URL with it', async () => {
    const endpoint = await answering(200, '', 'text/xml');
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    const told = await explainedFailure(endpoint);

    expect(told.name).toBe('PlatformError');
    expect(told.plain).toContain(`${new URL(endpoint).host} does not answer (ECONNREFUSED`);
    expect(told.plain).toContain('Check that the region is right');
    expect(told.overridden).toContain(`AWS_ENDPOINT_URL is ${endpoint}`);
  });

  test('a name with several addresses where nothing listens', async () => {
    const told = await explainedFailure('http://localhost:1');
    expect(told.name).toBe('PlatformError');
    expect(told.plain).toMatch(/:1 does not answer \(ECONNREFUSED: connect ECONNREFUSED/);
  });

  test('a name that does not resolve is named', async () => {
    const told = await explainedFailure('http://ssm.nowhere.invalid');
    expect(told.name).toBe('PlatformError');
    expect(told.plain).toContain('ssm.nowhere.invalid does not answer');
  });

  test('an aborted call is a cancellation', async () => {
    const client = new SSMClient(settings(await answering(200, '{}', 'application/x-amz-json-1.1')));
    const abortSignal = AbortSignal.abort();
    const error = await failureOf(client.send(new DescribeInstanceInformationCommand({}), { abortSignal }));
    expect(explainAws(error, READ)).toBeInstanceOf(CancelledError);
  });

  test('no credentials anywhere', async () => {
    const error = await withEnvironment(
      { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent', ...NO_KEYS },
      async () => {
        const client = new SSMClient({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
        return failureOf(client.send(new DescribeInstanceInformationCommand({})));
      },
    );
    const told = explainAws(error, READ);
    expect(told).toBeInstanceOf(UserError);
    expect(told.message).toContain('there are no AWS credentials');
    expect(told.message).toContain('aws-actions/configure-aws-credentials');
  });

  test('no region anywhere', async () => {
    const error = await withEnvironment({ HOME: '/nonexistent', ...NO_KEYS }, async () =>
      failureOf(new SSMClient({ credentials }).send(new DescribeInstanceInformationCommand({}))),
    );
    const told = explainAws(error, READ);
    expect(told).toBeInstanceOf(UserError);
    expect(told.message).toContain('no AWS region is set');
  });
});

test('what is explained already is given back, and what is no error is told', () => {
  const own = new PlatformError('known');
  expect(explainAws(own, READ)).toBe(own);
  expect(explainAws('odd', READ).message).toContain('odd');
});

const NO_KEYS = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_REGION: undefined,
  AWS_DEFAULT_REGION: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
};

async function explainedFailure(endpoint: string): Promise<Record<'name' | 'plain' | 'overridden', string>> {
  const script = join(import.meta.dirname, 'fixtures/aws-call.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, endpoint]);
  return JSON.parse(stdout);
}

async function elbError(status: number, code: string, message: string): Promise<unknown> {
  const body = `<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>5e-1</RequestId></ErrorResponse>`;
  const client = new ElasticLoadBalancingV2Client(settings(await answering(status, body, 'text/xml')));
  return failureOf(client.send(new DescribeTargetHealthCommand({ TargetGroupArn: 'x' })));
}

async function ssmError(status: number, code: string, message: string): Promise<unknown> {
  const body = JSON.stringify({ __type: code, message });
  const client = new SSMClient(settings(await answering(status, body, 'application/x-amz-json-1.1')));
  return failureOf(client.send(new DescribeInstanceInformationCommand({})));
}

function settings(endpoint: string) {
  return { region: 'us-east-1', endpoint, credentials, maxAttempts: 1 };
}

async function answering(status: number, body: string, type: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': '5e-1' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('The call succeeded.');
    },
    (error: unknown) => error,
  );
}

async function withEnvironment<T>(
  changes: Readonly<Record<string, string | undefined>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    return await work();
  } finally {
    for (const name of Object.keys(changes)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
