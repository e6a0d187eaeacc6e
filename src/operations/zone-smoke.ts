import { UserError } from '../runner/errors.ts';
import type { HostContext } from './context.ts';
import { answerCheck, describeCheck, type SmokeTarget, smokeTest } from './smoke.ts';
import type { UpgradeHost } from './upgrade.ts';
import { entrancesOf, type ZoneWork } from './zone-work.ts';

/** A host that just answered its identity needs no long patience; a second and third try forgive one lost packet. */
const SMOKE_ATTEMPTS = 3;
const SMOKE_INTERVAL = 1_000;

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
  await passAll(context, work, targets);
}

/**
 * Asks the fleet's checks where users ask, from the first of the hosts.
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
  await passAll(context, work, targets);
}

async function passAll(
  context: HostContext,
  { fleet }: ZoneWork,
  targets: readonly SmokeTarget[],
): Promise<void> {
  const results = await smokeTest(context, {
    targets,
    checks: fleet.smoke.map(answerCheck),
    attempts: SMOKE_ATTEMPTS,
    interval: SMOKE_INTERVAL,
  });
  for (const result of results) context.log.info(describeCheck(result));
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new UserError(failed.map(describeCheck).join('\n'));
}
