import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../support.ts';
import { failure } from '../wire/builder.ts';
import { BLUE, type Flips, GREEN, LISTENER, startFlips, weighted } from './forwarding.ts';
import { fetchText, startHost, type TestHost, wireError } from './support.ts';

const FAR = BLUE.replace('us-east-1', 'eu-west-1');
const TAKEN = BLUE.replace('/web/', '/taken/');
const TCP = BLUE.replace('/web/', '/tcp/');

let blue: TestHost;
let green: TestHost;
let flips: Flips;

beforeEach(async () => {
  blue = await startHost({ id: 'i-1' });
  green = await startHost({ id: 'i-2' });
  flips = await startFlips([blue], [green], {
    groups: [{}, { targetGroup: GREEN }, { targetGroup: TAKEN }, { targetGroup: TCP, type: 'network' }],
    loadBalancers: [
      { forward: [{ targetGroup: BLUE, weight: 1 }] },
      { forward: [{ targetGroup: TAKEN, weight: 1 }] },
    ],
  });
  await flips.untilAll(BLUE, 'healthy');
});

afterEach(() => flips[Symbol.asyncDispose]());

/** A GET with a cookie and, of the answer, what it would set. */
async function fetchWith(cookie: string) {
  const response = await fetch(flips.bench.url, { headers: { cookie, connection: 'close' } });
  const cookies = response.headers.getSetCookie();
  return { status: response.status, host: await response.text(), cookies };
}

describe('two writers', () => {
  test('who change the same listener leave the whole of what the last one wrote', async () => {
    const authenticate: Action = {
      Type: 'authenticate-oidc',
      Order: 1,
      AuthenticateOidcConfig: {
        Issuer: 'https://login.example.test',
        AuthorizationEndpoint: 'https://login.example.test/authorize',
        TokenEndpoint: 'https://login.example.test/token',
        UserInfoEndpoint: 'https://login.example.test/user',
        ClientId: 'shop',
        ClientSecret: 'hush',
      },
    };
    await flips.modify(authenticate, { ...weighted(90, 10), Order: 2 });
    const one = await flips.actions();
    expect(one).toMatchObject([
      { Type: 'authenticate-oidc', Order: 1 },
      { Type: 'forward', Order: 2 },
    ]);
    expect(JSON.stringify(one)).not.toContain('hush');
    // The other one began from what was there before, and knows nothing of the authentication.
    await flips.modify(weighted(50, 50));
    expect(await flips.actions()).toEqual([weighted(50, 50)]);
  });
});

const COGNITO = { UserPoolArn: 'arn:x', UserPoolClientId: 'shop', UserPoolDomain: 'shop' };

test('an authentication is kept and shown, and lets every request pass', async () => {
  await flips.modify(
    { Type: 'authenticate-cognito', Order: 1, AuthenticateCognitoConfig: COGNITO },
    { Type: 'forward', Order: 2, TargetGroupArn: GREEN },
  );
  expect(await flips.actions()).toMatchObject([
    { Type: 'authenticate-cognito', AuthenticateCognitoConfig: COGNITO },
    { TargetGroupArn: GREEN },
  ]);
  await until(async () => 'green' in (await flips.shares(1)), 'the node has heard');
});

describe('stickiness of target groups', () => {
  test('pins a client to its group over all weights, with both cookies', async () => {
    await flips.modify(weighted(1, 0, 60));
    await flips.untilAll(GREEN, 'healthy');
    await until(async () => (await fetchWith('')).cookies.length > 0, 'the node has heard');
    const first = await fetchWith('');
    expect(first).toMatchObject({ status: 200, host: 'i-1' });
    expect(first.cookies).toEqual([
      expect.stringMatching(/^AWSALBTG=[\w-]+; Expires=.+ GMT; Path=\/$/),
      expect.stringMatching(/^AWSALBTGCORS=[\w-]+; Expires=.+ GMT; Path=\/; SameSite=None; Secure$/),
    ]);
    const [cookie = '', crossSite = ''] = first.cookies.map((each) => each.split(';')[0] ?? '');
    await flips.modify(weighted(0, 1, 60));
    await until(async () => (await fetchWith('')).host === 'i-2', 'others go to the new group');
    expect(await fetchWith(`a=b; ${cookie}`)).toMatchObject({ status: 200, host: 'i-1' });
    expect(await fetchWith(crossSite)).toMatchObject({ status: 200, host: 'i-1' });
    expect(await fetchWith('AWSALBTG=stray')).toMatchObject({ status: 200, host: 'i-2' });
    flips.bench.balancing.deregister(BLUE, [blue]);
    await until(async () => (await fetchWith(cookie)).status === 503, 'the old group is empty');
    expect(await fetchWith('')).toMatchObject({ status: 200, host: 'i-2' });
    await flips.modify(weighted(0, 1));
    await until(async () => (await fetchWith(cookie)).host === 'i-2', 'it is off');
    expect((await fetchWith(cookie)).cookies).toEqual([]);
  });

  test('ends with its duration', async () => {
    await flips.modify(weighted(1, 0, 1));
    await flips.untilAll(GREEN, 'healthy');
    await until(async () => (await fetchWith('')).cookies.length > 0, 'the node has heard');
    const [cookie = ''] = (await fetchWith('')).cookies;
    await flips.modify(weighted(0, 1, 1));
    await until(async () => (await fetchWith(cookie.split(';')[0] ?? '')).host === 'i-2', 'it has expired');
  });
});

describe('actions that end at the balancer', () => {
  test('answer and redirect', async () => {
    await flips.modify({
      Type: 'fixed-response',
      FixedResponseConfig: { StatusCode: '404', ContentType: 'text/html', MessageBody: '<p>gone' },
    });
    await until(async () => (await fetchText(flips.bench.url)).status === 404, 'it answers itself');
    const { body, headers } = await fetchText(flips.bench.url);
    expect(body).toBe('<p>gone');
    expect(headers).toMatchObject({ server: 'awselb/2.0', 'content-type': 'text/html' });
    await flips.modify({
      Type: 'redirect',
      RedirectConfig: { StatusCode: 'HTTP_301', Protocol: 'HTTPS', Port: '443', Path: '/new/#{path}' },
    });
    const url = `${flips.bench.url}/old?a=1&b`;
    await until(async () => (await fetchText(url)).status === 301, 'it redirects');
    expect((await fetchText(url)).headers.location).toBe('https://127.0.0.1:443/new/old?a=1&b');
  });
});

describe('ModifyListener refuses', () => {
  const forward = (TargetGroupArn: string): Action => ({ Type: 'forward', TargetGroupArn });
  const many = (count: number): Action => ({
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: Array.from({ length: count }, (_, index) => ({
        TargetGroupArn: `${BLUE}${index}`,
        Weight: 1,
      })),
    },
  });

  const twice = (): Action => ({
    Type: 'forward',
    ForwardConfig: { TargetGroups: [1, 2].map((Weight) => ({ TargetGroupArn: BLUE, Weight })) },
  });

  const unweighted = (): Action => ({
    Type: 'forward',
    ForwardConfig: { TargetGroups: [{ TargetGroupArn: BLUE }, { TargetGroupArn: GREEN }] },
  });

  test.each<[string, readonly Action[], string]>([
    ['a weight above 999', [weighted(1_000, 0)], 'ValidationError'],
    ['a weight below 0', [weighted(-1, 0)], 'ValidationError'],
    ['groups without weights', [unweighted()], 'ValidationError'],
    ['six groups', [many(6)], 'InvalidLoadBalancerAction'],
    ['a group that does not exist', [many(1)], 'TargetGroupNotFoundException'],
    ['a group of another region', [forward(FAR)], 'TargetGroupNotFoundException'],
    ['a group of another load balancer', [forward(TAKEN)], 'TargetGroupAssociationLimitException'],
    ['a group of another protocol', [forward(TCP)], 'IncompatibleProtocolsException'],
    ['a group twice', [twice()], 'InvalidLoadBalancerAction'],
    ['several actions in no order', [weighted(1, 0), weighted(1, 0)], 'InvalidLoadBalancerAction'],
    [
      'two forwards',
      [
        { ...weighted(1, 0), Order: 1 },
        { ...weighted(1, 0), Order: 2 },
      ],
      'InvalidLoadBalancerAction',
    ],
    ['stickiness for no time', [weighted(1, 0, 0)], 'ValidationError'],
    ['stickiness for more than a week', [weighted(1, 0, 604_801)], 'ValidationError'],
    ['a forward to nothing', [{ Type: 'forward' }], 'ValidationError'],
    ['no action', [], 'ValidationError'],
    [
      'an authentication alone',
      [{ Type: 'authenticate-cognito', AuthenticateCognitoConfig: COGNITO }],
      'InvalidLoadBalancerAction',
    ],
  ])('%s, and changes nothing', async (_, actions, code) => {
    const before = await flips.actions();
    const error = await failure(flips.modify(...actions));
    expect(error.name.replace(/Exception$/, '')).toBe(code.replace(/Exception$/, ''));
    expect(await flips.actions()).toEqual(before);
    expect(await flips.states(BLUE)).toEqual(['healthy']);
  });

  test('a listener that is not there, and what it would have to ignore', () => {
    const modify = (input: object) => () => flips.bench.call('ModifyListener', input);
    expect(modify({ ListenerArn: `${LISTENER}0`, DefaultActions: [] })).toThrow(
      wireError('ListenerNotFound'),
    );
    expect(modify({ ListenerArn: LISTENER, Port: 80 })).toThrow(wireError('InvalidConfigurationRequest'));
  });
});
