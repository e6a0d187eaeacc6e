import type { Protocol } from './calls.ts';
import type { Answer } from './gateway.ts';

/** What AWS says instead of doing what it is asked for. */
export type Refused = 'throttled' | 'failed' | 'denied';

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** As each service says it: Systems Manager, Elastic Load Balancing, S3 (API references, "Common errors"). */
const REFUSALS: Readonly<Record<Refused, Readonly<Record<Protocol, Refusal>>>> = {
  throttled: {
    json: { status: 400, code: 'ThrottlingException' },
    query: { status: 400, code: 'Throttling' },
    s3: { status: 503, code: 'SlowDown' },
  },
  failed: {
    json: { status: 500, code: 'InternalFailure' },
    query: { status: 500, code: 'InternalFailure' },
    s3: { status: 500, code: 'InternalError' },
  },
  denied: {
    json: { status: 400, code: 'AccessDeniedException' },
    query: { status: 403, code: 'AccessDenied' },
    s3: { status: 403, code: 'AccessDenied' },
  },
};

export function refusal(protocol: Protocol, refused: Refused): Answer {
  const { status, code } = REFUSALS[refused][protocol];
  const message = 'made by the gateway of the test';
  const inner = `<Code>${code}</Code><Message>${message}</Message>`;
  const [type, text] = {
    json: ['application/x-amz-json-1.1', JSON.stringify({ __type: code, message })],
    query: ['text/xml', `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error></ErrorResponse>`],
    s3: ['application/xml', `<?xml version="1.0" encoding="UTF-8"?><Error>${inner}</Error>`],
  }[protocol] as [string, string];
  return { status, headers: { 'content-type': type }, body: Buffer.from(text) };
}
