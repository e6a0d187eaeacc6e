import { accessKeyId, secretAccessKey } from '../range/wire/builder.ts';

/** Points the SDK clients that adapters make at an endpoint of this test, and away from the settings of the machine. */
export function useEndpoint(url: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  for (const name of [
    'AWS_SESSION_TOKEN',
    'AWS_PROFILE',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  ]) {
    delete process.env[name];
  }
}

/** Takes the credentials away from every client that is made from now on. */
export function withoutCredentials(): void {
  delete process.env['AWS_ACCESS_KEY_ID'];
  delete process.env['AWS_SECRET_ACCESS_KEY'];
}
