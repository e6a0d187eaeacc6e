import { type Command, dispatch } from './commands.ts';
import { LEDGER } from './ledger.ts';
import { VERIFY } from './verify.ts';
import { WORKFLOW } from './workflow.ts';

/** Every command, as a clone has them: rehearsals and ranges need the sources and the examples beside them. */
const COMMANDS: readonly Command[] = [
  WORKFLOW,
  LEDGER,
  VERIFY,
  {
    name: 'rehearse',
    summary: "deploys a fleet on this machine's stand-in for AWS while traffic flows",
    run: async (words) => (await import('./rehearse.ts')).main(words),
  },
  {
    name: 'range',
    summary: 'starts that stand-in, for AWS clients to be pointed at',
    run: async (words) => (await import('./range.ts')).main(words),
  },
];

process.exitCode = await dispatch(process.argv.slice(2), COMMANDS);
