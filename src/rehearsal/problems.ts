import { formatDuration } from '../fleet/duration.ts';
import type { ControlProof } from './probe.ts';
import type { Traffic } from './traffic.ts';
import type { GroupVerdict, HostVerdict, Share, StageState, Verdict } from './verdict.ts';

/** A probe that sends nothing for this long, in milliseconds, has measured nothing meanwhile. */
const LONGEST_SILENCE = 2_000;

/** In less time, in milliseconds, a host that serves may get no request; an interruption leaves less. */
const SHORTEST_WATCH = 1_000;

type Measured = Omit<Verdict, 'problems' | 'good'>;

/** Everything that speaks against a deployment, in words; empty when all is well. */
export function problemsOf(verdict: Measured): readonly string[] {
  return [
    ...controlProblems(verdict.control),
    ...outcomeProblems(verdict),
    ...failureProblems(verdict.traffic),
    ...silenceProblems(verdict.traffic),
    ...versionProblems(verdict),
    ...nameProblems(verdict),
    ...stageProblems(verdict),
    ...releaseProblems(verdict),
    ...placeProblems(verdict),
    ...(verdict.outcome.kind === 'stopped' ? exposureProblems(verdict) : []),
  ];
}

function controlProblems(control: readonly ControlProof[]): readonly string[] {
  if (control.length < 2)
    return ['The probe was not proven: it must ask a dead port before and after the load.'];
  return control
    .filter(({ outcome }) => outcome.kind === 'served')
    .map(
      ({ url }) =>
        `The whole measurement is invalid: the probe saw a success at ${url}, where nobody listens.`,
    );
}

function outcomeProblems({ outcome }: Measured): readonly string[] {
  return outcome.kind === 'promoted' ? [] : [`Stopped at ${outcome.where}: ${outcome.why}`];
}

function failureProblems({ failed, total }: Traffic): readonly string[] {
  return failed === 0 ? [] : [`${failed} of ${total} requests failed.`];
}

function silenceProblems({ regions, total }: Traffic): readonly string[] {
  if (total === 0) return ['The probes sent nothing, so nothing was measured.'];
  return regions.flatMap(({ region, connections, largestSilence }) => [
    ...Object.entries(connections)
      .filter(([, count]) => count === 0)
      .map(([kind]) => `The probes sent nothing to ${region} over ${kind} connections.`),
    ...(largestSilence > LONGEST_SILENCE
      ? [`The probes sent nothing to ${region} for ${formatDuration(largestSilence)}.`]
      : []),
  ]);
}

function versionProblems({ traffic, from, to }: Measured): readonly string[] {
  const served = traffic.seconds.filter((cell) => cell.served > 0);
  const unnamed = served
    .filter(({ version }) => version === undefined)
    .reduce((sum, cell) => sum + cell.served, 0);
  const strangers = new Set(
    served.flatMap(({ version }) => version ?? []).filter((each) => each !== from && each !== to),
  );
  return [
    ...(unnamed === 0 ? [] : [`${unnamed} answers named no version; check range.probe.version-header.`]),
    ...[...strangers].map((version) => `Answers came from ${version}, which is neither ${from} nor ${to}.`),
  ];
}

function nameProblems({ name }: Measured): readonly string[] {
  if (name === undefined) return [];
  const { record, asked, absent } = name;
  if (asked === 0) return [`Nobody asked for ${record}, so nobody knows whether it was always there.`];
  return absent === 0 ? [] : [`${record} was absent in ${absent} of ${asked} answers of the name servers.`];
}

function stageProblems({ outcome, stages }: Measured): readonly string[] {
  if (outcome.kind === 'stopped') return [];
  return stages
    .filter(({ state }) => state !== 'done')
    .map(({ stage, state }) => `${stage} is ${state} although the rehearsal says promoted.`);
}

/** Hosts run the new release where its stage was done, and the old one where nobody was to touch them. */
function releaseProblems({ groups, stages, from, to }: Measured): readonly string[] {
  const stateOf = new Map(stages.map(({ stage, state }) => [stage, state]));
  return groups.flatMap((group) => {
    if (group.hosts.length === 0) return [`No host of ${group.group} was looked at.`];
    const expected = expectedRelease(stateOf.get(group.upgradedBy ?? ''), { from, to });
    return expected === undefined ? [] : eachHost(group, (host) => runs(host, expected));
  });
}

/** None where a stage failed half-way; a zone that was rolled back runs what it ran before. */
function expectedRelease(
  state: StageState | undefined,
  { from, to }: Pick<Verdict, 'from' | 'to'>,
): string | undefined {
  if (state === 'done' || state === 'held') return to;
  return state === 'failed' ? undefined : from;
}

/** In the end requests come to every host and balancer that is to serve, and to no other. */
function placeProblems({ groups, entrances, outcome, traffic, settled }: Measured): readonly string[] {
  const watched = outcome.kind === 'promoted' || traffic.to - settled >= SHORTEST_WATCH;
  if (!watched) return [];
  return [
    ...groups.flatMap((group) => eachHost(group, group.toServe ? unserved : served)),
    ...entrances.flatMap(({ balancer, toServe, atEnd }) => {
      if (toServe === atEnd > 0) return [];
      const seen = toServe ? 'got no request' : `still got ${atEnd} requests`;
      return [`The balancer ${balancer} ${seen} after everything was settled.`];
    }),
  ];
}

/** What users saw of a new side that did not stay. */
function exposureProblems({ groups, entrances, traffic }: Measured): readonly string[] {
  const sides = [
    ...groups.map((group) => ({ ...group, name: group.group })),
    ...entrances.map((entrance) => ({ ...entrance, name: `the balancer ${entrance.balancer}` })),
  ];
  return sides
    .filter(({ newSide, toServe, requests }) => newSide && !toServe && requests > 0)
    .map((side) => `Users saw ${side.name}: ${exposure(side, traffic.from)}.`);
}

function exposure({ requests, failed, first = 0, last = 0 }: Share, begin: number): string {
  const at = (instant: number): string => formatDuration(Math.max(0, instant - begin));
  return `${requests} requests from ${at(first)} to ${at(last)} after the load began, of which ${failed} failed`;
}

function eachHost(
  { group, hosts }: GroupVerdict,
  check: (host: HostVerdict) => string | undefined,
): readonly string[] {
  return hosts.flatMap((host) => {
    const problem = check(host);
    return problem === undefined ? [] : [`${host.host} (${group}) ${problem}`];
  });
}

function runs(host: HostVerdict, expected: string): string | undefined {
  if (host.version === undefined) return `did not say which version it runs: ${host.silent ?? 'not asked'}.`;
  if (host.version !== expected) return `runs ${host.version} instead of ${expected}.`;
  if (host.release !== undefined && host.release !== expected) {
    return `answers as ${expected}, but its current release is ${host.release}.`;
  }
  return undefined;
}

function unserved({ servedAtEnd }: HostVerdict): string | undefined {
  return servedAtEnd > 0 ? undefined : 'served no request after everything was settled.';
}

function served({ servedAtEnd }: HostVerdict): string | undefined {
  return servedAtEnd === 0 ? undefined : `still served ${servedAtEnd} requests after everything was settled.`;
}
