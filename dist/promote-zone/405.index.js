"use strict";exports.id=405,exports.ids=[405],exports.modules={35216:(e,t,r)=>{r.d(t,{D:()=>n});function n(e){return e.replace(/^\[(.*)\]$/,"$1")}},98290:(e,t,r)=>{r.d(t,{Ew:()=>a,H7:()=>s,Wb:()=>d,ij:()=>o});var n=r(77030);let s={A:"an IPv4 address such as 192.0.2.1",AAAA:"an IPv6 address such as 2001:db8::1",CNAME:"a name such as web.example.com",MX:"a preference and a name, such as 10 mail.example.com",NS:"a name such as ns1.example.com",SRV:"priority, weight, port and name, such as 10 5 8080 web.example.com",TXT:"the text itself, without quotes, in one piece"},i={MX:1,SRV:3};function o(e,t){switch(e){case"A":return(0,n.isIPv4)(t)?t:void 0;case"AAAA":return(0,n.isIPv6)(t)&&!t.includes("%")?new URL(`http://[${t}]`).hostname.slice(1,-1):void 0;case"TXT":return t;default:return function(e,t){let r=a(e[t]??""),n=e.slice(0,t);if(void 0!==r&&e.length===t+1&&n.every(e=>/^\d{1,5}$/.test(e)&&65535>=Number(e)))return[...n.map(Number),r].join(" ")}(t.trim().split(/\s+/),i[e]??0)}}function a(e){let t=e.toLowerCase().replace(/(?<=.)\.$/,"");return"."===t||t.length<=253&&t.split(".").every(e=>/^[a-z0-9_*-]{1,63}$/.test(e))?t:void 0}function d(e){let t=/^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<four>[0-9.]+))(?::(?<port>[1-9]\d{0,4}))?$/.exec(e),{six:r,four:s,port:i="53"}=t?.groups??{},o=r??s??"";if(!((0,n.isIP)(o)!==(void 0===r?4:6)||Number(i)>65535))return{address:o,port:Number(i)}}},28278:(e,t,r)=>{r.d(t,{o:()=>s,t:()=>n});let n={method:"GET",headers:{},redirects:"refuse",tls:"verify"};function s(e){switch(e.kind){case"http":case"repeated":return`${e.manner?.method??"GET"} ${e.url}`;case"tcp":return`connection to ${e.address}:${e.port}`;case"tls":return`TLS to ${e.address}:${e.port} for ${e.name}`;case"dns":return`${e.type} of ${e.record}${void 0===e.server?"":` at ${e.server}`}`;case"command":return`${e.program} in ${e.directory}/current`}}},30436:(e,t,r)=>{r.d(t,{DP:()=>d,FZ:()=>l,JN:()=>s,M8:()=>i,NR:()=>o,sJ:()=>a});var n=r(66220);function s(e,t){let r=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(r);if($(e))return e}catch{}throw new n.Wk(`${e} did not report a result: its last line was ${JSON.stringify(r.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function i(e,t){let r=e[t];return"string"==typeof r?r:""}function o(e,t){return Buffer.from(i(e,t),"base64").toString("utf8")}function a(e,t){let r=e[t];return"number"==typeof r?r:0}function d(e,t){let r=e[t];return $(r)?r:{}}function l(e,t){let r=e[t];return Array.isArray(r)?r.filter($):[]}function $(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}},87027:(e,t,r)=>{r.d(t,{Z:()=>s,o:()=>i});var n=r(37230);let s=(0,n.sh)`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,i=(0,n.sh)`
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
`},37230:(e,t,r)=>{function n(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}r.d(t,{D:()=>i,W:()=>s,sh:()=>n});let s=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,i=`
root=$ZONEWISE_HOST_ROOT
`},21258:(e,t,r)=>{r.d(t,{MH:()=>o,lt:()=>s,ws:()=>i});var n=r(37230);let s=`${n.D}
record=$root/var/lib/zonewise/out-of-service.json
`,i=`${n.W}${s}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,o=`${n.W}${s}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
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
`},25913:(e,t,r)=>{r.d(t,{v:()=>i});var n=r(37230),s=r(21258);let i=`${n.W}${s.lt}${(0,n.sh)`
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
`}`},96405:(e,t,r)=>{r.r(t),r.d(t,{askerFor:()=>R});var n=r(77030),s=r(35216),i=r(98290),o=r(30436),a=r(87027),d=r(37230);let l=(0,d.sh)`
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
`,$=`${d.W}${a.Z}${(0,d.sh)`
limit=$1
`}${l}${(0,d.sh)`
need bash
# shellcheck disable=SC2016
within bash -c '
${a.Z}
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
`}`,c=`${d.W}${a.Z}${(0,d.sh)`
limit=$1
`}${l}${(0,d.sh)`
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
`}`,u=`${d.W}${a.Z}${(0,d.sh)`
limit=$1
`}${l}${(0,d.sh)`
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
`}`;var f=r(54305);let p=["NOERROR","NXDOMAIN"];async function m(e,t){let r=await e.transport.run(t.map(({host:e,limit:t,question:r})=>({host:e,...function(e,t){switch(e.kind){case"tcp":{let{address:r,port:n,listen:i}=e;return{script:$,arguments:[t,(0,s.D)(r),String(n),i?"listen":""]}}case"tls":{let r=(0,s.D)(e.name),i=(0,s.D)(e.address),o=6===(0,n.isIP)(i)?`[${i}]`:i;return{script:c,arguments:[t,`${o}:${e.port}`,0===(0,n.isIP)(r)?"name":"ip",r]}}case"dns":{let{record:r,type:n,server:s}=e,{address:o,port:a}=(void 0===s?void 0:(0,i.Wb)(s))??{};return{script:u,arguments:[t,r,n,o??"",String(a??"")]}}}}(r,(t/1e3).toFixed(3)),timeout:t+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,question:t},n)=>{let s=r[n];if(s?.outcome!=="done")return{kind:"silent",problem:void 0===s?"it was never asked":(0,f.Ic)(s),milliseconds:0};let a=(0,o.JN)(e,s.stdout),d=(0,o.sJ)(a,"milliseconds");if(void 0===a.problem)return function(e,t,r){var n,s,a,d,l;switch(e.kind){case"tcp":return{kind:"tcp",banner:(0,o.NR)(t,"banner"),milliseconds:r};case"tls":let $,c;return n=t,s=r,$=(0,o.NR)(n,"verdict"),c=new Date((0,o.M8)(n,"expires")),{kind:"tls",distrust:/^0\b/.test($)?"":$.replace(/^\d+ \((.*)\)$/,"$1"),expires:c.toISOString(),daysLeft:Math.floor((c.getTime()-1e3*(0,o.sJ)(n,"now"))/864e5),milliseconds:s};case"dns":let u;return a=e.type,d=t,l=r,u=(0,o.M8)(d,"status"),p.includes(u)?{kind:"dns",values:[...new Set((0,o.NR)(d,"values").split("\n").filter(e=>""!==e).map(e=>{let t;return"TXT"===a?(t=[...e.matchAll(/"(?<part>(?:[^"\\]|\\.)*)"/g)].map(e=>e.groups?.part??"").join("").replace(/\\(\d{3}|.)/g,(e,t)=>3===t.length?String.fromCharCode(Number(t)):t),Buffer.from(t,"latin1").toString("utf8")):e}).map(e=>(0,i.ij)(a,e)??e))],milliseconds:l}:{kind:"silent",problem:`the server answered ${u}`,milliseconds:l}}}(t,a,d);let l=(0,o.NR)(a,"problem")||"no answer";return{kind:"silent",problem:l.endsWith(" is not installed")?`${l} on ${e}`:l,milliseconds:d}})}var h=r(71241),w=r(28278),b=r(51966);let k=`${d.W}${a.Z}${b.S}${(0,d.sh)`
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
`}`;var v=r(53090);async function y(e,t){let r=await e.transport.run(t.map(({host:e,limit:t,question:{url:r,manner:n=w.t,times:s,wanted:i=[]}})=>{let{hostname:o,port:a}=(0,v.$)(r);return{host:e,script:k,arguments:[String(s),(t/1e3).toFixed(3),...(0,h.n7)(n,r),o,a,i.join(" "),r],timeout:t*Math.ceil(s/8)+3e4,onCancel:"stop"}}),e.signal);return t.map((e,t)=>(function({host:e,question:t},r){if(r?.outcome!=="done")return{kind:"silent",problem:void 0===r?"it was never asked":(0,f.Ic)(r),milliseconds:0};let n=(0,o.JN)(e,r.stdout),s=(0,o.sJ)(n,"milliseconds"),i=(0,o.FZ)(n,"answers").map(g);return i.length===t.times?{kind:"answers",answers:i,milliseconds:s}:{kind:"silent",problem:`${i.length} of ${t.times} answers were reported`,milliseconds:s}})(e,r[t]))}function g(e){let t=(0,o.sJ)(e,"status");return 0===t?{status:t,problem:(0,o.NR)(e,"problem")||"no answer"}:{status:t,headers:(0,h.jB)((0,o.NR)(e,"headers")),body:(0,o.NR)(e,"body")}}let x=`${d.W}${d.D}${a.Z}${(0,d.sh)`
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
`}`;async function N(e,t){let r=await e.transport.run(t.map(({host:e,directory:t,program:r,limit:n})=>({host:e,script:x,arguments:[t,r],timeout:n+5e3,onCancel:"stop"})),e.signal);return t.map(({host:e},t)=>{let n=r[t];if(n?.outcome!=="done")return{kind:"silent",problem:void 0===n?"it was never run":(0,f.Ic)(n),milliseconds:0};let s=(0,o.JN)(e,n.stdout);return{kind:"command",exitCode:(0,o.sJ)(s,"exitCode"),output:(0,o.NR)(s,"output"),milliseconds:(0,o.sJ)(s,"milliseconds")}})}let S={kind:"silent",problem:"it was never asked",milliseconds:0};async function A(e,t){let r=new Map((await Promise.all([E(T(t,["http"]),t=>I(e,t)),E(T(t,["command"]),t=>N(e,t.map(({host:e,limit:t,question:r})=>({host:e,limit:t,...r})))),E(T(t,["tcp","tls","dns"]),t=>m(e,t)),E(T(t,["repeated"]),t=>y(e,t))])).flat());return t.map((e,t)=>r.get(t)??S)}async function E(e,t){if(0===e.length)return[];let r=await t(e);return e.map(({index:e},t)=>[e,r[t]??S])}async function I(e,t){return(await (0,h.dy)(e,t.map(({host:e,limit:t,question:{url:r,manner:n}})=>({host:e,urls:[r],patience:0,limit:t,...n&&{manner:n}})))).map(([e])=>(function(e){if(void 0===e)return S;let{url:t,...r}=e;return"answered"===r.kind?{...r,kind:"http"}:r})(e))}function T(e,t){return e.flatMap((e,r)=>{var n;return(n=e,t.some(e=>e===n.question.kind))?[{...e,index:r}]:[]})}function R(e,t){let n=void 0===t?_:async(e,r)=>{let n=[];for(let s=0;s<e.length;s+=200)n.push(...await A({...t,signal:r},e.slice(s,s+200)));return n};return"host"===e?n:async(e,t)=>{let{askFromRunner:s}=await Promise.all([r.e(499),r.e(193),r.e(625)]).then(r.bind(r,94625));return s({atOnce:64,commands:n})(e,t)}}let _=async e=>e.map(()=>({kind:"silent",problem:"there is no way to the host itself",milliseconds:0}))},53090:(e,t,r)=>{r.d(t,{$:()=>n});function n(e){let{protocol:t,hostname:r,port:n}=new URL(e);return{protocol:t,hostname:r,port:n||("https:"===t?"443":"80")}}},71241:(e,t,r)=>{r.d(t,{dy:()=>$,jB:()=>u,n7:()=>c});var n=r(28278),s=r(30436),i=r(37230),o=r(51966);let a=`${i.W}${o.S}${(0,i.sh)`
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
`}`;var d=r(54305),l=r(53090);async function $(e,t){let r=await e.transport.run(t.map(({host:e,urls:t,patience:r,limit:s,manner:i=n.t})=>({host:e,script:a,arguments:[String(Math.ceil(r/1e3)),(s/1e3).toFixed(3),...c(i,t[0]??""),...t],timeout:r+s*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},n)=>{let i=r[n];if(i?.outcome!=="done"){let e=void 0===i?"it was never asked":(0,d.Ic)(i);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let o=(0,s.FZ)((0,s.JN)(e,i.stdout),"answers");return t.map((e,t)=>{let r=o[t];if(void 0===r)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let n=(0,s.sJ)(r,"status"),i=(0,s.sJ)(r,"milliseconds");return 0===n?{kind:"silent",url:e,problem:(0,s.NR)(r,"problem")||"no answer",milliseconds:i}:{kind:"answered",url:e,status:n,headers:u((0,s.NR)(r,"headers")),milliseconds:i,body:(0,s.NR)(r,"body")}})})}function c({method:e,headers:t,body:r,connect:n,redirects:s,tls:i},o){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),r??"",void 0===n?"":function(e,t){let{hostname:r,port:n}=(0,l.$)(e);return`${r}:${n}:${t}:${n}`}(o,n),"follow"===s?"5":"","ignore"===i?i:""]}function u(e){let t=new Map;for(let r of e.split(/\r?\n/)){let e=r.indexOf(":");if(e<1)continue;let n=r.slice(0,e).toLowerCase(),s=r.slice(e+1).trim(),i=t.get(n);t.set(n,void 0===i?s:`${i}, ${s}`)}return Object.fromEntries(t)}},29734:(e,t,r)=>{r.d(t,{S:()=>n});async function n(e,t,r){let n=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),s=r.filter(({host:e})=>!n.has(e)),i=0===s.length?[]:await e.transport.run(s,e.signal),o=new Map(s.map((e,t)=>[e,i[t]]));return r.map(e=>o.get(e)??{host:e.host,outcome:"lost",reason:n.get(e.host)??"it cannot be reached"})}},54305:(e,t,r)=>{r.d(t,{Hh:()=>f,Ic:()=>h,Wh:()=>c,e:()=>u,rk:()=>d,uy:()=>l});var n=r(30436),s=r(21258),i=r(25913),o=r(66220),a=r(29734);async function d(e,t,r){return(await e.transport.run(t.map(e=>({host:e,script:i.v,arguments:[r],timeout:3e4})),e.signal)).map($)}async function l(e,t,r){return(await (0,a.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:i.v,arguments:[r],timeout:3e4})))).map(e=>{if("lost"===e.outcome)return{kind:"silent",host:e.host,problem:e.reason};try{return{kind:"told",status:$(e)}}catch(t){if(!(t instanceof o.Wk))throw t;return{kind:"silent",host:e.host,problem:t.message}}})}function $(e){let t=(0,n.JN)(e.host,m(e,"tell its release")),r=(0,n.M8)(t,"version"),{ordinal:s,switchedAt:i}=t,o=(0,n.NR)(t,"record");return{host:e.host,...""===r?{}:{release:{version:r,sha256:(0,n.M8)(t,"sha256")}},..."number"==typeof s?{ordinal:s}:{},..."number"==typeof i?{switchedAt:i}:{},...""===o?{}:{record:f(o,e.host)}}}async function c(e,t,r){let n=await e.transport.facts(t.map(({host:e})=>e));for(let i of(await (0,a.S)(e,n,t.map(e=>({host:e.host,script:s.ws,arguments:[JSON.stringify(e)],timeout:3e4})))))r&&"lost"===i.outcome?e.log.warning(`${i.host} cannot be reached (${i.reason}); its record is kept in this step only.`):m(i,"record that it leaves service")}async function u(e,t){for(let r of(await (0,a.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:s.MH,arguments:[],timeout:3e4})))))"lost"!==r.outcome?m(r,"forget that it was out of service"):e.log.warning(`${r.host} serves again; its record is still on it: ${r.reason}.`)}function f(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:r,reason:n,run:s,since:i,service:o,from:a,scaling:d}=e;return[t,n,s,i].every(e=>"string"==typeof e)&&[o,a].every(e=>void 0===e||"string"==typeof e)&&(void 0===d||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:r,minSize:n,processes:s}=e;return"string"==typeof r&&("standby"===t?void 0===n||Number.isInteger(n):"suspend"===t&&Array.isArray(s)&&s.every(e=>"string"==typeof e))}(d))&&Array.isArray(r)&&r.length>0&&r.every(p)}(t))return t}catch{}throw new o.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function p(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:r,port:n}=e;return"string"==typeof t&&"string"==typeof r&&Number.isInteger(n)}function m(e,t){if("done"===e.outcome)return e.stdout;throw new o.Wk(`${e.host} could not ${t}: ${h(e)}.`)}function h(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),r=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${r}`}}}}};