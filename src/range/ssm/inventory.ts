import type {
  DescribeInstanceInformationRequest,
  DescribeInstanceInformationResult,
  InstanceInformation,
} from '@aws-sdk/client-ssm';
import { WireError } from '../wire/service.ts';
import type { SsmHost } from './host.ts';
import { page } from './paging.ts';

interface Filter {
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * Answers DescribeInstanceInformation.
 *
 * @param hosts the managed hosts of the call's region
 * @param silentSince when an agent was last heard of, in milliseconds since the epoch; `undefined` while it answers
 */
export function describeHosts(
  hosts: readonly SsmHost[],
  input: DescribeInstanceInformationRequest,
  silentSince: (host: string) => number | undefined,
  now: number,
): DescribeInstanceInformationResult {
  const filters = readFilters(input);
  const all = hosts
    .map((host) => information(host, silentSince(host.id), now))
    .filter((host) => filters.every((filter) => matches(host, filter)));
  const { items, ...next } = page(all, input);
  return { InstanceInformationList: [...items], ...next };
}

function readFilters(input: DescribeInstanceInformationRequest): readonly Filter[] {
  const old = (input.InstanceInformationFilterList ?? []).map(({ key = '', valueSet = [] }) => ({
    key,
    values: valueSet,
  }));
  const current = (input.Filters ?? []).map(({ Key = '', Values = [] }) => ({ key: Key, values: Values }));
  if (old.length > 0 && current.length > 0) {
    throw new WireError(
      'InvalidInstanceInformationFilterValue',
      'Use Filters or InstanceInformationFilterList, not both.',
    );
  }
  for (const { key } of [...old, ...current]) {
    if (key === 'InstanceIds' || key === 'PingStatus') continue;
    throw new WireError(
      'InvalidFilterKey',
      `The range does not model the filter ${key}; it knows InstanceIds and PingStatus.`,
    );
  }
  return [...old, ...current];
}

function matches(host: InstanceInformation, { key, values }: Filter): boolean {
  const value = key === 'InstanceIds' ? host.InstanceId : host.PingStatus;
  return value !== undefined && values.includes(value);
}

function information(host: SsmHost, lastPing: number | undefined, now: number): InstanceInformation {
  return {
    InstanceId: host.id,
    PingStatus: lastPing === undefined ? 'Online' : 'ConnectionLost',
    LastPingDateTime: new Date(lastPing ?? now),
    AgentVersion: '3.3.2746.0',
    IsLatestVersion: true,
    PlatformType: 'Linux',
    PlatformName: 'Zonewise range',
    PlatformVersion: '1',
    ResourceType: 'EC2Instance',
    IPAddress: host.address,
    ComputerName: host.id,
  };
}
