import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { explained } from '../runner/aws-call.ts';
import { requestLimits } from '../runner/aws-requests.ts';
import { UserError } from '../runner/errors.ts';
import type { News, Notifier } from './port.ts';
import { shortened } from './shortened.ts';

/** "Less than 100 characters" (API reference, Publish). */
const LONGEST_SUBJECT = 99;
/** A message has at most 262,144 bytes (API reference, Publish), its attributes among them; these need far less than the rest. */
const LONGEST_MESSAGE = 262_144 - 4_096;

/**
 * Publishes to an SNS topic, in the region of its ARN. Needs `sns:Publish` on the topic, so that subscribers hear of a deployment;
 * a topic that is encrypted with a key of one's own needs `kms:GenerateDataKey` and `kms:Decrypt` on that key as well.
 *
 * The attributes `service`, `zone` and `state` go with every message: a subscription's filter policy can choose by them.
 *
 * @param topic its ARN
 */
export function createSnsNotifier(topic: string): Notifier {
  const [, , , region = ''] = topic.split(':');
  // Twice told is better than never, so every attempt may follow the one before soon.
  const client = new SNSClient({ region, maxAttempts: 3, requestHandler: requestLimits(5_000) });
  return {
    name: `SNS topic ${topic}`,
    notify: async (news, signal) => {
      const command = new PublishCommand({
        TopicArn: topic,
        Subject: subjectOf(news.title),
        Message: shortened(`${news.title}\n\n${news.body}\n\n${news.run}`, LONGEST_MESSAGE),
        MessageAttributes: {
          service: attribute(news.service),
          zone: attribute(news.zone),
          state: attribute(news.state),
        },
      });
      const operation = {
        purpose: `publish to the SNS topic ${topic}`,
        action: 'sns:Publish',
        resource: topic,
      };
      await explained(operation, client.send(command, { abortSignal: signal }).catch(explainMissing(topic)));
    },
  };
}

function attribute(value: News['state'] | string) {
  return { DataType: 'String', StringValue: value };
}

/** Subjects are ASCII on one line and begin with a letter, a number or a punctuation mark (API reference, Publish). */
function subjectOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\x20-\x7E]/gu, '?')
    .trim();
  return plain.length > LONGEST_SUBJECT ? `${plain.slice(0, LONGEST_SUBJECT - 3)}...` : plain;
}

/** SNS has no way to ask for a topic that would not need a permission more; it tells when it is written to. */
function explainMissing(topic: string) {
  return (error: unknown): never => {
    if (!(error instanceof Error) || !/^NotFound(Exception)?$/.test(error.name)) throw error;
    throw new UserError(
      `Could not publish to the SNS topic ${topic}: it does not exist (${error.message}). ` +
        'Nobody was told. Correct `notify.sns` in the fleet file, or create the topic.',
      { cause: error },
    );
  };
}
