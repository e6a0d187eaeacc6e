import { UserError } from '../../runner/errors.ts';
import { parseWords } from '../words.ts';

const OPTIONS = {
  reason: { type: 'string' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What a person asked for on the command line. */
export type LedgerArguments =
  | { readonly verb: 'show'; readonly fleetFile: string }
  | { readonly verb: 'why'; readonly fleetFile: string; readonly zone?: string }
  | {
      readonly verb: 'release';
      readonly fleetFile: string;
      readonly reason: string;
      /** Do not ask. */
      readonly yes: boolean;
    };

export const LEDGER_HELP = `Shows what the ledger of a service says, and ends the lease of a run that is dead.

  npx zonewise ledger show FLEET
  npx zonewise ledger why FLEET [ZONE]
  npx zonewise ledger release FLEET --reason TEXT [--yes]

  show             every zone and the lease, as a table
  why              what is held and by whom, what would be refused, and what to do about it
  release          ends the lease before its time: whoever held it changes nothing more, and the reason is kept in the ledger
  FLEET            fleet file; it says where the ledger is
  ZONE             one zone alone
  --reason TEXT    why the lease is broken
  --yes            do not ask
  --help           this text

A ledger on S3 takes AWS credentials from the environment: reading needs s3:GetObject and s3:ListBucket, release s3:PutObject as well.
`;

/**
 * Reads the command line of `zonewise ledger`.
 *
 * @throws UserError for an unknown verb or option, a missing fleet file, or a release without a reason
 */
export function parseLedgerArguments(words: readonly string[]): LedgerArguments | 'help' {
  const { values, positionals } = parseWords(words, OPTIONS);
  if (values.help) return 'help';
  const [verb, fleetFile, zone, ...more] = positionals;
  if (verb !== 'show' && verb !== 'why' && verb !== 'release') {
    throw new UserError(
      `Expected show, why or release, saw ${verb ?? 'nothing'}. Write for example: zonewise ledger show .github/fleet.yml`,
    );
  }
  const rest = verb === 'why' ? more : [zone, ...more].filter((each) => each !== undefined);
  if (fleetFile === undefined || rest.length > 0) {
    const seen = fleetFile === undefined ? 'none' : `also ${rest.join(' ')}`;
    throw new UserError(
      `Expected one fleet file, saw ${seen}. Write for example: zonewise ledger ${verb} fleet.yml`,
    );
  }
  if (verb !== 'release' && (values.reason !== undefined || values.yes)) {
    throw new UserError(`--reason and --yes belong to release, not to ${verb}.`);
  }
  if (verb === 'show') return { verb, fleetFile };
  if (verb === 'why') return { verb, fleetFile, ...(zone === undefined ? {} : { zone }) };
  const reason = values.reason?.trim() ?? '';
  if (reason === '') {
    throw new UserError(
      'A lease is broken only with a reason, which the ledger keeps. Add for example: --reason "the runner was deleted".',
    );
  }
  return { verb, fleetFile, reason, yes: values.yes };
}
