import { seeded } from '../../src/range/seeded.ts';
import type { Call } from './calls.ts';

/** What is done at a call. */
export const FAULT_KINDS = [
  /** The bundle is killed, and the call is not passed on. */
  'kill-before',
  /** The call is done, and the bundle is killed before it hears of it. */
  'kill-after',
  /** The runner cancels the step; the call is passed on. */
  'interrupt',
  /** The call is not done: AWS asks to slow down. */
  'throttle',
  /** The call is not done: AWS has trouble of its own. */
  'error-500',
  /** The call is not done: AWS says that it is not allowed, which is not tried again. */
  'deny',
  /** The call is not done, and is never answered. */
  'hang',
  /** The call is done, and the connection breaks before the answer. */
  'answer-lost',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const COMMANDS = ['deploy-zone', 'promote-zone'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** A call of a command: which one of those of its operation, beginning with 1. */
export interface Point {
  readonly command: CommandName;
  readonly operation: string;
  readonly ordinal: number;
  readonly mutating: boolean;
}

export interface Fault extends Point {
  readonly kind: FaultKind;
}

/**
 * Where a command is disturbed: at every call that may change something, and at the first, the middle and the last one of each
 * operation that only reads. Those are polled, so how many there are differs from run to run.
 */
export function pointsOf(command: CommandName, calls: readonly Call[]): readonly Point[] {
  return [...Map.groupBy(calls, ({ operation }) => operation)].flatMap(([operation, made]) => {
    const mutating = made.some((call) => call.mutating);
    const all = made.map((_, index) => index + 1);
    const some = [...new Set([1, Math.ceil(made.length / 2), made.length])];
    return (mutating ? all : some).map((ordinal) => ({ command, operation, ordinal, mutating }));
  });
}

export function nameOf({ kind, command, operation, ordinal }: Fault): string {
  return `${kind} ${command} ${operation} ${ordinal}`;
}

/** @throws Error when the name is none of a fault */
export function faultNamed(name: string): Fault {
  const [kindText, commandText, operation, ordinalText, ...rest] = name.split(' ');
  const kind = FAULT_KINDS.find((each) => each === kindText);
  const command = COMMANDS.find((each) => each === commandText);
  const ordinal = Number(ordinalText);
  if (
    kind === undefined ||
    command === undefined ||
    operation === undefined ||
    rest.length > 0 ||
    !(ordinal >= 1)
  ) {
    const example = nameOf({
      kind: 'kill-after',
      command: 'deploy-zone',
      operation: 'RegisterTargets',
      ordinal: 1,
      mutating: true,
    });
    throw new Error(`"${name}" names no fault; write for example "${example}".`);
  }
  // Whoever asks for a point by its name wants to see it reached.
  return { kind, command, operation, ordinal, mutating: true };
}

/**
 * Every fault there is to try. A call that only reads leaves the same behind whether it was done or not, so it is killed after
 * alone. What is no kill is about how a call site takes an answer, so of operations that only read the first call is enough.
 */
export function faultsAt(points: readonly Point[]): readonly Fault[] {
  return points.flatMap((point) =>
    FAULT_KINDS.filter((kind) => isWorth(kind, point)).map((kind) => ({ ...point, kind })),
  );
}

function isWorth(kind: FaultKind, { mutating, ordinal }: Point): boolean {
  if (kind === 'kill-before') return mutating;
  return kind === 'kill-after' || mutating || ordinal === 1;
}

/** Some of them, the same ones for the same seed. */
export function sample<T>(all: readonly T[], size: number, seed: number): readonly T[] {
  const random = seeded(seed);
  return all
    .map((each) => [random(), each] as const)
    .sort(([one], [other]) => one - other)
    .slice(0, size)
    .map(([, each]) => each);
}
