import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribeTargetHealthInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RangeDns, startDns } from '../../../src/range/dns/dns.ts';
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

const zone = 'Z0123456789ABCDEFGHIJ';

let setting: Setting;
let dns: RangeDns;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zonewise-clients-'));
  dns = await startDns({
    zone: 'example.test',
    zoneId: zone,
    records: ['cli', 'boto'].map((name) => ({
      name: `${name}.example.test`,
      type: 'CNAME',
      content: { kind: 'values', ttl: 60, values: ['blue.example.test'] },
    })),
    nameServers: 2,
    propagation: 0,
    lag: 0,
    random: Math.random,
  });
  setting = await startSetting([
    dns.service,
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
  await dns.stop();
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

test(
  'the AWS CLI swaps a record, waits for it, and is told when it comes too late',
  async () => {
    if (await isMissing('the AWS CLI', 'aws', ['--version'])) {
      return;
    }
    const flip = ['route53', 'change-resource-record-sets', '--hosted-zone-id', zone, '--change-batch'];
    const batch = JSON.stringify({ Comment: 'a & b', Changes: swap('cli.example.test') });
    const first = await aws(...flip, batch);
    const { Id } = JSON.parse(first.stdout).ChangeInfo;
    const [stale, waited, records] = await Promise.all([
      aws(...flip, batch),
      aws('route53', 'wait', 'resource-record-sets-changed', '--id', Id),
      aws('route53', 'list-resource-record-sets', '--hosted-zone-id', zone, '--page-size', '1'),
    ]);
    expect(stale.stderr).toContain(
      "(InvalidChangeBatch) when calling the ChangeResourceRecordSets operation: [Tried to delete resource record set [name='cli.example.test.', type='CNAME'] but the values provided do not match the current values]",
    );
    expect(waited).toMatchObject({ code: 0 });
    expect(JSON.parse(records.stdout).ResourceRecordSets).toContainEqual({
      Name: 'cli.example.test.',
      Type: 'CNAME',
      TTL: 60,
      ResourceRecords: [{ Value: 'green.example.test' }],
    });
  },
  patience,
);

function swap(Name: string): readonly object[] {
  return ['DELETE blue', 'CREATE green'].map((change) => {
    const [Action, target] = change.split(' ');
    const ResourceRecords = [{ Value: `${target}.example.test` }];
    return { Action, ResourceRecordSet: { Name, Type: 'CNAME', TTL: 60, ResourceRecords } };
  });
}

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

route53 = boto3.client("route53")
flip = {"HostedZoneId": "${zone}", "ChangeBatch": {"Changes": json.loads('${JSON.stringify(swap('boto.example.test'))}')}}
status = route53.get_change(Id=route53.change_resource_record_sets(**flip)["ChangeInfo"]["Id"])["ChangeInfo"]["Status"]
try:
    route53.change_resource_record_sets(**flip)
    stale = None
except route53.exceptions.InvalidChangeBatch as error:
    stale = error.response["Error"]["Message"]
try:
    route53.list_geo_locations()
    places = None
except ClientError as error:
    places = error.response["Error"]["Code"]
pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId="${zone}", PaginationConfig={"PageSize": 1})
records = [row for page in pages for row in page["ResourceRecordSets"] if row["Name"] == "boto.example.test."]

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
    "flipped": [status, records[0]["ResourceRecords"][0]["Value"], stale],
    "places": places,
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
      flipped: [
        'INSYNC',
        'green.example.test',
        "[Tried to delete resource record set [name='boto.example.test.', type='CNAME'] but the values provided do not match the current values]",
      ],
      places: 'InvalidAction',
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
