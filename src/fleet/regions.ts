import { nearest } from './nearest.ts';

/**
 * Regions of the partitions `aws`, `aws-cn` and `aws-us-gov`, as in the partitions list of the AWS SDK for
 * JavaScript (`@aws-sdk/core` 3.981.0, util-endpoints/lib/aws/partitions). A region that opens later is added here.
 */
export const REGIONS: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'me-west-1',
  'mx-central-1',
  'sa-east-1',
  'sa-west-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'cn-north-1',
  'cn-northwest-1',
  'us-gov-east-1',
  'us-gov-west-1',
];

/** What an availability zone's name is, for error messages. */
export const ZONE_FORMAT = 'an availability zone: a region of AWS and a letter, such as us-east-1a';

/** Zone names of a region end in a letter; local zones put a city first, such as `us-west-2-lax-1a`. */
export const ZONE_PATTERN = /^(?<region>[a-z]{2}(?:-[a-z]+)+-\d)(?:-[a-z]{3}-\d+)?[a-z]$/;

/**
 * The region an availability zone belongs to.
 *
 * @param zone such as `us-east-1a`, or a local zone such as `us-west-2-lax-1a`
 * @returns the region, or `undefined` when the name is not a zone of a known region
 */
export function regionOf(zone: string): string | undefined {
  const region = ZONE_PATTERN.exec(zone)?.groups?.['region'];
  return region !== undefined && REGIONS.includes(region) ? region : undefined;
}

/**
 * The zone that was probably meant by a name that is not one.
 *
 * @returns a zone of a known region, or `undefined` when no region's name comes near
 */
export function nearestZone(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  if (REGIONS.includes(name)) return `${name}a`;
  const letter = /[a-z]$/.exec(name)?.[0] ?? 'a';
  const region = nearest(name.replace(/[a-z]$/, ''), REGIONS);
  return region === undefined ? undefined : `${region}${letter}`;
}

/** Whether a target group, named by its ARN, is of another region. */
export function isElsewhere(targetGroup: string, region: string): boolean {
  return targetGroup.startsWith('arn:') && targetGroup.split(':')[3] !== region;
}
