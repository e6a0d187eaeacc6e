/**
 * The user can mend this: a wrong input, a missing file, a guard that refused. The message says what was seen,
 * what was expected, what state things are in and what to do; it is shown without a stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The platform, the network or a host did not do what was asked. `cause` holds what it answered. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
}

/** The person or the runner asked to stop. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}
