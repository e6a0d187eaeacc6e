import type { Zone } from '../../fleet/fleet.ts';
import type { PoolView } from '../../fleet/floor.ts';
import type { OutHost } from '../../ledger/document.ts';
import type { registrationsOf } from '../pools.ts';
import type { StatusAnswer, UndoRecord } from '../records.ts';

/** A host as the ledger, the balancer and the host itself show it. */
export interface FoundHost {
  readonly host: string;
  readonly zone: string;
  /** Whether a zone of the fleet file names it. */
  readonly inFleet: boolean;
  /** What the ledger says of its being out of service. */
  readonly out?: OutHost;
  readonly answer: StatusAnswer;
  readonly registrations: ReturnType<typeof registrationsOf>;
  /** Whether an Auto Scaling group has it; looked up only when nothing else shows that there is such a host. */
  readonly inGroup: 'yes' | 'no' | 'unknown';
  /** Whether its process proves the release that `current` names, and the direct smoke test passes; none when not asked. */
  readonly proof?: HostProof;
}

export type HostProof =
  | { readonly kind: 'proven'; readonly seen: string }
  | { readonly kind: 'unproven'; readonly problem: string };

/** A zone, with every host that is or may be out of service there. */
export interface FoundZone {
  readonly zone: Zone;
  readonly hosts: readonly FoundHost[];
  readonly views: readonly PoolView[];
  /** Network address of each host that the transport knows. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** The record on the host's disk; none when it cannot be asked. */
export function recordOnDisk({ answer }: Pick<FoundHost, 'answer'>): UndoRecord | undefined {
  return answer.kind === 'told' ? answer.status.record : undefined;
}

/** How to bring it back. The ledger's comes first: it is written before the one on the host. */
export function recordOf(host: Pick<FoundHost, 'answer' | 'out'>): UndoRecord | undefined {
  return host.out?.record ?? recordOnDisk(host);
}
