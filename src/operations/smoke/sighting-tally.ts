import type { ShortAnswer } from '../../checks/check.ts';
import type { Identity } from '../../fleet/fleet.ts';
import { type ExpectedIdentity, readMarkers, startedSince } from '../upgrade/identity.ts';
import { type KnownHost, recognise } from './recognise.ts';

/** What one answer through a balancer shows. */
export type Sighting =
  | {
      readonly kind: 'release';
      /** Who answered: an instance id, what it calls itself when that is none of the hosts, or nothing. */
      readonly who?: string;
      /** Such as `1.1.0`, or what was seen in the place of a version. */
      readonly release: string;
      readonly expected: boolean;
    }
  /** Users saw it fail: a status of 500 and above, or no answer at all. */
  | { readonly kind: 'error'; readonly what: string };

/** Releases and how often each was seen. */
export type Counts = ReadonlyMap<string, number>;

/** How an error begins when there was no answer at all. */
export const NO_ANSWER = 'no answer';
/** As much of an identity answer as `ShortAnswer` holds, in bytes. */
const WHOLE_BODY = 400;

/** Reads what one answer shows. */
export function sight(answer: ShortAnswer, { identity, expected, hosts }: Wanted): Sighting {
  if ('problem' in answer) return { kind: 'error', what: `${NO_ANSWER} (${clean(answer.problem)})` };
  const tell = readMarkers(answer);
  const claim = identity.host === undefined ? undefined : tell(identity.host);
  const who = claim === undefined ? undefined : (recognise(claim, hosts) ?? clean(claim));
  if (answer.status >= 500) {
    return { kind: 'error', what: `${answer.status}${who === undefined ? '' : ` of ${who}`}` };
  }
  return {
    kind: 'release',
    ...(who !== undefined && { who }),
    ...readRelease(answer, tell, identity, expected),
  };
}

/** What is looked for. */
export interface Wanted {
  readonly identity: Identity;
  /** An empty `sha256` is not looked at; `switchedAt` is that of all hosts together. */
  readonly expected: ExpectedIdentity;
  /** Hosts that must be seen on the expected release; empty: every answer must be of it. */
  readonly hosts: readonly KnownHost[];
}

function readRelease(
  { status, body }: Extract<ShortAnswer, { readonly body: string }>,
  tell: (marker: string) => string | undefined,
  identity: Identity,
  { version, sha256, switchedAt }: ExpectedIdentity,
): { readonly release: string; readonly expected: boolean } {
  const other = (release: string) => ({ release, expected: false });
  if (status !== 200) return other(`status ${status}`);
  const seen = tell(identity.version);
  if (seen === undefined) {
    const cut = Buffer.byteLength(body) >= WHOLE_BODY ? ` in the first ${WHOLE_BODY} bytes` : '';
    return other(`no version${cut}`);
  }
  if (seen !== version) return other(clean(seen));
  if (identity.digest !== undefined && sha256 !== '') {
    const digest = tell(identity.digest);
    if (digest !== sha256) return other(`${seen} of ${digest === undefined ? 'no' : clean(digest)} sha256`);
  }
  if (identity.started !== undefined && switchedAt !== undefined) {
    const started = tell(identity.started) ?? 'nobody knows when';
    if (!startedSince(started, switchedAt)) return other(`${seen} started ${clean(started)}`);
  }
  return { release: seen, expected: true };
}

/** A service may say anything: on one line, and not too much of it. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 100);
}

/** Adds one to a count. */
export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const UNNAMED = 'somebody who does not say its name';
/** Of a list in a message. */
const MOST_NAMED = 12;

/** `14 × 1.1.0, 46 × 1.0.0`. */
export function describeCounts(counts: Counts): string {
  return [...counts].map(([what, times]) => `${times} × ${what}`).join(', ');
}

/** `i-a (137 × 1.1.0), i-b (140 × 1.0.0)`. */
export function describeSources(sightings: readonly Sighting[]): string {
  const sources = new Map<string, Map<string, number>>();
  for (const each of sightings) {
    if (each.kind === 'error') continue;
    const who = each.who ?? UNNAMED;
    const counts = sources.get(who) ?? new Map<string, number>();
    sources.set(who, counts);
    count(counts, each.release);
  }
  const named = [...sources].map(([who, counts]) => `${who} (${describeCounts(counts)})`);
  const more = named.length - MOST_NAMED;
  return more > 0 ? `${named.slice(0, MOST_NAMED).join(', ')} and ${more} more` : named.join(', ');
}

/** How often each release was seen. */
export function countReleases(sightings: readonly Sighting[]): Counts {
  const counts = new Map<string, number>();
  for (const each of sightings) if (each.kind === 'release') count(counts, each.release);
  return counts;
}

/** How often each error was seen. */
export function countErrors(sightings: readonly Sighting[]): Counts {
  const counts = new Map<string, number>();
  for (const each of sightings) if (each.kind === 'error') count(counts, each.what);
  return counts;
}
