/** A domain name as Route 53 lists it, or what is wrong with it in words like Route 53's. */
export type NameReading =
  | { readonly valid: true; readonly name: string }
  | { readonly valid: false; readonly problem: string };

/**
 * Reads a domain name as clients write it, with or without the dot at the end, into the form in which Route 53 lists
 * it: lower case, a dot at the end, everything but letters, digits, `-` and `_` as an octal escape ("DNS domain name
 * format"). A dot inside a label is not modelled.
 */
export function readName(text: string): NameReading {
  const codes = codesOf(text.endsWith('.') && !text.endsWith('\\.') ? text.slice(0, -1) : text);
  if (codes === undefined)
    return broken('UnsupportedCharacter (Value contains unsupported characters)', text);
  const labels = splitLabels(codes);
  if (labels.some((label) => label.length === 0))
    return broken('DomainLabelEmpty (Domain label is empty)', text);
  if (labels.some((label) => label.length > LONGEST_LABEL)) {
    return broken('DomainLabelTooLong (Domain label is too long)', text);
  }
  // Each label has an octet for its length, and so has the root.
  if (codes.length + 2 > LONGEST_NAME) return broken('DomainNameTooLong (Domain name is too long)', text);
  return { valid: true, name: labels.map((label) => `${label.map(escaped).join('')}.`).join('') };
}

/**
 * A name that has been checked, or is the range's own, as it is listed.
 *
 * @throws Error when it is not a domain name
 */
export function listed(text: string): string {
  const reading = readName(text);
  if (!reading.valid) throw new Error(`not a domain name: ${reading.problem}`);
  return reading.name;
}

/** Octets, RFC 1035. */
const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;

/** The dot between labels, which no character of a label has. */
const SEPARATOR = -1;

function broken(problem: string, text: string): NameReading {
  return { valid: false, problem: `FATAL problem: ${problem} encountered with '${text}'` };
}

/** Codes of the characters in lower case; undefined when one is not a printable ASCII character. */
function codesOf(text: string): readonly number[] | undefined {
  const codes: number[] = [];
  for (const [whole, octal] of text.matchAll(/\\([0-3][0-7]{2})|./gsu)) {
    const code = octal === undefined ? (whole.codePointAt(0) ?? 0) : Number.parseInt(octal, 8);
    if (octal === undefined && whole === '.') codes.push(SEPARATOR);
    else if (code <= 0x20 || code >= 0x7f || code === 0x2e || whole === '\\') return undefined;
    else codes.push(code >= 0x41 && code <= 0x5a ? code + 0x20 : code);
  }
  return codes;
}

function splitLabels(codes: readonly number[]): readonly (readonly number[])[] {
  const labels: number[][] = [[]];
  for (const code of codes) {
    if (code === SEPARATOR) labels.push([]);
    else labels.at(-1)?.push(code);
  }
  return labels;
}

function escaped(code: number): string {
  const character = String.fromCharCode(code);
  return /[a-z0-9_-]/.test(character) ? character : `\\${code.toString(8).padStart(3, '0')}`;
}

/** A listed name as DNS messages are made of: escapes resolved, no dot at the end. */
export function plainName(name: string): string {
  return name
    .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.$/, '');
}

/** Whether a listed name is a zone's or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** The listed name one label up; the root of everything is empty. */
export function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** Order of Route 53's lists: ASCII, the labels reversed, with the dot at the end (ListResourceRecordSets). */
export function compareNames(one: string, other: string): number {
  return compareText(reversed(one), reversed(other));
}

export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function reversed(name: string): string {
  return `${name.split('.').slice(0, -1).toReversed().join('.')}.`;
}
