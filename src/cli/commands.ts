import { nearest } from '../fleet/nearest.ts';
import { CancelledError, PlatformError, UserError } from '../runner/errors.ts';

/** A command of `zonewise`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Runs it and gives its exit code. */
  readonly run: (words: readonly string[]) => Promise<number>;
}

/**
 * Runs the command that the first word names, or shows what there is.
 *
 * @returns the exit code
 */
export async function dispatch(words: readonly string[], commands: readonly Command[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || /^(?:help|-h|--help)$/.test(name)) {
    process.stdout.write(help(commands));
    return name === undefined ? 1 : 0;
  }
  try {
    const command = commands.find((each) => each.name === name);
    if (command === undefined) throw unknown(name, commands);
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

/** A person's mistake and a platform's trouble are one message; anything else is a bug and shows where. */
export function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof PlatformError || error instanceof CancelledError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function help(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `Deploys a service to hosts behind load balancers, one availability zone at a time.

  npx zonewise COMMAND

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

\`npx zonewise COMMAND --help\` tells more.
`;
}

function unknown(name: string, commands: readonly Command[]): UserError {
  const names = commands.map((each) => each.name);
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new UserError(`There is no command ${name}, only ${names.join(', ')}.${hint}`);
}
