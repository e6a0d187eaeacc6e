import { entryDigest, headOf } from './digest.ts';
import type { EvidenceBundle } from './document.ts';
import type { Judged } from './judged.ts';

/** Whether every entry is the one that was sealed, in its place, and the head is that of the whole. */
export function judgeChain(bundle: EvidenceBundle): Judged {
  const { entries, head } = bundle;
  const broken = entries.flatMap((entry, index) => {
    const { sha256, ...content } = entry;
    if (entry.n !== index + 1) return [`the entry in place ${index + 1} has the number ${entry.n}`];
    const expected = entryDigest(content, entries[index - 1]?.sha256);
    if (expected === sha256) return [];
    return [
      `entry ${entry.n}: its digest is ${sha256}, and its content and the entry before give ${expected}`,
    ];
  });
  const backward = entries
    .filter(({ at, until }) => at > until || until > bundle.ended)
    .map(
      ({ n, at, until }) =>
        `entry ${n}: it is said to be from ${at} to ${until}, expected no later than ${bundle.ended}`,
    );
  const whole = headOf(bundle);
  const top = whole === head ? [] : [`the head is ${head}, and what it stands over gives ${whole}`];
  return { judged: entries.length + 1, findings: [...broken, ...backward, ...top], open: [] };
}
