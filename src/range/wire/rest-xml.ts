import type { IncomingMessage } from 'node:http';
import { queryErrors } from './errors.ts';
import { readScalar } from './query.ts';
import type { Reply } from './reply.ts';
import type { OperationSchema, ServiceDescription } from './sdk.ts';
import { WireError } from './service.ts';
import { checked } from './shape.ts';
import { pathOf, queryOf } from './signature.ts';
import { readXml, writeXml } from './xml.ts';

/**
 * The server's side of restXml as Route 53 speaks it: the operation follows from method and path, the input is in
 * labels of the path, in the query string and in the body. S3 speaks it too, and is answered by hand.
 */
export function restXml({ xmlNamespace, operations }: ServiceDescription) {
  const routes = [...operations.values()].flatMap(routesOf);
  return {
    errors: queryErrors(xmlNamespace),
    unknownOperation: 'InvalidAction',
    operationName(request: IncomingMessage): string {
      const named = routes.find(
        ({ method, path }) => method === request.method && path.test(pathOf(request)),
      );
      return named?.name ?? `${request.method ?? ''} ${pathOf(request)}`;
    },
    readInput(operation: OperationSchema, body: Buffer, request: IncomingMessage): object {
      refuseOtherBindings(operation.input, operation.name);
      const input = { ...readBody(operation, body), ...readAddress(operation, request) };
      return checked(operation, input, invalid);
    },
    writeOutput(operation: OperationSchema, output: object): Reply {
      refuseOtherBindings(operation.output, operation.name);
      return {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: writeXml(operation.output.getSchema(), output, xmlNamespace),
      };
    },
  };
}

/** Code of Route 53 for input that does not fit. */
const invalid = 'InvalidInput';

interface Route {
  readonly name: string;
  readonly method: string;
  /** Matches whole paths, the labels as named groups. */
  readonly path: RegExp;
}

function routesOf({ name, http }: OperationSchema): readonly Route[] {
  return http === undefined ? [] : [{ name, method: http.method, path: pattern(http.path) }];
}

/** Clients differ in whether they end a path with a slash. */
function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`);
}

function readAddress({ input, name, http }: OperationSchema, request: IncomingMessage): object {
  const labels = pattern(http?.path ?? '').exec(pathOf(request))?.groups ?? {};
  const query = queryOf(request);
  const values: [string, unknown][] = [];
  for (const [member, schema] of input.structIterator()) {
    const { httpLabel, httpQuery } = schema.getMergedTraits();
    if (httpLabel !== undefined) {
      values.push([member, readScalar(schema, decoded(labels[member] ?? ''))]);
    }
    const text = httpQuery === undefined ? null : query.get(httpQuery);
    if (httpQuery !== undefined && text !== null) {
      values.push([member, readScalar(schema, text)]);
      query.delete(httpQuery);
    }
  }
  const unknown = [...query.keys()];
  if (unknown.length > 0) {
    throw new WireError(invalid, `${name} has no query parameter ${unknown.join(', ')}`);
  }
  return Object.fromEntries(values);
}

function decoded(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    throw new WireError(invalid, `the path has ${label}, which is not percent-encoded text`);
  }
}

function readBody({ input, name }: OperationSchema, body: Buffer): object {
  if (body.length === 0) return {};
  const value = parse(input, body);
  // What the reader passes over silently is missing when its value is written again.
  const known = elementsOf(writeXml(input.getSchema(), value, ''));
  const unknown = elementsOf(body.toString()).filter((element) => {
    const place = known.indexOf(element);
    if (place >= 0) known.splice(place, 1);
    return place < 0;
  });
  if (unknown.length > 0) {
    throw new WireError(invalid, `Invalid XML: ${name} has no place for ${unknown.join(', ')}`);
  }
  return value;
}

function parse(input: OperationSchema['input'], body: Buffer): object {
  try {
    return Object(readXml(input.getSchema(), body));
  } catch (cause) {
    throw new WireError(invalid, `Invalid XML: ${String(cause)}`);
  }
}

function elementsOf(document: string): string[] {
  return [...document.matchAll(/<([A-Za-z][\w.-]*)/g)].map(([, name = '']) => name);
}

/** Headers and bare payloads carry nothing of what the range models. */
function refuseOtherBindings(schema: OperationSchema['input'], operation: string): void {
  for (const [member, memberSchema] of schema.structIterator()) {
    const { httpHeader, httpPayload, httpPrefixHeaders } = memberSchema.getMergedTraits();
    if (httpHeader !== undefined || httpPayload !== undefined || httpPrefixHeaders !== undefined) {
      throw new Error(`${operation}: the binding of ${member} is not modelled`);
    }
  }
}
