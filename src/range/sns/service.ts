import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue, PublishInput, PublishResponse } from '@aws-sdk/client-sns';
import * as sdk from '@aws-sdk/client-sns';
import { type Call, type Service, WireError } from '../wire/service.ts';

/** What somebody published to a topic. */
export interface PublishedMessage {
  /** ARN. */
  readonly topic: string;
  readonly id: string;
  readonly subject?: string;
  readonly message: string;
  /** Text of each attribute by its name. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Sns {
  readonly service: Service;
  /** In the order in which it came. */
  published(): readonly PublishedMessage[];
}

/** "At most 256 KB in size (262,144 bytes, not 262,144 characters)", "less than 100 characters": API reference, Publish. */
const LONGEST_MESSAGE = 262_144;
const SUBJECT_BELOW = 100;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/;
/** What the API reference calls "letter, number, or punctuation mark", then any text on one line, all of it ASCII. */
const SUBJECT = /^[\x21-\x7E][\x20-\x7E]*$/;

/**
 * The part of SNS that publishes to standard topics. Nobody is subscribed: what was published is kept.
 *
 * @param topics ARNs of the topics that exist
 */
export function createSns({ topics }: { readonly topics: readonly string[] }): Sns {
  const published: PublishedMessage[] = [];
  return {
    service: {
      scope: 'sns',
      sdk,
      operations: {
        Publish(input: PublishInput, call: Call): PublishResponse {
          const topic = topicOf(input, call);
          const { Message: message = '', Subject: subject } = input;
          checkMessage(input);
          if (!topics.includes(topic)) throw new WireError('NotFound', 'Topic does not exist', 404);
          const attributes = attributesOf(input);
          const id = randomUUID();
          published.push({ topic, id, ...(subject === undefined ? {} : { subject }), message, attributes });
          return { MessageId: id };
        },
      },
    },
    published: () => [...published],
  };
}

function topicOf(input: PublishInput, { region }: Call): string {
  const others = [
    ...(['TargetArn', 'PhoneNumber', 'MessageStructure'] as const),
    ...(['MessageGroupId', 'MessageDeduplicationId'] as const),
  ].filter((member) => input[member] !== undefined);
  if (others.length > 0) throw invalid(`The range does not model Publish with ${others.join(', ')}`);
  const { TopicArn: topic } = input;
  if (topic === undefined) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
  const [, , , home] = /^(arn):(aws[\w-]*):sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}$/.exec(topic) ?? [];
  // A topic answers at the endpoint of its own region only.
  if (home !== region) throw invalid('TopicArn');
  return topic;
}

function checkMessage({
  Message: message = '',
  Subject: subject,
  MessageAttributes: attributes,
}: PublishInput): void {
  if (message === '') throw invalid('Empty message');
  const extra = Object.entries(attributes ?? {}).flatMap(([name, value]) => [
    name,
    value.DataType ?? '',
    value.StringValue ?? '',
  ]);
  if (Buffer.byteLength(message + extra.join('')) > LONGEST_MESSAGE) throw invalid('Message too long');
  if (subject === undefined) return;
  if (subject.length >= SUBJECT_BELOW || !SUBJECT.test(subject)) throw invalid('Subject');
}

function attributesOf({
  MessageAttributes: attributes = {},
}: PublishInput): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, attributeText(name, value)] as const),
  );
}

function attributeText(name: string, { DataType: type, StringValue: text }: MessageAttributeValue): string {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw new WireError('ParameterValueInvalid', `The message attribute name '${name}' is not allowed.`);
  }
  if (type !== 'String') {
    throw invalid(`The range does not model message attributes of the type ${type}; it models String`);
  }
  if (text === undefined || text === '') {
    throw new WireError(
      'ParameterValueInvalid',
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type 'String'.`,
    );
  }
  return text;
}

function invalid(what: string): WireError {
  return new WireError('InvalidParameter', `Invalid parameter: ${what}`);
}
