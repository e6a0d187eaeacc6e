import type { registrationsOf } from '../pools.ts';
import type { HostStatus, UndoRecord, Withdrawal } from '../records.ts';

/** What a deployment has to do about one host, decided from what was observed. */
export type HostStep =
  /** In service with the release as `current`: prove it, touch nothing. A record is what an interrupted return left. */
  | { readonly kind: 'prove'; readonly host: string; readonly record?: UndoRecord }
  /** In service with another release. A record is what a run left that was stopped before the host had left its pools. */
  | { readonly kind: 'upgrade'; readonly host: string; readonly record?: UndoRecord }
  /** Out of service since an earlier run, which left a record. */
  | { readonly kind: 'continue'; readonly host: string; readonly record: UndoRecord };

/** Steps for every host, or everything that forbids to start. */
export type ZonePlan =
  | { readonly kind: 'ready'; readonly steps: readonly HostStep[] }
  | { readonly kind: 'impossible'; readonly problems: readonly string[] };

/** What every host of the zone is to run. */
export interface WantedRelease {
  readonly service: string;
  readonly version: string;
  readonly sha256: string;
}

/** One host as the balancer and the host itself show it. */
export interface ObservedHost {
  readonly status: HostStatus;
  readonly registrations: ReturnType<typeof registrationsOf>;
}

/**
 * Decides what to do about every host of a zone. The same decision is made after an interruption: what is done is
 * seen to be done, and what is half done is continued.
 */
export function planZone(hosts: readonly ObservedHost[], release: WantedRelease): ZonePlan {
  const decided = hosts.map((host) => decideHost(host, release));
  const problems = decided.filter((each) => typeof each === 'string');
  if (problems.length > 0) return { kind: 'impossible', problems };
  return { kind: 'ready', steps: decided.filter((each) => typeof each !== 'string') };
}

/**
 * A host of which the ledger knows a record, and that is out of service without one: it lost its disk, or its run was killed
 * before it was written there. One that serves has forgotten it as the last thing of its return.
 *
 * @param known records by host
 */
export function withKnown(host: ObservedHost, known: ReadonlyMap<string, UndoRecord>): ObservedHost {
  const { status, registrations } = host;
  const record = known.get(status.host);
  if (status.record !== undefined || record === undefined || serves(record.targets, registrations))
    return host;
  return { status: { ...status, record }, registrations };
}

/** Whether a host is registered at all of these places, and not about to leave. */
function serves(places: readonly Withdrawal[], registrations: ReturnType<typeof registrationsOf>): boolean {
  const serving = registrations.filter(({ state }) => state !== 'draining');
  return (
    places.length > 0 &&
    places.every((place) => serving.some(({ pool, port }) => pool === place.pool && port === place.port))
  );
}

function decideHost({ status, registrations }: ObservedHost, release: WantedRelease): HostStep | string {
  const { host, record } = status;
  if (!serves(record?.targets ?? registrations, registrations)) {
    if (record?.service === release.service) return { kind: 'continue', host, record };
    if (record !== undefined) {
      return (
        `${host} is out of service since ${record.since} for another reason (${record.reason}, ${record.run}). ` +
        'Return it with restore-target when that is done, then run the same step again.'
      );
    }
    const seen = registrations.length === 0 ? 'in none of its pools' : 'being drained by somebody else';
    return (
      `${host} is ${seen}, and no record on it says why. Put it back into service, or take it out of the fleet file, ` +
      'then run the same step again.'
    );
  }
  const current = status.release;
  const same = current?.version === release.version;
  if (same && current?.sha256 !== release.sha256) {
    return (
      `${host} runs release ${release.version} with sha256 ${current?.sha256 || 'unknown'}, and the archive has ` +
      `${release.sha256}. One version must always be the same bytes: give the new build a new version.`
    );
  }
  return { kind: same ? 'prove' : 'upgrade', host, ...(record === undefined ? {} : { record }) };
}
