import { Refusal } from './endpoint.ts';
import type { RangeGitHubFault } from './options.ts';

/** What becomes of a request that meets a fault: an answer, or none. */
export type Met = Refusal | 'broken-connection';

export interface Faults {
  add(fault: RangeGitHubFault): void;
  /** @param path below the repository */
  meet(method: string, path: string): Met | undefined;
}

/** @param now milliseconds since 1970 */
export function createFaults(faults: readonly RangeGitHubFault[], now: () => number): Faults {
  const left: { readonly fault: RangeGitHubFault; count: number }[] = [];
  const add = (fault: RangeGitHubFault) => void left.push({ fault, count: fault.count ?? Infinity });
  faults.forEach(add);
  return {
    add,
    meet(method, path) {
      const met = left.find(
        ({ fault, count }) => count > 0 && (fault.method ?? method) === method && isUnder(fault.path, path),
      );
      if (met === undefined) return undefined;
      met.count -= 1;
      return render(met.fault, now);
    },
  };
}

/** The answer to a token whose requests of the hour are used up. */
export function rateLimited(limit: number, reset: number, status: 403 | 429 = 403): Refusal {
  return new Refusal(status, 'API rate limit exceeded for installation.', {
    headers: {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-used': String(limit),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    },
    docs: 'rest/overview/rate-limits-for-the-rest-api',
  });
}

function render(fault: RangeGitHubFault, now: () => number): Met {
  switch (fault.kind) {
    case 'rate-limit':
      return rateLimited(1_000, Math.ceil(now() / 1000) + fault.resetIn, fault.status);
    case 'secondary-rate-limit':
      return new Refusal(
        fault.status ?? 403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        {
          headers: { 'retry-after': String(fault.retryAfter) },
          docs: 'rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
        },
      );
    case 'status':
      return new Refusal(fault.status, 'Server Error');
    case 'broken-connection':
      return 'broken-connection';
  }
}

function isUnder(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const seen = path.split('/');
  const rest = expected.at(-1) === '**';
  if (rest ? seen.length < expected.length - 1 : seen.length !== expected.length) return false;
  return expected
    .slice(0, rest ? -1 : undefined)
    .every((segment, index) => segment === '*' || segment === seen[index]);
}
