import { addressesOf } from '../operations/addresses.ts';
import { upgradeHosts } from '../operations/upgrade-hosts.ts';
import { hostsSummary } from '../report/zone.ts';
import { UserError } from '../runner/errors.ts';
import { optional, readInputs, required, withDefault } from '../runner/inputs.ts';
import {
  absolutePath,
  boolean,
  duration,
  hostIds,
  hostUrl,
  integer,
  oneOf,
  port,
  programInRelease,
  s3Object,
  sha256,
  text,
  version,
} from '../runner/kinds.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

const field = (example: string) => text('a field of the JSON at identity-url', example);

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, {
    hosts: required(hostIds()),
    artifact: required(s3Object()),
    version: required(version()),
    sha256: optional(sha256()),
    directory: required(absolutePath()),
    stop: optional(programInRelease()),
    start: optional(programInRelease()),
    'hook-timeout': withDefault(duration(1_000), 60_000),
    'start-timeout': withDefault(duration(1_000), 60_000),
    port: required(port()),
    'identity-url': optional(hostUrl()),
    'identity-version': withDefault(field('version'), 'version'),
    'identity-digest': optional(field('digest')),
    'identity-started': optional(field('started_at')),
    'keep-releases': withDefault(integer(2, 1_000), 5),
    'on-failure': withDefault(oneOf('roll-back', 'hold'), 'roll-back'),
    'dry-run': withDefault(boolean(), false),
  });
  const region = regionOf(edge.env);
  const [ssm, s3] = await Promise.all([import('../hosts/ssm.ts'), import('../artifacts/s3.ts')]);
  const context = {
    ...edge,
    transport: ssm.createSsmTransport({ region }),
    artifacts: s3.createS3Source({ region }),
  };
  const artifact = await context.artifacts.find(inputs.artifact, inputs.sha256);
  const addresses = await addressesOf(context, inputs.hosts);
  const reports = await upgradeHosts(context, {
    settings: {
      service: inputs.directory.split('/').at(-1) ?? '',
      zone: region,
      directory: inputs.directory,
      keepReleases: inputs['keep-releases'],
      hooks: { ...given('stop', inputs.stop), ...given('start', inputs.start) },
      hookTimeout: inputs['hook-timeout'],
      startTimeout: inputs['start-timeout'],
      ...given('identity', identityOf(inputs)),
    },
    release: { version: inputs.version, artifact },
    hosts: inputs.hosts.map((host) => {
      return { host, address: addresses.get(host) ?? '127.0.0.1', ports: [inputs.port], health: [] };
    }),
    onFailure: inputs['on-failure'],
    dryRun: inputs['dry-run'],
  });
  const good = reports.filter(({ outcome }) => outcome === 'upgraded' || outcome === 'unchanged');
  const bad = inputs['dry-run'] ? [] : reports.filter((report) => !good.includes(report));
  edge.setOutput('results', reports);
  edge.setOutput('succeeded', good.map(({ host }) => host).join('\n'));
  edge.setOutput('failed', bad.map(({ host }) => host).join('\n'));
  await edge.summary(hostsSummary(`Upgrade to ${inputs.version}`, reports));
  if (bad.length === 0) return;
  const lines = bad.map(({ host, outcome, from, proof }) => `- ${host}: ${outcome} (was ${from}): ${proof}`);
  throw new UserError(
    [`${bad.length} of ${reports.length} hosts do not run ${inputs.version}.`, ...lines].join('\n'),
  );
}

function identityOf(inputs: {
  readonly 'identity-url': string | undefined;
  readonly 'identity-version': string;
  readonly 'identity-digest': string | undefined;
  readonly 'identity-started': string | undefined;
}) {
  const url = inputs['identity-url'];
  if (url === undefined) return undefined;
  return {
    url,
    version: inputs['identity-version'],
    ...given('digest', inputs['identity-digest']),
    ...given('started', inputs['identity-started']),
  };
}

/** A property that is there only when it has a value. */
function given<Name extends string, T>(name: Name, value: T | undefined): { readonly [key in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: T });
}
