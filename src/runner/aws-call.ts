import { type AwsOperation, explainAws } from './aws-errors.ts';

/**
 * Waits for an AWS call and turns what it may throw into a sentence a person can act on.
 *
 * @throws UserError or PlatformError, with the SDK's error as `cause`
 */
export async function explained<T>(
  operation: Omit<AwsOperation, 'endpoint'>,
  answer: Promise<T>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const endpoint = process.env['AWS_ENDPOINT_URL'];
    throw explainAws(error, endpoint === undefined ? operation : { ...operation, endpoint });
  }
}
