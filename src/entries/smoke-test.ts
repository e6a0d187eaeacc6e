import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import type { Identity } from '../fleet/fleet.ts';
import { addressesOf } from '../operations/addresses.ts';
import type { ExpectedIdentity } from '../operations/identity.ts';
import { type CheckResult, describeCheck, smokeTest } from '../operations/smoke.ts';
import type { Trial } from '../operations/smoke-trial.ts';
import { smokeResults, smokeSummary } from '../report/smoke.ts';
import { UserError } from '../runner/errors.ts';
import { type Conflict, optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import { instant } from '../runner/instant.ts';
import {
  absolutePath,
  boolean,
  duration,
  hostNames,
  hostUrl,
  integer,
  port,
  sha256,
  text,
  version,
} from '../runner/kinds.ts';
import { maskSecrets } from '../runner/outputs.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

const field = (example: string) => text('a field of the JSON at identity-url', example);

const INPUTS = {
  hosts: required(hostNames()),
  port: optional(port()),
  checks: optional(text('a list of checks as YAML, or the path of a .yml file', '.github/checks.yml')),
  directory: optional(absolutePath()),
  attempts: withDefault(integer(1, 100), 3),
  interval: withDefault(duration(), 2_000),
  consecutive: withDefault(integer(1, 100), 1),
  'warm-up': withDefault(duration(), 0),
  'negative-control': withDefault(boolean(), true),
  'expect-version': optional(version()),
  'expect-sha256': optional(sha256()),
  'started-after': optional(instant()),
  'identity-url': optional(hostUrl()),
  'identity-version': withDefault(field('version'), 'version'),
  'identity-digest': withDefault(field('digest'), 'digest'),
  'identity-started': withDefault(field('started_at'), 'started_at'),
  'dry-run': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, INPUTS, contradictions);
  const trials = await trialsOf(edge, inputs);
  const ssm = await import('../hosts/ssm.ts');
  const context = { ...edge, transport: ssm.createSsmTransport({ region: regionOf(edge.env) }) };
  const addresses = await addressesOf(context, [...new Set(inputs.hosts.map(({ host }) => host))]);
  const results = inputs['dry-run']
    ? []
    : await smokeTest(context, {
        targets: inputs.hosts.map(({ host, port: own }) => ({
          host,
          base: `http://${addresses.get(host) ?? '127.0.0.1'}:${own ?? inputs.port ?? ''}`,
          subject: own === undefined ? host : `${host}:${own}`,
        })),
        trials,
        patience: {
          attempts: inputs.attempts,
          interval: inputs.interval,
          consecutive: inputs.consecutive,
          warmUp: inputs['warm-up'],
        },
        negativeControl: inputs['negative-control'],
      });
  await report(edge, results);
}

/** @throws UserError for checks that are wrong, cannot fail, or need an input that is not given */
async function trialsOf(edge: Edge, inputs: Inputs): Promise<readonly Trial[]> {
  const { checks: written, directory } = inputs;
  const { loadChecks } = await import('../checks/load.ts');
  const { checkTrial, refusePointless, versionTrial } = await import('../operations/smoke-trial.ts');
  const checks = written === undefined ? [] : await loadChecks(written, 'the input checks');
  refuseWithoutDirectory(checks, directory);
  if (inputs['negative-control']) refusePointless(checks);
  else edge.log.warning('negative-control is false: nothing shows that these checks can fail.');
  return [
    ...checks.map((check) => checkTrial(check, directory ?? '')),
    ...versionsOf(inputs).map(([identity, release]) => versionTrial(identity, release)),
  ];
}

function refuseWithoutDirectory(checks: readonly Check[], directory: string | undefined): void {
  const programs = checks.filter(({ type }) => type === 'command');
  if (programs.length === 0 || directory !== undefined) return;
  throw new UserError(
    `\`directory\` is missing; expected the folder on the hosts that holds \`current\`, in which the programs of ` +
      `${programs.map(({ name }) => name).join(', ')} are run; nothing was touched. Write, for example, \`directory: /srv/storefront\`.`,
  );
}

/** What the process at `identity-url` must say, when that is asked for. */
function versionsOf(inputs: Inputs): readonly (readonly [Identity, ExpectedIdentity])[] {
  const url = inputs['identity-url'];
  const expected = inputs['expect-version'];
  if (url === undefined || expected === undefined) return [];
  const digest = inputs['expect-sha256'];
  const after = inputs['started-after'];
  return [
    [
      {
        url,
        version: inputs['identity-version'],
        ...(digest !== undefined && { digest: inputs['identity-digest'] }),
        ...(after !== undefined && { started: inputs['identity-started'] }),
      },
      {
        version: expected,
        sha256: digest ?? '',
        ...(after !== undefined && { switchedAt: Math.floor(after / 1_000) }),
      },
    ],
  ];
}

/** @throws UserError with what every failed check saw and expected */
async function report(edge: Edge, results: readonly CheckResult[]): Promise<void> {
  const { writeJUnit } = await import('../report/junit.ts');
  const file = join(edge.env['RUNNER_TEMP'] || tmpdir(), `smoke-test-${randomUUID()}.xml`);
  await writeFile(file, maskSecrets(writeJUnit(results), edge.env));
  edge.setOutput('results', smokeResults(results));
  edge.setOutput('junit', file);
  await edge.summary(smokeSummary(results));
  const bad = results.filter(({ passed }) => !passed);
  if (bad.length === 0) return;
  const lines = bad.map((result) => `- ${describeCheck(result)}`);
  throw new UserError([`${bad.length} of ${results.length} checks failed.`, ...lines].join('\n'));
}

function contradictions(inputs: Partial<Inputs>): readonly Conflict<keyof typeof INPUTS>[] {
  const { hosts = [], attempts = 1, consecutive = 1 } = inputs;
  const expected = inputs['expect-version'];
  const rules: readonly (Conflict<keyof typeof INPUTS> & { readonly broken: boolean })[] = [
    {
      broken: inputs.port === undefined && hosts.some((each) => each.port === undefined),
      inputs: ['port', 'hosts'],
      problem:
        '`port` is missing; expected the port on which the service listens, there or behind each of the `hosts`.',
    },
    {
      broken: inputs.checks === undefined && expected === undefined,
      inputs: ['checks', 'expect-version'],
      problem: 'There is nothing to check: give `checks`, or `expect-version` with `identity-url`, or both.',
    },
    {
      broken: (expected === undefined) !== (inputs['identity-url'] === undefined),
      inputs: ['expect-version', 'identity-url'],
      problem:
        '`expect-version` and `identity-url` belong together: the one says which version, the other where ' +
        'the service says its own. Give both or neither.',
    },
    {
      broken:
        expected === undefined &&
        (inputs['expect-sha256'] !== undefined || inputs['started-after'] !== undefined),
      inputs: ['expect-sha256', 'started-after', 'expect-version'],
      problem: '`expect-sha256` and `started-after` go with `expect-version`, which is missing. Give it too.',
    },
    {
      broken: consecutive > attempts,
      inputs: ['consecutive', 'attempts'],
      problem: `\`consecutive\` is ${consecutive} and \`attempts\` ${attempts}: so many in a row can never pass. Allow more attempts.`,
    },
  ];
  return rules.filter(({ broken }) => broken);
}
