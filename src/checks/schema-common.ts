import { z } from 'zod';
import { choice, text, writeRule } from '../fleet/rule.ts';
import { line } from '../fleet/scalars.ts';
import { SIDES, type TextRule } from './check.ts';
import { holds, KEPT } from './holds.ts';

/** What every check has. */
export const common = {
  name: line('a name on one line', 'write what the check is called in reports')
    .refine((name) => name.trim().toLowerCase() !== 'version', {
      error: writeRule({
        expected: 'a name other than version',
        cure: 'choose another: reports call the check of the answering release so',
      }),
    })
    .describe('What the check is called in reports; not version.'),
  against: z
    .array(choice(SIDES), { error: againstRule() })
    .min(1, { error: againstRule() })
    .refine((sides) => new Set(sides).size === sides.length, { error: againstRule() })
    .default(['new'])
    .meta({
      description: 'Releases on whose hosts it must hold while both serve: old, new, or both.',
      uniqueItems: true,
    }),
};

/** Name for SNI and `Host`. */
export const hostName = () =>
  text(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a host name', 'write it without a port');

export const trust = (what: string) => choice(['verify', 'ignore']).default('verify').describe(what);

/** A port of its own in the place of the target's. */
export const port = () =>
  z
    .int({ error: portRule() })
    .min(1, { error: portRule() })
    .max(65_535, { error: portRule() })
    .optional()
    .describe("Port that is connected to; the target's own when it is left out.");

export const wanted = (what: string) =>
  z
    .string({ error: writeRule({ expected: 'a text', cure: 'write it in quotes' }) })
    .min(1, {
      error: writeRule({ expected: 'a text that is not empty', cure: 'write it, or leave the key out' }),
    })
    .optional()
    .describe(`Text that ${what}.`);

/** The keys of a rule for a text. */
export const textRules = (what: string) => ({
  equals: wanted(`${what} must be`).superRefine(refuseLong),
  contains: wanted(`${what} must contain`).superRefine(refuseLong),
  matches: wanted(`is a regular expression (ECMAScript, flag u) that ${what} must match`).superRefine(
    (source, context) => {
      const problem = source === undefined ? undefined : problemOf(() => new RegExp(source, 'u'));
      if (problem !== undefined) {
        const expected = `a regular expression (${problem.replace(/^.*\/u?: /, '')})`;
        context.addIssue({ code: 'custom', message: writeRule({ expected, cure: 'correct the pattern' }) });
      }
    },
  ),
});

/** What `textRules` reads. */
export interface Texts {
  readonly equals?: string | undefined;
  readonly contains?: string | undefined;
  readonly matches?: string | undefined;
}

/** What `superRefine` is given, as much of it as is used here. */
interface Issues {
  addIssue(issue: { readonly code: 'custom'; readonly path?: PropertyKey[]; readonly message: string }): void;
}

/** Adds an issue at a place below the value that is refined. */
export function refuse(context: Issues, path: readonly PropertyKey[], expected: string, cure: string): void {
  context.addIssue({ code: 'custom', path: [...path], message: writeRule({ expected, cure }) });
}

/** Refuses a text that must be one thing and hold another which that does not. */
export function refuseContradiction({ equals, contains, matches }: Texts, context: Issues): void {
  if (equals === undefined) return;
  const others: readonly (TextRule | undefined)[] = [
    contains === undefined ? undefined : { kind: 'contains', text: contains },
    matches === undefined || problemOf(() => new RegExp(matches, 'u')) !== undefined
      ? undefined
      : { kind: 'matches', text: matches },
  ];
  for (const rule of others) {
    if (rule === undefined || holds(rule, equals)) continue;
    const expected = `a text that equals meets: no text is ${JSON.stringify(equals.slice(0, 60))} and meets this as well`;
    refuse(context, [rule.kind], expected, 'correct one of the two, or leave this out');
  }
}

/** Why something cannot be made, on one line. */
export function problemOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (cause) {
    return (cause instanceof Error ? cause.message : String(cause)).replaceAll('\n', ' ');
  }
}

function refuseLong(text: string | undefined, context: Issues): void {
  if (text === undefined || Buffer.byteLength(text) <= KEPT) return;
  refuse(context, [], 'at most 8,192 bytes, because only so many are read', 'write a part of it');
}

function againstRule(): string {
  return writeRule({
    expected: `a list of ${SIDES.join(' and ')}, each at most once and at least one of them`,
    cure: `write [${SIDES.join(', ')}] for both`,
  });
}

function portRule(): string {
  return writeRule({ expected: 'a port from 1 to 65535', cure: 'write for example 5432' });
}
