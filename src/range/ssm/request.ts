import type { SendCommandRequest } from '@aws-sdk/client-ssm';
import { WireError } from '../wire/service.ts';

/** A SendCommand that the range can carry out. Durations are milliseconds. */
export interface CommandRequest {
  readonly hosts: readonly string[];
  readonly commands: readonly string[];
  readonly comment: string;
  readonly deliveryTimeout: number;
  readonly executionTimeout: number;
}

const DOCUMENT = 'AWS-RunShellScript';
const MOST_HOSTS = 50;
/** Seconds, from the API reference and the document. */
const TIMEOUT = { default: 3_600, least: 30, most: 2_592_000 };
const EXECUTION_TIMEOUT = { default: 3_600, least: 1, most: 172_800 };
const MODELLED = [
  'InstanceIds',
  'DocumentName',
  'DocumentVersion',
  'Parameters',
  'TimeoutSeconds',
  'Comment',
  'MaxErrors',
  'OutputS3BucketName',
  'OutputS3KeyPrefix',
];
const PARAMETERS = ['commands', 'executionTimeout'];

/**
 * Judges a SendCommand as the service does.
 *
 * @throws WireError with the service's own code, or naming the member that the range does not model
 */
export function readSendCommand(input: SendCommandRequest): CommandRequest {
  refuseOthers('SendCommand', input, MODELLED);
  if (input.DocumentName !== DOCUMENT) {
    throw new WireError(
      'InvalidDocument',
      `The range has no document ${input.DocumentName}; it models ${DOCUMENT}.`,
    );
  }
  const parameters = input.Parameters ?? {};
  refuseReferences(parameters);
  refuseOthers(`${DOCUMENT} with the parameter`, parameters, PARAMETERS, 'InvalidParameters');
  const commands = parameters['commands'];
  if (commands === undefined) {
    throw new WireError('InvalidParameters', `Parameter "commands" of the document ${DOCUMENT} is required.`);
  }
  return {
    hosts: readHosts(input.InstanceIds),
    commands,
    comment: input.Comment ?? '',
    deliveryTimeout: 1_000 * readTimeout(input.TimeoutSeconds),
    executionTimeout: 1_000 * readExecutionTimeout(parameters['executionTimeout']),
  };
}

/** The range fails closed: a member it would have to ignore is refused by name. */
export function refuseOthers(
  operation: string,
  input: object,
  modelled: readonly string[],
  code = 'ValidationException',
): void {
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || modelled.includes(name)) continue;
    throw new WireError(
      code,
      `The range does not model ${operation} ${name}; it knows ${modelled.join(', ')}.`,
    );
  }
}

/** SSM would put the value of a Parameter Store parameter there; the range has none. */
function refuseReferences(parameters: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, values] of Object.entries(parameters)) {
    const reference = /\{\{\s*ssm(?:-secure)?:[^}]*\}\}/.exec(values.join('\n'));
    if (reference === null) continue;
    throw new WireError(
      'ParameterNotFound',
      `Parameter "${name}" refers to ${reference[0]} of Parameter Store, which the range does not have.`,
    );
  }
}

function readHosts(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0) {
    throw new WireError('ValidationException', 'SendCommand needs InstanceIds.');
  }
  if (ids.length > MOST_HOSTS) {
    throw new WireError(
      'ValidationException',
      `Value at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to ${MOST_HOSTS}, it has ${ids.length}.`,
    );
  }
  return [...new Set(ids)];
}

function readTimeout(seconds: number | undefined): number {
  const { least, most } = TIMEOUT;
  if (seconds === undefined) return TIMEOUT.default;
  if (seconds >= least && seconds <= most) return seconds;
  throw new WireError(
    'ValidationException',
    `Value ${seconds} at 'timeoutSeconds' failed to satisfy constraint: Member must have value from ${least} to ${most}.`,
  );
}

function readExecutionTimeout(values: readonly string[] | undefined): number {
  const { least, most } = EXECUTION_TIMEOUT;
  if (values === undefined) return EXECUTION_TIMEOUT.default;
  const [value = ''] = values;
  const seconds = Number(value);
  if (values.length === 1 && /^\d+$/.test(value) && seconds >= least && seconds <= most) return seconds;
  throw new WireError(
    'InvalidParameters',
    `Parameter "executionTimeout" is ${JSON.stringify(values)}, expected one whole number of seconds from ${least} to ${most}.`,
  );
}
