import { locate } from '../artifacts/locate.ts';
import { AMOUNT_FORMAT, type Amount, parseAmount } from '../fleet/amount.ts';
import { DURATION_FORMAT, formatDuration, parseDuration } from '../fleet/duration.ts';
import { type FailureLadder, LADDER_FORMAT, parseLadder } from '../fleet/ladder.ts';
import { MARKER_FORMAT, MARKER_PATTERN } from '../fleet/marker.ts';
import { ZONE_PATTERN } from '../fleet/regions.ts';
import { UNIT_PATTERN } from '../fleet/unit.ts';

/** How the text of an input is read. */
export interface Kind<T> {
  /** What is allowed, as the rest of "expected …". */
  readonly expected: string;
  /** A right value, for the cure. */
  readonly example: string;
  /** Reads a text that is trimmed and not empty. */
  readonly parse: (text: string) => Parsed<T>;
}

export type Parsed<T> =
  | { readonly value: T }
  /**
   * `because` says which part of the text is wrong, when it is not obvious. `secret` says that the text may hold a secret
   * and must not be shown; `because` then quotes nothing of it.
   */
  | { readonly wrong: true; readonly because?: string; readonly secret?: true };

const WRONG = { wrong: true } as const;

/** Any text. */
export function text(expected: string, example: string): Kind<string> {
  return { expected, example, parse: (value) => ({ value }) };
}

/** `true` or `false`, nothing else: `yes`, `1` and `True` are refused, so that none of them is taken for false. */
export function boolean(): Kind<boolean> {
  return {
    expected: '`true` or `false`',
    example: 'true',
    parse: (value) => (value === 'true' || value === 'false' ? { value: value === 'true' } : WRONG),
  };
}

/** A whole number from `least` to `most`, both allowed. */
export function integer(least: number, most: number): Kind<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    example: String(least),
    parse(value) {
      const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      return number >= least && number <= most ? { value: number } : WRONG;
    },
  };
}

/** A TCP port. */
export function port(): Kind<number> {
  return { ...integer(1, 65_535), example: '8080' };
}

/** A duration in milliseconds, such as `90s`, of at least `least` milliseconds. */
export function duration(least = 0): Kind<number> {
  const limit = least === 0 ? '' : `, at least ${formatDuration(least)}`;
  return {
    expected: `${DURATION_FORMAT}${limit}`,
    example: formatDuration(Math.max(least, 300_000)),
    parse(value) {
      const milliseconds = parseDuration(value);
      return milliseconds !== undefined && milliseconds >= least ? { value: milliseconds } : WRONG;
    },
  };
}

/** A number of hosts or a share of them. */
export function amount(): Kind<Amount> {
  return {
    expected: AMOUNT_FORMAT,
    example: '50%',
    parse(value) {
      const parsed = parseAmount(value);
      return parsed === undefined ? WRONG : { value: parsed };
    },
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(...choices: readonly [T, ...T[]]): Kind<T> {
  return {
    expected: choices.map((choice) => `\`${choice}\``).join(' or '),
    example: choices[0],
    parse(value) {
      const choice = choices.find((each) => each === value);
      return choice === undefined ? WRONG : { value: choice };
    },
  };
}

/** A release version: it becomes a folder name on hosts and a part of object keys. */
export function version(): Kind<string> {
  return {
    expected: 'a version of 1 to 64 letters, digits and `. _ + -` that begins with a letter or digit',
    example: '1.4.2',
    parse: matching(/^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$/),
  };
}

/** A SHA-256 digest, given in lower case. */
export function sha256(): Kind<string> {
  return {
    expected: 'a SHA-256 digest of 64 hexadecimal digits',
    example: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    parse(value) {
      if (/^[0-9A-Fa-f]{64}$/.test(value)) return { value: value.toLowerCase() };
      return { wrong: true, because: `it has ${value.length} characters` };
    },
  };
}

/** An absolute path on a host without `.` and `..`, since it names a place where folders are made and removed. */
export function absolutePath(): Kind<string> {
  return {
    expected: 'an absolute path without `.`, `..` and `//`',
    example: '/srv/storefront',
    parse: matching(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\r\n]+)+$/),
  };
}

/** One value per line; white space around a line and empty lines do not count, no value may come twice. */
export function lines<T>(each: Kind<T>): Kind<readonly T[]> {
  return {
    expected: `one per line: ${each.expected}`,
    example: each.example,
    parse(value) {
      const entries = value
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const parsed = entries.map((line) => each.parse(line));
      if (parsed.some((entry) => 'wrong' in entry && entry.secret)) {
        return { wrong: true, because: 'one of its lines is not one', secret: true };
      }
      const twice = entries.find((line, index) => entries.indexOf(line) !== index);
      if (twice !== undefined) return { wrong: true, because: `${JSON.stringify(twice)} is listed twice` };
      const bad = entries.find((_, index) => 'wrong' in (parsed[index] ?? WRONG));
      if (bad !== undefined) return { wrong: true, because: `${JSON.stringify(bad)} is not one` };
      return { value: parsed.flatMap((entry) => ('value' in entry ? [entry.value] : [])) };
    },
  };
}

/** Instance ids, one per line. Ids have 8 or 17 hexadecimal digits. */
export function hostIds(): Kind<readonly string[]> {
  return lines({
    expected: 'an instance id',
    example: 'i-0123456789abcdef0',
    parse: matching(/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/),
  });
}

/** ARNs of target groups, one per line. */
export function targetGroups(): Kind<readonly string[]> {
  return lines({
    expected: 'the ARN of a target group',
    example: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef',
    parse: matching(
      /^arn:aws[a-z-]*:elasticloadbalancing:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:targetgroup\/[0-9A-Za-z-]{1,32}\/[0-9a-f]{16}$/,
    ),
  });
}

/**
 * A JSON document.
 *
 * @param check reads the parsed document; `because` of its refusal says where the document is wrong
 */
export function json<T>(expected: string, example: string, check: (document: unknown) => Parsed<T>): Kind<T> {
  return {
    expected,
    example,
    parse(value) {
      const document = parseJson(value);
      return 'wrong' in document ? document : check(document.value);
    },
  };
}

function parseJson(value: string): Parsed<unknown> {
  try {
    return { value: JSON.parse(value) };
  } catch (error) {
    return {
      wrong: true,
      because: `it is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function matching(pattern: RegExp): (value: string) => Parsed<string> {
  return (value) => (pattern.test(value) ? { value } : WRONG);
}

/** Path of a program inside a release; it is run as it is, without a shell, so it takes no arguments. */
export function programInRelease(): Kind<string> {
  return {
    expected: 'the path of a program inside the release, without arguments',
    example: './bin/stop',
    parse: matching(/^\.\/(?!.*\.\.)[A-Za-z0-9._/-]{1,200}$/),
  };
}

/** Location of a release archive. A wrong one may be a URL with a password or a signature, which nobody may read. */
export function artifact(): Kind<string> {
  return {
    expected:
      's3://bucket/key or an https URL without credentials and fragment, its path ending in .tar.gz, .tgz or .zip',
    example: 's3://acme-releases/storefront/1.4.2.tar.gz',
    parse(value) {
      const located = locate(value);
      if (located.kind !== 'unusable') return { value };
      const { because, secret } = located;
      return { wrong: true, because, ...(secret ? { secret } : {}) };
    },
  };
}

/** URL on a host, without credentials, whose only placeholders are the host's own address and port. */
export function hostUrl(): Kind<string> {
  return {
    expected: 'an http or https URL without credentials, whose only placeholders are {address} and {port}',
    example: 'http://{address}:{port}/version',
    parse(value) {
      if (/^https?:\/\/(?:[^\s"'`\\<>@{}]|\{address\}|\{port\}){1,2000}$/.test(value)) return { value };
      return value.includes('@') ? { wrong: true, because: 'it holds an @', secret: true } : WRONG;
    },
  };
}

/** Instance ids, each alone or with a port: `i-0123456789abcdef0`, `i-0123456789abcdef0:8080`. */
export function hostNames(): Kind<readonly { readonly host: string; readonly port?: number }[]> {
  return lines({
    expected: 'an instance id, alone or with a port',
    example: 'i-0123456789abcdef0:8080',
    parse(value) {
      const { host, port } =
        /^(?<host>i-(?:[0-9a-f]{8}|[0-9a-f]{17}))(?::(?<port>[1-9]\d{0,4}))?$/.exec(value)?.groups ?? {};
      if (host === undefined || Number(port ?? 0) > 65_535) return WRONG;
      return { value: { host, ...(port === undefined ? {} : { port: Number(port) }) } };
    },
  });
}

/** Where a process says one thing about itself: a JSON field or a response header. */
export function marker(example = 'version'): Kind<string> {
  return { expected: MARKER_FORMAT, example, parse: matching(MARKER_PATTERN) };
}

/** An availability zone by its name. */
export function zone(): Kind<string> {
  return {
    expected: 'the name of an availability zone',
    example: 'us-east-1b',
    parse: matching(ZONE_PATTERN),
  };
}

/** What is tried for a host whose upgrade failed; one rung per line, or with commas between. */
export function ladder(): Kind<FailureLadder> {
  return {
    expected: LADDER_FORMAT,
    example: 'retry 2, roll-back',
    parse(value) {
      const rungs = value.split(/[,\n]/).map((each) => each.trim());
      const parsed = parseLadder(rungs.filter((each) => each !== ''));
      return parsed === undefined ? WRONG : { value: parsed };
    },
  };
}

/** Name of a systemd unit. */
export function systemdUnit(): Kind<string> {
  return {
    expected: 'the name of a systemd unit',
    example: 'storefront.service',
    parse: matching(UNIT_PATTERN),
  };
}

/** A folder on S3. */
export function s3Folder(): Kind<{ readonly bucket: string; readonly prefix: string }> {
  return {
    expected: 's3://bucket/prefix',
    example: 's3://acme-logs/zonewise',
    parse(value) {
      const { bucket, prefix } =
        /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<prefix>[\w!.*'()/-]{1,400})$/.exec(value)
          ?.groups ?? {};
      return bucket === undefined || prefix === undefined ? WRONG : { value: { bucket, prefix } };
    },
  };
}
