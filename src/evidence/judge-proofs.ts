import type { HttpAnswer } from '../operations/ask/probe.ts';
import { judgeIdentity } from '../operations/upgrade/identity.ts';
import type { EvidenceBundle, EvidenceEntry } from './document.ts';
import { seenReleases } from './hosts-seen.ts';
import { isIdentityUrl } from './identity-url.ts';
import { fieldsIn, isLook, type Judged, lastBefore, saidIn, textsIn, together } from './judged.ts';
import { readTargets } from './targets.ts';

const CLAIMS: readonly EvidenceBundle['outcome']['state'][] = ['deployed', 'unchanged', 'promoted'];

/**
 * Whether every host of the zone has proven the release at the end, where the bundle claims it: healthy wherever it is
 * registered, no record of being out of service, `current` and the process itself of this version and digest. What the bundle
 * says of each host's releases must be what the hosts said, whatever the outcome.
 */
export function judgeProofs(bundle: EvidenceBundle): Judged {
  const { hosts, outcome, entries, guards, zone, release } = bundle;
  const told = hosts.flatMap(({ host, before, after }) => {
    const seen = seenReleases(entries, host);
    return JSON.stringify([before, after]) === JSON.stringify([seen.before, seen.after])
      ? []
      : [`${host}: the releases before and after are not those that its recorded answers say`];
  });
  const said = { judged: 0, findings: told, open: [] };
  if (!CLAIMS.includes(outcome.state)) return said;
  const named = new Set(hosts.map(({ host }) => host));
  const missing = Object.entries(guards.zoneOf)
    .filter(([host, of]) => of === zone && !named.has(host))
    .map(
      ([host]) =>
        `${host} is a host of ${zone}, and nothing is said of it, expected that it proves ${release.version}`,
    );
  const none = hosts.length > 0 ? missing : [`no host of ${zone} is named, expected every host of it`];
  const present = hosts.filter(({ host }) => !hosts.some(({ replaced }) => replaced === host));
  return together([
    said,
    { judged: 0, findings: none, open: [] },
    ...present.map(({ host }) => ({ judged: 1, findings: hostProblems(bundle, host), open: [] })),
  ]);
}

function hostProblems(bundle: EvidenceBundle, host: string): readonly string[] {
  const { entries, release } = bundle;
  const changed = entries.findLastIndex(({ kind, subject }) => kind === 'mutation' && subject === host);
  const status = lastLook(
    entries,
    (each) => isLook(each, 'status', host) && fieldsIn(each.given)['directory'] !== '',
  );
  const after = changed < 0 ? '' : ` after entry ${changed + 1}`;
  if (status === undefined || status.n <= changed + 1) {
    return [
      `${host} did not say${after} which release is current, expected ${release.version}`,
      ...poolProblems(bundle, host),
    ];
  }
  const { version, sha256, record, switchedAt } = fieldsIn(saidIn(status));
  const wrong = version !== release.version || sha256 !== release.sha256;
  return [
    ...(wrong
      ? [
          `entry ${status.n}: ${host} said that current is ${String(version)} (sha256 ${String(sha256)}), expected ${release.version} (sha256 ${release.sha256})`,
        ]
      : []),
    ...(record === null
      ? []
      : [`entry ${status.n}: ${host} has a record of being out of service, expected none`]),
    ...processProblems(bundle, host, changed, typeof switchedAt === 'number' ? switchedAt : undefined),
    ...poolProblems(bundle, host),
  ];
}

/** What the process itself said about itself last, judged as the deployment judged it. */
function processProblems(
  { entries, guards: { identity }, release }: EvidenceBundle,
  host: string,
  changed: number,
  switchedAt: number | undefined,
): readonly string[] {
  if (identity === undefined) return [];
  const asked = (entry: EvidenceEntry) => textsIn(fieldsIn(entry.given)['urls']);
  const look = lastLook(
    entries,
    (each) => isLook(each, 'probe', host) && asked(each).some((url) => isIdentityUrl(identity, url)),
  );
  if (look === undefined || look.n <= changed + 1) {
    return [
      `${host}: its process was not asked for its release after the last change, expected ${release.version}`,
    ];
  }
  const said = saidIn(look);
  const answers: readonly unknown[] = Array.isArray(said) ? said : [];
  const expected = { ...release, ...(switchedAt === undefined ? {} : { switchedAt }) };
  return asked(look).flatMap((url, index) => {
    if (!isIdentityUrl(identity, url)) return [];
    const verdict = judgeIdentity(identity, expected, answerOf(url, answers[index]));
    return verdict.kind === 'proven' ? [] : [`entry ${look.n}: ${host}: ${verdict.problem}`];
  });
}

function answerOf(url: string, value: unknown): HttpAnswer {
  const { status, body, headers, problem } = fieldsIn(value);
  if (typeof status !== 'number' || status === 0) {
    return { kind: 'silent', url, problem: String(problem ?? 'no answer was recorded'), milliseconds: 0 };
  }
  const texts = Object.entries(fieldsIn(headers)).map(([name, text]) => [name, String(text)] as const);
  return {
    kind: 'answered',
    url,
    status,
    headers: Object.fromEntries(texts),
    body: String(body ?? ''),
    milliseconds: 0,
  };
}

function poolProblems({ entries, guards }: EvidenceBundle, host: string): readonly string[] {
  const looks = guards.pools.flatMap(
    (pool) => lastLook(entries, (each) => isLook(each, 'targets', pool)) ?? [],
  );
  const registered = looks.flatMap((look) =>
    (readTargets(look.answer) ?? []).filter(({ id }) => id === host).map((target) => ({ look, target })),
  );
  if (registered.length === 0)
    return [`${host} was last seen in none of the pools of its zone, expected healthy`];
  return registered
    .filter(({ target }) => target.state !== 'healthy')
    .map(
      ({ look, target: { id, port, state } }) =>
        `entry ${look.n}: ${id}:${port} was last seen ${state} in ${look.subject}, expected healthy`,
    );
}

function lastLook(
  entries: readonly EvidenceEntry[],
  holds: (entry: EvidenceEntry) => boolean,
): EvidenceEntry | undefined {
  return lastBefore(entries, entries.length, holds);
}
