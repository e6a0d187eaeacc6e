import { z } from 'zod';

// zod would compile a parser for every mapping; a file is read once, which that makes slower.
z.config({ jitless: true });

/** What a value of the fleet file must be, and how to mend one that is not. */
export interface Rule {
  readonly expected: string;
  readonly cure: string;
}

const SEPARATOR = '\n';

/** Puts a rule into the one text that zod carries with an issue; `readRule` takes it out again. */
export function writeRule(rule: Rule): string {
  return `${rule.expected}${SEPARATOR}${rule.cure}`;
}

/** @returns the rule behind an issue's message; a message without a cure is shown as it is */
export function readRule(message: string): Rule {
  const [expected, ...cure] = message.split(SEPARATOR);
  return { expected: expected ?? message, cure: cure.join(' ') || 'correct the value' };
}

/** A text of a certain form. */
export function text(pattern: RegExp, expected: string, cure: string) {
  const error = writeRule({ expected, cure });
  return z.string({ error }).regex(pattern, { error, abort: true });
}

/** A whole number of at least `least`. */
export function count(least: number, expected: string, cure: string) {
  const error = writeRule({ expected, cure });
  return z.int({ error }).min(least, { error });
}

/** A mapping that knows all its keys; an unknown one is reported with the keys there are, one per line. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape);
  const rule = writeRule({
    expected: `a mapping with the keys ${keys.join(', ')}`,
    cure: 'write each as "key: value" on a line of its own',
  });
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys.join(SEPARATOR) : rule),
  });
}

/** @returns the known keys that `mapping` hands over with an unknown one */
export function readKnownKeys(message: string): readonly string[] {
  return message.split(SEPARATOR);
}

/** A list that holds at least `least` items. */
export function list<Item extends z.ZodType>(item: Item, least: number, what: string) {
  const error = writeRule({
    expected: least === 0 ? `a list of ${what}` : `a list of one or more ${what}`,
    cure: 'write each on a line of its own that begins with "- "',
  });
  return z.array(item, { error }).min(least, { error });
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly [Word, ...Word[]]) {
  const expected = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return z.enum(words, { error: writeRule({ expected, cure: 'write one of them' }) });
}
