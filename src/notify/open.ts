import type { Fleet } from '../fleet/fleet.ts';
import type { GitHub } from '../github/port.ts';
import { UserError } from '../runner/errors.ts';
import type { Notifier } from './port.ts';

export interface NotifyOptions {
  readonly fleet: Pick<Fleet, 'notify'>;
  /** None without a token. */
  readonly github?: GitHub | undefined;
  /** A secret, masked by now. */
  readonly webhook?: string | undefined;
}

/**
 * Everybody who is to be told of a service's deployment, each loaded only when it is asked for.
 *
 * @throws UserError when the webhook is no https URL
 */
export async function openNotifiers({ fleet, github, webhook }: NotifyOptions): Promise<readonly Notifier[]> {
  const { issue, sns } = fleet.notify;
  return [
    ...(issue ? [await openIssue(github)] : []),
    ...(sns === undefined ? [] : [(await import('./sns.ts')).createSnsNotifier(sns)]),
    ...(webhook === undefined ? [] : [(await import('./webhook.ts')).createWebhookNotifier(webhook)]),
  ];
}

async function openIssue(github: GitHub | undefined): Promise<Notifier> {
  if (github !== undefined) return (await import('./issue.ts')).createIssueNotifier(github);
  // Nobody stops a deployment because there is no issue to write; who waits for one is told why there is none.
  return {
    name: 'GitHub issue',
    notify: () =>
      Promise.reject(
        new UserError(
          '`notify.issue` of the fleet file is true, and there is no token. Give the input `token`.',
        ),
      ),
  };
}
