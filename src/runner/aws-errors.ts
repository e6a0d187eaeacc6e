import { CancelledError, PlatformError, UserError } from './errors.ts';

/** What was asked of AWS, in the words an error message needs. */
export interface AwsOperation {
  /** What it was for, such as `read the targets of pool web`; the message says "Could not …". */
  readonly purpose: string;
  /** IAM action the call needs, such as `elasticloadbalancing:DescribeTargetHealth`. */
  readonly action: string;
  /** ARN or name of what the call is about. */
  readonly resource?: string;
  /** Value of `AWS_ENDPOINT_URL`, when it is set. */
  readonly endpoint?: string;
}

/** The fields that the SDK's errors, Node's system errors and the SDK's credential chain may carry. */
interface Facts {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly host: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

type Explanation = (facts: Facts, operation: AwsOperation) => Omit<Told, 'cause'>;

interface Told {
  readonly kind: 'user' | 'platform' | 'cancelled';
  readonly text: string;
}

const GET_CREDENTIALS =
  'Add the step aws-actions/configure-aws-credentials before this one, with `role-to-assume` and `aws-region`, ' +
  'and `permissions: { id-token: write }` on the job.';

/** Codes by which AWS services refuse a caller who is known but not allowed. */
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'OperationNotPermitted',
  'UnauthorizedOperation',
]);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);
const NOT_ACCEPTED = new Set([
  'AuthFailure',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
/** The SDK's own list of throttling codes, `@smithy/core/retry`. */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);
const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** Most telling first: the first rule that knows the error explains it. */
const RULES: readonly { readonly knows: (facts: Facts) => boolean; readonly explain: Explanation }[] = [
  { knows: (facts) => facts.name === 'AbortError', explain: cancelled },
  { knows: (facts) => DENIED.has(facts.name) || isBare(facts, 403), explain: denied },
  { knows: (facts) => EXPIRED.has(facts.name), explain: expired },
  { knows: isWithoutCredentials, explain: withoutCredentials },
  { knows: (facts) => /^Region is missing/.test(facts.message), explain: withoutRegion },
  { knows: (facts) => NOT_ACCEPTED.has(facts.name), explain: notAccepted },
  { knows: (facts) => THROTTLED.has(facts.name) || facts.status === 429, explain: throttled },
  { knows: isUnreachable, explain: unreachable },
  { knows: () => true, explain: unforeseen },
];

/**
 * Says what an error of the AWS SDK means for the person who reads it. Pure: nothing is read but its arguments.
 *
 * @returns `UserError` when permissions, credentials or settings have to be mended, `CancelledError` when the call
 *   was aborted, `PlatformError` for everything else; an error that is already one of these is given back as it is
 */
export function explainAws(
  error: unknown,
  operation: AwsOperation,
): PlatformError | UserError | CancelledError {
  if (error instanceof UserError || error instanceof PlatformError || error instanceof CancelledError) {
    return error;
  }
  const facts = factsOf(error);
  const rule = RULES.find(({ knows }) => knows(facts));
  const { kind, text } = (rule?.explain ?? unforeseen)(facts, operation);
  const options = { cause: error };
  if (kind === 'user') return new UserError(text, options);
  return kind === 'platform' ? new PlatformError(text, options) : new CancelledError(text, options);
}

function cancelled(_: Facts, operation: AwsOperation): Told {
  return { kind: 'cancelled', text: `Cancelled while trying to ${operation.purpose}.` };
}

function denied(facts: Facts, operation: AwsOperation): Told {
  const onWhat = operation.resource === undefined ? '' : ` on ${operation.resource}`;
  return user(
    operation,
    `AWS does not allow it (${answer(facts)}). ` +
      `Add the action ${operation.action}${onWhat} to the policy of the role that runs this step.`,
  );
}

function expired(facts: Facts, operation: AwsOperation): Told {
  return user(
    operation,
    `the AWS credentials have expired (${answer(facts)}). Run the job again: it continues from what it observes. ` +
      'If one run takes longer than the session, raise `role-duration-seconds` of configure-aws-credentials.',
  );
}

function withoutCredentials(facts: Facts, operation: AwsOperation): Told {
  return user(operation, `there are no AWS credentials (${facts.message}). ${GET_CREDENTIALS}`);
}

function withoutRegion(_: Facts, operation: AwsOperation): Told {
  return user(operation, `no AWS region is set. ${GET_CREDENTIALS}`);
}

function notAccepted(facts: Facts, operation: AwsOperation): Told {
  return user(operation, `AWS does not accept the credentials (${answer(facts)}). ${GET_CREDENTIALS}`);
}

function throttled(facts: Facts, operation: AwsOperation): Told {
  return platform(
    operation,
    `AWS limits the rate of calls and went on refusing after every retry (${answer(facts)}). ` +
      'Run the job again later, or ask AWS to raise the limit.',
  );
}

function unreachable(facts: Facts, operation: AwsOperation): Told {
  const override =
    operation.endpoint === undefined
      ? 'Check that the region is right and that the runner may reach it.'
      : `AWS_ENDPOINT_URL is ${operation.endpoint}: check that something listens there, or unset it.`;
  const where = facts.host ?? operation.endpoint ?? 'the AWS endpoint';
  return platform(operation, `${where} does not answer (${answer(facts)}). ${override}`);
}

function unforeseen(facts: Facts, operation: AwsOperation): Told {
  return platform(operation, `AWS answered ${answer(facts)}.`);
}

function user(operation: AwsOperation, why: string): Told {
  return { kind: 'user', text: `Could not ${operation.purpose}: ${why}` };
}

function platform(operation: AwsOperation, why: string): Told {
  return { kind: 'platform', text: `Could not ${operation.purpose}: ${why}` };
}

/** Code, message and request id on one line. */
function answer(facts: Facts): string {
  const code = facts.code ?? facts.name;
  const message = facts.message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
  const status = isBare(facts, facts.status) ? `HTTP status ${facts.status}` : undefined;
  const parts = [status, message === '' || message === code ? code : `${code}: ${message}`];
  const request = facts.requestId === undefined ? [] : [`request id ${facts.requestId}`];
  return [...parts.filter((part) => part !== undefined), ...request].join(', ');
}

/** An answer with a status but without a code, as HEAD requests and proxies give. */
function isBare(facts: Facts, status: number | undefined): boolean {
  return (
    status !== undefined && facts.status === status && /^(Unknown|UnknownError|\d{3}|Error)$/.test(facts.name)
  );
}

function isWithoutCredentials(facts: Facts): boolean {
  return (
    ['CredentialsProviderError', 'ProviderError', 'TokenProviderError'].includes(facts.name) ||
    /^Could not load credentials|^Resolved credential object is not valid/.test(facts.message)
  );
}

function isUnreachable(facts: Facts): boolean {
  return UNREACHABLE.has(facts.code ?? '') || UNREACHABLE.has(facts.name);
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return { ...NOTHING, message: String(error) };
  // Node answers a name with several addresses by an AggregateError whose own message is empty.
  const inner =
    error instanceof AggregateError ? error.errors.find((each) => each instanceof Error) : undefined;
  const message = error.message || (inner instanceof Error ? inner.message : '');
  const metadata = field(error, '$metadata');
  const status = field(metadata, 'httpStatusCode');
  return {
    name: error.name,
    code: string(field(error, 'code')) ?? string(field(inner, 'code')),
    message,
    host: hostOf(error) ?? hostOf(inner),
    status: typeof status === 'number' ? status : undefined,
    requestId: string(field(metadata, 'requestId')),
  };
}

const NOTHING: Facts = {
  name: 'Error',
  code: undefined,
  message: '',
  host: undefined,
  status: undefined,
  requestId: undefined,
};

function hostOf(error: unknown): string | undefined {
  const hostname = string(field(error, 'hostname'));
  if (hostname !== undefined) return hostname;
  const address = string(field(error, 'address'));
  const port = field(error, 'port');
  return address === undefined ? undefined : `${address}${typeof port === 'number' ? `:${port}` : ''}`;
}

function field(from: unknown, key: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined;
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
