import { sh } from './prelude.ts';

/**
 * `ask <url>`: one request with curl, as `method`, `headers` (one per line, for which curl is 7.55 or later), `content`,
 * `connect` (`<name>:<port>:<address>:<port>`), `redirects` (most of them), `tls` (`ignore`) and `limit` (seconds) say; all
 * but the first and the last may be empty. Prints status and seconds; the answer is in the files `body` and `head`, what went
 * wrong in `said`. No proxy and no .curlrc: the answer must come from where the URL leads. Headers and body reach curl
 * through files in `work`, which no other user of the host can read.
 */
export const REQUEST = sh`
prepare() {
  printf '%s\n' "$headers" >"$work/headers"
  printf '%s' "$content" >"$work/content"
}
ask() {
  set -- --url "$1"
  if [ "$method" = HEAD ]; then set -- "$@" --head; fi
  # A method that is asked for by --request stays the same over redirects; a POST with a body becomes a GET, as in browsers.
  case $method-$content in HEAD-* | POST-?*) ;; *) set -- "$@" --request "$method" ;; esac
  if [ -n "$headers" ]; then set -- "$@" --header "@$work/headers"; fi
  if [ -n "$content" ]; then set -- "$@" --data-binary "@$work/content"; fi
  if [ -n "$connect" ]; then set -- "$@" --connect-to "$connect"; fi
  if [ -n "$redirects" ]; then set -- "$@" --location --max-redirs "$redirects" --proto-redir =http,https; fi
  if [ "$tls" = ignore ]; then set -- "$@" --insecure; fi
  : >"$body"
  : >"$head"
  curl -q --silent --show-error --globoff --proto =http,https --noproxy '*' --max-time "$limit" \
    --dump-header "$head" --output "$body" --write-out '%{http_code} %{time_total}' "$@" 2>"$said"
}
problem_of() { head -n 1 "$said" | sed 's/^curl: ([0-9]*) *//' | tr -d '\n' | head -c 300 | encode; }
`;
