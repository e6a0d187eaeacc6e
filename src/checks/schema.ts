import { compile } from 'json-p3';
import { z } from 'zod';
import { nearest } from '../fleet/nearest.ts';
import { choice, list, mapping, text, writeRule } from '../fleet/rule.ts';
import { limit, line, path } from '../fleet/scalars.ts';
import { METHODS } from './check.ts';

const STATUS = writeRule({
  expected: 'an HTTP status from 100 to 599, a range such as 200-299, or a list of one or more of them',
  cure: 'write for example 200',
});
const TYPES = ['http', 'command'];

const wanted = (what: string) =>
  z
    .string({ error: writeRule({ expected: 'a text', cure: 'write it in quotes' }) })
    .min(1, {
      error: writeRule({ expected: 'a text that is not empty', cure: 'write it, or leave the key out' }),
    })
    .optional()
    .describe(`Text that ${what}.`);

/** The keys of a rule for a text. */
const textRules = (what: string) => ({
  equals: wanted(`${what} must be`),
  contains: wanted(`${what} must contain`),
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

const statusNumber = z.int({ error: STATUS }).min(100, { error: STATUS }).max(599, { error: STATUS });
const statusRange = z
  .string({ error: STATUS })
  .regex(/^[1-5][0-9]{2}-[1-5][0-9]{2}$/, { error: STATUS, abort: true })
  .refine((range) => range.slice(0, 3) <= range.slice(4), {
    error: writeRule({
      expected: 'a range that begins with its lower status',
      cure: 'swap the two: no status is in it',
    }),
  });
const status = z.union([statusNumber, statusRange], { error: STATUS });

const HEADER = writeRule({
  expected: 'the name of a header other than Host',
  cure: 'write for example accept, and Host as the key host of the check',
});
// `Host` goes with the name that TLS asks for, so it has a key of its own.
const headerName = z
  .string({ error: HEADER })
  .regex(/^(?![Hh][Oo][Ss][Tt]$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: HEADER });

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: writeRule({
    expected: 'a text, a number, true, false or null',
    cure: 'choose a JSONPath that leads to one of these',
  }),
});

const json = z
  .record(z.string(), scalar, {
    error: writeRule({
      expected: 'a mapping of JSONPaths to values',
      cure: 'write for example $.status: ok',
    }),
  })
  .superRefine((paths, context) => {
    for (const each of Object.keys(paths)) {
      const problem = problemOf(() => compile(each));
      if (problem === undefined) continue;
      const expected = `a JSONPath (RFC 9535) as key (${problem})`;
      const cure = 'write for example $.status';
      context.addIssue({ code: 'custom', path: [each], message: writeRule({ expected, cure }) });
    }
  });

const name = line('a name on one line', 'write what the check is called in reports').describe(
  'What the check is called in reports.',
);

const http = mapping({
  name,
  type: z.literal('http').optional().describe('An HTTP request, made on the host; the default.'),
  method: choice(METHODS).default('GET').describe('Method of the request.'),
  path: path().describe("Path of the request, sent to the host's own address and to the balancer."),
  headers: z
    .record(
      headerName,
      text(/^[ -~]*$/, 'the value of a header, in plain ASCII', 'write it on one line, in quotes'),
      { error: headersRule('a mapping of headers', 'write for example accept: text/html') },
    )
    .default({})
    .describe('Headers of the request.'),
  body: wanted('is the body of the request'),
  status: z
    .union([statusNumber, statusRange, z.array(status, { error: STATUS }).min(1, { error: STATUS })], {
      error: STATUS,
    })
    .default(200)
    .describe('HTTP status the answer must have: one, a range such as 200-299, or a list of them.'),
  header: z
    .record(
      headerName,
      mapping(textRules('the header')).refine((rule) => Object.values(rule).length === 1, {
        error: writeRule({ expected: 'one of equals, contains, matches', cure: 'write exactly one of them' }),
      }),
      {
        error: headersRule(
          'a mapping of headers to rules',
          'write for example content-type: { contains: html }',
        ),
      },
    )
    .default({})
    .describe('Response headers, each with what it must be.'),
  ...textRules('the body'),
  json: json.default({}).describe('JSONPaths (RFC 9535), each with the scalar that its only result must be.'),
  within: limit().default('2s').describe('Longest time to the end of the body.'),
  redirects: choice(['refuse', 'follow'])
    .default('refuse')
    .describe('Whether redirects are followed, at most 5; refused, the redirect itself is the answer.'),
  tls: choice(['verify', 'ignore'])
    .default('verify')
    .describe('Whether the certificate must be trusted for the name that is asked.'),
  host: text(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a host name', 'write it without a port')
    .optional()
    .describe('Name sent as Host, and to TLS as SNI, whatever the address that is asked.'),
});

const command = mapping({
  name,
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
});

/** One check as people write it. */
export const checkSchema = z.discriminatedUnion('type', [http, command], { error: typeRule });

/** A file of checks as people write it. */
export const checksSchema = list(checkSchema, 1, 'checks').describe('Checks of a smoke test.');

/** A valid check with every default filled in. */
export type CheckDocument = z.output<typeof checkSchema>;

/** A key that is wrong is reported with the mapping's own rule unless told otherwise. */
function headersRule(expected: string, cure: string) {
  return ({ code }: { readonly code: string }) =>
    code === 'invalid_key' ? HEADER : writeRule({ expected, cure });
}

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
  return writeRule({ expected: TYPES.join(' or '), cure });
}

/** Why something cannot be made, on one line. */
function problemOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (cause) {
    return (cause instanceof Error ? cause.message : String(cause)).replaceAll('\n', ' ');
  }
}
