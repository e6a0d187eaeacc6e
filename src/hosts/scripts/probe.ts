import { PRELUDE, sh } from './prelude.ts';
import { REQUEST } from './request.ts';

/**
 * `$1` seconds to wait until the first address accepts a connection, `$2` seconds one request may take, `$3` method, `$4`
 * headers, one per line, `$5` body, `$6` where to connect instead, `$7` most redirects to follow, `$8` `ignore` for
 * certificates that are not trusted (see REQUEST); `$4` to `$8` may be empty; `$9`… URLs.
 *
 * One result per URL: HTTP status (0: no answer), milliseconds to the end of the body, the headers of the last answer, at
 * most 4 kB, and the first 8 kB of the body. Several URLs share 15 kB, because Systems Manager shows only the first 24,000
 * characters: the headers of each take up to half of its share, its body what they leave.
 */
export const PROBE_SCRIPT = `${PRELUDE}${REQUEST}${sh`
patience=$1 limit=$2 method=$3 headers=$4 content=$5 connect=$6 redirects=$7 tls=$8
shift 8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
body=$work/body
head=$work/head
said=$work/said
fields=$work/fields
share=12288
if [ $# -gt 1 ]; then share=$((15000 / $#)); fi
half=$((share / 2))
if [ "$half" -gt 4096 ]; then half=4096; fi
prepare
deadline=$(($(date +%s) + patience))
first=yes
printf '{"answers":['
for url in "$@"; do
  while :; do
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
  if [ "$code" -ne 0 ]; then status=0; problem=$(problem_of); fi
  awk '/^HTTP\// {text = ""; next} {text = text $0 "\n"} END {printf "%s", text}' "$head" | head -c "$half" >"$fields"
  room=$((share - $(wc -c <"$fields")))
  if [ "$room" -gt 8192 ]; then room=8192; fi
  printf '{"status":%s,"milliseconds":%s,"problem":"%s","headers":"%s","body":"%s"}' \
    "$status" "$taken" "$problem" "$(encode <"$fields")" "$(head -c "$room" "$body" | encode)"
done
printf ']}\n'
`}`;
