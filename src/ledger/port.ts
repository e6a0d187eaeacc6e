/** Where the ledger of a service is kept: one small text, changed only from the revision that was read. */
export interface LedgerStore {
  /** Such as `s3://bucket/key`, for messages. */
  readonly place: string;
  /** @throws UserError or PlatformError when it cannot be read; that there is none yet is not an error */
  read(signal: AbortSignal): Promise<Stored | undefined>;
  /**
   * Writes the text if the ledger still is what was read, or, without `expected`, if there is none.
   *
   * @returns with what the next write expects, where the storage tells it; `conflict` when somebody else has written in
   *   between: nothing was changed then
   * @throws UserError or PlatformError when it cannot be written; it is unknown then whether it was
   */
  write(text: string, expected: string | undefined, signal: AbortSignal): Promise<Written>;
}

export type Written =
  | { readonly kind: 'written'; readonly revision?: string }
  | { readonly kind: 'conflict' };

export interface Stored {
  readonly text: string;
  /** What `write` expects: an ETag, or a digest of the content. */
  readonly revision: string;
}
