import type { EvidenceBundle } from './document.ts';
import type { Judged } from './judged.ts';

/** Whether every gate was open at its last reading, after a bake that was long enough, where the zone is said to be promoted. */
export function judgeGates({ action, bake, outcome }: EvidenceBundle): Judged {
  if (action === 'deploy' && outcome.state === 'promoted') {
    return { judged: 0, findings: ['a deployment cannot end promoted, expected deployed'], open: [] };
  }
  if (bake === undefined || outcome.state !== 'promoted') return { judged: 0, findings: [], open: [] };
  const shut = bake.gates
    .filter(({ last }) => last.state !== 'open')
    .map(
      ({ gate, last }) =>
        `the zone was promoted, and ${gate} was last ${last.state} at ${last.at} (${last.seen}), expected open`,
    );
  const took = Date.parse(bake.ended) - Date.parse(bake.began);
  const short =
    took >= bake.stable
      ? []
      : [`the zone was promoted after a bake of ${took} ms, expected ${bake.stable} ms with every gate open`];
  const blind =
    bake.readings > 0
      ? []
      : ['the zone was promoted, and no gate was ever read, expected a reading at the end'];
  return { judged: bake.gates.length, findings: [...shut, ...short, ...blind], open: [] };
}
