import {
  type Action,
  CreateRuleCommand,
  DescribeRulesCommand,
  type ModifyListenerInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createElbv2Router } from '../../src/balancers/elbv2-listeners.ts';
import type { Router } from '../../src/balancers/port.ts';
import { sameActions, weightsOf, withShare } from '../../src/fleet/flip-steps.ts';
import type { SingleForward } from '../../src/range/elbv2/actions.ts';
import { type Operation, WireError } from '../../src/range/wire/service.ts';
import { PlatformError, UserError } from '../../src/runner/errors.ts';
import { useEndpoint, withoutCredentials } from '../hosts/aws-environment.ts';
import { BLUE, type Flips, GREEN, LISTENER, startFlips, weighted } from '../range/elbv2/forwarding.ts';
import { LOAD_BALANCER, REGION, startHost } from '../range/elbv2/support.ts';
import { elbv2Service, failure, type Setting, startSetting } from '../range/wire/builder.ts';

const COURSE = { from: BLUE, to: GREEN, steps: [10, 100] };
const OIDC: Action = {
  Type: 'authenticate-oidc',
  Order: 1,
  AuthenticateOidcConfig: {
    Issuer: 'https://login.example.com',
    AuthorizationEndpoint: 'https://login.example.com/authorize',
    TokenEndpoint: 'https://login.example.com/token',
    UserInfoEndpoint: 'https://login.example.com/userinfo',
    ClientId: 'shop',
    ClientSecret: 'a secret that is never shown again',
    SessionTimeout: 3_600,
    AuthenticationRequestExtraParams: { prompt: 'login' },
  },
};

let flips: Flips;
let setting: Setting;
let router: Router;
/** What `ModifyListener` was given. */
let given: ModifyListenerInput[] = [];

/** Starts everything anew; `operations` answer in the place of the range. */
async function start(
  operations: Readonly<Record<string, Operation>> = {},
  singleForward: SingleForward = 'both',
): Promise<void> {
  flips = await startFlips([await startHost({ id: 'i-1' })], [await startHost({ id: 'i-2' })], {
    singleForward,
  });
  const own = flips.bench.balancing.service.operations;
  const ModifyListener: Operation = (input, call) => {
    given.push(structuredClone(input) as ModifyListenerInput);
    return own['ModifyListener']?.(input, call) ?? {};
  };
  setting = await startSetting([elbv2Service({ ...own, ModifyListener, ...operations })]);
  useEndpoint(setting.endpoint.url);
  router = createElbv2Router({ region: REGION });
}

async function restart(...how: Parameters<typeof start>): Promise<void> {
  await stop();
  await start(...how);
}

async function stop(): Promise<void> {
  await setting.endpoint.stop();
  await flips[Symbol.asyncDispose]();
}

beforeEach(async () => {
  given = [];
  await start();
});
afterEach(stop);

function wire(code: string, message = 'no'): Operation {
  return () => {
    throw new WireError(code, message);
  };
}

describe('actions', () => {
  test.each<SingleForward>(['both', 'target-group-arn', 'forward-config'])(
    'of a forward to one group that is described as %s are the same, and can be written',
    async (form) => {
      await restart({}, form);
      const actions = await router.actions(LISTENER);
      expect(weightsOf(actions)).toEqual([{ pool: BLUE, weight: 1 }]);
      const written = withShare(actions, COURSE, 10, 900);
      expect(await router.write(LISTENER, written)).toEqual({ kind: 'accepted' });
      const seen = await router.actions(LISTENER);
      expect(sameActions(seen, written)).toBe(true);
      expect(weightsOf(seen)).toEqual([
        { pool: BLUE, weight: 810 },
        { pool: GREEN, weight: 90 },
      ]);
      expect(await router.write(LISTENER, actions)).toEqual({ kind: 'accepted' });
      expect(sameActions(await router.actions(LISTENER), actions)).toBe(true);
    },
  );

  test('of an authentication are kept, secret included, and nothing but actions is sent', async () => {
    await flips.modify(OIDC, { ...weighted(1, 0), Order: 2 });
    const before = await flips.actions();
    const actions = await router.actions(LISTENER);
    const written = withShare(actions, COURSE, 10, 900);
    await router.write(LISTENER, written);
    expect(Object.keys(given.at(-1) ?? {}).toSorted()).toEqual(['DefaultActions', 'ListenerArn']);
    const { ClientSecret: _, ...shown } = OIDC.AuthenticateOidcConfig ?? {};
    expect(given.at(-1)?.DefaultActions?.[0]).toEqual({
      Type: 'authenticate-oidc',
      Order: 1,
      AuthenticateOidcConfig: { ...shown, UseExistingClientSecret: true },
    });
    expect(given.at(-1)?.DefaultActions?.[1]).toEqual({ ...weighted(810, 90), Order: 2 });
    expect(sameActions(await router.actions(LISTENER), written)).toBe(true);
    await router.write(LISTENER, actions);
    const withoutFlag = (await flips.actions()).map((action) =>
      JSON.parse(
        JSON.stringify(action, (key, value) => (key === 'UseExistingClientSecret' ? undefined : value)),
      ),
    );
    expect(withoutFlag).toEqual(before);
  });

  test('tell stickiness, and keep it', async () => {
    await flips.modify(weighted(1, 0, 600));
    const actions = await router.actions(LISTENER);
    expect(actions).toMatchObject([{ kind: 'forward', sticky: 600_000 }]);
    await router.write(LISTENER, withShare(actions, COURSE, 10, 900));
    expect(await flips.actions()).toMatchObject([weighted(810, 90, 600)]);
    await flips.modify(weighted(810, 90));
    const without = await router.actions(LISTENER);
    expect(without[0]).not.toHaveProperty('sticky');
    expect(sameActions(without, withShare(actions, COURSE, 10, 900))).toBe(false);
  });

  test('come in the order in which they are taken', async () => {
    const listed = [
      { ...weighted(1, 0), Order: 20 },
      { ...OIDC, Order: 3 },
    ];
    await restart({
      DescribeListeners: () => ({ Listeners: [{ ListenerArn: LISTENER, DefaultActions: listed }] }),
    });
    expect((await router.actions(LISTENER)).map(({ kind }) => kind)).toEqual(['other', 'forward']);
  });

  test('of a redirect are kept as they are', async () => {
    const redirect: Action = {
      Type: 'redirect',
      RedirectConfig: {
        StatusCode: 'HTTP_301',
        Protocol: 'HTTPS',
        Port: '443',
        Host: '#{host}',
        Path: '/#{path}',
        Query: '#{query}',
      },
    };
    await flips.modify(redirect);
    const actions = await router.actions(LISTENER);
    expect(actions).toMatchObject([{ kind: 'other', type: 'redirect', native: redirect }]);
    await router.write(LISTENER, actions);
    expect(await flips.actions()).toMatchObject([redirect]);
  });
});

test('a rule is flipped without touching its conditions, its priority or its listener', async () => {
  const Conditions = [{ Field: 'path-pattern', Values: ['/shop/*'] }];
  const { Rules } = await flips.client.send(
    new CreateRuleCommand({
      ListenerArn: LISTENER,
      Priority: 7,
      Conditions,
      Actions: [{ Type: 'forward', TargetGroupArn: BLUE }],
    }),
  );
  const rule = Rules?.[0]?.RuleArn ?? '';
  const listener = await flips.actions();
  await router.write(rule, withShare(await router.actions(rule), COURSE, 10, 900));
  const { Rules: after } = await flips.client.send(new DescribeRulesCommand({ RuleArns: [rule] }));
  expect(after?.[0]).toMatchObject({ Priority: '7', Conditions: [{ Field: 'path-pattern' }] });
  expect(after?.[0]?.Actions).toMatchObject([weighted(810, 90)]);
  expect(await flips.actions()).toEqual(listener);
  expect(await router.place(rule)).toMatchObject({ route: rule, balancer: LOAD_BALANCER });
});

test('the default rule is refused: its listener has its actions', async () => {
  const { Rules } = await flips.client.send(new DescribeRulesCommand({ ListenerArn: LISTENER }));
  const rule = Rules?.find(({ IsDefault }) => IsDefault)?.RuleArn ?? '';
  const error = await failure(router.actions(rule));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(`Give \`listener: ${LISTENER}\``);
});

test('a place says where users come in, when that is plain HTTP', async () => {
  expect(await router.place(LISTENER)).toEqual({
    route: LISTENER,
    balancer: LOAD_BALANCER,
    balancerType: 'application',
    entrance: flips.bench.url,
  });
  const Listeners = [{ ListenerArn: LISTENER, LoadBalancerArn: LOAD_BALANCER, Protocol: 'HTTPS', Port: 443 }];
  await restart({ DescribeListeners: () => ({ Listeners }) });
  expect(await router.place(LISTENER)).not.toHaveProperty('entrance');
});

test('a pool says which load balancers use it', async () => {
  expect(await router.pool(BLUE)).toMatchObject({
    name: 'web',
    targetType: 'instance',
    protocol: 'HTTP',
    balancers: [LOAD_BALANCER],
  });
  expect(await router.pool(GREEN)).toMatchObject({ name: 'green', balancers: [] });
});

describe('what is not there is the user’s to mend:', () => {
  test.each([
    ['a listener', LISTENER.replace('/web/', '/shop/')],
    ['a rule', `${LISTENER.replace(':listener/', ':listener-rule/')}/fedcba9876543210`],
  ])('%s', async (_, route) => {
    const error = await failure(router.actions(route));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`${route} does not exist in ${REGION}`);
  });

  test('a target group, when it is read and when it is written', async () => {
    const unknown = GREEN.replace('green', 'nothing');
    expect((await failure(router.pool(unknown))).message).toContain(`target group ${unknown} does not exist`);
    const actions = withShare(await router.actions(LISTENER), { ...COURSE, to: unknown }, 10, 900);
    const error = await failure(router.write(LISTENER, actions));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('does not exist');
    expect(weightsOf(await router.actions(LISTENER))).toEqual([{ pool: BLUE, weight: 1 }]);
  });
});

describe('a write', () => {
  const write = async () => router.write(LISTENER, await router.actions(LISTENER));

  test.each([
    ['Throttling', 'busy'],
    ['ServiceUnavailable', 'unknown'],
    ['InternalFailure', 'unknown'],
  ])('that is answered with %s is %s, and not repeated', async (code, kind) => {
    let calls = 0;
    const status = code === 'Throttling' ? 400 : 500;
    await restart({
      ModifyListener: () => {
        calls += 1;
        throw new WireError(code, 'later', status);
      },
    });
    expect(await write()).toMatchObject({ kind });
    expect(calls).toBe(1);
  });

  test('that nobody answers is unknown', async () => {
    const actions = await router.actions(LISTENER);
    await setting.endpoint.stop();
    expect(['busy', 'unknown']).toContain((await router.write(LISTENER, actions)).kind);
  });

  test('that names a group of another balancer is the user’s to mend', async () => {
    await restart({ ModifyListener: wire('TargetGroupAssociationLimit', 'The group is used by lb-2.') });
    const error = await failure(write());
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('used by one load balancer only');
  });

  test.each([
    ['AccessDenied', UserError, 'elasticloadbalancing:ModifyListener'],
    ['ListenerNotFound', UserError, 'does not exist'],
    ['InvalidLoadBalancerAction', PlatformError, 'change the weights'],
  ] as const)('that is refused with %s says so', async (code, type, says) => {
    await restart({ ModifyListener: wire(code) });
    const error = await failure(write());
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(says);
  });

  test('without credentials is refused', async () => {
    const actions = await router.actions(LISTENER);
    withoutCredentials();
    const error = await failure(createElbv2Router({ region: REGION }).write(LISTENER, actions));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('configure-aws-credentials');
  });
});
