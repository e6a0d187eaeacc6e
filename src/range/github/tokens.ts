import { randomBytes } from 'node:crypto';
import { type Caller, type Endpoint, Refusal } from './endpoint.ts';
import { rateLimited } from './faults.ts';
import type { RangePermissions } from './options.ts';

export interface Tokens {
  /** Of the workflow. */
  readonly workflow: string;
  /** The same one for the same login. */
  personal(login: string): string;
  /** @throws Refusal when there is none in the header, or one that is not known */
  identify(authorization: string | undefined): Holder;
}

/** Whoever has a token, with what it may do. */
export interface Holder extends Caller {
  /** @throws Refusal when the token lacks what the operation needs */
  authorize(endpoint: Endpoint): void;
  readonly quota: Quota;
}

/** Requests that a token has left. */
export interface Quota {
  /** @throws Refusal when there is none left */
  take(): void;
  /** What was taken last costs nothing: answers that say "not modified" are free. */
  giveBack(): void;
  headers(): Readonly<Record<string, string>>;
}

export interface TokenOptions {
  readonly permissions: RangePermissions;
  readonly rateLimit: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const HOUR = 3_600;
/** "Rate limits for the REST API": of a person. */
const PERSONAL_LIMIT = 5_000;
const BOT = 'github-actions[bot]';

export function createTokens({ permissions, rateLimit, now }: TokenOptions): Tokens {
  const workflow = `ghs_${randomBytes(18).toString('hex')}`;
  const personal = new Map<string, string>();
  const holders = new Map<string, Holder>([
    [workflow, { login: BOT, isPerson: false, ...holding(permissions), quota: createQuota(rateLimit, now) }],
  ]);
  return {
    workflow,
    personal(login) {
      const known = personal.get(login);
      if (known !== undefined) return known;
      const token = `ghp_${randomBytes(18).toString('hex')}`;
      personal.set(login, token);
      const quota = createQuota(PERSONAL_LIMIT, now);
      holders.set(token, { login, isPerson: true, ...holding(undefined), quota });
      return token;
    },
    identify(authorization) {
      if (authorization === undefined) throw new Refusal(401, 'Requires authentication', { docs: 'rest' });
      const [, token = ''] = /^(?:bearer|token) (\S+)$/i.exec(authorization) ?? [];
      const holder = holders.get(token);
      if (holder === undefined) throw new Refusal(401, 'Bad credentials', { docs: 'rest' });
      return holder;
    },
  };
}

/**
 * GitHub lets every token read what is public. The range asks for the permission all the same, so that what is named as
 * needed is enough for a private repository as well.
 *
 * @param permissions all of them when not given
 */
function holding(permissions: RangePermissions | undefined): Pick<Holder, 'authorize'> {
  return {
    authorize({ needs, docs }) {
      if (needs === undefined || permissions === undefined) return;
      const [permission, access] = needs;
      const has = permissions[permission];
      if (has === 'write' || has === access) return;
      throw new Refusal(403, 'Resource not accessible by integration', {
        headers: { 'x-accepted-github-permissions': `${permission}=${access}` },
        docs: `rest/${docs}`,
      });
    },
  };
}

function createQuota(limit: number, now: () => number): Quota {
  let used = 0;
  let reset = 0;
  return {
    take() {
      const second = Math.floor(now() / 1000);
      if (second >= reset) [used, reset] = [0, second + HOUR];
      if (used >= limit) throw rateLimited(limit, reset);
      used += 1;
    },
    giveBack() {
      used -= 1;
    },
    headers: () => ({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-used': String(used),
      'x-ratelimit-remaining': String(limit - used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    }),
  };
}
