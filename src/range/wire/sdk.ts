import { NormalizedSchema } from '@smithy/core/schema';
import { z } from 'zod';

/** One operation as a client package describes it. */
export interface OperationSchema {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Method and path with `{Label}`s, where the protocol puts operations at paths of their own. */
  readonly http?: { readonly method: string; readonly path: string };
}

/** What a client package says about its service's wire format. */
export interface ServiceDescription {
  /** Smithy shape id, such as `aws.protocols#awsQuery`. */
  readonly protocol: string;
  /** API version, such as `2015-12-01`. */
  readonly version: string;
  readonly xmlNamespace: string;
  /** First half of `X-Amz-Target` in the JSON protocols. */
  readonly target: string;
  /** Whether it spoke awsQuery once and still says its errors in those words, too. */
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationSchema>;
}

/**
 * Reads the wire format of a service from the exports of its SDK client package, so that nothing about it
 * is written down twice. Throws when the exports are not those of a schema-based client package.
 */
export function describeService(sdk: Readonly<Record<string, unknown>>): ServiceDescription {
  const { protocol, protocolSettings } = configurationShape.parse(instantiate(sdk)).config;
  return {
    protocol: protocol.getShapeId(),
    version: protocolSettings.version,
    xmlNamespace: protocolSettings.xmlNamespace,
    target: protocolSettings.serviceTarget,
    queryCompatible: protocolSettings.awsQueryCompatible,
    operations: new Map(operationsOf(sdk)),
  };
}

// A static operation schema starts with this number in the SDK's compact form.
const operationMark = 9;

const configurationShape = z.object({
  config: z.object({
    protocol: z.custom<{ getShapeId(): string }>(hasShapeId, 'a client with a schema-based protocol'),
    protocolSettings: z.object({
      version: z.string(),
      xmlNamespace: z.string(),
      serviceTarget: z.string(),
      awsQueryCompatible: z.boolean().default(false),
    }),
  }),
});

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

const operationShape = z.tuple([
  z.literal(operationMark),
  z.string(),
  z.string(),
  z.unknown(),
  z.custom<SchemaRef>(),
  z.custom<SchemaRef>(),
]);

const httpTrait = z.object({ http: z.tuple([z.string(), z.string(), z.number()]) });

function instantiate(sdk: Readonly<Record<string, unknown>>): unknown {
  const client = Object.entries(sdk).find(([name]) => name.endsWith('Client') && !name.startsWith('_'))?.[1];
  if (typeof client !== 'function') {
    throw new TypeError('expected the exports of an AWS SDK client package, saw none that ends in "Client"');
  }
  return Reflect.construct(client, [{ region: 'us-east-1' }]);
}

function hasShapeId(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'getShapeId' in value;
}

function* operationsOf(sdk: Readonly<Record<string, unknown>>): Generator<[string, OperationSchema]> {
  for (const value of Object.values(sdk)) {
    const operation = operationShape.safeParse(value);
    if (operation.success) {
      const [, , name, traits, input, output] = operation.data;
      const schemas = { input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) };
      const bound = httpTrait.safeParse(traits);
      if (bound.success) {
        const [method, path] = bound.data.http;
        yield [name, { name, ...schemas, http: { method, path } }];
      } else {
        yield [name, { name, ...schemas }];
      }
    }
  }
}
