(()=>{"use strict";var e,t,n,r,o,i,a,s={6112:(e,t,n)=>{function r(e){return e.startsWith("s3://")?function(e){let{bucket:t,key:n}=/^s3:\/\/(?<bucket>[a-z0-9.-]{3,63})\/(?<key>\P{Cc}{1,1024})$/u.exec(e)?.groups??{};if(void 0===t||void 0===n)return d(e,"it is not of the form s3://bucket/key");let r=s(n);return void 0===r?l(e):{kind:"s3",format:r,bucket:t,key:n}}(e):/^https?:\/\//.test(e)?function(e){if(/^https?:\/\/[^/?#]*@/.test(e))return d(e,"it holds a user name or a password");if(e.length>8e3)return d(e,`it has ${e.length} characters, at most 8000 are allowed`);if(!/^[!-[\]-~]+$/.test(e)||!URL.canParse(e))return d(e,"it is not a URL in plain ASCII, with anything else written as %XX");if(e.includes("#"))return d(e,"it has a fragment");let t=new URL(e),n=o(t);if(void 0!==n)return d(e,n);let r=s(t.pathname);return void 0===r?l(e):{kind:"https",format:r}}(e):d(e,"it starts with neither s3:// nor https://")}function o(e){if(""!==e.username||""!==e.password)return"it holds a user name or a password";if("https:"===e.protocol)return;let t=["127.0.0.1","localhost","[::1]"].includes(e.hostname);return"http:"===e.protocol&&t?void 0:"it does not use https"}function i(e){let{kind:t}=r(e);return"s3"===t?e:"unusable"===t&&e.includes("@")?`${/^(?:https?|s3):\/\//.exec(e)?.[0]??""}…`:e.replace(/[?#].*$/s,"?…")}function a(e){if("https"!==r(e).kind)return[];let{search:t,searchParams:n}=new URL(e),o=t.slice(1),i=[...o.split("&").map(e=>e.slice(e.indexOf("=")+1)),...n.values()].filter(({length:e})=>e>=16);return[...new Set([...o.length>=8?[o]:[],...i])]}function s(e){return/[^/]\.(?:tar\.gz|tgz)$/.test(e)?"tar.gz":/[^/]\.zip$/.test(e)?"zip":void 0}function l(e){return d(e,"its path ends in none of .tar.gz, .tgz and .zip")}function d(e,t){return{kind:"unusable",because:t,secret:/[?#@]/.test(e)}}n.d(t,{Of:()=>o,VY:()=>a,cT:()=>i,x5:()=>r})},271:(e,t,n)=>{n.d(t,{o:()=>o});var r=n(6112);async function o(e,t){var o,i;let a;return o="https"===(0,r.x5)(e).kind?(await n.e(828).then(n.bind(n,7828))).createHttpsSource():(await Promise.all([n.e(172),n.e(857),n.e(282),n.e(208),n.e(748)]).then(n.bind(n,4748))).createS3Source(t),i=t.mask,a=e=>{for(let t of(0,r.VY)(e))i(t);return e},{find:(e,t)=>o.find(a(e),t),url:async(e,t)=>a(await o.url(e,t))}}},4923:(e,t,n)=>{n.a(e,async(e,r)=>{try{n.r(t);var o=n(271),i=n(3384),a=n(9195),s=n(6064),l=n(2153),d=n(2942),u=n(3120),c=n(7761);async function h(e){let t=(0,d.Ko)(e.env,{fleet:(0,d.IQ)((0,u.Qq)("a path in the workspace",".github/fleet.yml"),".github/fleet.yml"),zone:(0,d.mw)((0,u.Qq)("a zone of the fleet file","us-east-1a")),version:(0,d.mw)((0,u.rE)()),sha256:(0,d.lq)((0,u.sc)()),"dry-run":(0,d.IQ)((0,u.zM)(),!1)}),{loadFleet:r}=await Promise.all([n.e(250),n.e(930)]).then(n.bind(n,930)),c=await r(t.fleet),{region:h}=(0,i._)(c,t.zone),[f,p,$,m]=await Promise.all([Promise.all([n.e(172),n.e(976),n.e(506),n.e(196)]).then(n.bind(n,9196)),Promise.all([n.e(172),n.e(711),n.e(826),n.e(682)]).then(n.bind(n,3682)),Promise.all([n.e(172),n.e(976),n.e(125),n.e(105)]).then(n.bind(n,9105)),(0,o.o)(c.release.artifact,{region:h,mask:e.mask})]),g={...e,balancer:f.createElbv2Balancer({region:h}),transport:p.createSsmTransport({region:h}),scaling:$.createAutoScaling({region:h}),artifacts:m},w=await (0,a.e)(g,{fleet:c,zone:t.zone,version:t.version,dryRun:t["dry-run"],...void 0===t.sha256?{}:{sha256:t.sha256}});if(e.setOutput("state",w.state),e.setOutput("results",(0,s.J)(w.hosts)),await e.summary((0,l.p)(c.service,w)),void 0!==w.problem)throw w.problem}await (0,c.C)(h),r()}catch(e){r(e)}},1)},3039:(e,t,n)=>{function r(e){let t=/^(?<value>\d{1,6})(?<percent>%?)$/.exec(e.trim());if(t?.groups===void 0)return;let n=Number(t.groups.value);return""===t.groups.percent?{kind:"count",value:n}:n<=100?{kind:"percent",value:n}:void 0}function o(e){return"percent"===e.kind?`${e.value}%`:`${e.value}`}function i(e,t){return"count"===e.kind?e.value:Math.ceil(e.value*t/100)}function a(e,t){return Math.max(1,"count"===e.kind?e.value:Math.floor(e.value*t/100))}n.d(t,{C_:()=>r,Tu:()=>a,ej:()=>o,jZ:()=>i})},5195:(e,t,n)=>{n.d(t,{E9:()=>a,a3:()=>s,nZ:()=>i});let r={ms:1,s:1e3,m:6e4,h:36e5},o=576*r.h,i="a whole number and a unit, such as 500ms, 90s, 5m or 1h, at most 576h";function a(e){let t=/^(?<amount>\d{1,9})(?<unit>ms|s|m|h)$/.exec(e);if(t?.groups===void 0)return;let n=t.groups.unit,i=Number(t.groups.amount)*r[n];return i<=o?i:void 0}function s(e){if(e<1e3)return`${Math.round(e)}ms`;let t=e/1e3;if(t<10)return`${Number(t.toFixed(1))}s`;let n=Math.round(t);if(n<120)return`${n}s`;let r=Math.floor(n/60),o=n%60;return 0===o?`${r}m`:`${r}m ${o}s`}},7879:(e,t,n)=>{n.d(t,{MW:()=>o,NM:()=>s,P3:()=>i,_k:()=>a});let r=["retry","roll-back","replace","hold"],o=/^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/,i="one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once";function a(e){let t=e.flatMap(e=>{let[t,n]=e.split(" ");return o.test(e)?"retry"===t?[{kind:t,times:Number(n)}]:"roll-back"===t||"replace"===t||"hold"===t?[{kind:t}]:[]:[]}),n=t.map(({kind:e})=>r.indexOf(e)),i=n.every((e,t)=>0===t||e>(n[t-1]??0));return t.length>0&&t.length===e.length&&i?t:void 0}function s(e,t){return e.some(e=>e.kind===t)}},2913:(e,t,n)=>{n.d(t,{p:()=>o});var r=n(2818);function o(e,t){if(0===t.length)return;let n=(0,r.kp)(e,t),o=Math.max(2,Math.floor(n.length/3));return(0,r.Io)(e,n)<=o?n:void 0}},2418:(e,t,n)=>{n.d(t,{AP:()=>s,Bj:()=>i,ZP:()=>l,c_:()=>a});var r=n(2913);let o=["af-south-1","ap-east-1","ap-east-2","ap-northeast-1","ap-northeast-2","ap-northeast-3","ap-south-1","ap-south-2","ap-southeast-1","ap-southeast-2","ap-southeast-3","ap-southeast-4","ap-southeast-5","ap-southeast-6","ap-southeast-7","ca-central-1","ca-west-1","eu-central-1","eu-central-2","eu-north-1","eu-south-1","eu-south-2","eu-west-1","eu-west-2","eu-west-3","il-central-1","me-central-1","me-south-1","me-west-1","mx-central-1","sa-east-1","sa-west-1","us-east-1","us-east-2","us-west-1","us-west-2","cn-north-1","cn-northwest-1","us-gov-east-1","us-gov-west-1"],i="an availability zone: a region of AWS and a letter, such as us-east-1a",a=/^(?<region>[a-z]{2}(?:-[a-z]+)+-\d)(?:-[a-z]{3}-\d+)?[a-z]$/;function s(e){let t=a.exec(e)?.groups?.region;return void 0!==t&&o.includes(t)?t:void 0}function l(e){let t=e.trim().toLowerCase();if(o.includes(t))return`${t}a`;let n=/[a-z]$/.exec(t)?.[0]??"a",i=(0,r.p)(t.replace(/[a-z]$/,""),o);return void 0===i?void 0:`${i}${n}`}},3384:(e,t,n)=>{n.d(t,{_:()=>i});var r=n(6220),o=n(2913);function i(e,t){let n=e.zones.find(({zone:e})=>e===t);if(void 0!==n)return n;let i=e.zones.map(({zone:e})=>e),a=(0,o.p)(t,i),s=void 0===a?"":` Did you mean ${a}?`;throw new r.yo(`zone ${t} is not in the fleet file, which has ${i.join(", ")}.${s}`)}},9195:(e,t,n)=>{n.d(t,{e:()=>tC});var r=n(3039);function o(e,t,n,r){let o=new Set(t),a=i(e,t).flatMap(e=>(function(e,t,n,r){var o,i;let a,d,{settings:h,targets:f}=e,p=r.surviveZone||!h.crossZone,$={label:`pool ${h.name}`,settings:h,targets:f,leaving:t,serves:({id:e,state:t,shifted:r})=>"healthy"===t&&!r&&(!p||n.has(e))};return[...function(e,t,n){let{label:r,settings:o,targets:i,leaving:a}=e,s={holds:!1,reason:`${r}: has no health checks, so nobody knows how many of its ${i.length} targets are healthy`},l=new Set(i.map(({id:e})=>e).filter(e=>!t.has(e))),d=[...l].filter(e=>a.has(e)),u=[...l].filter(e=>!a.has(e));return[...o.healthChecked?[]:[s],...n&&d.length>0?[{holds:!1,reason:`${r}: ${d.join(", ")} would leave and the zone is not known`}]:[],...n&&u.length>0?[{holds:!0,reason:`${r}: ${u.join(", ")} not counted, the zone is not known`}]:[]]}($,n,p),s($,r),...h.crossZone?[]:(o=$,i=n,d=(a=Map.groupBy(o.targets,({id:e})=>i.get(e))).get(void 0)??[],[...a].flatMap(([e,t])=>{let n=[...t,...d],r=n.filter(({id:e})=>o.leaving.has(e)).length;return void 0===e||0===r||r===n.length?[]:[{...o,label:`${o.label} in zone ${e}, cross-zone off`,targets:n}]})).map(e=>s(e,r)),...r.surviveZone?[function(e,t,n){let r=l(e,n),o=new Set([...e.leaving].flatMap(e=>{let n=t.get(e);return void 0===n?[]:[n]})),i=u(e),[a]=[...Map.groupBy(i,({id:e})=>t.get(e))].flatMap(([e,{length:t}])=>void 0===e||o.has(e)?[]:[{zone:e,count:t}]).toSorted((e,t)=>t.count-e.count||e.zone.localeCompare(t.zone));if(void 0===a)return{holds:i.length>=r.required,reason:`${e.label}: no other zone serves, none can be lost`};let s=i.length-a.count;return{holds:s>=r.required,reason:`${c(e)}, ${s} if zone ${a.zone} were lost too, floor is ${r.required} (${r.because})`}}($,n,r)]:[]]})(e,o,n,r)),d=a.filter(e=>!e.holds);return d.length>0?{kind:"refused",reasons:d.map(({reason:e})=>e)}:{kind:"allowed",reasons:a.map(({reason:e})=>e)}}function i(e,t){return t.some(t=>!e.some(e=>a(e,t)))?e:e.filter(e=>t.some(t=>a(e,t)))}function a(e,t){return e.targets.some(e=>e.id===t)}function s(e,t){var n,r;let o,{label:i,settings:a,targets:s}=e,h=s.filter(e.serves).length,f=d(a.failOpen,s.length);if(h<f)return{holds:!1,reason:`${i}: ${h} healthy of ${s.length}, it is failing open now (threshold ${f}), sick targets get requests too`};let p=l(e,t),$=u(e).length,m=`${c(e)}, floor is ${p.required} (${p.because})${(n=e,r=p.required,(o=n.targets.length)-1>=r?"":`; this floor can never hold while a host is out: it needs ${r} of ${o} targets, add hosts or lower it`)}`;return{holds:$>=p.required,reason:m}}function l(e,t){let{settings:n,targets:o}=e,i=o.length,a=d(n.failOpen,i),s=d(n.dnsFailover,i),{minHealthy:l}=t;return[{required:(0,r.jZ)(l,i),because:`min-healthy ${(0,r.ej)(l)}${"percent"===l.kind?` of ${i}`:""}`},{required:a+1,because:`fail-open threshold ${a}, and one more`},{required:s+1,because:`DNS-failover threshold ${s}, and one more`}].reduce((e,t)=>t.required>e.required?t:e)}function d(e,t){let n=void 0===e.percent?0:Math.ceil(e.percent*t/100);return Math.max(e.count??0,n)}function u(e){return e.targets.filter(t=>e.serves(t)&&!0!==t.ramping&&!e.leaving.has(t.id))}function c(e){let{label:t,targets:n}=e,r=n.filter(e.serves),o=r.filter(e=>!0===e.ramping).length,i=n.filter(({id:t})=>e.leaving.has(t)),a=i.filter(t=>!e.serves(t)).length,s=0===o?"":` (${o} of them in slow start, not counted)`,l=0===a?"":` (${a} of them not healthy)`;return`${t}: ${r.length} healthy of ${n.length}${s}, ${i.length} would leave${l}, ${u(e).length} remain`}var h=n(6220),f=n(2913);async function p(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,r]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:r}}))}function $(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:r})=>({pool:e.pool,id:t,port:n,state:r})))}function m(e){return[...new Set(e.map(({port:e})=>e))]}function g(e){let t=new Map;for(let{pool:n,id:r,port:o}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:r,port:o}]);return t}function w(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function v(e,t,n,r){let o=new Date(e.clock.now()).toISOString();for(let i of t)e.timeline({at:o,host:i,phase:n,...void 0===r?{}:{note:r}})}function b(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(S(e))return e}catch{}throw new h.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function y(e,t){let n=e[t];return"string"==typeof n?n:""}function k(e,t){return Buffer.from(y(e,t),"base64").toString("utf8")}function _(e,t){let n=e[t];return"number"==typeof n?n:0}function S(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}function E(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}let x=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,M=`
root=$ZONEWISE_HOST_ROOT
`,O=`${M}
record=$root/var/lib/zonewise/out-of-service.json
`,z=`${x}${O}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,j=`${x}${O}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`,T=`${x}${O}${E`
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
`}`;async function I(e,t,n){let r=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),o=n.filter(({host:e})=>!r.has(e)),i=0===o.length?[]:await e.transport.run(o,e.signal),a=new Map(o.map((e,t)=>[e,i[t]]));return n.map(e=>a.get(e)??{host:e.host,outcome:"lost",reason:r.get(e.host)??"it cannot be reached"})}async function A(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:T,arguments:[n],timeout:3e4})),e.signal)).map(e=>{let t=b(e.host,C(e,"tell its release")),n=y(t,"version"),r=k(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:y(t,"sha256")}},...""===r?{}:{record:q(r,e.host)}}})}async function N(e,t,n){let r=await e.transport.facts(t.map(({host:e})=>e));for(let o of(await I(e,r,t.map(e=>({host:e.host,script:z,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===o.outcome?e.log.warning(`${o.host} cannot be reached (${o.reason}); its record is kept in this step only.`):C(o,"record that it leaves service")}async function R(e,t){for(let n of(await I(e,await e.transport.facts(t),t.map(e=>({host:e,script:j,arguments:[],timeout:3e4})))))"lost"!==n.outcome?C(n,"forget that it was out of service"):e.log.warning(`${n.host} serves again; its record is still on it: ${n.reason}.`)}function q(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:r,run:o,since:i,service:a,from:s,scaling:l}=e;return[t,r,o,i].every(e=>"string"==typeof e)&&[a,s].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:r,processes:o}=e;return"string"==typeof n&&("standby"===t?void 0===r||Number.isInteger(r):"suspend"===t&&Array.isArray(o)&&o.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(L)}(t))return t}catch{}throw new h.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function L(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:r}=e;return"string"==typeof t&&"string"==typeof n&&Number.isInteger(r)}function C(e,t){if("done"===e.outcome)return e.stdout;throw new h.Wk(`${e.host} could not ${t}: ${P(e)}.`)}function P(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}async function U(e,t,n){let r=[...new Set(i(t,n).filter(({settings:e})=>e.slowStart>0&&"instance"===e.targetType).flatMap(({targets:e})=>e.map(({id:e})=>e)))].filter(e=>!n.includes(e));if(0===r.length)return[];let o=r.map(e=>({host:e,script:T,arguments:[""],timeout:3e4}));return(await I(e,await e.transport.facts(r),o)).flatMap(t=>{let{host:n}=t,r=function(e){if("done"!==e.outcome)return{kind:"unknown",problem:P(e)};try{let t=k(b(e.host,e.stdout),"record");return""===t?{kind:"none"}:{kind:"record",record:q(t,e.host)}}catch(e){if(!(e instanceof h.Wk))throw e;return{kind:"unknown",problem:e.message}}}(t);if("none"===r.kind)return[];if("unknown"===r.kind)return e.log.warning(`Whether ${n} is in slow start is not known (${r.problem}); counted as the balancer shows it.`),[];let{run:o,since:i,reason:a,targets:s}=r.record;return e.log.info(`${n} is recorded as out of service since ${i} (${a}, ${o}): where the balancer calls it healthy it is in slow start and not counted. If that run is over, finish its return with restore-target.`),s})}function W(e,t){return e.map(({settings:e,targets:n})=>{let{pool:r,slowStart:o}=e,i=new Set((o>0?t.filter(e=>e.pool===r):[]).map(e=>w(n,e)));return{settings:e,targets:n.map(e=>i.has(e)&&"healthy"===e.state?{...e,ramping:!0}:e)}})}var Z=n(5195);async function B({clock:e,log:t,signal:n},r){let o=e.now();void 0!==r.first&&r.first>0&&(t.info(`waiting for ${r.what}: ${(0,Z.a3)(r.first)} at least`),await e.sleep(r.first,n));let i={at:-1/0,seen:""},a=Math.min(250,r.every);for(;;){let s=await r.look(),l=e.now(),d=o+r.timeout-l;if(s.reached||d<=0)return s;(s.seen!==i.seen||l-i.at>=15e3)&&(t.info(`waiting for ${r.what}: ${s.seen}; up to ${(0,Z.a3)(d)} more`),i={at:l,seen:s.seen});let u=Math.min(a*(.9+.2*e.jitter()),s.again??d,d);await e.sleep(u,n),a=Math.min(1.5*a,r.every)}}let H=["AZRebalance","AlarmNotification","ScheduledActions","ReplaceUnhealthy","HealthCheck"],D=["EnteringStandby","Standby"];async function K(e,t,n){let r=t.filter(({scaling:e})=>void 0===e);if("ignore"===n.autoScaling)return await F(e,r.map(({host:e})=>e)),t;let o=await e.scaling.members(r.map(({host:e})=>e)),i=new Map;for(let[t,r]of Map.groupBy(o,({group:e})=>e)){let o=await e.scaling.group(t),a="suspend"===n.autoScaling?function({name:e,suspended:t}){return{mode:"suspend",group:e,processes:H.filter(e=>!t.includes(e))}}(o):function({name:e,minSize:t,desired:n},r,o){let i=r.filter(({lifecycle:e})=>!D.includes(e)).length;if(n-i>=t)return{mode:"standby",group:e};if(o.lowerMinSize)return{mode:"standby",group:e,minSize:t};throw new h.yo(`Auto Scaling group ${e} wants ${n} hosts and at least ${t}; with ${i} in standby ${n-i} would remain. Nothing was touched. Allow \`lower-min-size\`, use \`suspend\`, or add a host.`)}(o,r,n);for(let{host:e}of r)i.set(e,a)}return t.map(e=>{let t=e.scaling??i.get(e.host);return void 0===t?e:{...e,scaling:t}})}async function F(e,t){try{for(let{host:n,group:r}of(await e.scaling.members(t)))e.log.warning(`${n} is in Auto Scaling group ${r}, which may replace it while it is out: auto-scaling is \`ignore\`. Use \`standby\` or \`suspend\` to keep it.`)}catch(r){if(r instanceof h.cc)throw r;let n=r instanceof Error?r.message:String(r);e.log.warning(`Whether an Auto Scaling group may replace ${t.join(", ")} is not known: ${n}`)}}async function G(e,t){for(let[n,r,o]of ee(t)){if("suspend"===r.mode){e.log.info(`${n}: suspending ${r.processes.join(", ")||"nothing, all was suspended before"}`),r.processes.length>0&&await e.scaling.suspend(n,r.processes);continue}let t=(await e.scaling.members(o)).filter(({lifecycle:e})=>!D.includes(e));if(0===t.length)continue;let i=await e.scaling.group(n);i.desired-t.length<i.minSize&&(e.log.info(`${n}: lowering MinSize from ${i.minSize} for the time of the standby`),await e.scaling.setMinSize(n,i.desired-t.length)),await e.scaling.enterStandby(n,t.map(({host:e})=>e))}}async function J(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);return 0===n.length?[]:(await e.scaling.members(n)).filter(({lifecycle:e})=>!D.includes(e)).map(({host:e,lifecycle:t})=>`${e} is ${t} in its Auto Scaling group`)}async function V(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);if(0===n.length)return;let r=await B(e,{what:"the Auto Scaling group to finish moving hosts into standby",every:2e3,timeout:366e4,look:async()=>{await Y(e,t);let r=(await X(e,n,D)).length;return 0===r?{reached:!0,value:void 0}:{reached:!1,seen:`${r} hosts still on their way`}}});if(!r.reached)throw new h.Wk(`the Auto Scaling group does not let go of its hosts: ${r.seen}.`)}async function Y(e,t){for(let[n,r,o]of ee(t)){if("standby"!==r.mode)continue;let t=await X(e,o,["Standby"]);0!==t.length&&await e.scaling.exitStandby(n,t.map(({host:e})=>e))}}async function Q(e,t){for(let[n,r,o]of ee(t)){if("standby"===r.mode){void 0!==r.minSize&&await e.scaling.setMinSize(n,r.minSize);continue}for(let t of o)await e.scaling.setHealthy(t);r.processes.length>0&&await e.scaling.resume(n,r.processes)}}async function X(e,t,n){return(await e.scaling.members(t)).filter(({lifecycle:e})=>n.includes(e))}function ee(e){let t=new Map;for(let{host:n,scaling:r}of e){if(void 0===r)continue;let e=t.get(`${r.mode} ${r.group}`);void 0===e?t.set(`${r.mode} ${r.group}`,{scaling:r,hosts:[n]}):e.hosts.push(n)}return[...t.values()].map(({scaling:e,hosts:t})=>[e.group,e,t])}async function et(e,t){let n=await en(e,t.pools,t.hosts),r=t.hosts.map(r=>(function(e,t,n,r){let o=t.adopted.get(r),i=$(n,r),a=t.ports?.get(r),s=i.filter(({state:e,port:t})=>"draining"!==e&&(void 0===a||a.includes(t)));if(void 0!==o)return{...o,targets:ei(o.targets,s)};let l=!0===t.adoptDraining?i:s;if(0===l.length)throw new h.yo(function(e,t,n){let r=e.map(({settings:e})=>e.name).join(", "),o=$(e,t);if(o.some(({state:e})=>"draining"===e))return`${t} is being drained by somebody else, and no record on it says why; nothing was touched. Wait for it, or take it over with \`adopt: true\`.`;if(o.length>0&&void 0!==n){let e=o.map(({port:e})=>e).join(", ");return`${t} is registered in ${r} at port ${e}, not at ${n.join(", ")}; nothing was touched.`}let i=(0,f.p)(t,[...new Set(e.flatMap(({targets:e})=>e.map(({id:e})=>e)))]);return`${t} is not registered in ${r}, so there is nothing to drain; nothing was touched. `+(void 0===i?"Check the host id and the target groups.":`Did you mean ${i}?`)}(n,r,a));let{service:d}=t,u=t.releases.get(r);return{host:r,targets:ei([],l),reason:t.reason,run:e.run,since:new Date(e.clock.now()).toISOString(),...void 0===d?{}:{service:d},...void 0===u?{}:{from:u}}})(e,t,n,r)),i=t.hosts.filter(e=>$(n,e).some(({state:e})=>"draining"!==e)),a=er(n,r),s=0===i.length?[]:await U(e,a,t.hosts),l=o(W(a,s),i,t.zoneOf,t.floor);if("refused"===l.kind)throw new h.yo(eo(i,l.reasons));let d=await K(e,r,t.drain),u=d.filter(({host:e,targets:r})=>!t.unproven?.includes(e)&&r.every(e=>{var t,r;let o;return t=n,r=e,o=t.find(({settings:e})=>e.pool===r.pool),(w(o?.targets??[],r)?.state??"draining")!=="draining"}));return{views:n,records:d,leaving:i,returnable:u,returning:s,reasons:l.reasons}}async function en(e,t,n){let r=await p(e,t),o=new Set([...n,...r.flatMap(({targets:e})=>e.map(({id:e})=>e))]),i=[...new Set((await Promise.all([...new Set(t)].map(t=>e.balancer.siblings(t)))).flat())].filter(e=>!t.includes(e)),a=await Promise.all(i.map(async t=>(await e.balancer.targets(t)).some(({id:e})=>o.has(e))?[t]:[])),s=[...r,...await p(e,a.flat())],l=s.filter(({settings:e})=>t.includes(e.pool)).filter(({settings:e})=>"instance"!==e.targetType);if(0===l.length)return s;let d=l.map(({settings:e})=>`- ${e.name} has targets of type ${e.targetType}`);throw new h.yo(["Only targets of type instance can be drained; nothing was touched.",...d].join("\n"))}function er(e,t){let n=g(t);return e.map(({settings:e,targets:t})=>{let r=(n.get(e.pool)??[]).filter(e=>void 0===w(t,e)).map(e=>({...e,state:"unused",shifted:!1}));return{settings:e,targets:[...t,...r]}})}function eo(e,t){return[`The floor would not hold without ${e.join(", ")}; nothing was drained.`,...t.map(e=>`- ${e}`),"Bring the missing hosts back to health or add capacity, then run the same step again."].join("\n")}function ei(e,t){return[...new Map([...e,...t].map(({pool:e,id:t,port:n})=>({pool:e,id:t,port:n})).map(e=>[`${e.pool} ${e.port}`,e])).values()]}let ea=`
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
`,es=`${x}${ea}${String.raw`
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
`}`;async function el(e,t,n){let r=eu(t,n).filter(({connectionTermination:e})=>!e),o=new Set(r.map(({pool:e})=>e)),i=n.filter(({targets:e})=>e.some(({pool:e})=>o.has(e)));if(0===i.length)return;let a=r.map(({name:e})=>e).join(", ");for(let t of(await ed(e,i))){var s;let n="done"!==(s=t).outcome?`nobody knows how many (${P(s)}) are`:String(_(b(s.host,s.stdout),"work"));if("0"===n){e.log.info(`${t.host}: no connection is open on its service port any more`);continue}e.log.warning(`${t.host} has left its network load balancer, which does not end its connections: ${n} still open on its service port, and users see them break when the service stops. Turn on the attribute deregistration_delay.connection_termination.enabled of ${a}, or drain with the policy \`observed\` and a way to the host.`)}}async function ed(e,t){let n=t.map(({host:e,targets:t})=>({host:e,script:es,arguments:[m(t).join(" "),"0","0","0"],timeout:3e4})),r=await e.transport.facts(t.map(({host:e})=>e));return I(e,r,n)}function eu(e,t){let n=new Set(t.flatMap(({targets:e})=>e.map(({pool:e})=>e)));return e.flatMap(({settings:e})=>"network"===e.balancerType&&n.has(e.pool)?[e]:[])}async function ec(e,t,n,r){let{policy:o,timeout:i}=t.drain,a=e.clock.now()+i,s=function(e,t){let{propagation:n}=e.drain;return void 0!==n?n:t.map(({settings:e})=>e.balancerType).every(e=>"application"===e)?15e3:18e4}(t,n),l=r.map(({host:e})=>e);e.log.info(`${l.join(", ")} withdrawn; waiting ${(0,Z.a3)(s)} until every balancer node knows`);let d=e.clock.sleep(s,e.signal).then(()=>v(e,l,"quiet"));if("fixed"===o)return await d,e.log.warning("Drain policy fixed: nothing proves the hosts quiet, requests in flight may be cut."),{quiet:!0};if(!function({log:e},t,n,r){for(let{name:o,connectionTermination:i,deregistrationDelay:a}of eu(t,n))i&&!(r<=a)&&e.info(`${o}: what is still connected ${(0,Z.a3)(a)} after the withdrawal will be cut by the balancer, connection termination is on`)}(e,n,r,i),"delay"===o)return await d,ep(e,n,r,a);let[u]=await Promise.all([eh(e,t,r,s),d]);return ef(e,t,{views:n,records:r,deadline:a,results:u})}async function eh(e,{drain:t},n,r){let{quiet:o,timeout:i,gauge:a}=t,s=await e.transport.facts(n.map(({host:e})=>e)),l=new Map(s.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));return I(e,s,n.map(({host:e,targets:t})=>{let n=m(t),s=n.map(t=>(a?.url??"").replaceAll("{address}",l.get(e)??"").replaceAll("{port}",String(t))),d=Math.max(1,Math.ceil((i-r)/1e3)),u=[n.join(" "),String(o),String(d),(r/1e3).toFixed(3)];return{host:e,script:es,arguments:void 0===a?u:[...u,a.field,...s],timeout:i+1e4,earliest:r+o,onCancel:"stop"}}))}async function ef(e,{drain:t},{views:n,records:r,deadline:o,results:i}){let a=i.filter(({outcome:e})=>"done"!==e),s=i.flatMap(e=>{if("done"!==e.outcome)return[];let n=b(e.host,e.stdout);if(!0===n.quiet)return[];let r=_(n,"work");return r<0?[`${e.host} does not answer at its gauge`]:[`${e.host} still has ${r} ${void 0===t.gauge?"connections":"requests"} on its service port`]}),l=(0,Z.a3)(t.timeout);if(s.length>0)return{quiet:!1,problem:`not quiet within ${l}: ${s.join("; ")}`};if(0===a.length){let n=i.map(({host:e})=>e).join(", ");return e.log.info(`${n} quiet: no work seen for ${(0,Z.a3)(t.quiet)}`),{quiet:!0}}for(let t of a)e.log.warning(`${t.host} cannot be measured (${P(t)}); waiting for its whole deregistration delay instead.`);return ep(e,n,r.filter(({host:e})=>a.some(t=>t.host===e)),o)}async function ep(e,t,n,r){let o=g(n),i=Math.max(0,r-e.clock.now()),a=Math.min(...n.map(e=>Date.parse(e.since))),s=Math.max(0,...t.map(({settings:e})=>e.deregistrationDelay)),l=await B(e,{what:"the deregistration delay to end",first:Math.min(i,Math.max(0,a+s-e.clock.now())),every:2e3,timeout:i,look:async()=>{let t=(await Promise.all([...o].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(w(r,e)?.state??"unused")!=="unused")}))).flat();return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:`${t.map(({id:e,port:t})=>`${e}:${t}`).join(", ")} still draining`}}});return l.reached?(await el(e,t,n),{quiet:!0}):{quiet:!1,problem:`not out of the balancer in time: ${l.seen}`}}let e$=`${x}${ea}${String.raw`
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
`}`;async function em(e,{records:t,policy:n}){let r=t.map(({host:e})=>e);0!==r.length&&(v(e,r,"returning"),await eg(e,t),await V(e,t),await Promise.all([...g(t)].map(([t,r])=>ew(e,t,r,n))),void 0!==n.firstRequest&&await ev(e,t,n.firstRequest),await Q(e,t),await R(e,r),v(e,r,"serving"),e.log.info(`${r.join(", ")} back in service`))}async function eg(e,t){await Promise.all([...g(t)].map(([t,n])=>e.balancer.register(t,n)))}async function ew(e,t,n,r){let o,i=await e.balancer.settings(t),{healthCheckInterval:a,name:s}=i,l=(r.checks-1)*a,d=await B(e,{what:`${n.map(({id:e})=>e).join(", ")} to be healthy in ${s}`,every:Math.min(2e3,Math.max(250,a/2)),timeout:r.timeout,look:async()=>{let r=await e.balancer.targets(t),i=e.clock.now(),a=n.filter(e=>w(r,e)?.state!=="healthy");return a.length>0?(o=void 0,{reached:!1,seen:a.map(e=>(function({id:e,port:t},n){if(void 0===n)return`${e}:${t} is not registered`;let r=void 0===n.reason?"":` (${n.reason}: ${eb[n.reason]??n.description??"unknown"})`;return`${e}:${t} is ${n.state}${r}`})(e,w(r,e))).join("; ")}):(o??=i,i-o>=l)?{reached:!0,value:void 0}:{reached:!1,seen:`healthy, to be seen so for ${(0,Z.a3)(l)}`,again:o+l-i}}});if(!d.reached)throw new h.Wk(`not healthy in ${i.name} within ${(0,Z.a3)(r.timeout)}: ${d.seen}. The targets are registered and get no requests until they pass the health check.`);i.slowStart>0&&(e.log.info(`slow start of ${i.name}: ${(0,Z.a3)(i.slowStart)} until full capacity`),await e.clock.sleep(i.slowStart,e.signal))}async function ev(e,t,n){let r=(await e.transport.run(t.map(({host:e,targets:t})=>({host:e,script:e$,arguments:[m(t).join(" "),String(Math.ceil(n/1e3))],timeout:n+1e4,onCancel:"stop"})),e.signal)).flatMap(e=>"done"!==e.outcome?[`${e.host} could not be watched: ${P(e)}`]:!0===b(e.host,e.stdout).serving?[]:[`${e.host} got no request`]);if(0!==r.length)throw new h.Wk(`healthy, and not seen serving within ${(0,Z.a3)(n)}: ${r.join("; ")}. The hosts are registered; look at the listener and its rules, or leave \`first-request\` out where there is little traffic.`)}let eb={"Elb.RegistrationInProgress":"the balancer is still taking it in","Elb.InitialHealthChecking":"its first health check has not been answered yet","Elb.InternalError":"the balancer has a problem of its own; wait, or ask AWS","Target.ResponseCodeMismatch":"its health check answered with another status; look at the service log","Target.Timeout":"its health check was not answered in time; check the port and the security group","Target.FailedHealthChecks":"its health check could not be connected; check that the service listens on the port","Target.NotRegistered":"the registration was not taken; check the target group","Target.NotInUse":"no listener uses the target group, or its zone is not enabled on the balancer","Target.InvalidState":"the instance is stopped or terminated","Target.IpUnusable":"its address is used by a load balancer","Target.DeregistrationInProgress":"it is still draining; something deregisters it again","Target.HealthCheckDisabled":"health checks are turned off for the target group"};async function ey(e,t,n=()=>{}){let r=await et(e,t),{records:o}=r;for(let t of r.reasons)e.log.info(`floor holds: ${t}`);n(o),await N(e,o,t.recordsElsewhere??!1);try{await ek(e,t,o),await e_(e,t,r);let n=await ec(e,t,r.views,o);if(n.quiet)return o;if("return"===t.drain.onTimeout)throw new h.Wk(`${n.problem}.`);v(e,t.hosts,"held",n.problem)}catch(n){throw await eS(e,t,r,n)}throw new h.Wk(`${t.hosts.join(", ")} not proven quiet in time and held out of service, as on-timeout says. Return them with restore-target, or run the same step again.`)}async function ek(e,t,n){let r=g(n);v(e,t.hosts,"draining"),await G(e,n),await Promise.all([...r].map(([t,n])=>e.balancer.deregister(t,n)));let o=await B(e,{what:"the balancer to show the withdrawal",every:500,timeout:6e4,look:async()=>{let t=[...(await Promise.all([...r].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(w(r,e)?.state??"draining")!=="draining")}))).flat().map(({id:e,port:t})=>`${e}:${t} still in service`),...await J(e,n)];return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:t.join(", ")}}});if(!o.reached)throw new h.Wk(`the balancer accepted the withdrawal and does not show it: ${o.seen}.`)}async function e_(e,t,{records:n,leaving:r,returning:i}){let a=o(W(er(await en(e,t.pools,t.hosts),n),i),r,t.zoneOf,t.floor);if("allowed"!==a.kind)throw new h.yo(`the pool fell below its floor while hosts were leaving: ${a.reasons.join("; ")}.`)}async function eS(e,t,{records:n,returnable:r},o){let i=o instanceof Error?o.message:String(o),a=eE(r),s=eE(n.filter(e=>!r.includes(e))),l=""===s?"":`
${s} stay out of service, each with its record.`;try{if(e.signal.aborted){await eg(e,r),await Y(e,r);let t=""===a?"":` ${a} registered again, nothing was installed.`;return new h.cc(`Cancelled while draining.${t}${l}
Run the same step again to continue, or restore-target to see them serve.`,{cause:o})}if(0===r.length)return new h.Wk(`${i}${l}`,{cause:o});e.log.warning(`Returning ${a} to service: ${i}`),await em(e,{records:r,policy:t.restore});let n=`${a} are back in service; nothing was installed on them.`;return new h.Wk(`${i}
${n}${l}`,{cause:o})}catch(t){let e=t instanceof Error?t.message:String(t);return new h.Wk(`${i}
Returning ${a} to service failed too: ${e}
Their undo records are on the hosts in /var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${l}`,{cause:o})}}function eE(e){return e.map(({host:e})=>e).join(", ")}var ex=n(6932),eM=n(7879);function eO(e){return{kind:"refuted",problem:e}}let ez=`${x}${String.raw`
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
`}`;async function ej(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:r})=>({host:e,script:ez,arguments:[String(Math.ceil(n/1e3)),(r/1e3).toFixed(3),...t],timeout:n+r*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let o,i=n[r];if(i?.outcome!=="done"){let e=void 0===i?"it was never asked":P(i);return t.map(t=>({kind:"silent",url:t,problem:e}))}let a=Array.isArray(o=b(e,i.stdout).answers)?o.filter(S):[];return t.map((e,t)=>{let n=a[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported"};let r=_(n,"status");return 0===r?{kind:"silent",url:e,problem:k(n,"problem")||"no answer"}:{kind:"answered",url:e,status:r,milliseconds:_(n,"milliseconds"),body:k(n,"body")}})})}async function eT(e,t,n){v(e,n.map(({host:e})=>e.host),"proving");let r=e.clock.now()+t.startTimeout,o=new Map;for(;;){let i=n.filter(({host:e})=>o.get(e.host)?.kind!=="done"),a=r-e.clock.now();for(let n of(await eI(e,t,i,a)))o.set(n.host,n);let s=[...o.values()];if(s.every(({kind:e})=>"done"===e)||e.clock.now()>=r)return s;await e.clock.sleep(500,e.signal)}}async function eI(e,{identity:t},n,r){let o=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(r,1e4)),limit:5e3})),i=await ej(e,o);return n.map((e,n)=>(function(e,t,n){let{host:r,health:o}=e.host;for(let[e,{statuses:t}]of o.entries()){let o=n[e];if(o?.kind!=="answered")return{host:r,kind:"failed",problem:`${o?.url??"its health check"} did not answer: ${o?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,r]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(r??n)})}(o.status,t))return{host:r,kind:"failed",problem:`${o.url} answered ${o.status}, healthy is ${t}`}}if(void 0===t)return{host:r,kind:"done",value:"healthy; its version was not asked"};let i="";for(let a of n.slice(o.length)){let n=function(e,t,n){if("silent"===n.kind)return eO(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return eO(`${n.url} answered ${n.status}, expected 200`);let r=function(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}(n.body);if(void 0===r)return eO(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let o=String(r[e.version]??"nothing");return o!==t.version?eO(`the process that answers ${n.url} is version ${o}, expected ${t.version}`):void 0!==e.digest&&r[e.digest]!==t.sha256?eO(`it says it is sha256 ${String(r[e.digest]??"nothing")}, expected ${t.sha256}`):function(e,{switchedAt:t},n,r){if(void 0===e.started)return{kind:"proven",seen:r};let o=String(n[e.started]??"nothing"),i=Date.parse(o);if(Number.isNaN(i))return eO(`its start time is ${o}, expected an ISO 8601 time`);if(void 0!==t&&Math.floor(i/1e3)<t){let e=new Date(1e3*t).toISOString();return eO(`the process started at ${o}, before the switch at ${e}: the old one is still running`)}return{kind:"proven",seen:`${r}, started ${o}`}}(e,t,r,o)}(t,e,a);if("refuted"===n.kind)return{host:r,kind:"failed",problem:n.problem};i=n.seen}return{host:r,kind:"done",value:i}})(e,t,i[n]??[]))}var eA=n(7598);let eN=E`
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
`,eR=String.raw`
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
`,eq=E`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${eR}' "$incoming/names" "$incoming/listing")
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
`,eL=E`
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
`,eC=E`
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
`,eP=E`
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
  $isolate sh -c '${eL}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${eC}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,eU=E`
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
`,eW=E`
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
clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,eZ=E`
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
`,eB=E`
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
`,eH=`${x}${M}${eW}${eB}${eN}${eU}${eq}${eZ}${eP}${E`
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
`}`,eD={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},eK=["lock","disk","download","digest","unpack","release","before-install"];async function eF(e,t,n){let r=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),o=new Map;for(let t of r)o.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:r}of n)v(e,[t],"installing",eG(r));let i=(0,eA.randomUUID)(),a=n.map(({host:n,wanted:r})=>(function(e,t,n,{id:r,wanted:o,url:i}){let{service:a,zone:s,directory:l,hooks:d,unit:u,hookTimeout:c,keepReleases:h}=t,f="release"===o.kind?o.artifact:void 0,p="release"===o.kind?o.ordinal:void 0,$=6e5+5*(c+5e3),{beforeInstall:m="",stop:g="",start:w="",afterInstall:v="",verify:b=""}=d;return{host:n,script:eH,arguments:[r,e.run,eJ($),a,s,l,"previous"===o.kind?"previous":o.version,f?.sha256??"",i,f?.format??"tar.gz",String(f?.size??0),void 0===p?"":String(p),String(h),eJ(c),u??"",m,g,w,v,b],timeout:$}})(e,t,n,{id:i,wanted:r,url:o.get(r)??""}));return(await e.transport.run(a,e.signal)).map(t=>(function(e,t){let{host:n}=t,r=(e,t,r)=>({host:n,kind:"failed",problem:e,touched:t,trace:r});if("done"!==t.outcome)return r(P(t),!0,eD);try{var o;let i,a,s=b(n,t.stdout),l=(a=(i=(o=s).milliseconds,S(i)?i:{}),{milliseconds:{download:_(a,"download"),unpack:_(a,"unpack"),hooks:_(a,"hooks"),total:_(a,"total")},output:k(o,"output").trimEnd()});if("switched"!==y(s,"outcome")){let e=y(s,"step");return r(`${e}: ${k(s,"problem")}`,!eK.includes(e),l)}let d=y(s,"version"),u=y(s,"sha256"),c=!0===s.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${c} (sha256 ${u}), current since just now`);let h=y(s,"previous"),f=_(s,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:u,switchedAt:f,trace:l}}}catch(e){return r(e instanceof Error?e.message:String(e),!0,eD)}})(e,t))}function eG(e){return"previous"===e.kind?"the release before":e.version}function eJ(e){return String(Math.ceil(e/1e3))}function eV({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function eY(e,t,n,r){let{zone:o,fleet:i,releases:a,zoneOf:s,floor:l}=e,{drain:d,restore:u}=i.policy;return{pools:o.pools.map(({targetGroup:e})=>e),hosts:t,adopted:n,service:i.service,releases:a,zoneOf:s,floor:l,drain:d,restore:u,reason:r}}function eQ(e,t,n){let r=e.addresses.get(t)??"127.0.0.1",o=n.flatMap(({pool:t,port:n})=>{let r=e.views.find(e=>e.settings.pool===t)?.settings;return r?.healthCheckPath===void 0?[]:[{port:r.healthCheckPort??n,path:r.healthCheckPath,statuses:r.healthCheckStatuses}]});return{host:t,address:r,ports:m(n),health:o}}function eX(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new h.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}async function e0(e,t,n){let r=n instanceof Error?n.message:String(n),o=e4(t.records),{release:i,fleet:a}=t.work;if(e.signal.aborted){let n=t.returned?`Cancelled while returning ${o}: registered again on ${i.version}, not yet proven to serve.`:`Cancelled while upgrading ${o}: out of service, each with a record on the host.`;return e6(e,t,r,new h.cc(`${n}
Run the same step again: it continues from what it finds.`))}e.log.warning(`${o}: ${r}`);try{if(t.returned&&await e1(e,t),!(0,eM.NM)(a.policy.onFailure,"roll-back")){let n=new h.yo(`${r}
${o} held out of service, as on-failure says.`);return e6(e,t,r,n)}return await e2(e,t,r)}catch(s){let i=s instanceof Error?s.message:String(s),a=new h.yo(`${r}
Bringing ${o} back to a known state failed too: ${i}
A host that is out of service has its record on it; mend the cause and run the same step again.`,{cause:n});return e6(e,t,r,a)}}async function e1(e,{work:t,records:n}){let r=new Map(n.map(e=>[e.host,e])),o=`return of ${t.fleet.service} from ${t.release.version}`,i=[...r.keys()];await ey(e,{...eY(t,i,r,o),unproven:i})}async function e2(e,t,n){let{work:r,records:o,reports:i}=t,a=e=>e9(i,e)?.outcome,s=o.filter(({host:e})=>["held","replaced"].includes(a(e)??"")),l=o.filter(({host:e})=>"rolled-back"===a(e)||"untouched"===a(e)),d=o.filter(e=>!s.includes(e)&&!l.includes(e));await e5(e,t,d);let u=o.filter(e=>!s.includes(e));await em(e,{records:u,policy:r.fleet.policy.restore});let c=[...new Set(u.map(({from:e})=>e??"nothing"))].join(", "),f=[...0===u.length?[]:[`${e4(u)} back on ${c} and in service`],...0===s.length?[]:[`${e4(s)} held out of service, each with its record`],"later zones were not touched."];return v(e,s.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:new h.yo(`${n}
${f.join("; ")}`),hosts:o.map(e=>s.includes(e)?e3(t,e,{outcome:"held",proof:n,to:r.release.version}):e3(t,e,{outcome:"rolled-back",proof:n,to:e.from}))}}async function e5(e,{work:t},n){if(0===n.length)return;let{settings:r,release:o}=t,i=n.filter(({from:e})=>void 0===e||e===o.version);if(i.length>0)throw new h.yo(`${e4(i)} had no other release before.`);v(e,n.map(({host:e})=>e),"rolling-back");let a=n.map(({host:e,from:t=""})=>({host:e,wanted:{kind:"on-disk",version:t}})),s=eX(await eF(e,r,a),"switch back"),l=n.map(({host:e,targets:n})=>{let{version:r="",sha256:o="",switchedAt:i=0}=s.get(e)??{};return{host:eQ(t,e,n),version:r,sha256:o,switchedAt:i}});eX(await eT(e,r,l),"prove after switching back")}function e6(e,t,n,r){let{records:o,work:i}=t;return v(e,o.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:r,hosts:o.map(e=>e3(t,e,{outcome:"held",proof:n,to:i.release.version}))}}function e3({reports:e},{host:t,from:n},r){let o=e9(e,t),{trace:i}=o??{},a={...o?.successor===t?{successor:t}:{},host:o?.host??t,from:n??"nothing",...r,to:r.to??"nothing"};return void 0===i?a:{...a,trace:i}}function e9(e,t){return e.find(e=>e.host===t||e.successor===t)}function e4(e){return e.map(({host:e})=>e).join(", ")}async function e8(e,t,n){let r=new Map(n.map(e=>[e.replaced,e])),o=t.map(e=>{let t=r.get(e.host);return void 0===t?e:function(e,{host:t,scaling:n}){let{from:r,...o}=e,i=e.targets.map(e=>({...e,id:t.host})),a=e.scaling,s=a?.mode==="standby"&&void 0!==a.minSize&&"standby"===n.mode?{...n,minSize:a.minSize}:n;return{...o,host:t.host,targets:i,scaling:s}}(e,t)}),i=o.filter(e=>!t.includes(e));if(0===i.length)return t;for(let{host:n,scaling:a}of(await N(e,i,!1),t))r.has(n)&&a?.mode==="suspend"&&0!==a.processes.length&&(o.some(e=>e.scaling?.mode==="suspend"&&e.scaling.group===a.group)||await e.scaling?.resume(a.group,a.processes));return o}async function e7(e,t,n){let{settings:r,wanted:o}=t,i=await eF(e,r,n.map(({host:e})=>({host:e,wanted:o}))),{done:a,failures:s}=await te(e,r,n,i);return{reports:a.map(({host:n,version:r,proof:o,sha256:i,trace:a})=>(e.log.info(`${n}: proven ${o}`),{...tt(t,n,{outcome:"upgraded",proof:o,trace:a}),to:r,sha256:i})),successors:[],failures:s}}async function te(e,t,n,r){let o=new Map(n.map(e=>[e.host,e])),i=new Map(r.map(e=>[e.host,e])),a=n.flatMap(e=>{let t=i.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:r,switchedAt:o}=t.value;return[{host:e,version:n,sha256:r,switchedAt:o}]}),s=[],l=r.flatMap(e=>{let t=o.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===a.length?[]:await eT(e,t,a)){let{host:e}=n,t=i.get(e),r=o.get(e);if(t?.kind!=="done"||void 0===r)continue;let{version:a,sha256:d,trace:u}=t.value;"done"===n.kind?s.push({host:e,version:a,sha256:d,trace:u,proof:n.value}):l.push({target:r,problem:`prove: ${n.problem}`,touched:!0,trace:u})}return{done:s,failures:l}}function tt({from:e,wanted:t},n,{outcome:r,proof:o,trace:i}){let a={host:n,outcome:r,from:e.get(n)??"nothing",to:eG(t),proof:o};return void 0===i?a:{...a,trace:i}}async function tn(e,t,n,r){let o=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),i=new Set(t.members.map(({host:e})=>e)),a=[],s="",l=async()=>(a=(await e.scaling.group(t.name)).members.filter(({host:e})=>!i.has(e)),function({log:e},t,n){for(let r of t){let{host:t,stage:o}=r;"leaving"===o.kind&&void 0===ts(n,o.id)&&(e.warning(`${o.id}: the successor of ${t} was ended by its group; another one is awaited`),r.stage={kind:"awaited"})}}(e,o,a),await tr(e,t.name,o,a),await ti(e,o,a),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,r=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+r.length===0)return{reached:!0,value:void 0};let o=r.filter(e=>"Standby"===ts(t,e)).length,i=[[n,"not in service yet"],[r.length-o,"on their way into standby"],[o,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${i.join(", ")}, of ${e.length}`}}(o,a));await B(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:r,look:async()=>{let e=await tl(l());return s=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=ta(o,a);return o.map(e=>(function(e,{host:t,zone:n,stage:r},{newcomers:o,others:i,why:a}){let s=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(r.kind){case"ready":return{host:t,kind:"replaced",successor:r.id,address:r.address,scaling:{mode:"standby",group:e}};case"serving":return s(`Its successor ${r.id} is in service with whatever its image starts, because it could not be put into standby: ${r.problem}`);case"leaving":{let e=ts(o,r.id)??"unknown",t=void 0===r.problem?e:`${e} and not reached: ${r.problem}`;return s(`Its successor ${r.id} was sent into standby and stays out of traffic; it is ${t}.${a} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=i.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return s(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${a} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:a,others:d,why:s}))}async function tr(e,t,n,r){for(let o of n){if("awaited"!==o.stage.kind)continue;let i=ta(n,r).find(({zone:e,lifecycle:t})=>e===o.zone&&"InService"===t);if(void 0===i)continue;let a=i.host;e.log.info(`${a}: takes the place of ${o.host} in ${t}; going into standby`),o.stage={kind:"leaving",id:a};let s=await tl(e.scaling.enterStandby(t,[a]));s.done||await to(e,a)||(o.stage={kind:"serving",id:a,problem:s.problem})}}async function to(e,t){let n=await tl(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function ti(e,t,n){let r=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===ts(n,t.id)&&r.set(t.id,e)}if(0!==r.size)for(let{host:t,...n}of(await e.transport.facts([...r.keys()]))){let e=r.get(t);if(void 0===e)continue;let{address:o="127.0.0.1",problem:i="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:o}:{kind:"leaving",id:t,problem:i}}}function ta(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function ts(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function tl(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof h.Wk||e instanceof h.yo)return{done:!1,problem:e.message};throw e}}let td=["Launch","Terminate"];async function tu(e,{hosts:t,timeout:n}){let r=await tl(e.scaling.members(t));if(!r.done)return t.map(e=>tg(e,`${r.problem} Nothing was ended.`));let o=[...Map.groupBy(r.value,({group:e})=>e)],i=new Map((await Promise.all(o.map(([t,r])=>tc(e,t,r,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return i.get(e)??tg(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function tc(e,t,n,r){let o=await tl(th(e,t,n,r));if(!o.done)return n.map(({host:e})=>tg(e,`${o.problem} ${e} was not ended.`));let i=o.value,a=i.members.filter(({host:e})=>n.some(t=>t.host===e)),s=function(e,t){let{name:n,minSize:r,maxSize:o,desired:i}=e,a=td.filter(t=>e.suspended.includes(t));if(a.length>0){let e=`${a.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>tm(t,`${e}. Resume it, then run again.`))}}let s=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,o-i),u=Math.max(0,i-r);return{onward:[...s.slice(0,d),...l.slice(0,u)],failed:[...s.slice(d).map(({host:e})=>tm(e,`it is in standby, so its successor needs one more than the desired capacity of ${i}, and Auto Scaling group ${n} allows ${o} at most. Raise MaxSize, then run again.`)),...l.slice(u).map(({host:e})=>tm(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${i} hosts and at least ${r}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!s.includes(e)&&!l.includes(e)).map(e=>tm(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(i,a),l=await tf(e,i,s.onward),d=0===l.onward.length?[]:await tn(e,i,l.onward,r);return[...s.failed,...l.failed,...d]}async function th(e,t,n,r){let o=await B(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:r,look:async()=>{let r=await e.scaling.group(t),o=r.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===o.length?{reached:!0,value:r}:{reached:!1,seen:`${o.map(({host:e})=>e).join(", ")} still on the way`}}});return o.reached?o.value:e.scaling.group(t)}async function tf(e,t,n){let{signal:r,scaling:o,log:i}=e,a=[],s=new Map;for(let l of n){if(r.aborted)break;let{host:n,zone:d,lifecycle:u}=l;i.info(`${n}: ending it for good (${u}); ${t.name} is to bring a successor in ${d}`);let c=await tl(o.terminate(n));c.done||await tp(e,n)?a.push(l):s.set(l,c.problem)}let l=a.filter(({lifecycle:e})=>"Standby"===e),d=await tl(t$(e,t,l.length));d.done||i.warning(`${t.name}: ${d.problem}`),r.throwIfAborted();let u=[...s].map(([{host:e},t])=>tm(e,`it could not be ended: ${t}`));return d.done?{onward:a,failed:u}:{onward:a.filter(e=>!l.includes(e)),failed:[...u,...l.map(({host:e})=>tg(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function tp({scaling:e},t){let n=await tl(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function t$({scaling:e,log:t},{name:n,desired:r},o){if(0===o)return;let i=r+o,a=(await e.group(n)).desired;a>=i||(t.info(`${n}: raising the desired capacity from ${a} to ${i} for ${o} ended in standby`),await e.setDesired(n,i))}function tm(e,t){return tg(e,`${e} was not ended now: ${t}`)}function tg(e,t){return{host:e,kind:"failed",problem:t}}async function tw(e,t){let{reports:n,successors:r,failures:o}=await tv(e,t,await e7(e,t,t.hosts)),i=o.map(({target:n,problem:r,touched:o,trace:i,successor:a})=>{o&&v(e,[a??n.host],"held",r.split("\n")[0]);let s=tt(t,n.host,{outcome:o?"held":"untouched",proof:r,trace:i});return void 0===a?s:{...s,successor:a}});return{reports:[...n,...i],successors:r}}async function tv(e,t,n){let r=n;for(let n of t.ladder){if(0===r.failures.length)break;for(let{target:t,problem:n}of r.failures)e.log.warning(`${t.host}: ${n}`);let{reports:o,successors:i,failures:a}=await function(e,t,n,r){switch(r.kind){case"retry":return tb(e,t,n,r.times);case"roll-back":return ty(e,t,n);case"replace":return tk(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,r.failures,n);r={reports:[...r.reports,...o],successors:[...r.successors,...i],failures:a}}return r}async function tb(e,t,n,r){let o=[],i=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),a=n;for(let n=1;n<=r&&a.length>0;n+=1){e.log.info(`${a.map(({target:e})=>e.host).join(", ")}: trying ${eG(t.wanted)} again, ${n} of ${r}`);let s=await e7(e,t,a.map(({target:e})=>e));o.push(...s.reports),a=s.failures.map(e=>(e.touched&&i.add(e.target.host),{...e,touched:i.has(e.target.host)}))}let s=` (after ${r+1} attempts)`;return{reports:o,successors:[],failures:a.map(e=>({...e,problem:e.problem+s}))}}async function ty(e,t,n){let r="previous"===t.wanted.kind?void 0:t.wanted.version,o=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==r?[{failure:e,version:n}]:[]});if(0===o.length)return{reports:[],successors:[],failures:n};let i=o.map(({failure:e})=>e.target);for(let{failure:t,version:n}of o)v(e,[t.target.host],"rolling-back",n);let a=await eF(e,t.settings,o.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:s,failures:l}=await te(e,t.settings,i,a),d=new Map(o.map(({failure:e})=>[e.target.host,e])),u=s.map(({host:e,sha256:n})=>{let{problem:r="",trace:o}=d.get(e)??{};return{...tt(t,e,{outcome:"rolled-back",proof:r,trace:o}),sha256:n}}),c=l.map(e=>{let t=d.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:u,successors:[],failures:[...n.filter(e=>!i.includes(e.target)),...c]}}async function tk(e,t,n){let{scaling:r}=e,o=n.filter(({touched:e})=>e);if(void 0===r||0===o.length)return{reports:[],successors:[],failures:n};v(e,o.map(({target:e})=>e.host),"replacing");let i=await tu({...e,scaling:r},{hosts:o.map(({target:e})=>e.host),timeout:45e5}),a=i.flatMap(e=>{let t=o.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),s=await e7(e,t,a.map(({host:e})=>e)),l=[],d=n.filter(({touched:e})=>!e);for(let e of o){let{host:n}=e.target,r=i.find(e=>e.host===n),o=a.find(({replaced:e})=>e===n)?.host.host??"",u=s.reports.find(e=>e.host===o);if(void 0!==u){let e=t.from.get(n)??"nothing";l.push({...u,host:n,from:e,outcome:"replaced",successor:o})}else if(r?.kind==="failed")d.push(t_(e,`replacing it failed: ${r.problem}`));else{let t=s.failures.find(({target:e})=>e.host===o)?.problem??"never tried",n=`its successor ${o} is in standby and failed too: ${t}`;d.push({...t_(e,n),successor:o})}}return{reports:l,successors:a,failures:d}}function t_(e,t){return{...e,problem:`${e.problem}
and ${t}`}}async function tS(e,t){let n=[],r=t.targets.flatMap(e=>t.checks.map(t=>({target:e,check:t})));for(let o=1;r.length>0;o+=1){let i=await tM(e,r,o),a=i.filter(({result:e})=>!e.passed&&o<t.attempts);for(let{result:t}of(n.push(...i.filter(e=>!a.includes(e)).map(({result:e})=>e)),a))e.log.info(`${tE(t)}; trying again`);(r=a.map(({tried:e})=>e)).length>0&&await e.clock.sleep(t.interval,e.signal)}return n}function tE({subject:e,check:t,url:n,passed:r,seen:o,expected:i,attempts:a}){let s=1===a?"":` after ${a} attempts`;return r?`smoke test ${t} at ${e} passed${s}: ${o}`:`smoke test ${t} at ${e} saw ${o}${s}, expected ${i} (${n})`}function tx(e){let{name:t,status:n,contains:r,within:o}=e,i=void 0===r?"":` with ${JSON.stringify(r)} in the body`;return{name:t,expected:`${n}${i} within ${(0,Z.a3)(o)}`,limit:o+1e3,urlAt:({base:t})=>t+e.path,judge:t=>(function(e,t){if("silent"===t.kind)return{passed:!1,seen:`no answer (${t.problem})`};let n=`${t.status} ${JSON.stringify(t.body.trim().slice(0,160))}`;if(t.status!==e.status||void 0!==e.contains&&!t.body.includes(e.contains))return{passed:!1,seen:n};let r=`${t.status} in ${(0,Z.a3)(t.milliseconds)}`;return{passed:t.milliseconds<=e.within,seen:r}})(e,t)}}async function tM(e,t,n){let r=await ej(e,t.map(({target:e,check:t})=>({host:e.host,urls:[t.urlAt(e)],patience:0,limit:t.limit})));return t.map((e,t)=>{let{target:o,check:i}=e,a=i.urlAt(o),s=r[t]?.[0]??{kind:"silent",url:a,problem:"it was never asked"},{host:l,subject:d}=o,{name:u,expected:c}=i;return{tried:e,result:{host:l,subject:d,check:u,url:a,attempts:n,expected:c,...i.judge(s)}}})}async function tO(e,t,n){let r=n.flatMap(({host:e,address:t,ports:n})=>n.map(n=>({host:e,subject:e,base:`http://${t}:${n}`})));await tj(e,t,r)}async function tz(e,t,n){let r=n.slice(0,1).flatMap(e=>eV(t).map(t=>({host:e,subject:`the balancer at ${t}`,base:t})));await tj(e,t,r)}async function tj(e,{fleet:t},n){let r=await tS(e,{targets:n,checks:t.smoke.map(tx),attempts:3,interval:1e3});for(let t of r)e.log.info(tE(t));let o=r.filter(({passed:e})=>!e);if(o.length>0)throw new h.yo(o.map(tE).join("\n"))}async function tT(e,t,n){let r=`upgrade of ${t.fleet.service} to ${t.release.version}`,o=await ey(e,eY(t,n.hosts,n.adopted,r)),i={work:t,records:o,reports:[],returned:!1};try{await tI(e,i),await tO(e,i.work,i.records.map(({host:e,targets:t})=>eQ(i.work,e,t))),i.returned=!0,await em(e,{records:i.records,policy:t.fleet.policy.restore});let n=i.records.map(({host:e})=>e);return await tz(e,i.work,n),{kind:"done",hosts:i.reports,work:i.work}}catch(t){return e0(e,i,t)}}async function tI(e,t){let{work:n,records:r}=t,{reports:o,successors:i}=await tw(e,{settings:n.settings,wanted:{kind:"release",...n.release},ladder:n.fleet.policy.onFailure,hosts:r.map(({host:e,targets:t})=>eQ(n,e,t)),from:new Map(r.flatMap(({host:e,from:t})=>void 0===t?[]:[[e,t]]))});for(let{replaced:a,host:s}of(t.reports=r.flatMap(({host:e})=>o.find(t=>t.host===e)??[]),t.work=function(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}(n,i),t.records=await e8(e,r,i),i))e.log.warning(`${a} was replaced by ${s.host}: write the new id into the fleet file before the next deployment.`);let a=t.reports.filter(e=>!(0,ex.K)(e));if(a.length>0)throw new h.yo(a.map(({host:e,proof:t})=>`${e}: ${t}`).join("\n"))}var tA=n(3384);async function tN(e,t){let n=await e.transport.facts(t),r=n.filter(({reachable:e})=>!e);if(0===r.length)return new Map(n.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));let o=r.map(({host:e,problem:t})=>`- ${e}: ${t}`);throw new h.yo(["Hosts cannot be reached; nothing was touched.",...o,"Start their agents, then run again."].join("\n"))}async function tR(e,t){let n=await tq(e,t);return tL(e,n)}async function tq(e,t){let{fleet:n,version:r}=t,o=(0,tA._)(n,t.zone),i=n.release.artifact.replaceAll("{version}",r),[a,s,l]=await Promise.all([e.artifacts.find(i,t.sha256),tN(e,o.hosts),p(e,o.pools.map(({targetGroup:e})=>e))]),d=n.zones.filter(({region:e})=>e===o.region),{transport:u,...c}=n.hosts,f={fleet:n,zone:o,settings:{service:n.service,zone:o.zone,...c},release:{version:r,artifact:a},views:l,addresses:s,zoneOf:new Map(n.zones.flatMap(e=>e.hosts.map(t=>[t,e.zone]))),floor:{minHealthy:n.policy.minHealthy,surviveZone:n.policy.surviveZone??d.length>=3},releases:new Map};if(n.smoke.length>0&&0===eV(f).length)throw new h.yo(`no plain HTTP listener forwards to the pools of ${o.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`);return void 0===n.hosts.identity&&e.log.warning("The fleet file has no hosts.identity: nothing proves which release a process runs."),f}async function tL(e,t){var n,r;let o,i,a=await A(e,t.zone.hosts,t.settings.directory),s=(n=a.map(e=>({status:e,registrations:$(t.views,e.host)})),r={service:t.fleet.service,version:t.release.version,sha256:t.release.artifact.sha256},(i=(o=n.map(e=>(function({status:e,registrations:t},n){let{host:r,record:o}=e,i=t.filter(({state:e})=>"draining"!==e),a=o?.targets??t;if(!(a.length>0&&a.every(e=>i.some(({pool:t,port:n})=>t===e.pool&&n===e.port)))){if(o?.service===n.service)return{kind:"continue",host:r,record:o};if(void 0!==o)return`${r} is out of service since ${o.since} for another reason (${o.reason}, ${o.run}). Return it with restore-target when that is done, then run the same step again.`;let e=0===t.length?"in none of its pools":"being drained by somebody else";return`${r} is ${e}, and no record on it says why. Put it back into service, or take it out of the fleet file, then run the same step again.`}let s=e.release,l=s?.version===n.version;return l&&s?.sha256!==n.sha256?`${r} runs release ${n.version} with sha256 ${s?.sha256||"unknown"}, and the archive has ${n.sha256}. One version must always be the same bytes: give the new build a new version.`:l?{kind:"prove",host:r,...void 0===o?{}:{record:o}}:{kind:"upgrade",host:r}})(e,r))).filter(e=>"string"==typeof e)).length>0?{kind:"impossible",problems:i}:{kind:"ready",steps:o.filter(e=>"string"!=typeof e)});if("impossible"===s.kind){let e=s.problems.map(e=>`- ${e}`);throw new h.yo([`${t.zone.zone} cannot be deployed; nothing was touched.`,...e].join("\n"))}for(let t of s.steps){if("continue"!==t.kind)continue;let{run:n,since:r,reason:o}=t.record;e.log.info(`${t.host}: out of service since ${r} (${o}, ${n}); continuing`)}let l=new Map(a.flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]]));return{work:{...t,releases:l},steps:s.steps}}async function tC(e,t){var n,r,o,i;let a=await tR(e,t),{work:s}=a,l=await tP(e,a),d=new Set(l.map(({host:e})=>e)),u=a.steps.filter(({host:e})=>!d.has(e));if(t.dryRun||await tU(e,a,d),0===u.length)return tW(e,s,l);let c=await tH(e,s,u,0);return t.dryRun?tF(s,"planned",[...l,...(n=e,r=s,o=u,i=c,n.log.info(`dry run: ${i.hosts.join(", ")} would leave service first; nothing was touched`),tK(r,o))]):tZ(e,s,l,u)}async function tP(e,{work:t,steps:n}){let r=n.filter(({kind:e})=>"prove"===e),{version:o,artifact:i}=t.release,a=(await eT(e,{...t.settings,startTimeout:0},r.map(({host:e})=>({host:eQ(t,e,$(t.views,e)),version:o,sha256:i.sha256})))).flatMap(t=>{let{host:n}=t;return"failed"===t.kind?(e.log.warning(`${n}: current is ${o}, and the process does not prove it: ${t.problem}`),[]):(e.log.info(`${n}: already on ${o} and in service, proven ${t.value}; skipped`),[{host:n,outcome:"unchanged",from:o,to:o,proof:t.value}])});return v(e,a.map(({host:e})=>e),"serving"),a}async function tU(e,{work:t,steps:n},r){let o=n.flatMap(e=>"prove"===e.kind&&void 0!==e.record&&r.has(e.host)?[e.record]:[]);await em(e,{records:o,policy:t.fleet.policy.restore})}async function tW(e,t,n){try{return await tz(e,t,t.zone.hosts),tF(t,"unchanged",n)}catch(r){let e=r instanceof Error?r:Error(String(r));return{...tF(t,"stopped",n),problem:e}}}async function tZ(e,t,n,r){let o=t,i=n,a=r;for(let t=0;a.length>0;t+=1){let n=await tB(e,o,a,t);"done"===n.kind&&(o=n.work);let r=new Set((i=[...i,...n.hosts]).map(({host:e})=>e));if(a=a.filter(({host:e})=>!r.has(e)),"failed"===n.kind){let t=await tD(e,o,a);return{...tF(o,"stopped",[...i,...t]),problem:n.problem}}}return tF(o,"deployed",i)}async function tB(e,t,n,r){try{let o=await tH(e,t,n,r),i=`${t.zone.zone}, batch ${r+1}: ${o.hosts.join(", ")} to ${t.release.version}`,a=await e.log.group(i,()=>tT(e,t,o));return await (0,ex.J)(e.log,a.hosts),a}catch(e){return{kind:"failed",hosts:[],problem:e instanceof Error?e:Error(String(e))}}}async function tH(e,t,n,i){let a=new Map(n.flatMap(e=>"continue"===e.kind?[[e.host,e.record]]:[]));if(a.size>0)return{hosts:[...a.keys()],adopted:a};let{batch:s}=t.fleet.policy,l=s[Math.min(i,s.length-1)]??{kind:"count",value:1},d=n.map(({host:e})=>e),u=await p(e,t.zone.pools.map(({targetGroup:e})=>e)),c=(0,r.Tu)(l,t.zone.hosts.length),f=function(e,t,n,r,i){for(let a=Math.min(n,t.length);a>1;a--){let n=t.slice(0,a),s=o(e,n,r,i);if("allowed"===s.kind)return{hosts:n,verdict:s}}let a=t.slice(0,Math.min(n,1)),s=o(e,a,r,i);return{hosts:"allowed"===s.kind?a:[],verdict:s}}(W(u,await U(e,u,d)),d,c,t.zoneOf,t.floor);if(f.hosts.length>0)return{hosts:f.hosts,adopted:a};throw new h.yo(eo(d.slice(0,1),f.verdict.reasons))}async function tD(e,t,n){let r=t.zone.pools.map(({targetGroup:e})=>e),o=await p(e,r).catch(()=>[]);return tK(t,n).map(e=>$(o,e.host).some(({state:e})=>"draining"!==e)?e:{...e,outcome:"held",proof:"the balancer does not show it in service"})}function tK(e,t){return t.map(({host:t})=>{let n=e.releases.get(t)??"nothing";return{host:t,outcome:"untouched",from:n,to:e.release.version,proof:""}})}function tF(e,t,n){let{version:r,artifact:o}=e.release;return{zone:e.zone.zone,version:r,sha256:o.sha256,state:t,hosts:n}}},6932:(e,t,n)=>{async function r(e,t){for(let{host:n,outcome:r,trace:o}of t){if(void 0===o||""===o.output)continue;let t=o.output;await e.group(`${n} (${r}): last lines of its hooks`,async()=>e.info(t))}}function o({outcome:e}){return"upgraded"===e||"unchanged"===e||"replaced"===e}n.d(t,{J:()=>r,K:()=>o})},6064:(e,t,n)=>{n.d(t,{J:()=>a,S:()=>s});var r=n(5195),o=n(6932),i=n(8455);function a(e){return e.map(({trace:e,...t})=>void 0===e?t:{...t,milliseconds:e.milliseconds,output:e.output.slice(-1e3)})}function s(e,t){let n=t.map(({host:e,outcome:t,successor:n,from:o,to:i,proof:a,trace:s})=>[e,void 0===n?t:`${t}, successor ${n}`,o,i,void 0===s?"":(0,r.a3)(s.milliseconds.total),a]),a=t.flatMap(e=>{let{host:t,trace:n}=e;return(0,o.K)(e)||void 0===n||""===n.output?[]:[(0,i.TM)(`What the hooks of ${t} printed`,(0,i.om)(n.output))]});return[`### ${e}`,(0,i.tp)(["host","outcome","from","to","installer","what it rests on"],n),...a].join("\n\n")}},8455:(e,t,n)=>{function r(e,t){let n=e=>`| ${e.map(a).join(" | ")} |`;return[n(e),`| ${e.map(()=>"---").join(" | ")} |`,...t.map(n)].join("\n")}function o(e,t){return`<details><summary>${s(e)}</summary>

${t}

</details>`}function i(e){let t=Math.max(2,...[...e.matchAll(/`+/g)].map(([e])=>e.length)),n="`".repeat(t+1);return`${n}text
${e}
${n}`}function a(e){return s(e.split(/[\r\n]/)[0]??"").replaceAll("|","&#124;")}function s(e){return e.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}n.d(t,{TM:()=>o,om:()=>i,tp:()=>r})},2153:(e,t,n)=>{n.d(t,{p:()=>a});var r=n(6064),o=n(8455);let i={deployed:"deployed: every host proven and in service",unchanged:"unchanged: every host was already proven and in service",planned:"dry run: nothing was touched",stopped:"stopped"};function a(e,t){let n=`${e} ${t.version} in ${t.zone}: ${i[t.state]}`,a=void 0===t.problem?[]:[(0,o.om)(t.problem.message)],s=(0,o.TM)("Release",(0,o.om)(`version ${t.version}
sha256  ${t.sha256}`));return[(0,r.S)(n,t.hosts),...a,s].join("\n\n")}},6220:(e,t,n)=>{n.d(t,{Wk:()=>o,cc:()=>i,yo:()=>r});class r extends Error{name="UserError"}class o extends Error{name="PlatformError"}class i extends Error{name="CancelledError"}},2942:(e,t,n)=>{n.d(t,{IQ:()=>a,Ko:()=>s,S_:()=>l,lq:()=>i,mw:()=>o});var r=n(6220);function o(e){return{kind:e,whenAbsent:{refuse:!0}}}function i(e){return{kind:e,whenAbsent:{refuse:!1,value:void 0}}}function a(e,t){return{kind:e,whenAbsent:{refuse:!1,value:t}}}function s(e,t,n=()=>[]){let o=Object.entries(t).map(([t,n])=>(function(e,t,n){var r;let o,{kind:i,whenAbsent:a}=n,s=(e[l(t)]??"").trim();if(""===s)return a.refuse?{name:t,problem:`\`${t}\` is missing; expected ${i.expected}. ${d(t,i)}`}:{name:t,value:a.value};let u=i.parse(s);if("value"in u)return{name:t,value:u.value};let c=void 0===u.because?"":` (${u.because})`,h=u.secret?"(not shown)":(o=JSON.stringify(r=s)).length<=120?o:`${o.slice(0,120)}…" (${r.length} characters)`;return{name:t,problem:`\`${t}\` is ${h}${c}; expected ${i.expected}. ${d(t,i)}`}})(e,t,n)),i=o.filter(e=>"problem"in e),a=Object.fromEntries(o.flatMap(e=>"value"in e?[[e.name,e.value]]:[])),u=new Set(i.map(({name:e})=>e)),c=n(a).filter(({inputs:e})=>!e.some(e=>u.has(e))).map(({problem:e})=>e),h=[...i.map(({problem:e})=>e),...c];if(h.length>0){var f;let e,t;throw new r.yo((e=1===(f=h).length?"One problem":`${f.length} problems`,t=f.map(e=>`- ${e}`).join("\n"),`${e} with the inputs of this action; nothing was touched.
${t}`))}return Object.freeze(a)}function l(e){return`INPUT_${e.replaceAll(" ","_").toUpperCase()}`}function d(e,t){return`Write, for example, \`${e}: ${t.example}\` under \`with:\`.`}},3120:(e,t,n)=>{n.d(t,{Qq:()=>o,rE:()=>a,sc:()=>s,zM:()=>i}),n(5195),n(2418);let r={wrong:!0};function o(e,t){return{expected:e,example:t,parse:e=>({value:e})}}function i(){return{expected:"`true` or `false`",example:"true",parse:e=>"true"===e||"false"===e?{value:"true"===e}:r}}function a(){var e;return{expected:"a version of 1 to 64 letters, digits and `. _ + -` that begins with a letter or digit",example:"1.4.2",parse:(e=/^[0-9A-Za-z][0-9A-Za-z._+-]{0,63}$/,t=>e.test(t)?{value:t}:r)}}function s(){return{expected:"a SHA-256 digest of 64 hexadecimal digits",example:"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",parse:e=>/^[0-9A-Fa-f]{64}$/.test(e)?{value:e.toLowerCase()}:{wrong:!0,because:`it has ${e.length} characters`}}}},7761:(e,t,n)=>{n.d(t,{C:()=>I});let r=require("os");function o(e){return null==e?"":"string"==typeof e||e instanceof String?e:JSON.stringify(e)}function i(e){return Object.keys(e).length?{title:e.title,file:e.file,line:e.startLine,endLine:e.endLine,col:e.startColumn,endColumn:e.endColumn}:{}}function a(e,t,n){let o=new l(e,t,n);process.stdout.write(o.toString()+r.EOL)}function s(e,t=""){a(e,{},t)}class l{constructor(e,t,n){e||(e="missing.command"),this.command=e,this.properties=t,this.message=n}toString(){let e="::"+this.command;if(this.properties&&Object.keys(this.properties).length>0){e+=" ";let t=!0;for(let n in this.properties)if(this.properties.hasOwnProperty(n)){let r=this.properties[n];r&&(t?t=!1:e+=",",e+=`${n}=${o(r).replace(/%/g,"%25").replace(/\r/g,"%0D").replace(/\n/g,"%0A").replace(/:/g,"%3A").replace(/,/g,"%2C")}`)}}return e+`::${o(this.message).replace(/%/g,"%25").replace(/\r/g,"%0D").replace(/\n/g,"%0A")}`}}let d=require("crypto"),u=require("fs");require("path");var c,h,f=function(e,t,n,r){return new(n||(n=Promise))(function(o,i){function a(e){try{l(r.next(e))}catch(e){i(e)}}function s(e){try{l(r.throw(e))}catch(e){i(e)}}function l(e){var t;e.done?o(e.value):((t=e.value)instanceof n?t:new n(function(e){e(t)})).then(a,s)}l((r=r.apply(e,t||[])).next())})};let{access:p,appendFile:$,writeFile:m}=u.promises,g="GITHUB_STEP_SUMMARY",w=new class{constructor(){this._buffer=""}filePath(){return f(this,void 0,void 0,function*(){if(this._filePath)return this._filePath;let e=process.env[g];if(!e)throw Error(`Unable to find environment variable for $${g}. Check if your runtime environment supports job summaries.`);try{yield p(e,u.constants.R_OK|u.constants.W_OK)}catch(t){throw Error(`Unable to access summary file: '${e}'. Check if the file has correct read/write permissions.`)}return this._filePath=e,this._filePath})}wrap(e,t,n={}){let r=Object.entries(n).map(([e,t])=>` ${e}="${t}"`).join("");return t?`<${e}${r}>${t}</${e}>`:`<${e}${r}>`}write(e){return f(this,void 0,void 0,function*(){let t=!!(null==e?void 0:e.overwrite),n=yield this.filePath();return yield(t?m:$)(n,this._buffer,{encoding:"utf8"}),this.emptyBuffer()})}clear(){return f(this,void 0,void 0,function*(){return this.emptyBuffer().write({overwrite:!0})})}stringify(){return this._buffer}isEmptyBuffer(){return 0===this._buffer.length}emptyBuffer(){return this._buffer="",this}addRaw(e,t=!1){return this._buffer+=e,t?this.addEOL():this}addEOL(){return this.addRaw(r.EOL)}addCodeBlock(e,t){let n=Object.assign({},t&&{lang:t}),r=this.wrap("pre",this.wrap("code",e),n);return this.addRaw(r).addEOL()}addList(e,t=!1){let n=e.map(e=>this.wrap("li",e)).join(""),r=this.wrap(t?"ol":"ul",n);return this.addRaw(r).addEOL()}addTable(e){let t=e.map(e=>{let t=e.map(e=>{if("string"==typeof e)return this.wrap("td",e);let{header:t,data:n,colspan:r,rowspan:o}=e,i=Object.assign(Object.assign({},r&&{colspan:r}),o&&{rowspan:o});return this.wrap(t?"th":"td",n,i)}).join("");return this.wrap("tr",t)}).join(""),n=this.wrap("table",t);return this.addRaw(n).addEOL()}addDetails(e,t){let n=this.wrap("details",this.wrap("summary",e)+t);return this.addRaw(n).addEOL()}addImage(e,t,n){let{width:r,height:o}=n||{},i=Object.assign(Object.assign({},r&&{width:r}),o&&{height:o}),a=this.wrap("img",null,Object.assign({src:e,alt:t},i));return this.addRaw(a).addEOL()}addHeading(e,t){let n=`h${t}`,r=["h1","h2","h3","h4","h5","h6"].includes(n)?n:"h1",o=this.wrap(r,e);return this.addRaw(o).addEOL()}addSeparator(){let e=this.wrap("hr",null);return this.addRaw(e).addEOL()}addBreak(){let e=this.wrap("br",null);return this.addRaw(e).addEOL()}addQuote(e,t){let n=Object.assign({},t&&{cite:t}),r=this.wrap("blockquote",e,n);return this.addRaw(r).addEOL()}addLink(e,t){let n=this.wrap("a",e,{href:t});return this.addRaw(n).addEOL()}};function v(e){process.stdout.write(e+r.EOL)}r.platform(),r.arch(),(c=h||(h={}))[c.Success=0]="Success",c[c.Failure=1]="Failure";var b=n(5195),y=n(8500),k=n(6220);let _={now:()=>Date.now(),jitter:()=>Math.random(),async sleep(e,t){try{await (0,y.setTimeout)(e,void 0,{signal:t})}catch(e){if(t.reason instanceof k.cc)throw t.reason;throw new k.cc("Cancelled while waiting.",{cause:e})}}};var S=n(2942);let E="\n\n_Cut here: a job summary holds 1 MiB. The whole is in the log and the outputs of the step._\n",x=["ACTIONS_ID_TOKEN_REQUEST_TOKEN","ACTIONS_RUNTIME_TOKEN","AWS_SECRET_ACCESS_KEY","AWS_SESSION_TOKEN","GH_TOKEN","GITHUB_TOKEN"];async function M(e,t){var n;let r,o=O(e,t);z(t.GITHUB_STEP_SUMMARY)?await w.addRaw((n=o,(r=Buffer.from(n)).length<1048576?n:r.subarray(0,1048576-Buffer.byteLength(E)-8).toString()+E),!0).write():v(o)}function O(e,t){return x.map(e=>t[e]).filter(z).reduce((e,t)=>e.replaceAll(t,"***"),e)}function z(e){return void 0!==e&&""!==e}function j(e){return e.replaceAll(/^(\s*):(?=:)/gm,"$1: ").replaceAll("##[","## [")}var T=n(3024);async function I(e,t=5e3){let n=process.env,l=new AbortController,c={info:e=>v(j(O(e,n))),warning:e=>(function(e,t={}){a("warning",i(t),e instanceof Error?e.toString():e)})(O(e,n)),group:(e,t)=>(function(e,t){var n,r,o,i;return n=this,r=void 0,o=void 0,i=function*(){let n;s("group",e);try{n=yield t()}finally{s("endgroup")}return n},new(o||(o=Promise))(function(e,t){function a(e){try{l(i.next(e))}catch(e){t(e)}}function s(e){try{l(i.throw(e))}catch(e){t(e)}}function l(t){var n;t.done?e(t.value):((n=t.value)instanceof o?n:new o(function(e){e(n)})).then(a,s)}l((i=i.apply(n,r||[])).next())})})(j(O(e,n)),t)},h=new Map,f=function(e,t){if(void 0===e)return()=>void 0;let n=!0;return r=>{if(n)try{(0,T.appendFileSync)(e,`${JSON.stringify(r)}
`)}catch(o){n=!1;let r=o instanceof Error?o.message:String(o);t.warning(`The timeline is not kept: ${e} cannot be written (${r}). Check the input \`timeline\`.`)}}}(n[(0,S.S_)("timeline")]||void 0,c),p={env:n,log:c,signal:l.signal,clock:_,timeline(e){h.set(e.host,e),f(e)},run:function(e){let{GITHUB_SERVER_URL:t,GITHUB_REPOSITORY:n,GITHUB_RUN_ID:r}=e;if(!z(t)||!z(n)||!z(r))return"local";let o=e.GITHUB_RUN_ATTEMPT;return`${t}/${n}/actions/runs/${r}${z(o)?`/attempts/${o}`:""}`}(n),setOutput:(e,t)=>{z(n.GITHUB_OUTPUT)?function(e,t){if(process.env.GITHUB_OUTPUT){var n="OUTPUT",i=function(e,t){let n=`ghadelimiter_${d.randomUUID()}`,i=o(t);if(e.includes(n))throw Error(`Unexpected input: name should not contain the delimiter "${n}"`);if(i.includes(n))throw Error(`Unexpected input: value should not contain the delimiter "${n}"`);return`${e}<<${n}${r.EOL}${i}${r.EOL}${n}`}(e,t);let a=process.env[`GITHUB_${n}`];if(!a)throw Error(`Unable to find environment variable for file command ${n}`);if(!u.existsSync(a))throw Error(`Missing file at path: ${a}`);u.appendFileSync(a,`${o(i)}${r.EOL}`,{encoding:"utf8"});return}process.stdout.write(r.EOL),a("set-output",{name:e},o(t))}(e,t):v(O(`output ${e}: ${"string"==typeof t?t:JSON.stringify(t)}`,n))},mask(e){"true"===n.GITHUB_ACTIONS&&a("add-mask",{},e)},summary:e=>M(e,n)};try{var $,m;await Promise.race([($=t,m=l,new Promise((e,t)=>{let n=e=>{if(m.signal.aborted)return;m.abort(new k.cc(`Cancelled by ${e}.`));let n=`Cancelled by ${e}, and the work did not end within ${(0,b.a3)($)}.`;setTimeout(()=>t(new k.cc(n)),$)};process.on("SIGINT",n),process.on("SIGTERM",n)})),new Promise((e,t)=>{process.on("uncaughtException",t),process.on("unhandledRejection",t)}),e(p)])}catch(e){return function(e,t,n){if(!function(e,t={}){a("error",i(t),e instanceof Error?e.toString():e)}(O(function(e,t){if(e instanceof k.cc){let n;return`${e.message}
${[...0===(n=[...t.values()].map(({at:e,host:t,phase:n,note:r})=>`- ${t}: ${n} since ${e}${void 0===r?"":` (${r})`}`)).length?[]:["Last known of each host:",...n],"Run the same step again: it continues from what it observes."].join("\n")}`}return e instanceof k.yo||e instanceof k.Wk?e.message:`Unexpected: ${e instanceof Error?e.message:String(e)}
This is a defect of the action: please report it with the log of a run with debug logging on.`}(e,t),n)),"1"===process.env.RUNNER_DEBUG)for(let t=e,r=0;void 0!==t&&r<10;r+=1){let e=t instanceof Error?t.stack??t.message:String(t);a("debug",{},O(`${0===r?"":"caused by "}${e}`,n)),t=t instanceof Error?t.cause:void 0}}(e,h,n),A(1)}return A(0)}function A(e){return new Promise(()=>{process.stdout.write("",()=>process.stderr.write("",()=>process.exit(e)))})}},2818:(e,t)=>{t.Io=t.kp=void 0;var n=new Uint32Array(65536),r=function(e,t){for(var r=e.length,o=t.length,i=1<<r-1,a=-1,s=0,l=r,d=r;d--;)n[e.charCodeAt(d)]|=1<<d;for(d=0;d<o;d++){var u=n[t.charCodeAt(d)],c=u|s;u|=(u&a)+a^a,s|=~(u|a),a&=u,s&i&&l++,a&i&&l--,a=a<<1|~(c|(s=s<<1|1)),s&=c}for(d=r;d--;)n[e.charCodeAt(d)]=0;return l},o=function(e,t){for(var r=t.length,o=e.length,i=[],a=[],s=Math.ceil(r/32),l=Math.ceil(o/32),d=0;d<s;d++)a[d]=-1,i[d]=0;for(var u=0;u<l-1;u++){for(var c=0,h=-1,f=32*u,p=Math.min(32,o)+f,$=f;$<p;$++)n[e.charCodeAt($)]|=1<<$;for(var d=0;d<r;d++){var m=n[t.charCodeAt(d)],g=a[d/32|0]>>>d&1,w=i[d/32|0]>>>d&1,v=m|c,b=((m|w)&h)+h^h|m|w,y=c|~(b|h),k=h&b;y>>>31^g&&(a[d/32|0]^=1<<d),k>>>31^w&&(i[d/32|0]^=1<<d),y=y<<1|g,h=(k=k<<1|w)|~(v|y),c=y&v}for(var $=f;$<p;$++)n[e.charCodeAt($)]=0}for(var _=0,S=-1,E=32*u,x=Math.min(32,o-E)+E,$=E;$<x;$++)n[e.charCodeAt($)]|=1<<$;for(var M=o,d=0;d<r;d++){var m=n[t.charCodeAt(d)],g=a[d/32|0]>>>d&1,w=i[d/32|0]>>>d&1,v=m|_,b=((m|w)&S)+S^S|m|w,y=_|~(b|S),k=S&b;M+=y>>>o-1&1,M-=k>>>o-1&1,y>>>31^g&&(a[d/32|0]^=1<<d),k>>>31^w&&(i[d/32|0]^=1<<d),y=y<<1|g,S=(k=k<<1|w)|~(v|y),_=y&v}for(var $=E;$<x;$++)n[e.charCodeAt($)]=0;return M},i=function(e,t){if(e.length<t.length){var n=t;t=e,e=n}return 0===t.length?e.length:e.length<=32?r(e,t):o(e,t)};t.Io=i,t.kp=function(e,t){for(var n=1/0,r=0,o=0;o<t.length;o++){var a=i(e,t[o]);a<n&&(n=a,r=o)}return t[r]}},181:e=>{e.exports=require("buffer")},6698:e=>{e.exports=require("node:async_hooks")},1421:e=>{e.exports=require("node:child_process")},7598:e=>{e.exports=require("node:crypto")},3024:e=>{e.exports=require("node:fs")},1455:e=>{e.exports=require("node:fs/promises")},7067:e=>{e.exports=require("node:http")},4708:e=>{e.exports=require("node:https")},8161:e=>{e.exports=require("node:os")},6760:e=>{e.exports=require("node:path")},1708:e=>{e.exports=require("node:process")},7075:e=>{e.exports=require("node:stream")},8500:e=>{e.exports=require("node:timers/promises")},7975:e=>{e.exports=require("node:util")},8522:e=>{e.exports=require("node:zlib")},932:e=>{e.exports=require("process")}},l={};function d(e){var t=l[e];if(void 0!==t)return t.exports;var n=l[e]={exports:{}},r=!0;try{s[e](n,n.exports,d),r=!1}finally{r&&delete l[e]}return n.exports}d.m=s,d.ab=__dirname+"/",e="function"==typeof Symbol?Symbol("webpack queues"):"__webpack_queues__",t="function"==typeof Symbol?Symbol("webpack exports"):"__webpack_exports__",n="function"==typeof Symbol?Symbol("webpack error"):"__webpack_error__",r=e=>{e&&e.d<1&&(e.d=1,e.forEach(e=>e.r--),e.forEach(e=>e.r--?e.r++:e()))},d.a=(o,i,a)=>{a&&((s=[]).d=-1);var s,l,d,u,c=new Set,h=o.exports,f=new Promise((e,t)=>{u=t,d=e});f[t]=h,f[e]=e=>(s&&e(s),c.forEach(e),f.catch(e=>{})),o.exports=f,i(o=>{l=o.map(o=>{if(null!==o&&"object"==typeof o){if(o[e])return o;if(o.then){var i=[];i.d=0,o.then(e=>{a[t]=e,r(i)},e=>{a[n]=e,r(i)});var a={};return a[e]=e=>e(i),a}}var s={};return s[e]=e=>{},s[t]=o,s});var i,a=()=>l.map(e=>{if(e[n])throw e[n];return e[t]}),d=new Promise(t=>{(i=()=>t(a)).r=0;var n=e=>e!==s&&!c.has(e)&&(c.add(e),e&&!e.d&&(i.r++,e.push(i)));l.map(t=>t[e](n))});return i.r?d:a()},e=>(e?u(f[n]=e):d(h),r(s))),s&&s.d<0&&(s.d=0)},d.n=e=>{var t=e&&e.__esModule?()=>e.default:()=>e;return d.d(t,{a:t}),t},i=Object.getPrototypeOf?e=>Object.getPrototypeOf(e):e=>e.__proto__,d.t=function(e,t){if(1&t&&(e=this(e)),8&t||"object"==typeof e&&e&&(4&t&&e.__esModule||16&t&&"function"==typeof e.then))return e;var n=Object.create(null);d.r(n);var r={};o=o||[null,i({}),i([]),i(i)];for(var a=2&t&&e;"object"==typeof a&&!~o.indexOf(a);a=i(a))Object.getOwnPropertyNames(a).forEach(t=>r[t]=()=>e[t]);return r.default=()=>e,d.d(n,r),n},d.d=(e,t)=>{for(var n in t)d.o(t,n)&&!d.o(e,n)&&Object.defineProperty(e,n,{enumerable:!0,get:t[n]})},d.f={},d.e=e=>Promise.all(Object.keys(d.f).reduce((t,n)=>(d.f[n](e,t),t),[])),d.u=e=>""+e+".index.js",d.o=(e,t)=>Object.prototype.hasOwnProperty.call(e,t),d.r=e=>{"u">typeof Symbol&&Symbol.toStringTag&&Object.defineProperty(e,Symbol.toStringTag,{value:"Module"}),Object.defineProperty(e,"__esModule",{value:!0})},a={792:1},d.f.require=(e,t)=>{a[e]||(e=>{var t=e.modules,n=e.ids,r=e.runtime;for(var o in t)d.o(t,o)&&(d.m[o]=t[o]);r&&r(d);for(var i=0;i<n.length;i++)a[n[i]]=1})(require("./"+d.u(e)))};var u=d(4923);module.exports=u})();