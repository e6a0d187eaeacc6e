import { z } from 'zod';
import { chained, headOf } from './digest.ts';
import {
  type EvidenceBundle,
  type EvidenceFacts,
  type Json,
  OUTCOMES,
  PORTS,
  type Recorded,
} from './document.ts';
import { bounded } from './thin.ts';

/** Whether a document is a bundle, or what is wrong with its form. */
export type ParsedBundle =
  | { readonly kind: 'bundle'; readonly bundle: EvidenceBundle }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** Problems of form that are named; they have one cause. */
const MOST_SHOWN = 5;

const time = () => z.iso.datetime({ error: 'expected an ISO 8601 time in UTC' });
const digest = () =>
  z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hexadecimal digits' });
const count = () => z.int().min(0);
const json: z.ZodType<Json> = z.json();

const entry = z.strictObject({
  n: z.int().min(1),
  kind: z.enum(['observation', 'mutation']),
  port: z.enum(PORTS),
  call: z.string(),
  subject: z.string(),
  at: time(),
  until: time(),
  count: z.int().min(1),
  given: json,
  answer: json.exactOptional(),
  error: z.string().exactOptional(),
  sha256: digest(),
});

const moment = z.strictObject({
  at: time(),
  state: z.enum(['open', 'closed', 'unreadable']),
  seen: z.string(),
});
const bake = z.strictObject({
  began: time(),
  ended: time(),
  stable: count(),
  every: count(),
  readings: count(),
  closedFor: count().exactOptional(),
  gates: z.array(
    z.strictObject({
      gate: z.string(),
      open: count(),
      closed: count(),
      unreadable: count(),
      last: moment,
      transitions: z.array(moment),
    }),
  ),
});

const release = z.strictObject({ version: z.string(), sha256: z.string() });
const amount = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('count'), value: z.number() }),
  z.strictObject({ kind: z.literal('percent'), value: z.number() }),
]);

const bundleSchema = z.strictObject({
  schema: z.literal(1),
  service: z.string().min(1),
  zone: z.string().min(1),
  action: z.enum(['deploy', 'promote']),
  release: z.strictObject({ version: z.string().min(1), sha256: digest() }),
  run: z.strictObject({ url: z.string(), id: count(), attempt: count() }),
  plan: digest().exactOptional(),
  fencingToken: z.int().min(1).exactOptional(),
  approvals: z.array(z.strictObject({ login: z.string(), environment: z.string(), letThrough: z.string() })),
  guards: z.strictObject({
    floor: z.strictObject({ minHealthy: amount, surviveZone: z.boolean() }),
    zoneOf: z.record(z.string(), z.string()),
    pools: z.array(z.string()),
    identity: z
      .strictObject({
        url: z.string(),
        version: z.string(),
        digest: z.string().exactOptional(),
        started: z.string().exactOptional(),
        host: z.string().exactOptional(),
      })
      .exactOptional(),
  }),
  hosts: z.array(
    z.strictObject({
      host: z.string(),
      outcome: z.string().exactOptional(),
      replaced: z.string().exactOptional(),
      before: release.exactOptional(),
      after: release.exactOptional(),
    }),
  ),
  bake: bake.exactOptional(),
  began: time(),
  ended: time(),
  milliseconds: count(),
  outcome: z.strictObject({ state: z.enum(OUTCOMES), problem: z.string().exactOptional() }),
  thinned: count(),
  entries: z.array(entry),
  head: digest(),
}) satisfies z.ZodType<EvidenceBundle>;

/**
 * Seals what was recorded: numbers the entries, chains their digests, and puts the head over the whole. Long runs of polls are
 * thinned first when it would be larger than 5 MB.
 */
export function sealBundle(facts: EvidenceFacts, recorded: readonly Recorded[]): EvidenceBundle {
  const { kept, thinned } = bounded(recorded);
  const open = { schema: 1 as const, ...facts, thinned, entries: chained(kept) };
  return { ...open, head: headOf(open) };
}

/** The text that is stored: one entry on a line, so that people can read it and search in it. */
export function renderBundle({ entries, head, ...facts }: EvidenceBundle): string {
  const lines = entries.map((each) => JSON.stringify(each)).join(',\n');
  const first = JSON.stringify(facts, undefined, 1).slice(0, -2);
  return `${first},\n "entries": [\n${lines}\n ],\n "head": "${head}"\n}\n`;
}

/**
 * Reads a bundle. A key that is not known is refused as well: nobody would judge what it says.
 *
 * @param document what the JSON holds
 */
export function parseBundle(document: unknown): ParsedBundle {
  const form: unknown = Object(document).schema;
  if (form !== 1) {
    const seen = form === undefined ? 'none' : JSON.stringify(form);
    return {
      kind: 'refused',
      problems: [`its schema is ${seen}, expected 1: use the version that has written it`],
    };
  }
  const parsed = bundleSchema.safeParse(document);
  if (parsed.success) return { kind: 'bundle', bundle: parsed.data };
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'the bundle'}: ${message}`,
  );
  return { kind: 'refused', problems: problems.slice(0, MOST_SHOWN) };
}
