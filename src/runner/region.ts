import { UserError } from './errors.ts';
import type { Environment } from './inputs.ts';

/**
 * The region that a step works in, as configure-aws-credentials leaves it.
 *
 * @throws UserError when the environment names none
 */
export function regionOf(env: Environment): string {
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  if (region) return region;
  throw new UserError(
    'AWS_REGION is not set, so it is unknown where the hosts are. ' +
      'Add the step aws-actions/configure-aws-credentials with `aws-region` before this one.',
  );
}

/**
 * The region of target groups, read from their ARNs (`arn:aws:elasticloadbalancing:<region>:…`).
 *
 * @throws UserError when they are of several regions: one step works in one region
 */
export function oneRegion(arns: readonly string[]): string {
  const regions = [...new Set(arns.map((arn) => arn.split(':')[3] ?? ''))];
  const [region] = regions;
  if (regions.length === 1 && region !== undefined) return region;
  throw new UserError(
    `the target groups are of several regions (${regions.join(', ')}); one step works in one region. ` +
      'Write one step for each region.',
  );
}
