import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribeTargetHealthInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ec2Service } from '../../../src/range/ec2/service.ts';
import { WireError } from '../../../src/range/wire/service.ts';
import {
  accessKeyId,
  elbv2Service,
  type Setting,
  secretAccessKey,
  ssmService,
  startSetting,
} from './builder.ts';

// A client written in Python takes seconds to start on a busy machine.
const patience = 60_000;
const group = 'arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/web/1';
const instances = ['i-0a000000000000001', 'i-0b000000000000002'] as const;

let setting: Setting;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zonewise-clients-'));
  setting = await startSetting([
    elbv2Service({ DescribeTargetHealth: describeTargetHealth }),
    ssmService({ SendCommand: () => ({ Command: { CommandId: 'c-1', RequestedDateTime: new Date(0) } }) }),
    ec2Service(async () =>
      instances.map((host, index) => ({
        host,
        zone: `eu-west-1${index === 0 ? 'a' : 'b'}`,
        region: 'eu-west-1',
        address: '127.0.0.1',
        port: 80,
      })),
    ),
  ]);
});
afterAll(async () => {
  await setting.endpoint.stop();
  await rm(folder, { recursive: true });
});

function describeTargetHealth(input: DescribeTargetHealthInput): object {
  if (input.TargetGroupArn !== group) {
    throw new WireError('TargetGroupNotFound', `no such group <${String(input.TargetGroupArn)}>`);
  }
  return {
    TargetHealthDescriptions: (input.Targets ?? []).map((target) => ({
      Target: target,
      TargetHealth: { State: 'draining', Description: '<drain> & wait' },
    })),
  };
}

test(
  'the AWS CLI works against the endpoint unmodified',
  async () => {
    if (await isMissing('the AWS CLI', 'aws', ['--version'])) {
      return;
    }
    const file = join(folder, 'release.tar.gz');
    await writeFile(file, 'artifact');
    const health = ['elbv2', 'describe-target-health', '--target-group-arn'];
    const [identity, targets, unknown, rules, command] = await Promise.all([
      aws('sts', 'get-caller-identity'),
      aws(...health, group, '--targets', 'Id=i-1,Port=80', 'Id=i-2,Port=81'),
      aws(...health, 'arn:none'),
      aws('elbv2', 'describe-rules'),
      aws('ssm', 'send-command', '--document-name', 'AWS-RunShellScript', '--parameters', 'commands=ls'),
    ]);
    expect(JSON.parse(identity.stdout)).toMatchObject({ Account: '000000000000' });
    expect(JSON.parse(targets.stdout).TargetHealthDescriptions).toEqual(
      [80, 81].map((Port, index) => ({
        Target: { Id: `i-${String(index + 1)}`, Port },
        TargetHealth: { State: 'draining', Description: '<drain> & wait' },
      })),
    );
    expect(unknown.stderr).toContain('(TargetGroupNotFound)');
    expect(unknown.stderr).toContain('no such group <arn:none>');
    expect(rules.stderr).toContain('The action DescribeRules is not modelled by the range');
    expect(JSON.parse(command.stdout)).toMatchObject({ Command: { CommandId: 'c-1' } });

    const describe = ['ec2', 'describe-instances'];
    const [both, second, none] = await Promise.all([
      aws(...describe, '--instance-ids', ...instances),
      aws(
        ...describe,
        '--filters',
        'Name=availability-zone,Values=eu-west-1b,eu-west-1c',
        '--page-size',
        '5',
      ),
      aws(...describe, '--instance-ids', 'i-00000000'),
    ]);
    expect(zonesIn(JSON.parse(both.stdout))).toEqual(['eu-west-1a', 'eu-west-1b']);
    expect(zonesIn(JSON.parse(second.stdout))).toEqual(['eu-west-1b']);
    expect(none.stderr).toContain(
      "(InvalidInstanceID.NotFound) when calling the DescribeInstances operation: The instance ID 'i-00000000' does not exist",
    );

    await aws('s3', 'mb', 's3://cli-releases');
    const up = await aws('s3', 'cp', file, 's3://cli-releases/web/1.0.0 é.tar.gz');
    expect(up).toMatchObject({ code: 0 });
    const [listing, down, locked] = await Promise.all([
      aws('s3', 'ls', 's3://cli-releases/web/'),
      aws('s3', 'cp', 's3://cli-releases/web/1.0.0 é.tar.gz', `${file}.back`),
      aws(
        's3api',
        'put-object',
        '--bucket',
        'cli-releases',
        '--key',
        'web/1.0.0 é.tar.gz',
        '--if-none-match',
        '*',
      ),
    ]);
    expect(listing.stdout).toContain('1.0.0 é.tar.gz');
    expect(down).toMatchObject({ code: 0 });
    expect(await readFile(`${file}.back`, 'utf8')).toBe('artifact');
    expect(locked.stderr).toContain('PreconditionFailed');
  },
  patience,
);

const boto3Script = `
import boto3, json, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError

elbv2 = boto3.client("elbv2")
health = elbv2.describe_target_health(TargetGroupArn="${group}", Targets=[{"Id": "i-1", "Port": 80}])
try:
    elbv2.describe_target_health(TargetGroupArn="arn:none")
    missing = None
except elbv2.exceptions.TargetGroupNotFoundException as error:
    missing = error.response["Error"]["Message"]
try:
    elbv2.describe_rules()
    unmodelled = None
except ClientError as error:
    unmodelled = error.response["Error"]["Code"]

ec2 = boto3.client("ec2")
by_zone = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "availability-zone", "Values": ["eu-west-1b"]}])
try:
    ec2.describe_vpcs()
    vpcs = None
except ClientError as error:
    vpcs = error.response["Error"]["Code"]

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
s3.create_bucket(Bucket="boto-releases", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
first = s3.put_object(Bucket="boto-releases", Key="a b&c", Body=b"one")["VersionId"]
s3.put_object(Bucket="boto-releases", Key="a b&c", Body=b"two", IfMatch='"f97c5d29941bfb1b2fdab0874906ab82"')
url = s3.generate_presigned_url("get_object", Params={"Bucket": "boto-releases", "Key": "a b&c", "VersionId": first})
try:
    s3.get_object(Bucket="boto-releases", Key="missing")
    nokey = None
except s3.exceptions.NoSuchKey as error:
    nokey = error.response["Error"]["Code"]

print(json.dumps({
    "health": health["TargetHealthDescriptions"],
    "missing": missing,
    "unmodelled": unmodelled,
    "instances": [row["Instances"][0]["InstanceId"] for page in by_zone for row in page["Reservations"]],
    "vpcs": vpcs,
    "account": boto3.client("sts").get_caller_identity()["Account"],
    "command": boto3.client("ssm").send_command(DocumentName="d")["Command"]["RequestedDateTime"].timestamp(),
    "newest": s3.get_object(Bucket="boto-releases", Key="a b&c")["Body"].read().decode(),
    "presigned": urllib.request.urlopen(url).read().decode(),
    "keys": [row["Key"] for row in s3.list_objects_v2(Bucket="boto-releases")["Contents"]],
    "versions": len(s3.list_object_versions(Bucket="boto-releases")["Versions"]),
    "nokey": nokey,
}))
`;

test(
  'boto3 works against the endpoint unmodified',
  async () => {
    if (await isMissing('boto3', 'python3', ['-c', 'import boto3'])) {
      return;
    }
    const { stdout, stderr } = await run('python3', ['-c', boto3Script]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      health: [
        {
          Target: { Id: 'i-1', Port: 80 },
          TargetHealth: { State: 'draining', Description: '<drain> & wait' },
        },
      ],
      missing: 'no such group <arn:none>',
      unmodelled: 'InvalidAction',
      instances: [instances[1]],
      vpcs: 'InvalidAction',
      account: '000000000000',
      command: 0,
      newest: 'two',
      presigned: 'one',
      keys: ['a b&c'],
      versions: 2,
      nokey: 'NoSuchKey',
    });
  },
  patience,
);

/** What `describe-instances` printed. */
interface Described {
  readonly Reservations: readonly {
    readonly Instances: readonly { readonly Placement: { readonly AvailabilityZone: string } }[];
  }[];
}

function zonesIn({ Reservations }: Described): readonly string[] {
  return Reservations.flatMap(({ Instances }) =>
    Instances.map(({ Placement }) => Placement.AvailabilityZone),
  );
}

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function aws(...words: readonly string[]): Promise<Outcome> {
  return run('aws', [...words, '--output', 'json']);
}

/** Runs a program with nothing of the caller's AWS configuration but the endpoint and its credentials. */
function run(program: string, words: readonly string[]): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const env = {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: setting.endpoint.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_MAX_ATTEMPTS: '1',
    LC_ALL: 'C.UTF-8',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  execFile(program, words, { env, cwd: folder }, (error, stdout, stderr) => {
    resolve({ code: error?.code ?? 0, stdout, stderr });
  });
  return promise;
}

/** A client that is not installed is said loudly, and is a failure where everything must be. */
async function isMissing(name: string, program: string, words: readonly string[]): Promise<boolean> {
  const { code, stderr } = await run(program, words);
  if (code === 0) {
    return false;
  }
  const message = `NOT RUN: ${name} is not installed here (pip install awscli boto3): ${stderr}`;
  if (process.env['CI'] === 'true') {
    throw new Error(message);
  }
  process.stderr.write(`\n${message}\n`);
  return true;
}
