import { leftSentences } from '../../ledger/left-open.ts';
import { CancelledError } from '../../runner/errors.ts';
import { bake, readGates } from '../bake/bake.ts';
import type { Gates } from '../bake/gates.ts';
import { keepJournal } from '../journal/keep-journal.ts';
import { fenced } from '../lease/fenced.ts';
import type { LeasePorts } from '../lease/hold-lease.ts';
import { inTurn, type LeaseWish, withLease } from '../lease/with-lease.ts';
import { findStanding } from './candidate.ts';
import { refuseUncountable } from './datapoint-gate.ts';
import { endFailed, finishRollBack } from './failed-bake.ts';
import { bakeTimes, gateContext, gatesOf } from './gates.ts';
import { recordEnd } from './record.ts';
import type { Candidate, HeldPorts, PromotePorts, PromoteRequest, PromotionReport } from './request.ts';

/**
 * Bakes a zone that was deployed, and promotes it when every gate was open for as long as the policy says. Otherwise the
 * policy is executed, and the zone is not promoted, so that later zones stay closed. A zone that is promoted already is
 * proven again and not baked again. It holds the lease of the service, so that nobody deploys meanwhile.
 *
 * @returns the report, also when the bake failed
 * @throws UserError or PlatformError when the zone may not be promoted, or that cannot be found out; nothing was touched then.
 *   HeldLeaseError when somebody else holds the lease, LostLeaseError when it was lost on the way
 */
export async function promoteZone(ports: PromotePorts, request: PromoteRequest): Promise<PromotionReport> {
  if (!request.dryRun) {
    const wish = { ...wishOf(ports, request), wait: request.leaseWait };
    return inTurn(leasePorts(ports), wish, () => promoteNow(ports, request));
  }
  const standing = await findStanding(ports, request);
  if (standing.kind === 'promoted') return promotedBefore(request, standing);
  if (standing.kind === 'rolling-back') {
    const done = `dry run: would finish the roll-back that ${standing.entry.run} began`;
    return reportOf(request, standing, { state: 'planned', done });
  }
  return tryGates(ports, request, standing, await prepareGates(ports, request, standing));
}

async function promoteNow(ports: PromotePorts, request: PromoteRequest): Promise<PromotionReport> {
  const { clock, log, run } = ports.context;
  const { zone } = request.zone;
  const standing = await findStanding(ports, request);
  if (standing.kind === 'promoted') return promotedBefore(request, standing);
  return withLease(
    leasePorts(ports),
    wishOf(ports, request),
    (ledger) => ledger,
    async (lease, ledger) => {
      for (const found of leftSentences(ledger, zone)) log.info(found);
      const journal = keepJournal({ clock, log, run, lease }, zone, ledger);
      const held: HeldPorts = { ...ports, context: fenced(ports.context, lease), lease, journal };
      if (standing.kind === 'rolling-back') return finishRollBack(held, request, standing);
      return bakeZone(held, request, standing, await prepareGates(held, request, standing));
    },
  );
}

function promotedBefore(request: PromoteRequest, standing: Candidate): PromotionReport {
  const { run, at } = standing.entry;
  const done = `promoted before (${run}, ${at}); every host has proven the release again`;
  return reportOf(request, standing, { state: 'promoted', done });
}

function leasePorts({ context, ledger, leaseTiming }: PromotePorts): LeasePorts {
  const { clock, log, signal } = context;
  return { clock, log, signal, ledger, ...(leaseTiming === undefined ? {} : { leaseTiming }) };
}

function wishOf({ context: { run } }: PromotePorts, { fleet, zone, runId }: PromoteRequest): LeaseWish {
  return { service: fleet.service, zone: zone.zone, run, runId };
}

async function prepareGates(
  ports: PromotePorts,
  request: PromoteRequest,
  candidate: Candidate,
): Promise<Gates> {
  const { context, metrics } = ports;
  const { fleet, zone } = request;
  if (fleet.policy.bake.minDatapoints > 0 && zone.alarms.length > 0) {
    await refuseUncountable(metrics, zone.alarms, context.clock.now(), context.signal);
  }
  return gatesOf(ports, request, candidate);
}

async function bakeZone(
  ports: HeldPorts,
  request: PromoteRequest,
  candidate: Candidate,
  gates: Gates,
): Promise<PromotionReport> {
  const times = bakeTimes(request, candidate);
  const outcome = await cancellable(request, () => bake(gateContext(ports, request), { ...gates, ...times }));
  const { evidence } = outcome;
  if (outcome.kind === 'failed') {
    return endFailed({ ports, request, candidate, problem: outcome.problem, evidence });
  }
  await recordEnd(ports, request, candidate, { state: 'promoted', serving: request.zone.hosts });
  const done = `every gate was open for its whole stable time, at ${evidence.readings} readings`;
  return reportOf(request, candidate, { state: 'promoted', done, evidence });
}

/** A person who stops a bake has seen something: nothing is done about the zone that they have not asked for. */
async function cancellable<T>({ zone }: PromoteRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw new CancelledError(
      `${error.message}\nThe bake of ${zone.zone} was stopped: nothing was rolled back, the ledger says deployed, and later ` +
        'zones stay closed. Run the same step again to bake anew.',
      { cause: error },
    );
  }
}

async function tryGates(
  ports: PromotePorts,
  request: PromoteRequest,
  candidate: Candidate,
  gates: Gates,
): Promise<PromotionReport> {
  const { onFailure } = request.fleet.policy.bake;
  // What is judged at the end alone means nothing before a bake has begun.
  const others = gates.others?.filter(({ when }) => when === 'always') ?? [];
  const outcome = await readGates(gateContext(ports, request), { ...gates, others });
  const { evidence } = outcome;
  const done =
    outcome.kind === 'open'
      ? 'dry run: every gate is open now, the bake would begin'
      : `dry run: a bake would not pass now, and then \`${onFailure}\` would follow: ${outcome.problem}`;
  ports.context.log.info(done);
  return reportOf(request, candidate, { state: 'planned', done, evidence });
}

function reportOf(
  { zone }: PromoteRequest,
  { release: { version, sha256 } }: Candidate,
  end: Pick<PromotionReport, 'state' | 'done' | 'evidence'>,
): PromotionReport {
  return { zone: zone.zone, version, sha256, hosts: [], ...end };
}
