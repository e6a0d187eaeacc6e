/** Something in a file that has to change. */
export interface Finding {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** A file to check, by its path from the root of the repository. */
export interface Source {
  readonly file: string;
  readonly text: string;
}
