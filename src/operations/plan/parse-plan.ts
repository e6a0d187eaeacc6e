import { z } from 'zod';
import type { Plan } from './plan.ts';

/** Whether a document is a plan, or everything that is wrong with it. */
export type ParsedPlan =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const planSchema = z.strictObject({
  schema: z.literal(1),
  service: z.string().min(1),
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  ordinal: z.int().nonnegative(),
  rollBack: z.boolean(),
  planned: z.iso.datetime({ offset: true }),
  zones: z
    .array(
      z.strictObject({
        zone: z.string().min(1),
        environment: z.string().min(1),
        todo: z.enum(['deploy', 'proven']),
        terms: z.record(z.string(), z.string()),
        from: z.array(z.string()),
      }),
    )
    .min(1),
});

/**
 * Reads the output `plan` of plan-zones. A key that is not known is refused as well: it might be a condition that a newer
 * release of plan-zones has written and this one would not check.
 *
 * @param document what the JSON holds
 */
export function parsePlan(document: unknown): ParsedPlan {
  const schema = schemaOf(document);
  if (schema !== 1) {
    const seen = schema === undefined ? 'none' : JSON.stringify(schema);
    return refused([
      `its schema is ${seen}; expected 1. Use plan-zones and this action from the same commit`,
    ]);
  }
  const parsed = planSchema.safeParse(document);
  if (!parsed.success) {
    return refused(
      parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'the plan'}: ${message}`,
      ),
    );
  }
  const names = parsed.data.zones.map(({ zone }) => zone);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return refused([`zone ${twice} is in it twice`]);
  return { kind: 'plan', plan: parsed.data };
}

function schemaOf(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  return Object.getOwnPropertyDescriptor(document, 'schema')?.value;
}

function refused(problems: readonly string[]): ParsedPlan {
  return { kind: 'refused', problems };
}
