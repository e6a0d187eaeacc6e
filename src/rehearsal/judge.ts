import { type Activity, circumstanceAt, type HostPhase, hostPhases, lastActionEnd } from './course.ts';
import type { Sample } from './probe-sample.ts';
import { problemsOf } from './problems.ts';
import { isFailed, summariseTraffic } from './traffic.ts';

import type { Evidence, FailedRequest, FoundHost, HostVerdict, Verdict } from './verdict.ts';

/** More failures than this tell nothing new; all are counted. */
const MOST_FAILURES_LISTED = 200;

/** Judges a rehearsal; a pure function of what was collected. */
export function judge(evidence: Evidence): Verdict {
  const zoneOf = new Map(evidence.hosts.map(({ host, zone }) => [host, zone]));
  const regions = [...new Set(evidence.zones.map(({ region }) => region))];
  const phases = hostPhases(evidence.events, evidence.ended);
  const zones = evidence.zones.map((zone) => ({
    ...zone,
    hosts: evidence.hosts
      .filter((host) => host.zone === zone.zone)
      .map((host) => describeHost(host, phases, evidence)),
  }));
  const failed = evidence.samples.filter(isFailed).toSorted((one, other) => one.start - other.start);
  const { service, from, to, seed, faults, began, ended, outcome, activities, control } = evidence;
  const measured = {
    ...{ service, from, to, seed, faults, began, ended, outcome, activities, control, zones },
    traffic: summariseTraffic(evidence.samples, regions, zoneOf),
    failures: failed
      .slice(0, MOST_FAILURES_LISTED)
      .map((sample) => describeFailure(sample, phases, evidence.activities)),
    failuresNotListed: Math.max(0, failed.length - MOST_FAILURES_LISTED),
  };
  const problems = problemsOf(measured);
  return { ...measured, problems, good: problems.length === 0 };
}

function describeHost(found: FoundHost, phases: readonly HostPhase[], evidence: Evidence): HostVerdict {
  const { zone: _, ...facts } = found;
  const end = lastActionEnd(evidence.activities);
  return {
    ...facts,
    servedAtEnd: evidence.samples.filter(
      (sample) => sample.host === found.host && sample.start >= end && !isFailed(sample),
    ).length,
    phases: phases.filter(({ host }) => host === found.host),
  };
}

function describeFailure(
  sample: Sample,
  phases: readonly HostPhase[],
  activities: readonly Activity[],
): FailedRequest {
  const { start, end, region, connection, version, host, outcome } = sample;
  return {
    ...{ at: start, end, region, connection },
    reason: outcome.kind === 'failed' ? outcome.reason : 'status',
    detail: outcome.kind === 'failed' ? outcome.detail : '',
    ...(version === undefined ? {} : { version }),
    ...(host === undefined ? {} : { host }),
    ...circumstanceAt(start, end, phases, activities),
  };
}
