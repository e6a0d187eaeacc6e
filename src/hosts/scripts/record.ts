import { PRELUDE, ROOT } from './prelude.ts';

/** Where a host keeps the record of being out of service. */
export const RECORD_FILE = `${ROOT}
record=$root/var/lib/zonewise/out-of-service.json
`;

/** `$1` the record to keep, JSON. Writes it in one rename. */
export const RECORD_SCRIPT = `${PRELUDE}${RECORD_FILE}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`;

/** Removes the record of being out of service. */
export const CLEAR_RECORD_SCRIPT = `${PRELUDE}${RECORD_FILE}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`;
