import { type Activity, circumstanceAt, type HostPhase, hostPhases, lastActionEnd } from './activities.ts';
import type { Sample } from './probe-sample.ts';
import { problemsOf } from './problems.ts';
import { isToServe, type Term } from './stages.ts';
import { isFailed, summariseTraffic } from './traffic.ts';
import type {
  EntranceVerdict,
  Evidence,
  FailedRequest,
  FoundHost,
  GroupVerdict,
  HostVerdict,
  Share,
  Verdict,
} from './verdict.ts';

/** More failures than this tell nothing new; all are counted. */
const MOST_FAILURES_LISTED = 200;

/** Judges a rehearsal; a pure function of what was collected. */
export function judge(evidence: Evidence): Verdict {
  const { service, from, to, seed, faults, began, ended, outcome, stages, activities, marks, control } =
    evidence;
  const zoneOf = new Map(evidence.hosts.map(({ host, zone }) => [host, zone]));
  const regions = [...new Set(evidence.course.groups.map(({ region }) => region))];
  const view: View = {
    evidence,
    done: new Set(stages.filter(({ state }) => state === 'done').map(({ stage }) => stage)),
    settled: settledAt(evidence),
    phases: hostPhases(evidence.events, activities, ended),
    byHost: Map.groupBy(evidence.samples, ({ host }) => host),
  };
  const failed = evidence.samples.filter(isFailed).toSorted((one, other) => one.start - other.start);
  const measured = {
    ...{ service, from, to, seed, faults, began, ended, outcome, stages, activities, marks, control },
    course: evidence.course.kind,
    groups: describeGroups(view),
    entrances: describeEntrances(view),
    ...(evidence.name === undefined ? {} : { name: evidence.name }),
    settled: view.settled,
    traffic: summariseTraffic(evidence.samples, regions, zoneOf),
    failures: failed
      .slice(0, MOST_FAILURES_LISTED)
      .map((sample) => describeFailure(sample, view.phases, activities)),
    failuresNotListed: Math.max(0, failed.length - MOST_FAILURES_LISTED),
  };
  const problems = problemsOf(measured);
  return { ...measured, problems, good: problems.length === 0 };
}

interface View {
  readonly evidence: Evidence;
  /** Stages that were done. */
  readonly done: ReadonlySet<string>;
  readonly settled: number;
  readonly phases: readonly HostPhase[];
  readonly byHost: ReadonlyMap<string | undefined, readonly Sample[]>;
}

/** After a change of the name, users may still go by what they were told before it. */
function settledAt({ activities, course, ttl }: Evidence): number {
  const moves = new Set(course.entrances.flatMap(({ servesFrom }) => servesFrom ?? []));
  const moved = activities.some(({ kind, stage }) => kind === 'action' && moves.has(stage));
  return lastActionEnd(activities) + (moved ? ttl : 0);
}

function describeGroups(view: View): readonly GroupVerdict[] {
  const { course, hosts } = view.evidence;
  return course.groups.map((group) => {
    const found = hosts.filter(({ host }) => group.hosts.includes(host));
    const samples = found.flatMap(({ host }) => view.byHost.get(host) ?? []);
    return {
      ...{ group: group.group, region: group.region, ...sideOf(group, view), ...shareOf(samples, view) },
      ...(group.upgradedBy === undefined ? {} : { upgradedBy: group.upgradedBy }),
      hosts: found.map((host) => describeHost(host, view)),
    };
  });
}

function describeEntrances(view: View): readonly EntranceVerdict[] {
  const { course, samples, balancers } = view.evidence;
  const byBalancer = Map.groupBy(samples, ({ entrance }) => balancers.get(entrance ?? ''));
  return course.entrances.map((entrance) => ({
    balancer: entrance.balancer,
    ...sideOf(entrance, view),
    ...shareOf(byBalancer.get(entrance.balancer) ?? [], view),
  }));
}

function sideOf(term: Term, { done }: View): Pick<GroupVerdict, 'toServe' | 'newSide'> {
  return { toServe: isToServe(term, done), newSide: term.servesFrom !== undefined };
}

function shareOf(samples: readonly Sample[], { settled }: View): Share {
  return {
    requests: samples.length,
    failed: samples.filter(isFailed).length,
    atEnd: samples.filter(({ start }) => start >= settled).length,
    ...spanOf(samples),
  };
}

function spanOf(samples: readonly Sample[]): { readonly first?: number; readonly last?: number } {
  if (samples.length === 0) return {};
  return {
    first: samples.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY),
    last: samples.reduce((most, { start }) => Math.max(most, start), 0),
  };
}

function describeHost(found: FoundHost, { byHost, settled, phases }: View): HostVerdict {
  const served = (byHost.get(found.host) ?? []).filter((sample) => !isFailed(sample));
  return {
    ...found,
    servedAtEnd: served.filter(({ start }) => start >= settled).length,
    ...spanOf(served),
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
