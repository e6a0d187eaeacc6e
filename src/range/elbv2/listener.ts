import { namedGroups, type Steps } from './actions.ts';
import { type Asked, type Condition, holds } from './conditions.ts';

/** A rule of an application load balancer's listener. */
export interface ListenerRule {
  readonly arn: string;
  /** Lower ones come first. */
  readonly priority: number;
  readonly conditions: readonly Condition[];
  readonly steps: Steps;
}

/** Everything by which a listener decides: replaced as a whole, never changed. */
export interface Routes {
  readonly steps: Steps;
  /** By priority. */
  readonly rules: readonly ListenerRule[];
}

/** What a listener is told to do, and what the nodes have heard of it. */
export interface ListenerRoutes {
  /** What the API shows. */
  current(): Routes;
  /** Takes effect at each node at that node's own time. There is no version to compare with: the last writer wins. */
  replace(routes: Routes): void;
  /** What the node of this zone goes by now. */
  heard(zone: string): Routes;
}

export interface ListenerRoutesOptions {
  readonly zones: readonly string[];
  /** Milliseconds after which a node has heard of a change for sure. */
  readonly propagation: number;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A node hears of a change after a random time above half of the propagation time, never later than it. */
export function hearsAfter(propagation: number, random: () => number): number {
  return propagation * (1 - random() / 2);
}

interface Change {
  readonly routes: Routes;
  /** By zone. */
  readonly heardAt: ReadonlyMap<string, number>;
}

export function createRoutes(first: Routes, options: ListenerRoutesOptions): ListenerRoutes {
  const { zones, propagation, clock, random } = options;
  let known: readonly Change[] = [{ routes: first, heardAt: new Map() }];
  const isHeard = ({ heardAt }: Change, zone: string): boolean => (heardAt.get(zone) ?? 0) <= clock();
  return {
    current: () => known.at(-1)?.routes ?? first,
    replace(routes) {
      const heardByAll = known.findLastIndex((change) => zones.every((zone) => isHeard(change, zone)));
      const now = clock();
      const heardAt = new Map(zones.map((zone) => [zone, now + hearsAfter(propagation, random)]));
      known = [...known.slice(Math.max(0, heardByAll)), { routes, heardAt }];
    },
    // A later change that came through sooner stands: nodes never go back to an older one.
    heard: (zone) => known.findLast((change) => isHeard(change, zone))?.routes ?? first,
  };
}

/** The target groups that the routes name, at any weight. */
export function groupsOf({ steps, rules }: Routes): readonly string[] {
  return [...new Set([steps, ...rules.map((rule) => rule.steps)].flatMap(namedGroups))];
}

/** What is done with a request: the first rule whose conditions hold, else the default actions. */
export function stepsFor({ steps, rules }: Routes, asked: Asked): Steps {
  return rules.find(({ conditions }) => holds(conditions, asked))?.steps ?? steps;
}
