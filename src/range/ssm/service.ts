import type { DescribeInstanceInformationRequest } from '@aws-sdk/client-ssm';
import * as sdk from '@aws-sdk/client-ssm';
import { UserError } from '../../runner/errors.ts';
import type { Store } from '../s3/store.ts';
import type { Call, Service } from '../wire/service.ts';
import { commandOperations, type Desk } from './commands.ts';
import type { SsmHost } from './host.ts';
import { describeHosts } from './inventory.ts';
import { invocationOperations } from './invocations.ts';

export interface SsmOptions {
  /** Where the output of commands is kept. */
  readonly store: Store;
  /** The hosts that exist, looked at anew for every call: they may come and go. */
  readonly hosts: readonly SsmHost[];
  /** Milliseconds after SendCommand in which reads do not know of the command. */
  readonly consistencyWindow?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface Ssm {
  readonly service: Service;
  /**
   * Cuts a host's agent off for good, as a lost network does: what runs there goes on, and nobody hears of it.
   *
   * @throws UserError for a host that does not exist
   */
  stopAgent(host: string): void;
  /** Ends what runs on a host that is going away. */
  endRuns(host: string): Promise<void>;
  /** Ends every running command. */
  stop(): Promise<void>;
}

const CONSISTENCY_WINDOW = 150;

/** Makes the part of SSM that runs commands on hosts. */
export function createSsm(options: SsmOptions): Ssm {
  const { hosts, store, consistencyWindow = CONSISTENCY_WINDOW, now = Date.now } = options;
  const registeredAt = now();
  /** When each agent that was cut off was last heard of. */
  const cutOff = new Map<string, number>();
  const find = (id: string): SsmHost | undefined => hosts.find((host) => host.id === id);
  const desk: Desk = {
    invocations: [],
    managed: ({ region }: Call) => hosts.filter((host) => host.region === region),
    exists: (id) => find(id) !== undefined,
    silentSince: (id) => cutOff.get(id) ?? (find(id)?.agent === 'dead' ? registeredAt : undefined),
    store,
    consistencyWindow,
    now,
  };
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
          describeHosts(desk.managed(call), input, desk.silentSince, now()),
      },
    },
    stopAgent: (id) => {
      if (find(id) === undefined) {
        const known = hosts.map((host) => host.id).join(', ');
        throw new UserError(`The range has no host ${id} whose agent could be stopped; it has ${known}.`);
      }
      if (desk.silentSince(id) === undefined) cutOff.set(id, now());
    },
    endRuns: (host) => end((each) => each === host),
    stop: () => end(() => true),
  };
}
