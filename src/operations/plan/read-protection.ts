import type { Environment, GitHub } from '../../github/port.ts';
import { answerOf } from './answer.ts';
import {
  type GateFindings,
  type ProtectionPolicy,
  protectionProblems,
  type Visibility,
} from './protection.ts';

/** A gate with what was found about it. */
export interface GateReport extends GateFindings {
  readonly zone: string;
  readonly environment: string;
  /** None when it does not exist, or nobody could be asked. */
  readonly found?: Environment;
}

interface Asked {
  readonly zone: string;
  readonly environment: string;
}

/**
 * Reads how the environments of zones are protected, all at the same time. What cannot be read is a problem of its zone.
 *
 * @param github none without a token: then nothing is verified, which only `allowUnprotected` lets pass
 * @throws CancelledError when the signal aborts
 */
export async function readProtection(
  github: GitHub | undefined,
  zones: readonly Asked[],
  policy: ProtectionPolicy,
  signal: AbortSignal,
): Promise<readonly GateReport[]> {
  if (github === undefined) return zones.map((zone) => unverified(zone, policy));
  const read = await Promise.all(
    zones.map(async (zone) => ({
      zone,
      answer: await answerOf(github.environment(zone.environment, signal), signal),
    })),
  );
  const doubt = read.some(({ answer }) => answer.kind === 'told' && answer.value?.reviewers.length === 0);
  const visibility = doubt ? await visibilityOf(github, signal) : undefined;
  return read.map(({ zone, answer }): GateReport => {
    if (answer.kind === 'silent') {
      const problem = `how environment ${zone.environment} of ${zone.zone} is protected cannot be read: ${answer.problem}`;
      return { ...zone, problems: [problem], warnings: [] };
    }
    const { value: found } = answer;
    const findings = protectionProblems({ ...zone, found }, visibility, policy);
    return { ...zone, ...findings, ...(found === undefined ? {} : { found }) };
  });
}

function unverified({ zone, environment }: Asked, { allowUnprotected }: ProtectionPolicy): GateReport {
  const seen = `there is no token, so nobody knows how environment ${environment} of ${zone} is protected`;
  return {
    zone,
    environment,
    problems: allowUnprotected
      ? []
      : [`${seen}: pass \`token\`, or allow-unprotected: true outside of GitHub`],
    warnings: allowUnprotected
      ? [`NOBODY MAY HAVE TO APPROVE ${zone}: ${seen}, and allow-unprotected is true.`]
      : [],
  };
}

/** It only chooses the words for what is missing; that it cannot be read changes nothing else. */
async function visibilityOf(github: GitHub, signal: AbortSignal): Promise<Visibility | undefined> {
  const answer = await answerOf(github.visibility(signal), signal);
  return answer.kind === 'told' ? answer.value : undefined;
}
