import { parseArgs } from 'node:util';
import { UserError } from '../src/runner/errors.ts';

/** What is repeated, and what stands in the way. */
export interface SoakOptions {
  /** How often one host is drained and restored. */
  readonly drains: number;
  readonly kind: 'application' | 'network';
  /** Whether the hosts' agents answer. */
  readonly transport: 'alive' | 'dead';
  /** Whether the API refuses calls that come faster than AWS allows. */
  readonly throttling: boolean;
  /** Calls a second that another client of the account makes; they spend the same request budget. */
  readonly neighbour: number;
  /** Drains return as soon as the API does: the soak must then see requests fail. */
  readonly skipQuiet: boolean;
  readonly seed: number;
}

export interface SoakArguments extends SoakOptions {
  readonly help: boolean;
  readonly jsonFile?: string;
}

export const SOAK_HELP = `Drains and restores one host after another on this machine's stand-in for AWS while traffic flows,
restarts the service of each while it is out, and counts the requests that failed.

  npm run soak -- [options]

  --drains N          drains and restores in a row (default: 100)
  --kind KIND         balancer: application or network (default: application)
  --transport STATE   alive, or dead: no host answers commands (default: alive)
  --throttling        the API refuses calls that come faster than AWS allows
  --neighbour N       another client makes N calls a second on the same budget (default: 0)
  --skip-quiet        drains return as soon as the API does: requests must fail then
  --seed N            seed of every random decision (default: 1)
  --json FILE         write the figures as JSON
  --help              this text

Exit code: 0 when every drain and restore succeeded and no request failed, 130 after Ctrl-C, 1 otherwise.
`;

const OPTIONS = {
  drains: { type: 'string', default: '100' },
  kind: { type: 'string', default: 'application' },
  transport: { type: 'string', default: 'alive' },
  throttling: { type: 'boolean', default: false },
  neighbour: { type: 'string', default: '0' },
  'skip-quiet': { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line of `npm run soak`.
 *
 * @throws UserError for an unknown option or a value that is not allowed
 */
export function parseSoakArguments(words: readonly string[]): SoakArguments {
  const values = parse(words);
  const options = {
    help: values.help,
    drains: wholeNumber('--drains', values.drains, 1),
    kind: oneOf('--kind', values.kind, ['application', 'network'] as const),
    transport: oneOf('--transport', values.transport, ['alive', 'dead'] as const),
    throttling: values.throttling,
    neighbour: wholeNumber('--neighbour', values.neighbour, 0),
    skipQuiet: values['skip-quiet'],
    seed: wholeNumber('--seed', values.seed, 0),
    ...(values.json === undefined ? {} : { jsonFile: values.json }),
  };
  if (!options.skipQuiet || options.transport === 'alive') return options;
  throw new UserError(
    '--skip-quiet shows nothing with --transport dead, which cannot restart a service; leave one out.',
  );
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${problem}\n\n${SOAK_HELP}`, { cause });
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError(`${name} is ${JSON.stringify(text)}; expected a whole number from ${least}.`);
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UserError(`${name} is ${JSON.stringify(text)}; expected ${allowed.join(' or ')}.`);
}
