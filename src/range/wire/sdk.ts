import { NormalizedSchema } from '@smithy/core/schema';
import { z } from 'zod';

/** One operation as a client package describes it. */
export interface OperationSchema {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
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
      const [, , name, , input, output] = operation.data;
      yield [name, { name, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) }];
    }
  }
}
