import { isIPv4, isIPv6 } from 'node:net';
import { readName } from './names.ts';
import type { RecordType } from './record-set.ts';

/**
 * What is wrong with a value of a record, or nothing. The words before the brackets are those that Route 53 is known to
 * use for A, AAAA, CNAME and TXT; for MX and SRV they are made alike.
 */
export function valueProblem(type: RecordType, value: string): string | undefined {
  switch (type) {
    case 'A':
      return isIPv4(value)
        ? undefined
        : fatal('ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)', value);
    case 'AAAA':
      return isIPv6(value) && !value.includes('%')
        ? undefined
        : fatal('AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)', value);
    case 'CNAME':
    case 'NS':
      return nameProblem(value);
    case 'TXT':
      return readTexts(value) === undefined
        ? fatal('InvalidCharacterString (Value should be enclosed in quotation marks)', value)
        : undefined;
    case 'MX':
      return fieldsProblem('MXRRDATANotTwoFields (MX record needs 2 fields)', 1, value);
    case 'SRV':
      return fieldsProblem('SRVRRDATANotFourFields (SRV record needs 4 fields)', 3, value);
    case 'SOA':
      return readSoa(value) === undefined
        ? fatal('SOARRDATANotSevenFields (SOA record needs 7 fields)', value)
        : undefined;
  }
}

function fatal(problem: string, value: string): string {
  return `Invalid Resource Record: 'FATAL problem: ${problem} encountered with '${value}''`;
}

function nameProblem(value: string): string | undefined {
  const reading = readName(value);
  return reading.valid ? undefined : `Invalid Resource Record: '${reading.problem}'`;
}

function fieldsProblem(problem: string, numbers: number, value: string): string | undefined {
  const fields = readFields(value, numbers);
  return fields === undefined ? fatal(problem, value) : nameProblem(fields.target);
}

/** Values such as `10 mail.example.test.`: so many numbers of 16 bits, then a name. */
export function readFields(
  value: string,
  numbers: number,
): { readonly numbers: readonly number[]; readonly target: string } | undefined {
  const fields = value.trim().split(/\s+/);
  const target = fields.at(-1) ?? '';
  const read = fields.slice(0, -1).map((field) => (/^\d+$/.test(field) ? Number(field) : Number.NaN));
  return read.length === numbers && read.every((number) => number <= 0xffff)
    ? { numbers: read, target }
    : undefined;
}

export interface Soa {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  /** These four in seconds. */
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export function readSoa(value: string): Soa | undefined {
  const match = /^(\S+) (\S+) (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(value);
  if (match === null) return undefined;
  const [, mname = '', rname = '', ...texts] = match;
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = texts.map(Number);
  return { mname, rname, serial, refresh, retry, expire, minimum };
}

/** The strings of a TXT value such as `"one" "two"`; undefined when it is not made so. */
export function readTexts(value: string): readonly Buffer[] | undefined {
  if (!/^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/s.test(value)) return undefined;
  const texts = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, text = '']) => unescaped(text));
  return texts.every((text) => text.length <= LONGEST_TEXT) ? texts : undefined;
}

/** Octets, RFC 1035. */
const LONGEST_TEXT = 255;

function unescaped(text: string): Buffer {
  const plain = text.replaceAll(/\\([0-3][0-7]{2})|\\(.)/gs, (_, octal: string | undefined, other: string) =>
    octal === undefined ? other : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(plain, 'latin1');
}
