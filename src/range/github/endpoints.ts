import { commentEndpoints } from './comments.ts';
import { deploymentEndpoints } from './deployments.ts';
import type { Endpoint } from './endpoint.ts';
import { environmentEndpoints } from './environments.ts';
import { issueEndpoints } from './issues.ts';
import { repositoryEndpoints } from './repository.ts';
import { reviewEndpoints } from './reviews.ts';
import { runEndpoints } from './runs.ts';
import { workflowJobEndpoints } from './workflow-jobs.ts';

/** Everything that the range models of GitHub. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...repositoryEndpoints,
  ...environmentEndpoints,
  ...runEndpoints,
  ...workflowJobEndpoints,
  ...reviewEndpoints,
  ...deploymentEndpoints,
  ...issueEndpoints,
  ...commentEndpoints,
];
