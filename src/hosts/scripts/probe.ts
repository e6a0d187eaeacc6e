import { PRELUDE } from './prelude.ts';

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
