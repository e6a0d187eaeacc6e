import { FAULTS, type Fault, faultsNamed } from '../rehearsal/faults.ts';
import { UserError } from '../runner/errors.ts';
import { parseWords } from './words.ts';

/** What a person asked for on the command line. */
export interface RehearseArguments {
  readonly help: boolean;
  /** Fleet file; the storefront example when not given. */
  readonly fleetFile?: string;
  readonly to?: string;
  /** Approve everything. */
  readonly yes: boolean;
  readonly jsonFile?: string;
  readonly reportFile?: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
}

export const REHEARSE_HELP = `Deploys a fleet on this machine's stand-in for AWS while traffic flows, zone by zone or, with
range.second-pool, by a big flip, and says what the traffic saw. Nothing outside this machine is touched.

  npm run rehearse -- [FLEET] [options]

  FLEET            fleet file (default: examples/storefront/fleet.yml)
  --to VERSION     release to deploy (default: range.to of the fleet file)
  --yes            approve everything instead of asking
  --json FILE      write the verdict as JSON
  --report FILE    write the report as one HTML page
  --seed N         seed of every random decision (default: 1)
  --fault NAME     make trouble; may be repeated:
${FAULTS.map(({ name, description }) => `                     ${name.padEnd(18)} ${description}`).join('\n')}
  --help           this text

Exit code: 0 when every stage was done and no request failed, 130 after Ctrl-C, 1 otherwise.
`;

const OPTIONS = {
  to: { type: 'string' },
  yes: { type: 'boolean', default: false },
  json: { type: 'string' },
  report: { type: 'string' },
  seed: { type: 'string', default: '1' },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line of `npm run rehearse`.
 *
 * @throws UserError for an unknown option, a bad seed, an unknown fault, or more than one fleet file
 */
export function parseRehearseArguments(words: readonly string[]): RehearseArguments {
  const { values, positionals } = parseWords(words, OPTIONS);
  const [fleetFile, second] = positionals;
  if (second !== undefined) {
    throw new UserError(`There is one fleet file at most, but ${positionals.join(' and ')} were given.`);
  }
  return {
    help: values.help,
    yes: values.yes,
    seed: parseSeed(values.seed),
    faults: faultsNamed(values.fault),
    ...(fleetFile === undefined ? {} : { fleetFile }),
    ...given('to', values.to, '--to'),
    ...given('jsonFile', values.json, '--json'),
    ...given('reportFile', values.report, '--report'),
  };
}

function given<K extends string>(
  key: K,
  value: string | undefined,
  option: string,
): Partial<Record<K, string>> {
  if (value === undefined) return {};
  if (value.trim() === '') throw new UserError(`${option} is empty; write a value after it or leave it out.`);
  const result: Partial<Record<K, string>> = {};
  result[key] = value;
  return result;
}

/** Largest seed: the generator has 32 bits of state. */
const LARGEST_SEED = 4_294_967_295;

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= LARGEST_SEED) return seed;
  throw new UserError(
    `--seed is "${text}"; it must be a whole number from 0 to ${LARGEST_SEED}, such as --seed 7.`,
  );
}
