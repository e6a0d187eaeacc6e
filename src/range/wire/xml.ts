import { XmlShapeDeserializer, XmlShapeSerializer } from '@aws-sdk/core/protocols';

/** Anything the SDK's own serializers take as a schema. */
export type Schema = Parameters<XmlShapeSerializer['write']>[0];

/** A structure in the SDK's compact form: mark, namespace, name, traits, member names, member schemas. */
export type Structure = Extract<Schema, [3, ...unknown[]]>;

/** Writes a value as an XML document by its schema. An empty `namespace` leaves `xmlns` out. */
export function writeXml(schema: Schema, value: unknown, namespace: string): string {
  const serializer = new XmlShapeSerializer(settings(namespace));
  serializer.write(schema, value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${String(serializer.flush())}`;
}

/** Reads an XML document by its schema; throws when it is not well-formed. */
export function readXml(schema: Schema, document: Uint8Array): unknown {
  return new XmlShapeDeserializer(settings('')).read(schema, document);
}

// The SDK's number for RFC 3339 timestamps, which is what every XML protocol of AWS writes by default.
const dateTime = 5;

function settings(namespace: string): ConstructorParameters<typeof XmlShapeSerializer>[0] {
  return {
    timestampFormat: { useTrait: true, default: dateTime },
    httpBindings: false,
    xmlNamespace: namespace,
    serviceNamespace: '',
  };
}
