import { SMOKE_PLACES } from '../fleet/fleet.ts';
import { type Conflict, optional, type Values, withDefault } from './inputs.ts';
import { instant } from './instant.ts';
import {
  absolutePath,
  boolean,
  duration,
  integer,
  type Kind,
  lines,
  marker,
  oneOf,
  port,
  version,
} from './kinds.ts';
import { IDENTITY_INPUTS, writtenChecks } from './proof-inputs.ts';

/** A host that is asked: an instance by its id, or whatever an address or a name leads to. */
export interface NamedHost {
  readonly kind: 'instance' | 'address';
  readonly host: string;
  readonly port?: number;
}

/** Inputs of smoke-test. */
export const SMOKE_INPUTS = {
  hosts: optional(namedHosts()),
  'old-hosts': optional(namedHosts()),
  port: optional(port()),
  through: optional(entrances()),
  from: withDefault(oneOf(...SMOKE_PLACES), 'host'),
  checks: optional(writtenChecks()),
  directory: optional(absolutePath()),
  attempts: withDefault(integer(1, 100), 3),
  interval: withDefault(duration(), 2_000),
  consecutive: withDefault(integer(1, 100), 1),
  'warm-up': withDefault(duration(), 0),
  'seen-within': withDefault(duration(1), 30_000),
  'negative-control': withDefault(boolean(), true),
  ...IDENTITY_INPUTS,
  'started-after': optional(instant()),
  'old-version': optional(version()),
  'identity-started': withDefault(marker('started_at'), 'started_at'),
  'identity-host': optional(marker('header:x-host')),
  'dry-run': withDefault(boolean(), false),
};
export type SmokeInputs = Values<typeof SMOKE_INPUTS>;

type SmokeConflict = Conflict<keyof SmokeInputs>;

/** What is wrong with the inputs together, whatever the checks are. */
export function smokeConflicts(inputs: Partial<SmokeInputs>): readonly SmokeConflict[] {
  return [...whereConflicts(inputs), ...whatConflicts(inputs)]
    .filter(({ broken }) => broken)
    .map(({ broken: _, ...conflict }) => conflict);
}

interface Rule extends SmokeConflict {
  readonly broken: boolean;
}

function whereConflicts(inputs: Partial<SmokeInputs>): readonly Rule[] {
  const { hosts, through, from = 'host' } = inputs;
  const old = inputs['old-hosts'];
  const all = [...(hosts ?? []), ...(old ?? [])];
  const addresses = all.filter(({ kind }) => kind === 'address').map(({ host }) => host);
  const keys = new Set(hosts?.map((host) => keyOf(host, inputs.port)));
  const both = (old ?? []).filter((host) => keys.has(keyOf(host, inputs.port))).map(({ host }) => host);
  return [
    {
      broken: hosts === undefined && through === undefined,
      inputs: ['hosts', 'through'],
      problem:
        '`hosts` is missing; expected the hosts that are asked, or `through` with `from: runner`. Give one of them or both.',
    },
    {
      broken: hosts === undefined && through !== undefined && from === 'host',
      inputs: ['through', 'hosts', 'from'],
      problem:
        '`through` is asked from the first of the `hosts`, which are missing. Give `hosts`, or `from: runner`.',
    },
    {
      broken: all.some((host) => host.port === undefined) && inputs.port === undefined,
      inputs: ['port', 'hosts', 'old-hosts'],
      problem:
        '`port` is missing; expected the port on which the service listens, there or behind each of the hosts.',
    },
    {
      broken: from === 'host' && addresses.length > 0,
      inputs: ['hosts', 'old-hosts', 'from'],
      problem:
        `${addresses.join(', ')} cannot be asked from itself: nothing can be run on a host that is not named by its ` +
        'instance id. Write the id, or `from: runner`.',
    },
    {
      broken: both.length > 0,
      inputs: ['hosts', 'old-hosts'],
      problem: `${both.join(', ')} cannot be in \`hosts\` and \`old-hosts\`. Take it out of the one it does not belong to.`,
    },
  ];
}

function whatConflicts(inputs: Partial<SmokeInputs>): readonly Rule[] {
  const { attempts = 1, consecutive = 1 } = inputs;
  const expected = inputs['expect-version'];
  const old = inputs['old-version'];
  return [
    {
      broken: inputs.checks === undefined && expected === undefined,
      inputs: ['checks', 'expect-version'],
      problem: 'There is nothing to check: give `checks`, or `expect-version` with `identity-url`, or both.',
    },
    {
      broken: (expected === undefined && old === undefined) !== (inputs['identity-url'] === undefined),
      inputs: ['expect-version', 'old-version', 'identity-url'],
      problem:
        `\`${expected === undefined && old !== undefined ? 'old-version' : 'expect-version'}\` and \`identity-url\` belong ` +
        'together: the one says which version, the other where the service says its own. Give both or neither.',
    },
    {
      broken: old !== undefined && inputs['old-hosts'] === undefined,
      inputs: ['old-version', 'old-hosts'],
      problem: '`old-version` is what the `old-hosts` must still run, and these are missing. Give them too.',
    },
    {
      broken: old !== undefined && old === expected,
      inputs: ['old-version', 'expect-version'],
      problem:
        '`old-version` and `expect-version` are the same, so no two releases serve. Correct one of them.',
    },
    {
      broken:
        expected === undefined &&
        (inputs['expect-sha256'] !== undefined || inputs['started-after'] !== undefined),
      inputs: ['expect-sha256', 'started-after', 'expect-version'],
      problem: '`expect-sha256` and `started-after` go with `expect-version`, which is missing. Give it too.',
    },
    {
      broken:
        inputs['identity-host'] !== undefined && (expected === undefined || inputs.through === undefined),
      inputs: ['identity-host', 'expect-version', 'through'],
      problem:
        '`identity-host` tells hosts apart behind `through` when `expect-version` is looked for there. Give both, or ' +
        'leave it out.',
    },
    {
      broken: consecutive > attempts,
      inputs: ['consecutive', 'attempts'],
      problem: `\`consecutive\` is ${consecutive} and \`attempts\` ${attempts}: so many in a row can never pass. Allow more attempts.`,
    },
  ];
}

function keyOf({ host, port: own }: NamedHost, port: number | undefined): string {
  return `${host}:${own ?? port ?? ''}`;
}

/** Hosts, one per line: instance ids or, for the runner, addresses and names; each alone or with a port. */
function namedHosts(): Kind<readonly NamedHost[]> {
  return lines({
    expected: 'an instance id or, with `from: runner`, an IPv4 address or name, alone or with a port',
    example: 'i-0123456789abcdef0:8080',
    parse(value) {
      const { host, port: own } =
        /^(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(?<port>[1-9]\d{0,4}))?$/.exec(value)
          ?.groups ?? {};
      if (host === undefined || Number(own ?? 0) > 65_535) return refused(value);
      const isId = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(host);
      // What looks like an id and is none would otherwise pass for a name.
      if (!isId && /^i-[0-9a-f]+$/i.test(host)) return refused(value);
      const named = { kind: isId ? 'instance' : 'address', host } as const;
      return { value: own === undefined ? named : { ...named, port: Number(own) } };
    },
  });
}

/** Where users reach the service, one URL per line. */
function entrances(): Kind<readonly string[]> {
  return lines({
    expected: 'an http or https URL without credentials, path and query',
    example: 'https://shop.example.com',
    parse(value) {
      const bare = /^https?:\/\/[A-Za-z0-9.:-]+$/.test(value) && URL.canParse(value);
      return bare ? { value } : refused(value);
    },
  });
}

/** What holds credentials or a query may hold a secret. */
function refused(value: string): { readonly wrong: true; readonly secret?: true } {
  return /[@?]/.test(value) ? { wrong: true, secret: true } : { wrong: true };
}
