import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { DnsCheck } from './check.ts';

type Kind = DnsCheck['kind'];

/** A value of a record set, per type, for messages. */
export const VALUE_FORMATS: Readonly<Record<Kind, string>> = {
  A: 'an IPv4 address such as 192.0.2.1',
  AAAA: 'an IPv6 address such as 2001:db8::1',
  CNAME: 'a name such as web.example.com',
  MX: 'a preference and a name, such as 10 mail.example.com',
  NS: 'a name such as ns1.example.com',
  SRV: 'priority, weight, port and name, such as 10 5 8080 web.example.com',
  TXT: 'the text itself, without quotes, in one piece',
};

/** Leading fields of a value that are numbers below 65,536. */
const NUMBERS: Readonly<Partial<Record<Kind, number>>> = { MX: 1, SRV: 3 };

/**
 * Writes a value in the one form in which two of them can be compared: names in lower case without a dot at the end, one
 * blank between fields, IPv6 addresses in their shortest form.
 *
 * @returns `undefined` for what is no value of such a record
 */
export function canonicalValue(kind: Kind, value: string): string | undefined {
  switch (kind) {
    case 'A':
      return isIPv4(value) ? value : undefined;
    case 'AAAA':
      return isIPv6(value) && !value.includes('%')
        ? new URL(`http://[${value}]`).hostname.slice(1, -1)
        : undefined;
    case 'TXT':
      return value;
    default:
      return canonicalFields(value.trim().split(/\s+/), NUMBERS[kind] ?? 0);
  }
}

/** Such as `web.example.com`, in lower case; `undefined` for what is no name of a record. */
export function canonicalName(name: string): string | undefined {
  const short = name.toLowerCase().replace(/(?<=.)\.$/, '');
  // The root is a name too: an SRV record with it says that there is no such service (RFC 2782).
  if (short === '.') return short;
  const isName = short.length <= 253 && short.split('.').every((label) => /^[a-z0-9_*-]{1,63}$/.test(label));
  return isName ? short : undefined;
}

/** Address and port of a DNS server, written `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]` or `[2001:db8::53]:5353`. */
export function readServer(written: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<four>[0-9.]+))(?::(?<port>[1-9]\d{0,4}))?$/.exec(written);
  const { six, four, port = '53' } = match?.groups ?? {};
  const address = six ?? four ?? '';
  if (isIP(address) !== (six === undefined ? 4 : 6) || Number(port) > 65_535) return undefined;
  return { address, port: Number(port) };
}

function canonicalFields(fields: readonly string[], numbers: number): string | undefined {
  const name = canonicalName(fields[numbers] ?? '');
  const leading = fields.slice(0, numbers);
  if (name === undefined || fields.length !== numbers + 1) return undefined;
  if (!leading.every((each) => /^\d{1,5}$/.test(each) && Number(each) <= 65_535)) return undefined;
  return [...leading.map(Number), name].join(' ');
}
