import { PlatformError } from '../runner/errors.ts';

/** The JSON object that a host script prints as its last line. */
export type Answer = Readonly<Record<string, unknown>>;

/**
 * Reads a script's result.
 *
 * @throws PlatformError when the last line is not one JSON object: the script was cut off or something else printed
 */
export function readAnswer(host: string, stdout: string): Answer {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(last);
    if (isAnswer(value)) return value;
  } catch {
    // The error below says what was seen instead.
  }
  throw new PlatformError(
    `${host} did not report a result: its last line was ${JSON.stringify(last.slice(0, 200))}. ` +
      'The command may have been cut off; run the same step again, it continues from what it finds.',
  );
}

/** A text field; `''` when it is missing. */
export function textField(answer: Answer, name: string): string {
  const value = answer[name];
  return typeof value === 'string' ? value : '';
}

/** A field with base64 text, decoded. */
export function encodedField(answer: Answer, name: string): string {
  return Buffer.from(textField(answer, name), 'base64').toString('utf8');
}

/** A numeric field; 0 when it is missing. */
export function numberField(answer: Answer, name: string): number {
  const value = answer[name];
  return typeof value === 'number' ? value : 0;
}

/** A field with an object; an empty one when it is missing. */
export function answerField(answer: Answer, name: string): Answer {
  const value = answer[name];
  return isAnswer(value) ? value : {};
}

/** A field with a list of objects. */
export function listField(answer: Answer, name: string): readonly Answer[] {
  const value = answer[name];
  return Array.isArray(value) ? value.filter(isAnswer) : [];
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
