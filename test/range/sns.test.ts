import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSns, type Sns } from '../../src/range/sns/service.ts';
import { failure, type Setting, startSetting } from './wire/builder.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:deployments';

let sns: Sns;
let setting: Setting;
let client: SNSClient;

beforeEach(async () => {
  sns = createSns({ topics: [TOPIC] });
  setting = await startSetting([sns.service]);
  client = new SNSClient(setting.client);
});
afterEach(() => setting.endpoint.stop());

const text = (value: string) => ({ DataType: 'String', StringValue: value });

function publish(input: Partial<PublishCommandInput>) {
  return client.send(new PublishCommand({ TopicArn: TOPIC, Message: 'zone a is promoted', ...input }));
}

test('keeps what is published, in order', async () => {
  const first = await publish({
    Subject: 'promoted',
    MessageAttributes: { state: text('promoted'), zone: text('a') },
  });
  const second = await publish({ Message: 'grün ✓\n& <b>' });
  expect(first.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(sns.published()).toEqual([
    {
      topic: TOPIC,
      id: first.MessageId,
      subject: 'promoted',
      message: 'zone a is promoted',
      attributes: { state: 'promoted', zone: 'a' },
    },
    { topic: TOPIC, id: second.MessageId, message: 'grün ✓\n& <b>', attributes: {} },
  ]);
});

test('takes a message and a subject that are just as long as is allowed', async () => {
  await publish({ Message: 'ü'.repeat(131_072), Subject: 'x'.repeat(99) });
  expect(sns.published()).toHaveLength(1);
});

test.each<[string, Partial<PublishCommandInput>, string, string]>([
  ['no topic', { TopicArn: undefined }, 'InvalidParameterException', 'no value for required parameter'],
  ['no ARN', { TopicArn: 'deployments' }, 'InvalidParameterException', 'Invalid parameter: TopicArn'],
  [
    'a topic of another region',
    { TopicArn: TOPIC.replace('eu-west-1', 'us-east-1') },
    'InvalidParameterException',
    'Invalid parameter: TopicArn',
  ],
  ['a topic that is not there', { TopicArn: `${TOPIC}-2` }, 'NotFoundException', 'Topic does not exist'],
  ['no text', { Message: '' }, 'InvalidParameterException', 'Empty message'],
  [
    'a byte too many',
    { Message: `x${'ü'.repeat(131_072)}` },
    'InvalidParameterException',
    'Message too long',
  ],
  [
    'attributes that are too many bytes',
    { Message: 'x'.repeat(262_144), MessageAttributes: { a: text('b') } },
    'InvalidParameterException',
    'Message too long',
  ],
  ['a long subject', { Subject: 'x'.repeat(100) }, 'InvalidParameterException', 'Invalid parameter: Subject'],
  ['an empty subject', { Subject: '' }, 'InvalidParameterException', 'Invalid parameter: Subject'],
  ['a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException', 'Invalid parameter: Subject'],
  [
    'a subject in another script',
    { Subject: 'grün' },
    'InvalidParameterException',
    'Invalid parameter: Subject',
  ],
  [
    'a subject that begins with a blank',
    { Subject: ' a' },
    'InvalidParameterException',
    'Invalid parameter: Subject',
  ],
  [
    'an attribute without a value',
    { MessageAttributes: { zone: text('') } },
    'InvalidParameterValueException',
    "The message attribute 'zone' must contain non-empty",
  ],
  [
    'an attribute of a wrong name',
    { MessageAttributes: { 'a b': text('x') } },
    'InvalidParameterValueException',
    "The message attribute name 'a b'",
  ],
  [
    'a phone number',
    { PhoneNumber: '+441632960000' },
    'InvalidParameterException',
    'does not model Publish with PhoneNumber',
  ],
  [
    'messages for each protocol',
    { MessageStructure: 'json' },
    'InvalidParameterException',
    'does not model Publish with MessageStructure',
  ],
])('refuses %s and keeps nothing', async (_, input, name, said) => {
  const error = await failure(publish(input));
  expect(error.name).toBe(name);
  expect(error.message).toContain(said);
  expect(sns.published()).toEqual([]);
});
