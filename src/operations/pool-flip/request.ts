import type { Balancer, Router } from '../../balancers/port.ts';
import type { Amount } from '../../fleet/amount.ts';
import type { Identity, SmokePolicy } from '../../fleet/fleet.ts';
import type { FlipCourse } from '../../fleet/flip-steps.ts';
import type { Instances } from '../../hosts/instances.ts';
import type { GateContext } from '../bake/gates.ts';
import type { HostContext } from '../context.ts';
import type { Trial } from '../smoke/smoke-trial.ts';
import type { ExpectedIdentity } from '../upgrade/identity.ts';

/** What a pool flip needs of its surroundings; `ask` asks where users are, or as near to them as it can. */
export interface FlipContext extends HostContext, GateContext {
  readonly router: Router;
  readonly balancer: Balancer;
  readonly instances: Instances;
}

/** What is to be flipped, and what must hold before, meanwhile and afterwards. Durations are milliseconds. */
export interface FlipRequest {
  /** A listener or a rule. */
  readonly route: string;
  readonly course: FlipCourse;
  /** How long each step is watched, in their order. */
  readonly bakes: readonly number[];
  /** Of the healthy targets of `from`, how many `to` must have. */
  readonly ready: Amount;
  /** Longest wait for that, while targets have not had their first health checks. */
  readonly readyTimeout: number;
  /** What every host of `to` must prove to be; none when nobody wants to know. */
  readonly release?: { readonly identity: Identity; readonly expected: ExpectedIdentity };
  /** Whether `to` may be added to the route, at weight 0, when it is not there. */
  readonly attach: boolean;
  /** What to do when the route keeps clients at their pool. */
  readonly sticky: 'refuse' | 'wait';
  /** Least time from a write until every node of the balancer counts as having heard of it; by its type when not given. */
  readonly propagation?: number;
  /** Base URL at which users reach the route; its own plain HTTP entrance when not given. */
  readonly through?: string;
  /** Who makes the checks through the route: this machine, or the first host of `to`. */
  readonly askFrom: SmokePolicy['from'];
  /** Made through the route after each step, and after a revert. */
  readonly trials: readonly Trial[];
  /** Watched while a step is baked. */
  readonly gates: { readonly alarms: readonly string[]; readonly trials: readonly Trial[] };
  readonly revertOnFailure: boolean;
}
