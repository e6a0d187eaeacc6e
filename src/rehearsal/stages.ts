import type { RangeBalancerPlace } from '../range/range.ts';

/** The actions that rehearsals run, by the folders of their bundles. */
export const ACTIONS = [
  'plan-zones',
  'deploy-zone',
  'promote-zone',
  'upgrade-host',
  'smoke-test',
  'pool-flip',
  'cname-flip',
] as const;
export type ActionName = (typeof ACTIONS)[number];

/** What is only known once the range runs, and what an action's inputs are made of. */
export interface Site {
  /** Fleet file that actions are given. */
  readonly fleetFile: string;
  /** Release that is deployed. */
  readonly version: string;
  /** Port of each host's service. */
  readonly ports: ReadonlyMap<string, number>;
  readonly balancers: readonly RangeBalancerPlace[];
  /** `address:port` of every name server; none without DNS. */
  readonly nameServers: readonly string[];
  /** For GitHub's API; none where no action asks it. */
  readonly token?: string;
}

/** Outputs of the actions that were run before, each by its name: those of its last run. */
export type EarlierOutputs = Readonly<Partial<Record<ActionName, Readonly<Record<string, string>>>>>;

/** One bundle that a stage runs. */
export interface StageAction {
  readonly action: ActionName;
  /** Whether it keeps a timeline of its hosts, in the file that its input `timeline` names. */
  readonly keepsTimeline: boolean;
  /** Inputs by their names in `action.yml`. */
  readonly inputs: (site: Site, earlier: EarlierOutputs) => Readonly<Record<string, string>>;
}

/** What a person is asked before a stage. */
export interface Approval {
  /** GitHub environment in which the approval is given; none when the fleet file names none for it. */
  readonly environment?: string;
  readonly question: string;
}

/** One part of a course: done as a whole, after an approval when it has one. */
export interface Stage {
  /** Unique in its course: the zone, or what is done. */
  readonly stage: string;
  readonly region: string;
  readonly approval?: Approval;
  /** Run one after the other; the first one that fails ends the course. */
  readonly actions: readonly StageAction[];
  /** Hosts that it works on. */
  readonly hosts: readonly string[];
}

/** When something serves: from the beginning unless `servesFrom` is given, and to the end unless `servesUntil` is. */
export interface Term {
  /** Stage by which requests begin to come here. */
  readonly servesFrom?: string;
  /** Stage by which requests cease to come here. */
  readonly servesUntil?: string;
}

/** Hosts with one fate. */
export interface HostGroup extends Term {
  /** Unique in its course: the zone or the pool. */
  readonly group: string;
  readonly region: string;
  readonly hosts: readonly string[];
  /** Stage by which they get the new release; none when they keep the one of before. */
  readonly upgradedBy?: string;
}

/** A load balancer by whose name users come. */
export interface Entrance extends Term {
  readonly balancer: string;
}

/** What a rehearsal does, in order, and where hosts and traffic are to be after each stage. */
export interface Course {
  /** `zones`: zone after zone. `big-flip`: all traffic from one pool, and from one balancer, to another. */
  readonly kind: 'zones' | 'big-flip';
  readonly stages: readonly Stage[];
  readonly groups: readonly HostGroup[];
  /** Balancers between which the course moves traffic; none when it moves none. */
  readonly entrances: readonly Entrance[];
}

/** Whether something is to serve when these stages are done. */
export function isToServe({ servesFrom, servesUntil }: Term, done: ReadonlySet<string>): boolean {
  return (
    (servesFrom === undefined || done.has(servesFrom)) &&
    !(servesUntil !== undefined && done.has(servesUntil))
  );
}
