import type { Fleet } from '../fleet/fleet.ts';
import { UserError } from '../runner/errors.ts';
import type { HostContext } from './context.ts';
import { describeCheck, type Patience, smokeTest } from './smoke.ts';
import { checkTrial, type SmokeTarget } from './smoke-trial.ts';
import type { UpgradeHost } from './upgrade.ts';
import { entrancesOf, type ZoneWork } from './zone-work.ts';

/** A host that just answered its identity needs no long patience; a second and third try forgive one lost packet. */
const PATIENCE: Patience = { attempts: 3, interval: 1_000, consecutive: 1, warmUp: 0 };

/**
 * Asks the fleet's checks of each host directly.
 *
 * @throws UserError with what every failed check saw and expected
 */
export async function smokeHosts(
  context: HostContext,
  work: ZoneWork,
  hosts: readonly UpgradeHost[],
): Promise<void> {
  const targets = hosts.flatMap(({ host, address, ports }) =>
    ports.map((port) => ({ host, subject: host, base: `http://${address}:${port}` })),
  );
  await passAll(context, work.fleet, targets);
}

/**
 * Asks the fleet's requests where users ask, from the first of the hosts.
 *
 * @throws UserError with what every failed check saw and expected
 */
export async function smokeThroughBalancer(
  context: HostContext,
  work: ZoneWork,
  hosts: readonly string[],
): Promise<void> {
  const targets = hosts
    .slice(0, 1)
    .flatMap((host) => entrancesOf(work).map((base) => ({ host, subject: `the balancer at ${base}`, base })));
  const smoke = work.fleet.smoke.filter(({ type }) => type === 'http');
  await passAll(context, { ...work.fleet, smoke }, targets);
}

async function passAll(context: HostContext, fleet: Fleet, targets: readonly SmokeTarget[]): Promise<void> {
  const results = await smokeTest(context, {
    targets,
    trials: fleet.smoke.map((check) => checkTrial(check, fleet.hosts.directory)),
    patience: PATIENCE,
    negativeControl: true,
  });
  for (const result of results) context.log.info(describeCheck(result));
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new UserError(failed.map(describeCheck).join('\n'));
}
