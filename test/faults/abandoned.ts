import { ListCommandInvocationsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { SKEW } from '../../src/ledger/lease.ts';
import { until } from '../range/support.ts';
import { clientOptions, differences, type EndState } from './state.ts';
import { type FaultWorld, JANITOR_RUN } from './world.ts';

/** Milliseconds that a lease has been over for. */
const LONG_OVER = 60_000;

/**
 * Nobody runs the command again: its lease ends, and return-hosts comes by.
 *
 * @param before what the balancer said when nothing had been done yet
 */
export async function abandonedProblems(world: FaultWorld, before: EndState): Promise<readonly string[]> {
  await untilQuiet(world);
  await endLease(world);
  world.gateway.begin();
  const ended = await (await world.start({ command: 'return-hosts', run: JANITOR_RUN })).ended;
  const left = await world.state();
  const said = ended.errors.join('\n') || ended.log.slice(-2_000);
  return [
    ...(ended.exitCode === 0 ? [] : [`return-hosts ended with ${ended.exitCode}: ${said}`]),
    ...differences(left, before, ['targets']).map((each) => `after return-hosts ${each}`),
    ...(await unsettled(world)),
  ];
}

async function unsettled(world: FaultWorld): Promise<readonly string[]> {
  const { hosts, ledger } = await world.state();
  const recorded = hosts.filter((host) => 'recorded' in host && host.recorded === true);
  const found = { recorded: recorded.length, ...ledger } as const;
  const { isLeased, open, out, zones } = { isLeased: false, open: [], out: [], zones: {}, ...found };
  const entry: { readonly state?: string } = Object.values(zones)[0] ?? {};
  return [
    ...(recorded.length > 0 ? [`after return-hosts ${recorded.length} hosts have a record on them`] : []),
    ...(isLeased ? ['after return-hosts the lease is held'] : []),
    ...(open.length > 0 ? [`after return-hosts intents are open: ${JSON.stringify(open)}`] : []),
    ...(out.length > 0 ? [`after return-hosts the ledger has hosts out of service: ${out.join(', ')}`] : []),
    ...(entry.state === 'deploying' ? ['after return-hosts the zone is still deploying'] : []),
  ];
}

/** What was sent to hosts goes on there without the bundle; long before a lease is over it has ended. */
async function untilQuiet({ range, gateway }: FaultWorld): Promise<void> {
  const sent = gateway.calls().filter(({ operation, status }) => {
    return operation.startsWith('SendCommand:') && status !== undefined && status < 400;
  });
  const most = sent.reduce((sum, { hosts }) => sum + hosts.length, 0);
  const client = new SSMClient(clientOptions(range.range));
  try {
    await until(
      async () => {
        const seen = await client.send(new ListCommandInvocationsCommand({ MaxResults: 50 }));
        const states = (seen.CommandInvocations ?? []).map(({ Status }) => Status);
        return states.length >= Math.min(most, 50) && !states.includes('InProgress');
      },
      'every command on hosts has ended',
      60_000,
    );
  } finally {
    client.destroy();
  }
}

async function endLease(world: FaultWorld): Promise<void> {
  const ledger = await world.ledger();
  if (ledger?.lease === undefined) return;
  const expires = new Date(Date.now() - SKEW - LONG_OVER).toISOString();
  await world.putLedger({ ...ledger, lease: { ...ledger.lease, expires } });
}
