/** A release archive that was found and whose bytes are pinned. */
export interface Artifact {
  /** Where it was asked for, such as `s3://bucket/key`. */
  readonly location: string;
  readonly versionId?: string;
  /** Bytes. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Durable storage of release archives. */
export interface ArtifactSource {
  /**
   * Finds an archive, pins its version and proves its digest.
   *
   * @param sha256 the digest it must have; read from `<location>.sha256` when not given
   * @throws UserError when it is not there, has no digest, or has another one
   */
  find(location: string, sha256: string | undefined): Promise<Artifact>;
  /** A URL from which a host without credentials can fetch exactly these bytes for `lifetime` milliseconds. */
  url(artifact: Artifact, lifetime: number): Promise<string>;
}
