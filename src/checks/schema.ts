import { z } from 'zod';
import { nearest } from '../fleet/nearest.ts';
import { list, mapping, text, writeRule } from '../fleet/rule.ts';
import { limit } from '../fleet/scalars.ts';
import { common, refuseContradiction, textRules } from './schema-common.ts';
import { http } from './schema-http.ts';
import { dns, tcp, tls } from './schema-network.ts';

const TYPES = ['http', 'tcp', 'tls', 'dns', 'command'];

const command = mapping({
  ...common,
  type: z.literal('command').describe('A program of the release, run on the host.'),
  run: text(
    /^\.\/(?!.*\.\.)[A-Za-z0-9._/-]{1,200}$/,
    'the path of a program inside the release, without arguments',
    'write for example ./bin/check-database',
  ).describe('Program of the release, run in its folder.'),
  exit: z
    .int({ error: exitRule() })
    .min(0, { error: exitRule() })
    .max(255, { error: exitRule() })
    .default(0)
    .describe('Exit code that it must end with.'),
  ...textRules('what it prints'),
  within: limit().default('10s').describe('Longest time until it ends.'),
}).superRefine(refuseContradiction);

/** One check as people write it. */
export const checkSchema = z.discriminatedUnion('type', [http, tcp, tls, dns, command], { error: typeRule });

/** A file of checks as people write it. */
export const checksSchema = list(checkSchema, 1, 'checks').describe('Checks of a smoke test.');

/** A valid check with every default filled in. */
export type CheckDocument = z.output<typeof checkSchema>;

function exitRule(): string {
  return writeRule({ expected: 'an exit code from 0 to 255', cure: 'write for example 0' });
}

function typeRule({ code, input }: { readonly code: string; readonly input?: unknown }): string {
  if (code !== 'invalid_union') {
    return writeRule({ expected: 'a check', cure: 'write for example { name: home, path: / }' });
  }
  const written =
    typeof input === 'object' && input !== null ? Object.getOwnPropertyDescriptor(input, 'type')?.value : '';
  const meant = nearest(String(written), TYPES);
  const cure = meant === undefined ? 'write one of them' : `did you mean ${meant}?`;
  return writeRule({ expected: `${TYPES.slice(0, -1).join(', ')} or ${TYPES.at(-1)}`, cure });
}
