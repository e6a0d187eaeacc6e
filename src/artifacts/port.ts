/** How an archive is packed; `.tgz` is another name of `.tar.gz`. */
export type ArchiveFormat = 'tar.gz' | 'zip';

/** A release archive that was found and whose bytes are pinned. */
export interface Artifact {
  /** Where it was asked for, such as `s3://bucket/key`. A query in it may be a signature: print `withoutSecrets` of it. */
  readonly location: string;
  readonly format: ArchiveFormat;
  readonly versionId?: string;
  /** Bytes; 0 when the server does not tell. */
  readonly size: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Durable storage of release archives. */
export interface ArtifactSource {
  /**
   * Finds an archive and pins its bytes by version, where the storage keeps versions, and by digest. Where the bytes
   * can be read cheaply the digest is proven here; the host proves it in any case.
   *
   * @param sha256 the digest it must have; read from beside the archive, `.sha256` after its path, when not given
   * @throws UserError when it is not there, has no digest, or has another one
   * @throws PlatformError when the storage or the network does not do what was asked
   */
  find(location: string, sha256: string | undefined): Promise<Artifact>;
  /** A URL from which a host without credentials can fetch exactly these bytes for `lifetime` milliseconds. */
  url(artifact: Artifact, lifetime: number): Promise<string>;
}
