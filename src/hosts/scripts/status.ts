import { PRELUDE, sh } from './prelude.ts';
import { RECORD_FILE } from './record.ts';

/**
 * `$1` directory, or empty. Which release `current` points to, its digest and its ordinal (`null` when it has none), the
 * version that `previous` points to, and the record of being out of service.
 */
export const STATUS_SCRIPT = `${PRELUDE}${RECORD_FILE}${sh`
directory=$root$1
version=
sha256=
ordinal=
previous=
if [ -n "$1" ] && [ -L "$directory/current" ]; then
  version=$(basename "$(readlink "$directory/current")")
  sha256=$(field_of "$directory/current/.release.json" sha256)
  ordinal=$(sed -n 's/.*"ordinal": *\([0-9][0-9]*\).*/\1/p' "$directory/current/.release.json" 2>/dev/null | head -n 1)
fi
if [ -n "$1" ] && [ -L "$directory/previous" ]; then previous=$(basename "$(readlink "$directory/previous")"); fi
noted=
if [ -f "$record" ]; then noted=$(encode <"$record"); fi
printf '{"version":"%s","sha256":"%s","ordinal":%s,"previous":"%s","record":"%s"}\n' \
  "$version" "$sha256" "\${ordinal:-null}" "$previous" "$noted"
`}`;
