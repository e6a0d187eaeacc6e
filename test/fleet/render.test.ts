import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CommandCheck,
  type DnsCheck,
  type HttpCheck,
  METHODS,
  type Side,
  type TcpCheck,
  type TextRule,
  type TlsCheck,
} from '../../src/checks/check.ts';
import { holds } from '../../src/checks/holds.ts';
import type { Amount } from '../../src/fleet/amount.ts';
import {
  BAKE_FAILURES,
  type Fleet,
  type Policy,
  type RangeSettings,
  SMOKE_PLACES,
  type Zone,
} from '../../src/fleet/fleet.ts';
import type { FailureLadder } from '../../src/fleet/ladder.ts';
import { loadFleet, parseFleet, renderFleet } from '../../src/fleet/load.ts';
import { REGIONS } from '../../src/fleet/regions.ts';
import { targetGroup } from './sample.ts';

const optional: { requiredKeys: [] } = { requiredKeys: [] };
const units = fc.constantFrom(1, 1_000, 60_000, 3_600_000);
const program = fc.constantFrom('./bin/stop', './run', './a.b/c-d_e');
const duration = fc.tuple(fc.nat({ max: 576 }), units).map(([value, unit]) => value * unit);
const limit = fc.tuple(fc.integer({ min: 1, max: 576 }), units).map(([value, unit]) => value * unit);
const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
const version = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,12}$/),
  fc.constantFrom('1', '1.0', '1e3'),
);
const path = fc.webPath().map((text) => `/${text.replace(/^\/+/, '')}`);
/** Texts that YAML could take for something else. */
const line = fc.oneof(
  word,
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '- a',
    '#b',
    'a: b',
    '"',
    "'",
    '&a',
    '*b',
    '1.0',
    '{}',
    ' x',
    '%',
    '@',
    'é ☂',
  ),
);
const field = line.filter((text) => text.trim() !== '');
const marker = fc.oneof(field, fc.constantFrom('header:x-version', 'Header:X'));

const amount: fc.Arbitrary<Amount> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), value: fc.integer({ min: 1, max: 999_999 }) }),
  fc.record({ kind: fc.constant('percent' as const), value: fc.integer({ min: 1, max: 100 }) }),
);

const drainFields = {
  policy: fc.constantFrom('observed' as const, 'delay' as const, 'fixed' as const),
  propagation: duration,
  quiet: limit,
  gauge: fc.record({ url: fc.constant('http://{address}:{port}/inflight'), field }),
  timeout: limit,
  onTimeout: fc.constantFrom('return' as const, 'hold' as const),
  autoScaling: fc.constantFrom('standby' as const, 'suspend' as const, 'ignore' as const),
  lowerMinSize: fc.boolean(),
};

const restoreFields = { checks: fc.integer({ min: 1, max: 99 }), timeout: limit, firstRequest: limit };

const smokeFields = {
  from: fc.constantFrom(...SMOKE_PLACES),
  attempts: fc.integer({ min: 50, max: 100 }),
  interval: duration,
  consecutive: fc.integer({ min: 1, max: 50 }),
  warmUp: duration,
  seenWithin: limit,
};

const bakeFields = {
  wait: duration.map((wait) => wait % 60_000),
  stable: duration.map((stable) => stable % 600_000),
  firstZoneStable: duration.map((stable) => stable % 600_000),
  retry: duration,
  every: limit,
  zoneTimeout: fc.integer({ min: 700, max: 2_000 }).map((seconds) => seconds * 1_000),
  gate: fc.constantFrom('https://gate.example.com/storefront?zone=a', 'http://127.0.0.1:8080'),
  minDatapoints: fc.nat({ max: 99 }),
  onFailure: fc.constantFrom(...BAKE_FAILURES),
};
const bake = fc.record(bakeFields, {
  requiredKeys: [
    'wait',
    'stable',
    'firstZoneStable',
    'retry',
    'every',
    'zoneTimeout',
    'minDatapoints',
    'onFailure',
  ],
});

const policyFields = {
  batch: fc.array(amount, { minLength: 1, maxLength: 3 }),
  minHealthy: amount,
  surviveZone: fc.boolean(),
  drain: fc.record(drainFields, {
    requiredKeys: ['policy', 'quiet', 'timeout', 'onTimeout', 'autoScaling', 'lowerMinSize'],
  }),
  restore: fc.record(restoreFields, { requiredKeys: ['checks', 'timeout'] }),
  smoke: fc.record(smokeFields),
  onFailure: fc.constantFrom<FailureLadder>(
    [{ kind: 'roll-back' }],
    [{ kind: 'retry', times: 10 }, { kind: 'replace' }, { kind: 'hold' }],
    [{ kind: 'retry', times: 2 }, { kind: 'roll-back' }],
  ),
  bake,
  approvalMaxAge: limit,
  deploymentTimeout: limit,
};
const policy: fc.Arbitrary<Policy> = fc.record(policyFields, {
  requiredKeys: ['batch', 'minHealthy', 'drain', 'restore', 'smoke', 'onFailure', 'bake', 'approvalMaxAge'],
});

const hosts: fc.Arbitrary<Fleet['hosts']> = fc.record(
  {
    transport: fc.constant('ssm' as const),
    directory: fc.constantFrom('/srv/storefront', '/opt/a-b_c/d.e', '/x'),
    keepReleases: fc.integer({ min: 1, max: 99 }),
    hooks: fc.record(
      { beforeInstall: program, stop: program, start: program, afterInstall: program, verify: program },
      optional,
    ),
    unit: fc.constantFrom('web', 'web@8080.service'),
    hookTimeout: limit,
    startTimeout: limit,
    identity: fc.record(
      {
        url: fc.constantFrom('http://{address}:{port}/version', 'https://127.0.0.1/v?q=1#a'),
        version: marker,
        digest: marker,
        started: marker,
        host: marker,
      },
      { requiredKeys: ['url', 'version'] },
    ),
  },
  { requiredKeys: ['transport', 'directory', 'keepReleases', 'hooks', 'hookTimeout', 'startTimeout'] },
);

const optionalText = fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: undefined });
const rules: fc.Arbitrary<readonly TextRule[]> = fc
  .record({
    equals: optionalText,
    contains: optionalText,
    matches: fc.constantFrom(undefined, '^a.*b$', '\\d+'),
  })
  .map((written) =>
    (['equals', 'contains', 'matches'] as const).flatMap((kind) => {
      const text = written[kind];
      return text === undefined ? [] : [{ kind, text }];
    }),
  )
  // What can never hold together is refused.
  .filter(
    ([first, ...others]) => first?.kind !== 'equals' || others.every((rule) => holds(rule, first.text)),
  );
const checkName = field.filter((name) => name.trim().toLowerCase() !== 'version');
const against = fc.constantFrom<readonly Side[]>(['new'], ['old'], ['old', 'new'], ['new', 'old']);
const port = fc.integer({ min: 1, max: 65_535 });
const tls = fc.constantFrom('verify' as const, 'ignore' as const);
const hostName = fc.constantFrom('shop.example.com', 'web');
const statuses = fc.array(
  fc.tuple(fc.integer({ min: 100, max: 349 }), fc.nat({ max: 250 })).map(([from, more]) => {
    return { from, to: from + more };
  }),
  { minLength: 1, maxLength: 3 },
);
const everyHttpCheck: fc.Arbitrary<HttpCheck> = fc.record(
  {
    type: fc.constant('http' as const),
    name: checkName,
    against,
    method: fc.constantFrom(...METHODS),
    path,
    headers: fc.constantFrom({}, { Accept: 'text/html', 'x-empty': '' }),
    body: fc.string({ minLength: 1, unit: 'binary' }),
    status: statuses,
    header: fc.constantFrom({}, { etag: { kind: 'equals' as const, text: 'yes' } }),
    text: rules,
    json: fc.constantFrom(
      [],
      [
        { path: '$.a', equals: null },
        { path: '$.b[0]', equals: '1' },
        { path: '$', equals: 1.5 },
      ],
    ),
    within: limit,
    redirects: fc.constantFrom('follow' as const, 'refuse' as const),
    tls,
    host: hostName,
  },
  {
    requiredKeys: [
      'type',
      'name',
      'against',
      'method',
      'path',
      'headers',
      'status',
      'header',
      'text',
      'json',
      'within',
      'redirects',
      'tls',
    ],
  },
);
const httpChecks = everyHttpCheck.filter(
  // No such answer has a body, and no redirect is the answer when it is followed.
  ({ method, text, json, status }) =>
    (method !== 'HEAD' || text.length + json.length === 0) &&
    !(text.some(({ kind }) => kind === 'equals') && json.length > 0) &&
    status.some(({ from, to }) => to >= 400 || (from <= 200 && to >= 200)),
);
const tcpChecks: fc.Arbitrary<TcpCheck> = fc.record(
  { type: fc.constant('tcp' as const), name: checkName, against, port, text: rules, within: limit },
  { requiredKeys: ['type', 'name', 'against', 'text', 'within'] },
);
const tlsChecks: fc.Arbitrary<TlsCheck> = fc.record(
  {
    type: fc.constant('tls' as const),
    name: checkName,
    against,
    port,
    host: hostName,
    tls,
    daysLeft: fc.nat({ max: 3_650 }),
    within: limit,
  },
  { requiredKeys: ['type', 'name', 'against', 'tls', 'daysLeft', 'within'] },
);
const records: fc.Arbitrary<Pick<DnsCheck, 'kind' | 'values'>> = fc.constantFrom(
  { kind: 'A', values: ['192.0.2.1', '192.0.2.2'] },
  { kind: 'AAAA', values: ['2001:db8::1'] },
  { kind: 'CNAME', values: ['web.example.com'] },
  { kind: 'MX', values: ['10 mail.example.com', '20 mail.example.com'] },
  { kind: 'NS', values: ['ns1.example.com'] },
  { kind: 'SRV', values: ['10 5 8080 web.example.com', '0 0 0 .'] },
  { kind: 'TXT', values: ['v=spf1 -all', ' "a" ', 'yes'] },
);
const dnsChecks: fc.Arbitrary<DnsCheck> = fc
  .record(
    {
      type: fc.constant('dns' as const),
      name: checkName,
      against,
      record: fc.constantFrom('shop.example.com', '_http._tcp.web', 'localhost'),
      server: fc.constantFrom('192.0.2.53', '192.0.2.53:5353', '[2001:db8::53]', '[2001:db8::53]:5353'),
      within: limit,
    },
    { requiredKeys: ['type', 'name', 'against', 'record', 'within'] },
  )
  .chain((check) => records.map((record) => ({ ...check, ...record })));
const commandChecks: fc.Arbitrary<CommandCheck> = fc.record({
  type: fc.constant('command' as const),
  name: checkName,
  against,
  run: program,
  exitCode: fc.integer({ min: 0, max: 255 }),
  text: rules,
  within: limit,
});
const smoke: fc.Arbitrary<Fleet['smoke']> = fc.uniqueArray(
  fc.oneof(httpChecks, tcpChecks, tlsChecks, dnsChecks, commandChecks),
  {
    selector: ({ name }) => name.toLowerCase(),
    maxLength: 3,
  },
);

const zones: fc.Arbitrary<readonly Zone[]> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...REGIONS), fc.constantFrom('a', 'b', '-lax-1a')), {
    selector: (parts) => parts.join(''),
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) =>
    parts.map(([region, suffix], index) => ({
      zone: `${region}${suffix}`,
      region,
      environment: `Prod / ${index}`,
      hosts: [`i-${index.toString(16).padStart(17, '0')}`, `i-${index.toString(16).padStart(8, '0')}`],
      pools: [
        { targetGroup: targetGroup(region), entrance: 'https://shop.example.com' },
        { targetGroup: targetGroup(region, 'admin') },
      ],
      alarms: [[], ['a: b', 'A: b', '#5xx é']][index % 2] ?? [],
    })),
  );

const rangeFields = {
  from: version,
  to: version,
  releases: field,
  balancer: fc.record({
    type: fc.constantFrom('application' as const, 'network' as const),
    propagation: duration,
    deregistrationDelay: duration,
    healthCheckInterval: limit,
    healthCheckPath: path,
    crossZone: fc.boolean(),
    slowStart: duration,
  }),
  autoScaling: fc.record({ minSize: fc.nat({ max: 99 }), unhealthyAfter: limit }),
  dns: fc
    .record({
      zone: fc.constantFrom('example.test', 'a-b.example.test'),
      zoneId: fc.constantFrom('Z0123456789ABCDEFGHIJ', 'Z1'),
      record: fc.constant('shop.a-b.example.test'),
      ttl: fc.integer({ min: 1, max: 999 }).map((seconds) => seconds * 1_000),
      nameServers: fc.integer({ min: 1, max: 16 }),
      lag: duration,
      propagation: duration,
    })
    .map((one) => ({ ...one, propagation: Math.max(one.lag, one.propagation) })),
  // Over a network balancer there can be none, and what they are over must be there.
  alarms: fc.constant<RangeSettings['alarms']>([]),
  throttling: fc.boolean(),
  probe: fc.record({ path, versionHeader: word, rate: fc.integer({ min: 1, max: 9_999 }) }),
  // What a partial drain leaves out is the fleet's own, so only a whole one reads back as it was.
  policy: fc.record(
    {
      ...policyFields,
      drain: fc.record(drainFields),
      restore: fc.record(restoreFields),
      bake: fc.record(bakeFields),
    },
    optional,
  ),
};

const range: fc.Arbitrary<RangeSettings> = fc.record(rangeFields, {
  requiredKeys: ['from', 'to', 'releases', 'balancer', 'alarms', 'throttling', 'probe', 'policy'],
});

const fleets: fc.Arbitrary<Fleet> = fc.record(
  {
    service: word,
    release: fc.record({ artifact: word.map((name) => `s3://acme-releases/${name}/{version}.tar.gz`) }),
    ledger: fc.oneof(
      word.map((name) => `s3://acme-releases/${name}/ledger.json`),
      word.map((name) => `file:/srv/${name}/ledger.json`),
    ),
    hosts,
    policy,
    notify: fc.record(
      { issue: fc.boolean(), sns: fc.constant('arn:aws:sns:eu-west-1:000000000000:deployments_a-1') },
      { requiredKeys: ['issue'] },
    ),
    smoke,
    zones,
    range,
  },
  { requiredKeys: ['service', 'release', 'ledger', 'hosts', 'policy', 'notify', 'smoke', 'zones'] },
);

test('a rendered fleet reads back as the same fleet', () => {
  fc.assert(
    fc.property(fleets, (fleet) => expect(parseFleet(renderFleet(fleet), 'fleet.yml')).toEqual(fleet)),
  );
});

test('the storefront reads back as the same fleet', async () => {
  const file = fileURLToPath(new URL('../../examples/storefront/fleet.yml', import.meta.url));
  const fleet = await loadFleet(file);
  expect(parseFleet(renderFleet(fleet), 'fleet.yml')).toEqual(fleet);
});
