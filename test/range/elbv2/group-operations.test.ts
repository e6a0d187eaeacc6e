import { describe, expect, test } from '@jest/globals';
import { GROUP, LOAD_BALANCER, startBench, wireError } from './support.ts';

const OTHER = GROUP.replace('targetgroup/web', 'targetgroup/other');

describe('DescribeTargetGroups', () => {
  const two = [{}, { targetGroup: OTHER }];

  test('describes the group and its health checks', async () => {
    await using bench = await startBench({ groups: [{ port: 8_080 }] });
    expect(bench.call('DescribeTargetGroups', { TargetGroupArns: [GROUP] })).toEqual({
      TargetGroups: [
        expect.objectContaining({
          TargetGroupArn: GROUP,
          TargetGroupName: 'web',
          Port: 8_080,
          TargetType: 'instance',
          LoadBalancerArns: [LOAD_BALANCER],
          HealthCheckPath: '/healthz',
          HealthCheckIntervalSeconds: 1,
          HealthyThresholdCount: 2,
          UnhealthyThresholdCount: 2,
          Matcher: { HttpCode: '200' },
        }),
      ],
    });
  });

  test('finds groups by ARN, name and load balancer, or all of the region', async () => {
    await using bench = await startBench({ groups: two });
    const names = (input: object, region?: string) =>
      bench
        .call<{ TargetGroups: { TargetGroupName: string }[] }>('DescribeTargetGroups', input, region)
        .TargetGroups.map(({ TargetGroupName }) => TargetGroupName);
    expect(names({})).toEqual(['web', 'other']);
    expect(names({}, 'eu-west-1')).toEqual([]);
    expect(names({ TargetGroupArns: [OTHER] })).toEqual(['other']);
    expect(names({ Names: ['web'] })).toEqual(['web']);
    expect(names({ LoadBalancerArn: LOAD_BALANCER })).toEqual(['web']);
  });

  test.each([
    [{ TargetGroupArns: [GROUP, `${GROUP}0`] }, 'TargetGroupNotFound'],
    [{ Names: ['nobody'] }, 'TargetGroupNotFound'],
    [{ LoadBalancerArn: `${LOAD_BALANCER}0` }, 'LoadBalancerNotFound'],
    [{ Names: ['web'], TargetGroupArns: [GROUP] }, 'ValidationError'],
    [{ PageSize: 0 }, 'ValidationError'],
    [{ Marker: 'x' }, 'ValidationError'],
  ])('answers %j with %s', async (input, code) => {
    await using bench = await startBench();
    expect(() => bench.call('DescribeTargetGroups', input)).toThrow(wireError(code));
  });

  test('pages', async () => {
    await using bench = await startBench({ groups: two });
    const first = bench.call('DescribeTargetGroups', { PageSize: 1 });
    expect(first).toMatchObject({ TargetGroups: [{ TargetGroupName: 'web' }], NextMarker: '1' });
    const last = bench.call('DescribeTargetGroups', { PageSize: 1, Marker: '1' });
    expect(last).toMatchObject({ TargetGroups: [{ TargetGroupName: 'other' }] });
    expect(last).not.toHaveProperty('NextMarker');
  });
});

describe('target group attributes', () => {
  test('are described, changed and described again', async () => {
    await using bench = await startBench();
    const delay = (value: string) => ({
      Attributes: expect.arrayContaining([{ Key: 'deregistration_delay.timeout_seconds', Value: value }]),
    });
    const group = { TargetGroupArn: GROUP };
    expect(bench.call('DescribeTargetGroupAttributes', group)).toEqual(delay('1'));
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }];
    expect(bench.call('ModifyTargetGroupAttributes', { ...group, Attributes })).toEqual(delay('30'));
    expect(bench.call('DescribeTargetGroupAttributes', group)).toEqual(delay('30'));
  });
});
