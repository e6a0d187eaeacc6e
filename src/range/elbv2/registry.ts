import type { RangeBalancer } from '../../fleet/fleet.ts';
import { startChecks } from './health-checks.ts';
import { hearsAfter } from './listener.ts';
import { keyText } from './node.ts';
import {
  afterCheck,
  beginChecks,
  type CheckThresholds,
  drain,
  endOf,
  isShown,
  type Phase,
  REGISTERING,
  type TargetKey,
} from './targets.ts';

export interface RegistryOptions {
  /** One node each. */
  readonly zones: () => readonly string[];
  readonly settings: RangeBalancer;
  /** Where the balancer reaches an instance; `undefined` while it cannot use it. */
  readonly address: (instanceId: string) => string | undefined;
  readonly random: () => number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
  /** Milliseconds for which a target that becomes healthy starts slowly; 0 is off. */
  readonly slowStart: () => number;
  /** A target that served has become unhealthy. */
  readonly onUnhealthy: (key: TargetKey) => void;
  /** The node of this zone has heard of the target's deregistration. */
  readonly onLeave: (zone: string, key: TargetKey) => void;
  /** The deregistration delay is over and every node has heard. */
  readonly onEnd: (key: TargetKey) => void;
}

export interface Registered {
  readonly key: TargetKey;
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  /** When its slow start ends; it began with the phase. */
  readonly slowUntil?: number;
}

/** The registrations of one target group through their whole life; at first none of them is checked. */
export interface Registry {
  /** Does nothing for a registered target; ends the drain of a draining one and starts it anew. */
  register(key: TargetKey): void;
  /**
   * Does nothing for an unknown or draining target.
   *
   * @param delay deregistration delay in milliseconds
   */
  deregister(key: TargetKey, delay: number): void;
  /** Every registration of which a node may still know, also after the API has forgotten it. */
  all(): readonly Registered[];
  /** From now on targets are checked, each of them as one that was just registered. */
  watch(): void;
  /** From now on no target is checked; each keeps its phase. */
  rest(): void;
  /** The registration as far as the API shows it; `undefined` when it shows none. */
  shown(key: TargetKey): Registered | undefined;
  stop(): void;
}

/**
 * Consecutive checks that change a target's health. AWS's default for healthy is 5; 2 keeps the range quick.
 * For unhealthy it is AWS's own.
 */
export const THRESHOLDS: CheckThresholds = { healthy: 2, unhealthy: 2 };

/**
 * Milliseconds after which a health check has failed: the interval, as far as it lies between one second and
 * AWS's default of five. A busy machine can answer late by more than a short interval; a second it keeps.
 */
export function checkTimeout(settings: Pick<RangeBalancer, 'healthCheckInterval'>): number {
  return Math.min(5_000, Math.max(1_000, settings.healthCheckInterval));
}

interface Entry {
  readonly key: TargetKey;
  phase: Phase;
  since: number;
  slowUntil?: number;
  /** Ends the checks or the drain that is under way. */
  end: () => void;
}

export function createRegistry(options: RegistryOptions): Registry {
  const { clock, onEnd } = options;
  const entries = new Map<string, Entry>();
  let watching = false;
  const begin = (key: TargetKey): void => {
    const entry: Entry = { key, phase: REGISTERING, since: clock(), end() {} };
    entries.set(keyText(key), entry);
    if (watching) beginWatch(entry, entries, options);
  };
  const undrained = (): readonly Entry[] =>
    [...entries.values()].filter(({ phase }) => phase.kind !== 'draining');
  const forget = (key: TargetKey): void => {
    entries.delete(keyText(key));
    onEnd(key);
  };
  return {
    register(key) {
      const known = entries.get(keyText(key));
      if (known !== undefined && known.phase.kind !== 'draining') return;
      known?.end();
      begin(key);
    },
    deregister(key, delay) {
      const entry = entries.get(keyText(key));
      if (entry === undefined || entry.phase.kind === 'draining') return;
      entry.end();
      beginDrain(entry, delay, { ...options, onEnd: forget });
    },
    all: () => [...entries.values()],
    watch() {
      watching = true;
      for (const { key, end } of undrained()) {
        end();
        begin(key);
      }
    },
    rest() {
      watching = false;
      for (const { end } of undrained()) end();
    },
    shown(key) {
      const entry = entries.get(keyText(key));
      return entry !== undefined && isShown(entry.phase, clock()) ? entry : undefined;
    },
    stop() {
      for (const entry of entries.values()) entry.end();
    },
  };
}

function beginWatch(entry: Entry, entries: ReadonlyMap<string, Entry>, options: RegistryOptions): void {
  const { settings, address, random } = options;
  const { id, port } = entry.key;
  const enter = (phase: Phase): void => enterPhase(entry, phase, entries, options);
  const checks = startChecks({
    path: settings.healthCheckPath,
    timeout: checkTimeout(settings),
    interval: settings.healthCheckInterval,
    firstAfter: settings.healthCheckInterval * random(),
    destination() {
      const found = address(id);
      return found === undefined ? undefined : { address: found, port };
    },
    onBegin() {
      enter(beginChecks(entry.phase));
    },
    onOutcome(outcome) {
      enter(outcome === undefined ? REGISTERING : afterCheck(entry.phase, outcome, THRESHOLDS));
    },
  });
  entry.end = checks.stop;
}

/**
 * A target that becomes healthy starts slowly only while another one that does not is healthy, as AWS documents under
 * "Slow start mode"; falling ill ends its start.
 */
function enterPhase(
  entry: Entry,
  phase: Phase,
  entries: ReadonlyMap<string, Entry>,
  { clock, slowStart, onUnhealthy }: RegistryOptions,
): void {
  const before = entry.phase.kind;
  entry.phase = phase;
  if (phase.kind === before) return;
  const now = clock();
  entry.since = now;
  delete entry.slowUntil;
  const others = [...entries.values()].filter((other) => other !== entry && other.phase.kind === 'healthy');
  if (phase.kind === 'healthy' && slowStart() > 0 && others.some((other) => now >= (other.slowUntil ?? 0))) {
    entry.slowUntil = now + slowStart();
  }
  if (phase.kind === 'unhealthy') onUnhealthy(entry.key);
}

/**
 * Milliseconds by which a timer may fire before the clock says so. Nothing may end early: a target is shown for its whole
 * delay, and connections are closed only when routing has stopped for sure, since one opened in between would stay until
 * that delay ends.
 */
const TIMER_EARLY = 2;

function beginDrain(entry: Entry, delay: number, options: RegistryOptions): void {
  const { zones, clock, onLeave, onEnd } = options;
  const now = clock();
  const { settings, random } = options;
  const leavesAt = new Map(zones().map((zone) => [zone, now + hearsAfter(settings.propagation, random)]));
  const draining = drain(entry.phase, { until: now + delay, leavesAt });
  const timers = [
    ...[...leavesAt].map(([zone, at]) => setTimeout(() => onLeave(zone, entry.key), at - now + TIMER_EARLY)),
    setTimeout(() => onEnd(entry.key), endOf(draining) - now + TIMER_EARLY),
  ];
  entry.phase = draining;
  entry.end = () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
