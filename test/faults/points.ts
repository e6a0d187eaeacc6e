import { seeded } from '../../src/range/seeded.ts';
import type { Call } from './calls.ts';
import { COMMANDS, type CommandName } from './commands.ts';

/** What is done at a call. */
export const FAULT_KINDS = [
  /** The bundle is killed, and the call is not passed on. */
  'kill-before',
  /** The call is done, and the bundle is killed before it hears of it. */
  'kill-after',
  /** The same, and nobody runs it again until its lease is over and return-hosts has come by. */
  'abandon',
  /** The runner cancels the step; the call is passed on. */
  'interrupt',
  /** The process stands still, another run takes the lease meanwhile, and it goes on after every limit of a request. */
  'freeze',
  /** Another run takes the lease just after the call. */
  'lease-taken',
  /** The service dies on the host that the call is about, and stays dead. */
  'host-dies',
  /** The service dies on the other host of the zone, and stays dead. */
  'sister-dies',
  /** The call is not done: AWS asks to slow down. */
  'throttle',
  /** The call is not done: AWS has trouble of its own. */
  'error-500',
  /** The call is done, and the connection breaks before the answer. */
  'answer-lost',
  /** The call is not done, and is never answered. */
  'hang',
  /** The call is not done: AWS says that it is not allowed, which is not tried again. */
  'deny',
  /** From this call on, AWS asks every call of the operation to slow down. */
  'throttle-all',
  /** From this call on, AWS has trouble of its own with every call of the operation. */
  'error-500-all',
  /** Another run starts the same deployment at this moment. */
  'rival',
  /** The same, and it waits for the lease. */
  'rival-waits',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * At the end of an operation, such as `Describe*`: the first call of each that begins like this and reads, and each one that
 * changes something, except for what is called in the place of a call that was struck.
 */
export const EVERY = '*';

/** A call of a command: which one of those of its operation, beginning with 1. */
export interface Point {
  readonly command: CommandName;
  readonly operation: string;
  readonly ordinal: number;
  readonly mutating: boolean;
  /** How many of this operation an undisturbed command makes. */
  readonly of: number;
  /** Whether the call names a host. */
  readonly namesHost: boolean;
}

/** Something that happens to a command at one of its calls. */
export interface Fault extends Pick<Point, 'command' | 'operation' | 'ordinal'> {
  readonly kind: FaultKind;
  /** How often a call that only reads is made differs from run to run, so it may not come to that. */
  readonly mayMiss: boolean;
}

/** Every call of an undisturbed command. */
export function pointsOf(command: CommandName, calls: readonly Call[]): readonly Point[] {
  return [...Map.groupBy(calls, ({ operation }) => operation)].flatMap(([operation, made]) =>
    made.map(({ mutating, hosts }, index) => ({
      command,
      operation,
      ordinal: index + 1,
      mutating,
      of: made.length,
      namesHost: hosts.length > 0,
    })),
  );
}

/** Which calls a kind is tried at. */
interface Coverage {
  readonly kinds: readonly FaultKind[];
  readonly where: string;
  readonly points: (points: readonly Point[]) => readonly Point[];
}

const changing = ({ mutating }: Point): boolean => mutating;
const first = ({ ordinal }: Point): boolean => ordinal === 1;
const last = ({ ordinal, of }: Point): boolean => ordinal === of;
const deploying = ({ command }: Point): boolean => command === 'deploy-zone';
const promoting = ({ command }: Point): boolean => command === 'promote-zone';

/** Calls of an undisturbed command, from which on an operation is one that waits for something. */
const POLLED = 16;
/** In the middle of waiting for something on hosts or at a balancer. */
const waiting = ({ mutating, ordinal, of }: Point): boolean =>
  !mutating && of >= POLLED && ordinal === Math.ceil(of / 2);

/** Calls that are struck in one run, by the name of their command and the beginning of that of their operation. */
function grouped(points: readonly Point[], groupOf: (point: Point) => string): readonly Point[] {
  return [...Map.groupBy(points, groupOf)].flatMap(([group, [first]]) => {
    const [, prefix = ''] = group.split(' ');
    return first === undefined ? [] : [{ ...first, operation: `${prefix}${EVERY}`, ordinal: 1 }];
  });
}

/** Such as `Describe`; what is sent to hosts, each by itself. */
function familyOf(operation: string): string {
  return operation.includes('SendCommand:') ? operation : (/^[A-Z][a-z]+/.exec(operation)?.[0] ?? operation);
}

/** Second runs start at calls that are drawn. */
const RIVAL_SEED = 8;
const RIVALS = 4;

/**
 * What is tried where. Between two calls that change something, a command leaves the same behind wherever it is killed. How an
 * answer is taken is up to the code that makes the call, and calls of one operation share that.
 */
const COVERAGE: readonly Coverage[] = [
  {
    kinds: ['kill-before', 'freeze', 'interrupt'],
    where: 'each call of deploy-zone and promote-zone that changes something',
    points: (points) => points.filter((point) => isMain(point) && changing(point)),
  },
  {
    kinds: ['kill-after'],
    where: `the same, and in the middle of what deploy-zone waits for (operations of ${POLLED} calls and more)`,
    points: (points) =>
      points.filter((point) => (isMain(point) && changing(point)) || (deploying(point) && waiting(point))),
  },
  {
    kinds: ['abandon'],
    where: 'the first half of those of each operation of deploy-zone that change something',
    points: (points) =>
      points.filter((point) => deploying(point) && changing(point) && 2 * point.ordinal <= point.of + 1),
  },
  {
    kinds: ['lease-taken'],
    where: 'the first call of each operation of both that changes something',
    points: (points) => points.filter((point) => isMain(point) && changing(point) && first(point)),
  },
  {
    kinds: ['host-dies'],
    where: 'each call of deploy-zone that changes something about a host it names',
    points: (points) => points.filter((point) => isMain(point) && changing(point) && point.namesHost),
  },
  {
    kinds: ['sister-dies'],
    where: 'the first of those of each operation',
    points: (points) =>
      points.filter((point) => isMain(point) && changing(point) && point.namesHost && first(point)),
  },
  {
    kinds: ['throttle', 'error-500', 'answer-lost'],
    where:
      'in one run of each of both, the first call of each operation that reads and each call that changes something, except for ' +
      'what is called in the place of one that was struck',
    points: (points) => grouped(points.filter(isMain), ({ command }) => `${command} `),
  },
  {
    kinds: ['hang'],
    where: 'the first call of each operation of both, in one run for each kind of call',
    points: (points) =>
      grouped(points.filter(isMain), ({ command, operation }) => `${command} ${familyOf(operation)}`),
  },
  {
    kinds: ['deny'],
    where: 'the first call of each operation of both, and the last one of each that changes something',
    points: (points) =>
      points.filter((point) => isMain(point) && (first(point) || (changing(point) && last(point)))),
  },
  {
    kinds: ['throttle-all'],
    where:
      'from the first call of each operation of deploy-zone on, and of promote-zone where it changes something',
    points: (points) =>
      points.filter((point) => first(point) && (deploying(point) || (promoting(point) && changing(point)))),
  },
  {
    kinds: ['error-500-all'],
    where: 'from the first call of each operation of both on that changes something',
    points: (points) => points.filter((point) => isMain(point) && first(point) && changing(point)),
  },
  {
    kinds: ['rival'],
    where: `the first call of deploy-zone, and ${RIVALS} others that seed ${RIVAL_SEED} draws from the first half of each operation`,
    points: (points) => [
      ...points.filter(deploying).slice(0, 1),
      ...sample(
        points.filter((point) => deploying(point) && 2 * point.ordinal <= point.of).slice(1),
        RIVALS,
        RIVAL_SEED,
      ),
    ],
  },
  {
    kinds: ['rival-waits'],
    where: 'the first write of the ledger by deploy-zone',
    points: (points) =>
      points.filter((point) => deploying(point) && point.operation === 'PutObject:ledger' && first(point)),
  },
  {
    kinds: ['kill-before'],
    where: 'each call of deploy-broken and deploy-standby that changes something',
    points: (points) =>
      points.filter((point) => changing(point) && /^deploy-(?:broken|standby)$/.test(point.command)),
  },
  {
    kinds: ['kill-before', 'kill-after'],
    where: 'each call of deploy-suspend that changes an Auto Scaling group',
    points: (points) =>
      points.filter(
        ({ command, mutating, operation }) =>
          command === 'deploy-suspend' && mutating && /Processes$|Standby$|Capacity$|Group$/.test(operation),
      ),
  },
];

function isMain(point: Point): boolean {
  return deploying(point) || promoting(point);
}

/** Every fault there is to try. */
export function faultsAt(points: readonly Point[]): readonly Fault[] {
  return COVERAGE.flatMap((each) =>
    each.kinds.flatMap((kind) =>
      each.points(points).map(({ command, operation, ordinal, mutating }) => {
        return { kind, command, operation, ordinal, mayMiss: !mutating && !operation.endsWith(EVERY) };
      }),
    ),
  );
}

/** What is tried where, and what is not. */
export function describeCoverage(): string {
  return [
    ...COVERAGE.map(({ kinds, where }) => `  - ${kinds.join(', ')}: ${where}`),
    '  Not tried: answers at other calls of an operation than these, two different faults in one run, faults while a command is run again,',
    '  and a host that dies at a call that names none.',
  ].join('\n');
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
    throw new Error(
      `"${name}" names no fault; write for example "kill-after deploy-zone RegisterTargets 1". The kinds are ` +
        `${FAULT_KINDS.join(', ')}.`,
    );
  }
  // Whoever asks for a point by its name wants to see it reached.
  return { kind, command, operation, ordinal, mayMiss: false };
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
