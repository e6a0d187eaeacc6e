import type { Reply } from './reply.ts';
import type { WireError } from './service.ts';
import type { SignatureTrouble } from './signature.ts';
import { type Structure, writeXml } from './xml.ts';

/** How a protocol words its errors. */
export interface ErrorStyle {
  /** Code and HTTP status of each way in which authentication fails. */
  readonly signature: Readonly<Record<SignatureTrouble, readonly [code: string, status: number]>>;
  /** Code of an error that is nobody's fault but the range's. */
  readonly internal: string;
  /** @param resource path of the request, which S3 repeats in its errors */
  render(error: WireError, requestId: string, resource: string): Reply;
}

/** Errors of awsQuery: `<ErrorResponse>`. */
export function queryErrors(namespace: string): ErrorStyle {
  return {
    signature: {
      missing: ['MissingAuthenticationToken', 403],
      malformed: ['IncompleteSignature', 400],
      'unknown-key': ['InvalidClientTokenId', 403],
      mismatch: ['SignatureDoesNotMatch', 403],
      skewed: ['RequestExpired', 400],
      expired: ['RequestExpired', 400],
    },
    internal: 'InternalFailure',
    render: (error, requestId) => ({
      status: error.status,
      headers: { 'content-type': 'text/xml' },
      body: writeXml(
        errorResponse,
        {
          Error: {
            Type: error.status < 500 ? 'Sender' : 'Receiver',
            Code: error.code,
            Message: error.message,
          },
          RequestId: requestId,
        },
        namespace,
      ),
    }),
  };
}

/** Errors of ec2Query: `<Response><Errors>`. Whose key or signature is wrong is all the same to it. */
export const ec2Errors: ErrorStyle = {
  signature: {
    missing: ['MissingAuthenticationToken', 403],
    malformed: ['IncompleteSignature', 400],
    'unknown-key': ['AuthFailure', 401],
    mismatch: ['AuthFailure', 401],
    skewed: ['RequestExpired', 400],
    expired: ['RequestExpired', 400],
  },
  internal: 'InternalError',
  render: (error, requestId) => ({
    status: error.status,
    headers: { 'content-type': 'text/xml' },
    body: writeXml(
      ec2Response,
      { Errors: { Error: { Code: error.code, Message: error.message } }, RequestID: requestId },
      '',
    ),
  }),
};

/**
 * Errors of awsJson: `__type` and `message`.
 *
 * @param queryCompatible whether a header repeats the code in awsQuery's way, for clients that came from there
 */
export function jsonErrors(contentType: string, queryCompatible = false): ErrorStyle {
  return {
    signature: {
      missing: ['MissingAuthenticationTokenException', 400],
      malformed: ['IncompleteSignatureException', 400],
      'unknown-key': ['UnrecognizedClientException', 400],
      mismatch: ['InvalidSignatureException', 400],
      skewed: ['InvalidSignatureException', 400],
      expired: ['InvalidSignatureException', 400],
    },
    internal: 'InternalFailure',
    render: (error) => ({
      status: error.status,
      headers: {
        'content-type': contentType,
        ...(queryCompatible && {
          'x-amzn-query-error': `${error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`,
        }),
      },
      body: JSON.stringify({ __type: error.code, message: error.message }),
    }),
  };
}

/** Errors of S3: a bare `<Error>`. */
export const s3Errors: ErrorStyle = {
  signature: {
    missing: ['AccessDenied', 403],
    malformed: ['AuthorizationHeaderMalformed', 400],
    'unknown-key': ['InvalidAccessKeyId', 403],
    mismatch: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestTimeTooSkewed', 403],
    expired: ['AccessDenied', 403],
  },
  internal: 'InternalError',
  render: (error, requestId, resource) => ({
    status: error.status,
    headers: { 'content-type': 'application/xml' },
    body: writeXml(
      s3Error,
      { Code: error.code, Message: error.message, Resource: resource, RequestId: requestId },
      '',
    ),
  }),
};

const errorDetail: Structure = [3, 'range', 'Error', 0, ['Type', 'Code', 'Message'], [0, 0, 0]];
const errorResponse: Structure = [
  3,
  'range',
  'ErrorResponse',
  0,
  ['Error', 'RequestId'],
  [() => errorDetail, 0],
];
const s3Error: Structure = [
  3,
  'range',
  'Error',
  0,
  ['Code', 'Message', 'Resource', 'RequestId'],
  [0, 0, 0, 0],
];
const ec2Detail: Structure = [3, 'range', 'Error', 0, ['Code', 'Message'], [0, 0]];
const ec2Details: Structure = [3, 'range', 'Errors', 0, ['Error'], [() => ec2Detail]];
const ec2Response: Structure = [3, 'range', 'Response', 0, ['Errors', 'RequestID'], [() => ec2Details, 0]];
