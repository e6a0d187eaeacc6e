import type { Fleet } from '../fleet/fleet.ts';
import { type RangeGitHub, startGitHub } from '../range/github/github.ts';

const REVIEWER = 'you';

/** A stand-in for GitHub with a run in which a job of every zone waits at its environment for a review. */
export async function startFleetGitHub({ service, zones }: Fleet): Promise<RangeGitHub> {
  const names = [...new Set(zones.map(({ environment }) => environment))];
  const github = await startGitHub({
    repository: `range/${service}`,
    environments: names.map((name) => ({ name, reviewers: [REVIEWER] })),
  });
  for (const name of names) github.arrive(name);
  return github;
}

/** Lines for a person: how to reach it, and how to review. */
export function describeGitHub(github: RangeGitHub): readonly string[] {
  const variables = {
    ...github.environment,
    GITHUB_TOKEN: github.token,
    REVIEWER_TOKEN: github.personalToken(REVIEWER),
  };
  const pending = '$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID/pending_deployments';
  return [
    `Point what asks GitHub at its stand-in, where a job of every zone waits for ${REVIEWER}:`,
    '',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${value}`),
    '',
    'What waits, and with a POST to the same address the review, as GitHub documents it:',
    '',
    `curl -H "authorization: Bearer $REVIEWER_TOKEN" ${pending}`,
    '',
  ];
}
