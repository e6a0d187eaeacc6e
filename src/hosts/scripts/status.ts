import { PRELUDE, sh } from './prelude.ts';
import { RECORD_FILE } from './record.ts';

/**
 * `$1` directory, or empty. Which release `current` points to, its digest and its ordinal (`null` when it has none), when
 * it was made to point there, the version that `previous` points to, and the record of being out of service.
 *
 * `switchedAt` is the link's own time of change, seconds since 1970 by the host's clock: the installer makes the link anew
 * for each release, just before it starts the service. `null` where `stat` tells it neither as on Linux nor as on BSD.
 */
export const STATUS_SCRIPT = `${PRELUDE}${RECORD_FILE}${sh`
directory=$root$1
version=
sha256=
ordinal=
switched_at=
previous=
if [ -n "$1" ] && [ -L "$directory/current" ]; then
  version=$(basename "$(readlink "$directory/current")")
  sha256=$(field_of "$directory/current/.release.json" sha256)
  ordinal=$(sed -n 's/.*"ordinal": *\([0-9][0-9]*\).*/\1/p' "$directory/current/.release.json" 2>/dev/null | head -n 1)
  switched_at=$(stat -c %Y "$directory/current" 2>/dev/null || stat -f %m "$directory/current" 2>/dev/null || :)
  case $switched_at in *[!0-9]*) switched_at= ;; esac
fi
if [ -n "$1" ] && [ -L "$directory/previous" ]; then previous=$(basename "$(readlink "$directory/previous")"); fi
noted=
if [ -f "$record" ]; then noted=$(encode <"$record"); fi
printf '{"version":"%s","sha256":"%s","ordinal":%s,"switchedAt":%s,"previous":"%s","record":"%s"}\n' \
  "$version" "$sha256" "\${ordinal:-null}" "\${switched_at:-null}" "$previous" "$noted"
`}`;
