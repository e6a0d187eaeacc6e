import { join, resolve } from 'node:path';
import { measureTimeOuts } from './checks.ts';
import { measureInstaller } from './installer.ts';
import { S3_LATENCY } from './meter.ts';
import { measureStartUp, type StartUp, subjectsIn } from './start-up.ts';
import { table } from './table.ts';
import { measureZone } from './zone.ts';
import { countCalls, ledgerCost } from './zone-calls.ts';

/** Milliseconds that bare Node took on the machine the budgets were set on. */
const REFERENCE = 27;
const BUDGET = {
  installer: 300,
  zone: 1.1,
  ledgerWrites: 4,
  ledgerShare: 0.02,
  timeOut: 1.1,
  badInput: 40,
  firstRequest: 95,
  memory: 68e6,
  loaded: 600e3,
};
const ROUNDS = 11;

const root = resolve(import.meta.dirname, '..');
const target = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef';
const hosts = 'i-0123456789abcdef0';
const undoRecord = {
  host: hosts,
  targets: [{ pool: target, id: hosts, port: 8080 }],
  reason: 'bench',
  run: 'local',
  since: '2026-01-01T00:00:00.000Z',
};
const zoned = {
  fleet: join(root, 'examples/storefront/fleet.yml'),
  version: '1.1.0',
  sha256: '0'.repeat(64),
};
const inputs = {
  'plan-zones': { ...zoned, 'allow-unprotected': 'true' },
  'deploy-zone': { ...zoned, zone: 'us-east-1a', 'allow-unprotected': 'true' },
  'promote-zone': { ...zoned, zone: 'us-east-1a' },
  'return-hosts': { fleet: zoned.fleet },
  'drain-target': { 'target-groups': target, hosts },
  'upgrade-host': {
    hosts,
    artifact: 's3://acme-releases/storefront/1.1.0.tar.gz',
    version: '1.1.0',
    sha256: '0'.repeat(64),
    directory: '/srv/storefront',
    port: '8080',
  },
  'smoke-test': { hosts, port: '8080', checks: '[{ name: home, path: / }]' },
  'restore-target': { undo: JSON.stringify([undoRecord]) },
  'pool-flip': {
    listener:
      'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/0123456789abcdef/0123456789abcdef',
    from: target,
    to: target.replace('/web/', '/web-next/'),
    checks: '[{ name: home, path: / }]',
    'verify-identity': 'false',
  },
  'cname-flip': {
    'zone-id': 'Z0123456789ABCDEFGHIJ',
    record: 'www.example.com',
    from: 'blue.example.net',
    to: 'green.example.net',
    checks: '[{ name: home, path: / }]',
  },
};

const { bare, bundles } = await measureStartUp(subjectsIn(join(root, 'dist'), inputs), ROUNDS);

console.log(
  `Start-up of every bundle, medians of ${ROUNDS} rounds; bare Node takes ${bare.toFixed(1)} ms here.`,
);
console.log(
  `"×" is against bare Node in the same rounds; budgets are for a machine where it takes ${REFERENCE} ms.\n`,
);
console.log(
  table([
    ['bundle', 'bad input', '×', 'first AWS call', '×', 'peak memory', 'entry', 'JavaScript loaded'],
    ...bundles.map(row),
    [
      'budget',
      `${BUDGET.badInput} ms`,
      (BUDGET.badInput / REFERENCE).toFixed(2),
      `${BUDGET.firstRequest} ms`,
      (BUDGET.firstRequest / REFERENCE).toFixed(2),
      megabytes(BUDGET.memory),
      '',
      kilobytes(BUDGET.loaded),
    ],
  ]),
);

console.log('\nThe installer on one host, beyond download and hooks: 20 upgrades in each shell.\n');
console.log(
  table([
    ['shell', 'median', 'most', 'budget'],
    ...(await measureInstaller(20)).map(({ shell, median, most }) => [
      shell,
      `${median.toFixed(0)} ms${over(median, BUDGET.installer)}`,
      `${most.toFixed(0)} ms${over(most, BUDGET.installer)}`,
      `${BUDGET.installer} ms`,
    ]),
  ]),
);

console.log(
  '\nOne zone by the committed bundle, on the range, with the waits of a real ALB; about a minute.\n',
);
const zone = await measureZone();
const ratio = zone.took / zone.unavoidable;
console.log(
  table([
    ['hosts', 'took', 'unavoidable waits', 'ratio', 'budget'],
    [
      String(zone.hosts),
      `${(zone.took / 1e3).toFixed(1)} s`,
      `${(zone.unavoidable / 1e3).toFixed(1)} s`,
      marked(ratio, BUDGET.zone),
      BUDGET.zone.toFixed(2),
    ],
  ]),
);

console.log('\nIts calls to AWS, the most frequent first. Every host is a batch of its own.\n');
console.log(
  table([
    ['call', 'in all', 'per host', 'time in all', 'of the zone'],
    ...countCalls(zone.calls).map(({ operation, count, took }) => [
      operation,
      String(count),
      (count / zone.hosts).toFixed(1),
      `${took.toFixed(0)} ms`,
      percent(took / zone.took),
    ]),
    ['together', String(zone.calls.length), (zone.calls.length / zone.hosts).toFixed(1)],
  ]),
);

console.log(`\nIts ledger and its lease; each call of S3 is held for ${S3_LATENCY} ms.\n`);
const ledger = ledgerCost(zone.calls);
const share = ledger.took / zone.took;
const writes = ledger.batches / zone.batches;
console.log(
  table([
    [
      'reads',
      'writes: zone',
      'batches',
      'renewals',
      'proofs',
      'per batch',
      'budget',
      'of the zone',
      'budget',
    ],
    [
      ...[ledger.reads, ledger.zone, ledger.batches, ledger.renewals, ledger.refused].map(String),
      writes.toFixed(1) + over(writes, BUDGET.ledgerWrites),
      BUDGET.ledgerWrites.toFixed(1),
      percent(share) + over(share, BUDGET.ledgerShare),
      percent(BUDGET.ledgerShare),
    ],
  ]),
);

console.log('\nChecks that nobody answers, from the runner: how long they took of what they may.\n');
console.log(
  table([
    ['check', 'limit', 'took', 'ratio', 'budget'],
    ...(await measureTimeOuts()).map(({ question, limit, took }) => [
      question,
      `${limit} ms`,
      `${took.toFixed(0)} ms`,
      marked(took / limit, BUDGET.timeOut),
      BUDGET.timeOut.toFixed(2),
    ]),
  ]),
);

function row(bundle: StartUp): readonly string[] {
  const { firstRequest } = bundle;
  return [
    bundle.name,
    `${bundle.badInput.toFixed(1)} ms`,
    marked(bundle.badInput / bare, BUDGET.badInput / REFERENCE),
    firstRequest === undefined ? 'none made' : `${firstRequest.toFixed(1)} ms`,
    firstRequest === undefined ? '' : marked(firstRequest / bare, BUDGET.firstRequest / REFERENCE),
    bundle.memory === undefined ? '' : megabytes(bundle.memory) + over(bundle.memory, BUDGET.memory),
    kilobytes(bundle.entry),
    kilobytes(bundle.loaded) + over(bundle.loaded, BUDGET.loaded),
  ];
}

function marked(ratio: number, budget: number): string {
  return ratio.toFixed(2) + over(ratio, budget);
}

function over(value: number, budget: number): string {
  return value > budget ? ' OVER' : '';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(0)} kB`;
}
