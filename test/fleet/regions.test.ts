import { describe, expect, test } from '@jest/globals';
import { nearest } from '../../src/fleet/nearest.ts';
import { nearestZone, REGIONS, regionOf } from '../../src/fleet/regions.ts';

describe('the region of a zone', () => {
  test.each([
    ['us-east-1a', 'us-east-1'],
    ['eu-west-1c', 'eu-west-1'],
    ['us-gov-west-1b', 'us-gov-west-1'],
    ['cn-north-1a', 'cn-north-1'],
    ['us-west-2-lax-1a', 'us-west-2'],
  ])('%s is in %s', (zone, region) => {
    expect(regionOf(zone)).toBe(region);
  });

  test.each(['us-east-1', 'us-east-9a', 'US-EAST-1A', 'us-east-1aa', 'us-east-1-la-1a', 'a', '', 'use1-az1'])(
    '%j is no zone',
    (zone) => {
      expect(regionOf(zone)).toBeUndefined();
    },
  );

  test('is known for a zone of every region', () => {
    for (const region of REGIONS) expect(regionOf(`${region}a`)).toBe(region);
  });
});

describe('what was probably meant', () => {
  test.each([
    ['us-eest-1b', 'us-east-1b'],
    ['us-east-1', 'us-east-1a'],
    ['EU-WEST-1C', 'eu-west-1c'],
  ])('%s is %s', (typed, meant) => {
    expect(nearestZone(typed)).toBe(meant);
  });

  test('is not guessed when nothing is near', () => {
    expect(nearestZone('frankfurt')).toBeUndefined();
    expect(nearest('colour', ['drain', 'batch'])).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
  });
});
