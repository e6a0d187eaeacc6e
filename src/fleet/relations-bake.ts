import { parseDuration, writeDuration } from './duration.ts';
import { type Misfit, member } from './members.ts';

/** What the schema fills in; a test holds them to it. */
const DEFAULTS = { wait: '0s', stable: '5m', 'first-zone': '30m', 'zone-timeout': '3h' } as const;
type Key = keyof typeof DEFAULTS;

/** A zone must have time to bake: in `policy`, and with what `range.policy` changes of it. */
export function bakeMisfits(document: unknown): readonly Misfit[] {
  const bake = member(member(document, 'policy'), 'bake');
  const changes = member(member(member(document, 'range'), 'policy'), 'bake');
  return [
    ...shortTimeout([bake], ['policy', 'bake']),
    ...(changes === undefined ? [] : shortTimeout([changes, bake], ['range', 'policy', 'bake'])),
  ];
}

/**
 * @param layers mappings of the same keys; the first one that has a key says what it is, the last one is the fleet's own
 * @param path of the first one
 */
function shortTimeout(layers: readonly unknown[], path: readonly string[]): readonly Misfit[] {
  const wait = durationIn(layers, 'wait');
  const stable = durationIn(layers, 'stable');
  const firstZone = durationIn(layers, 'first-zone');
  const ownStable = durationIn(layers.slice(-1), 'stable');
  const timeout = durationIn(layers, 'zone-timeout');
  if (wait === undefined || stable === undefined || firstZone === undefined) return [];
  if (ownStable === undefined || timeout === undefined) return [];
  const isWritten = layers.some((layer) => member(layer, 'first-zone') !== undefined);
  const least = wait + Math.max(stable, firstZone, isWritten ? 0 : ownStable);
  if (timeout > least) return [];
  return [
    {
      path: [...path, 'zone-timeout'],
      expected: `more than ${writeDuration(least)}, which is wait and the longer one of stable and first-zone`,
      cure: 'write a longer one, or shorter ones of these',
    },
  ];
}

/** Milliseconds; none when the value is not a duration, which the schema reports. */
function durationIn(layers: readonly unknown[], key: Key): number | undefined {
  const text = layers.map((layer) => member(layer, key)).find((value) => value !== undefined);
  if (text === undefined) return parseDuration(DEFAULTS[key]);
  return typeof text === 'string' ? parseDuration(text) : undefined;
}
