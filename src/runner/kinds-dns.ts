import { canonicalName, readServer } from '../checks/dns-values.ts';
import type { NameServer, RecordValue } from '../dns/port.ts';
import { parseDuration } from '../fleet/duration.ts';
import { type Kind, lines } from './kinds.ts';

const WRONG = { wrong: true } as const;

/** Id of a Route 53 hosted zone, as the API and the console write it. */
export function hostedZone(): Kind<string> {
  return {
    expected: 'the id of a hosted zone',
    example: 'Z0123456789ABCDEFGHIJ',
    parse(value) {
      const { id } = /^(?:\/hostedzone\/)?(?<id>Z[0-9A-Z]{1,31})$/.exec(value)?.groups ?? {};
      return id === undefined ? WRONG : { value: id };
    },
  };
}

/** A whole domain name that clients ask for: in lower case, without the dot at the end. */
export function domainName(): Kind<string> {
  return {
    expected: 'a domain name without `*`',
    example: 'www.example.com',
    parse(value) {
      const name = canonicalName(value);
      return name === undefined || !name.includes('.') || name.includes('*') || name === '.'
        ? WRONG
        : { value: name };
    },
  };
}

/** What a record points at: one value, several of them one per line, or an alias. */
export function recordValue(): Kind<RecordValue> {
  return {
    expected:
      'the value of the record, several values one per line, or `alias <zone-id> <name>`, followed by ' +
      '`evaluate-target-health` where that is on',
    example: 'blue-1234567890.us-east-1.elb.amazonaws.com',
    parse(text) {
      const values = text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
      const twice = values.find((value, index) => values.indexOf(value) !== index);
      if (twice !== undefined) return { wrong: true, because: `${JSON.stringify(twice)} is there twice` };
      if (!values.some((value) => value.startsWith('alias '))) {
        const spaced = values.find((value) => /\s/.test(value));
        return spaced === undefined ? { value: { kind: 'values', values } } : WRONG;
      }
      return values.length === 1
        ? parseAlias(values[0] ?? '')
        : { wrong: true, because: 'an alias stands alone' };
    },
  };
}

function parseAlias(text: string): ReturnType<Kind<RecordValue>['parse']> {
  const { zoneId, target, health } =
    /^alias\s+(?<zoneId>Z[0-9A-Z]{1,31})\s+(?<target>\S+)(?:\s+(?<health>evaluate-target-health))?$/.exec(
      text,
    )?.groups ?? {};
  const name = canonicalName(target ?? '');
  if (zoneId === undefined || name === undefined) return WRONG;
  return { value: { kind: 'alias', zoneId, target: name, evaluateTargetHealth: health !== undefined } };
}

/** Addresses of name servers, one per line. */
export function nameServers(): Kind<readonly NameServer[]> {
  return lines({
    expected: 'an address, alone or with a port',
    example: '192.0.2.53:5353',
    parse(value) {
      const server = readServer(value);
      return server === undefined ? WRONG : { value: { name: value, ...server } };
    },
  });
}

/** A time to live in whole seconds, given as a duration. */
export function timeToLive(least: number, most: number): Kind<number> {
  return {
    expected: `a duration of whole seconds from ${least}s to ${most}s`,
    example: '60s',
    parse(value) {
      const seconds = (parseDuration(value) ?? Number.NaN) / 1_000;
      return Number.isInteger(seconds) && seconds >= least && seconds <= most ? { value: seconds } : WRONG;
    },
  };
}
