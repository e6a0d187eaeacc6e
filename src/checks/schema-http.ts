import { compile } from 'json-p3';
import { z } from 'zod';
import { choice, mapping, text, writeRule } from '../fleet/rule.ts';
import { limit, path } from '../fleet/scalars.ts';
import { METHODS } from './check.ts';
import { findValues, isOnly } from './holds.ts';
import {
  common,
  hostName,
  problemOf,
  refuse,
  refuseContradiction,
  textRules,
  trust,
  wanted,
} from './schema-common.ts';

const STATUS = writeRule({
  expected: 'an HTTP status from 100 to 599, a range such as 200-299, or a list of one or more of them',
  cure: 'write for example 200',
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
      refuse(context, [each], `a JSONPath (RFC 9535) as key (${problem})`, 'write for example $.status');
    }
  });

/** RFC 9110, section 5.5: no field value holds one of these. */
function breaksHeader(value: string): boolean {
  return ['\0', '\r', '\n'].some((each) => value.includes(each));
}

const headerRule = mapping(textRules('the header'))
  .refine((rule) => Object.values(rule).length === 1, {
    error: writeRule({ expected: 'one of equals, contains, matches', cure: 'write exactly one of them' }),
  })
  .superRefine(({ equals, contains }, context) => {
    const expected = 'a value that a header can have: on one line, without blanks around it';
    if (equals !== undefined && (equals !== equals.trim() || breaksHeader(equals))) {
      refuse(context, ['equals'], expected, 'take them away');
    }
    if (contains !== undefined && breaksHeader(contains)) {
      refuse(context, ['contains'], expected, 'take them away');
    }
  });

export const http = mapping({
  ...common,
  type: z.literal('http').optional().describe('An HTTP request; the default.'),
  method: choice(METHODS).default('GET').describe('Method of the request.'),
  path: path().describe("Path of the request, sent to the host's own address and to the balancer."),
  headers: z
    .record(
      headerName,
      text(/^[ -~]*$/, 'the value of a header, in plain ASCII', 'write it on one line, in quotes'),
      { error: headersRule('a mapping of headers', 'write for example accept: text/html') },
    )
    .superRefine(refuseTwins)
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
    .record(headerName, headerRule, {
      error: headersRule(
        'a mapping of headers to rules',
        'write for example content-type: { contains: html }',
      ),
    })
    .superRefine(refuseTwins)
    .default({})
    .describe('Response headers, each with what it must be.'),
  ...textRules('the body'),
  json: json.default({}).describe('JSONPaths (RFC 9535), each with the scalar that its only result must be.'),
  within: limit().default('2s').describe('Longest time to the end of the body.'),
  redirects: choice(['refuse', 'follow'])
    .default('refuse')
    .describe('Whether redirects are followed, at most 5; refused, the redirect itself is the answer.'),
  tls: trust('Whether the certificate must be trusted for the name that is asked.'),
  host: hostName()
    .optional()
    .describe('Name sent as Host, and to TLS as SNI, whatever the address that is asked.'),
})
  .superRefine(refuseContradiction)
  .superRefine((check, context) => {
    const ranges = readStatus(check.status);
    if (ranges.length === 0) return;
    if (ranges.every(({ from, to }) => to < 200 && !(from <= 101 && to >= 101))) {
      const expected = 'a status from 200, or 101: the others below 200 are never the last of an answer';
      refuse(context, ['status'], expected, 'write the status that comes after it');
    }
    if (check.redirects === 'follow' && ranges.every(isRedirect)) {
      const expected = 'refuse, or a status that is no redirect: one that is followed is never the answer';
      refuse(context, ['redirects'], expected, 'correct one of redirects and status');
    }
    const bodiless =
      check.method === 'HEAD'
        ? 'an answer to HEAD'
        : ranges.every(isBodiless)
          ? 'an answer with such a status'
          : undefined;
    const keys = (['equals', 'contains', 'matches', 'json'] as const).filter((key) =>
      key === 'json' ? Object.keys(check.json).length > 0 : check[key] !== undefined,
    );
    for (const key of bodiless === undefined ? [] : keys) {
      refuse(context, [key], `no expectation about the body: ${bodiless} has none`, 'leave it out');
    }
  })
  .superRefine(({ equals, json }, context) => {
    for (const [path, value] of equals === undefined ? [] : Object.entries(json)) {
      if (problemOf(() => compile(path)) !== undefined || isOnly(findValues(equals ?? '', path), value))
        continue;
      const expected = 'a value that equals has: no body is the one and holds the other';
      refuse(context, ['json', path], expected, 'correct one of the two, or leave this out');
    }
  });

type Status = z.output<typeof http>['status'];

/** The statuses of a check as ranges. */
export function readStatus(status: Status): readonly { readonly from: number; readonly to: number }[] {
  return [status].flat().map((each) => {
    const [from = 0, to = from] = String(each).split('-').map(Number);
    return { from, to };
  });
}

/** 304 is no redirect; who asks for it asks by a header such as If-None-Match. */
function isRedirect({ from, to }: { readonly from: number; readonly to: number }): boolean {
  return from >= 300 && to < 400 && !(from === 304 && to === 304);
}

/** RFC 9110, section 6.4.1: answers with 1xx, 204 and 304 have no content. */
function isBodiless({ from, to }: { readonly from: number; readonly to: number }): boolean {
  return to < 200 || (from === to && (from === 204 || from === 304));
}

function refuseTwins(
  headers: Readonly<Record<string, unknown>>,
  context: Parameters<typeof refuse>[0],
): void {
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const key = name.toLowerCase();
    if (seen.has(key)) {
      refuse(context, [name], 'each header once, whatever its case', 'remove one of the two');
    }
    seen.add(key);
  }
}

/** A key that is wrong is reported with the mapping's own rule unless told otherwise. */
function headersRule(expected: string, cure: string) {
  return ({ code }: { readonly code: string }) =>
    code === 'invalid_key' ? HEADER : writeRule({ expected, cure });
}
