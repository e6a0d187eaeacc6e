import type { Plan } from '../operations/plan/plan.ts';
import { wrongInputs } from './inputs.ts';
import { json, type Kind } from './kinds.ts';

/** The inputs that a plan decides about as well; those that an action does not have are left out. */
export interface ReleaseInputs {
  readonly version: string;
  readonly sha256: string | undefined;
  readonly ordinal?: number | undefined;
  readonly 'roll-back'?: boolean;
  readonly plan: unknown;
}

/** What is to be deployed: the plan's when there is one. */
export interface WantedRelease {
  readonly version: string;
  readonly sha256?: string;
  readonly ordinal?: number;
  readonly rollBack: boolean;
  readonly plan?: Plan;
}

/** The output `plan` of plan-zones, as JSON that nobody has looked at yet. */
export function planDocument(): Kind<unknown> {
  return json('the output `plan` of plan-zones', `\${{ needs.plan.outputs.plan }}`, (value) => ({ value }));
}

/**
 * The release that the inputs name, completed by their plan.
 *
 * @throws UserError when the plan is none, or when an input contradicts it
 */
export async function wantedRelease(inputs: ReleaseInputs): Promise<WantedRelease> {
  const { version, sha256, ordinal, 'roll-back': rollBack = false } = inputs;
  if (inputs.plan === undefined) {
    return {
      version,
      rollBack,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(ordinal === undefined ? {} : { ordinal }),
    };
  }
  const { parsePlan } = await import('../operations/plan/parse-plan.ts');
  const parsed = parsePlan(inputs.plan);
  if (parsed.kind === 'refused') {
    throw wrongInputs(
      parsed.problems.map(
        (problem) => `\`plan\` is not an output of plan-zones: ${problem}. Pass it on as it is.`,
      ),
    );
  }
  const { plan } = parsed;
  const contradictions = [
    ...contradiction('version', version, plan.version),
    ...contradiction('sha256', sha256, plan.sha256),
    ...contradiction('ordinal', ordinal, plan.ordinal),
    // Its absence cannot be told from `false`, so only `true` can contradict.
    ...contradiction('roll-back', rollBack ? true : undefined, plan.rollBack),
  ];
  if (contradictions.length > 0) throw wrongInputs(contradictions);
  return { version, sha256: plan.sha256, ordinal: plan.ordinal, rollBack: plan.rollBack, plan };
}

function contradiction<T extends string | number | boolean>(
  input: string,
  given: T | undefined,
  planned: T,
): readonly string[] {
  if (given === undefined || given === planned) return [];
  return [
    `\`${input}\` is ${given}, and \`plan\` was made for ${planned}; expected the same. Leave \`${input}\` to the plan, or plan again.`,
  ];
}
