import * as sdk from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSnsNotifier } from '../../src/notify/sns.ts';
import { createSns, type Sns } from '../../src/range/sns/service.ts';
import { type Service, WireError } from '../../src/range/wire/service.ts';
import { CancelledError, PlatformError, UserError } from '../../src/runner/errors.ts';
import { useEndpoint } from '../hosts/aws-environment.ts';
import { failure, type Setting, startSetting } from '../range/wire/builder.ts';
import { newsOf } from './news.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:deployments';
const { signal } = new AbortController();

let sns: Sns;
let setting: Setting | undefined;

beforeEach(async () => {
  sns = createSns({ topics: [TOPIC] });
  await serve(sns.service);
});
afterEach(() => setting?.endpoint.stop());

async function serve(service: Service): Promise<void> {
  await setting?.endpoint.stop();
  setting = await startSetting([service]);
  useEndpoint(setting.endpoint.url);
}

function refusing(error: WireError): { readonly service: Service; readonly calls: () => number } {
  let calls = 0;
  const Publish = () => {
    calls += 1;
    throw error;
  };
  return { service: { scope: 'sns', sdk, operations: { Publish } }, calls: () => calls };
}

test('publishes the news in the region of the topic', async () => {
  const notifier = createSnsNotifier(TOPIC);
  await notifier.notify(newsOf(), signal);
  expect(notifier.name).toBe(`SNS topic ${TOPIC}`);
  expect(sns.published()).toEqual([
    {
      topic: TOPIC,
      id: expect.any(String),
      subject: 'storefront 1.1.0 stopped in us-east-1a',
      message:
        'storefront 1.1.0 stopped in us-east-1a\n\nHost **i-1** failed its smoke test.\n\n' +
        'https://github.com/acme/storefront/actions/runs/1',
      attributes: { service: 'storefront', zone: 'us-east-1a', state: 'stopped' },
    },
  ]);
});

test.each([
  ['storefront → zone ä\nstopped', 'storefront ? zone a stopped'],
  [' held', 'held'],
  ['x'.repeat(100), `${'x'.repeat(96)}...`],
  ['x'.repeat(99), 'x'.repeat(99)],
  ['🚨', '?'],
])('makes of the title %j a subject that SNS takes', async (title, subject) => {
  await createSnsNotifier(TOPIC).notify(newsOf({ title }), signal);
  expect(sns.published().map((each) => each.subject)).toEqual([subject]);
});

test('cuts what SNS would refuse, and says so', async () => {
  await createSnsNotifier(TOPIC).notify(newsOf({ body: 'ü'.repeat(300_000) }), signal);
  const [published] = sns.published();
  expect(published?.message).toMatch(/ü\n\n… \(cut: the whole is in the summary of the run\)$/);
  expect(published?.message).not.toContain('\uFFFD');
});

test('names the topic that does not exist, and the setting', async () => {
  const error = await failure(createSnsNotifier(`${TOPIC}-2`).notify(newsOf(), signal));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(`Could not publish to the SNS topic ${TOPIC}-2: it does not exist`);
  expect(error.message).toContain('`notify.sns`');
});

test('names the permission that is missing', async () => {
  await serve(
    refusing(new WireError('AuthorizationError', 'not authorized to perform: SNS:Publish', 403)).service,
  );
  const error = await failure(createSnsNotifier(TOPIC).notify(newsOf(), signal));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain(`Add the action sns:Publish on ${TOPIC} to the policy of the role`);
});

test('tries three times', async () => {
  const { service, calls } = refusing(new WireError('InternalError', 'try later', 500));
  await serve(service);
  expect(await failure(createSnsNotifier(TOPIC).notify(newsOf(), signal))).toBeInstanceOf(PlatformError);
  expect(calls()).toBe(3);
});

test('ends when it is cancelled', async () => {
  const ended = AbortSignal.abort(new CancelledError('Cancelled by SIGTERM.'));
  expect(await failure(createSnsNotifier(TOPIC).notify(newsOf(), ended))).toBeInstanceOf(CancelledError);
  expect(sns.published()).toEqual([]);
});
