import { NO_SOURCE, openSource } from '../artifacts/open.ts';
import type { Amount } from '../fleet/amount.ts';
import { type FailureLadder, hasRung } from '../fleet/ladder.ts';
import type { ReleaseContext } from '../operations/context.ts';
import { isGood } from '../operations/upgrade/host-report.ts';
import type { ServiceSettings, Wanted } from '../operations/upgrade/upgrade.ts';
import { UserError } from '../runner/errors.ts';
import { type Conflict, optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import {
  absolutePath,
  amount,
  artifact,
  boolean,
  duration,
  hostNames,
  hostUrl,
  integer,
  ladder,
  marker,
  oneOf,
  port,
  programInRelease,
  s3Folder,
  sha256,
  systemdUnit,
  text,
  version,
} from '../runner/kinds.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';
import { undoRecords } from '../runner/undo.ts';

const INPUTS = {
  hosts: optional(hostNames()),
  transport: withDefault(oneOf('ssm', 'local'), 'ssm'),
  artifact: optional(artifact()),
  version: required(version()),
  sha256: optional(sha256()),
  ordinal: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  directory: required(absolutePath()),
  service: optional(text('the name of the service', 'storefront')),
  zone: withDefault(text('the name of the zone', 'us-east-1a'), ''),
  'before-install': optional(programInRelease()),
  stop: optional(programInRelease()),
  start: optional(programInRelease()),
  'after-install': optional(programInRelease()),
  verify: optional(programInRelease()),
  unit: optional(systemdUnit()),
  'hook-timeout': withDefault(duration(1_000), 60_000),
  'start-timeout': withDefault(duration(1_000), 60_000),
  port: optional(port()),
  'identity-url': optional(hostUrl()),
  'identity-version': withDefault(marker('version'), 'version'),
  'identity-digest': optional(marker('digest')),
  'identity-started': optional(marker('started_at')),
  'keep-releases': withDefault(integer(2, 1_000), 5),
  'max-parallel': withDefault<Amount>(amount(), { kind: 'percent', value: 100 }),
  'max-failures': withDefault(integer(0, 10_000), 0),
  'on-failure': withDefault<FailureLadder>(ladder(), [{ kind: 'retry', times: 2 }, { kind: 'roll-back' }]),
  undo: optional(undoRecords()),
  'command-output': optional(s3Folder()),
  'dry-run': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

/** The id of the only host that the local transport knows. */
const LOCAL = 'local';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, INPUTS, contradictions);
  const names = inputs.hosts ?? [{ host: LOCAL }];
  const [{ addressesOf }, { upgradeHosts }, { succeedRecords }, { hostResults, hostsSummary }, context] =
    await Promise.all([
      import('../operations/ask/addresses.ts'),
      import('../operations/upgrade/upgrade-hosts.ts'),
      import('../operations/upgrade/succeed.ts'),
      import('../report/hosts.ts'),
      surroundings(edge, inputs),
    ]);
  const wanted = await wantedOf(context, inputs);
  const addresses = await addressesOf(
    context,
    names.map(({ host }) => host),
  );
  if (inputs['identity-url'] === undefined) {
    edge.log.warning('There is no identity-url: nothing proves which release a process runs.');
  }
  const { hosts, successors } = await upgradeHosts(context, {
    settings: settingsOf(inputs),
    wanted,
    hosts: names.map(({ host, port: own }) => {
      const ports = [own ?? inputs.port ?? []].flat();
      return { host, address: addresses.get(host) ?? '127.0.0.1', ports, health: [] };
    }),
    ladder: inputs['on-failure'],
    maxParallel: inputs['max-parallel'],
    maxFailures: inputs['max-failures'],
    dryRun: inputs['dry-run'],
  });
  const bad = inputs['dry-run'] ? [] : hosts.filter((report) => !isGood(report));
  edge.setOutput('results', hostResults(hosts));
  edge.setOutput(
    'succeeded',
    hosts
      .filter(isGood)
      .map(({ host, successor }) => successor ?? host)
      .join('\n'),
  );
  edge.setOutput('failed', bad.map(({ host }) => host).join('\n'));
  edge.setOutput(
    'replaced',
    Object.fromEntries(successors.map(({ replaced, host }) => [replaced, host.host])),
  );
  if (inputs.undo !== undefined) {
    edge.setOutput('undo', await succeedRecords(context, inputs.undo, successors));
  }
  const title = `Upgrade to ${inputs.version}${inputs['dry-run'] ? ': dry run, nothing was touched' : ''}`;
  await edge.summary(hostsSummary(title, hosts));
  if (bad.length === 0) return;
  const lines = bad.map(({ host, outcome, from, proof }) => `- ${host}: ${outcome} (was ${from}): ${proof}`);
  throw new UserError(
    [`${bad.length} of ${hosts.length} hosts do not run ${inputs.version}.`, ...lines].join('\n'),
  );
}

/** The ways to hosts, archives and groups that the inputs ask for; each is loaded only then. */
async function surroundings(edge: Edge, inputs: Inputs) {
  const needsAws = inputs.transport === 'ssm' || inputs.artifact?.startsWith('s3://');
  const region = needsAws ? regionOf(edge.env) : '';
  const output = inputs['command-output'];
  const transport = async () => {
    if (inputs.transport === 'local') return (await import('../hosts/local.ts')).createLocalTransport();
    const { createSsmTransport } = await import('../hosts/ssm.ts');
    return createSsmTransport({ region, ...(output === undefined ? {} : { output }) });
  };
  const scaling = async () =>
    hasRung(inputs['on-failure'], 'replace')
      ? { scaling: (await import('../hosts/auto-scaling.ts')).createAutoScaling({ region }) }
      : {};
  const [way, artifacts, groups] = await Promise.all([
    transport(),
    inputs.artifact === undefined ? NO_SOURCE : openSource(inputs.artifact, { region, mask: edge.mask }),
    scaling(),
  ]);
  return { ...edge, transport: way, artifacts, ...groups };
}

async function wantedOf({ artifacts }: Pick<ReleaseContext, 'artifacts'>, inputs: Inputs): Promise<Wanted> {
  const { version, artifact: location, sha256: digest, ordinal } = inputs;
  if (location === undefined) return { kind: 'previous' };
  const found = await artifacts.find(location, digest);
  return { kind: 'release', version, artifact: found, ...given('ordinal', ordinal) };
}

function settingsOf(inputs: Inputs): ServiceSettings {
  const url = inputs['identity-url'];
  return {
    service: inputs.service ?? inputs.directory.split('/').at(-1) ?? '',
    zone: inputs.zone,
    directory: inputs.directory,
    keepReleases: inputs['keep-releases'],
    hooks: {
      ...given('beforeInstall', inputs['before-install']),
      ...given('stop', inputs.stop),
      ...given('start', inputs.start),
      ...given('afterInstall', inputs['after-install']),
      ...given('verify', inputs.verify),
    },
    ...given('unit', inputs.unit),
    hookTimeout: inputs['hook-timeout'],
    startTimeout: inputs['start-timeout'],
    ...(url === undefined
      ? {}
      : {
          identity: {
            url,
            version: inputs['identity-version'],
            ...given('digest', inputs['identity-digest']),
            ...given('started', inputs['identity-started']),
          },
        }),
  };
}

function contradictions(inputs: Partial<Inputs>): readonly Conflict<keyof typeof INPUTS>[] {
  const { hosts, transport, artifact: location, version: name } = inputs;
  const onHost = transport === 'local';
  const rules: readonly (Conflict<keyof typeof INPUTS> & { readonly broken: boolean })[] = [
    {
      broken: !onHost && hosts === undefined,
      inputs: ['hosts', 'transport'],
      problem:
        '`hosts` is missing; expected an instance id per line. Write it under `with:`, or `transport: local`.',
    },
    {
      broken: onHost && hosts !== undefined,
      inputs: ['hosts', 'transport'],
      problem:
        '`hosts` is given with `transport: local`, where the runner is the host. Remove one of the two.',
    },
    {
      broken: inputs.port === undefined && (onHost || (hosts ?? []).some((each) => each.port === undefined)),
      inputs: ['port', 'hosts'],
      problem:
        '`port` is missing; expected the port on which the service listens, there or behind each of the `hosts`.',
    },
    {
      broken: onHost && hasRung(inputs['on-failure'] ?? [], 'replace'),
      inputs: ['on-failure', 'transport'],
      problem:
        '`on-failure` says `replace` with `transport: local`: a runner cannot replace the host it runs on.',
    },
    {
      broken: name !== 'previous' && location === undefined,
      inputs: ['artifact', 'version'],
      problem: '`artifact` is missing; expected where the release is. Only `version: previous` needs none.',
    },
    {
      broken: name === 'previous' && (location !== undefined || inputs.sha256 !== undefined),
      inputs: ['artifact', 'version', 'sha256'],
      problem: '`version: previous` brings back what is on the hosts: remove `artifact` and `sha256`.',
    },
  ];
  return rules.filter(({ broken }) => broken);
}

/** A property that is there only when it has a value. */
function given<Name extends string, T>(name: Name, value: T | undefined): { readonly [key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: T });
}
