import { locate } from './locate.ts';
import { maskedSource } from './masked.ts';
import type { ArtifactSource } from './port.ts';

/** For what fetches nothing: whoever asks it all the same has a defect. */
export const NO_SOURCE: ArtifactSource = {
  find: () => Promise.reject(new Error('No archive was named.')),
  url: () => Promise.reject(new Error('No archive was named.')),
};

/**
 * The storage that a location names, loaded only then; what its URLs hold of secrets is masked.
 *
 * @param location of an archive, or where archives are, with `{version}` in it
 * @param options.region where S3 is asked first
 */
export async function openSource(
  location: string,
  options: { readonly region: string; readonly mask: (secret: string) => void },
): Promise<ArtifactSource> {
  const source =
    locate(location).kind === 'https'
      ? (await import('./https.ts')).createHttpsSource()
      : (await import('./s3.ts')).createS3Source(options);
  return maskedSource(source, options.mask);
}
