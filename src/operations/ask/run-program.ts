import type { Observation } from '../../checks/check.ts';
import { encodedField, numberField, readAnswer } from '../../hosts/answer.ts';
import { RUN_PROGRAM_SCRIPT } from '../../hosts/scripts/run-program.ts';
import type { HostContext } from '../context.ts';
import { describeFailure } from '../records.ts';

export interface ProgramRequest {
  readonly host: string;
  /** Absolute folder that holds `current`. */
  readonly directory: string;
  /** Path inside the release. */
  readonly program: string;
  /** Milliseconds until it is ended. */
  readonly limit: number;
}

/** What a command needs to reach its host and to start, in milliseconds. */
const ON_THE_WAY = 5_000;

/** Runs a program of the current release on each host. */
export async function runPrograms(
  context: HostContext,
  requests: readonly ProgramRequest[],
): Promise<readonly Observation[]> {
  const results = await context.transport.run(
    requests.map(({ host, directory, program, limit }) => ({
      host,
      script: RUN_PROGRAM_SCRIPT,
      arguments: [directory, program],
      timeout: limit + ON_THE_WAY,
      onCancel: 'stop',
    })),
    context.signal,
  );
  return requests.map(({ host }, index) => {
    const result = results[index];
    if (result?.outcome !== 'done') {
      const problem = result === undefined ? 'it was never run' : describeFailure(result);
      return { kind: 'silent', problem, milliseconds: 0 };
    }
    const answer = readAnswer(host, result.stdout);
    return {
      kind: 'command',
      exitCode: numberField(answer, 'exitCode'),
      output: encodedField(answer, 'output'),
      milliseconds: numberField(answer, 'milliseconds'),
    };
  });
}
