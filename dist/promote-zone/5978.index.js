"use strict";exports.id=5978,exports.ids=[5978],exports.modules={28278:(e,t,r)=>{r.d(t,{o:()=>s,t:()=>n});let n={method:"GET",headers:{},redirects:"refuse",tls:"verify"};function s(e){switch(e.kind){case"http":case"repeated":return`${e.manner?.method??"GET"} ${e.url}`;case"tcp":return`connection to ${e.address}:${e.port}`;case"tls":return`TLS to ${e.address}:${e.port} for ${e.name}`;case"dns":return`${e.type} of ${e.record}${void 0===e.server?"":` at ${e.server}`}`;case"command":return`${e.program} in ${e.directory}/current`}}},30436:(e,t,r)=>{r.d(t,{DP:()=>a,FZ:()=>d,JN:()=>s,M8:()=>o,NR:()=>i,sJ:()=>$});var n=r(66220);function s(e,t){let r=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(r);if(l(e))return e}catch{}throw new n.Wk(`${e} did not report a result: its last line was ${JSON.stringify(r.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function o(e,t){let r=e[t];return"string"==typeof r?r:""}function i(e,t){return Buffer.from(o(e,t),"base64").toString("utf8")}function $(e,t){let r=e[t];return"number"==typeof r?r:0}function a(e,t){let r=e[t];return l(r)?r:{}}function d(e,t){let r=e[t];return Array.isArray(r)?r.filter(l):[]}function l(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}},33985:(e,t,r)=>{r.d(t,{O9:()=>i,Sz:()=>a,oF:()=>$});var n=r(87027),s=r(37230);let o=(0,s.sh)`
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
`,i=`${s.W}${n.Z}${(0,s.sh)`
limit=$1
`}${o}${(0,s.sh)`
need bash
# shellcheck disable=SC2016
within bash -c '
${n.Z}
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
`}`,$=`${s.W}${n.Z}${(0,s.sh)`
limit=$1
`}${o}${(0,s.sh)`
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
`}`,a=`${s.W}${n.Z}${(0,s.sh)`
limit=$1
`}${o}${(0,s.sh)`
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
`}`},87027:(e,t,r)=>{r.d(t,{Z:()=>s,o:()=>o});var n=r(37230);let s=(0,n.sh)`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,o=(0,n.sh)`
boot=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || :
born_of() {
  born=
  { read -r born <"/proc/$1/stat"; } 2>/dev/null || return 0
  # shellcheck disable=SC2086
  set -- \${born##*) }
  born=
  case $1 in [ZX]) return 0 ;; esac
  shift 19
  born=$1
}
${s}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`},37230:(e,t,r)=>{function n(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}r.d(t,{D:()=>o,W:()=>s,sh:()=>n});let s=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,o=`
root=$ZONEWISE_HOST_ROOT
`},4129:(e,t,r)=>{r.d(t,{J:()=>o});var n=r(37230),s=r(51966);let o=`${n.W}${s.S}${(0,n.sh)`
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
`}`},21258:(e,t,r)=>{r.d(t,{MH:()=>i,lt:()=>s,ws:()=>o});var n=r(37230);let s=`${n.D}
record=$root/var/lib/zonewise/out-of-service.json
`,o=`${n.W}${s}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,i=`${n.W}${s}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`},68352:(e,t,r)=>{r.d(t,{W:()=>i});var n=r(87027),s=r(37230),o=r(51966);let i=`${s.W}${n.Z}${o.S}${(0,s.sh)`
set -f
times=$1 limit=$2 method=$3 headers=$4 content=$5 connect=$6 redirects=$7 tls=$8 name=$9
shift 9
port=$1 wanted=$2 url=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
share=$((14500 / times - 45))
if [ "$share" -lt 0 ]; then share=0; fi
prepare
nodes=
if [ -z "$connect" ]; then
  nodes=$(getent ahosts "$name" 2>/dev/null | awk '
    seen[$1]++ { next }
    $1 ~ /:/ { six = six " [" $1 "]"; next }
    { four = four " " $1 }
    END { print four == "" ? six : four }')
fi
chosen() {
  WANTED=" $wanted " awk '
    /^HTTP\// { text = ""; next }
    { name = tolower($0); sub(/:.*/, "", name); if (index(ENVIRON["WANTED"], " " name " ")) text = text $0 "\n" }
    END { printf "%s", text }' "$head" | head -c "$share"
}
lane() {
  number=$1
  body=$work/$number.body
  head=$work/$number.head
  said=$work/$number.said
  fields=$work/$number.fields
  : >"$fields"
  while [ "$number" -le "$times" ]; do
    if [ -n "$nodes" ]; then
      # shellcheck disable=SC2086
      set -- $nodes
      shift $(((number - 1) % $#))
      connect=$name:$port:$1:$port
    fi
    code=0
    answer=$(ask "$url") || code=$?
    if [ "$code" -ne 0 ]; then
      printf '{"status":0,"problem":"%s"}\n' "$(problem_of)" >"$work/$number"
    else
      if [ -n "$wanted" ]; then chosen >"$fields"; fi
      room=$((share - $(wc -c <"$fields")))
      if [ "$room" -gt 400 ]; then room=400; fi
      printf '{"status":%s,"headers":"%s","body":"%s"}\n' \
        "\${answer%% *}" "$(encode <"$fields")" "$(head -c "$room" "$body" | encode)" >"$work/$number"
    fi
    number=$((number + 8))
  done
}
clock
began=$now
for first in 1 2 3 4 5 6 7 8; do lane "$first" & done
wait
clock
printf '{"milliseconds":%s,"answers":[' "$((now - began))"
number=1
while [ "$number" -le "$times" ]; do
  [ "$number" -eq 1 ] || printf ','
  IFS= read -r line <"$work/$number"
  printf '%s' "$line"
  number=$((number + 1))
done
printf ']}\n'
`}`},51966:(e,t,r)=>{r.d(t,{S:()=>s});var n=r(37230);let s=(0,n.sh)`
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
`},24895:(e,t,r)=>{r.d(t,{X:()=>o});var n=r(87027),s=r(37230);let o=`${s.W}${s.D}${n.Z}${(0,s.sh)`
cd "$root$1/current" 2>/dev/null || fail 30 "there is no release at $1/current"
if [ ! -f "$2" ] || [ ! -x "$2" ]; then fail 30 "the release at $1/current holds no program $2 (missing or not executable)"; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clock
began=$now
code=0
"./\${2#./}" >"$work/output" 2>&1 </dev/null || code=$?
clock
printf '{"exitCode":%s,"milliseconds":%s,"output":"%s"}\n' \
  "$code" "$((now - began))" "$(head -c 8192 "$work/output" | encode)"
`}`},25913:(e,t,r)=>{r.d(t,{v:()=>o});var n=r(37230),s=r(21258);let o=`${n.W}${s.lt}${(0,n.sh)`
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
`}`},53090:(e,t,r)=>{r.d(t,{$:()=>n});function n(e){let{protocol:t,hostname:r,port:n}=new URL(e);return{protocol:t,hostname:r,port:n||("https:"===t?"443":"80")}}},43815:(e,t,r)=>{r.d(t,{dy:()=>a,jB:()=>l,n7:()=>d});var n=r(28278),s=r(30436),o=r(4129),i=r(54305),$=r(53090);async function a(e,t){let r=await e.transport.run(t.map(({host:e,urls:t,patience:r,limit:s,manner:i=n.t})=>({host:e,script:o.J,arguments:[String(Math.ceil(r/1e3)),(s/1e3).toFixed(3),...d(i,t[0]??""),...t],timeout:r+s*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},n)=>{let o=r[n];if(o?.outcome!=="done"){let e=void 0===o?"it was never asked":(0,i.Ic)(o);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let $=(0,s.FZ)((0,s.JN)(e,o.stdout),"answers");return t.map((e,t)=>{let r=$[t];if(void 0===r)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let n=(0,s.sJ)(r,"status"),o=(0,s.sJ)(r,"milliseconds");return 0===n?{kind:"silent",url:e,problem:(0,s.NR)(r,"problem")||"no answer",milliseconds:o}:{kind:"answered",url:e,status:n,headers:l((0,s.NR)(r,"headers")),milliseconds:o,body:(0,s.NR)(r,"body")}})})}function d({method:e,headers:t,body:r,connect:n,redirects:s,tls:o},i){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),r??"",void 0===n?"":function(e,t){let{hostname:r,port:n}=(0,$.$)(e);return`${r}:${n}:${t}:${n}`}(i,n),"follow"===s?"5":"","ignore"===o?o:""]}function l(e){let t=new Map;for(let r of e.split(/\r?\n/)){let e=r.indexOf(":");if(e<1)continue;let n=r.slice(0,e).toLowerCase(),s=r.slice(e+1).trim(),o=t.get(n);t.set(n,void 0===o?s:`${o}, ${s}`)}return Object.fromEntries(t)}},29734:(e,t,r)=>{r.d(t,{S:()=>n});async function n(e,t,r){let n=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),s=r.filter(({host:e})=>!n.has(e)),o=0===s.length?[]:await e.transport.run(s,e.signal),i=new Map(s.map((e,t)=>[e,o[t]]));return r.map(e=>i.get(e)??{host:e.host,outcome:"lost",reason:n.get(e.host)??"it cannot be reached"})}},54305:(e,t,r)=>{r.d(t,{Hh:()=>u,Ic:()=>m,Wh:()=>c,e:()=>f,rk:()=>a,uy:()=>d});var n=r(30436),s=r(21258),o=r(25913),i=r(66220),$=r(29734);async function a(e,t,r){return(await e.transport.run(t.map(e=>({host:e,script:o.v,arguments:[r],timeout:3e4})),e.signal)).map(l)}async function d(e,t,r){return(await (0,$.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:o.v,arguments:[r],timeout:3e4})))).map(e=>{if("lost"===e.outcome)return{kind:"silent",host:e.host,problem:e.reason};try{return{kind:"told",status:l(e)}}catch(t){if(!(t instanceof i.Wk))throw t;return{kind:"silent",host:e.host,problem:t.message}}})}function l(e){let t=(0,n.JN)(e.host,p(e,"tell its release")),r=(0,n.M8)(t,"version"),{ordinal:s,switchedAt:o}=t,i=(0,n.NR)(t,"record");return{host:e.host,...""===r?{}:{release:{version:r,sha256:(0,n.M8)(t,"sha256")}},..."number"==typeof s?{ordinal:s}:{},..."number"==typeof o?{switchedAt:o}:{},...""===i?{}:{record:u(i,e.host)}}}async function c(e,t,r){let n=await e.transport.facts(t.map(({host:e})=>e));for(let o of(await (0,$.S)(e,n,t.map(e=>({host:e.host,script:s.ws,arguments:[JSON.stringify(e)],timeout:3e4})))))r&&"lost"===o.outcome?e.log.warning(`${o.host} cannot be reached (${o.reason}); its record is kept in this step only.`):p(o,"record that it leaves service")}async function f(e,t){for(let r of(await (0,$.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:s.MH,arguments:[],timeout:3e4})))))"lost"!==r.outcome?p(r,"forget that it was out of service"):e.log.warning(`${r.host} serves again; its record is still on it: ${r.reason}.`)}function u(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:r,reason:n,run:s,since:o,service:i,from:$,scaling:a}=e;return[t,n,s,o].every(e=>"string"==typeof e)&&[i,$].every(e=>void 0===e||"string"==typeof e)&&(void 0===a||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:r,minSize:n,processes:s}=e;return"string"==typeof r&&("standby"===t?void 0===n||Number.isSafeInteger(n):"suspend"===t&&Array.isArray(s)&&s.every(e=>"string"==typeof e))}(a))&&Array.isArray(r)&&r.length>0&&r.every(h)}(t))return t}catch{}throw new i.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function h(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:r,port:n}=e;return"string"==typeof t&&"string"==typeof r&&Number.isSafeInteger(n)}function p(e,t){if("done"===e.outcome)return e.stdout;throw new i.Wk(`${e.host} could not ${t}: ${m(e)}.`)}function m(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),r=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${r}`}}}}};