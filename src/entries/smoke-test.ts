import { addressesOf } from '../operations/addresses.ts';
import { answerCheck, describeCheck, smokeTest, versionCheck } from '../operations/smoke.ts';
import { smokeSummary } from '../report/smoke.ts';
import { UserError } from '../runner/errors.ts';
import { optional, readInputs, required, withDefault } from '../runner/inputs.ts';
import {
  boolean,
  duration,
  hostIds,
  hostUrl,
  integer,
  port,
  text,
  urlPath,
  version,
} from '../runner/kinds.ts';
import { regionOf } from '../runner/region.ts';
import { type Edge, runAction } from '../runner/run-action.ts';

await runAction(main);

async function main(edge: Edge): Promise<void> {
  const inputs = readInputs(
    edge.env,
    {
      hosts: required(hostIds()),
      port: required(port()),
      path: withDefault(urlPath(), '/'),
      status: withDefault(integer(100, 599), 200),
      contains: optional(text('a text that the body must contain', 'Welcome')),
      within: withDefault(duration(1), 2_000),
      attempts: withDefault(integer(1, 100), 3),
      interval: withDefault(duration(), 2_000),
      'expect-version': optional(version()),
      'identity-url': optional(hostUrl()),
      'identity-version': withDefault(text('a field of the JSON at identity-url', 'version'), 'version'),
      'dry-run': withDefault(boolean(), false),
    },
    (values) =>
      (values['expect-version'] === undefined) === (values['identity-url'] === undefined)
        ? []
        : [
            {
              inputs: ['expect-version', 'identity-url'],
              problem:
                '`expect-version` and `identity-url` belong together: the one says which version, the other where ' +
                'the service says its own. Give both or neither.',
            },
          ],
  );
  const ssm = await import('../hosts/ssm.ts');
  const context = { ...edge, transport: ssm.createSsmTransport({ region: regionOf(edge.env) }) };
  const addresses = await addressesOf(context, inputs.hosts);
  const { contains, path, status, within } = inputs;
  const page = { name: path, path, status, within, ...(contains === undefined ? {} : { contains }) };
  const results = inputs['dry-run']
    ? []
    : await smokeTest(context, {
        targets: inputs.hosts.map((host) => {
          return { host, base: `http://${addresses.get(host) ?? '127.0.0.1'}:${inputs.port}`, subject: host };
        }),
        checks: [answerCheck(page), ...versionChecks(inputs)],
        attempts: inputs.attempts,
        interval: inputs.interval,
      });
  edge.setOutput('results', results);
  await edge.summary(smokeSummary(results));
  const bad = results.filter(({ passed }) => !passed);
  if (bad.length === 0) return;
  const lines = bad.map((result) => `- ${describeCheck(result)}`);
  throw new UserError([`${bad.length} of ${results.length} checks failed.`, ...lines].join('\n'));
}

function versionChecks(inputs: {
  readonly 'expect-version': string | undefined;
  readonly 'identity-url': string | undefined;
  readonly 'identity-version': string;
}) {
  const url = inputs['identity-url'];
  const expected = inputs['expect-version'];
  if (url === undefined || expected === undefined) return [];
  return [versionCheck({ url, version: inputs['identity-version'] }, expected)];
}
