import type { Phase } from './targets.ts';

/** A target as the choice of a node sees it. */
export interface Candidate {
  readonly zone: string;
  readonly phase: Phase;
}

/** A lower limit of healthy targets; it is breached when the count or the percentage is. */
export interface Threshold {
  readonly count?: number;
  readonly percent?: number;
}

export interface RoutingRules {
  /** Off: every zone stands alone, also for the thresholds. */
  readonly crossZone: boolean;
  /** Below this a node sends requests to every registered target. */
  readonly failOpen: Threshold;
  /** Below this a zone leaves DNS. */
  readonly dnsFailover: Threshold;
  /** Zones away from which traffic has been shifted. It has no effect on who fails open. */
  readonly shifted?: ReadonlySet<string>;
}

/**
 * The targets that a node may send requests to now, as far as it has heard: health changes reach it at once,
 * a deregistration only at the node's own time. Until then a draining target counts as it did before, for
 * the fail-open threshold too.
 *
 * @param node the node's zone
 * @param now milliseconds on the clock of the phases
 */
export function usableTargets<C extends Candidate>(
  node: string,
  candidates: readonly C[],
  rules: RoutingRules,
  now: number,
): readonly C[] {
  const known = inScope(node, candidates, rules).filter(({ phase }) => knows(node, phase, now));
  const healthy = known.filter(({ phase }) => believedHealthy(phase));
  return isBreached(rules.failOpen, healthy.length, known.length) ? known : unshifted(healthy, rules.shifted);
}

/** Those that are left when traffic is shifted away from a zone; all of them when none would be. */
function unshifted<C extends { readonly zone: string }>(
  all: readonly C[],
  shifted: ReadonlySet<string> | undefined,
): readonly C[] {
  const left = all.filter(({ zone }) => shifted?.has(zone) !== true);
  return left.length === 0 ? all : left;
}

/** What one target group of a load balancer says about its zones. */
export interface Counted {
  readonly candidates: readonly Candidate[];
  readonly rules: RoutingRules;
}

/**
 * The zones whose nodes clients find in DNS. A zone in which one of the target groups has too few healthy targets leaves;
 * when all would leave, all stay. A group without targets says nothing. With cross-zone on, the targets of all zones count
 * for each zone, as AWS documents under "Target group health".
 */
export function zonesInDns(
  zones: readonly string[],
  groups: readonly Counted[],
  shifted: ReadonlySet<string> = new Set(),
): readonly string[] {
  const served = zones.filter((zone) => groups.every((group) => serves(zone, group)));
  const inDns = (served.length === 0 ? zones : served).map((zone) => ({ zone }));
  return unshifted(inDns, shifted).map(({ zone }) => zone);
}

function serves(zone: string, { candidates, rules }: Counted): boolean {
  const registered = candidates.filter(({ phase }) => phase.kind !== 'draining');
  if (registered.length === 0) return true;
  const counted = inScope(zone, registered, rules);
  const healthy = counted.filter(({ phase }) => phase.kind === 'healthy');
  return !isBreached(rules.dnsFailover, healthy.length, counted.length);
}

function inScope<C extends Candidate>(
  zone: string,
  candidates: readonly C[],
  rules: RoutingRules,
): readonly C[] {
  return rules.crossZone ? candidates : candidates.filter((candidate) => candidate.zone === zone);
}

function knows(node: string, phase: Phase, now: number): boolean {
  return phase.kind !== 'draining' || now < (phase.leavesAt.get(node) ?? 0);
}

function believedHealthy(phase: Phase): boolean {
  return phase.kind === 'draining' ? phase.wasHealthy : phase.kind === 'healthy';
}

function isBreached(threshold: Threshold, healthy: number, total: number): boolean {
  const { count = 0, percent = 0 } = threshold;
  return healthy < count || healthy * 100 < percent * total;
}
