import { connectionsTo, type TargetConnections } from './connections.ts';
import type { TargetKey } from './targets.ts';

/** A target that a node may send a request to. */
export interface Reachable {
  readonly key: TargetKey;
  readonly address: string;
}

/** The load balancer's node of one zone: its turn among targets and its connections to them. */
export interface BalancerNode {
  /** The next target in turn; `undefined` when there is none. */
  next(targets: readonly Reachable[]): TargetConnections | undefined;
  /** Stops reusing connections to the target; see `TargetConnections.leave`. */
  leave(key: TargetKey): void;
  /** Ends all connections to the target, those that were left included. */
  cut(key: TargetKey): void;
  stop(): void;
}

/** A key's text, for maps. */
export function keyText(key: TargetKey): string {
  return `${key.id}:${key.port}`;
}

/** @param idleTimeout see `connectionsTo` */
export function createNode(idleTimeout: number): BalancerNode {
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
      const target = targets[turn % Math.max(1, targets.length)];
      turn += 1;
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
    stop() {
      for (const each of [...active.values(), ...[...left.values()].flat()]) each.cut();
    },
  };
}
