import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloudWatchService } from '../../../src/range/cloudwatch/service.ts';
import { accessKeyId, type Setting, secretAccessKey, startSetting } from '../wire/builder.ts';
import { BAD, composite, handClock, REGION, switchable } from './support.ts';

// A client written in Python takes seconds to start on a busy machine.
const patience = 60_000;
const { clock } = handClock();

let setting: Setting;

beforeAll(async () => {
  const web = switchable('web-5xx');
  web.turn(BAD);
  const alarms = [web.alarm, switchable('web-latency').alarm, composite('web', ['web-5xx'])];
  setting = await startSetting([cloudWatchService({ alarms: () => alarms, clock })]);
});
afterAll(() => setting.endpoint.stop());

test(
  'the AWS CLI reads alarms unmodified',
  async () => {
    if (await isMissing('the AWS CLI', 'aws', ['--version'])) return;
    const describe = ['cloudwatch', 'describe-alarms', '--output', 'json'];
    const [all, alarmed, unknown, unmodelled] = await Promise.all([
      run('aws', [...describe, '--alarm-types', 'MetricAlarm', 'CompositeAlarm', '--page-size', '1']),
      run('aws', [
        ...describe,
        '--state-value',
        'ALARM',
        '--query',
        'MetricAlarms[].[AlarmName,StateReason]',
      ]),
      run('aws', [
        ...['cloudwatch', 'set-alarm-state', '--alarm-name', 'nobody'],
        ...['--state-value', 'OK', '--state-reason', 'a drill'],
      ]),
      run('aws', ['cloudwatch', 'list-dashboards']),
    ]);
    const { MetricAlarms = [], CompositeAlarms = [] }: Described = JSON.parse(all.stdout);
    expect([...MetricAlarms, ...CompositeAlarms]).toMatchObject([
      {
        AlarmName: 'web-5xx',
        StateValue: 'ALARM',
      },
      { AlarmName: 'web-latency', StateValue: 'OK' },
      { AlarmName: 'web', StateValue: 'ALARM', AlarmRule: 'ALARM("web-5xx")' },
    ]);
    expect(JSON.parse(alarmed.stdout)).toEqual([['web-5xx', 'too many errors']]);
    expect(unknown.stderr).toContain('(ResourceNotFound)');
    expect(unknown.stderr).toContain('Unknown alarm nobody');
    expect(unmodelled.stderr).toContain('The action ListDashboards is not modelled by the range');
  },
  patience,
);

interface Described {
  readonly MetricAlarms?: readonly object[];
  readonly CompositeAlarms?: readonly object[];
}

const boto3Script = `
import boto3, json
cloudwatch = boto3.client("cloudwatch")
pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"], PaginationConfig={"PageSize": 1})
alarms = [row for page in pages for row in page["MetricAlarms"] + page["CompositeAlarms"]]
try:
    cloudwatch.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="a drill")
    missing = None
except cloudwatch.exceptions.ResourceNotFound as error:
    missing = error.response["Error"]
cloudwatch.set_alarm_state(AlarmName="web-latency", StateValue="INSUFFICIENT_DATA", StateReason="a drill")
after = cloudwatch.describe_alarms(AlarmNames=["web-latency"])["MetricAlarms"][0]
print(json.dumps({
    "names": [row["AlarmName"] for row in alarms],
    "since": alarms[0]["StateTransitionedTimestamp"].isoformat(),
    "code": missing["Code"],
    "after": [after["StateValue"], after["StateReason"]],
}))
`;

test(
  'boto3 reads and sets alarms unmodified',
  async () => {
    if (await isMissing('boto3', 'python3', ['-c', 'import boto3'])) return;
    const { stdout, stderr } = await run('python3', ['-c', boto3Script]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      names: ['web-5xx', 'web-latency', 'web'],
      since: expect.stringMatching(/^2026-01-01T00:00:00/),
      code: 'ResourceNotFound',
      after: ['INSUFFICIENT_DATA', 'a drill'],
    });
  },
  patience,
);

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing of the caller's AWS configuration but the endpoint and its credentials. */
function run(program: string, words: readonly string[]): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const env = {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: setting.endpoint.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_MAX_ATTEMPTS: '1',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  execFile(program, words, { env }, (error, stdout, stderr) => {
    resolve({ code: error?.code ?? 0, stdout, stderr });
  });
  return promise;
}

/** A client that is not installed is said loudly, and is a failure where everything must be. */
async function isMissing(name: string, program: string, words: readonly string[]): Promise<boolean> {
  const { code, stderr } = await run(program, words);
  if (code === 0) return false;
  const message = `NOT RUN: ${name} is not installed here (pip install awscli boto3): ${stderr}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n${message}\n`);
  return true;
}
