import { get, type RequestOptions } from 'node:http';
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeRulesCommand,
  ModifyRuleCommand,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { failure } from '../wire/builder.ts';
import { BLUE, type Flips, GREEN, LISTENER, startFlips, weighted } from './forwarding.ts';
import { fetchText, startHost, wireError } from './support.ts';

const FIXED = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '410' } } as const;

let flips: Flips;

beforeEach(async () => {
  flips = await startFlips([await startHost({ id: 'i-1' })], [await startHost({ id: 'i-2' })]);
  await flips.untilAll(BLUE, 'healthy');
});

afterEach(() => flips[Symbol.asyncDispose]());

async function create(
  priority: number,
  path: string,
  action: object = { Type: 'forward', TargetGroupArn: GREEN },
) {
  const { Rules } = await flips.client.send(
    new CreateRuleCommand({
      ListenerArn: LISTENER,
      Priority: priority,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [path] } }],
      Actions: [action as typeof FIXED],
    }),
  );
  return Rules?.[0]?.RuleArn ?? '';
}

async function rules(): Promise<readonly Rule[]> {
  return (await flips.client.send(new DescribeRulesCommand({ ListenerArn: LISTENER }))).Rules ?? [];
}

describe('rules', () => {
  test('are described by priority, the default rule last', async () => {
    expect(await rules()).toMatchObject([
      { IsDefault: true, Priority: 'default', Actions: [{ Type: 'forward', TargetGroupArn: BLUE }] },
    ]);
    await create(20, '/late');
    const arn = await create(10, '/shop/*');
    expect(arn).toContain(':listener-rule/app/web/0123456789abcdef/0123456789abcdef/');
    const all = await rules();
    expect(all.map(({ Priority }) => Priority)).toEqual(['10', '20', 'default']);
    expect(all[0]).toMatchObject({
      RuleArn: arn,
      IsDefault: false,
      Conditions: [
        { Field: 'path-pattern', Values: ['/shop/*'], PathPatternConfig: { Values: ['/shop/*'] } },
      ],
      Actions: [{ TargetGroupArn: GREEN }],
    });
    const { Rules } = await flips.client.send(new DescribeRulesCommand({ RuleArns: [arn] }));
    expect(Rules).toMatchObject([{ RuleArn: arn }]);
  });

  test('send what their conditions fit elsewhere, and attach the groups that they name', async () => {
    expect(await flips.states(GREEN)).toEqual(['unused Target.NotInUse']);
    const arn = await create(10, '/shop/*');
    await flips.untilAll(GREEN, 'healthy');
    await until(async () => 'green' in (await flips.shares(1, '/shop/1')), 'the node has heard');
    expect(await flips.shares(10, '/shop/1?a=b')).toEqual({ green: 10 });
    expect(await flips.shares(10, '/other')).toEqual({ web: 10 });
    await flips.client.send(new DeleteRuleCommand({ RuleArn: arn }));
    expect(await flips.states(GREEN)).toEqual(['unused Target.NotInUse']);
    await until(async () => 'web' in (await flips.shares(1, '/shop/1')), 'the node has heard');
    expect(await rules()).toHaveLength(1);
  });

  test('go by the host that a client names', async () => {
    const { client, bench } = flips;
    const Conditions = [{ Field: 'host-header', Values: ['shop.example.test'] }];
    await client.send(
      new CreateRuleCommand({ ListenerArn: LISTENER, Priority: 1, Conditions, Actions: [FIXED] }),
    );
    const url = new URL(bench.url);
    const named = {
      hostname: url.hostname,
      port: url.port,
      headers: { host: `shop.example.test:${url.port}` },
    };
    await until(async () => (await status(named)) === 410, 'the node has heard');
    expect((await fetchText(bench.url)).status).toBe(200);
  });

  test('are changed as a whole list of actions, whatever was there', async () => {
    const arn = await create(10, '/shop', weighted(90, 10));
    const both = await Promise.all(
      [weighted(50, 50), weighted(0, 100)].map((action) =>
        flips.client.send(new ModifyRuleCommand({ RuleArn: arn, Actions: [action] })),
      ),
    );
    expect(both.map(({ Rules }) => Rules?.[0]?.RuleArn)).toEqual([arn, arn]);
    const left = (await rules())[0]?.Actions;
    expect([[weighted(50, 50)], [weighted(0, 100)]]).toContainEqual(left);
  });

  test('refuse what AWS refuses, and what the range does not model, by name', async () => {
    const arn = await create(10, '/shop');
    const modify = (RuleArn: string, more: object = {}) =>
      failure(flips.client.send(new ModifyRuleCommand({ RuleArn, ...more })));
    expect((await modify(`${arn}0`)).name).toMatch(/^RuleNotFound/);
    expect((await failure(create(10, '/other'))).name).toMatch(/^PriorityInUse/);
    const fallback = (await rules()).at(-1)?.RuleArn ?? '';
    expect((await modify(fallback, { Actions: [FIXED] })).name).toMatch(/^OperationNotPermitted/);
    const Conditions = [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'a', Values: ['b'] } }];
    expect((await modify(arn, { Conditions })).message).toContain("conditions on 'http-header'");
    const unknown = { Type: 'forward', TargetGroupArn: `${GREEN}0` } as const;
    expect((await modify(arn, { Actions: [unknown] })).name).toMatch(/^TargetGroupNotFound/);
    expect(await rules()).toMatchObject([{ Actions: [{ TargetGroupArn: GREEN }] }, { IsDefault: true }]);
    const { call } = flips.bench;
    expect(() => call('DescribeRules', {})).toThrow(wireError('ValidationError'));
    expect(() => call('DescribeRules', { RuleArns: ['x'] })).toThrow(wireError('RuleNotFound'));
  });
});

function status(options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}
