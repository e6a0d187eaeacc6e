import { PlatformError, UserError } from '../runner/errors.ts';
import { digestIn } from './digest.ts';
import { type Answer, ATTEMPTS, ask, describeUrl, isPassing, type Patience } from './exchange.ts';
import { locate, withoutSecrets } from './locate.ts';
import type { ArtifactSource } from './port.ts';

type Answered = Extract<Answer, { readonly kind: 'answered' }>;

const OR_GIVEN = ' Or give the digest as the input `sha256`; then nothing is read from beside the archive.';

/**
 * Release archives on any web server, such as a GitHub release or behind a presigned URL.
 *
 * Unlike S3 the bytes are not read on the runner: the web keeps no versions, so a digest that is proven here says
 * nothing about what a host gets later. It is proven on each host, by the bytes that it unpacks. For the same reason a
 * signature in the URL must live as long as the whole run: `url` hands out the location as it is, whatever the lifetime.
 *
 * The digest is read from beside the archive: `.sha256` at the end of the path, the same query.
 */
export function createHttpsSource(patience: Patience = { limit: 10_000, pause: 500 }): ArtifactSource {
  return {
    find: async (location, expected) => {
      const located = locate(location);
      if (located.kind !== 'https') {
        const because = located.kind === 's3' ? 'it is on S3' : located.because;
        throw new UserError(
          `artifact ${withoutSecrets(location)} cannot be fetched over https: ${because}. Nothing was touched. ` +
            'Write for example https://example.com/storefront/1.4.2.tar.gz.',
        );
      }
      const url = new URL(location);
      const size = await readSize(url, patience);
      const sha256 = expected ?? (await readDigest(url, patience));
      return { location, format: located.format, size, sha256 };
    },
    url: async ({ location }) => location,
  };
}

/**
 * Bytes of the archive, or 0 when the server does not tell. Some servers refuse HEAD or answer it with no size, and a
 * presigned URL is signed for GET alone, so then GET decides: one byte of it, or whatever of it has come by then.
 */
async function readSize(url: URL, patience: Patience): Promise<number> {
  const head = await ask({ method: 'HEAD', url }, patience);
  if (head.kind !== 'answered' || isPassing(head)) expectGiven(head, url);
  else if (head.status === 200 && lengthOf(head) > 0) return lengthOf(head);
  const answer = await ask({ method: 'GET', url, headers: { range: 'bytes=0-0' } }, patience);
  const isEmpty =
    answer.kind === 'answered' && (answer.status === 416 || (isGiven(answer) && answer.start === ''));
  if (isEmpty) {
    throw new UserError(
      `${describeUrl(url, answer.url)} is empty (HTTP ${answer.status}). Nothing was touched. Upload the archive again.`,
    );
  }
  const given = expectGiven(answer, url);
  return given.status === 206 ? totalOf(given) : lengthOf(given);
}

async function readDigest(archive: URL, patience: Patience): Promise<string> {
  const url = new URL(archive);
  url.pathname += '.sha256';
  const answer = expectGiven(await ask({ method: 'GET', url }, patience), url, OR_GIVEN);
  const digest = digestIn(answer.start);
  if (digest !== undefined) return digest;
  throw new UserError(
    `${describeUrl(url, answer.url)} does not start with 64 hexadecimal digits. Nothing was touched. ` +
      `Write it with: sha256sum ${archive.pathname.split('/').at(-1)}.${OR_GIVEN}`,
  );
}

function lengthOf({ headers }: Answered): number {
  return Number(/^\d{1,15}$/.exec(headers.get('content-length') ?? '')?.[0] ?? 0);
}

/** The size of the whole in `Content-Range: bytes 0-0/SIZE`, which is `*` when the server does not know it. */
function totalOf({ headers }: Answered): number {
  return Number(/\/(?<size>\d{1,15})$/.exec(headers.get('content-range') ?? '')?.groups?.['size'] ?? 0);
}

function isGiven({ status }: Answered): boolean {
  return status === 200 || status === 206;
}

/**
 * The answer, when the server gave what it was asked for.
 *
 * @param alternative another cure, as a sentence after a space
 * @throws UserError when the URL is wrong or not allowed, PlatformError when the server or the network failed
 */
function expectGiven(answer: Answer, asked: URL, alternative = ''): Answered {
  const name = describeUrl(asked, answer.url);
  if (answer.kind === 'silent') {
    throw new PlatformError(
      `Could not read ${name}: ${answer.problem} (${ATTEMPTS} attempts). Nothing was touched. ` +
        `Check that this runner reaches ${answer.url.host}, and run the same step again.${alternative}`,
      { cause: answer.cause },
    );
  }
  if (answer.kind === 'astray') {
    throw new UserError(
      `Could not read ${name}: ${answer.problem}. Nothing was touched. ` +
        `Give the URL where the archive itself is.${alternative}`,
    );
  }
  if (isGiven(answer)) return answer;
  if (isPassing(answer)) {
    throw new PlatformError(
      `${name} answered HTTP ${answer.status} (${ATTEMPTS} attempts), expected 200. Nothing was touched. ` +
        `Run the same step again; if it stays so, see what is wrong with ${answer.url.host}.${alternative}`,
    );
  }
  throw new UserError(`${name} ${verdictOn(answer.status)}${alternative}`);
}

function verdictOn(status: number): string {
  if (status === 401 || status === 403) {
    return (
      `was refused (HTTP ${status}). Nothing was touched. Hosts fetch the archive without credentials: allow that, or ` +
      'give a presigned URL that has not expired; one signature is good for one file.'
    );
  }
  if (status === 404 || status === 410) {
    return (
      `does not exist (HTTP ${status}). Nothing was touched. ` +
      'Check the version and upload the release with its .sha256.'
    );
  }
  return `answered HTTP ${status}, expected 200. Nothing was touched. Check that the URL is that of an archive.`;
}
