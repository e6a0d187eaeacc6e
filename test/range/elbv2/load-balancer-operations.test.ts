import { describe, expect, test } from '@jest/globals';
import { GROUP, LOAD_BALANCER, startBench, wireError } from './support.ts';

describe('load balancers and listeners', () => {
  test('lead from the group to the address where clients reach it', async () => {
    await using bench = await startBench();
    expect(bench.call('DescribeLoadBalancers', { LoadBalancerArns: [LOAD_BALANCER] })).toMatchObject({
      LoadBalancers: [
        {
          LoadBalancerName: 'web',
          DNSName: '127.0.0.1',
          Type: 'application',
          State: { Code: 'active' },
          AvailabilityZones: [{ ZoneName: 'us-east-1a' }],
        },
      ],
    });
    const forward = [
      {
        Type: 'forward',
        TargetGroupArn: GROUP,
        ForwardConfig: expect.objectContaining({ TargetGroups: [{ TargetGroupArn: GROUP, Weight: 1 }] }),
      },
    ];
    const listeners = bench.call('DescribeListeners', { LoadBalancerArn: LOAD_BALANCER });
    expect(listeners).toMatchObject({
      Listeners: [{ Port: Number(new URL(bench.url).port), Protocol: 'HTTP', DefaultActions: forward }],
    });
    const ListenerArns = [LOAD_BALANCER.replace(':loadbalancer/', ':listener/').concat('/0123456789abcdef')];
    expect(bench.call('DescribeListeners', { ListenerArns })).toEqual(listeners);
  });

  test.each([
    ['target-group-arn', { Type: 'forward', TargetGroupArn: GROUP }],
    ['forward-config', { Type: 'forward', ForwardConfig: expect.anything() }],
  ] as const)(
    'describe a forward to one group as whoever made them says: %s',
    async (singleForward, action) => {
      await using bench = await startBench({ singleForward });
      expect(bench.call('DescribeListeners', { LoadBalancerArn: LOAD_BALANCER })).toEqual({
        Listeners: [expect.objectContaining({ DefaultActions: [action] })],
      });
    },
  );

  test('have cross-zone on', async () => {
    await using bench = await startBench({ settings: { crossZone: false } });
    expect(bench.call('DescribeLoadBalancerAttributes', { LoadBalancerArn: LOAD_BALANCER })).toEqual({
      Attributes: expect.arrayContaining([{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }]),
    });
  });

  test.each([
    ['DescribeLoadBalancers', { LoadBalancerArns: [`${LOAD_BALANCER}0`] }, 'LoadBalancerNotFound'],
    ['DescribeLoadBalancers', { Names: ['nobody'] }, 'LoadBalancerNotFound'],
    ['DescribeLoadBalancers', { Names: ['web'], LoadBalancerArns: [LOAD_BALANCER] }, 'ValidationError'],
    ['DescribeLoadBalancerAttributes', { LoadBalancerArn: `${LOAD_BALANCER}0` }, 'LoadBalancerNotFound'],
    ['DescribeListeners', { LoadBalancerArn: `${LOAD_BALANCER}0` }, 'LoadBalancerNotFound'],
    ['DescribeListeners', { ListenerArns: ['x'] }, 'ListenerNotFound'],
    ['DescribeListeners', {}, 'ValidationError'],
  ])('%s answers %j with %s', async (operation, input, code) => {
    await using bench = await startBench();
    expect(() => bench.call(operation, input)).toThrow(wireError(code));
  });

  test('of another region are not found', async () => {
    await using bench = await startBench();
    const input = { LoadBalancerArns: [LOAD_BALANCER] };
    expect(() => bench.call('DescribeLoadBalancers', input, 'eu-west-1')).toThrow(
      wireError('LoadBalancerNotFound'),
    );
  });
});
