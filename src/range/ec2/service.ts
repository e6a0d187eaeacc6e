import type { DescribeInstancesRequest } from '@aws-sdk/client-ec2';
import * as sdk from '@aws-sdk/client-ec2';
import type { HostSnapshot } from '../range.ts';
import type { Call, Service } from '../wire/service.ts';
import { describeInstances } from './describe.ts';

/**
 * EC2, as far as clients need it to ask where instances are. AWS lets through a hundred reads at once and twenty a
 * second ("Request throttling for the Amazon EC2 API"); nobody comes near that here, so it is not modelled.
 *
 * @param hosts every host there is or was
 */
export function ec2Service(hosts: () => Promise<readonly HostSnapshot[]>): Service {
  return {
    scope: 'ec2',
    sdk,
    operations: {
      DescribeInstances: async (input: DescribeInstancesRequest, { region }: Call) => {
        const here = (await hosts()).filter((host) => host.region === region);
        return describeInstances(here, input);
      },
    },
  };
}
