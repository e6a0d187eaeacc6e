import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFleet } from '../fleet/load.ts';
import { forkRange } from '../range/fork.ts';
import type { HostSnapshot, Range } from '../range/range.ts';
import { PlatformError, UserError } from '../runner/errors.ts';
import { describeGitHub, startFleetGitHub } from './range-github.ts';
import { parseWords } from './words.ts';

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

const EXAMPLE = fileURLToPath(new URL('../../examples/storefront/fleet.yml', import.meta.url));
const LARGEST_SEED = 2 ** 31 - 1;

const HELP = `Starts a range: a stand-in for AWS on this machine, with the hosts of a fleet running on it, and beside it one for
GitHub, where every zone of the fleet waits for a review.

  npm run range -- [FLEET] [--seed N]

  FLEET      fleet file with a "range:" (default: examples/storefront/fleet.yml)
  --seed N   seeds every random decision of the range, 0 to ${LARGEST_SEED} (default: 1)
  --help     shows this

Point any client at them with the variables it prints. Ctrl-C stops it and removes everything it made.
`;

interface Options {
  readonly fleetFile: string;
  readonly seed: number;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

/** Runs the command and gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const options = readOptions(words);
    if (options === 'help') process.stdout.write(HELP);
    else await serve(options);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof PlatformError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function readOptions(words: readonly string[]): Options | 'help' {
  const { values, positionals } = parseWords(words, OPTIONS);
  if (values.help) return 'help';
  if (positionals.length > 1) {
    throw new UserError(`Expected one fleet file, saw ${positionals.join(' ')}. Name one.`);
  }
  const { seed } = values;
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > LARGEST_SEED) {
    throw new UserError(`--seed is ${seed}, expected a whole number from 0 to ${LARGEST_SEED}.`);
  }
  return { fleetFile: resolve(positionals[0] ?? EXAMPLE), seed: Number(seed) };
}

async function serve({ fleetFile, seed }: Options): Promise<void> {
  if (fleetFile === EXAMPLE) {
    const { pack } = await import('../../examples/storefront/pack.ts');
    await pack(join(dirname(EXAMPLE), 'releases'));
  }
  const fleet = await loadFleet(fleetFile);
  const told = signalled();
  const folder = await mkdtemp(join(tmpdir(), 'zonewise-range-'));
  console.log(`Starting the hosts of ${fleet.service} ...`);
  await using started = new AsyncDisposableStack();
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const range = await forkRange({ fleet, fleetFolder: dirname(fleetFile), folder, seed, faults: [] });
  started.defer(() => range.stop());
  const github = await startFleetGitHub(fleet);
  started.defer(() => github.stop());
  const lost = range.ended.then(() => 'lost' as const);
  process.stdout.write(describe(range, await range.hosts(), fleet.range?.dns?.record));
  process.stdout.write([...describeGitHub(github), 'Ctrl-C stops the range.', ''].join('\n'));
  if ((await Promise.race([told, lost])) === 'lost') {
    throw new PlatformError('The range ended by itself; what it printed above says why. Start it again.');
  }
  console.log('Stopping ...');
}

/** Resolves at the first signal to stop; from now on such a signal does not end this process by itself. */
function signalled(): Promise<'told'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve('told'));
  });
}

/** @param record name that the range's name servers know, if it has any */
function describe(range: Range, hosts: readonly HostSnapshot[], record: string | undefined): string {
  const rows = hosts.map(({ host, zone, address, port, release = 'none', process: id }) => [
    host,
    zone,
    `http://${address}:${port}`,
    release,
    id === undefined ? 'not running' : String(id),
  ]);
  const entrances = range.entrances.map(({ region, url }) => [region, url]);
  const balancers = range.balancers.map(({ name, dnsName, port, listener }) => [
    name,
    `http://${dnsName}:${port}`,
    listener,
  ]);
  const exports = Object.entries(range.environment).map(([name, value]) => `export ${name}=${value}`);
  return [
    '',
    ...table([['HOST', 'ZONE', 'ADDRESS', 'RELEASE', 'PROCESS'], ...rows]),
    '',
    ...table([['REGION', 'ENTRANCE OF ITS BALANCER'], ...entrances]),
    '',
    ...table([['BALANCER', 'URL', 'LISTENER'], ...balancers]),
    '',
    ...describeNames(range, record),
    'Point AWS clients at the range:',
    '',
    // A profile or a session of the shell would be used in place of the range's credentials.
    'unset AWS_PROFILE AWS_SESSION_TOKEN',
    ...exports,
    '',
    '',
  ].join('\n');
}

function describeNames({ dns }: Range, record: string | undefined): readonly string[] {
  const [first] = dns?.nameServers ?? [];
  if (dns === undefined || first === undefined || record === undefined) return [];
  const servers = dns.nameServers.map(({ name, address, port }) => [name, `${address}:${port}`]);
  return [
    ...table([['NAME SERVER', 'ADDRESS'], ...servers]),
    '',
    'The names in these URLs are known to them alone. Ask them:',
    '',
    `dig @${first.address} -p ${first.port} ${record}`,
    '',
  ];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
