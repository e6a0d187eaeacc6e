import type { Identity } from '../../fleet/fleet.ts';
import { headerOf } from '../../fleet/marker.ts';
import type { HttpAnswer } from '../ask/probe.ts';

/** What the answering process must say about itself. */
export interface ExpectedIdentity {
  readonly version: string;
  readonly sha256: string;
  /** Seconds since 1970 on the host's own clock when `current` was switched; none when the host was not switched now. */
  readonly switchedAt?: number;
}

/** Whether a process is the release it should be. */
export type IdentityVerdict =
  | { readonly kind: 'proven'; readonly seen: string }
  | { readonly kind: 'refuted'; readonly problem: string };

/**
 * Judges what a process answered at its identity URL: version, digest, and that it started after the switch. What the
 * service does not tell is not judged, except the version, which it must tell.
 */
export function judgeIdentity(
  identity: Identity,
  expected: ExpectedIdentity,
  answer: HttpAnswer,
): IdentityVerdict {
  if (answer.kind === 'silent') return refuted(`${answer.url} did not answer: ${answer.problem}`);
  if (answer.status !== 200) return refuted(`${answer.url} answered ${answer.status}, expected 200`);
  const tell = readMarkers(answer);
  const { version: where, digest, started } = identity;
  const fields = [where, digest, started].filter(
    (each) => each !== undefined && headerOf(each) === undefined,
  );
  if (fields.length > 0 && parseObject(answer.body) === undefined)
    return refuted(`${answer.url} did not answer with a JSON object: ${cut(answer.body)}`);
  const version = tell(where) ?? 'nothing';
  if (version !== expected.version) {
    return refuted(
      `the process that answers ${answer.url} is version ${version}, expected ${expected.version}`,
    );
  }
  if (digest !== undefined && tell(digest) !== expected.sha256) {
    return refuted(`it says it is sha256 ${tell(digest) ?? 'nothing'}, expected ${expected.sha256}`);
  }
  if (started === undefined) return { kind: 'proven', seen: version };
  return judgeStart(expected, tell(started) ?? 'nothing', version);
}

/** Reads markers of one answer; what it does not tell is `undefined`. */
export function readMarkers({
  headers,
  body,
}: Pick<Extract<HttpAnswer, { kind: 'answered' }>, 'headers' | 'body'>): (
  marker: string,
) => string | undefined {
  const object = parseObject(body);
  return (marker) => {
    const header = headerOf(marker);
    const value = header === undefined ? object?.[marker] : headers[header];
    return value === undefined || value === null ? undefined : String(value);
  };
}

/**
 * Whether a process that started at this time, in ISO 8601, can have been started after the switch. That is known to the
 * second, so a start in the same second counts as after it.
 */
export function startedSince(text: string, switchedAt: number): boolean {
  return Math.floor(Date.parse(text) / 1_000) >= switchedAt;
}

function judgeStart({ switchedAt }: ExpectedIdentity, text: string, version: string): IdentityVerdict {
  if (Number.isNaN(Date.parse(text))) return refuted(`its start time is ${text}, expected an ISO 8601 time`);
  if (switchedAt !== undefined && !startedSince(text, switchedAt)) {
    const switched = new Date(switchedAt * 1_000).toISOString();
    return refuted(
      `the process started at ${text}, before the switch at ${switched}: the old one is still running`,
    );
  }
  return { kind: 'proven', seen: `${version}, started ${text}` };
}

function refuted(problem: string): IdentityVerdict {
  return { kind: 'refuted', problem };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
