import type { HostSnapshot } from '../range/range.ts';
import type { RangedFleet } from './ranged-fleet.ts';
import type { FoundHost } from './verdict.ts';

/** Milliseconds a host has for saying who it is. */
const ANSWER_TIMEOUT = 3_000;

/**
 * Asks every host's process which version it runs, past the balancer: at the fleet's identity URL, or with the
 * version header when the fleet has none.
 */
export function findHosts(fleet: RangedFleet, hosts: readonly HostSnapshot[]): Promise<readonly FoundHost[]> {
  return Promise.all(
    hosts.map(async ({ host, zone, release, address, port }) => ({
      ...{ host, zone },
      ...(release === undefined ? {} : { release }),
      ...(await askVersion(fleet, address, port)),
    })),
  );
}

type Said = Pick<FoundHost, 'version' | 'silent'>;

async function askVersion(fleet: RangedFleet, address: string, port: number): Promise<Said> {
  const { identity } = fleet.hosts;
  const url =
    identity === undefined
      ? new URL(fleet.range.probe.path, `http://${address}:${port}`).href
      : identity.url.replaceAll('{address}', address).replaceAll('{port}', String(port));
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
    const body = await response.text();
    if (identity === undefined) return headerVersion(response, fleet.range.probe.versionHeader);
    return response.ok
      ? fieldVersion(body, identity.version, url)
      : { silent: `${url} answered ${response.status}` };
  } catch (error) {
    return { silent: `${url} did not answer: ${reasonOf(error)}` };
  }
}

function headerVersion(response: Response, header: string): Said {
  const version = response.headers.get(header);
  return version === null ? { silent: `${response.url} sent no header ${header}` } : { version };
}

function fieldVersion(body: string, field: string, url: string): Said {
  const answer: unknown = JSON.parse(body);
  const value = typeof answer === 'object' && answer !== null ? Reflect.get(answer, field) : undefined;
  return typeof value === 'string' ? { version: value } : { silent: `${url} has no field ${field}` };
}

/** `fetch` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
