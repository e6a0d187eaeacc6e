import { type AwsOperation, explainAws } from './aws-errors.ts';
import { CancelledError, type UserError } from './errors.ts';

/**
 * Waits for an AWS call and turns what it may throw into a sentence a person can act on.
 *
 * @param known what an error means to this very call; none when it means nothing more than to others
 * @throws UserError or PlatformError, with the SDK's error as `cause`; CancelledError as it came
 */
export async function explained<T>(
  operation: Omit<AwsOperation, 'endpoint'>,
  answer: Promise<T>,
  known: (error: unknown) => Promise<UserError | undefined> | UserError | undefined = () => undefined,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    // What kept the call from being made says so itself.
    if (error instanceof CancelledError) throw error;
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    throw (
      (await known(error)) ??
      explainAws(error, endpoint === undefined ? operation : { ...operation, endpoint })
    );
  }
}
