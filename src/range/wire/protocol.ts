import type { IncomingMessage } from 'node:http';
import { JsonShapeDeserializer2, JsonShapeSerializer2 } from '@aws-sdk/core/protocols';
import { type ErrorStyle, ec2Errors, jsonErrors, queryErrors } from './errors.ts';
import { AWS_QUERY, type Dialect, EC2_QUERY, readQuery } from './query.ts';
import type { Reply } from './reply.ts';
import { restXml } from './rest-xml.ts';
import type { OperationSchema, ServiceDescription } from './sdk.ts';
import { WireError } from './service.ts';
import { checked } from './shape.ts';
import { type Structure, writeXml } from './xml.ts';

/** The server's side of one AWS protocol for one service. */
export interface Protocol {
  readonly errors: ErrorStyle;
  /** Name of the operation asked for; what the request names instead, or empty, when there is none. */
  operationName(request: IncomingMessage, body: Buffer): string;
  /** Code for an operation that is not there. */
  readonly unknownOperation: string;
  /** Reads and checks the input; throws `WireError` naming each member that is wrong. */
  readInput(operation: OperationSchema, body: Buffer, request: IncomingMessage): object | Promise<object>;
  writeOutput(operation: OperationSchema, output: object, requestId: string): Reply;
}

/** The protocol in which a service speaks; throws for one that the range does not know. */
export function protocolOf(service: ServiceDescription): Protocol {
  switch (service.protocol) {
    case 'aws.protocols#awsQuery':
      return awsQuery(service);
    case 'aws.protocols#ec2Query':
      return ec2Query(service);
    case 'aws.protocols#awsJson1_0':
      return awsJson(service, 'application/x-amz-json-1.0');
    case 'aws.protocols#awsJson1_1':
      return awsJson(service, 'application/x-amz-json-1.1');
    case 'aws.protocols#restXml':
      return restXml(service);
    default:
      throw new Error(`the range does not speak ${service.protocol} (service ${service.target})`);
  }
}

function awsQuery({ xmlNamespace, version }: ServiceDescription): Protocol {
  return {
    errors: queryErrors(xmlNamespace),
    ...queryRequests(version, AWS_QUERY, 'ValidationError'),
    writeOutput: (operation, output, requestId) =>
      xmlReply(
        queryResponse(operation),
        { [`${operation.name}Result`]: output, ResponseMetadata: { RequestId: requestId } },
        xmlNamespace,
      ),
  };
}

/** Only EC2 speaks it: flat lists, no element around the result, errors of their own. */
function ec2Query({ xmlNamespace, version }: ServiceDescription): Protocol {
  return {
    errors: ec2Errors,
    ...queryRequests(version, EC2_QUERY, 'InvalidParameterValue'),
    writeOutput: (operation, output, requestId) =>
      xmlReply(ec2Response(operation), { ...output, requestId }, xmlNamespace),
  };
}

function queryRequests(
  version: string,
  dialect: Dialect,
  invalid: string,
): Pick<Protocol, 'unknownOperation' | 'operationName' | 'readInput'> {
  return {
    unknownOperation: 'InvalidAction',
    operationName: (_request, body) => new URLSearchParams(body.toString()).get('Action') ?? '',
    readInput(operation, body) {
      const parameters = new URLSearchParams(body.toString());
      if (parameters.get('Version') !== version) {
        throw new WireError(
          'InvalidAction',
          `Could not find operation ${operation.name} for version ${parameters.get('Version') ?? '(none)'}; the range models version ${version}`,
        );
      }
      parameters.delete('Action');
      parameters.delete('Version');
      return checked(operation, readQuery(operation.input, parameters, dialect), invalid);
    },
  };
}

function xmlReply(response: Structure, value: object, xmlNamespace: string): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: writeXml(response, value, xmlNamespace),
  };
}

const responseMetadata: Structure = [3, 'range', 'ResponseMetadata', 0, ['RequestId'], [0]];

function queryResponse({ name, output }: OperationSchema): Structure {
  // An operation that answers nothing has no Result element.
  if (output.isUnitSchema()) {
    return [3, 'range', `${name}Response`, 0, ['ResponseMetadata'], [() => responseMetadata]];
  }
  const members = [`${name}Result`, 'ResponseMetadata'];
  return [3, 'range', `${name}Response`, 0, members, [() => output.getSchema(), () => responseMetadata]];
}

function ec2Response({ name, output }: OperationSchema): Structure {
  const members = [...output.structIterator()];
  return [
    3,
    'range',
    `${name}Response`,
    0,
    ['requestId', ...members.map(([member]) => member)],
    [
      0,
      ...members.map(
        ([, schema]) =>
          () =>
            schema,
      ),
    ],
  ];
}

function awsJson({ target, queryCompatible }: ServiceDescription, contentType: string): Protocol {
  const settings = {
    timestampFormat: { useTrait: true, default: epochSeconds },
    httpBindings: false,
    jsonName: false,
  } as const;
  return {
    errors: jsonErrors(contentType, queryCompatible),
    unknownOperation: 'UnknownOperationException',
    operationName(request) {
      const [service, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.', 2);
      return service === target ? operation : '';
    },
    readInput: (operation, body) => {
      const input = checked(operation, parseJson(body), 'ValidationException');
      return new JsonShapeDeserializer2(settings).read(operation.input, JSON.stringify(input));
    },
    writeOutput(operation, output) {
      const serializer = new JsonShapeSerializer2(settings);
      serializer.write(operation.output, output);
      return { status: 200, headers: { 'content-type': contentType }, body: serializer.flush() };
    },
  };
}

// The SDK's number for timestamps in seconds since 1970, the default of the JSON protocols.
const epochSeconds = 7;

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch (cause) {
    throw new WireError('SerializationException', `the body is not JSON: ${String(cause)}`);
  }
}
