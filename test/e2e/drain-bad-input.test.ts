import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Gateway, startGateway, type Way } from './drain-gateway.ts';
import { type Ended, killBundles, runBundle } from './run-bundle.ts';
import { A1, A2, POOL, startTestRange, type TestRange } from './test-range.ts';

jest.setTimeout(60_000);

const SHORT = { propagation: '200ms', quiet: '200ms', timeout: '20s' };

let world: TestRange;
let gateway: Gateway | undefined;

beforeAll(async () => {
  world = await startTestRange();
});

afterEach(async () => {
  killBundles();
  await gateway?.stop();
  gateway = undefined;
});

afterAll(() => world?.stop());

async function drain(inputs: Readonly<Record<string, string>>, way?: Way): Promise<Ended> {
  const { range, folder } = world;
  gateway = way === undefined ? undefined : await startGateway(range.endpoint, way);
  return runBundle('drain-target', {
    inputs: { 'target-groups': POOL, hosts: A1, ...SHORT, ...inputs },
    environment: {
      ...range.environment,
      ...(gateway === undefined ? {} : { AWS_ENDPOINT_URL: gateway.url }),
    },
    folder,
  });
}

/** The one message of a drain that must be refused before it changes anything. */
async function refusalOf(inputs: Readonly<Record<string, string>>, way?: Way): Promise<string> {
  const [before, calls] = [await world.everything(), await changes()];
  const ended = await drain(inputs, way);
  expect({ exitCode: ended.exitCode, errors: ended.errors.length }).toEqual({ exitCode: 1, errors: 1 });
  expect(ended.errors[0]).not.toMatch(/^Unexpected:|defect|\n {4}at /);
  expect(ended.outputs).toEqual({});
  expect(await world.everything()).toEqual(before);
  expect(await changes()).toEqual(calls);
  return ended.errors[0] ?? '';
}

/** Calls that take a target out of service or put it back. */
async function changes(): Promise<readonly (number | undefined)[]> {
  const calls = await world.range.calls();
  return [calls['DeregisterTargets'], calls['RegisterTargets']];
}

describe('inputs', () => {
  test('all problems at once, each with input, value, what was expected and an example', async () => {
    const message = await refusalOf({
      'min-healthy': '120%',
      quiet: '5',
      hosts: '10.0.0.1',
      'target-groups': 'storefront',
    });
    expect(message).toMatch(/min-healthy.*"?120%/);
    expect(message).toMatch(/quiet.*5.*(5s|90s|1m)/);
    expect(message).toMatch(/hosts.*10\.0\.0\.1/);
    expect(message).toMatch(/target-groups.*storefront.*arn:aws:elasticloadbalancing/);
  });

  test('neither hosts nor zone', async () => {
    expect(await refusalOf({ hosts: '' })).toContain('`hosts` and `zone` are both missing');
  });
});

describe('a target group', () => {
  test('that does not exist', async () => {
    const missing = POOL.replace('6d0ecf831eec9f09', '0000000000000000');
    const message = await refusalOf({ 'target-groups': missing });
    expect(message).toContain(`target group ${missing} does not exist in us-east-1`);
  });

  test('of another region', async () => {
    const foreign = POOL.replace('us-east-1', 'eu-west-1');
    expect(await refusalOf({ 'target-groups': foreign })).toContain(`${foreign} does not exist in eu-west-1`);
    expect(await refusalOf({ 'target-groups': `${POOL}\n${foreign}` })).toMatch(
      /several regions \(us-east-1, eu-west-1\).*one step for each region/i,
    );
  });

  test.each(['lambda', 'ip'])('with targets of type %s', async (type) => {
    const message = await refusalOf(
      {},
      { answer: (body) => body.replaceAll('<TargetType>instance<', `<TargetType>${type}<`) },
    );
    expect(message).toMatch(new RegExp(`nothing was touched.*storefront has targets of type ${type}`, 's'));
  });

  test('without health checks', async () => {
    const message = await refusalOf(
      {},
      {
        answer: (body) => body.replaceAll('<HealthCheckEnabled>true<', '<HealthCheckEnabled>false<'),
      },
    );
    expect(message).toMatch(/nothing was drained.*pool storefront: has no health checks/s);
  });
});

describe('a floor', () => {
  test.each(['100%', '4', '9'])('of %s of 4 targets can never hold, and that is said', async (amount) => {
    expect(await refusalOf({ 'min-healthy': amount })).toMatch(
      /nothing was drained.*pool storefront: 4 healthy of 4, 1 would leave, 3 remain, .*can never hold/s,
    );
  });

  test('that too many hosts would break is refused with the numbers', async () => {
    expect(await refusalOf({ 'min-healthy': '75%', hosts: `${A1}\n${A2}` })).toMatch(
      /4 healthy of 4, 2 would leave, 2 remain, floor is 3/,
    );
  });
});

describe('a missing permission is named, nothing is touched', () => {
  test.each([
    ['elasticloadbalancing', 'DescribeTargetGroups'],
    ['elasticloadbalancing', 'DescribeTargetGroupAttributes'],
    ['elasticloadbalancing', 'DescribeTargetHealth'],
    ['elasticloadbalancing', 'DescribeLoadBalancers'],
    ['elasticloadbalancing', 'DescribeListeners'],
    ['autoscaling', 'DescribeAutoScalingInstances'],
    ['ssm', 'DescribeInstanceInformation'],
    ['ssm', 'SendCommand'],
    ['ssm', 'ListCommandInvocations'],
  ])('%s:%s', async (service, operation) => {
    const message = await refusalOf({}, { denies: (asked) => asked === operation });
    expect(message).toContain('AWS does not allow it');
    expect(message).toContain(`Add the action ${service}:${operation}`);
  });
});

test('who ignores Auto Scaling groups needs no permission to read them, and is told what is not known', async () => {
  const ended = await drain(
    { 'auto-scaling': 'ignore', 'dry-run': 'true' },
    { denies: (asked) => asked === 'DescribeAutoScalingInstances' },
  );
  expect(ended.errors).toEqual([]);
  expect(ended.exitCode).toBe(0);
  expect(ended.log).toMatch(
    new RegExp(
      `::warning::Whether an Auto Scaling group may replace ${A1} is not known: .*autoscaling:Describe`,
    ),
  );
});

test('a missing permission to deregister is named, and the host goes on serving', async () => {
  const before = await world.everything();
  const ended = await drain({}, { denies: (asked) => asked === 'DeregisterTargets' });
  expect(ended.exitCode).toBe(1);
  expect(ended.errors).toEqual([
    expect.stringMatching(
      new RegExp(
        `Add the action elasticloadbalancing:DeregisterTargets on ${POOL}.*${A1} are back in service`,
        's',
      ),
    ),
  ]);
  expect(await world.everything()).toEqual(before);
});
