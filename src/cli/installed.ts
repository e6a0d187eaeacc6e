import { UserError } from '../runner/errors.ts';
import { type Command, dispatch } from './commands.ts';
import { LEDGER } from './ledger.ts';
import { VERIFY } from './verify.ts';
import { WORKFLOW } from './workflow.ts';

/**
 * The commands of an installed package, where Node reads no TypeScript: `npm run build` makes one bundle of this. What runs
 * the sources and the examples says where it can be had.
 */
const COMMANDS: readonly Command[] = [
  WORKFLOW,
  LEDGER,
  VERIFY,
  onlyInClone('rehearse'),
  onlyInClone('range'),
];

function onlyInClone(name: string): Command {
  return {
    name,
    summary: 'in a clone of Zonewise only',
    run: () => {
      throw new UserError(
        `\`zonewise ${name}\` runs the sources of Zonewise and is not in the package. Clone the repository, then run ` +
          `\`npm ci && npm run ${name}\` there.`,
      );
    },
  };
}

// Bundles are CommonJS, which has no `await` outside of functions.
void dispatch(process.argv.slice(2), COMMANDS).then((code) => {
  process.exitCode = code;
});
