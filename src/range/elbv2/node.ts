import { connectionsTo, type TargetConnections } from './connections.ts';
import type { TargetKey } from './targets.ts';

/** A target that a node may send a request to. */
export interface Reachable {
  readonly key: TargetKey;
  readonly address: string;
  /** How much of its turn it takes, from 0 to 1: less than 1 while it starts slowly. */
  readonly share: number;
}

/** The load balancer's node of one zone: its turn among targets and its connections to them. */
export interface BalancerNode {
  /** The next target in turn; `undefined` when there is none. */
  next(targets: readonly Reachable[]): TargetConnections | undefined;
  /** Stops reusing connections to the target; see `TargetConnections.leave`. */
  leave(key: TargetKey): void;
  /** Ends all connections to the target, those that were left included. */
  cut(key: TargetKey): void;
  /** Leaves the connections to the target to themselves. */
  forget(key: TargetKey): void;
  stop(): void;
}

/** A key's text, for maps. */
export function keyText(key: TargetKey): string {
  return `${key.id}:${key.port}`;
}

/**
 * @param idleTimeout see `connectionsTo`
 * @param random from 0 to 1; decides whether a target that starts slowly takes its turn
 */
export function createNode(idleTimeout: number, random: () => number): BalancerNode {
  const active = new Map<string, TargetConnections>();
  const left = new Map<string, readonly TargetConnections[]>();
  let turn = 0;

  const connections = ({ key, address }: Reachable): TargetConnections => {
    const text = keyText(key);
    const existing = active.get(text);
    if (existing !== undefined) return existing;
    const made = connectionsTo({ host: key.id, address, port: key.port }, idleTimeout);
    active.set(text, made);
    return made;
  };

  return {
    next(targets) {
      let target: Reachable | undefined;
      for (let tries = 0; tries < targets.length; tries++) {
        target = targets[turn % targets.length];
        turn += 1;
        if (target !== undefined && (target.share >= 1 || random() < target.share)) break;
      }
      return target === undefined ? undefined : connections(target);
    },
    leave(key) {
      const text = keyText(key);
      const leaving = active.get(text);
      if (leaving === undefined) return;
      active.delete(text);
      left.set(text, [...(left.get(text) ?? []), leaving]);
      leaving.leave();
    },
    cut(key) {
      const text = keyText(key);
      for (const each of left.get(text) ?? []) each.cut();
      active.get(text)?.cut();
      left.delete(text);
      active.delete(text);
    },
    forget(key) {
      left.delete(keyText(key));
      active.delete(keyText(key));
    },
    stop() {
      for (const each of [...active.values(), ...[...left.values()].flat()]) each.cut();
    },
  };
}
