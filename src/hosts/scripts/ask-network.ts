import { CLOCK } from './installer-processes.ts';
import { PRELUDE, sh } from './prelude.ts';

/**
 * `need <program>`: ends with a problem when the host has none. `within <command>…`: runs it for at most `limit` seconds.
 * `silent`: ends with a problem, which is that the time was over or the last line of `said`.
 */
const ASKING = sh`
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
said=$work/said
: >"$said"
report() { clock; printf '{"problem":"%s","milliseconds":%s}\n' "$(printf '%s' "$1" | encode)" "$((now - began))"; exit 0; }
need() { if ! command -v "$1" >/dev/null 2>&1; then report "$1 is not installed"; fi; }
within() { timeout "$limit" "$@" </dev/null 2>"$said"; }
silent() {
  clock
  if [ "$((now - began))" -ge "$(awk -v limit="$limit" 'BEGIN {printf "%d", limit * 1000 - 20}')" ]; then report "timed out after $limit s"; fi
  report "$(sed 's/^.*bash: line [0-9]*: //; s/^[0-9A-F]*:error:[0-9A-F]*:[^:]*:[^:]*:\([^:]*\):.*/\1/' "$said" | grep . | head -n 1 | head -c 300)"
}
clock
began=$now
need timeout
`;

/**
 * `$1` seconds, `$2` address, `$3` port, `$4` whether the server has to say something first: `listen` or empty. Milliseconds to
 * the connection or the first bytes, and the first 8 kB of what is said within 200 ms of these, without NUL bytes, which
 * bash does not keep. Only bash can connect by itself (`/dev/tcp`); bash 4.1 or later, unless its maker left that out.
 */
export const TCP_SCRIPT = `${PRELUDE}${CLOCK}${sh`
limit=$1
`}${ASKING}${sh`
need bash
# shellcheck disable=SC2016
within bash -c '
${CLOCK}
export LC_ALL=C
exec 3<>"/dev/tcp/$1/$2" || exit 1
first= rest=
if [ "$4" = listen ]; then
  IFS= read -r -N 1 first <&3
  clock
  IFS= read -r -N 8191 -t 0.2 rest <&3
else clock; fi
printf "%s" "$first$rest" >"$3/heard"
printf "%s" "$now" >"$3/at"
' bash "$2" "$3" "$work" "$4" || :
if [ ! -s "$work/at" ]; then silent; fi
printf '{"banner":"%s","milliseconds":%s}\n' "$(encode <"$work/heard")" "$(($(cat "$work/at") - began))"
`}`;

/**
 * `$1` seconds, `$2` address, with brackets around IPv6, and `:` and port, `$3` `name` or `ip`, `$4` what the certificate must be for.
 * What OpenSSL says about the certificate by the authorities of the host (0 and `ok` when it is trusted), when it expires,
 * what time it is on the host in seconds since 1970, and milliseconds to the end of the handshake. OpenSSL 1.0.2 or later.
 */
export const TLS_SCRIPT = `${PRELUDE}${CLOCK}${sh`
limit=$1
`}${ASKING}${sh`
need openssl
if [ "$3" = ip ]; then
  set -- "$2" -verify_ip "$4"
else set -- "$2" -servername "$4" -verify_hostname "$4"; fi
within openssl s_client -connect "$@" >"$work/shown" || :
clock
expires=$(openssl x509 -noout -enddate <"$work/shown" 2>/dev/null | sed -n 's/^notAfter=//p') || :
verdict=$(sed -n 's/^ *Verify return code: *//p' "$work/shown" | head -n 1)
if [ -z "$expires" ] || [ -z "$verdict" ]; then silent; fi
printf '{"verdict":"%s","expires":"%s","now":%s,"milliseconds":%s}\n' \
  "$(printf '%s' "$verdict" | encode)" "$expires" "$(date +%s)" "$((now - began))"
`}`;

/**
 * `$1` seconds, `$2` name of the record, `$3` its type, `$4` address of the server and `$5` its port, both empty for the resolver of the host.
 * The status of the answer, such as NOERROR, its values of that type, one per line, and milliseconds. Past the hosts file
 * and the search domains, as dig does it.
 */
export const DNS_SCRIPT = `${PRELUDE}${CLOCK}${sh`
limit=$1
`}${ASKING}${sh`
need dig
type=$3
if [ -n "$4" ]; then set -- -q "$2" -t "$3" "@$4" -p "$5"; else set -- -q "$2" -t "$3"; fi
# A lost packet is asked for again; a time of dig is a whole number of seconds.
pause=$(awk -v limit="$limit" 'BEGIN {part = int(limit / 3); print part < 1 ? 1 : part}')
HOME=/nonexistent within dig +noall +comments +answer "+time=$pause" +tries=9 "$@" >"$work/shown" || :
clock
status=$(sed -n 's/^;; ->>HEADER<<-.* status: \([A-Z0-9]*\),.*/\1/p' "$work/shown" | head -n 1)
if [ -z "$status" ]; then
  grep '^;;' "$work/shown" >"$said" || :
  silent
fi
values=$(awk -v type="$type" '!/^;/ && $4 == type { for (n = 0; n < 4; n++) sub(/^[^ \t]+[ \t]+/, ""); print }' "$work/shown")
printf '{"status":"%s","values":"%s","milliseconds":%s}\n' \
  "$status" "$(printf '%s' "$values" | encode)" "$((now - began))"
`}`;
