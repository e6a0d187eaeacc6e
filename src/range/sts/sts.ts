import * as sdk from '@aws-sdk/client-sts';
import type { Service } from '../wire/service.ts';

/** STS, as far as clients need it to ask who they are. */
export function stsService(): Service {
  return { scope: 'sts', sdk, operations: { GetCallerIdentity: callerIdentity } };
}

/** No real account has this number, so nothing that reads it can take the range for the cloud. */
const account = '000000000000';

function callerIdentity(): sdk.GetCallerIdentityCommandOutput {
  return {
    Account: account,
    UserId: 'AROAZONEWISERANGE:range',
    Arn: `arn:aws:sts::${account}:assumed-role/zonewise-range/range`,
    $metadata: {},
  };
}
