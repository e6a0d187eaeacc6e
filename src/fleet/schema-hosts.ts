import { z } from 'zod';
import { count, mapping, text, writeRule } from './rule.ts';
import { hostUrl, limit, marker } from './scalars.ts';
import { UNIT_PATTERN } from './unit.ts';

/** Run as it is, without a shell, so that nothing in it can be taken for program text. */
const program = () =>
  text(
    /^\.\/(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9._/-]{1,200}$/,
    'the path of a program inside the release, without arguments',
    'write for example ./bin/start; put arguments into the program',
  ).optional();

const hooks = mapping({
  'before-install': program().describe(
    'Program inside the release that prepares the host while the old release still serves.',
  ),
  stop: program().describe(
    'Program inside the release that stops the service; the one of the new release is run. Left out: nothing is run.',
  ),
  start: program().describe('Program inside the release that starts the service. Left out: nothing is run.'),
  'after-install': program().describe('Program inside the release that is run when the service was started.'),
  verify: program().describe(
    'Program inside the release that proves the host after that: it must exit with 0.',
  ),
});

const identity = mapping({
  url: hostUrl('http://{address}:{port}/version').describe(
    "Where a running process says who it is. {address} and {port} stand for the host's own.",
  ),
  version: marker()
    .default('version')
    .describe('Field of the JSON answer with the version that runs; header:<name> for a response header.'),
  digest: marker()
    .optional()
    .describe('Field or header:<name> with the sha256 of the archive the process was started from.'),
  started: marker()
    .optional()
    .describe('Field or header:<name> with the time the process started, in ISO 8601.'),
  host: marker()
    .optional()
    .describe(
      'Field or header:<name> that says which host answered, by its instance id, address, or EC2 host name.',
    ),
});

export const hosts = mapping({
  transport: z
    .enum(['ssm'], {
      error: writeRule({ expected: 'ssm', cure: 'write ssm, the only way to the hosts there is' }),
    })
    .default('ssm')
    .describe('How hosts are reached: ssm is AWS Systems Manager Run Command.'),
  directory: text(
    /^\/(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/,
    'an absolute folder of letters, digits and . _ -, without .. in it',
    'write for example /srv/storefront',
  ).describe('Absolute folder on every host; it holds releases/<version>/ and the symlink current.'),
  'keep-releases': count(1, 'a whole number from 1', 'write how many releases to keep')
    .default(5)
    .describe('How many releases stay on a host; older ones are removed.'),
  hooks: hooks.prefault({}).describe('Programs of the new release that are run on its host, each by itself.'),
  unit: text(UNIT_PATTERN, 'the name of a systemd unit', 'write for example storefront.service')
    .optional()
    .describe('systemd unit that is restarted when there is no stop or start hook.'),
  'hook-timeout': limit().default('60s').describe('How long one hook may run.'),
  'start-timeout': limit()
    .default('30s')
    .describe('How long the service may take from start until it answers as the new release.'),
  identity: identity.optional().describe('How a running process proves which release it is.'),
}).describe('How releases live on a host.');
