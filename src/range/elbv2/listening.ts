/** Where a listener listens. */
export interface Place {
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A server that clients of a load balancer connect to. */
export interface ListeningServer {
  readonly port: number;
  /** Accepts nothing new. */
  close(): void;
  /** Ends everything, also what is open. */
  stop(): Promise<void>;
}
