import { createHash } from 'node:crypto';
import type { HostResult } from '../../src/hosts/port.ts';
import { INSTALLER_SCRIPT } from '../../src/hosts/scripts/installer.ts';
import { PROBE_SCRIPT } from '../../src/hosts/scripts/probe.ts';
import { QUIET_SCRIPT } from '../../src/hosts/scripts/quiet.ts';
import { CLEAR_RECORD_SCRIPT, RECORD_SCRIPT } from '../../src/hosts/scripts/record.ts';
import { REPEAT_SCRIPT } from '../../src/hosts/scripts/repeat.ts';
import { RUN_PROGRAM_SCRIPT } from '../../src/hosts/scripts/run-program.ts';
import { SERVING_SCRIPT } from '../../src/hosts/scripts/serving.ts';
import { STATUS_SCRIPT } from '../../src/hosts/scripts/status.ts';
import type { World } from './world.ts';

export const DIRECTORY = '/srv/storefront';

/** A host as the scripts of Zonewise find it. */
export interface FakeHost {
  readonly id: string;
  readonly address: string;
  reachable: boolean;
  /** Its health check answers 503. */
  sick: boolean;
  /** No node of the balancer uses it, whatever the balancer shows. */
  hidden: boolean;
  /** Its service manager says it restarted the service, and did not. */
  stale: boolean;
  connections: number;
  /** Whether users' requests reach it after its return. */
  used: boolean;
  readonly installed: Map<string, string>;
  /** Of the installed releases that have one. */
  readonly ordinals: Map<string, number>;
  current: string;
  /** Seconds since 1970 when `current` was switched; `null` on a host that cannot tell. */
  switchedAt: number | null;
  /** What `current` pointed to before. */
  previous: string;
  /** Its start hook fails, whatever the release. */
  bootless: boolean;
  process: { readonly version: string; readonly sha256: string; readonly startedAt: number } | undefined;
  /** Content of the record of being out of service. */
  record: string | undefined;
}

const SCRIPTS = {
  status: STATUS_SCRIPT,
  record: RECORD_SCRIPT,
  clear: CLEAR_RECORD_SCRIPT,
  quiet: QUIET_SCRIPT,
  serving: SERVING_SCRIPT,
  installer: INSTALLER_SCRIPT,
  probe: PROBE_SCRIPT,
  program: RUN_PROGRAM_SCRIPT,
  repeat: REPEAT_SCRIPT,
} as const;
export type ScriptName = keyof typeof SCRIPTS;

const NAMES: readonly ScriptName[] = [
  'status',
  'record',
  'clear',
  'quiet',
  'serving',
  'installer',
  'probe',
  'program',
  'repeat',
];

export function scriptName(script: string): ScriptName {
  const name = NAMES.find((each) => SCRIPTS[each] === script);
  if (name === undefined) throw new Error('The world knows no such script.');
  return name;
}

/** The digest of a version's archive in this world. */
export function digestOf(version: string): string {
  return createHash('sha256').update(version).digest('hex');
}

/** Does on a host what the script would do, and answers as it would. */
export function performScript(
  world: World,
  host: FakeHost,
  name: ScriptName,
  data: readonly string[],
): HostResult {
  const answer = ACTS[name](world, host, data);
  if (typeof answer === 'string') {
    return { host: host.id, outcome: 'failed', exitCode: 30, stdout: '', stderr: answer };
  }
  return { host: host.id, outcome: 'done', stdout: `${JSON.stringify(answer)}\n`, stderr: '' };
}

type Act = (world: World, host: FakeHost, data: readonly string[]) => object | string;

const ACTS: Readonly<Record<ScriptName, Act>> = {
  status: (_, host, [directory]) => {
    if (directory === '') return { version: '', sha256: '', record: encode(host.record ?? '') };
    if (directory !== DIRECTORY) return `there is no ${directory}`;
    const sha256 = host.installed.get(host.current) ?? '';
    const ordinal = host.ordinals.get(host.current) ?? null;
    const { switchedAt } = host;
    return { version: host.current, sha256, ordinal, switchedAt, record: encode(host.record ?? '') };
  },
  record: (_, host, [text]) => {
    host.record = text;
    return { recorded: true };
  },
  clear: (_, host) => {
    host.record = undefined;
    return { cleared: true };
  },
  quiet: (_, { connections }) => ({ quiet: connections === 0, work: connections, peak: connections }),
  serving: (_, { used }) => ({ serving: used }),
  installer: (world, host, data) => {
    const [, , , , , , asked = '', sha256 = '', url = '', , , ordinal = ''] = data;
    const version = asked === 'previous' ? host.previous : asked;
    const installed = url !== '' && host.installed.get(version) !== sha256;
    if (installed) host.installed.set(version, sha256);
    if (installed && ordinal !== '') host.ordinals.set(version, Number(ordinal));
    const digest = host.installed.get(version);
    if (digest === undefined) return failedAt('release', `release ${version} is not on the host`);
    const before = host.current;
    if (host.bootless) return failedAt('start', 'the start hook ended with exit code 1');
    host.current = version;
    if (before !== version) {
      host.previous = before;
      host.switchedAt = Math.floor(world.now() / 1_000);
    }
    if (!host.stale) host.process = { version, sha256: digest, startedAt: world.now() };
    if (version.endsWith('-crash')) host.process = undefined;
    return {
      outcome: 'switched',
      step: '',
      problem: '',
      installed,
      switched: true,
      version,
      previous: before,
      sha256: digest,
      switchedAt: Math.floor(world.now() / 1_000),
      replayed: false,
      output: encode('started'),
      milliseconds: { download: 5, unpack: 5, hooks: 20, total: 60 },
    };
  },
  probe: (world, host, [, , , , , , , , ...urls]) => ({
    answers: urls.map((url) => fetchFrom(world, host, new URL(url))),
  }),
  program: () => ({ exitCode: 0, milliseconds: 5, output: encode('connected') }),
  repeat: (world, _, [times, , , , , , , , , , , asked = '']) => {
    const url = new URL(asked);
    const serving = behind(world, url);
    const answers = Array.from({ length: Number(times) }, (_, index) => {
      const through = serving[index % Math.max(serving.length, 1)];
      return through === undefined ? answered(503, 'no target') : serve(world, through, url.pathname, true);
    });
    return { milliseconds: 50, answers };
  },
};

/** Hosts that a balancer passes requests to. */
function behind(world: World, { hostname }: URL): readonly FakeHost[] {
  return world.inService(hostname.split('.')[0] ?? '').filter(({ sick, hidden }) => !sick && !hidden);
}

function fetchFrom(world: World, asker: FakeHost, url: URL): object {
  if (url.hostname.endsWith('.balancer.test')) {
    const serving = behind(world, url);
    // The host that was just returned is asked; the others have been asked by users all the time.
    const through = serving.find(({ id }) => id === asker.id) ?? serving[0];
    return through === undefined ? answered(503, 'no target') : serve(world, through, url.pathname, true);
  }
  const target = [...world.hosts.values()].find(({ address }) => address === url.hostname);
  return target === undefined || url.port !== '8080' ? silent() : serve(world, target, url.pathname, false);
}

function serve(
  world: World,
  { id, process, sick }: FakeHost,
  path: string,
  throughBalancer: boolean,
): object {
  if (process === undefined) return silent();
  const { version, sha256, startedAt } = process;
  switch (path) {
    case '/healthz':
      return answered(sick ? 503 : 200, '');
    case '/version':
      return answered(
        200,
        JSON.stringify({ version, digest: sha256, started_at: new Date(startedAt).toISOString(), host: id }),
      );
    case '/': {
      const broken = version.endsWith('-broken') || (throughBalancer && version.endsWith('-shy'));
      return broken ? answered(500, 'the shelves are empty') : answered(200, 'Welcome');
    }
    case '/api/cart': {
      // What a release with this name does to the shared database, older ones do not understand.
      const migrated = world.inService('web').some((host) => host.process?.version.endsWith('-migrating'));
      const understood = !migrated || version.endsWith('-migrating');
      return understood ? answered(200, '{"items":[]}') : answered(500, 'unknown column');
    }
    default:
      return answered(404, '');
  }
}

function failedAt(step: string, problem: string): object {
  return { outcome: 'failed', step, problem: encode(problem), switched: false, output: encode(`no ${step}`) };
}

function answered(status: number, body: string): object {
  return { status, milliseconds: 5, problem: '', body: encode(body) };
}

function silent(): object {
  return { status: 0, milliseconds: 0, problem: encode('Connection refused'), body: '' };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
