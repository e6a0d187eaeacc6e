(()=>{"use strict";var e,t,n,r,i,o,s,a={6112:(e,t,n)=>{function r(e){return e.startsWith("s3://")?function(e){let{bucket:t,key:n}=/^s3:\/\/(?<bucket>[a-z0-9.-]{3,63})\/(?<key>\P{Cc}{1,1024})$/u.exec(e)?.groups??{};if(void 0===t||void 0===n)return d(e,"it is not of the form s3://bucket/key");let r=a(n);return void 0===r?l(e):{kind:"s3",format:r,bucket:t,key:n}}(e):/^https?:\/\//.test(e)?function(e){if(/^https?:\/\/[^/?#]*@/.test(e))return d(e,"it holds a user name or a password");if(e.length>8e3)return d(e,`it has ${e.length} characters, at most 8000 are allowed`);if(!/^[!-[\]-~]+$/.test(e)||!URL.canParse(e))return d(e,"it is not a URL in plain ASCII, with anything else written as %XX");if(e.includes("#"))return d(e,"it has a fragment");let t=new URL(e),n=i(t);if(void 0!==n)return d(e,n);let r=a(t.pathname);return void 0===r?l(e):{kind:"https",format:r}}(e):d(e,"it starts with neither s3:// nor https://")}function i(e){if(""!==e.username||""!==e.password)return"it holds a user name or a password";if("https:"===e.protocol)return;let t=["127.0.0.1","localhost","[::1]"].includes(e.hostname);return"http:"===e.protocol&&t?void 0:"it does not use https"}function o(e){let{kind:t}=r(e);return"s3"===t?e:"unusable"===t&&e.includes("@")?`${/^(?:https?|s3):\/\//.exec(e)?.[0]??""}…`:e.replace(/[?#].*$/s,"?…")}function s(e){if("https"!==r(e).kind)return[];let{search:t,searchParams:n}=new URL(e),i=t.slice(1),o=[...i.split("&").map(e=>e.slice(e.indexOf("=")+1)),...n.values()].filter(({length:e})=>e>=16);return[...new Set([...i.length>=8?[i]:[],...o])]}function a(e){return/[^/]\.(?:tar\.gz|tgz)$/.test(e)?"tar.gz":/[^/]\.zip$/.test(e)?"zip":void 0}function l(e){return d(e,"its path ends in none of .tar.gz, .tgz and .zip")}function d(e,t){return{kind:"unusable",because:t,secret:/[?#@]/.test(e)}}n.d(t,{Of:()=>i,VY:()=>s,cT:()=>o,x5:()=>r})},271:(e,t,n)=>{n.d(t,{i:()=>i,o:()=>o});var r=n(6112);let i={find:()=>Promise.reject(Error("No archive was named.")),url:()=>Promise.reject(Error("No archive was named."))};async function o(e,t){var i,o;let s;return i="https"===(0,r.x5)(e).kind?(await n.e(828).then(n.bind(n,7828))).createHttpsSource():(await Promise.all([n.e(857),n.e(172),n.e(282),n.e(208),n.e(748)]).then(n.bind(n,4748))).createS3Source(t),o=t.mask,s=e=>{for(let t of(0,r.VY)(e))o(t);return e},{find:(e,t)=>i.find(s(e),t),url:async(e,t)=>s(await i.url(e,t))}}},3070:(e,t,n)=>{n.a(e,async(e,r)=>{try{n.r(t);var i=n(271),o=n(7879),s=n(4551),a=n(6932),l=n(8959),d=n(4719),u=n(8145),c=n(6220),h=n(2942),f=n(2842),$=n(843),p=n(7761),m=n(3609);let e=e=>(0,f.Qq)("a field of the JSON at identity-url",e),y={hosts:(0,h.lq)((0,f.n3)()),transport:(0,h.IQ)((0,f.yL)("ssm","local"),"ssm"),artifact:(0,h.lq)((0,f.dj)()),version:(0,h.mw)((0,f.rE)()),sha256:(0,h.lq)((0,f.sc)()),ordinal:(0,h.lq)((0,f.nd)(0,0x7fffffff)),directory:(0,h.mw)((0,f.Hi)()),service:(0,h.lq)((0,f.Qq)("the name of the service","storefront")),zone:(0,h.IQ)((0,f.Qq)("the name of the zone","us-east-1a"),""),"before-install":(0,h.lq)((0,f.lE)()),stop:(0,h.lq)((0,f.lE)()),start:(0,h.lq)((0,f.lE)()),"after-install":(0,h.lq)((0,f.lE)()),verify:(0,h.lq)((0,f.lE)()),unit:(0,h.lq)((0,f.wk)()),"hook-timeout":(0,h.IQ)((0,f.p0)(1e3),6e4),"start-timeout":(0,h.IQ)((0,f.p0)(1e3),6e4),port:(0,h.lq)((0,f.Oh)()),"identity-url":(0,h.lq)((0,f.UN)()),"identity-version":(0,h.IQ)(e("version"),"version"),"identity-digest":(0,h.lq)(e("digest")),"identity-started":(0,h.lq)(e("started_at")),"keep-releases":(0,h.IQ)((0,f.nd)(2,1e3),5),"max-parallel":(0,h.IQ)((0,f.vj)(),{kind:"percent",value:100}),"max-failures":(0,h.IQ)((0,f.nd)(0,1e4),0),"on-failure":(0,h.IQ)((0,f.T1)(),[{kind:"retry",times:2},{kind:"roll-back"}]),undo:(0,h.lq)((0,m.H)()),"command-output":(0,h.lq)((0,f.HE)()),"dry-run":(0,h.IQ)((0,f.zM)(),!1)};async function g(e){var t;let n,r=(0,h.Ko)(e.env,y,b),i=r.hosts??[{host:"local"}],o=await w(e,r),f=await v(o,r),$=await (0,s.s)(o,i.map(({host:e})=>e));void 0===r["identity-url"]&&e.log.warning("There is no identity-url: nothing proves which release a process runs.");let{hosts:p,successors:m}=await (0,d.S)(o,{settings:(n=(t=r)["identity-url"],{service:t.service??t.directory.split("/").at(-1)??"",zone:t.zone,directory:t.directory,keepReleases:t["keep-releases"],hooks:{...k("beforeInstall",t["before-install"]),...k("stop",t.stop),...k("start",t.start),...k("afterInstall",t["after-install"]),...k("verify",t.verify)},...k("unit",t.unit),hookTimeout:t["hook-timeout"],startTimeout:t["start-timeout"],...void 0===n?{}:{identity:{url:n,version:t["identity-version"],...k("digest",t["identity-digest"]),...k("started",t["identity-started"])}}}),wanted:f,hosts:i.map(({host:e,port:t})=>{let n=[t??r.port??[]].flat();return{host:e,address:$.get(e)??"127.0.0.1",ports:n,health:[]}}),ladder:r["on-failure"],maxParallel:r["max-parallel"],maxFailures:r["max-failures"],dryRun:r["dry-run"]}),g=r["dry-run"]?[]:p.filter(e=>!(0,a.K)(e));e.setOutput("results",(0,u.J)(p)),e.setOutput("succeeded",p.filter(a.K).map(({host:e,successor:t})=>t??e).join("\n")),e.setOutput("failed",g.map(({host:e})=>e).join("\n")),e.setOutput("replaced",Object.fromEntries(m.map(({replaced:e,host:t})=>[e,t.host]))),void 0!==r.undo&&e.setOutput("undo",await (0,l.J)(o,r.undo,m));let _=`Upgrade to ${r.version}${r["dry-run"]?": dry run, nothing was touched":""}`;if(await e.summary((0,u.S)(_,p)),0===g.length)return;let S=g.map(({host:e,outcome:t,from:n,proof:r})=>`- ${e}: ${t} (was ${n}): ${r}`);throw new c.yo([`${g.length} of ${p.length} hosts do not run ${r.version}.`,...S].join("\n"))}async function w(e,t){let r="ssm"===t.transport||t.artifact?.startsWith("s3://")?(0,$.A)(e.env):"",s=t["command-output"],a=async()=>{if("local"===t.transport)return(await n.e(63).then(n.bind(n,7063))).createLocalTransport();let{createSsmTransport:e}=await Promise.all([n.e(711),n.e(172),n.e(826),n.e(992)]).then(n.bind(n,992));return e({region:r,...void 0===s?{}:{output:s}})},l=async()=>(0,o.NM)(t["on-failure"],"replace")?{scaling:(await Promise.all([n.e(172),n.e(442),n.e(506),n.e(105)]).then(n.bind(n,9105))).createAutoScaling({region:r})}:{},[d,u,c]=await Promise.all([a(),void 0===t.artifact?i.i:(0,i.o)(t.artifact,{region:r,mask:e.mask}),l()]);return{...e,transport:d,artifacts:u,...c}}async function v({artifacts:e},t){let{version:n,artifact:r,sha256:i,ordinal:o}=t;if(void 0===r)return{kind:"previous"};let s=await e.find(r,i);return{kind:"release",version:n,artifact:s,...k("ordinal",o)}}function b(e){let{hosts:t,transport:n,artifact:r,version:i}=e,s="local"===n;return[{broken:!s&&void 0===t,inputs:["hosts","transport"],problem:"`hosts` is missing; expected an instance id per line. Write it under `with:`, or `transport: local`."},{broken:s&&void 0!==t,inputs:["hosts","transport"],problem:"`hosts` is given with `transport: local`, where the runner is the host. Remove one of the two."},{broken:void 0===e.port&&(s||(t??[]).some(e=>void 0===e.port)),inputs:["port","hosts"],problem:"`port` is missing; expected the port on which the service listens, there or behind each of the `hosts`."},{broken:s&&(0,o.NM)(e["on-failure"]??[],"replace"),inputs:["on-failure","transport"],problem:"`on-failure` says `replace` with `transport: local`: a runner cannot replace the host it runs on."},{broken:"previous"!==i&&void 0===r,inputs:["artifact","version"],problem:"`artifact` is missing; expected where the release is. Only `version: previous` needs none."},{broken:"previous"===i&&(void 0!==r||void 0!==e.sha256),inputs:["artifact","version","sha256"],problem:"`version: previous` brings back what is on the hosts: remove `artifact` and `sha256`."}].filter(({broken:e})=>e)}function k(e,t){return void 0===t?{}:{[e]:t}}await (0,p.C)(g),r()}catch(e){r(e)}},1)},3039:(e,t,n)=>{n.d(t,{C_:()=>i,N6:()=>r,Tu:()=>o});let r="a whole number of hosts, such as 2, or a percentage from 0% to 100%";function i(e){let t=/^(?<value>\d{1,6})(?<percent>%?)$/.exec(e.trim());if(t?.groups===void 0)return;let n=Number(t.groups.value);return""===t.groups.percent?{kind:"count",value:n}:n<=100?{kind:"percent",value:n}:void 0}function o(e,t){return Math.max(1,"count"===e.kind?e.value:Math.floor(e.value*t/100))}},5195:(e,t,n)=>{n.d(t,{E9:()=>s,a3:()=>a,nZ:()=>o});let r={ms:1,s:1e3,m:6e4,h:36e5},i=576*r.h,o="a whole number and a unit, such as 500ms, 90s, 5m or 1h, at most 576h";function s(e){let t=/^(?<amount>\d{1,9})(?<unit>ms|s|m|h)$/.exec(e);if(t?.groups===void 0)return;let n=t.groups.unit,o=Number(t.groups.amount)*r[n];return o<=i?o:void 0}function a(e){if(e<1e3)return`${Math.round(e)}ms`;let t=e/1e3;if(t<10)return`${Number(t.toFixed(1))}s`;let n=Math.round(t);if(n<120)return`${n}s`;let r=Math.floor(n/60),i=n%60;return 0===i?`${r}m`:`${r}m ${i}s`}},7879:(e,t,n)=>{n.d(t,{NM:()=>a,P3:()=>o,_k:()=>s});let r=["retry","roll-back","replace","hold"],i=/^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/,o="one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once";function s(e){let t=e.flatMap(e=>{let[t,n]=e.split(" ");return i.test(e)?"retry"===t?[{kind:t,times:Number(n)}]:"roll-back"===t||"replace"===t||"hold"===t?[{kind:t}]:[]:[]}),n=t.map(({kind:e})=>r.indexOf(e)),o=n.every((e,t)=>0===t||e>(n[t-1]??0));return t.length>0&&t.length===e.length&&o?t:void 0}function a(e,t){return e.some(e=>e.kind===t)}},436:(e,t,n)=>{n.d(t,{DP:()=>l,FZ:()=>d,JN:()=>i,M8:()=>o,NR:()=>s,sJ:()=>a});var r=n(6220);function i(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(u(e))return e}catch{}throw new r.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function o(e,t){let n=e[t];return"string"==typeof n?n:""}function s(e,t){return Buffer.from(o(e,t),"base64").toString("utf8")}function a(e,t){let n=e[t];return"number"==typeof n?n:0}function l(e,t){let n=e[t];return u(n)?n:{}}function d(e,t){let n=e[t];return Array.isArray(n)?n.filter(u):[]}function u(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}},8888:(e,t,n)=>{n.d(t,{V:()=>r});function r(e,t){return Array.from({length:Math.ceil(e.length/t)},(n,r)=>e.slice(r*t,(r+1)*t))}},7230:(e,t,n)=>{function r(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}n.d(t,{D:()=>o,W:()=>i,sh:()=>r});let i=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,o=`
root=$ZONEWISE_HOST_ROOT
`},4551:(e,t,n)=>{n.d(t,{s:()=>i});var r=n(6220);async function i(e,t){let n=await e.transport.facts(t),i=n.filter(({reachable:e})=>!e);if(0===i.length)return new Map(n.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));let o=i.map(({host:e,problem:t})=>`- ${e}: ${t}`);throw new r.yo(["Hosts cannot be reached; nothing was touched.",...o,"Start their agents, then run again."].join("\n"))}},6932:(e,t,n)=>{async function r(e,t){for(let{host:n,outcome:r,trace:i}of t){if(void 0===i||""===i.output)continue;let t=i.output;await e.group(`${n} (${r}): last lines of its hooks`,async()=>e.info(t))}}function i({outcome:e}){return"upgraded"===e||"unchanged"===e||"replaced"===e}n.d(t,{J:()=>r,K:()=>i})},7850:(e,t,n)=>{n.d(t,{Ic:()=>p,u4:()=>h,rk:()=>u,Wh:()=>c});var r=n(436),i=n(7230);let o=`${i.D}
record=$root/var/lib/zonewise/out-of-service.json
`,s=`${i.W}${o}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,a=`${i.W}${o}${(0,i.sh)`
directory=$root$1
version=
sha256=
ordinal=
previous=
if [ -n "$1" ] && [ -L "$directory/current" ]; then
  version=$(basename "$(readlink "$directory/current")")
  sha256=$(field_of "$directory/current/.release.json" sha256)
  ordinal=$(sed -n 's/.*"ordinal": *\([0-9][0-9]*\).*/\1/p' "$directory/current/.release.json" 2>/dev/null | head -n 1)
fi
if [ -n "$1" ] && [ -L "$directory/previous" ]; then previous=$(basename "$(readlink "$directory/previous")"); fi
noted=
if [ -f "$record" ]; then noted=$(encode <"$record"); fi
printf '{"version":"%s","sha256":"%s","ordinal":%s,"previous":"%s","record":"%s"}\n' \
  "$version" "$sha256" "\${ordinal:-null}" "$previous" "$noted"
`}`;var l=n(6220);async function d(e,t,n){let r=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),i=n.filter(({host:e})=>!r.has(e)),o=0===i.length?[]:await e.transport.run(i,e.signal),s=new Map(i.map((e,t)=>[e,o[t]]));return n.map(e=>s.get(e)??{host:e.host,outcome:"lost",reason:r.get(e.host)??"it cannot be reached"})}async function u(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:a,arguments:[n],timeout:3e4})),e.signal)).map(e=>{let t=(0,r.JN)(e.host,$(e,"tell its release")),n=(0,r.M8)(t,"version"),i=(0,r.NR)(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:(0,r.M8)(t,"sha256")}},...""===i?{}:{record:function(e,t){try{let t=JSON.parse(e);if(h(t))return t}catch{}throw new l.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}(i,e.host)}}})}async function c(e,t,n){let r=await e.transport.facts(t.map(({host:e})=>e));for(let i of(await d(e,r,t.map(e=>({host:e.host,script:s,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===i.outcome?e.log.warning(`${i.host} cannot be reached (${i.reason}); its record is kept in this step only.`):$(i,"record that it leaves service")}function h(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:r,run:i,since:o,service:s,from:a,scaling:l}=e;return[t,r,i,o].every(e=>"string"==typeof e)&&[s,a].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:r,processes:i}=e;return"string"==typeof n&&("standby"===t?void 0===r||Number.isInteger(r):"suspend"===t&&Array.isArray(i)&&i.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(f)}function f(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:r}=e;return"string"==typeof t&&"string"==typeof n&&Number.isInteger(r)}function $(e,t){if("done"===e.outcome)return e.stdout;throw new l.Wk(`${e.host} could not ${t}: ${p(e)}.`)}function p(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}},8959:(e,t,n)=>{n.d(t,{J:()=>i});var r=n(7850);async function i(e,t,n){let i=new Map(n.map(e=>[e.replaced,e])),o=t.map(e=>{let t=i.get(e.host);return void 0===t?e:function(e,{host:t,scaling:n}){let{from:r,...i}=e,o=e.targets.map(e=>({...e,id:t.host})),s=e.scaling,a=s?.mode==="standby"&&void 0!==s.minSize&&"standby"===n.mode?{...n,minSize:s.minSize}:n;return{...i,host:t.host,targets:o,scaling:a}}(e,t)}),s=o.filter(e=>!t.includes(e));if(0===s.length)return t;for(let{host:n,scaling:a}of(await (0,r.Wh)(e,s,!1),t))i.has(n)&&a?.mode==="suspend"&&0!==a.processes.length&&(o.some(e=>e.scaling?.mode==="suspend"&&e.scaling.group===a.group)||await e.scaling?.resume(a.group,a.processes));return o}},4719:(e,t,n)=>{n.d(t,{S:()=>el});var r=n(3039),i=n(8888),o=n(6932);function s(e){return{kind:"refuted",problem:e}}function a(e,t,n,r){let i=new Date(e.clock.now()).toISOString();for(let o of t)e.timeline({at:i,host:o,phase:n,...void 0===r?{}:{note:r}})}var l=n(436),d=n(7230);let u=`${d.W}${String.raw`
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
`}`;var c=n(7850);let h={method:"GET",headers:{},redirects:"refuse",tls:"verify"};async function f(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:r,manner:i=h})=>({host:e,script:u,arguments:[String(Math.ceil(n/1e3)),(r/1e3).toFixed(3),...function({method:e,headers:t,body:n,connect:r,redirects:i,tls:o}){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",r??"","follow"===i?"5":"","ignore"===o?o:""]}(i),...t],timeout:n+r*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let i=n[r];if(i?.outcome!=="done"){let e=void 0===i?"it was never asked":(0,c.Ic)(i);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let o=(0,l.FZ)((0,l.JN)(e,i.stdout),"answers");return t.map((e,t)=>{let n=o[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let r=(0,l.sJ)(n,"status"),i=(0,l.sJ)(n,"milliseconds");return 0===r?{kind:"silent",url:e,problem:(0,l.NR)(n,"problem")||"no answer",milliseconds:i}:{kind:"answered",url:e,status:r,headers:function(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let r=n.slice(0,e).toLowerCase(),i=n.slice(e+1).trim(),o=t.get(r);t.set(r,void 0===o?i:`${o}, ${i}`)}return Object.fromEntries(t)}((0,l.NR)(n,"headers")),milliseconds:i,body:(0,l.NR)(n,"body")}})})}async function $(e,t,n){a(e,n.map(({host:e})=>e.host),"proving");let r=e.clock.now()+t.startTimeout,i=new Map;for(;;){let o=n.filter(({host:e})=>i.get(e.host)?.kind!=="done"),s=r-e.clock.now();for(let n of(await p(e,t,o,s)))i.set(n.host,n);let a=[...i.values()];if(a.every(({kind:e})=>"done"===e)||e.clock.now()>=r)return a;await e.clock.sleep(500,e.signal)}}async function p(e,{identity:t},n,r){let i=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(r,1e4)),limit:5e3})),o=await f(e,i);return n.map((e,n)=>(function(e,t,n){let{host:r,health:i}=e.host;for(let[e,{statuses:t}]of i.entries()){let i=n[e];if(i?.kind!=="answered")return{host:r,kind:"failed",problem:`${i?.url??"its health check"} did not answer: ${i?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,r]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(r??n)})}(i.status,t))return{host:r,kind:"failed",problem:`${i.url} answered ${i.status}, healthy is ${t}`}}if(void 0===t)return{host:r,kind:"done",value:"healthy; its version was not asked"};let o="";for(let a of n.slice(i.length)){let n=function(e,t,n){if("silent"===n.kind)return s(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return s(`${n.url} answered ${n.status}, expected 200`);let r=function(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}(n.body);if(void 0===r)return s(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let i=String(r[e.version]??"nothing");return i!==t.version?s(`the process that answers ${n.url} is version ${i}, expected ${t.version}`):void 0!==e.digest&&r[e.digest]!==t.sha256?s(`it says it is sha256 ${String(r[e.digest]??"nothing")}, expected ${t.sha256}`):function(e,{switchedAt:t},n,r){if(void 0===e.started)return{kind:"proven",seen:r};let i=String(n[e.started]??"nothing"),o=Date.parse(i);if(Number.isNaN(o))return s(`its start time is ${i}, expected an ISO 8601 time`);if(void 0!==t&&Math.floor(o/1e3)<t){let e=new Date(1e3*t).toISOString();return s(`the process started at ${i}, before the switch at ${e}: the old one is still running`)}return{kind:"proven",seen:`${r}, started ${i}`}}(e,t,r,i)}(t,e,a);if("refuted"===n.kind)return{host:r,kind:"failed",problem:n.problem};o=n.seen}return{host:r,kind:"done",value:o}})(e,t,o[n]??[]))}var m=n(7598);let g=(0,d.sh)`
installed=false switched=false switched_at=0 begun='' locked='' incoming=''
current='' found_sha256='' download=0 unpack=0 hooks=0
said() { sed -e 1b -e '$!d' "$incoming/said" 2>/dev/null | tr '\n' ' ' | tail -c 500; }
plain() { case $1 in *[!0-9A-Za-z.+_-]*) ;; *) printf '%s' "$1" ;; esac; }
finish() {
  if [ -n "$incoming" ]; then rm -rf -- "$incoming"; fi
  problem=
  if [ -n "$3" ]; then problem=$(printf '%s' "$3" | encode); fi
  output=
  if [ -s "$log" ] && [ -n "$locked" ]; then output=$(tail -n 50 "$log" | tail -c 8000 | encode); fi
  clock
  answer=$(
    printf '{"outcome":"%s","step":"%s","problem":"%s","installed":%s,"switched":%s,' \
      "$1" "$2" "$problem" "$installed" "$switched"
    printf '"version":"%s","previous":"%s","sha256":"%s","switchedAt":%s,"replayed":false,"output":"%s",' \
      "$version" "$(plain "$current")" "$(plain "$found_sha256")" "$switched_at" "$output"
    printf '"milliseconds":{"download":%s,"unpack":%s,"hooks":%s,"total":%s}}' \
      "$download" "$unpack" "$hooks" "$((now - started))"
  )
  if [ -n "$locked" ]; then store; fi
  release_lock
  printf '%s\n' "$answer"
  exit 0
}
store() {
  { printf '%s\n' "$answer" >"$state/.new.$$" && mv -f -- "$state/.new.$$" "$results/$command.json"; } ||
    printf 'the result could not be kept: this command would run again if it were delivered again\n' >&2
  set -- "$results"/*
  [ "$#" -gt 20 ] || return 0
  # Names of results hold nothing that ls would garble, and only ls sorts by time.
  # shellcheck disable=SC2012
  ls -1t "$results" | tail -n +21 | while read -r old; do rm -f -- "$results/$old"; done
}
replay() {
  [ -f "$results/$command.json" ] || return 0
  answer=$(sed 's/"replayed":false/"replayed":true/' "$results/$command.json") || return 0
  release_lock
  printf '%s\n' "$answer"
  exit 0
}
failed() {
  if [ "$installed" = true ] && [ -z "$begun" ]; then
    installed=false
    retire "$version" || :
  fi
  finish failed "$1" "$2"
}
`,w=String.raw`
NR == FNR { name[++names] = $0; next }
{
  lines++
  if (lines > names || index($0, " " name[lines]) < 2) { bad = "cannot be read clearly: " $0; exit }
  if (substr($0, 1, 1) == "l") link[clean(name[lines])] = 1
  kilobytes += int(($column + 4095) / 4096) * 4 + 4
}
function clean(path) {
  gsub(/\/+/, "/", path)
  while (sub(/\/\.\//, "/", path)) continue
  while (sub(/^\.\//, "", path)) continue
  sub(/\/\.?$/, "", path)
  return path
}
END {
  if (bad == "" && lines != names) bad = "cannot be read clearly: " name[lines + 1]
  for (i = 1; i <= names && bad == ""; i++) {
    if (name[i] ~ /^\// || name[i] ~ /(^|[\/\\])\.\.([\/\\]|$)/) bad = "leaves the release folder: " name[i]
    path = clean(name[i])
    while (bad == "" && match(path, /\/[^\/]*$/)) {
      path = substr(path, 1, RSTART - 1)
      if (path in link) bad = "lies below a symbolic link of the archive: " name[i]
    }
  }
  if (bad == "") printf "%d\n", kilobytes
  else print substr(bad, 1, 300)
}
`,v=(0,d.sh)`
digest_of() {
  if command -v sha256sum >/dev/null 2>&1; then digest=$(sha256sum <"$1")
  else digest=$(shasum -a 256 <"$1"); fi
  digest=\${digest%% *}
}
require_room() {
  free=$(df -Pk -- "$releases" 2>/dev/null | awk '
    NR == 2 { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }')
  is_number "$free" || return 0
  [ "$free" -ge "$1" ] || failed disk "$2 needs $1 kB, and $where has $free kB free; nothing was stopped. Free some space, \
or keep fewer releases"
}
fetch() {
  [ -n "$sha256" ] || failed digest "there is no sha256 to prove the archive by; nothing was downloaded"
  require_room "$(((bytes + 1023) / 1024 + 1024))" "the archive of $version ($bytes bytes)"
  incoming=$releases/.incoming-$version.$$
  mkdir -- "$incoming" "$incoming/tree" || failed disk "$where/releases cannot be written; nothing was stopped"
  clock
  began=$now
  code=0
  curl -q --fail --silent --show-error --location --globoff --proto =http,https --retry 2 --connect-timeout 10 \
    --speed-limit 1024 --speed-time 60 --output "$incoming/archive" --url "$url" 2>"$incoming/said" || code=$?
  clock
  download=$((now - began))
  [ "$code" -eq 0 ] || failed download "the archive could not be downloaded: $(said)(exit code $code); nothing was stopped"
  began=$now
  digest_of "$incoming/archive"
  [ "$digest" = "$sha256" ] || failed digest "the downloaded archive has sha256 $digest, expected $sha256; nothing was stopped"
}
unreadable() { failed unpack "the archive is not a readable $format: $(said); nothing was stopped"; }
inspect() {
  archive=$incoming/archive
  column=3
  if [ "$format" = tar.gz ]; then
    tar -tzf "$archive" >"$incoming/names" 2>"$incoming/said" || unreadable
    tar -tvzf "$archive" >"$incoming/listing" 2>"$incoming/said" || unreadable
  elif ! command -v unzip >/dev/null 2>&1; then
    failed unpack "the archive is a zip, and this host has no unzip: install unzip, or build a tar.gz; nothing was stopped"
  elif unzip -Z1 "$archive" >"$incoming/names" 2>"$incoming/said"; then
    column=4
    unzip -Z "$archive" </dev/null | sed -e 1,2d -e '$d' >"$incoming/listing"
  else
    unzip -l "$archive" >"$incoming/table" 2>"$incoming/said" </dev/null || unreadable
    column=2
    sed -n 's/^ *\([0-9][0-9]*\)  *[0-9-]*  *[0-9][0-9]:[0-9][0-9]   /- \1 /p' "$incoming/table" >"$incoming/listing"
    sed 's/^- [0-9]* //' "$incoming/listing" >"$incoming/names"
  fi
  verdict=$(LC_ALL=C awk -v column="$column" '${w}' "$incoming/names" "$incoming/listing")
  is_number "$verdict" || failed unpack "the archive holds a path that $verdict; nothing was stopped"
  require_room "$((verdict + 1024))" "unpacking $version"
}
unpack() {
  if [ "$format" = tar.gz ]; then
    tar -xzof "$archive" -C "$incoming/tree" 2>"$incoming/said" || spoiled
  else
    unzip -qo "$archive" -d "$incoming/tree" >"$incoming/said" 2>&1 </dev/null || spoiled
    find "$incoming/tree" -type l | while IFS= read -r link; do
      link=\${link#"$incoming/tree/"}
      LINK=$link awk 'index($0, ENVIRON["LINK"] "/") == 1 { found = 1 } END { exit !found }' "$incoming/names" || continue
      printf '%s\n' "$link"
      break
    done >"$incoming/links"
    if [ -s "$incoming/links" ]; then
      failed unpack "the archive holds a path that lies below a symbolic link of the archive: \
$(head -c 200 "$incoming/links"); nothing was stopped"
    fi
  fi
  chmod u+rwx "$incoming/tree"
}
spoiled() { failed unpack "the archive could not be unpacked: $(said); nothing was stopped"; }
`,b=(0,d.sh)`
installer=$1 note=$2 boot=$3 release=$4
shift 4
parent=$installer born=''
look() {
  { read -r stat <"/proc/$$/stat"; } 2>/dev/null || return 0
  # shellcheck disable=SC2086
  set -- \${stat##*) }
  parent=$2
  shift 19
  born=$1
}
look
printf "%s %s %s\n" "$$" "$born" "$boot" >"$note"
look
if [ "$parent" != "$installer" ]; then
  rm -f -- "$note"
  exit 126
fi
unset ZONEWISE_INSTALLER
cd "$release" && exec "$@"
`,k=(0,d.sh)`
sleep "$1"
group=$2 born=$3 late=$4
if [ -n "$born" ]; then
  { read -r stat <"/proc/$group/stat"; } 2>/dev/null || exit 0
  # shellcheck disable=SC2086
  set -- \${stat##*) }
  shift 19
  [ "$1" = "$born" ] || exit 0
fi
printf late >"$late"
kill -s TERM -- "-$group" 2>/dev/null || kill -s TERM "$group" 2>/dev/null
sleep 2
kill -s KILL -- "-$group" 2>/dev/null || kill -s KILL "$group" 2>/dev/null
`,y=(0,d.sh)`
isolate=
if command -v setsid >/dev/null 2>&1; then isolate=setsid; fi
run_hook() {
  step=$1
  shift
  ZONEWISE_HOOK=$step
  printf '%s\n' "-- $step: $*" >>"$log"
  clock
  began=$now
  # shellcheck disable=SC2016
  $isolate sh -c '${b}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${k}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
  watchdog=$!
  code=0
  wait "$hook" 2>/dev/null || code=$?
  if [ -e "$state/late" ]; then wait "$watchdog" 2>/dev/null || :; fi
  kill -s KILL "$watchdog" 2>/dev/null || :
  kill -s KILL -- "-$watchdog" 2>/dev/null || :
  wait "$watchdog" 2>/dev/null || :
  late=
  if [ -e "$state/late" ]; then
    late=yes
    kill -s KILL -- "-$hook" 2>/dev/null || :
    printf '%s\n' "-- $step took longer than $limit s: stopped" >>"$log"
  fi
  rm -f -- "$state/hook.$$" "$state/late"
  clock
  hooks=$((hooks + now - began))
  [ -z "$late" ] || failed "$step" "$* took longer than $limit s and was stopped with all it had started; $(standing)"
  [ "$code" -eq 0 ] || failed "$step" "$* ended with exit code $code, expected 0; $(standing)"
}
standing() {
  if [ "$switched" = true ]; then printf 'current points to %s' "$version"
  else printf 'current still points to %s' "\${current:-nothing}"; fi
  if [ -z "$begun" ]; then printf ', and the service was not touched'
  elif [ "$switched" = false ]; then printf ', and the service may have been stopped'; fi
  printf '. What the hooks printed is in %s/.zonewise/log' "$where"
}
check_hook() {
  [ -n "$2" ] || return 0
  case $2 in
    /* | .. | ../* | */.. | */../*) failed release "the $1 hook $2 is no path inside the release; nothing was stopped" ;;
  esac
  if [ ! -f "$release/$2" ] || [ ! -x "$release/$2" ]; then
    case $url$1 in
      before-install | after-install | verify) ;;
      *) failed release "release $version holds no program $2 to run as its $1 hook (missing or not executable); nothing was stopped" ;;
    esac
    # No URL: a release that is gone back to may be older than the hook. What stops and starts it, it must have.
    printf '%s\n' "-- $1: left out, release $version has no $2" >>"$log"
    return 1
  fi
}
hook() { if [ -n "$2" ]; then run_hook "$1" "./\${2#./}"; fi; }
stop_service() {
  if [ -n "$stop_hook" ]; then hook stop "$stop_hook"
  elif [ -n "$unit" ] && [ -n "$start_hook" ]; then run_hook stop systemctl stop -- "$unit"; fi
}
start_service() {
  if [ -n "$start_hook" ]; then hook start "$start_hook"
  elif [ -n "$unit" ] && [ -n "$stop_hook" ]; then run_hook start systemctl start -- "$unit"
  elif [ -n "$unit" ]; then run_hook start systemctl restart -- "$unit"; fi
}
`,_=(0,d.sh)`
next_field() { field=\${rest%%:*} rest=\${rest#*:}; }
walk() {
  held='' place=$lock links=0
  while seen=$(readlink "$place" 2>/dev/null); do
    held=$seen
    links=$((links + 1))
    [ "$links" -le 100 ] || failed lock "$where/.zonewise/lock leads nowhere: remove $where/.zonewise/lock* and run again"
    rest=$held
    next_field; held_id=$field
    next_field; held_until=$field
    next_field; held_pid=$field
    next_field; held_born=$field
    next_field; held_boot=$field
    next_field; held_since=$field
    next_field; held_run=$field
    case $held_id in '' | *[!0-9a-f-]*) held_id=unknown ;; esac
    is_number "$held_until" || held_until=0
    is_number "$held_since" || held_since=0
    is_number "$held_pid" || held_pid=0
    is_number "$held_born" || held_born=
    place=$lock.$held_id.$held_pid.$held_born
  done
}
holder_runs() {
  [ "$held_pid" -gt 0 ] || return 1
  [ -z "$held_boot" ] || [ "$held_boot" = "$boot" ] || return 1
  if [ -n "$held_born" ]; then
    born_of "$held_pid"
    [ "$born" = "$held_born" ]
  else kill -0 "$held_pid" 2>/dev/null; fi
}
moment() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ; }
holder() { printf '%s' "$held_run" | base64 -d 2>/dev/null || :; }
take_lock() {
  born_of "$$"
  my_born=$born
  my_run=$(printf '%s' "$run" | head -c 500 | encode)
  tries=0
  while [ "$tries" -lt 50 ]; do
    replay
    walk
    seconds=$(date +%s)
    token=$command:$((seconds + hold)):$$:$my_born:$boot:$seconds:$my_run
    if [ -z "$held" ]; then
      if ln -s -- "$token" "$lock" 2>/dev/null; then locked=yes; return; fi
    elif holder_runs && [ "$seconds" -lt "$held_until" ]; then
      [ "$held_id" = "$command" ] || failed lock "another run is changing this host: $(holder) has held the lock since \
$(moment "$held_since") and may hold it until $(moment "$held_until"). This run has changed nothing here. Wait for the other \
run, or cancel it, and run the same step again"
      tries=0
    elif holder_runs && [ -n "$held_born" ]; then
      printf 'the lock of %s has expired: its process %s is ended\n' "$(holder)" "$held_pid" >&2
      kill -s KILL "$held_pid" 2>/dev/null || :
    elif ln -s -- "$token" "$place" 2>/dev/null; then
      mine=$place before=$(holder)
      walk
      if [ "$held" = "$token" ]; then
        locked=yes
        printf 'the lock of %s was left behind and is taken over\n' "$before" >&2
        end_leftovers
        return
      fi
      rm -f -- "$mine"
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
  failed lock "the lock $where/.zonewise/lock could not be made or taken over in 50 tries. This run has changed nothing \
here. Look at the rights, the free space and the file system of $where"
}
end_leftovers() {
  list=$(grep -lsF "ZONEWISE_INSTALLER=$state" /proc/[0-9]*/environ 2>/dev/null) || :
  for leftover in $list; do
    leftover=\${leftover#/proc/}
    kill -s KILL "\${leftover%/environ}" 2>/dev/null || :
  done
  for note in "$state"/hook.*; do end_hook "$note"; done
}
end_hook() {
  { read -r group group_born group_boot <"$1"; } 2>/dev/null || return 0
  is_number "$group" && [ "$group" -gt 1 ] && [ "$group_boot" = "$boot" ] || return 0
  born_of "$group"
  [ -n "$born" ] && [ "$born" = "$group_born" ] || return 0
  printf 'a hook that was left running is ended\n' >&2
  kill -s TERM -- "-$group" 2>/dev/null || kill -s TERM "$group" 2>/dev/null || :
  waited=0
  while [ "$waited" -lt 20 ] && kill -0 -- "-$group" 2>/dev/null; do
    sleep 0.1
    waited=$((waited + 1))
  done
  kill -s KILL -- "-$group" 2>/dev/null || kill -s KILL "$group" 2>/dev/null || :
}
release_lock() {
  [ -n "$locked" ] || return 0
  locked=
  rm -f -- "$state/back" "$lock" "$lock".*
}
`,S=(0,d.sh)`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,x=(0,d.sh)`
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
${S}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,E=(0,d.sh)`
link_of() {
  named=$(readlink "$1" 2>/dev/null) || named=
  named=\${named%/}
  named=\${named##*/}
}
unset_link() { failed switch "the link $where/$1 could not be set to releases/$2; $(standing)"; }
point() {
  rm -f -- "$directory/.$1.$$"
  ln -s -- "releases/$2" "$directory/.$1.$$" || unset_link "$@"
  mv -fT -- "$directory/.$1.$$" "$directory/$1" 2>/dev/null || mv -fh -- "$directory/.$1.$$" "$directory/$1" || unset_link "$@"
}
retire() {
  mv -- "$releases/$1" "$releases/.outgoing-$1.$$" && rm -rf -- "$releases/.outgoing-$1.$$"
}
tidy() {
  set -- "$releases"/.incoming-* "$releases"/.outgoing-* "$directory"/.current.* "$directory"/.previous.* \
    "$state"/.new.* "$state"/hook.* "$state/late" "$log"
  if [ "$version" != previous ]; then set -- "$@" "$state/back"; fi
  rm -rf -- "$@" || { sleep 1; rm -rf -- "$@"; } || failed disk "$where cannot be written; nothing was stopped"
  printf '' >"$log" || failed disk "$where/.zonewise/log cannot be written; nothing was stopped"
}
resolve_version() {
  link_of "$directory/current"
  current=$named
  if [ -z "$current" ] && [ -e "$directory/current" ]; then
    failed release "$where/current is not a symbolic link: move it away and run the same step again; nothing was stopped"
  fi
  [ "$version" = previous ] || return 0
  link_of "$state/back"
  if [ -z "$named" ]; then
    link_of "$directory/previous"
    [ -n "$named" ] || failed release "$where/previous does not exist: no release was current before \
\${current:-any other}; nothing was stopped"
    [ "$named" != "$current" ] || failed release "$where/previous points to $current, which is the current release: \
there is none to go back to; nothing was stopped"
    [ "$(plain "$named")" = "$named" ] || failed release "$where/previous points to $named, which is no version"
    ln -s -- "$named" "$state/back" || failed disk "$where/.zonewise cannot be written; nothing was stopped"
  fi
  version=$named
}
digest_noted() {
  line='' found_sha256=''
  { read -r line <"$1/.release.json"; } 2>/dev/null || :
  case $line in *'"sha256":"'*) found_sha256=\${line#*'"sha256":"'} found_sha256=\${found_sha256%%'"'*} ;; esac
}
install_release() {
  release=$releases/$version
  digest_noted "$release"
  if [ -n "$found_sha256" ] && [ "$found_sha256" = "\${sha256:-"$found_sha256"}" ]; then return; fi
  link_of "$directory/previous"
  if [ ! -e "$release" ]; then
    [ -n "$url" ] || failed release "release $version is not in $where/releases, and there is no address to download it \
from; nothing was stopped"
  elif [ "$version" = "$current" ] || [ "$version" = "$named" ] || [ -z "$url" ]; then
    failed release "release $version is on this host with sha256 \${found_sha256:-not noted}, expected \
\${sha256:-one that is noted}: give the new build a new version; nothing was stopped"
  fi
  fetch
  inspect
  unpack
  rm -rf -- "$incoming/tree/.release.json"
  note_release >"$incoming/tree/.release.json" || failed disk "$where/releases cannot be written; nothing was stopped"
  if [ -e "$release" ]; then retire "$version" || failed disk "the old release $version could not be removed"; fi
  mv -- "$incoming/tree" "$release" || failed disk "$where/releases cannot be written; nothing was stopped"
  rm -rf -- "$incoming"
  incoming='' installed=true found_sha256=$sha256
  clock
  unpack=$((now - began))
}
note_release() {
  case $run in
    *[!0-9A-Za-z./:@_?=%#+,-]*) by="\"run_base64\":\"$(printf '%s' "$run" | encode)\"" ;;
    *) by="\"run\":\"$run\"" ;;
  esac
  printf '{"version":"%s","sha256":"%s",%s"installed_at":"%s",%s}\n' \
    "$version" "$sha256" "\${ordinal:+\"ordinal\":$ordinal,}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$by"
}
switch() {
  if [ "$version" != "$current" ]; then
    [ -z "$current" ] || point previous "$current"
    point current "$version"
  fi
  switched=true
  switched_at=$(date +%s)
}
prune() {
  link_of "$directory/previous"
  spare=$((keep - 1))
  if [ -n "$named" ] && [ "$named" != "$version" ] && [ -e "$releases/$named" ]; then spare=$((spare - 1)); fi
  # Only ls sorts by time.
  # shellcheck disable=SC2012
  list=$(ls -1t "$releases")
  set -f
  IFS=$line_end
  for old in $list; do
    case $old in "$version" | "$named") continue ;; esac
    [ -f "$releases/$old/.release.json" ] || continue
    spare=$((spare - 1))
    [ "$spare" -ge 0 ] || retire "$old" || :
  done
  unset IFS
  set +f
}
`,O=(0,d.sh)`
usage() { fail 64 "$1: not what Zonewise sends to its installer; nothing was done on this host"; }
line_end='
'
[ "$#" -eq 20 ] || usage "$# arguments"
command=$1 run=$2 hold=$3 service=$4 zone=$5 where=$6 version=$7 sha256=$8 url=$9
shift 9
format=$1 bytes=$2 ordinal=$3 keep=$4 limit=$5 unit=$6 before_hook=$7 stop_hook=$8 start_hook=$9
shift 9
after_hook=$1 verify_hook=$2
case $command in '' | *[!0-9a-f-]*) usage "the command id" ;; esac
case $version in '' | [!0-9A-Za-z]* | *[!0-9A-Za-z.+_-]*) usage "the version" ;; esac
case $sha256 in *[!0-9a-f]*) usage "the sha256" ;; esac
case $format in tar.gz | zip) ;; *) usage "the format" ;; esac
case $where in *"$line_end"*) usage "the directory" ;; /*) ;; *) usage "the directory" ;; esac
for number in "$hold" "$bytes" "$keep" "$limit" "\${ordinal:-0}"; do is_number "$number" || usage "a number"; done
directory=$root$where
releases=$directory/releases
state=$directory/.zonewise
results=$state/results
lock=$state/lock
log=$state/log
`,N=`${d.W}${d.D}${x}${O}${g}${_}${v}${E}${y}${(0,d.sh)`
clock
started=$now
trap 'if [ -n "$incoming" ]; then rm -rf -- "$incoming"; fi; release_lock' EXIT
mkdir -p -- "$releases" || failed disk "$where cannot be written; nothing was done"
umask 077
mkdir -p -- "$results" || failed disk "$where/.zonewise cannot be written; nothing was done"
umask 022
take_lock
replay
tidy
export ZONEWISE_INSTALLER="$state"
resolve_version
install_release
check_hook before-install "$before_hook" || before_hook=
check_hook stop "$stop_hook"
check_hook start "$start_hook"
check_hook after-install "$after_hook" || after_hook=
check_hook verify "$verify_hook" || verify_hook=
if [ -n "$unit" ] && { [ -z "$stop_hook" ] || [ -z "$start_hook" ]; }; then
  command -v systemctl >/dev/null 2>&1 ||
    failed release "this host has no systemctl to restart $unit with; nothing was stopped"
fi
ZONEWISE_SERVICE=$service ZONEWISE_ZONE=$zone ZONEWISE_VERSION=$version ZONEWISE_PREVIOUS_VERSION=$current
ZONEWISE_RELEASE=$release ZONEWISE_HOOK=
export ZONEWISE_SERVICE ZONEWISE_ZONE ZONEWISE_VERSION ZONEWISE_PREVIOUS_VERSION ZONEWISE_RELEASE ZONEWISE_HOOK
hook before-install "$before_hook"
begun=yes
stop_service
switch
start_service
hook after-install "$after_hook"
hook verify "$verify_hook"
prune
finish switched "" ""
`}`,I={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},T=["lock","disk","download","digest","unpack","release","before-install"];async function M(e,t,n){let r=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),i=new Map;for(let t of r)i.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:r}of n)a(e,[t],"installing",A(r));let o=(0,m.randomUUID)(),s=n.map(({host:n,wanted:r})=>(function(e,t,n,{id:r,wanted:i,url:o}){let{service:s,zone:a,directory:l,hooks:d,unit:u,hookTimeout:c,keepReleases:h}=t,f="release"===i.kind?i.artifact:void 0,$="release"===i.kind?i.ordinal:void 0,p=6e5+5*(c+5e3),{beforeInstall:m="",stop:g="",start:w="",afterInstall:v="",verify:b=""}=d;return{host:n,script:N,arguments:[r,e.run,z(p),s,a,l,"previous"===i.kind?"previous":i.version,f?.sha256??"",o,f?.format??"tar.gz",String(f?.size??0),void 0===$?"":String($),String(h),z(c),u??"",m,g,w,v,b],timeout:p}})(e,t,n,{id:o,wanted:r,url:i.get(r)??""}));return(await e.transport.run(s,e.signal)).map(t=>(function(e,t){let{host:n}=t,r=(e,t,r)=>({host:n,kind:"failed",problem:e,touched:t,trace:r});if("done"!==t.outcome)return r((0,c.Ic)(t),!0,I);try{var i;let o,s=(0,l.JN)(n,t.stdout),a=(i=s,o=(0,l.DP)(i,"milliseconds"),{milliseconds:{download:(0,l.sJ)(o,"download"),unpack:(0,l.sJ)(o,"unpack"),hooks:(0,l.sJ)(o,"hooks"),total:(0,l.sJ)(o,"total")},output:(0,l.NR)(i,"output").trimEnd()});if("switched"!==(0,l.M8)(s,"outcome")){let e=(0,l.M8)(s,"step");return r(`${e}: ${(0,l.NR)(s,"problem")}`,!T.includes(e),a)}let d=(0,l.M8)(s,"version"),u=(0,l.M8)(s,"sha256"),c=!0===s.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${c} (sha256 ${u}), current since just now`);let h=(0,l.M8)(s,"previous"),f=(0,l.sJ)(s,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:u,switchedAt:f,trace:a}}}catch(e){return r(e instanceof Error?e.message:String(e),!0,I)}})(e,t))}function A(e){return"previous"===e.kind?"the release before":e.version}function z(e){return String(Math.ceil(e/1e3))}async function j(e,t,n){let{settings:r,wanted:i}=t,o=await M(e,r,n.map(({host:e})=>({host:e,wanted:i}))),{done:s,failures:a}=await R(e,r,n,o);return{reports:s.map(({host:n,version:r,proof:i,sha256:o,trace:s})=>(e.log.info(`${n}: proven ${i}`),{...L(t,n,{outcome:"upgraded",proof:i,trace:s}),to:r,sha256:o})),successors:[],failures:a}}async function R(e,t,n,r){let i=new Map(n.map(e=>[e.host,e])),o=new Map(r.map(e=>[e.host,e])),s=n.flatMap(e=>{let t=o.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:r,switchedAt:i}=t.value;return[{host:e,version:n,sha256:r,switchedAt:i}]}),a=[],l=r.flatMap(e=>{let t=i.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===s.length?[]:await $(e,t,s)){let{host:e}=n,t=o.get(e),r=i.get(e);if(t?.kind!=="done"||void 0===r)continue;let{version:s,sha256:d,trace:u}=t.value;"done"===n.kind?a.push({host:e,version:s,sha256:d,trace:u,proof:n.value}):l.push({target:r,problem:`prove: ${n.problem}`,touched:!0,trace:u})}return{done:a,failures:l}}function L({from:e,wanted:t},n,{outcome:r,proof:i,trace:o}){let s={host:n,outcome:r,from:e.get(n)??"nothing",to:A(t),proof:i};return void 0===o?s:{...s,trace:o}}var q=n(6220),P=n(5195);async function U({clock:e,log:t,signal:n},r){let i=e.now();void 0!==r.first&&r.first>0&&(t.info(`waiting for ${r.what}: ${(0,P.a3)(r.first)} at least`),await e.sleep(r.first,n));let o={at:-1/0,seen:""},s=Math.min(250,r.every);for(;;){let a=await r.look(),l=e.now(),d=i+r.timeout-l;if(a.reached||d<=0)return a;(a.seen!==o.seen||l-o.at>=15e3)&&(t.info(`waiting for ${r.what}: ${a.seen}; up to ${(0,P.a3)(d)} more`),o={at:l,seen:a.seen});let u=Math.min(s*(.9+.2*e.jitter()),a.again??d,d);await e.sleep(u,n),s=Math.min(1.5*s,r.every)}}async function W(e,t,n,r){let i=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),o=new Set(t.members.map(({host:e})=>e)),s=[],a="",l=async()=>(s=(await e.scaling.group(t.name)).members.filter(({host:e})=>!o.has(e)),function({log:e},t,n){for(let r of t){let{host:t,stage:i}=r;"leaving"===i.kind&&void 0===K(n,i.id)&&(e.warning(`${i.id}: the successor of ${t} was ended by its group; another one is awaited`),r.stage={kind:"awaited"})}}(e,i,s),await C(e,t.name,i,s),await J(e,i,s),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,r=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+r.length===0)return{reached:!0,value:void 0};let i=r.filter(e=>"Standby"===K(t,e)).length,o=[[n,"not in service yet"],[r.length-i,"on their way into standby"],[i,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${o.join(", ")}, of ${e.length}`}}(i,s));await U(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:r,look:async()=>{let e=await B(l());return a=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=H(i,s);return i.map(e=>(function(e,{host:t,zone:n,stage:r},{newcomers:i,others:o,why:s}){let a=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(r.kind){case"ready":return{host:t,kind:"replaced",successor:r.id,address:r.address,scaling:{mode:"standby",group:e}};case"serving":return a(`Its successor ${r.id} is in service with whatever its image starts, because it could not be put into standby: ${r.problem}`);case"leaving":{let e=K(i,r.id)??"unknown",t=void 0===r.problem?e:`${e} and not reached: ${r.problem}`;return a(`Its successor ${r.id} was sent into standby and stays out of traffic; it is ${t}.${s} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=o.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return a(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${s} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:s,others:d,why:a}))}async function C(e,t,n,r){for(let i of n){if("awaited"!==i.stage.kind)continue;let o=H(n,r).find(({zone:e,lifecycle:t})=>e===i.zone&&"InService"===t);if(void 0===o)continue;let s=o.host;e.log.info(`${s}: takes the place of ${i.host} in ${t}; going into standby`),i.stage={kind:"leaving",id:s};let a=await B(e.scaling.enterStandby(t,[s]));a.done||await Z(e,s)||(i.stage={kind:"serving",id:s,problem:a.problem})}}async function Z(e,t){let n=await B(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function J(e,t,n){let r=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===K(n,t.id)&&r.set(t.id,e)}if(0!==r.size)for(let{host:t,...n}of(await e.transport.facts([...r.keys()]))){let e=r.get(t);if(void 0===e)continue;let{address:i="127.0.0.1",problem:o="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:i}:{kind:"leaving",id:t,problem:o}}}function H(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function K(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function B(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof q.Wk||e instanceof q.yo)return{done:!1,problem:e.message};throw e}}let D=["Launch","Terminate"];async function F(e,{hosts:t,timeout:n}){let r=await B(e.scaling.members(t));if(!r.done)return t.map(e=>et(e,`${r.problem} Nothing was ended.`));let i=[...Map.groupBy(r.value,({group:e})=>e)],o=new Map((await Promise.all(i.map(([t,r])=>G(e,t,r,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return o.get(e)??et(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function G(e,t,n,r){let i=await B(Q(e,t,n,r));if(!i.done)return n.map(({host:e})=>et(e,`${i.problem} ${e} was not ended.`));let o=i.value,s=o.members.filter(({host:e})=>n.some(t=>t.host===e)),a=function(e,t){let{name:n,minSize:r,maxSize:i,desired:o}=e,s=D.filter(t=>e.suspended.includes(t));if(s.length>0){let e=`${s.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>ee(t,`${e}. Resume it, then run again.`))}}let a=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,i-o),u=Math.max(0,o-r);return{onward:[...a.slice(0,d),...l.slice(0,u)],failed:[...a.slice(d).map(({host:e})=>ee(e,`it is in standby, so its successor needs one more than the desired capacity of ${o}, and Auto Scaling group ${n} allows ${i} at most. Raise MaxSize, then run again.`)),...l.slice(u).map(({host:e})=>ee(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${o} hosts and at least ${r}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!a.includes(e)&&!l.includes(e)).map(e=>ee(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(o,s),l=await V(e,o,a.onward),d=0===l.onward.length?[]:await W(e,o,l.onward,r);return[...a.failed,...l.failed,...d]}async function Q(e,t,n,r){let i=await U(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:r,look:async()=>{let r=await e.scaling.group(t),i=r.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===i.length?{reached:!0,value:r}:{reached:!1,seen:`${i.map(({host:e})=>e).join(", ")} still on the way`}}});return i.reached?i.value:e.scaling.group(t)}async function V(e,t,n){let{signal:r,scaling:i,log:o}=e,s=[],a=new Map;for(let l of n){if(r.aborted)break;let{host:n,zone:d,lifecycle:u}=l;o.info(`${n}: ending it for good (${u}); ${t.name} is to bring a successor in ${d}`);let c=await B(i.terminate(n));c.done||await Y(e,n)?s.push(l):a.set(l,c.problem)}let l=s.filter(({lifecycle:e})=>"Standby"===e),d=await B(X(e,t,l.length));d.done||o.warning(`${t.name}: ${d.problem}`),r.throwIfAborted();let u=[...a].map(([{host:e},t])=>ee(e,`it could not be ended: ${t}`));return d.done?{onward:s,failed:u}:{onward:s.filter(e=>!l.includes(e)),failed:[...u,...l.map(({host:e})=>et(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function Y({scaling:e},t){let n=await B(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function X({scaling:e,log:t},{name:n,desired:r},i){if(0===i)return;let o=r+i,s=(await e.group(n)).desired;s>=o||(t.info(`${n}: raising the desired capacity from ${s} to ${o} for ${i} ended in standby`),await e.setDesired(n,o))}function ee(e,t){return et(e,`${e} was not ended now: ${t}`)}function et(e,t){return{host:e,kind:"failed",problem:t}}async function en(e,t){let{reports:n,successors:r,failures:i}=await er(e,t,await j(e,t,t.hosts)),o=i.map(({target:n,problem:r,touched:i,trace:o,successor:s})=>{i&&a(e,[s??n.host],"held",r.split("\n")[0]);let l=L(t,n.host,{outcome:i?"held":"untouched",proof:r,trace:o});return void 0===s?l:{...l,successor:s}});return{reports:[...n,...o],successors:r}}async function er(e,t,n){let r=n;for(let n of t.ladder){if(0===r.failures.length)break;for(let{target:t,problem:n}of r.failures)e.log.warning(`${t.host}: ${n}`);let{reports:i,successors:o,failures:s}=await function(e,t,n,r){switch(r.kind){case"retry":return ei(e,t,n,r.times);case"roll-back":return eo(e,t,n);case"replace":return es(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,r.failures,n);r={reports:[...r.reports,...i],successors:[...r.successors,...o],failures:s}}return r}async function ei(e,t,n,r){let i=[],o=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),s=n;for(let n=1;n<=r&&s.length>0;n+=1){e.log.info(`${s.map(({target:e})=>e.host).join(", ")}: trying ${A(t.wanted)} again, ${n} of ${r}`);let a=await j(e,t,s.map(({target:e})=>e));i.push(...a.reports),s=a.failures.map(e=>(e.touched&&o.add(e.target.host),{...e,touched:o.has(e.target.host)}))}let a=` (after ${r+1} attempts)`;return{reports:i,successors:[],failures:s.map(e=>({...e,problem:e.problem+a}))}}async function eo(e,t,n){let r="previous"===t.wanted.kind?void 0:t.wanted.version,i=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==r?[{failure:e,version:n}]:[]});if(0===i.length)return{reports:[],successors:[],failures:n};let o=i.map(({failure:e})=>e.target);for(let{failure:t,version:n}of i)a(e,[t.target.host],"rolling-back",n);let s=await M(e,t.settings,i.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:l,failures:d}=await R(e,t.settings,o,s),u=new Map(i.map(({failure:e})=>[e.target.host,e])),c=l.map(({host:e,sha256:n})=>{let{problem:r="",trace:i}=u.get(e)??{};return{...L(t,e,{outcome:"rolled-back",proof:r,trace:i}),sha256:n}}),h=d.map(e=>{let t=u.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:c,successors:[],failures:[...n.filter(e=>!o.includes(e.target)),...h]}}async function es(e,t,n){let{scaling:r}=e,i=n.filter(({touched:e})=>e);if(void 0===r||0===i.length)return{reports:[],successors:[],failures:n};a(e,i.map(({target:e})=>e.host),"replacing");let o=await F({...e,scaling:r},{hosts:i.map(({target:e})=>e.host),timeout:45e5}),s=o.flatMap(e=>{let t=i.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),l=await j(e,t,s.map(({host:e})=>e)),d=[],u=n.filter(({touched:e})=>!e);for(let e of i){let{host:n}=e.target,r=o.find(e=>e.host===n),i=s.find(({replaced:e})=>e===n)?.host.host??"",a=l.reports.find(e=>e.host===i);if(void 0!==a){let e=t.from.get(n)??"nothing";d.push({...a,host:n,from:e,outcome:"replaced",successor:i})}else if(r?.kind==="failed")u.push(ea(e,`replacing it failed: ${r.problem}`));else{let t=l.failures.find(({target:e})=>e.host===i)?.problem??"never tried",n=`its successor ${i} is in standby and failed too: ${t}`;u.push({...ea(e,n),successor:i})}}return{reports:d,successors:s,failures:u}}function ea(e,t){return{...e,problem:`${e.problem}
and ${t}`}}async function el(e,t){let{settings:n,hosts:r,wanted:i}=t,s=r.map(({host:e})=>e),a=new Map((await (0,c.rk)(e,s,n.directory)).flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]])),l=new Map,d=e=>{for(let t of e)l.set(t.host,t)};d(await ed(e,t,a));let u=r.filter(({host:e})=>!l.has(e)),h={settings:n,wanted:i,ladder:t.ladder,from:a},f=t.dryRun?[]:await eu(e,{...h,hosts:u},t,d),$=[...l.values()].filter(e=>!(0,o.K)(e)).length,p=t.dryRun?"dry run":`not begun: ${$} failed, max-failures is ${t.maxFailures}`;return{hosts:s.map(e=>l.get(e)??{host:e,outcome:"untouched",from:a.get(e)??"nothing",to:A(i),proof:p}),successors:f}}async function ed(e,{settings:t,wanted:n,hosts:r},i){if("release"!==n.kind)return[];let{version:o,artifact:s}=n,a=r.filter(({host:e})=>i.get(e)===o);if(0===a.length)return[];let{sha256:l}=s,d=a.map(e=>({host:e,version:o,sha256:l}));return(await $(e,{...t,startTimeout:0},d)).flatMap(t=>{if("failed"===t.kind)return[];let{host:n,value:r}=t;return e.log.info(`${n}: already on ${o}, proven ${r}; nothing to do`),[{host:n,outcome:"unchanged",from:o,to:o,proof:r,sha256:l}]})}async function eu(e,t,{maxParallel:n,maxFailures:s},a){let l=[],d=(0,i.V)(t.hosts,Math.max(1,(0,r.Tu)(n,t.hosts.length))),u=0;for(let[n,r]of d.entries()){if(u>s)break;e.log.info(`Wave ${n+1} of ${d.length}: ${r.map(({host:e})=>e).join(", ")} to ${A(t.wanted)}`);let i=await en(e,{...t,hosts:r});await (0,o.J)(e.log,i.reports),a(i.reports),l.push(...i.successors),u+=i.reports.filter(e=>!(0,o.K)(e)).length}return l}},8145:(e,t,n)=>{n.d(t,{J:()=>a,S:()=>l});var r=n(5195),i=n(6932);function o(e){return s(e.split(/[\r\n]/)[0]??"").replaceAll("|","&#124;")}function s(e){return e.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}function a(e){return e.map(({trace:e,...t})=>void 0===e?t:{...t,milliseconds:e.milliseconds,output:e.output.slice(-1e3)})}function l(e,t){var n;let a,l=t.map(({host:e,outcome:t,successor:n,from:i,to:o,proof:s,trace:a})=>[e,void 0===n?t:`${t}, successor ${n}`,i,o,void 0===a?"":(0,r.a3)(a.milliseconds.total),s]),d=t.flatMap(e=>{var t,n,r;let o,a,{host:l,trace:d}=e;return(0,i.K)(e)||void 0===d||""===d.output?[]:[(n=`What the hooks of ${l} printed`,o=Math.max(2,...[...(t=d.output).matchAll(/`+/g)].map(([e])=>e.length)),a="`".repeat(o+1),r=`${a}text
${t}
${a}`,`<details><summary>${s(n)}</summary>

${r}

</details>`)]});return[`### ${e}`,(n=["host","outcome","from","to","installer","what it rests on"],[(a=e=>`| ${e.map(o).join(" | ")} |`)(n),`| ${n.map(()=>"---").join(" | ")} |`,...l.map(a)].join("\n")),...d].join("\n\n")}},6220:(e,t,n)=>{n.d(t,{Wk:()=>i,cc:()=>o,yo:()=>r});class r extends Error{name="UserError"}class i extends Error{name="PlatformError"}class o extends Error{name="CancelledError"}},2942:(e,t,n)=>{n.d(t,{IQ:()=>s,Ko:()=>a,S_:()=>l,lq:()=>o,mw:()=>i});var r=n(6220);function i(e){return{kind:e,whenAbsent:{refuse:!0}}}function o(e){return{kind:e,whenAbsent:{refuse:!1,value:void 0}}}function s(e,t){return{kind:e,whenAbsent:{refuse:!1,value:t}}}function a(e,t,n=()=>[]){let i=Object.entries(t).map(([t,n])=>(function(e,t,n){var r;let i,{kind:o,whenAbsent:s}=n,a=(e[l(t)]??"").trim();if(""===a)return s.refuse?{name:t,problem:`\`${t}\` is missing; expected ${o.expected}. ${d(t,o)}`}:{name:t,value:s.value};let u=o.parse(a);if("value"in u)return{name:t,value:u.value};let c=void 0===u.because?"":` (${u.because})`,h=u.secret?"(not shown)":(i=JSON.stringify(r=a)).length<=120?i:`${i.slice(0,120)}…" (${r.length} characters)`;return{name:t,problem:`\`${t}\` is ${h}${c}; expected ${o.expected}. ${d(t,o)}`}})(e,t,n)),o=i.filter(e=>"problem"in e),s=Object.fromEntries(i.flatMap(e=>"value"in e?[[e.name,e.value]]:[])),u=new Set(o.map(({name:e})=>e)),c=n(s).filter(({inputs:e})=>!e.some(e=>u.has(e))).map(({problem:e})=>e),h=[...o.map(({problem:e})=>e),...c];if(h.length>0){var f;let e,t;throw new r.yo((e=1===(f=h).length?"One problem":`${f.length} problems`,t=f.map(e=>`- ${e}`).join("\n"),`${e} with the inputs of this action; nothing was touched.
${t}`))}return Object.freeze(s)}function l(e){return`INPUT_${e.replaceAll(" ","_").toUpperCase()}`}function d(e,t){return`Write, for example, \`${e}: ${t.example}\` under \`with:\`.`}},2842:(e,t,n)=>{n.d(t,{Hi:()=>w,vj:()=>$,dj:()=>y,zM:()=>u,p0:()=>f,n3:()=>S,UN:()=>_,nd:()=>c,Pq:()=>v,T1:()=>x,yL:()=>p,Oh:()=>h,lE:()=>k,HE:()=>O,sc:()=>g,wk:()=>E,Qq:()=>d,rE:()=>m});var r=n(6112),i=n(3039),o=n(5195),s=n(7879);n(2818);let a=/^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,254}$/,l={wrong:!0};function d(e,t){return{expected:e,example:t,parse:e=>({value:e})}}function u(){return{expected:"`true` or `false`",example:"true",parse:e=>"true"===e||"false"===e?{value:"true"===e}:l}}function c(e,t){return{expected:`a whole number from ${e} to ${t}`,example:String(e),parse(n){let r=/^-?\d{1,15}$/.test(n)?Number(n):0/0;return r>=e&&r<=t?{value:r}:l}}}function h(){return{...c(1,65535),example:"8080"}}function f(e=0){let t=0===e?"":`, at least ${(0,o.a3)(e)}`;return{expected:`${o.nZ}${t}`,example:(0,o.a3)(Math.max(e,3e5)),parse(t){let n=(0,o.E9)(t);return void 0!==n&&n>=e?{value:n}:l}}}function $(){return{expected:i.N6,example:"50%",parse(e){let t=(0,i.C_)(e);return void 0===t?l:{value:t}}}}function p(...e){return{expected:e.map(e=>`\`${e}\``).join(" or "),example:e[0],parse(t){let n=e.find(e=>e===t);return void 0===n?l:{value:n}}}}function m(){return{expected:"a version of 1 to 64 letters, digits and `. _ + -` that begins with a letter or digit",example:"1.4.2",parse:b(/^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$/)}}function g(){return{expected:"a SHA-256 digest of 64 hexadecimal digits",example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",parse:e=>/^[0-9A-Fa-f]{64}$/.test(e)?{value:e.toLowerCase()}:{wrong:!0,because:`it has ${e.length} characters`}}}function w(){return{expected:"an absolute path without `.`, `..` and `//`",example:"/srv/storefront",parse:b(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0\r\n]+)+$/)}}function v(e,t,n){return{expected:e,example:t,parse(e){let t=function(e){try{return{value:JSON.parse(e)}}catch(e){return{wrong:!0,because:`it is not JSON: ${e instanceof Error?e.message:String(e)}`}}}(e);return"wrong"in t?t:n(t.value)}}}function b(e){return t=>e.test(t)?{value:t}:l}function k(){return{expected:"the path of a program inside the release, without arguments",example:"./bin/stop",parse:b(/^\.\/(?!.*\.\.)[A-Za-z0-9._/-]{1,200}$/)}}function y(){return{expected:"s3://bucket/key or an https URL without credentials and fragment, its path ending in .tar.gz, .tgz or .zip",example:"s3://acme-releases/storefront/1.4.2.tar.gz",parse(e){let t=(0,r.x5)(e);if("unusable"!==t.kind)return{value:e};let{because:n,secret:i}=t;return{wrong:!0,because:n,...i?{secret:i}:{}}}}}function _(){return{expected:"an http or https URL without credentials, whose only placeholders are {address} and {port}",example:"http://{address}:{port}/version",parse:e=>/^https?:\/\/(?:[^\s"'`\\<>@{}]|\{address\}|\{port\}){1,2000}$/.test(e)?{value:e}:e.includes("@")?{wrong:!0,because:"it holds an @",secret:!0}:l}}function S(){var e;return e={expected:"an instance id, alone or with a port",example:"i-0123456789abcdef0:8080",parse(e){let{host:t,port:n}=/^(?<host>i-(?:[0-9a-f]{8}|[0-9a-f]{17}))(?::(?<port>[1-9]\d{0,4}))?$/.exec(e)?.groups??{};return void 0===t||Number(n??0)>65535?l:{value:{host:t,...void 0===n?{}:{port:Number(n)}}}}},{expected:`one per line: ${e.expected}`,example:e.example,parse(t){let n=t.split(/\r?\n/).map(e=>e.trim()).filter(e=>""!==e),r=n.map(t=>e.parse(t));if(r.some(e=>"wrong"in e&&e.secret))return{wrong:!0,because:"one of its lines is not one",secret:!0};let i=n.find((e,t)=>n.indexOf(e)!==t);if(void 0!==i)return{wrong:!0,because:`${JSON.stringify(i)} is listed twice`};let o=n.find((e,t)=>"wrong"in(r[t]??l));return void 0!==o?{wrong:!0,because:`${JSON.stringify(o)} is not one`}:{value:r.flatMap(e=>"value"in e?[e.value]:[])}}}}function x(){return{expected:s.P3,example:"retry 2, roll-back",parse(e){let t=e.split(/[,\n]/).map(e=>e.trim()),n=(0,s._k)(t.filter(e=>""!==e));return void 0===n?l:{value:n}}}}function E(){return{expected:"the name of a systemd unit",example:"storefront.service",parse:b(a)}}function O(){return{expected:"s3://bucket/prefix",example:"s3://acme-logs/zonewise",parse(e){let{bucket:t,prefix:n}=/^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(?<prefix>[\w!.*'()/-]{1,400})$/.exec(e)?.groups??{};return void 0===t||void 0===n?l:{value:{bucket:t,prefix:n}}}}}},843:(e,t,n)=>{n.d(t,{A:()=>i});var r=n(6220);function i(e){let t=e.AWS_REGION||e.AWS_DEFAULT_REGION;if(t)return t;throw new r.yo("AWS_REGION is not set, so it is unknown where the hosts are. Add the step aws-actions/configure-aws-credentials with `aws-region` before this one.")}},7761:(e,t,n)=>{n.d(t,{C:()=>A});let r=require("os");function i(e){return null==e?"":"string"==typeof e||e instanceof String?e:JSON.stringify(e)}function o(e){return Object.keys(e).length?{title:e.title,file:e.file,line:e.startLine,endLine:e.endLine,col:e.startColumn,endColumn:e.endColumn}:{}}function s(e,t,n){let i=new l(e,t,n);process.stdout.write(i.toString()+r.EOL)}function a(e,t=""){s(e,{},t)}class l{constructor(e,t,n){e||(e="missing.command"),this.command=e,this.properties=t,this.message=n}toString(){let e="::"+this.command;if(this.properties&&Object.keys(this.properties).length>0){e+=" ";let t=!0;for(let n in this.properties)if(this.properties.hasOwnProperty(n)){let r=this.properties[n];r&&(t?t=!1:e+=",",e+=`${n}=${i(r).replace(/%/g,"%25").replace(/\r/g,"%0D").replace(/\n/g,"%0A").replace(/:/g,"%3A").replace(/,/g,"%2C")}`)}}return e+`::${i(this.message).replace(/%/g,"%25").replace(/\r/g,"%0D").replace(/\n/g,"%0A")}`}}let d=require("crypto"),u=require("fs");require("path");var c,h,f=function(e,t,n,r){return new(n||(n=Promise))(function(i,o){function s(e){try{l(r.next(e))}catch(e){o(e)}}function a(e){try{l(r.throw(e))}catch(e){o(e)}}function l(e){var t;e.done?i(e.value):((t=e.value)instanceof n?t:new n(function(e){e(t)})).then(s,a)}l((r=r.apply(e,t||[])).next())})};let{access:$,appendFile:p,writeFile:m}=u.promises,g="GITHUB_STEP_SUMMARY",w=new class{constructor(){this._buffer=""}filePath(){return f(this,void 0,void 0,function*(){if(this._filePath)return this._filePath;let e=process.env[g];if(!e)throw Error(`Unable to find environment variable for $${g}. Check if your runtime environment supports job summaries.`);try{yield $(e,u.constants.R_OK|u.constants.W_OK)}catch(t){throw Error(`Unable to access summary file: '${e}'. Check if the file has correct read/write permissions.`)}return this._filePath=e,this._filePath})}wrap(e,t,n={}){let r=Object.entries(n).map(([e,t])=>` ${e}="${t}"`).join("");return t?`<${e}${r}>${t}</${e}>`:`<${e}${r}>`}write(e){return f(this,void 0,void 0,function*(){let t=!!(null==e?void 0:e.overwrite),n=yield this.filePath();return yield(t?m:p)(n,this._buffer,{encoding:"utf8"}),this.emptyBuffer()})}clear(){return f(this,void 0,void 0,function*(){return this.emptyBuffer().write({overwrite:!0})})}stringify(){return this._buffer}isEmptyBuffer(){return 0===this._buffer.length}emptyBuffer(){return this._buffer="",this}addRaw(e,t=!1){return this._buffer+=e,t?this.addEOL():this}addEOL(){return this.addRaw(r.EOL)}addCodeBlock(e,t){let n=Object.assign({},t&&{lang:t}),r=this.wrap("pre",this.wrap("code",e),n);return this.addRaw(r).addEOL()}addList(e,t=!1){let n=e.map(e=>this.wrap("li",e)).join(""),r=this.wrap(t?"ol":"ul",n);return this.addRaw(r).addEOL()}addTable(e){let t=e.map(e=>{let t=e.map(e=>{if("string"==typeof e)return this.wrap("td",e);let{header:t,data:n,colspan:r,rowspan:i}=e,o=Object.assign(Object.assign({},r&&{colspan:r}),i&&{rowspan:i});return this.wrap(t?"th":"td",n,o)}).join("");return this.wrap("tr",t)}).join(""),n=this.wrap("table",t);return this.addRaw(n).addEOL()}addDetails(e,t){let n=this.wrap("details",this.wrap("summary",e)+t);return this.addRaw(n).addEOL()}addImage(e,t,n){let{width:r,height:i}=n||{},o=Object.assign(Object.assign({},r&&{width:r}),i&&{height:i}),s=this.wrap("img",null,Object.assign({src:e,alt:t},o));return this.addRaw(s).addEOL()}addHeading(e,t){let n=`h${t}`,r=["h1","h2","h3","h4","h5","h6"].includes(n)?n:"h1",i=this.wrap(r,e);return this.addRaw(i).addEOL()}addSeparator(){let e=this.wrap("hr",null);return this.addRaw(e).addEOL()}addBreak(){let e=this.wrap("br",null);return this.addRaw(e).addEOL()}addQuote(e,t){let n=Object.assign({},t&&{cite:t}),r=this.wrap("blockquote",e,n);return this.addRaw(r).addEOL()}addLink(e,t){let n=this.wrap("a",e,{href:t});return this.addRaw(n).addEOL()}};function v(e){process.stdout.write(e+r.EOL)}r.platform(),r.arch(),(c=h||(h={}))[c.Success=0]="Success",c[c.Failure=1]="Failure";var b=n(5195),k=n(8500),y=n(6220);let _={now:()=>Date.now(),jitter:()=>Math.random(),async sleep(e,t){try{await (0,k.setTimeout)(e,void 0,{signal:t})}catch(e){if(t.reason instanceof y.cc)throw t.reason;throw new y.cc("Cancelled while waiting.",{cause:e})}}};var S=n(2942);let x="\n\n_Cut here: a job summary holds 1 MiB. The whole is in the log and the outputs of the step._\n",E=["ACTIONS_ID_TOKEN_REQUEST_TOKEN","ACTIONS_RUNTIME_TOKEN","AWS_SECRET_ACCESS_KEY","AWS_SESSION_TOKEN","GH_TOKEN","GITHUB_TOKEN"];async function O(e,t){var n;let r,i=N(e,t);I(t.GITHUB_STEP_SUMMARY)?await w.addRaw((n=i,(r=Buffer.from(n)).length<1048576?n:r.subarray(0,1048576-Buffer.byteLength(x)-8).toString()+x),!0).write():v(i)}function N(e,t){return E.map(e=>t[e]).filter(I).reduce((e,t)=>e.replaceAll(t,"***"),e)}function I(e){return void 0!==e&&""!==e}function T(e){return e.replaceAll(/^(\s*):(?=:)/gm,"$1: ").replaceAll("##[","## [")}var M=n(3024);async function A(e,t=5e3){let n=process.env,l=new AbortController,c={info:e=>v(T(N(e,n))),warning:e=>(function(e,t={}){s("warning",o(t),e instanceof Error?e.toString():e)})(N(e,n)),group:(e,t)=>(function(e,t){var n,r,i,o;return n=this,r=void 0,i=void 0,o=function*(){let n;a("group",e);try{n=yield t()}finally{a("endgroup")}return n},new(i||(i=Promise))(function(e,t){function s(e){try{l(o.next(e))}catch(e){t(e)}}function a(e){try{l(o.throw(e))}catch(e){t(e)}}function l(t){var n;t.done?e(t.value):((n=t.value)instanceof i?n:new i(function(e){e(n)})).then(s,a)}l((o=o.apply(n,r||[])).next())})})(T(N(e,n)),t)},h=new Map,f=function(e,t){if(void 0===e)return()=>void 0;let n=!0;return r=>{if(n)try{(0,M.appendFileSync)(e,`${JSON.stringify(r)}
`)}catch(i){n=!1;let r=i instanceof Error?i.message:String(i);t.warning(`The timeline is not kept: ${e} cannot be written (${r}). Check the input \`timeline\`.`)}}}(n[(0,S.S_)("timeline")]||void 0,c),$={env:n,log:c,signal:l.signal,clock:_,timeline(e){h.set(e.host,e),f(e)},run:function(e){let{GITHUB_SERVER_URL:t,GITHUB_REPOSITORY:n,GITHUB_RUN_ID:r}=e;if(!I(t)||!I(n)||!I(r))return"local";let i=e.GITHUB_RUN_ATTEMPT;return`${t}/${n}/actions/runs/${r}${I(i)?`/attempts/${i}`:""}`}(n),setOutput:(e,t)=>{I(n.GITHUB_OUTPUT)?function(e,t){if(process.env.GITHUB_OUTPUT){var n="OUTPUT",o=function(e,t){let n=`ghadelimiter_${d.randomUUID()}`,o=i(t);if(e.includes(n))throw Error(`Unexpected input: name should not contain the delimiter "${n}"`);if(o.includes(n))throw Error(`Unexpected input: value should not contain the delimiter "${n}"`);return`${e}<<${n}${r.EOL}${o}${r.EOL}${n}`}(e,t);let s=process.env[`GITHUB_${n}`];if(!s)throw Error(`Unable to find environment variable for file command ${n}`);if(!u.existsSync(s))throw Error(`Missing file at path: ${s}`);u.appendFileSync(s,`${i(o)}${r.EOL}`,{encoding:"utf8"});return}process.stdout.write(r.EOL),s("set-output",{name:e},i(t))}(e,t):v(N(`output ${e}: ${"string"==typeof t?t:JSON.stringify(t)}`,n))},mask(e){"true"===n.GITHUB_ACTIONS&&s("add-mask",{},e)},summary:e=>O(e,n)};try{var p,m;await Promise.race([(p=t,m=l,new Promise((e,t)=>{let n=e=>{if(m.signal.aborted)return;m.abort(new y.cc(`Cancelled by ${e}.`));let n=`Cancelled by ${e}, and the work did not end within ${(0,b.a3)(p)}.`;setTimeout(()=>t(new y.cc(n)),p)};process.on("SIGINT",n),process.on("SIGTERM",n)})),new Promise((e,t)=>{process.on("uncaughtException",t),process.on("unhandledRejection",t)}),e($)])}catch(e){return function(e,t,n){if(!function(e,t={}){s("error",o(t),e instanceof Error?e.toString():e)}(N(function(e,t){if(e instanceof y.cc){let n;return`${e.message}
${[...0===(n=[...t.values()].map(({at:e,host:t,phase:n,note:r})=>`- ${t}: ${n} since ${e}${void 0===r?"":` (${r})`}`)).length?[]:["Last known of each host:",...n],"Run the same step again: it continues from what it observes."].join("\n")}`}return e instanceof y.yo||e instanceof y.Wk?e.message:`Unexpected: ${e instanceof Error?e.message:String(e)}
This is a defect of the action: please report it with the log of a run with debug logging on.`}(e,t),n)),"1"===process.env.RUNNER_DEBUG)for(let t=e,r=0;void 0!==t&&r<10;r+=1){let e=t instanceof Error?t.stack??t.message:String(t);s("debug",{},N(`${0===r?"":"caused by "}${e}`,n)),t=t instanceof Error?t.cause:void 0}}(e,h,n),z(1)}return z(0)}function z(e){return new Promise(()=>{process.stdout.write("",()=>process.stderr.write("",()=>process.exit(e)))})}},3609:(e,t,n)=>{n.d(t,{H:()=>o});var r=n(7850),i=n(2842);function o(){return(0,i.Pq)("the output `undo` of drain-target","the output as it is",s)}function s(e){if(!Array.isArray(e)||0===e.length)return{wrong:!0,because:"it is not a list of undo records"};let t=e.findIndex(e=>!(0,r.u4)(e));return t>=0?{wrong:!0,because:`entry ${t+1} is not an undo record`}:{value:e.filter(r.u4)}}},2818:(e,t)=>{new Uint32Array(65536)},6698:e=>{e.exports=require("node:async_hooks")},1421:e=>{e.exports=require("node:child_process")},7598:e=>{e.exports=require("node:crypto")},3024:e=>{e.exports=require("node:fs")},1455:e=>{e.exports=require("node:fs/promises")},7067:e=>{e.exports=require("node:http")},4708:e=>{e.exports=require("node:https")},8161:e=>{e.exports=require("node:os")},6760:e=>{e.exports=require("node:path")},1708:e=>{e.exports=require("node:process")},7075:e=>{e.exports=require("node:stream")},6193:e=>{e.exports=require("node:string_decoder")},8500:e=>{e.exports=require("node:timers/promises")},7975:e=>{e.exports=require("node:util")},8522:e=>{e.exports=require("node:zlib")}},l={};function d(e){var t=l[e];if(void 0!==t)return t.exports;var n=l[e]={exports:{}},r=!0;try{a[e](n,n.exports,d),r=!1}finally{r&&delete l[e]}return n.exports}d.m=a,d.ab=__dirname+"/",e="function"==typeof Symbol?Symbol("webpack queues"):"__webpack_queues__",t="function"==typeof Symbol?Symbol("webpack exports"):"__webpack_exports__",n="function"==typeof Symbol?Symbol("webpack error"):"__webpack_error__",r=e=>{e&&e.d<1&&(e.d=1,e.forEach(e=>e.r--),e.forEach(e=>e.r--?e.r++:e()))},d.a=(i,o,s)=>{s&&((a=[]).d=-1);var a,l,d,u,c=new Set,h=i.exports,f=new Promise((e,t)=>{u=t,d=e});f[t]=h,f[e]=e=>(a&&e(a),c.forEach(e),f.catch(e=>{})),i.exports=f,o(i=>{l=i.map(i=>{if(null!==i&&"object"==typeof i){if(i[e])return i;if(i.then){var o=[];o.d=0,i.then(e=>{s[t]=e,r(o)},e=>{s[n]=e,r(o)});var s={};return s[e]=e=>e(o),s}}var a={};return a[e]=e=>{},a[t]=i,a});var o,s=()=>l.map(e=>{if(e[n])throw e[n];return e[t]}),d=new Promise(t=>{(o=()=>t(s)).r=0;var n=e=>e!==a&&!c.has(e)&&(c.add(e),e&&!e.d&&(o.r++,e.push(o)));l.map(t=>t[e](n))});return o.r?d:s()},e=>(e?u(f[n]=e):d(h),r(a))),a&&a.d<0&&(a.d=0)},d.n=e=>{var t=e&&e.__esModule?()=>e.default:()=>e;return d.d(t,{a:t}),t},o=Object.getPrototypeOf?e=>Object.getPrototypeOf(e):e=>e.__proto__,d.t=function(e,t){if(1&t&&(e=this(e)),8&t||"object"==typeof e&&e&&(4&t&&e.__esModule||16&t&&"function"==typeof e.then))return e;var n=Object.create(null);d.r(n);var r={};i=i||[null,o({}),o([]),o(o)];for(var s=2&t&&e;"object"==typeof s&&!~i.indexOf(s);s=o(s))Object.getOwnPropertyNames(s).forEach(t=>r[t]=()=>e[t]);return r.default=()=>e,d.d(n,r),n},d.d=(e,t)=>{for(var n in t)d.o(t,n)&&!d.o(e,n)&&Object.defineProperty(e,n,{enumerable:!0,get:t[n]})},d.f={},d.e=e=>Promise.all(Object.keys(d.f).reduce((t,n)=>(d.f[n](e,t),t),[])),d.u=e=>""+e+".index.js",d.o=(e,t)=>Object.prototype.hasOwnProperty.call(e,t),d.r=e=>{"u">typeof Symbol&&Symbol.toStringTag&&Object.defineProperty(e,Symbol.toStringTag,{value:"Module"}),Object.defineProperty(e,"__esModule",{value:!0})},s={792:1},d.f.require=(e,t)=>{s[e]||(e=>{var t=e.modules,n=e.ids,r=e.runtime;for(var i in t)d.o(t,i)&&(d.m[i]=t[i]);r&&r(d);for(var o=0;o<n.length;o++)s[n[o]]=1})(require("./"+d.u(e)))};var u=d(3070);module.exports=u})();