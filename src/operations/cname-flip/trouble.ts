import { describeSets } from '../../dns/record-set.ts';
import { PlatformError, UserError } from '../../runner/errors.ts';
import type { Course, FlipRequest } from './request.ts';
import type { Swapped } from './swap.ts';

/** What a compare-and-swap that did not succeed means. */
export function notSwapped(
  { record }: FlipRequest,
  swapped: Exclude<Swapped, { readonly kind: 'done' }>,
  course: Course,
): Error {
  const untouched = `${record} was not changed by this run.`;
  switch (swapped.kind) {
    case 'lost':
      course.state = untouched;
      return new UserError(
        `Somebody else was faster: ${record} is now ${describeSets(swapped.now)}. Find out who flipped it before running again.`,
      );
    case 'overwritten':
      course.state = 'It was left as it is now.';
      return new UserError(
        `${record} was changed, and somebody else changed it right after: it is now ${describeSets(swapped.now)}.`,
      );
    case 'refused':
      course.state = untouched;
      return new UserError(`The provider refuses the change of ${record}: ${swapped.problem}.`);
    case 'given-up':
      if (swapped.isKnown) course.state = untouched;
      return new PlatformError(
        swapped.isKnown
          ? `The provider did not take the change of ${record}: ${swapped.problem}. Run again later.`
          : `Nobody knows whether the change of ${record} was taken: ${swapped.problem}. When it was last read, it was not. ` +
              'Run with the same inputs again: it finds out.',
      );
  }
}

/** The same error, which also says what the record holds. */
export function withState(error: unknown, state: string): unknown {
  if (error instanceof UserError) return new UserError(`${error.message}\n${state}`, { cause: error });
  if (error instanceof PlatformError)
    return new PlatformError(`${error.message}\n${state}`, { cause: error });
  return error;
}
