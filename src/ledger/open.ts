import type { LedgerStore } from './port.ts';

/**
 * The storage of a ledger, loaded only then.
 *
 * @param place `s3://bucket/key`
 * @param options.region where S3 is asked first; the bucket may be in another one
 * @throws UserError when the place is no such location
 */
export async function openLedger(place: string, options: { readonly region: string }): Promise<LedgerStore> {
  return (await import('./s3.ts')).createS3Ledger(place, options);
}
