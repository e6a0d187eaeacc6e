import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ErrorStyle, jsonErrors, queryErrors, s3Errors } from './errors.ts';
import type { Gate } from './gate.ts';
import { type Protocol, protocolOf } from './protocol.ts';
import { readBody, send } from './reply.ts';
import { describeService, type OperationSchema } from './sdk.ts';
import { type Operation, type Service, WireError } from './service.ts';
import { type Claim, pathOf, readClaim, SignatureError, verifyClaim } from './signature.ts';

export interface EndpointOptions {
  readonly services: readonly Service[];
  /** Sees every call of an operation that is modelled before it is answered; none is turned away when missing. */
  readonly gate?: Gate;
  /** Answers S3 requests whose signature has been verified; may throw `WireError`. */
  readonly s3: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Endpoint {
  /** Always `http://127.0.0.1:port`: with a host name the SDK would put S3 buckets into it. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the one address at which every AWS service of the range answers. Which service a request is for
 * follows from the credential scope of its signature. What is not modelled is refused by name.
 */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const hosted = new Map(options.services.map((service) => [service.scope, host(service)]));
  const server = createServer((request, response) => {
    void answer({ options, hosted }, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error(`expected the endpoint to listen on a TCP port, saw ${String(address)}`);
  }
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Hosted {
  readonly scope: string;
  readonly protocol: Protocol;
  readonly schemas: ReadonlyMap<string, OperationSchema>;
  readonly operations: Readonly<Record<string, Operation>>;
}

interface House {
  readonly options: EndpointOptions;
  readonly hosted: ReadonlyMap<string, Hosted>;
}

function host(service: Service): Hosted {
  const description = describeService(service.sdk);
  const unknown = Object.keys(service.operations).filter((name) => !description.operations.has(name));
  if (unknown.length > 0) {
    throw new Error(`${service.scope} has no operation ${unknown.join(', ')} in its SDK client package`);
  }
  return {
    scope: service.scope,
    protocol: protocolOf(description),
    schemas: description.operations,
    operations: service.operations,
  };
}

async function answer(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  response.setHeader('x-amzn-requestid', requestId).setHeader('x-amz-request-id', requestId);
  const style = errorStyle(house, request);
  try {
    await serve(house, request, response, requestId);
  } catch (error) {
    if (response.headersSent || isBrokenOff(request)) {
      response.destroy();
      return;
    }
    send(response, style.render(asWireError(error, style), requestId, pathOf(request)));
  }
}

async function serve(
  { options, hosted }: House,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const claim = readClaim(request);
  if (claim.service === 's3') {
    await verifyClaim(claim, request, undefined, options, new Date());
    await reported(request, `s3 ${request.method ?? ''} ${pathOf(request)}`, () =>
      options.s3(request, response),
    );
    return;
  }
  const service = hosted.get(claim.service);
  if (service === undefined) {
    const known = [...hosted.keys(), 's3'].join(', ');
    throw new WireError(
      'NotImplemented',
      `The service ${claim.service} is not modelled by the range; it models ${known}`,
      501,
    );
  }
  const body = await readBody(request);
  await verifyClaim(claim, request, body, options, new Date());
  const { schema, output } = await call(service, { claim, gate: options.gate }, request, body);
  send(response, service.protocol.writeOutput(schema, output, requestId));
}

async function call(
  { scope, protocol, schemas, operations }: Hosted,
  { claim, gate }: { readonly claim: Claim; readonly gate: Gate | undefined },
  request: IncomingMessage,
  body: Buffer,
): Promise<{ readonly schema: OperationSchema; readonly output: object }> {
  const name = protocol.operationName(request, body);
  const schema = schemas.get(name);
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (schema === undefined || operation === undefined) {
    const known = Object.keys(operations).join(', ');
    throw new WireError(
      protocol.unknownOperation,
      `The action ${name || '(none)'} is not modelled by the range for ${scope}; it models ${known}`,
    );
  }
  gate?.admit({ scope, operation: name, region: claim.region });
  return reported(request, `${scope} ${name}`, async () => {
    // Checked against the schema of this very operation, which no static type can express.
    const input = (await protocol.readInput(schema, body, request)) as never;
    return { schema, output: await operation(input, { region: claim.region }) };
  });
}

/** Prints an error that no client caused, with the operation in which it happened, and passes it on. */
async function reported<T>(request: IncomingMessage, operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WireError) && !isBrokenOff(request)) {
      console.error(`range: ${operation} failed:`, error);
    }
    throw error;
  }
}

/** Whether the client went away before its request was complete. */
function isBrokenOff(request: IncomingMessage): boolean {
  return request.destroyed && !request.complete;
}

/** How to word an error, even for a request that cannot be read any further than its shape. */
function errorStyle({ hosted }: House, request: IncomingMessage): ErrorStyle {
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  const service = hosted.get(scope ?? '');
  if (service !== undefined) {
    return service.protocol.errors;
  }
  if (request.headers['x-amz-target'] !== undefined) {
    return jsonErrors(request.headers['content-type'] ?? 'application/x-amz-json-1.1');
  }
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return scope === 's3' || (scope === undefined && !form) ? s3Errors : queryErrors('');
}

function asWireError(error: unknown, style: ErrorStyle): WireError {
  if (error instanceof WireError) {
    return error;
  }
  if (error instanceof SignatureError) {
    const [code, status] = style.signature[error.trouble];
    return new WireError(code, error.message, status);
  }
  return new WireError(style.internal, 'the range failed; its log has the reason', 500);
}
