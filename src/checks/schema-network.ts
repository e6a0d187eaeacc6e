import { z } from 'zod';
import { choice, count, list, mapping, text, writeRule } from '../fleet/rule.ts';
import { limit, line } from '../fleet/scalars.ts';
import { RECORD_TYPES } from './check.ts';
import { canonicalName, canonicalValue, readServer, VALUE_FORMATS } from './dns-values.ts';
import { common, hostName, port, refuse, refuseContradiction, textRules, trust } from './schema-common.ts';

/**
 * Ten years. Public authorities issue for 200 days at most since 15 March 2026 (CA/Browser Forum, ballot SC-081v3), but
 * private ones for as long as they like; more than this is a typing error.
 */
const MOST_DAYS = 3_650;

const DAYS = [`a number of days from 0 to ${MOST_DAYS}`, 'write for example 14'] as const;
const SERVER = [
  'the address of a DNS server and not its name',
  'write for example 10.0.0.2 or [2001:db8::53]:53',
] as const;

export const tcp = mapping({
  ...common,
  type: z
    .literal('tcp')
    .describe('A TCP connection, and what the server says first when a rule for that is given.'),
  port: port(),
  ...textRules('what the server says first'),
  within: limit()
    .default('2s')
    .describe('Longest time until the connection is there and, with a rule, until the server has spoken.'),
}).superRefine(refuseContradiction);

export const tls = mapping({
  ...common,
  type: z.literal('tls').describe('A TLS handshake and the certificate that the server shows.'),
  port: port(),
  host: hostName()
    .optional()
    .describe("Name sent as SNI, for which the certificate must be; the target's own address when left out."),
  tls: trust('Whether the chain must be trusted and be for the name; ignored, only the time counts.'),
  'days-left': count(0, ...DAYS)
    .max(MOST_DAYS, { error: writeRule({ expected: DAYS[0], cure: DAYS[1] }) })
    .default(0)
    .describe('Fewest days until the certificate expires; 0: it must not have expired.'),
  within: limit().default('2s').describe('Longest time to the end of the handshake.'),
});

export const dns = mapping({
  ...common,
  type: z.literal('dns').describe('A DNS record set.'),
  record: text(/^[A-Za-z0-9_*.-]{1,254}$/, 'the name of a record', 'write for example www.example.com')
    .refine((name) => canonicalName(name) !== undefined, {
      error: writeRule({
        expected: 'a name of at most 253 characters, of which each label has 1 to 63',
        cure: 'write for example www.example.com',
      }),
    })
    .describe('Name of the record.'),
  kind: choice(RECORD_TYPES).describe('Type of the record.'),
  values: list(line('a value of the record on one line', 'write it in quotes'), 1, 'values').describe(
    'All values of the record set, in any order: an address, a name, "10 mail.example.com" of MX, "10 5 8080 ' +
      'web.example.com" of SRV, the text of TXT without quotes and in one piece.',
  ),
  server: text(/^[0-9A-Fa-f.:[\]]{2,60}$/, ...SERVER)
    .refine((server) => readServer(server) !== undefined, {
      error: writeRule({ expected: SERVER[0], cure: SERVER[1] }),
    })
    .optional()
    .describe(
      'Address of the DNS server, with :port when it is not 53 and IPv6 in brackets; the own resolver of where it is ' +
        'asked from when left out.',
    ),
  within: limit().default('2s').describe('Longest time until the answer.'),
}).superRefine(({ kind, values }, context) => {
  const seen = new Set<string>();
  values.forEach((value, index) => {
    const canonical = canonicalValue(kind, value);
    if (canonical === undefined) {
      refuse(context, ['values', index], VALUE_FORMATS[kind], `correct it: no ${kind} record has this value`);
    } else if (seen.has(canonical)) {
      refuse(
        context,
        ['values', index],
        'each value once: a record set has none twice',
        'remove one of the two',
      );
    } else seen.add(canonical);
  });
  if (kind === 'CNAME' && seen.size > 1) {
    refuse(context, ['values'], 'one value: a name has at most one CNAME', 'remove the others');
  }
});
