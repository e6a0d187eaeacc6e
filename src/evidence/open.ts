import type { EvidenceStore } from './port.ts';

/**
 * The storage of evidence bundles, beside the ledger and of its kind; loaded only then.
 *
 * @param ledger place of the ledger, `s3://bucket/key` or `file:path` with `.json` at its end
 * @param options.region where S3 is asked first; the bucket may be in another one
 * @throws UserError when the place is no such location
 */
export async function openEvidenceStore(
  ledger: string,
  options: { readonly region: string },
): Promise<EvidenceStore> {
  const place = `${ledger.replace(/\.json$/, '')}/evidence`;
  if (place.startsWith('file:')) return (await import('./file.ts')).createFileEvidence(place);
  return (await import('./s3.ts')).createS3Evidence(place, options);
}
