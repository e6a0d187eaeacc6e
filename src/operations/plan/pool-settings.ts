import { formatDuration } from '../../fleet/duration.ts';
import type { Policy } from '../../fleet/fleet.ts';
import { type PoolView, thresholdOf } from '../../fleet/floor.ts';
import { propagationOf } from '../drain/quiet.ts';
import type { GateFindings } from './protection.ts';

/**
 * Time-outs of the policy that the pools' own settings can never meet, and what the pools show now that a person should know
 * before hosts leave them: fail-open, zonal shifts, slow start.
 */
export function poolFindings(
  zone: string,
  { drain, restore }: Policy,
  views: readonly PoolView[],
): GateFindings {
  const propagation = propagationOf({ drain }, views);
  const findings = views.map(({ settings, targets }): GateFindings => {
    const { name, deregistrationDelay: delay, healthCheckInterval, slowStart } = settings;
    const proof = (restore.checks - 1) * healthCheckInterval;
    const healthy = targets.filter(({ state, shifted }) => state === 'healthy' && !shifted).length;
    const threshold = thresholdOf(settings.failOpen, targets.length);
    const shifted = targets.filter((target) => target.shifted).map(({ id }) => id);
    const late = `${name} has a deregistration delay of ${formatDuration(delay)}, and policy.drain.timeout is ${formatDuration(drain.timeout)}`;
    return {
      problems: when([
        [
          drain.policy === 'delay' && delay >= drain.timeout,
          `${late}: every drain would time out. Make the timeout longer than the delay, or choose policy \`observed\``,
        ],
        [
          proof >= restore.timeout,
          `${restore.checks} health checks in a row in ${name} take ${formatDuration(proof)}, and policy.restore.timeout is ` +
            `${formatDuration(restore.timeout)}: no host would count as returned. Ask for fewer checks, or give them longer`,
        ],
      ]),
      warnings: when([
        [
          drain.policy === 'observed' && delay >= drain.timeout,
          `${late}: a host that cannot be measured is waited for as long as the delay, and would be given up before`,
        ],
        [
          drain.policy === 'observed' && delay < propagation,
          `${name} has a deregistration delay of ${formatDuration(delay)}, less than the ${formatDuration(propagation)} that ` +
            'its nodes may take to hear of a withdrawal: requests in flight may be cut',
        ],
        [
          healthy < threshold,
          `${name} is failing open now: ${healthy} healthy of ${targets.length}, the threshold is ${threshold}`,
        ],
        [
          shifted.length > 0,
          `a zonal shift takes requests away from ${shifted.join(', ')} in ${name}: the floor guard does not count them`,
        ],
        [
          slowStart > restore.timeout,
          `${name} has a slow start of ${formatDuration(slowStart)}, which each batch waits for after its health checks, beside ` +
            `policy.restore.timeout of ${formatDuration(restore.timeout)}`,
        ],
      ]),
    };
  });
  const quiet = propagation + drain.quiet;
  const never =
    `withdrawal takes up to ${formatDuration(propagation)} to be known and quiet has to be seen for ${formatDuration(drain.quiet)}, ` +
    `and policy.drain.timeout is ${formatDuration(drain.timeout)}: no host could be proven quiet. Give it longer`;
  const problems = when([[views.length > 0 && drain.policy === 'observed' && quiet >= drain.timeout, never]]);
  const named = (sentences: readonly string[]) =>
    [...new Set(sentences)].map((sentence) => `${zone}: ${sentence}`);
  return {
    problems: named([...problems, ...findings.flatMap((each) => each.problems)]),
    warnings: named(findings.flatMap((each) => each.warnings)),
  };
}

function when(rules: readonly (readonly [broken: boolean, sentence: string])[]): readonly string[] {
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence);
}
