import { expect, test } from '@jest/globals';
import { openNotifiers } from '../../src/notify/open.ts';
import { UserError } from '../../src/runner/errors.ts';
import { askerOf } from '../github/support.ts';
import { failure } from '../range/wire/builder.ts';
import { newsOf } from './news.ts';

const sns = 'arn:aws:sns:eu-west-1:000000000000:deployments';
const env = {
  GITHUB_REPOSITORY: 'acme/storefront',
  GITHUB_RUN_ID: '1',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_SHA: 'f'.repeat(40),
};

test('opens those that are asked for', async () => {
  const { github } = await askerOf({ env, token: 'ghs_1' });
  const notifiers = await openNotifiers({
    fleet: { notify: { issue: true, sns } },
    github,
    webhook: 'https://example.com/hidden',
  });
  expect(notifiers.map(({ name }) => name)).toEqual([
    'GitHub issue in acme/storefront',
    `SNS topic ${sns}`,
    'webhook',
  ]);
});

test('opens none when none is asked for', async () => {
  const { github } = await askerOf({ env, token: 'ghs_1' });
  expect(await openNotifiers({ fleet: { notify: { issue: false } }, github, webhook: undefined })).toEqual(
    [],
  );
});

test('opens an issue without a token only to say what is missing', async () => {
  const [notifier] = await openNotifiers({ fleet: { notify: { issue: true } } });
  const error = await failure(
    notifier?.notify(newsOf(), new AbortController().signal) ?? Promise.resolve('nobody to tell'),
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain('Give the input `token`.');
});

test('refuses a webhook at once', async () => {
  const opening = openNotifiers({
    fleet: { notify: { issue: false } },
    webhook: 'http://example.com/hidden',
  });
  expect(await failure(opening)).toBeInstanceOf(UserError);
});
