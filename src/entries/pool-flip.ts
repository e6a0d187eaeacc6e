import type { Amount } from '../fleet/amount.ts';
import { SMOKE_PLACES } from '../fleet/fleet.ts';
import type { Transport } from '../hosts/port.ts';
import type { FlipContext, FlipRequest } from '../operations/pool-flip/request.ts';
import type { Trial } from '../operations/smoke/smoke-trial.ts';
import { flipSummary, weightsOutput } from '../report/pool-flip.ts';
import { UserError } from '../runner/errors.ts';
import { type Conflict, optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import { amount, boolean, duration, oneOf } from '../runner/kinds.ts';
import {
  alarmNames,
  durations,
  entrance,
  listener,
  listenerRule,
  shares,
  targetGroup,
} from '../runner/kinds-flip.ts';
import { IDENTITY_INPUTS, writtenChecks } from '../runner/proof-inputs.ts';
import { oneRegion } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';
import type { Alarms } from '../signals/port.ts';

const INPUTS = {
  listener: optional(listener()),
  rule: optional(listenerRule()),
  from: required(targetGroup()),
  to: required(targetGroup()),
  steps: withDefault(shares(), [100]),
  bake: withDefault(durations(), [60_000]),
  ready: withDefault<Amount>(amount(), { kind: 'percent', value: 100 }),
  'ready-timeout': withDefault(duration(), 300_000),
  ...IDENTITY_INPUTS,
  'verify-identity': withDefault(boolean(), true),
  checks: optional(writtenChecks()),
  through: optional(entrance()),
  'ask-from': withDefault(oneOf(...SMOKE_PLACES), 'runner'),
  alarms: withDefault<readonly string[]>(alarmNames(), []),
  gates: optional(writtenChecks()),
  attach: withDefault(boolean(), true),
  propagation: optional(duration()),
  sticky: withDefault(oneOf('refuse', 'wait'), 'refuse'),
  'revert-on-failure': withDefault(boolean(), true),
  revert: withDefault(boolean(), false),
  'dry-run': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, INPUTS, contradictions);
  const region = oneRegion([inputs.listener ?? inputs.rule ?? '', inputs.from, inputs.to]);
  const request = await requestOf(edge, inputs);
  const [context, { planFlip, poolFlip, revertFlip }] = await Promise.all([
    contextOf(edge, region, inputs['ask-from']),
    import('../operations/pool-flip/pool-flip.ts'),
  ]);
  const announce = (before: Parameters<typeof weightsOutput>[0]): void =>
    edge.setOutput('weights-before', weightsOutput(before));
  const result = inputs['dry-run']
    ? await planFlip(context, request)
    : await (inputs.revert ? revertFlip(context, request, announce) : poolFlip(context, request, announce));
  edge.setOutput('weights-after', weightsOutput(result.after));
  edge.setOutput('steps', result.steps);
  edge.setOutput('old-idle-at', result.oldIdleAt ?? '');
  await edge.summary(flipSummary(result));
}

async function contextOf(edge: Edge, region: string, from: Inputs['ask-from']): Promise<FlipContext> {
  const [elbv2, listeners, { askerFor }] = await Promise.all([
    import('../balancers/elbv2.ts'),
    import('../balancers/elbv2-listeners.ts'),
    import('../operations/ask/asker.ts'),
  ]);
  const hosts = { ...edge, transport: transportWhenNeeded(region) };
  return {
    ...hosts,
    ask: askerFor(from, hosts),
    balancer: elbv2.createElbv2Balancer({ region }),
    router: listeners.createElbv2Router({ region }),
    alarms: alarmsWhenNeeded(region),
    instances: {
      // Only pools with cross-zone off ask for zones: EC2's client is loaded then.
      zones: async (ids) => (await import('../hosts/ec2.ts')).createEc2Instances({ region }).zones(ids),
    },
  };
}

/** Only who asks hosts, or whether they are what they should be, needs Systems Manager: its client is loaded then. */
function transportWhenNeeded(region: string): Transport {
  let made: Promise<Transport> | undefined;
  const transport = (): Promise<Transport> => {
    made ??= import('../hosts/ssm.ts').then(({ createSsmTransport }) => createSsmTransport({ region }));
    return made;
  };
  return {
    facts: async (hosts) => (await transport()).facts(hosts),
    run: async (commands, signal) => (await transport()).run(commands, signal),
  };
}

/** Only a flip with alarms needs CloudWatch. */
function alarmsWhenNeeded(region: string): Alarms {
  let made: Promise<Alarms> | undefined;
  return {
    async read(names, signal) {
      made ??= import('../signals/cloudwatch.ts').then((module) => module.createCloudWatchAlarms({ region }));
      return (await made).read(names, signal);
    },
  };
}

/** @throws UserError for checks that are wrong, cannot fail, or cannot be made through a listener */
async function requestOf(edge: Edge, inputs: Inputs): Promise<FlipRequest> {
  const { from, to, steps, bake, propagation, through, sticky, attach, ready } = inputs;
  const release = releaseOf(edge, inputs);
  return {
    route: inputs.listener ?? inputs.rule ?? '',
    course: { from, to, steps },
    bakes: steps.map((_, index) => bake[index] ?? bake[0] ?? 0),
    ready,
    readyTimeout: inputs['ready-timeout'],
    ...(release === undefined ? {} : { release }),
    attach,
    sticky,
    ...(propagation === undefined ? {} : { propagation }),
    ...(through === undefined ? {} : { through }),
    askFrom: inputs['ask-from'],
    trials: await trialsOf(inputs.checks, 'checks'),
    gates: { alarms: inputs.alarms, trials: await trialsOf(inputs.gates, 'gates') },
    revertOnFailure: inputs['revert-on-failure'],
  };
}

function releaseOf(edge: Edge, inputs: Inputs): FlipRequest['release'] {
  const url = inputs['identity-url'];
  const expected = inputs['expect-version'];
  if (!inputs['verify-identity']) {
    edge.log.warning('verify-identity is false: nothing shows which release the hosts of `to` run.');
    return undefined;
  }
  if (url === undefined || expected === undefined) return undefined;
  const digest = inputs['expect-sha256'];
  return {
    identity: {
      url,
      version: inputs['identity-version'],
      ...(digest === undefined ? {} : { digest: inputs['identity-digest'] }),
    },
    expected: { version: expected, sha256: digest ?? '' },
  };
}

async function trialsOf(written: string | undefined, input: string): Promise<readonly Trial[]> {
  if (written === undefined) return [];
  const [{ loadChecks }, { checkTrial, refusePointless }] = await Promise.all([
    import('../checks/load.ts'),
    import('../operations/smoke/smoke-trial.ts'),
  ]);
  const loaded = await loadChecks(written, `the input ${input}`);
  refusePointless(loaded);
  const programs = loaded.filter(({ type }) => type === 'command').map(({ name }) => name);
  if (programs.length === 0) return loaded.map((check) => checkTrial(check, ''));
  throw new UserError(
    `\`${input}\` has programs (${programs.join(', ')}), and these run on a host, not through a listener; nothing was ` +
      'changed. Make them with smoke-test before this step.',
  );
}

function contradictions(inputs: Partial<Inputs>): readonly Conflict<keyof typeof INPUTS>[] {
  const { listener: one, rule, from, to, steps = [100], bake = [0] } = inputs;
  const proven = inputs['verify-identity'] !== false;
  const rules: readonly (Conflict<keyof typeof INPUTS> & { readonly broken: boolean })[] = [
    {
      broken: (one === undefined) === (rule === undefined),
      inputs: ['listener', 'rule'],
      problem:
        'Expected one of `listener` and `rule`, which says what is flipped; write one of them under `with:`.',
    },
    {
      broken: from !== undefined && from === to,
      inputs: ['from', 'to'],
      problem:
        '`from` and `to` are the same target group; expected the one that serves and the one that takes over.',
    },
    {
      broken: bake.length !== 1 && bake.length !== steps.length,
      inputs: ['bake', 'steps'],
      problem: `\`bake\` has ${bake.length} durations and \`steps\` has ${steps.length} steps; give one duration for all, or one for each.`,
    },
    {
      broken: proven && (inputs['identity-url'] === undefined || inputs['expect-version'] === undefined),
      inputs: ['identity-url', 'expect-version', 'verify-identity'],
      problem:
        '`identity-url` and `expect-version` are needed to prove every host of `to`; give both, or `verify-identity: false` to ' +
        'flip to hosts that nobody has proven.',
    },
    {
      broken: inputs.revert === true && inputs['dry-run'] === true,
      inputs: ['revert', 'dry-run'],
      problem:
        '`revert` and `dry-run` are both true; a dry run says what a flip would do. Leave one of them out.',
    },
  ];
  return rules.filter(({ broken }) => broken);
}
