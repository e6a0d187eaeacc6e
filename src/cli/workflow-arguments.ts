import { UserError } from '../runner/errors.ts';
import { HOSTED } from '../workflow/caller.ts';
import { parseSuite, type Suite } from '../workflow/pins.ts';
import { parseWords } from './words.ts';

const OPTIONS = {
  out: { type: 'string' },
  suite: { type: 'string' },
  'runs-on': { type: 'string', default: HOSTED },
  'allow-unprotected': { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What a person asked for on the command line. */
export interface WorkflowArguments {
  readonly fleetFile: string;
  /** File to write or to compare with; printed when not given. */
  readonly out?: string;
  readonly suite?: Suite;
  readonly runsOn: string;
  readonly allowUnprotected: boolean;
  /** Compare instead of writing. */
  readonly check: boolean;
}

export const WORKFLOW_HELP = `Writes the workflow that deploys a fleet on GitHub: a job that plans, then a job and a button for each zone.

  npx zonewise workflow FLEET [options]

  FLEET                  fleet file, in the repository whose workflow it will be
  --out FILE             write it there, such as .github/workflows/deploy.yml (default: print it)
  --suite OWNER/REPO@COMMIT
                         where Zonewise is, by a full commit, and " # v1.2.3" behind it; needed the first time: what FILE
                         has already is kept, as are the commits of other actions in it
  --runs-on LABEL        runner of every job (default: ${HOSTED})
  --allow-unprotected    deploy although the environments ask nobody, where GitHub has no required reviewers
  --check                write nothing; exit with 1 when FILE is not what would be written
  --help                 this text
`;

/**
 * Reads the command line of `zonewise workflow`.
 *
 * @throws UserError for an unknown option, a missing fleet file, or a suite that is not pinned
 */
export function parseWorkflowArguments(words: readonly string[]): WorkflowArguments | 'help' {
  const { values, positionals } = parseWords(words, OPTIONS);
  if (values.help) return 'help';
  const [fleetFile, second] = positionals;
  if (fleetFile === undefined || second !== undefined) {
    const seen = positionals.length === 0 ? 'none' : positionals.join(' and ');
    throw new UserError(
      `Expected one fleet file, saw ${seen}. Write for example: zonewise workflow .github/fleet.yml`,
    );
  }
  if (values.check && values.out === undefined) {
    throw new UserError('--check compares with a file: name it with --out.');
  }
  return {
    fleetFile,
    runsOn: values['runs-on'],
    allowUnprotected: values['allow-unprotected'],
    check: values.check,
    ...(values.out === undefined ? {} : { out: values.out }),
    ...(values.suite === undefined ? {} : { suite: parseSuite(values.suite) }),
  };
}
