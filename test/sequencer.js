import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

const HERE = import.meta.dirname;

/**
 * The files that take longest, as measured on two cores. One of them that began last would be the only one to run for a while;
 * without a cache of earlier runs Jest orders files by their size, which says little about their time. The first two compute
 * most, so they are not beside those further down that count lost requests.
 */
const LONGEST = [
  'e2e/upgrade-many.test.ts',
  'hosts/installer-kill.test.ts',
  'e2e/range.test.ts',
  'e2e/admission.test.ts',
  'e2e/smoke-skew.test.ts',
  'operations/promote/promote-real.test.ts',
  'faults/faults.test.ts',
  'e2e/rehearse-zones.test.ts',
  'e2e/soak.test.ts',
  'e2e/pool-flip.test.ts',
  'e2e/upgrade-host.test.ts',
  'workflows/act.test.ts',
  'entries/evidence-bundle.test.ts',
  'hosts/installer-hostile.test.ts',
  'e2e/faults.test.ts',
];

/** Begins the longest files first, and the others in Jest's own order. In JavaScript, as Jest loads it. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const gone = LONGEST.filter((file) => !existsSync(join(HERE, file)));
    if (gone.length > 0) throw new Error(`test/sequencer.js names files that are not there: ${gone.join()}`);
    const sorted = await super.sort(tests);
    return sorted.toSorted((one, other) => rank(one.path) - rank(other.path));
  }
}

function rank(path) {
  const index = LONGEST.indexOf(relative(HERE, resolve(path)).split(sep).join('/'));
  return index < 0 ? LONGEST.length : index;
}
