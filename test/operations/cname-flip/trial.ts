import { type Trial, versionTrial } from '../../../src/operations/smoke/smoke-trial.ts';

/** That what answers under a name is this version. */
export function identityTrial(version: string): Trial {
  return versionTrial(
    { url: 'https://{address}:{port}/version', version: 'version' },
    { version, sha256: '' },
  );
}
