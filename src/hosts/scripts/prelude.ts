/*
 * What Zonewise runs on a host: constant POSIX sh, checked with dash and busybox. Data arrives as positional
 * parameters (see envelope.ts), never as program text, so these texts hold no interpolation at all.
 *
 * Every script ends with one line of JSON. Free text in it (hook output, response bodies) is base64, which needs
 * no escaping in sh; everything else was checked against a strict alphabet before it was sent.
 *
 * A host needs: sh, base64, tar, gzip, awk, sed, curl, and sha256sum or shasum; unzip for a release that is a zip;
 * for smoke tests of these types bash (tcp), openssl (tls), dig (dns), and timeout.
 */

/** Shell text as it stands, but for `\${`, which is the shell's own `${`; only constants may be put in. */
export function sh(text: TemplateStringsArray, ...constants: readonly string[]): string {
  return String.raw(text, ...constants).replaceAll('\\${', '${');
}

/** Shared by all scripts. */
export const PRELUDE = String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`;

/**
 * `ZONEWISE_HOST_ROOT` is where the host's file system begins: empty on real machines, the host's folder on the range,
 * in the manner of make's DESTDIR.
 */
export const ROOT = `
root=$ZONEWISE_HOST_ROOT
`;
