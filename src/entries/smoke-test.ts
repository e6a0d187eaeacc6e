import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import type { Identity } from '../fleet/fleet.ts';
import type { HostContext } from '../operations/context.ts';
import type { CheckResult, SmokeContext } from '../operations/smoke/smoke.ts';
import type { SmokeTarget, Trial } from '../operations/smoke/smoke-trial.ts';
import { UserError } from '../runner/errors.ts';
import { readInputs, wrongInputs } from '../runner/inputs.ts';
import { maskSecrets } from '../runner/outputs.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';
import { type NamedHost, SMOKE_INPUTS, type SmokeInputs, smokeConflicts } from '../runner/smoke-inputs.ts';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, SMOKE_INPUTS, smokeConflicts);
  const checks = await checksOf(edge, inputs);
  const found = { checks, ...(await reach(edge, inputs)) };
  await report(edge, inputs['dry-run'] ? [] : await ask(edge, inputs, found));
}

/** @throws UserError for checks that are wrong, cannot fail, or need an input that is not given */
async function checksOf(edge: Edge, inputs: SmokeInputs): Promise<readonly Check[]> {
  const [{ loadChecks }, { refusePointless }] = await Promise.all([
    import('../checks/load.ts'),
    import('../operations/smoke/smoke-trial.ts'),
  ]);
  const checks = inputs.checks === undefined ? [] : await loadChecks(inputs.checks, 'the input checks');
  const problems = problemsWith(checks, inputs);
  if (problems.length > 0) throw wrongInputs(problems);
  if (inputs['negative-control']) refusePointless(checks);
  else edge.log.warning('negative-control is false: nothing shows that these checks can fail.');
  return checks;
}

/** What checks need of the other inputs, in words where it is missing. */
function problemsWith(checks: readonly Check[], inputs: SmokeInputs): readonly string[] {
  const { hosts = [], 'old-hosts': old } = inputs;
  const programs = checks.filter(({ type }) => type === 'command');
  const names = programs.map(({ name }) => name).join(', ');
  const nowhere = [...hosts, ...(old ?? [])].filter(({ kind }) => kind === 'address');
  const ofOld = checks.filter(({ against }) => against.includes('old')).map(({ name }) => name);
  return [
    ...(names === '' || inputs.directory !== undefined
      ? []
      : [
          `\`directory\` is missing; expected the folder on the hosts that holds \`current\`, in which the programs of ` +
            `${names} are run. Write, for example, \`directory: /srv/storefront\`.`,
        ]),
    ...(names === '' || (hosts.length > 0 && nowhere.length === 0)
      ? []
      : [
          `the programs of ${names} run on hosts that are named by their instance ids, and ` +
            `${nowhere.map(({ host }) => host).join(', ') || 'no host'} is given. Write the ids as \`hosts\`.`,
        ]),
    ...(ofOld.length === 0 || old !== undefined
      ? []
      : [
          `${ofOld.join(', ')} must hold against the old release, and \`old-hosts\` is missing. Give the hosts that still ` +
            'serve it.',
        ]),
    ...(old === undefined || ofOld.length > 0 || inputs['old-version'] !== undefined
      ? []
      : [
          '`old-hosts` are given and nothing is asked of them: write `against: [old, new]` at the checks that must hold ' +
            'there too, or give `old-version`.',
        ]),
  ];
}

/** What is known of the hosts; nothing when everything is asked from the runner by address, without AWS. */
async function reach(edge: Edge, inputs: SmokeInputs): Promise<Pick<Found, 'hosts' | 'addresses'>> {
  const instances = instancesOf(inputs);
  if (inputs.from === 'runner' && instances.length === 0) return { hosts: undefined, addresses: new Map() };
  const [{ createSsmTransport }, { addressesOf }] = await Promise.all([
    import('../hosts/ssm.ts'),
    import('../operations/ask/addresses.ts'),
  ]);
  const hosts = { ...edge, transport: createSsmTransport({ region: regionOf(edge.env) }) };
  return { hosts, addresses: await addressesOf(hosts, instances) };
}

function instancesOf({ hosts = [], 'old-hosts': old = [] }: SmokeInputs): readonly string[] {
  const instances = [...hosts, ...old].filter(({ kind }) => kind === 'instance');
  return [...new Set(instances.map(({ host }) => host))];
}

interface Found {
  readonly checks: readonly Check[];
  readonly hosts: HostContext | undefined;
  readonly addresses: ReadonlyMap<string, string>;
}

async function ask(edge: Edge, inputs: SmokeInputs, found: Found): Promise<readonly CheckResult[]> {
  const { attempts, interval, consecutive, 'warm-up': warmUp } = inputs;
  const [{ smokeTest }, { askerFor }] = await Promise.all([
    import('../operations/smoke/smoke.ts'),
    import('../operations/ask/asker.ts'),
  ]);
  const asking = { ...edge, ask: askerFor(inputs.from, found.hosts) };
  const results = await smokeTest(asking, {
    targets: targetsOf(inputs, found.addresses),
    trials: await trialsOf(inputs, found.checks),
    patience: { attempts, interval, consecutive, warmUp },
    negativeControl: inputs['negative-control'],
  });
  return [...results, ...(await sightingsOf(asking, inputs, found.addresses))];
}

async function trialsOf(inputs: SmokeInputs, checks: readonly Check[]): Promise<readonly Trial[]> {
  const { checkTrial, oldVersionTrial, versionTrial } = await import('../operations/smoke/smoke-trial.ts');
  const identity = identityOf(inputs);
  const { 'expect-version': version, 'old-version': old, 'started-after': after } = inputs;
  const switched = after === undefined ? {} : { switchedAt: Math.floor(after / 1_000) };
  const sha256 = inputs['expect-sha256'] ?? '';
  return [
    ...checks.map((check) => checkTrial(check, inputs.directory ?? '')),
    ...(identity === undefined || version === undefined
      ? []
      : [versionTrial(identity, { version, sha256, ...switched })]),
    ...(identity === undefined || old === undefined ? [] : [oldVersionTrial(identity, old, version)]),
  ];
}

/** Where a process says who it is; the digest and its start only when they are asked for. */
function identityOf(inputs: SmokeInputs): Identity | undefined {
  const { 'identity-url': url, 'identity-version': version, 'identity-host': host } = inputs;
  if (url === undefined) return undefined;
  return {
    url,
    version,
    ...(inputs['expect-sha256'] !== undefined && { digest: inputs['identity-digest'] }),
    ...(inputs['started-after'] !== undefined && { started: inputs['identity-started'] }),
    ...(host !== undefined && { host }),
  };
}

function targetsOf(inputs: SmokeInputs, addresses: ReadonlyMap<string, string>): readonly SmokeTarget[] {
  const { hosts = [], 'old-hosts': old, through = [] } = inputs;
  const from = inputs.from === 'runner' ? { from: inputs.from } : {};
  const sideOf = (side: SmokeTarget['side']) =>
    old === undefined || side === undefined ? from : { ...from, side };
  const direct = (named: NamedHost, side: SmokeTarget['side']): SmokeTarget => ({
    host: named.host,
    subject: subjectOf(named),
    base: `http://${addresses.get(named.host) ?? named.host}:${portOf(named, inputs)}`,
    ...sideOf(side),
  });
  return [
    ...hosts.map((named) => direct(named, 'new')),
    ...(old ?? []).map((named) => direct(named, 'old')),
    ...through.map((base): SmokeTarget => {
      return { host: askerOf(inputs), subject: base, base, entrance: true, ...sideOf('new') };
    }),
  ];
}

function subjectOf({ host, port }: NamedHost): string {
  return port === undefined ? host : `${host}:${port}`;
}

/** Who asks at the entrances. */
function askerOf({ from, hosts = [] }: SmokeInputs): string {
  return from === 'runner' ? from : (hosts[0]?.host ?? '');
}

function portOf(named: NamedHost, { port }: SmokeInputs): number {
  return named.port ?? port ?? 0;
}

/** Which hosts and versions answer behind the entrances, when a version is expected. */
async function sightingsOf(
  asking: SmokeContext,
  inputs: SmokeInputs,
  addresses: ReadonlyMap<string, string>,
): Promise<readonly CheckResult[]> {
  const { hosts = [], through = [], 'expect-version': version } = inputs;
  const identity = identityOf(inputs);
  if (through.length === 0 || version === undefined || identity === undefined) return [];
  const { seeThrough } = await import('../operations/smoke/sightings.ts');
  const after = inputs['started-after'];
  return seeThrough(asking, {
    from: askerOf(inputs),
    entrances: through,
    hosts: hosts.map((named) => ({
      // Several services of one address are told apart by their ports, those of one instance are one host.
      host: named.kind === 'address' ? subjectOf(named) : named.host,
      address: addresses.get(named.host) ?? named.host,
      port: portOf(named, inputs),
    })),
    identity,
    expected: {
      version,
      sha256: inputs['expect-sha256'] ?? '',
      ...(after !== undefined && { switchedAt: Math.floor(after / 1_000) }),
    },
    patience: inputs['seen-within'],
  });
}

/** @throws UserError with what failed checks saw and expected */
async function report(edge: Edge, results: readonly CheckResult[]): Promise<void> {
  const [{ writeJUnit }, { smokeFailure, smokeResults, smokeSummary }, { describeCheck }] = await Promise.all(
    [import('../report/junit.ts'), import('../report/smoke.ts'), import('../operations/smoke/smoke.ts')],
  );
  const folder = edge.env['RUNNER_TEMP'] || tmpdir();
  const name = join(folder, `smoke-test-${randomUUID()}`);
  const [junit, whole] = [`${name}.xml`, `${name}.json`];
  await writeFile(junit, maskSecrets(writeJUnit(results), edge.env));
  await writeFile(whole, maskSecrets(`${JSON.stringify(results)}\n`, edge.env));
  const { kept, left } = smokeResults(results);
  if (left > 0) {
    edge.log.warning(
      `The output results leaves out ${left} of ${results.length} results: a job's outputs hold 1 MB. All of them are in ` +
        `${whole} (output results-file) and ${junit} (output junit).`,
    );
  }
  edge.setOutput('results', kept);
  edge.setOutput('results-file', whole);
  edge.setOutput('junit', junit);
  await edge.summary(smokeSummary(results));
  if (results.every(({ passed }) => passed)) return;
  const { message, unlisted } = smokeFailure(results, `all of them are in the log and in ${junit}`);
  for (const result of unlisted) edge.log.info(describeCheck(result));
  throw new UserError(message);
}
