"use strict";exports.id=95,exports.ids=[95,959],exports.modules={5216:(e,t,n)=>{n.d(t,{D:()=>r});function r(e){return e.replace(/^\[(.*)\]$/,"$1")}},4959:(e,t,n)=>{n.r(t),n.d(t,{askFromHosts:()=>H});var r=n(7030),s=n(5216),i=n(8290),o=n(6220);function a(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(u(e))return e}catch{}throw new o.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function $(e,t){let n=e[t];return"string"==typeof n?n:""}function l(e,t){return Buffer.from($(e,t),"base64").toString("utf8")}function d(e,t){let n=e[t];return"number"==typeof n?n:0}function c(e,t){let n=e[t];return Array.isArray(n)?n.filter(u):[]}function u(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}function f(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}let p=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,m=`
root=$ZONEWISE_HOST_ROOT
`,h=f`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`;f`
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
${h}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`;let w=f`
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
`,b=`${p}${h}${f`
limit=$1
`}${w}${f`
need bash
# shellcheck disable=SC2016
within bash -c '
${h}
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
`}`,k=`${p}${h}${f`
limit=$1
`}${w}${f`
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
`}`,g=`${p}${h}${f`
limit=$1
`}${w}${f`
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
`}`;function v(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}let y=["NOERROR","NXDOMAIN"];async function x(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:n})=>({host:e,...function(e,t){switch(e.kind){case"tcp":{let{address:n,port:r,listen:i}=e;return{script:b,arguments:[t,(0,s.D)(n),String(r),i?"listen":""]}}case"tls":{let n=(0,s.D)(e.name),i=(0,s.D)(e.address),o=6===(0,r.isIP)(i)?`[${i}]`:i;return{script:k,arguments:[t,`${o}:${e.port}`,0===(0,r.isIP)(n)?"name":"ip",n]}}case"dns":{let{record:n,type:r,server:s}=e,{address:o,port:a}=(void 0===s?void 0:(0,i.Wb)(s))??{};return{script:g,arguments:[t,n,r,o??"",String(a??"")]}}}}(n,(t/1e3).toFixed(3)),timeout:t+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,question:t},r)=>{let s=n[r];if(s?.outcome!=="done")return{kind:"silent",problem:void 0===s?"it was never asked":v(s),milliseconds:0};let o=a(e,s.stdout),c=d(o,"milliseconds");if(void 0===o.problem)return function(e,t,n){var r,s,o,a,c;switch(e.kind){case"tcp":return{kind:"tcp",banner:l(t,"banner"),milliseconds:n};case"tls":let u,f;return r=t,s=n,u=l(r,"verdict"),f=new Date($(r,"expires")),{kind:"tls",distrust:/^0\b/.test(u)?"":u.replace(/^\d+ \((.*)\)$/,"$1"),expires:f.toISOString(),daysLeft:Math.floor((f.getTime()-1e3*d(r,"now"))/864e5),milliseconds:s};case"dns":let p;return o=e.type,a=t,c=n,p=$(a,"status"),y.includes(p)?{kind:"dns",values:[...new Set(l(a,"values").split("\n").filter(e=>""!==e).map(e=>{let t;return"TXT"===o?(t=[...e.matchAll(/"(?<part>(?:[^"\\]|\\.)*)"/g)].map(e=>e.groups?.part??"").join("").replace(/\\(\d{3}|.)/g,(e,t)=>3===t.length?String.fromCharCode(Number(t)):t),Buffer.from(t,"latin1").toString("utf8")):e}).map(e=>(0,i.ij)(o,e)??e))],milliseconds:c}:{kind:"silent",problem:`the server answered ${p}`,milliseconds:c}}}(t,o,c);let u=l(o,"problem")||"no answer";return{kind:"silent",problem:u.endsWith(" is not installed")?`${u} on ${e}`:u,milliseconds:c}})}var S=n(8278);let E=f`
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
`,A=`${p}${E}${f`
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
`}`;var T=n(3090);async function N(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:r,manner:s=S.t})=>({host:e,script:A,arguments:[String(Math.ceil(n/1e3)),(r/1e3).toFixed(3),...O(s,t[0]??""),...t],timeout:n+r*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let s=n[r];if(s?.outcome!=="done"){let e=void 0===s?"it was never asked":v(s);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let i=c(a(e,s.stdout),"answers");return t.map((e,t)=>{let n=i[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let r=d(n,"status"),s=d(n,"milliseconds");return 0===r?{kind:"silent",url:e,problem:l(n,"problem")||"no answer",milliseconds:s}:{kind:"answered",url:e,status:r,headers:C(l(n,"headers")),milliseconds:s,body:l(n,"body")}})})}function O({method:e,headers:t,body:n,connect:r,redirects:s,tls:i},o){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",void 0===r?"":function(e,t){let{hostname:n,port:r}=(0,T.$)(e);return`${n}:${r}:${t}:${r}`}(o,r),"follow"===s?"5":"","ignore"===i?i:""]}function C(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let r=n.slice(0,e).toLowerCase(),s=n.slice(e+1).trim(),i=t.get(r);t.set(r,void 0===i?s:`${i}, ${s}`)}return Object.fromEntries(t)}let _=`${p}${h}${E}${f`
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
`}`;async function I(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:{url:n,manner:r=S.t,times:s,wanted:i=[]}})=>{let{hostname:o,port:a}=(0,T.$)(n);return{host:e,script:_,arguments:[String(s),(t/1e3).toFixed(3),...O(r,n),o,a,i.join(" "),n],timeout:t*Math.ceil(s/8)+3e4,onCancel:"stop"}}),e.signal);return t.map((e,t)=>(function({host:e,question:t},n){if(n?.outcome!=="done")return{kind:"silent",problem:void 0===n?"it was never asked":v(n),milliseconds:0};let r=a(e,n.stdout),s=d(r,"milliseconds"),i=c(r,"answers").map(D);return i.length===t.times?{kind:"answers",answers:i,milliseconds:s}:{kind:"silent",problem:`${i.length} of ${t.times} answers were reported`,milliseconds:s}})(e,n[t]))}function D(e){let t=d(e,"status");return 0===t?{status:t,problem:l(e,"problem")||"no answer"}:{status:t,headers:C(l(e,"headers")),body:l(e,"body")}}let F=`${p}${m}${h}${f`
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
`}`;async function q(e,t){let n=await e.transport.run(t.map(({host:e,directory:t,program:n,limit:r})=>({host:e,script:F,arguments:[t,n],timeout:r+5e3,onCancel:"stop"})),e.signal);return t.map(({host:e},t)=>{let r=n[t];if(r?.outcome!=="done")return{kind:"silent",problem:void 0===r?"it was never run":v(r),milliseconds:0};let s=a(e,r.stdout);return{kind:"command",exitCode:d(s,"exitCode"),output:l(s,"output"),milliseconds:d(s,"milliseconds")}})}function H(e){return async(t,n)=>{let r=[];for(let s=0;s<t.length;s+=200)r.push(...await M({...e,signal:n},t.slice(s,s+200)));return r}}let j={kind:"silent",problem:"it was never asked",milliseconds:0};async function M(e,t){let n=new Map((await Promise.all([P(X(t,["http"]),t=>R(e,t)),P(X(t,["command"]),t=>q(e,t.map(({host:e,limit:t,question:n})=>({host:e,limit:t,...n})))),P(X(t,["tcp","tls","dns"]),t=>x(e,t)),P(X(t,["repeated"]),t=>I(e,t))])).flat());return t.map((e,t)=>n.get(t)??j)}async function P(e,t){if(0===e.length)return[];let n=await t(e);return e.map(({index:e},t)=>[e,n[t]??j])}async function R(e,t){return(await N(e,t.map(({host:e,limit:t,question:{url:n,manner:r}})=>({host:e,urls:[n],patience:0,limit:t,...r&&{manner:r}})))).map(([e])=>(function(e){if(void 0===e)return j;let{url:t,...n}=e;return"answered"===n.kind?{...n,kind:"http"}:n})(e))}function X(e,t){return e.flatMap((e,n)=>{var r;return(r=e,t.some(e=>e===r.question.kind))?[{...e,index:n}]:[]})}},4095:(e,t,n)=>{n.d(t,{askerFor:()=>s});var r=n(4959);function s(e,t){let s=void 0===t?i:(0,r.askFromHosts)(t);return"host"===e?s:async(e,t)=>{let{askFromRunner:r}=await Promise.all([n.e(499),n.e(734),n.e(625)]).then(n.bind(n,4625));return r({atOnce:64,commands:s})(e,t)}}let i=async e=>e.map(()=>({kind:"silent",problem:"there is no way to the host itself",milliseconds:0}))},3090:(e,t,n)=>{n.d(t,{$:()=>r});function r(e){let{protocol:t,hostname:n,port:r}=new URL(e);return{protocol:t,hostname:n,port:r||("https:"===t?"443":"80")}}}};