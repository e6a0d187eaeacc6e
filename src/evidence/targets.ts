import { z } from 'zod';
import type { ObservedTarget, PoolSettings, TargetState } from '../balancers/port.ts';
import type { Json } from './document.ts';

const STATES = [
  'initial',
  'healthy',
  'unhealthy',
  'unhealthy.draining',
  'unused',
  'draining',
  'unavailable',
  'unknown',
] as const satisfies readonly TargetState[];

const packed = z.array(
  z.strictObject({
    state: z.enum(STATES),
    reason: z.string().exactOptional(),
    shifted: z.literal(true).exactOptional(),
    targets: z.array(z.string().regex(/^.+:\d+$/)),
  }),
);

const threshold = z.strictObject({ count: z.number().exactOptional(), percent: z.number().exactOptional() });
const settings = z.strictObject({
  pool: z.string(),
  name: z.string(),
  targetType: z.string(),
  balancerType: z.string(),
  defaultPort: z.number(),
  crossZone: z.boolean(),
  deregistrationDelay: z.number(),
  connectionTermination: z.boolean(),
  slowStart: z.number(),
  failOpen: threshold,
  dnsFailover: threshold,
  healthChecked: z.boolean(),
  healthCheckInterval: z.number(),
  healthCheckPath: z.string().exactOptional(),
  healthCheckPort: z.number().exactOptional(),
  healthCheckStatuses: z.string(),
  entrances: z.array(z.string()),
}) satisfies z.ZodType<PoolSettings>;

/** Targets grouped by what the balancer says of them: a pool of 120 hosts is written in 3 kB. */
export function packTargets(targets: readonly ObservedTarget[]): Json {
  const groups = Map.groupBy(targets, ({ state, reason, shifted }) =>
    JSON.stringify([state, reason, shifted]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return {
      state: first.state,
      ...(first.reason === undefined ? {} : { reason: first.reason }),
      ...(first.shifted ? { shifted: true } : {}),
      targets: group.map(({ id, port }) => `${id}:${port}`).toSorted(),
    };
  });
}

/** @returns none when it is not what `packTargets` writes */
export function readTargets(answer: Json | undefined): readonly ObservedTarget[] | undefined {
  const parsed = packed.safeParse(answer);
  if (!parsed.success) return undefined;
  return parsed.data.flatMap(({ state, reason, shifted, targets }) =>
    targets.map((key): ObservedTarget => {
      const colon = key.lastIndexOf(':');
      const because = reason === undefined ? {} : { reason };
      return {
        id: key.slice(0, colon),
        port: Number(key.slice(colon + 1)),
        state,
        shifted: shifted ?? false,
        ...because,
      };
    }),
  );
}

/** @returns none when it is not the recorded answer of a pool's settings */
export function readSettings(answer: Json | undefined): PoolSettings | undefined {
  const parsed = settings.safeParse(answer);
  return parsed.success ? parsed.data : undefined;
}
