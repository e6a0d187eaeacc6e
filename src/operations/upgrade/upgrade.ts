import { randomUUID } from 'node:crypto';
import type { Artifact } from '../../artifacts/port.ts';
import type { Hooks, Identity } from '../../fleet/fleet.ts';
import {
  type Answer,
  answerField,
  encodedField,
  numberField,
  readAnswer,
  textField,
} from '../../hosts/answer.ts';
import type { HostCommand, HostResult } from '../../hosts/port.ts';
import { INSTALLER_SCRIPT } from '../../hosts/scripts/installer.ts';
import type { HostContext, ReleaseContext } from '../context.ts';
import { enter } from '../pools.ts';
import { describeFailure } from '../records.ts';

/** A presigned URL outlives the download by far and is useless to whoever finds it in a log the next day. */
const URL_LIFETIME = 15 * 60_000;
/** Longest download and unpacking of one archive. */
const INSTALL_TIMEOUT = 10 * 60_000;
/** Hooks of a release: before-install, stop, start, after-install, verify. */
const HOOKS = 5;
/** A hook that is told to end has 2 s to do so; the rest is for the installer itself. */
const HOOK_MARGIN = 5_000;

/** Where a service lives on its hosts and how it is stopped, started and recognised. */
export interface ServiceSettings {
  readonly service: string;
  readonly zone: string;
  readonly directory: string;
  readonly keepReleases: number;
  readonly hooks: Hooks;
  readonly unit?: string;
  readonly hookTimeout: number;
  readonly startTimeout: number;
  readonly identity?: Identity;
}

export interface Release {
  readonly version: string;
  readonly artifact: Artifact;
  /** Grows with every release, for those who compare them. */
  readonly ordinal?: number;
}

/** What is to run on a host: a release that is fetched unless it is there, or one that the host still has. */
export type Wanted =
  | ({ readonly kind: 'release' } & Release)
  | { readonly kind: 'on-disk'; readonly version: string }
  /** Whatever ran before the present release. */
  | { readonly kind: 'previous' };

/** A host to upgrade, with its network address and the ports its service answers on. */
export interface UpgradeHost {
  readonly host: string;
  readonly address: string;
  readonly ports: readonly number[];
  /** Paths that the balancers ask for on those ports, and the statuses that they take for healthy. */
  readonly health: readonly { readonly port: number; readonly path: string; readonly statuses: string }[];
}

/** How a step went on one host. */
export type StepResult<T = undefined> =
  | { readonly host: string; readonly kind: 'done'; readonly value: T }
  | { readonly host: string; readonly kind: 'failed'; readonly problem: string };

/** How the installer went on one host; `touched` is whether the service may have been stopped or switched. */
export type ApplyResult =
  | { readonly host: string; readonly kind: 'done'; readonly value: Applied }
  | {
      readonly host: string;
      readonly kind: 'failed';
      readonly problem: string;
      readonly touched: boolean;
      readonly trace: Trace;
    };

/** What `current` points to now, since when in seconds of the host's own clock, and what it pointed to before. */
export interface Applied {
  readonly version: string;
  readonly previous: string;
  readonly sha256: string;
  readonly switchedAt: number;
  readonly trace: Trace;
}

/** What the installer did on a host, for the report. */
export interface Trace {
  /** Milliseconds; `total` includes the rest. */
  readonly milliseconds: {
    readonly download: number;
    readonly unpack: number;
    readonly hooks: number;
    readonly total: number;
  };
  /** Last 50 lines that the hooks printed. */
  readonly output: string;
}

const NO_TRACE: Trace = { milliseconds: { download: 0, unpack: 0, hooks: 0, total: 0 }, output: '' };

/** Steps of the installer during which the service goes on as it was. */
const HARMLESS: readonly string[] = [
  'lock',
  'disk',
  'download',
  'digest',
  'unpack',
  'release',
  'before-install',
];

/**
 * Brings what is wanted onto every host and starts it there: fetched, proven and unpacked beside the running release,
 * hooks run in their order, `current` switched in one rename. One command a host, each judged by itself.
 */
export async function applyRelease(
  context: ReleaseContext,
  settings: ServiceSettings,
  changes: readonly { readonly host: string; readonly wanted: Wanted }[],
): Promise<readonly ApplyResult[]> {
  const releases = new Set(changes.flatMap(({ wanted }) => (wanted.kind === 'release' ? [wanted] : [])));
  const urls = new Map<Wanted, string>();
  for (const release of releases) {
    urls.set(release, await context.artifacts.url(release.artifact, URL_LIFETIME));
  }
  for (const { host, wanted } of changes) enter(context, [host], 'installing', nameOf(wanted));
  // The transport may deliver a command twice; this is how a host knows the second one. One for all, so that one call serves them.
  const id = randomUUID();
  const commands = changes.map(({ host, wanted }) =>
    installer(context, settings, host, { id, wanted, url: urls.get(wanted) ?? '' }),
  );
  const results = await context.transport.run(commands, context.signal);
  return results.map((result) => judge(context, result));
}

/** A release in words. */
export function nameOf(wanted: Wanted): string {
  return wanted.kind === 'previous' ? 'the release before' : wanted.version;
}

function installer(
  context: HostContext,
  settings: ServiceSettings,
  host: string,
  { id, wanted, url }: { readonly id: string; readonly wanted: Wanted; readonly url: string },
): HostCommand {
  const { service, zone, directory, hooks, unit, hookTimeout, keepReleases } = settings;
  const artifact = wanted.kind === 'release' ? wanted.artifact : undefined;
  const ordinal = wanted.kind === 'release' ? wanted.ordinal : undefined;
  const timeout = INSTALL_TIMEOUT + HOOKS * (hookTimeout + HOOK_MARGIN);
  const { beforeInstall = '', stop = '', start = '', afterInstall = '', verify = '' } = hooks;
  return {
    host,
    script: INSTALLER_SCRIPT,
    arguments: [
      id,
      context.run,
      seconds(timeout),
      service,
      zone,
      directory,
      wanted.kind === 'previous' ? 'previous' : wanted.version,
      artifact?.sha256 ?? '',
      url,
      artifact?.format ?? 'tar.gz',
      String(artifact?.size ?? 0),
      ordinal === undefined ? '' : String(ordinal),
      String(keepReleases),
      seconds(hookTimeout),
      unit ?? '',
      ...[beforeInstall, stop, start, afterInstall, verify],
    ],
    timeout,
  };
}

function judge(context: HostContext, result: HostResult): ApplyResult {
  const { host } = result;
  const failed = (problem: string, touched: boolean, trace: Trace): ApplyResult => {
    return { host, kind: 'failed', problem, touched, trace };
  };
  if (result.outcome !== 'done') return failed(describeFailure(result), true, NO_TRACE);
  try {
    const answer = readAnswer(host, result.stdout);
    const trace = traceOf(answer);
    if (textField(answer, 'outcome') !== 'switched') {
      const step = textField(answer, 'step');
      return failed(`${step}: ${encodedField(answer, 'problem')}`, !HARMLESS.includes(step), trace);
    }
    const version = textField(answer, 'version');
    const sha256 = textField(answer, 'sha256');
    const what = answer['installed'] === true ? 'installed' : 'was already there';
    context.log.info(`${host}: release ${version} ${what} (sha256 ${sha256}) and is current`);
    const previous = textField(answer, 'previous');
    const switchedAt = numberField(answer, 'switchedAt');
    return { host, kind: 'done', value: { version, previous, sha256, switchedAt, trace } };
  } catch (error) {
    // One host's unreadable answer must not hide how the others went.
    return failed(error instanceof Error ? error.message : String(error), true, NO_TRACE);
  }
}

function traceOf(answer: Answer): Trace {
  const spent = answerField(answer, 'milliseconds');
  return {
    milliseconds: {
      download: numberField(spent, 'download'),
      unpack: numberField(spent, 'unpack'),
      hooks: numberField(spent, 'hooks'),
      total: numberField(spent, 'total'),
    },
    output: encodedField(answer, 'output').trimEnd(),
  };
}

function seconds(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 1_000));
}
