import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RangeBalancer } from '../../src/fleet/fleet.ts';
import { type ForkedRange, forkRange } from '../../src/range/fork.ts';
import { TARGET_GROUP_HEADER } from '../../src/range/range.ts';
import { GREEN_HOSTS, GREEN_POOL, makeSmallFleet, POOL, SECOND_POOL } from '../range/small-fleet.ts';
import { type Ended, killBundlesBelow, type Running, startBundle } from './run-bundle.ts';

/** Goes to ALARM soon after answers were 5xx, and out of it soon after they no longer are. */
export const ALARM = 'storefront-5xx';
/** Stays in ALARM for the rest of a test once there was a 5xx. */
export const LASTING_ALARM = 'storefront-any-5xx';

const SECOND = `
  second-pool:
    target-group: '${GREEN_POOL}'
    hosts: { us-east-1a: [${GREEN_HOSTS[0]}], us-east-1b: [${GREEN_HOSTS[1]}] }
  second-balancer:
    target-group: '${SECOND_POOL}'
`;
const ALARMS = `
  alarms:
    - { name: ${ALARM} }
    - { name: ${LASTING_ALARM}, threshold: 0%, window: 10m }
`;

/** What users were answered while a load ran. */
export interface Load {
  readonly requests: number;
  readonly failures: readonly string[];
  /** Requests by the name of the target group. */
  readonly groups: Readonly<Record<string, number>>;
}

/** A range with a second pool behind the same listener, and steps that run from their bundles. */
export interface FlipRange {
  readonly range: ForkedRange;
  readonly listener: string;
  readonly url: string;
  start(entry: string, inputs: Readonly<Record<string, string>>): Promise<Running>;
  flip(inputs?: Readonly<Record<string, string>>): Promise<Running>;
  /** Installs a release on the second pool. */
  install(version: string): Promise<Ended>;
  /** Weight of the first pool and of the second. */
  weights(): Promise<readonly [number, number]>;
  /** Makes a rule that sends requests for a path to the first pool; gives its ARN. */
  createRule(path: string): Promise<string>;
  /** The same as `weights`, of a rule. */
  ruleWeights(rule: string): Promise<readonly [number, number]>;
  deleteRule(rule: string): Promise<void>;
  /** State of an alarm, such as `OK`. */
  alarm(name: string): Promise<string>;
  /** Asks one request after the other until the work has ended. */
  under<T>(work: Promise<T>): Promise<readonly [T, Load]>;
  stop(): Promise<void>;
}

export async function startFlipRange(type: RangeBalancer['type'] = 'application'): Promise<FlipRange> {
  const home = await mkdtemp(join(tmpdir(), 'pool-flip-'));
  const { fleet } = await makeSmallFleet(home, type === 'network' ? SECOND : SECOND + ALARMS);
  const settings = fleet.range;
  const range = await forkRange({
    fleet:
      settings === undefined
        ? fleet
        : { ...fleet, range: { ...settings, balancer: { ...settings.balancer, type } } },
    fleetFolder: home,
    folder: join(home, 'range'),
    seed: 1,
    faults: [],
  });
  const { listener = '' } = range.balancers[0] ?? {};
  const url = range.entrances[0]?.url ?? '';
  const access = {
    endpoint: range.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: range.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: range.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const client = new ElasticLoadBalancingV2Client(access);
  const monitoring = new CloudWatchClient(access);
  const start: FlipRange['start'] = (entry, inputs) =>
    startBundle(entry, { inputs, environment: range.environment, folder: home });
  return {
    range,
    listener,
    url,
    start,
    flip: (inputs = {}) =>
      start('pool-flip', {
        listener,
        from: POOL,
        to: GREEN_POOL,
        ready: '2',
        bake: '0s',
        propagation: '200ms',
        'identity-url': 'http://{address}:{port}/version',
        'expect-version': '1.1.0',
        checks: '[{ name: home, path: / }]',
        ...inputs,
      }),
    async install(version) {
      const known = await range.hosts();
      const step = await start('upgrade-host', {
        hosts: GREEN_HOSTS.map((id) => `${id}:${known.find(({ host }) => host === id)?.port}`).join('\n'),
        version,
        artifact: `s3://releases/storefront/${version}.tar.gz`,
        directory: '/srv/storefront',
        stop: './bin/stop',
        start: './bin/start',
        'identity-url': 'http://{address}:{port}/version',
      });
      return step.ended;
    },
    async weights() {
      const { Listeners } = await client.send(new DescribeListenersCommand({ ListenerArns: [listener] }));
      return weightsIn(Listeners?.[0]?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups);
    },
    async createRule(path) {
      const { Rules } = await client.send(
        new CreateRuleCommand({
          ListenerArn: listener,
          Priority: 10,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [path] } }],
          Actions: [{ Type: 'forward', TargetGroupArn: POOL }],
        }),
      );
      return Rules?.[0]?.RuleArn ?? '';
    },
    async ruleWeights(rule) {
      const { Rules } = await client.send(new DescribeRulesCommand({ RuleArns: [rule] }));
      return weightsIn(Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups);
    },
    async deleteRule(rule) {
      await client.send(new DeleteRuleCommand({ RuleArn: rule }));
    },
    async alarm(name) {
      const { MetricAlarms } = await monitoring.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
      return MetricAlarms?.[0]?.StateValue ?? 'none';
    },
    under: (work) => underLoad(url, work),
    async stop() {
      killBundlesBelow(home);
      client.destroy();
      monitoring.destroy();
      await range.stop();
      await rm(home, { recursive: true, maxRetries: 3 });
    },
  };
}

function weightsIn(groups: readonly TargetGroupTuple[] = []): readonly [number, number] {
  const of = (arn: string) => groups.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.Weight ?? -1;
  return [of(POOL), of(GREEN_POOL)];
}

/** Milliseconds between two requests of a user: others need the machine too. */
const BREATH = 10;

async function underLoad<T>(url: string, work: Promise<T>): Promise<readonly [T, Load]> {
  let open = true;
  const failures: string[] = [];
  const groups: Record<string, number> = {};
  let requests = 0;
  const worker = async (): Promise<void> => {
    while (open) {
      const { status, group } = await ask(url);
      requests += 1;
      groups[group] = (groups[group] ?? 0) + 1;
      if (status !== '200') failures.push(`${status} from ${group}`);
      await sleep(BREATH);
    }
  };
  const load = Promise.all([worker(), worker()]);
  try {
    const value = await work;
    open = false;
    await load;
    return [value, { requests, failures, groups }];
  } finally {
    open = false;
    await load;
  }
}

function ask(url: string): Promise<{ readonly status: string; readonly group: string }> {
  return new Promise((done) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      const arn = String(response.headers[TARGET_GROUP_HEADER] ?? '');
      response.on('close', () =>
        done({ status: String(response.statusCode), group: arn.split('/')[1] ?? 'none' }),
      );
    }).on('error', ({ message }) => done({ status: message, group: 'none' }));
  });
}
