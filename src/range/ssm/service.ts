import type { DescribeInstanceInformationRequest } from '@aws-sdk/client-ssm';
import * as sdk from '@aws-sdk/client-ssm';
import type { Call, Service } from '../wire/service.ts';
import { commandOperations, type Desk } from './commands.ts';
import type { SsmHost } from './host.ts';
import { describeHosts } from './inventory.ts';
import { invocationOperations } from './invocations.ts';

export interface SsmOptions {
  /** The hosts that exist, looked at anew for every call: they may come and go. */
  readonly hosts: readonly SsmHost[];
  /** Milliseconds after SendCommand in which reads do not know of the command. */
  readonly consistencyWindow?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface Ssm {
  readonly service: Service;
  /** Ends what runs on a host that is going away. */
  endRuns(host: string): Promise<void>;
  /** Ends every running command. */
  stop(): Promise<void>;
}

const CONSISTENCY_WINDOW = 150;

/** Makes the part of SSM that runs commands on hosts. */
export function createSsm(options: SsmOptions): Ssm {
  const { hosts, consistencyWindow = CONSISTENCY_WINDOW, now = Date.now } = options;
  const desk: Desk = {
    invocations: [],
    managed: ({ region }: Call) => hosts.filter((host) => host.region === region),
    exists: (id: string) => hosts.some((host) => host.id === id),
    consistencyWindow,
    now,
  };
  const since = new Date(now());
  const end = async (isMeant: (host: string) => boolean): Promise<void> => {
    const meant = desk.invocations.filter(({ host }) => isMeant(host));
    const runs = meant.flatMap(({ progress }) => ('run' in progress ? [progress.run] : []));
    for (const run of runs) run.cancel();
    await Promise.allSettled(runs.map((run) => run.result));
  };
  return {
    service: {
      scope: 'ssm',
      sdk,
      operations: {
        ...commandOperations(desk),
        ...invocationOperations(desk),
        DescribeInstanceInformation: (input: DescribeInstanceInformationRequest, call: Call) =>
          describeHosts(desk.managed(call), input, since, new Date(now())),
      },
    },
    endRuns: (host) => end((each) => each === host),
    stop: () => end(() => true),
  };
}
