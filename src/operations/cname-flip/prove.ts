import type { Ask, Question } from '../../checks/question.ts';
import type { Authority, FlippableType, NameServer, RecordSet } from '../../dns/port.ts';
import { canonicalValues } from '../../dns/record-set.ts';
import type { Edges } from '../context.ts';
import { type CheckResult, describeCheck, type Patience, smokeTest } from '../smoke/smoke.ts';
import type { SmokeTarget, Trial } from '../smoke/smoke-trial.ts';
import { shareOf } from './expect.ts';

/** How it is found out that a service answers under the name. */
export interface Proof {
  readonly trials: readonly Trial[];
  readonly patience: Patience;
  readonly negativeControl: boolean;
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly ask: Ask;
  /** Hosts that ask; the runner when none are given. */
  readonly hosts?: readonly string[];
}

export type ProofContext = Pick<Edges, 'clock' | 'log' | 'signal'>;

/** Where to connect in the place of the name; an address, or another name. */
export type Places = readonly string[];

/**
 * Makes every check under the name, which stays the name for `Host`, SNI and the certificate.
 *
 * @param places where to connect, each by itself; none for wherever the name itself leads
 */
export async function proveUnder(
  context: ProofContext,
  proof: Proof,
  record: string,
  places: Places | undefined,
): Promise<readonly CheckResult[]> {
  const base = `${proof.scheme}://${record}:${proof.port}`;
  const connects = new Map<SmokeTarget, string>();
  const targets = (proof.hosts ?? [RUNNER]).flatMap((host) =>
    (places ?? [undefined]).map((place): SmokeTarget => {
      const at = place === undefined ? record : `${record} at ${place}`;
      const isRunner = proof.hosts === undefined;
      const target: SmokeTarget = {
        host,
        base,
        subject: isRunner ? at : `${at}, asked from ${host}`,
        ...(isRunner && { from: 'runner' as const }),
      };
      if (place !== undefined) connects.set(target, place);
      return target;
    }),
  );
  return smokeTest(
    { ...context, ask: proof.ask },
    {
      targets,
      trials: proof.trials.map((trial) => redirected(trial, connects)),
      patience: proof.patience,
      negativeControl: proof.negativeControl,
    },
  );
}

const RUNNER = 'runner';

function redirected(trial: Trial, connects: ReadonlyMap<SmokeTarget, string>): Trial {
  return {
    ...trial,
    askAt(target) {
      const question = trial.askAt(target);
      const place = connects.get(target);
      return place === undefined ? question : connectedTo(question, bracketed(place));
    },
  };
}

/** An address of IPv6 as it stands in an URL. */
function bracketed(place: string): string {
  return place.includes(':') ? `[${place}]` : place;
}

function connectedTo(question: Question, connect: string): Question {
  switch (question.kind) {
    case 'http':
    case 'repeated':
      return { ...question, manner: { ...(question.manner ?? PLAIN), connect } };
    case 'tcp':
    case 'tls':
      return { ...question, address: connect };
    case 'dns':
    case 'command':
      return question;
  }
}

const PLAIN = { method: 'GET', headers: {}, redirects: 'refuse', tls: 'verify' } as const;

/** The checks that failed, in a sentence; `undefined` when none did. */
export function failuresOf(results: readonly CheckResult[]): string | undefined {
  const bad = results.filter(({ passed }) => !passed);
  if (bad.length === 0) return undefined;
  const lines = bad.map((result) => `- ${describeCheck(result)}`);
  return [`${bad.length} of ${results.length} checks failed:`, ...lines].join('\n');
}

/**
 * The sets that will serve because of a change: the changed one, or the others when it gets nothing any more.
 *
 * @param after all sets of the type as they will be
 */
export function servingAfter(after: readonly RecordSet[], changed: RecordSet): readonly RecordSet[] {
  const serving = after.filter((set) => shareOf(set, after) > 0);
  return serving.includes(changed) ? [changed] : serving;
}

/** Where these sets lead, as names or addresses to connect to, without asking anybody. */
export function placesIn(sets: readonly RecordSet[]): Places {
  return [
    ...new Set(
      sets.flatMap(({ type, content }) =>
        content.kind === 'alias' ? [content.target] : canonicalValues(type, content.values),
      ),
    ),
  ];
}

/** Addresses that these names and addresses lead to. */
export async function resolveAll(
  { authority, signal }: { readonly authority: Authority; readonly signal: AbortSignal },
  places: Places,
  type: FlippableType,
  servers: readonly NameServer[],
): Promise<{ readonly addresses: Places; readonly nowhere: readonly string[] }> {
  const found = await Promise.all(
    places.map(
      async (place) =>
        [place, isAddress(place) ? [place] : await authority.resolve(place, type, servers, signal)] as const,
    ),
  );
  return {
    addresses: [...new Set(found.flatMap(([, addresses]) => addresses))],
    nowhere: found.flatMap(([place, addresses]) => (addresses.length === 0 ? [place] : [])),
  };
}

function isAddress(place: string): boolean {
  return place.includes(':') || /^[\d.]+$/.test(place);
}
