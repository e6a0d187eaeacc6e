/*
 * What Zonewise runs on a host: constant POSIX sh, checked with dash and busybox. Data arrives as positional
 * parameters (see envelope.ts), never as program text, so these texts hold no interpolation at all.
 *
 * Every script ends with one line of JSON. Free text in it (hook output, response bodies) is base64, which needs
 * no escaping in sh; everything else was checked against a strict alphabet before it was sent.
 *
 * A host needs: sh, base64, tar, gzip, awk, sed, curl, and sha256sum or shasum.
 */

/** Shared by all scripts. */
const PRELUDE = String.raw`
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
const ROOT = `
root=$ZONEWISE_HOST_ROOT
`;

const RECORD_FILE = `${ROOT}
record=$root/var/lib/zonewise/out-of-service.json
`;

/** `$1` directory, or empty. Which release `current` points to, its digest, and the record of being out of service. */
export const STATUS_SCRIPT = `${PRELUDE}${RECORD_FILE}${String.raw`
directory=$root$1
version=
sha256=
if [ -n "$1" ] && [ -L "$directory/current" ]; then
  version=$(basename "$(readlink "$directory/current")")
  sha256=$(field_of "$directory/current/.release.json" sha256)
fi
noted=
if [ -f "$record" ]; then noted=$(encode <"$record"); fi
printf '{"version":"%s","sha256":"%s","record":"%s"}\n' "$version" "$sha256" "$noted"
`}`;

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

/** Counts established connections to `$ports` in the kernel's table, or as `netstat` shows them. */
const ESTABLISHED = `
established() {
  if [ -r /proc/net/tcp ]; then
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v ports="$ports" '
      function hex(text,  i, value) {
        value = 0
        for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
        return value
      }
      BEGIN { split(ports, list, " "); for (i in list) wanted[list[i] + 0] = 1 }
      $4 == "01" { n = split($2, local, ":"); if (hex(local[n]) in wanted) count++ }
      END { print count + 0 }'
  else
    netstat -an | awk -v ports="$ports" '
      BEGIN { split(ports, list, " "); for (i in list) wanted[list[i] + 0] = 1 }
      /^tcp/ && $NF == "ESTABLISHED" { n = split($4, local, /[.:]/); if (local[n] + 0 in wanted) count++ }
      END { print count + 0 }'
  fi
}
`;

/**
 * `$1` ports, space separated; `$2` milliseconds without work that count as quiet; `$3` seconds until it gives up;
 * `$4` seconds to wait before it looks; `$5` field of a gauge, `$6`… the gauge's URLs, or nothing to count established
 * connections to the ports in the kernel's table or `netstat`. Looks five times a second. A gauge that does not answer
 * with a number counts as -1, which is not quiet.
 */
export const QUIET_SCRIPT = `${PRELUDE}${ESTABLISHED}${String.raw`
ports=$1
wanted=$2
limit=$3
settle=$4
field=
if [ "$#" -ge 6 ]; then field=$5; shift 5; else shift "$#"; fi
gauge() {
  sum=0
  for url in "$@"; do
    value=$(curl -q --noproxy '*' --proto '=http,https' --silent --globoff --fail --max-time 2 --url "$url" |
      FIELD="$field" awk '
        { text = text $0 " " }
        END {
          name = "\"" ENVIRON["FIELD"] "\""
          at = index(text, name)
          if (at == 0) exit
          rest = substr(text, at + length(name))
          if (!match(rest, /^[ \t\r]*:[ \t\r]*[0-9]+/)) exit
          number = substr(rest, RSTART, RLENGTH)
          gsub(/[^0-9]/, "", number)
          print number
        }')
    if [ -z "$value" ]; then echo -1; return; fi
    sum=$((sum + value))
  done
  echo "$sum"
}
sleep "$settle"
started=$(date +%s)
still=0
peak=0
while :; do
  if [ -n "$field" ]; then now=$(gauge "$@"); else now=$(established); fi
  if [ "$now" -gt "$peak" ]; then peak=$now; fi
  if [ "$now" -eq 0 ]; then
    if [ "$still" -ge "$wanted" ]; then break; fi
    still=$((still + 200))
  else still=0; fi
  if [ $(($(date +%s) - started)) -ge "$limit" ]; then
    printf '{"quiet":false,"work":%s,"peak":%s}\n' "$now" "$peak"
    exit 0
  fi
  sleep 0.2
done
printf '{"quiet":true,"work":0,"peak":%s}\n' "$peak"
`}`;

/**
 * `$1` ports, space separated; `$2` seconds until it gives up. Waits for the first real request: a connection to the ports
 * that two looks a fifth of a second apart both show. A health check opens its connection for some milliseconds only.
 */
export const SERVING_SCRIPT = `${PRELUDE}${ESTABLISHED}${String.raw`
ports=$1
limit=$2
started=$(date +%s)
before=0
while :; do
  now=$(established)
  if [ "$now" -gt 0 ] && [ "$before" -gt 0 ]; then
    printf '{"serving":true}\n'
    exit 0
  fi
  if [ $(($(date +%s) - started)) -ge "$limit" ]; then
    printf '{"serving":false}\n'
    exit 0
  fi
  before=$now
  sleep 0.2
done
`}`;

/**
 * `$1` directory, `$2` version, `$3` sha256, `$4` URL, `$5` run, `$6` releases to keep. Downloads, verifies and
 * unpacks beside the running release; a release already there with this digest is left as it is.
 */
export const INSTALL_SCRIPT = `${PRELUDE}${ROOT}${String.raw`
directory=$root$1
version=$2
sha256=$3
url=$4
run=$5
keep=$6
release=$directory/releases/$version
digest_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1" | awk '{print $1}'
  else shasum -a 256 "$1" | awk '{print $1}'; fi
}
rm -rf "$directory/releases/.incoming-$version".*
if [ "$(field_of "$release/.release.json" sha256)" = "$sha256" ]; then
  printf '{"installed":false}\n'
  exit 0
fi
current=
if [ -L "$directory/current" ]; then current=$(basename "$(readlink "$directory/current")"); fi
if [ "$current" = "$version" ]; then
  fail 25 "release $version is the running one and has another digest; give the new build a new version"
fi
mkdir -p "$directory/releases"
incoming=$directory/releases/.incoming-$version.$$
trap 'rm -rf "$incoming"' EXIT
mkdir -p "$incoming/tree"
curl -q --fail --silent --show-error --location --globoff --proto =http,https --retry 2 --connect-timeout 10 \
  --output "$incoming/archive" --url "$url" ||
  fail 20 "the archive could not be downloaded (curl's message is above)"
seen=$(digest_of "$incoming/archive")
[ "$seen" = "$sha256" ] || fail 21 "the downloaded archive has sha256 $seen, expected $sha256"
tar -tzf "$incoming/archive" >"$incoming/names" || fail 22 "the archive is not a readable tar.gz"
if awk '/^\// || /(^|\/)\.\.(\/|$)/ { found = 1 } END { exit !found }' "$incoming/names"; then
  fail 23 "the archive holds a path that leaves the release folder"
fi
tar -xzof "$incoming/archive" -C "$incoming/tree" || fail 24 "the archive could not be unpacked (tar's message is above)"
rm -rf "$incoming/tree/.release.json"
printf '{"version":"%s","sha256":"%s","installed_at":"%s","run":"%s"}\n' \
  "$version" "$sha256" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$run" >"$incoming/tree/.release.json"
rm -rf "$release"
mv "$incoming/tree" "$release"
# Only ls sorts by time, and a version holds nothing that it would garble. The "" makes awk compare text: 1.1 is not 1.10.
# shellcheck disable=SC2012
ls -1t "$directory/releases" |
  awk -v new="$version" -v current="$current" -v keep="$keep" \
    '$0 "" != new && $0 "" != current && ++others > keep - 2' |
  while read -r old; do rm -rf "$directory/releases/$old"; done
printf '{"installed":true}\n'
`}`;

/**
 * `$1` directory, `$2` version, `$3` stop hook, `$4` start hook (paths inside the release, or empty), `$5` seconds a
 * hook may take, `$6` service, `$7` zone. Stops, switches `current` in one rename, starts. Both hooks are those of the
 * release that is switched to, so that an old script can never block a new release.
 */
export const SWITCH_SCRIPT = `${PRELUDE}${ROOT}${String.raw`
directory=$root$1
version=$2
limit=$5
release=$directory/releases/$version
[ -f "$release/.release.json" ] || fail 30 "release $version is not installed in $1/releases"
previous=
if [ -L "$directory/current" ]; then previous=$(basename "$(readlink "$directory/current")")
elif [ -e "$directory/current" ]; then
  fail 31 "$1/current is not a symbolic link: move it away and run the same step again (nothing was stopped)"
fi
rm -f "$directory/.current".*
isolate=
if command -v setsid >/dev/null 2>&1; then isolate=setsid; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
ZONEWISE_SERVICE=$6 ZONEWISE_ZONE=$7 ZONEWISE_VERSION=$version ZONEWISE_PREVIOUS_VERSION=$previous
ZONEWISE_RELEASE=$release
export ZONEWISE_SERVICE ZONEWISE_ZONE ZONEWISE_VERSION ZONEWISE_PREVIOUS_VERSION ZONEWISE_RELEASE
finish() {
  printf '{"switched":%s,"previous":"%s","sha256":"%s","switchedAt":%s,"failed":"%s","output":"%s"}\n' \
    "$1" "$previous" "$(field_of "$release/.release.json" sha256)" "$2" "$3" "$(tail -c 4000 "$log" | encode)"
  exit 0
}
run_hook() {
  [ -n "$2" ] || return 0
  printf '%s\n' "-- $1: $2" >>"$log"
  (cd "$release" && exec $isolate "$2") </dev/null >>"$log" 2>&1 &
  hook=$!
  waited=0
  while kill -0 "$hook" 2>/dev/null; do
    if [ "$waited" -ge $((limit * 10)) ]; then
      printf '%s\n' "-- $1 took longer than $limit s: stopped" >>"$log"
      # This form alone means a process group to dash, busybox and bash alike.
      kill -s TERM -- "-$hook" 2>/dev/null || kill -s TERM "$hook" 2>/dev/null || :
      sleep 2
      kill -s KILL -- "-$hook" 2>/dev/null || kill -s KILL "$hook" 2>/dev/null || :
      wait "$hook" 2>/dev/null || :
      return 1
    fi
    sleep 0.1
    waited=$((waited + 1))
  done
  wait "$hook"
}
run_hook stop "$3" || finish false 0 stop
ln -s "releases/$version" "$directory/.current.$$"
mv -fT "$directory/.current.$$" "$directory/current" 2>/dev/null || mv -fh "$directory/.current.$$" "$directory/current"
switched=$(date +%s)
run_hook start "$4" || finish true "$switched" start
finish true "$switched" ""
`}`;

/**
 * `$1` seconds to wait until the first address accepts a connection, `$2` seconds one request may take, `$3`… URLs.
 * One result per URL: HTTP status (0: no answer), milliseconds to the end of the body, and the first 8 kB of the body;
 * less of each when there are several, because Systems Manager shows only the first 24,000 characters. No proxy and
 * no .curlrc: the answer must come from the process itself.
 */
export const PROBE_SCRIPT = `${PRELUDE}${String.raw`
patience=$1
limit=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
body=$work/body
said=$work/said
room=8192
if [ $# -gt 1 ]; then room=$((15000 / $#)); fi
deadline=$(($(date +%s) + patience))
first=yes
printf '{"answers":['
for url in "$@"; do
  while :; do
    : >"$body"
    code=0
    answer=$(curl -q --silent --show-error --globoff --proto =http,https --noproxy '*' --max-time "$limit" \
      --output "$body" --write-out '%{http_code} %{time_total}' --url "$url" 2>"$said") || code=$?
    if [ "$code" -eq 0 ] || [ "$(date +%s)" -ge "$deadline" ]; then break; fi
    sleep 0.2
  done
  [ "$first" = yes ] || printf ','
  first=no
  status=$(printf '%s' "$answer" | awk '{print $1 + 0}')
  taken=$(printf '%s' "$answer" | awk '{printf "%d", $2 * 1000}')
  problem=
  if [ "$code" -ne 0 ]; then status=0; problem=$(head -n 1 "$said" | sed 's/^curl: ([0-9]*) *//' | tr -d '\n' | encode); fi
  printf '{"status":%s,"milliseconds":%s,"problem":"%s","body":"%s"}' \
    "$status" "$taken" "$problem" "$(head -c "$room" "$body" | encode)"
done
printf ']}\n'
`}`;
