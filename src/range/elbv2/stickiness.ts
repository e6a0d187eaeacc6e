import type { ForwardStep } from './actions.ts';

/** Names of the cookies by which an application load balancer keeps a client at its target group. */
const COOKIE = 'AWSALBTG';
/** The same for requests from other sites; AWS sends both. */
const CROSS_SITE_COOKIE = 'AWSALBTGCORS';

/**
 * The target group that a client's cookie pins it to, of those that the action names, at any weight: AWS documents under
 * "Sticky sessions" that stickiness takes precedence over weights.
 *
 * @param header value of the request's header `Cookie`
 * @param now milliseconds since the epoch
 */
export function pinnedGroup(step: ForwardStep, header: string | undefined, now: number): string | undefined {
  if (!step.stickiness.enabled || header === undefined) return undefined;
  const cookies = header.split(';').map((pair) => pair.trim().split('='));
  for (const name of [COOKIE, CROSS_SITE_COOKIE]) {
    const written = cookies.find(([key]) => key === name)?.[1];
    const [until, targetGroup] = Buffer.from(written ?? '', 'base64url')
      .toString()
      .split(' ');
    const isNamed = step.groups.some((group) => group.targetGroup === targetGroup);
    if (isNamed && Number(until) > now) return targetGroup;
  }
  return undefined;
}

/**
 * The cookies that pin a client to a target group, none when the action has no stickiness. They are sent with every answer,
 * so that the time of a client which keeps asking never ends; whether AWS renews it so is not documented, and this is the
 * harder case for whoever waits for a pool to empty.
 *
 * @param now milliseconds since the epoch
 */
export function pinningCookies(step: ForwardStep, targetGroup: string, now: number): readonly string[] {
  const { enabled, seconds = 0 } = step.stickiness;
  if (!enabled) return [];
  const until = now + seconds * 1_000;
  const value = Buffer.from(`${until} ${targetGroup}`).toString('base64url');
  const attributes = `Expires=${new Date(until).toUTCString()}; Path=/`;
  return [
    `${COOKIE}=${value}; ${attributes}`,
    `${CROSS_SITE_COOKIE}=${value}; ${attributes}; SameSite=None; Secure`,
  ];
}
