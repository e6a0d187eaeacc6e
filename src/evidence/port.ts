/** Where evidence bundles are kept: written once, never changed. */
export interface EvidenceStore {
  /** Such as `s3://bucket/folder`, for messages. */
  readonly place: string;
  /**
   * Keeps a bundle; nothing that is there is written over: another name is taken then.
   *
   * @param name without `.json`
   * @returns where it is, such as `s3://bucket/folder/name.json`
   * @throws UserError or PlatformError when it could not be kept
   */
  write(name: string, text: string, signal: AbortSignal): Promise<string>;
}
