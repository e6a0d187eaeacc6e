import { parseBundle } from './bundle.ts';
import type { EvidenceBundle } from './document.ts';
import { judgeChain } from './judge-chain.ts';
import { judgeGates } from './judge-gates.ts';
import { judgeGuards } from './judge-guards.ts';
import { judgeMutations } from './judge-mutations.ts';
import { judgeProofs } from './judge-proofs.ts';
import type { Judged } from './judged.ts';

/** What was judged, in the order in which it is shown. */
export const PARTS = ['chain', 'guards', 'mutations', 'proofs', 'gates'] as const;

/** What became of a bundle: every part of it with what was found. */
export type Verdict =
  | { readonly kind: 'unreadable'; readonly findings: readonly string[] }
  | {
      readonly kind: 'accepted' | 'refused';
      readonly bundle: EvidenceBundle;
      readonly parts: Readonly<Record<(typeof PARTS)[number], Judged>>;
      readonly findings: readonly string[];
      readonly open: readonly string[];
    };

/**
 * Judges every decision of a bundle again from what it has recorded: that nothing of it was changed, that the floor guard
 * allowed each deregistration, that each mutation was seen afterwards, that every host has proven the release, and that no gate
 * was shut. Pure, and nobody is asked.
 *
 * It cannot tell a bundle whose whole chain was made anew: give the head that the job summary showed.
 *
 * @param document what the JSON holds
 * @param head digest that the bundle must have
 */
export function verifyBundle(document: unknown, head?: string): Verdict {
  const parsed = parseBundle(document);
  if (parsed.kind === 'refused') return { kind: 'unreadable', findings: parsed.problems };
  const { bundle } = parsed;
  const parts = {
    chain: judgeChain(bundle),
    guards: judgeGuards(bundle),
    mutations: judgeMutations(bundle),
    proofs: judgeProofs(bundle),
    gates: judgeGates(bundle),
  };
  const other =
    head === undefined || head === bundle.head ? [] : [`the head is ${bundle.head}, expected ${head}`];
  const findings = [...other, ...PARTS.flatMap((part) => parts[part].findings)];
  const open = PARTS.flatMap((part) => parts[part].open);
  return { kind: findings.length === 0 ? 'accepted' : 'refused', bundle, parts, findings, open };
}
