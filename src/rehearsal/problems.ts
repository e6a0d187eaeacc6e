import { formatDuration } from '../fleet/duration.ts';
import { lastActionEnd } from './course.ts';
import type { ControlProof } from './probe.ts';
import type { Traffic } from './traffic.ts';
import type { Verdict, ZoneVerdict } from './verdict.ts';

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
    ...(verdict.outcome.kind === 'promoted' ? promotionProblems(verdict) : returnProblems(verdict)),
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

/** After a promotion every host runs the new release and serves it. */
function promotionProblems({ zones, to }: Measured): readonly string[] {
  return [
    ...zones
      .filter(({ state }) => state !== 'promoted')
      .map(({ zone, state }) => `${zone} is ${state} although the rehearsal says promoted.`),
    ...zones.flatMap((zone) => (zone.hosts.length === 0 ? [`No host of ${zone.zone} was looked at.`] : [])),
    ...eachHost(zones, (host) => runs(host, to)),
    ...eachHost(zones, unserved),
  ];
}

/** After a stop no host may be left out of service, and hosts of untouched zones run what they ran before. */
function returnProblems({ zones, from, traffic, activities }: Measured): readonly string[] {
  const untouched = zones.filter(({ state }) => state === 'untouched' || state === 'refused');
  const watched = traffic.to - lastActionEnd(activities) >= SHORTEST_WATCH;
  return [...eachHost(untouched, (host) => runs(host, from)), ...(watched ? eachHost(zones, unserved) : [])];
}

type Host = ZoneVerdict['hosts'][number];

function eachHost(
  zones: readonly ZoneVerdict[],
  check: (host: Host) => string | undefined,
): readonly string[] {
  return zones.flatMap(({ zone, hosts }) =>
    hosts.flatMap((host) => {
      const problem = check(host);
      return problem === undefined ? [] : [`${host.host} (${zone}) ${problem}`];
    }),
  );
}

function runs(host: Host, expected: string): string | undefined {
  if (host.version === undefined) return `did not say which version it runs: ${host.silent ?? 'not asked'}.`;
  if (host.version !== expected) return `runs ${host.version} instead of ${expected}.`;
  if (host.release !== undefined && host.release !== expected) {
    return `answers as ${expected}, but its current release is ${host.release}.`;
  }
  return undefined;
}

function unserved(host: Host): string | undefined {
  return host.servedAtEnd > 0 ? undefined : 'served no request after the last action had ended.';
}
