import { openSource } from '../artifacts/open.ts';
import { createElbv2Balancer } from '../balancers/elbv2.ts';
import { createAutoScaling } from '../hosts/auto-scaling.ts';
import { createSsmTransport } from '../hosts/ssm.ts';
import type { RegionContext, Regions } from '../operations/context.ts';
import { createCloudWatchAlarms } from '../signals/cloudwatch.ts';
import type { Edge } from './run-action.ts';

/**
 * AWS, region by region: the clients of each are made when they are first asked for. An entry loads this when its inputs are
 * valid.
 *
 * @param artifact where releases are; releases are found from every region alike
 * @param regions every region that will be asked for
 */
export async function openRegions(
  edge: Edge,
  artifact: string,
  regions: readonly string[],
): Promise<Regions> {
  const sources = new Map(
    await Promise.all(
      [...new Set(regions)].map(
        async (region) => [region, await openSource(artifact, { region, mask: edge.mask })] as const,
      ),
    ),
  );
  const made = new Map<string, RegionContext>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const artifacts = sources.get(region);
    if (artifacts === undefined) throw new TypeError(`region ${region} was not opened`);
    const context: RegionContext = {
      ...edge,
      balancer: createElbv2Balancer({ region }),
      transport: createSsmTransport({ region }),
      scaling: createAutoScaling({ region }),
      alarms: createCloudWatchAlarms({ region }),
      artifacts,
    };
    made.set(region, context);
    return context;
  };
}
