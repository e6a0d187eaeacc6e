import { isAbsolute } from 'node:path';
import { filePath } from '../runner/disk.ts';
import { UserError } from '../runner/errors.ts';
import type { LedgerStore } from './port.ts';

/**
 * The storage of a ledger, loaded only then.
 *
 * @param place `s3://bucket/key` or `file:path`
 * @param options.region where S3 is asked first; the bucket may be in another one
 * @param options.environment of the runner
 * @throws UserError when the place is no such location, or files there do not outlast a job on this runner
 */
export async function openLedger(
  place: string,
  options: { readonly region: string; readonly environment?: NodeJS.ProcessEnv },
): Promise<LedgerStore> {
  if (!place.startsWith('file:')) return (await import('./s3.ts')).createS3Ledger(place, options);
  refuseFleeting(place, options.environment ?? process.env);
  return (await import('./file.ts')).createFileLedger(place);
}

/**
 * RUNNER_ENVIRONMENT is `github-hosted` or `self-hosted` (docs.github.com, "Variables reference"). A runner of GitHub is a new
 * machine for each job ("GitHub-hosted runners"); on one's own, actions/checkout removes from the workspace what is not in the
 * repository, unless it is told `clean: false` (its README).
 */
function refuseFleeting(place: string, { RUNNER_ENVIRONMENT: runner }: NodeJS.ProcessEnv): void {
  const loses =
    runner === 'github-hosted'
      ? 'is on the disk of a GitHub-hosted runner, which is a new machine in each job'
      : runner === 'self-hosted' && !isAbsolute(filePath(place) ?? '')
        ? 'is in the workspace of the runner, which actions/checkout empties of everything that is not in the repository'
        : undefined;
  if (loses === undefined) return;
  throw new UserError(
    `The ledger ${place} ${loses}: no deployment would know of another. Nothing was touched. Write \`ledger: s3://bucket/key\` ` +
      'in the fleet file; or run every deployment on one self-hosted runner, and give the whole path of a file that stays there.',
  );
}
