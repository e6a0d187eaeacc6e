import { expect, test } from '@jest/globals';
import { together } from '../../../src/operations/plan/plan-warnings.ts';

test('what is the same in several zones is said once, with all of them', () => {
  const slow = 'web has a slow start of 5m';
  const zones = [
    { zone: { zone: 'us-east-1a' }, warnings: [`us-east-1a: ${slow}`] },
    { zone: { zone: 'us-east-1b' }, warnings: [`us-east-1b: ${slow}`, 'us-east-1b: a zonal shift'] },
  ];
  expect(together(zones)).toEqual([`us-east-1a, us-east-1b: ${slow}`, 'us-east-1b: a zonal shift']);
  expect(together([])).toEqual([]);
});
