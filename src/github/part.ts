import { PlatformError } from '../runner/errors.ts';

/** A value in an answer of GitHub, and where it stands there, such as `environment.protection_rules.0.type`. */
export interface Part {
  readonly value: unknown;
  readonly place: string;
}

/** What stands under a name in an object, or at a place in a list. */
export function at({ value, place }: Part, name: string): Part {
  if (typeof value !== 'object' || value === null) throw strange({ value, place }, 'an object');
  return {
    value: Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined,
    place: `${place}.${name}`,
  };
}

export function isAbsent({ value }: Part): boolean {
  return value === undefined || value === null;
}

export function items(part: Part): readonly Part[] {
  if (!Array.isArray(part.value)) throw strange(part, 'a list');
  return part.value.map((value: unknown, index) => ({ value, place: `${part.place}.${index}` }));
}

export function text(part: Part): string {
  if (typeof part.value !== 'string') throw strange(part, 'a text');
  return part.value;
}

/** A whole number from 0 that fits into a number exactly; ids of GitHub do. */
export function whole(part: Part): number {
  const { value } = part;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw strange(part, 'a whole number');
  }
  return value;
}

export function flag(part: Part): boolean {
  if (typeof part.value !== 'boolean') throw strange(part, 'true or false');
  return part.value;
}

/** ISO 8601, as GitHub wrote it. */
export function time(part: Part): string {
  const written = text(part);
  if (!/^\d{4}-\d\d-\d\dT/.test(written) || Number.isNaN(Date.parse(written))) {
    throw strange(part, 'an ISO 8601 time');
  }
  return written;
}

export function oneOf<T extends string>(part: Part, known: readonly T[]): T {
  const found = known.find((each) => each === part.value);
  if (found === undefined) throw strange(part, `one of ${known.join(', ')}`);
  return found;
}

const SHOWN = 80;

/** What is not understood is not taken for anything: a guess here could let a deployment through. */
function strange({ value, place }: Part, expected: string): PlatformError {
  // A number above 2^53 is read as a bigint, which JSON cannot write.
  const written = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'missing');
  const seen = written.length > SHOWN ? `${written.slice(0, SHOWN)}…` : written;
  return new PlatformError(
    `GitHub answered something that is not understood: ${place} is ${seen}, expected ${expected}. ` +
      'Nothing is assumed about it. Run the job again; if it stays so, check that GITHUB_API_URL is GitHub itself.',
  );
}
