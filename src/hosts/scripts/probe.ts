import { PRELUDE } from './prelude.ts';

/**
 * `$1` seconds to wait until the first address accepts a connection, `$2` seconds one request may take, `$3` method, `$4`
 * headers, one per line, `$5` body, `$6` where to connect instead (`<name>:<port>:<address>:<port>`), `$7` most redirects to
 * follow, `$8` `ignore` for certificates that are not trusted; `$4` to `$8` may be empty; `$9`… URLs.
 *
 * One result per URL: HTTP status (0: no answer), milliseconds to the end of the body, and the first 8 kB of the body;
 * less of each when there are several, because Systems Manager shows only the first 24,000 characters. The headers of the
 * last answer, at most 4 kB of them, when there is one URL. No proxy and no .curlrc: the answer must come from the process
 * itself. Headers and body reach curl through files, which no other user of the host can read; headers need curl 7.55 or later.
 */
export const PROBE_SCRIPT = `${PRELUDE}${String.raw`
patience=$1 limit=$2 method=$3 headers=$4 content=$5 connect=$6 redirects=$7 tls=$8
shift 8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
body=$work/body
head=$work/head
said=$work/said
room=8192
if [ $# -gt 1 ]; then room=$((15000 / $#)); fi
printf '%s\n' "$headers" >"$work/headers"
printf '%s' "$content" >"$work/content"
ask() {
  set -- --url "$1"
  if [ "$method" = HEAD ]; then set -- "$@" --head; else set -- "$@" --request "$method"; fi
  if [ -n "$headers" ]; then set -- "$@" --header "@$work/headers"; fi
  if [ -n "$content" ]; then set -- "$@" --data-binary "@$work/content"; fi
  if [ -n "$connect" ]; then set -- "$@" --connect-to "$connect"; fi
  if [ -n "$redirects" ]; then set -- "$@" --location --max-redirs "$redirects" --proto-redir =http,https; fi
  if [ "$tls" = ignore ]; then set -- "$@" --insecure; fi
  curl -q --silent --show-error --globoff --proto =http,https --noproxy '*' --max-time "$limit" \
    --dump-header "$head" --output "$body" --write-out '%{http_code} %{time_total}' "$@" 2>"$said"
}
deadline=$(($(date +%s) + patience))
first=yes
printf '{"answers":['
for url in "$@"; do
  while :; do
    : >"$body"
    : >"$head"
    code=0
    answer=$(ask "$url") || code=$?
    if [ "$code" -eq 0 ] || [ "$(date +%s)" -ge "$deadline" ]; then break; fi
    sleep 0.2
  done
  [ "$first" = yes ] || printf ','
  first=no
  status=$(printf '%s' "$answer" | awk '{print $1 + 0}')
  taken=$(printf '%s' "$answer" | awk '{printf "%d", $2 * 1000}')
  problem=
  if [ "$code" -ne 0 ]; then status=0; problem=$(head -n 1 "$said" | sed 's/^curl: ([0-9]*) *//' | tr -d '\n' | encode); fi
  fields=
  if [ $# -eq 1 ]; then
    fields=$(awk '/^HTTP\// {text = ""; next} {text = text $0 "\n"} END {printf "%s", text}' "$head" | head -c 4096 | encode)
  fi
  printf '{"status":%s,"milliseconds":%s,"problem":"%s","headers":"%s","body":"%s"}' \
    "$status" "$taken" "$problem" "$fields" "$(head -c "$room" "$body" | encode)"
done
printf ']}\n'
`}`;
