import { z } from 'zod';
import { DURATION_FORMAT, parseDuration } from './duration.ts';
import { MARKER_FORMAT, MARKER_PATTERN } from './marker.ts';
import { text, writeRule } from './rule.ts';

/** A duration that may be zero. */
export const duration = () =>
  readable(
    text(/^\d{1,9}(ms|s|m|h)$/, `a duration: ${DURATION_FORMAT}`, 'write a whole number with its unit'),
  );

/** A duration above zero. */
export const limit = () =>
  readable(
    text(
      /^[1-9]\d{0,8}(ms|s|m|h)$/,
      `a duration above zero: ${DURATION_FORMAT}`,
      'write how long to wait at most',
    ),
  );

/** A pattern cannot say how long is too long. */
function readable<T extends z.ZodType<string>>(duration: T) {
  return duration.refine((written) => parseDuration(written) !== undefined, {
    error: writeRule({ expected: `a duration: ${DURATION_FORMAT}`, cure: 'write a shorter one' }),
  });
}

const AMOUNT_ERROR = writeRule({
  expected: 'a whole number of hosts from 1, or a percentage from 1% to 100%',
  cure: 'write for example 2 or 50%',
});

/** A number of hosts or a percentage, neither of them zero. */
export const amount = () =>
  z.union(
    [
      z.int({ error: AMOUNT_ERROR }).min(1, { error: AMOUNT_ERROR }).max(999_999, { error: AMOUNT_ERROR }),
      z.string({ error: AMOUNT_ERROR }).regex(/^([1-9]\d?|100)%$/, { error: AMOUNT_ERROR }),
    ],
    { error: AMOUNT_ERROR },
  );

const BOOLEAN_ERROR = writeRule({ expected: 'true or false', cure: 'write it without quotes' });

/** true or false. */
export const flag = () => z.boolean({ error: BOOLEAN_ERROR });

// Patterns are written so that they mean the same with and without the flag `u`: validators of JSON Schema differ.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const LINE = /^(?=.*\S)[^\u0000-\u001f\u007f]+$/;

/** Text on one line that is not blank. */
export const line = (expected: string, cure: string) => text(LINE, expected, cure);

/** Path of a URL. */
export const path = () =>
  text(/^\/[!-~]*$/, 'a path that begins with /, in plain ASCII', 'write for example /healthz');

/** The version of a release. */
export const version = () =>
  text(
    /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/,
    'a version: letters, digits and . _ + -, beginning with a letter or digit',
    'write it in quotes, such as "1.4.2"',
  );

/** Name of a field in a JSON answer. */
export const field = () =>
  line('the name of a field of the JSON answer', 'write the name as the service answers it');

/** Where a process says one thing about itself. */
export const marker = () =>
  text(MARKER_PATTERN, MARKER_FORMAT, 'write for example version, or header:x-version');

const HOST_URL = 'an http or https URL without credentials, whose only placeholders are {address} and {port}';

/** A URL on a host; `example` is what the cure says to write. */
export const hostUrl = (example: string) => {
  const cure = `write for example ${example}`;
  return text(/^https?:\/\/[^\s"'`\\<>@]+$/, HOST_URL, cure).refine(isHostUrl, {
    error: writeRule({ expected: HOST_URL, cure }),
  });
};

function isHostUrl(template: string): boolean {
  const url = template.replaceAll('{address}', '192.0.2.1').replaceAll('{port}', '80');
  return !/[{}]/.test(url) && URL.canParse(url);
}

/** Id of a host, as EC2 and Systems Manager write it. */
export const instanceId = () =>
  text(
    /^(?:i-(?:[0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/,
    'an instance id: i- and 8 or 17 hexadecimal digits, or mi- and 17',
    'copy the id from EC2 or from Systems Manager',
  );

/** ARN of an ELBv2 target group. */
export const targetGroup = () =>
  text(
    /^arn:aws(?:-cn|-us-gov)?:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\/[0-9a-f]{16}$/,
    'the ARN of a target group: arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<name>/<id>',
    'copy the ARN from the console or from aws elbv2 describe-target-groups',
  );

/** A name in DNS with at least two labels, without the dot at its end; `example` is what the cure says to write. */
export const domainName = (example: string) =>
  text(
    /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'a name in DNS of two labels or more, in lower case and without a dot at its end',
    `write for example ${example}`,
  );

const WEB_URL = 'an http or https URL without credentials';

/** A URL that the runner asks; `example` is what the cure says to write. */
export const webUrl = (example: string) => {
  const cure = `write for example ${example}`;
  return text(/^https?:\/\/[^\s"'`\\<>@{}]+$/, WEB_URL, cure).refine((url) => URL.canParse(url), {
    error: writeRule({ expected: WEB_URL, cure }),
  });
};

/** Name of a CloudWatch alarm: what `alarmNameProblems` finds nothing wrong with, on one line. */
export const alarmName = () =>
  text(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    /^(?!arn:[^:]*:cloudwatch:)(?=[^\u0000-\u001f\u007f]{1,255}$)\S(?:.*\S)?$/,
    'the name of an alarm, 1 to 255 characters; not its ARN',
    'write what follows ":alarm:" in its ARN',
  );

/** ARN of an SNS topic. A FIFO topic (`.fifo`) asks for a group with every message, which has no meaning here. */
export const topic = () =>
  text(
    /^arn:aws(?:-cn|-us-gov)?:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
    'the ARN of a standard SNS topic: arn:aws:sns:<region>:<account>:<name>',
    'copy the ARN from the console or from aws sns list-topics',
  );
