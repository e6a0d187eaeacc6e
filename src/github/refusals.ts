import { PlatformError, UserError } from '../runner/errors.ts';

/** What GitHub answered, whatever its status. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** What was asked of GitHub, in the words that an error message needs. */
export interface Purpose {
  /** Such as `read the environment web`; the message says "Could not …". */
  readonly purpose: string;
  /** Line of `permissions:` that the request needs, such as `actions: read`. */
  readonly permission: string;
}

/** GitHub takes no more requests for now. */
export interface RateLimit {
  /** `primary`: those of the hour are used up. `secondary`: too many at once. */
  readonly kind: 'primary' | 'secondary';
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** "If the response has neither header, wait for at least one minute": GitHub docs, rate limits for the REST API. */
const MINUTE = 60_000;

/** Whether a reply is a refusal because of too many requests, and until when. */
export function rateLimitOf(reply: Reply, now: number): RateLimit | undefined {
  const { status, headers } = reply;
  if (status !== 403 && status !== 429) return undefined;
  const seconds = wholeIn(headers['retry-after']);
  if (seconds !== undefined) return { kind: 'secondary', until: now + seconds * 1_000 };
  const reset = wholeIn(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset !== undefined) {
    return { kind: 'primary', until: reset * 1_000 };
  }
  return status === 429 || /rate limit|abuse/i.test(messageIn(reply))
    ? { kind: 'secondary', until: now + MINUTE }
    : undefined;
}

/** The error for a rate limit that is not waited for. */
export function explainLimit({ kind, until }: RateLimit, reply: Reply, asked: Purpose): PlatformError {
  const why = kind === 'primary' ? 'the requests of this hour are used up' : 'too many came at once';
  return new PlatformError(
    `Could not ${asked.purpose}: GitHub takes no more requests with this token until ${new Date(until).toISOString()}: ` +
      `${why} (${answerOf(reply)}). The request changed nothing. Run the job again after that.`,
  );
}

/** The error for a reply that is neither a success nor a rate limit. */
export function explainRefusal(reply: Reply, asked: Purpose): UserError | PlatformError {
  const could = `Could not ${asked.purpose}:`;
  const said = answerOf(reply);
  if (reply.status === 401) {
    return new UserError(
      `${could} GitHub does not accept the token (${said}): it is wrong, or it has expired, as the token of a job does ` +
        'when the job ends. Leave the input `token` out, and the token of the job is taken.',
    );
  }
  if (reply.status === 403 || reply.status === 404) {
    const seen = reply.status === 403 ? 'does not allow it' : 'does not show it to this token';
    return new UserError(`${could} GitHub ${seen} (${said}). ${permissionCure(reply, asked.permission)}`);
  }
  if (reply.status === 410) {
    return new UserError(`${could} the repository has turned it off (${said}). Turn it on in its settings.`);
  }
  return new PlatformError(
    `${could} GitHub answered ${said}. Run the job again; if it stays so, see githubstatus.com.`,
  );
}

/** What can be written below `permissions:` of a workflow. The header names others too, such as `metadata`. */
const GRANTABLE = [
  ...['actions', 'attestations', 'checks', 'contents', 'deployments', 'discussions', 'issues', 'packages'],
  ...['pages', 'pull-requests', 'security-events', 'statuses'],
];

/**
 * GitHub names what would do in `x-accepted-github-permissions`: sets separated by `;`, the parts of a set by `,` (changelog
 * of 2023-08-10). The first set that a workflow can grant is told, otherwise what is known of the request.
 */
function permissionCure({ headers }: Reply, known: string): string {
  const sets = (headers['x-accepted-github-permissions'] ?? '').split(';').map((set) =>
    set
      .split(',')
      .map((each) => each.trim().replace('=', ': ').replaceAll('_', '-'))
      .filter((each) => each !== '' && !each.startsWith('metadata:')),
  );
  const isGrantable = (line: string) => GRANTABLE.includes(line.slice(0, line.indexOf(':')));
  const lines = sets.find((set) => set.length > 0 && set.every(isGrantable)) ?? [known];
  const written = lines.map((line) => `\`${line}\``).join(' and ');
  return (
    `Add ${written} to the \`permissions:\` of the job, and of the job that calls its workflow where it is a reusable one; ` +
    'a token of your own needs the same.'
  );
}

function answerOf(reply: Reply): string {
  const message = messageIn(reply);
  return `HTTP ${reply.status}${message === '' ? '' : `: ${message}`}`;
}

const SHOWN = 200;

/** GitHub's own words, on one line. */
function messageIn({ data }: Reply): string {
  const message: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'message') : data;
  if (typeof message !== 'string') return '';
  return message.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, SHOWN);
}

function wholeIn(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
}
