import { askFromRunner } from '../../../src/checks/from-runner/ask.ts';
import type { Ask } from '../../../src/checks/question.ts';
import type { HostCommand, HostResult } from '../../../src/hosts/port.ts';
import { askFromHosts } from '../../../src/operations/ask/ask-hosts.ts';
import { type Machine, startMachine } from '../../hosts/machine.ts';
import { findShells, type Shell } from '../../hosts/shells.ts';
import { setStage } from '../stage.ts';

/** Where checks are asked from. */
export interface Place extends AsyncDisposable {
  readonly ask: Ask;
}

/** The runner, and a host in every shell. */
export const PLACES = [
  { name: 'runner', open: fromRunner },
  ...findShells().map((shell) => ({ name: shell.name, open: () => fromHost(shell) })),
];

export async function fromRunner(): Promise<Place> {
  return {
    ask: askFromRunner({ atOnce: 4, commands: async () => [] }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** @param environment what scripts see on the host */
export async function fromHost(
  shell: Shell,
  environment: Readonly<Record<string, string>> = {},
): Promise<Place> {
  const machine = await startMachine(shell, environment);
  return { ask: askOn(machine), [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

/** Runs every command in the shell of a machine. */
export function askOn(machine: Machine): Ask {
  const run = async ({ host, script, arguments: values }: HostCommand): Promise<HostResult> => {
    const { code, ...output } = await machine.run(script, ...values);
    return code === 0
      ? { host, outcome: 'done', ...output }
      : { host, outcome: 'failed', exitCode: code ?? 1, ...output };
  };
  const transport = {
    facts: async () => [],
    run: (commands: readonly HostCommand[]) => Promise.all(commands.map(run)),
  };
  return askFromHosts({ ...setStage().context, transport });
}
