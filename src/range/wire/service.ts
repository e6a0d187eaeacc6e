/** Who is calling: what the SigV4 credential scope and the endpoint say about a request. */
export interface Call {
  readonly region: string;
}

/** Answers one API operation; throws `WireError` for an error that the real service answers with. */
export type Operation = (input: never, call: Call) => object | Promise<object>;

/** One AWS service of the range. What `operations` does not hold is refused by name. */
export interface Service {
  /** Service name in the SigV4 credential scope, such as `elasticloadbalancing`. */
  readonly scope: string;
  /** The exports of the SDK's client package: its schemas describe what is on the wire. */
  readonly sdk: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** An error as the service itself would answer it. */
export class WireError extends Error {
  override readonly name = 'WireError';
  /** Code on the wire, such as `TargetGroupNotFound`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
