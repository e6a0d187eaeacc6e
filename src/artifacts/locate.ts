import type { ArchiveFormat } from './port.ts';

/** What the location of an archive says: which adapter reads it, and how the archive is packed. */
export type Located =
  | { readonly kind: 's3'; readonly format: ArchiveFormat; readonly bucket: string; readonly key: string }
  | { readonly kind: 'https'; readonly format: ArchiveFormat }
  | {
      readonly kind: 'unusable';
      /** What is wrong with it; never quotes it. */
      readonly because: string;
      /** Whether it may hold credentials or a signature, so that it must not be printed. */
      readonly secret: boolean;
    };

/** Longer than any presigned URL: those of S3 with a session token stay below 3,000 characters. */
const LONGEST_URL = 8_000;

/** Shorter texts are no secrets, and hiding them would garble logs and drop outputs (`?v=2`, `x-id=GetObject`). */
const SHORTEST_QUERY = 8;
const SHORTEST_VALUE = 16;

/**
 * Reads the location of an archive: `s3://bucket/key`, or an https URL without credentials and fragment. The path must
 * end in `.tar.gz`, `.tgz` or `.zip`; the query of a URL does not count, while on S3 everything after the bucket is the
 * key. Plain http is for servers on this machine only.
 *
 * A URL is plain ASCII without `\`: the runner and the host read it with different programs, which agree on nothing else.
 */
export function locate(location: string): Located {
  if (location.startsWith('s3://')) return locateObject(location);
  if (/^https?:\/\//.test(location)) return locateUrl(location);
  return unusable(location, 'it starts with neither s3:// nor https://');
}

/** What keeps a URL from being fetched, the first time and after a redirect. Quotes nothing of it. */
export function refusalOf(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'it holds a user name or a password';
  if (url.protocol === 'https:') return undefined;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'http:' && isLoopback ? undefined : 'it does not use https';
}

/**
 * A location fit to be printed: without the query of a URL, which may be a signature. Of what is not a location and has
 * an `@` only the scheme is left: a password may hold any character, so nobody knows where it begins and ends.
 */
export function withoutSecrets(location: string): string {
  const { kind } = locate(location);
  if (kind === 's3') return location;
  if (kind === 'unusable' && location.includes('@')) {
    return `${/^(?:https?|s3):\/\//.exec(location)?.[0] ?? ''}…`;
  }
  return location.replace(/[?#].*$/s, '?…');
}

/**
 * Texts of a URL that must be masked before it is used, so that nobody who reads the log can fetch the archive: its
 * query as a whole, and each long value in it as it is written and decoded. None for a URL without a query.
 */
export function secretsIn(location: string): readonly string[] {
  if (locate(location).kind !== 'https') return [];
  const { search, searchParams } = new URL(location);
  const query = search.slice(1);
  const written = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1));
  const values = [...written, ...searchParams.values()].filter(({ length }) => length >= SHORTEST_VALUE);
  return [...new Set([...(query.length >= SHORTEST_QUERY ? [query] : []), ...values])];
}

function locateObject(location: string): Located {
  const { bucket, key } =
    /^s3:\/\/(?<bucket>[a-z0-9.-]{3,63})\/(?<key>\P{Cc}{1,1024})$/u.exec(location)?.groups ?? {};
  if (bucket === undefined || key === undefined) {
    return unusable(location, 'it is not of the form s3://bucket/key');
  }
  const format = formatOf(key);
  return format === undefined ? ofNoFormat(location) : { kind: 's3', format, bucket, key };
}

function locateUrl(location: string): Located {
  if (/^https?:\/\/[^/?#]*@/.test(location)) {
    return unusable(location, 'it holds a user name or a password');
  }
  if (location.length > LONGEST_URL) {
    return unusable(location, `it has ${location.length} characters, at most ${LONGEST_URL} are allowed`);
  }
  if (!/^[!-[\]-~]+$/.test(location) || !URL.canParse(location)) {
    return unusable(location, 'it is not a URL in plain ASCII, with anything else written as %XX');
  }
  if (location.includes('#')) return unusable(location, 'it has a fragment');
  const url = new URL(location);
  const refusal = refusalOf(url);
  if (refusal !== undefined) return unusable(location, refusal);
  const format = formatOf(url.pathname);
  return format === undefined ? ofNoFormat(location) : { kind: 'https', format };
}

function formatOf(path: string): ArchiveFormat | undefined {
  if (/[^/]\.(?:tar\.gz|tgz)$/.test(path)) return 'tar.gz';
  return /[^/]\.zip$/.test(path) ? 'zip' : undefined;
}

function ofNoFormat(location: string): Located {
  return unusable(location, 'its path ends in none of .tar.gz, .tgz and .zip');
}

function unusable(location: string, because: string): Located {
  return { kind: 'unusable', because, secret: /[?#@]/.test(location) };
}
