import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RangeFault } from '../../src/range/range.ts';
import { HOOK_LOG, packRelease, say } from './releases.ts';
import { type Ended, runBundle } from './run-bundle.ts';
import { startTestRange, type TestRange } from './test-range.ts';

/** Hooks of every release here: they write down that they ran. The others do more than that. */
const HOOKS = { 'before-install': say(), 'after-install': say(), verify: say() };

/** Fails once on each host, and then does what the storefront's does. */
const LATE = say('[ -e ../../tried ] || { touch ../../tried; exit 1; }\nexec systemctl start storefront');

const RELEASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.2.0': HOOKS,
  // A release that can never be stopped again by its own script.
  '1.2.1-hanging-stop': { ...HOOKS, stop: say('systemctl stop storefront; exit 0') },
  '1.2.2-verify': { ...HOOKS, verify: say('echo "the database is $DATABASE_STATE"; exit 3') },
  '1.2.3-before': { ...HOOKS, 'before-install': say('exit 4') },
  '1.2.4-late': { ...HOOKS, start: LATE },
  // Starts everywhere but on a machine that is not right.
  '1.2.6-picky': { ...HOOKS, start: say('[ ! -e ../../bad ] || exit 6\nexec systemctl start storefront') },
  '1.2.5-unstartable': { ...HOOKS, start: say('exit 5') },
};

/** A range whose hosts are of one Auto Scaling group, with releases that have every kind of hook. */
export interface UpgradeRange extends TestRange {
  /** Runs upgrade-host on hosts of the range with the hooks of the releases above. */
  upgrade(
    hosts: readonly string[],
    version: string,
    inputs?: Readonly<Record<string, string>>,
  ): Promise<Ended & { readonly results: readonly Result[] }>;
  /** Lines that the hooks wrote on a host since the last time. */
  hooks(host: string): Promise<readonly string[]>;
  /** Where a path of a host is. */
  at(host: string, path: string): string;
  exists(host: string, path: string): Promise<boolean>;
}

export interface Result {
  readonly host: string;
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
  readonly sha256?: string;
  readonly successor?: string;
  readonly proof: string;
  readonly output?: string;
  readonly milliseconds?: Readonly<Record<string, number>>;
}

export async function startUpgradeRange(faults: readonly RangeFault[] = []): Promise<UpgradeRange> {
  const world = await startTestRange(faults, 'upgrade-fleet.yml', async (folder) => {
    for (const [version, programs] of Object.entries(RELEASES)) await packRelease(folder, version, programs);
  });
  const at = (host: string, path: string) => join(world.folder, 'range/hosts', host, path);
  return {
    ...world,
    at,
    exists: (host, path) =>
      stat(at(host, path)).then(
        () => true,
        () => false,
      ),
    async upgrade(hosts, version, inputs = {}) {
      const known = await world.range.hosts();
      const ended = await runBundle('upgrade-host', {
        inputs: {
          hosts: hosts.map((id) => `${id}:${known.find(({ host }) => host === id)?.port}`).join('\n'),
          version,
          ...(version === 'previous' ? {} : { artifact: `s3://releases/storefront/${version}.tar.gz` }),
          directory: '/srv/storefront',
          zone: 'us-east-1a',
          stop: './bin/stop',
          start: './bin/start',
          ...(version.startsWith('1.2') ? hookInputs() : {}),
          'start-timeout': '15s',
          'identity-url': 'http://{address}:{port}/version',
          'identity-digest': 'digest',
          'identity-started': 'started_at',
          ...inputs,
        },
        environment: world.range.environment,
        folder: world.folder,
      });
      return { ...ended, results: JSON.parse(ended.outputs['results'] ?? '[]') };
    },
    async hooks(host) {
      const file = at(host, `srv/storefront/${HOOK_LOG}`);
      const text = await readFile(file, 'utf8').catch(() => '');
      await rm(file, { force: true });
      return text.split('\n').filter((line) => line !== '');
    },
  };
}

function hookInputs(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(HOOKS).map((name) => [name, `./bin/${name}`]));
}
