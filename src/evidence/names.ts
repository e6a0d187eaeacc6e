import { randomUUID } from 'node:crypto';

/** An attempt of a run writes once; further names are for a step that is in a job twice, and for answers that were lost. */
const NUMBERED = 9;

/** Names for a bundle, to be tried in this order: its own, `<name>-2` and so on, at last one made by chance. */
export function namesOf(name: string): readonly string[] {
  const further = Array.from({ length: NUMBERED - 1 }, (_, index) => `${name}-${index + 2}`);
  return [name, ...further, `${name}-${randomUUID()}`];
}
