import { WireError } from './service.ts';

/** Counts calls and refuses those that come too fast. */
export interface Gate {
  /** @throws WireError `Throttling` or `ThrottlingException` when the caller's bucket is empty */
  admit(call: { readonly scope: string; readonly operation: string; readonly region: string }): void;
  /** Calls of each operation since `open`, refused ones included. */
  calls(): Readonly<Record<string, number>>;
  /** From now on calls count: before, the range talks to itself. */
  open(): void;
}

export interface GateOptions {
  readonly throttling: boolean;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
}

export interface Rate {
  /** Tokens of a full bucket: calls that may come at once. */
  readonly burst: number;
  /** Tokens a second. */
  readonly refill: number;
}

/**
 * What each service grants an account in a region. For reading, ELB's own figures ("Request throttling for the Elastic
 * Load Balancing API": 40 tokens, 10 a second). AWS publishes none for changes, nor for SSM and Auto Scaling: these are
 * assumptions, half of ELB's for changes and the same as ELB's for reading. Route 53 is one service for the whole world,
 * and its figures are of its own "API request throttling": one bucket of an account for all its actions, 50 tokens, 10
 * a second. The other bucket that it has, for the number of changed records, is not modelled.
 */
export const RATES = {
  read: { burst: 40, refill: 10 },
  change: { burst: 20, refill: 5 },
  route53: { burst: 50, refill: 10 },
} as const satisfies Record<string, Rate>;

/** How each service that throttles words it: the query services leave out `Exception`. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['elasticloadbalancing', 'Throttling'],
  ['autoscaling', 'Throttling'],
  ['route53', 'Throttling'],
  ['ssm', 'ThrottlingException'],
]);

export function createGate({ throttling, clock }: GateOptions): Gate {
  const counts = new Map<string, number>();
  const buckets = new Map<string, Bucket>();
  let isOpen = false;
  return {
    admit({ scope, operation, region }) {
      if (!isOpen) return;
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
      const code = CODES.get(scope);
      if (!throttling || code === undefined) return;
      const kind = kindOf(scope, operation);
      const key = kind === 'route53' ? kind : `${scope} ${region} ${kind}`;
      const bucket = buckets.get(key) ?? createBucket(RATES[kind], clock);
      buckets.set(key, bucket);
      if (!bucket.take()) throw new WireError(code, 'Rate exceeded');
    },
    calls: () => Object.fromEntries(counts),
    open() {
      isOpen = true;
    },
  };
}

function kindOf(scope: string, operation: string): keyof typeof RATES {
  if (scope === 'route53') return scope;
  return /^(Describe|Get|List)/.test(operation) ? 'read' : 'change';
}

interface Bucket {
  /** @returns whether there was a token */
  take(): boolean;
}

function createBucket({ burst, refill }: Rate, clock: () => number): Bucket {
  let tokens: number = burst;
  let filled = clock();
  return {
    take() {
      const now = clock();
      tokens = Math.min(burst, tokens + ((now - filled) / 1_000) * refill);
      filled = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
