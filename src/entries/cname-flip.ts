import { FLIPPABLE, type RecordValue } from '../dns/port.ts';
import { isOfType, VALUE_OF } from '../dns/record-set.ts';
import { flipRecord, planFlip } from '../operations/cname-flip/cname-flip.ts';
import type { FlipPlan } from '../operations/cname-flip/decide.ts';
import type { Proof } from '../operations/cname-flip/prove.ts';
import type { FlipRequest, FlipResult, Verification } from '../operations/cname-flip/request.ts';
import { SHORTEST_LOWERED } from '../operations/cname-flip/ttl.ts';
import type { Trial } from '../operations/smoke/smoke-trial.ts';
import { flipSummary, plannedSummary } from '../report/cname-flip.ts';
import { UserError } from '../runner/errors.ts';
import { type Conflict, optional, readInputs, required, type Values, withDefault } from '../runner/inputs.ts';
import { boolean, duration, hostIds, integer, oneOf, port, text } from '../runner/kinds.ts';
import { domainName, hostedZone, nameServers, recordValue, timeToLive } from '../runner/kinds-dns.ts';
import { IDENTITY_INPUTS, writtenChecks } from '../runner/proof-inputs.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

/** Seconds; a load balancer's alias has that too, and longer the old side must not be needed. */
const MAX_TTL = 60;
/** Seconds; 7 days, beyond which resolvers keep nothing (RFC 8767, 4). */
const LONGEST_TTL = 604_800;

const INPUTS = {
  provider: withDefault(oneOf('route53'), 'route53'),
  'zone-id': required(hostedZone()),
  record: required(domainName()),
  type: withDefault(oneOf(...FLIPPABLE), 'CNAME'),
  from: optional(recordValue()),
  to: optional(recordValue()),
  'set-identifier': optional(text('the identifier of one of its weighted sets', 'eu-west-1')),
  'from-weight': optional(integer(0, 255)),
  'to-weight': optional(integer(0, 255)),
  ttl: optional(timeToLive(1, LONGEST_TTL)),
  'max-ttl': withDefault(timeToLive(1, LONGEST_TTL), MAX_TTL),
  'lower-ttl-first': withDefault(boolean(), false),
  verify: withDefault(boolean(), true),
  'name-servers': optional(nameServers()),
  'verify-from': optional(hostIds()),
  scheme: withDefault(oneOf('https', 'http'), 'https'),
  port: optional(port()),
  checks: optional(writtenChecks()),
  attempts: withDefault(integer(1, 100), 3),
  interval: withDefault(duration(), 2_000),
  'negative-control': withDefault(boolean(), true),
  ...IDENTITY_INPUTS,
  timeout: withDefault(duration(1_000), 300_000),
  'revert-on-failure': withDefault(boolean(), true),
  'dry-run': withDefault(boolean(), false),
};
type Inputs = Values<typeof INPUTS>;

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(edge.env, INPUTS, contradictions);
  const trials = await trialsOf(edge, inputs);
  const [route53, authoritative] = await Promise.all([
    import('../dns/route53.ts'),
    import('../dns/authoritative.ts'),
  ]);
  const region = edge.env['AWS_REGION'] || edge.env['AWS_DEFAULT_REGION'] || 'us-east-1';
  const context = {
    ...edge,
    provider: route53.createRoute53({ region }),
    authority: authoritative.createAuthority(),
  };
  const request: FlipRequest = {
    ...planOf(inputs),
    zone: inputs['zone-id'],
    verification: await verificationOf(edge, inputs, trials),
    revertOnFailure: inputs['revert-on-failure'],
    timeout: inputs.timeout,
  };
  if (inputs['dry-run']) {
    const plan = await planFlip(context, request);
    edge.log.info(plan);
    await edge.summary(plannedSummary(request.record, plan));
    return;
  }
  const result = await flipRecord(context, request, (change) => {
    edge.setOutput('changed', true);
    edge.setOutput('change-id', change ?? '');
  });
  await report(edge, request.record, result);
}

/** @throws UserError when the flip failed after the record had been changed, or was found changed */
async function report(edge: Edge, record: string, result: FlipResult): Promise<void> {
  edge.setOutput('changed', result.changed);
  edge.setOutput('change-id', result.change ?? '');
  edge.setOutput('servers', result.servers);
  edge.setOutput(
    'safe-to-stop-at',
    result.safeToStopAt === undefined ? '' : new Date(result.safeToStopAt).toISOString(),
  );
  await edge.summary(flipSummary(record, result));
  if (result.kind === 'failed') throw new UserError(result.says);
  edge.log.info(result.says);
}

function planOf(inputs: Inputs): FlipPlan {
  const { from, to, ttl, 'set-identifier': identifier } = inputs;
  const { 'from-weight': fromWeight = 0, 'to-weight': toWeight = 0 } = inputs;
  return {
    record: inputs.record,
    type: inputs.type,
    ...(identifier !== undefined && { identifier }),
    change:
      from === undefined || to === undefined
        ? { kind: 'weight', from: fromWeight, to: toWeight }
        : { kind: 'value', from, to },
    ...(ttl !== undefined && { ttl }),
    maxTtl: inputs['max-ttl'],
    lowerTtlFirst: inputs['lower-ttl-first'],
  };
}

async function verificationOf(edge: Edge, inputs: Inputs, trials: readonly Trial[]): Promise<Verification> {
  if (!inputs.verify) {
    edge.log.warning(
      'verify is false: neither the new side nor what name servers answer is proven; a broken flip is not swapped back.',
    );
    return { kind: 'off' };
  }
  const { scheme, 'verify-from': hosts, 'name-servers': given } = inputs;
  const proof: Omit<Proof, 'ask'> = {
    trials,
    patience: { attempts: inputs.attempts, interval: inputs.interval, consecutive: 1, warmUp: 0 },
    negativeControl: inputs['negative-control'],
    scheme,
    port: inputs.port ?? (scheme === 'https' ? 443 : 80),
  };
  if (hosts !== undefined) {
    const [ssm, { askFromHosts }] = await Promise.all([
      import('../hosts/ssm.ts'),
      import('../operations/ask/ask-hosts.ts'),
    ]);
    const transport = ssm.createSsmTransport({ region: regionOf(edge.env) });
    return { kind: 'hosts', proof: { ...proof, hosts, ask: askFromHosts({ ...edge, transport }) } };
  }
  const { askerFor } = await import('../operations/ask/asker.ts');
  return {
    kind: 'servers',
    proof: { ...proof, ask: askerFor('runner') },
    ...(given !== undefined && { given }),
  };
}

/** @throws UserError for checks that are wrong, cannot fail, or only a host could make */
async function trialsOf(edge: Edge, inputs: Inputs): Promise<readonly Trial[]> {
  if (!inputs.verify) return [];
  const { loadChecks } = await import('../checks/load.ts');
  const { checkTrial, refusePointless, versionTrial } = await import('../operations/smoke/smoke-trial.ts');
  const written = inputs.checks;
  const checks = written === undefined ? [] : await loadChecks(written, 'the input checks');
  const allowed = inputs['verify-from'] === undefined ? ['http', 'tcp', 'tls', 'dns'] : ['http'];
  const others = checks.filter(({ type }) => !allowed.includes(type));
  if (others.length > 0) {
    throw new UserError(
      `Checks that cannot be made here: ${others.map(({ name, type }) => `${name} (${type})`).join(', ')}; expected only ` +
        `${allowed.join(', ')}. Nothing was touched. Leave them to smoke-test, which asks hosts.`,
    );
  }
  if (inputs['negative-control']) refusePointless(checks);
  else edge.log.warning('negative-control is false: nothing shows that these checks can fail.');
  const { 'identity-url': url, 'expect-version': expected, 'expect-sha256': digest } = inputs;
  const versions =
    url === undefined || expected === undefined
      ? []
      : [
          versionTrial(
            {
              url,
              version: inputs['identity-version'],
              ...(digest !== undefined && { digest: inputs['identity-digest'] }),
            },
            { version: expected, sha256: digest ?? '' },
          ),
        ];
  return [...checks.map((check) => checkTrial(check, '')), ...versions];
}

type Rule = Conflict<keyof typeof INPUTS> & { readonly broken: boolean };

function contradictions(inputs: Partial<Inputs>): readonly Conflict<keyof typeof INPUTS>[] {
  return [...changeRules(inputs), ...ttlRules(inputs), ...proofRules(inputs)].filter(({ broken }) => broken);
}

function changeRules(inputs: Partial<Inputs>): readonly Rule[] {
  const { type, from, to, 'from-weight': fromWeight, 'to-weight': toWeight } = inputs;
  const isValue = from !== undefined || to !== undefined;
  const isWeight = fromWeight !== undefined || toWeight !== undefined;
  const wrong = (name: 'from' | 'to', value: RecordValue | undefined): Rule => ({
    broken: type !== undefined && value !== undefined && !isOfType(type, value),
    inputs: ['type', name],
    problem: `\`${name}\` is no value of a record of the type ${type}; expected ${VALUE_OF[type ?? 'CNAME']}.`,
  });
  return [
    {
      broken: isValue === isWeight || (from === undefined) !== (to === undefined),
      inputs: ['from', 'to', 'from-weight', 'to-weight'],
      problem: 'Give `from` and `to`, or `from-weight` and `to-weight`: one pair of them, and only one.',
    },
    {
      broken: isWeight && (fromWeight === undefined || toWeight === undefined),
      inputs: ['from-weight', 'to-weight'],
      problem: '`from-weight` and `to-weight` belong together. Give both or neither.',
    },
    {
      broken: isWeight && inputs['set-identifier'] === undefined,
      inputs: ['from-weight', 'to-weight', 'set-identifier'],
      problem: '`set-identifier` is missing; expected which of the weighted sets gets another weight.',
    },
    {
      broken:
        (isValue && JSON.stringify(from) === JSON.stringify(to)) || (isWeight && fromWeight === toWeight),
      inputs: ['from', 'to', 'from-weight', 'to-weight'],
      problem: 'Both sides are the same, so there is nothing to flip.',
    },
    wrong('from', from),
    wrong('to', to),
  ];
}

function ttlRules({ to, ttl, 'max-ttl': limit = MAX_TTL, ...rest }: Partial<Inputs>): readonly Rule[] {
  return [
    {
      broken: ttl !== undefined && ttl > limit,
      inputs: ['ttl', 'max-ttl'],
      problem: `\`ttl\` is above \`max-ttl\`, ${limit}s: a swap back would be seen that late. Lower it, or allow more.`,
    },
    {
      broken: ttl !== undefined && to?.kind === 'alias',
      inputs: ['ttl', 'to'],
      problem: '`ttl` is given and `to` is an alias, whose TTL nobody can set. Leave `ttl` out.',
    },
    {
      broken: rest['lower-ttl-first'] === true && limit < SHORTEST_LOWERED,
      inputs: ['lower-ttl-first', 'max-ttl'],
      problem: `\`lower-ttl-first\` needs a \`max-ttl\` of at least ${SHORTEST_LOWERED}s.`,
    },
  ];
}

function proofRules(inputs: Partial<Inputs>): readonly Rule[] {
  const { verify = true, checks, 'expect-version': expected, 'expect-sha256': digest } = inputs;
  const { 'verify-from': hosts, 'name-servers': given } = inputs;
  return [
    {
      broken: verify && checks === undefined && expected === undefined,
      inputs: ['checks', 'expect-version', 'verify'],
      problem:
        'There is nothing to prove the new side by: give `checks`, or `expect-version` with `identity-url`, or both. ' +
        'With `verify: false` the record is changed without any proof.',
    },
    {
      broken: (expected === undefined) !== (inputs['identity-url'] === undefined),
      inputs: ['expect-version', 'identity-url'],
      problem:
        '`expect-version` and `identity-url` belong together: the one says which version, the other where ' +
        'the service says its own. Give both or neither.',
    },
    {
      broken: expected === undefined && digest !== undefined,
      inputs: ['expect-sha256', 'expect-version'],
      problem: '`expect-sha256` goes with `expect-version`, which is missing. Give it too.',
    },
    {
      broken: hosts !== undefined && given !== undefined,
      inputs: ['verify-from', 'name-servers'],
      problem:
        '`verify-from` lets hosts ask, `name-servers` the runner: only one of them can be. Leave one out.',
    },
  ];
}
