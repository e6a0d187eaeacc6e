import type { EvidenceHost, EvidenceRelease, Recorded } from './document.ts';

/** The releases that a host said its `current` names, at the first and at the last look at it. */
export function seenReleases(
  entries: readonly Recorded[],
  host: string,
): Pick<EvidenceHost, 'before' | 'after'> {
  const told = entries.flatMap((entry) =>
    entry.call === 'status' && entry.subject === host ? (releaseIn(entry) ?? []) : [],
  );
  const [before, after] = [told[0], told.at(-1)];
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function releaseIn({ answer }: Recorded): EvidenceRelease | undefined {
  const said: unknown = Object(Object(answer).said);
  if (typeof said !== 'object' || said === null || !('version' in said) || !('sha256' in said))
    return undefined;
  const { version, sha256 } = said;
  // Whoever asks for the record alone is not told a release.
  return typeof version === 'string' && version !== '' && typeof sha256 === 'string'
    ? { version, sha256 }
    : undefined;
}
