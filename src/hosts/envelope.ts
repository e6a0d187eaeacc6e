import { UserError } from '../runner/errors.ts';

/**
 * Packs a constant script and its data so that the data cannot become program text: it travels as base64, whose
 * alphabet (`A-Z a-z 0-9 + / =`) means nothing to a shell, nor to a transport that expands `{{ }}`.
 *
 * The `x` keeps trailing newlines, which `$( )` would drop.
 *
 * @returns lines of POSIX sh; the script sees the arguments byte for byte as `$1`, `$2`, …
 * @throws UserError when a value holds the character NUL, which would get lost on its way without a word
 */
export function packCommand(script: string, values: readonly string[]): string[] {
  const broken = values.find((value) => value.includes('\0'));
  if (broken !== undefined) {
    throw new UserError(
      `${JSON.stringify(broken.slice(0, 200))} holds the character NUL, which no argument of a program can hold. ` +
        'Nothing was sent to any host. Remove it from the input.',
    );
  }
  const names = values.map((_, index) => `zonewise_${index}`);
  const unpack = values.flatMap((value, index) => [
    `zonewise_${index}=$(printf %s '${Buffer.from(value, 'utf8').toString('base64')}' | base64 -d; printf x)`,
    `zonewise_${index}=\${zonewise_${index}%x}`,
  ]);
  return [...unpack, `set -- ${names.map((name) => `"$${name}"`).join(' ')}`, ...script.trim().split('\n')];
}
