/** A constant script run on one host with data as arguments. */
export interface HostCommand {
  readonly host: string;
  /** Constant POSIX sh text; nothing a user supplied is ever part of it. */
  readonly script: string;
  /** Data, handed over byte for byte as `$1`, `$2`, …. */
  readonly arguments: readonly string[];
  /** Milliseconds until the command is stopped. */
  readonly timeout: number;
  /** Milliseconds that the command takes at least: nobody needs to look before. */
  readonly earliest?: number;
  /**
   * What becomes of it on the host when the run is cancelled. Without it the command is left running: half-way through a
   * change is the worst moment to stop. `stop` is for a command that only waits or looks.
   */
  readonly onCancel?: 'stop';
}

/** How a command ended on one host. */
export type HostResult =
  | ({ readonly host: string; readonly outcome: 'done' } & HostOutput)
  | ({ readonly host: string; readonly outcome: 'failed'; readonly exitCode: number } & HostOutput)
  /** The host was not reached, or nobody knows how the command ended. */
  | { readonly host: string; readonly outcome: 'lost'; readonly reason: string };

/** What a command printed, as much of it as the transport shows. */
export interface HostOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Where all of `stdout` is kept, when it was cut and somebody keeps it. */
  readonly full?: string;
}

/** What the transport knows about a host without asking it. */
export interface HostFacts {
  readonly host: string;
  /** Network address the service can be reached at, when known. */
  readonly address?: string;
  readonly reachable: boolean;
  /** Why it is not reachable, with the last time it was seen. */
  readonly problem?: string;
}

/** The way to the hosts. */
export interface Transport {
  facts(hosts: readonly string[]): Promise<readonly HostFacts[]>;
  /** Runs every command, each judged by itself, and gives the results in the order of the commands. */
  run(commands: readonly HostCommand[], signal: AbortSignal): Promise<readonly HostResult[]>;
}
