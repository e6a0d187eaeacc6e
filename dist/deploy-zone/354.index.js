"use strict";exports.id=354,exports.ids=[354,384],exports.modules={5216:(e,t,n)=>{n.d(t,{D:()=>r});function r(e){return e.replace(/^\[(.*)\]$/,"$1")}},8290:(e,t,n)=>{n.d(t,{Ew:()=>a,H7:()=>i,Wb:()=>l,ij:()=>s});var r=n(7030);let i={A:"an IPv4 address such as 192.0.2.1",AAAA:"an IPv6 address such as 2001:db8::1",CNAME:"a name such as web.example.com",MX:"a preference and a name, such as 10 mail.example.com",NS:"a name such as ns1.example.com",SRV:"priority, weight, port and name, such as 10 5 8080 web.example.com",TXT:"the text itself, without quotes, in one piece"},o={MX:1,SRV:3};function s(e,t){switch(e){case"A":return(0,r.isIPv4)(t)?t:void 0;case"AAAA":return(0,r.isIPv6)(t)&&!t.includes("%")?new URL(`http://[${t}]`).hostname.slice(1,-1):void 0;case"TXT":return t;default:return function(e,t){let n=a(e[t]??""),r=e.slice(0,t);if(void 0!==n&&e.length===t+1&&r.every(e=>/^\d{1,5}$/.test(e)&&65535>=Number(e)))return[...r.map(Number),n].join(" ")}(t.trim().split(/\s+/),o[e]??0)}}function a(e){let t=e.toLowerCase().replace(/(?<=.)\.$/,"");return"."===t||t.length<=253&&t.split(".").every(e=>/^[a-z0-9_*-]{1,63}$/.test(e))?t:void 0}function l(e){let t=/^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<four>[0-9.]+))(?::(?<port>[1-9]\d{0,4}))?$/.exec(e),{six:n,four:i,port:o="53"}=t?.groups??{},s=n??i??"";if(!((0,r.isIP)(s)!==(void 0===n?4:6)||Number(o)>65535))return{address:s,port:Number(o)}}},6450:(e,t,n)=>{n.d(t,{EZ:()=>s,fy:()=>a,t0:()=>i,v9:()=>o});var r=n(9499);let i=8192;function o({kind:e,text:t},n){switch(e){case"equals":return n===t;case"contains":return n.includes(t);case"matches":return RegExp(t,"u").test(n)}}function s(e,t){let n=function(e){try{return{value:JSON.parse(e)}}catch{return}}(e);return void 0===n?{kind:"no JSON"}:{kind:"values",values:(0,r.P)(t,n.value).values()}}function a(e,t){return"values"===e.kind&&1===e.values.length&&e.values[0]===t}},8278:(e,t,n)=>{n.d(t,{o:()=>i,t:()=>r});let r={method:"GET",headers:{},redirects:"refuse",tls:"verify"};function i(e){switch(e.kind){case"http":case"repeated":return`${e.manner?.method??"GET"} ${e.url}`;case"tcp":return`connection to ${e.address}:${e.port}`;case"tls":return`TLS to ${e.address}:${e.port} for ${e.name}`;case"dns":return`${e.type} of ${e.record}${void 0===e.server?"":` at ${e.server}`}`;case"command":return`${e.program} in ${e.directory}/current`}}},3039:(e,t,n)=>{function r(e){let t=/^(?<value>\d{1,6})(?<percent>%?)$/.exec(e.trim());if(t?.groups===void 0)return;let n=Number(t.groups.value);return""===t.groups.percent?{kind:"count",value:n}:n<=100?{kind:"percent",value:n}:void 0}function i(e){return"percent"===e.kind?`${e.value}%`:`${e.value}`}function o(e,t){return"count"===e.kind?e.value:Math.ceil(e.value*t/100)}function s(e,t){return Math.max(1,"count"===e.kind?e.value:Math.floor(e.value*t/100))}n.d(t,{C_:()=>r,Tu:()=>s,ej:()=>i,jZ:()=>o})},7879:(e,t,n)=>{n.d(t,{G9:()=>a,MW:()=>i,NM:()=>l,P3:()=>o,_k:()=>s});let r=["retry","roll-back","replace","hold"],i=/^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/,o="one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once";function s(e){let t=e.flatMap(e=>{let[t,n]=e.split(" ");return i.test(e)?"retry"===t?[{kind:t,times:Number(n)}]:"roll-back"===t||"replace"===t||"hold"===t?[{kind:t}]:[]:[]}),n=t.map(({kind:e})=>r.indexOf(e)),o=n.every((e,t)=>0===t||e>(n[t-1]??0));return t.length>0&&t.length===e.length&&o?t:void 0}function a(e){return e.map(e=>"retry"===e.kind?`retry ${e.times}`:e.kind)}function l(e,t){return e.some(e=>e.kind===t)}},9321:(e,t,n)=>{n.d(t,{Qk:()=>r,lz:()=>i,rR:()=>s});let r=/^(?:[Hh]eader:[A-Za-z0-9._-]{1,100}|(?![Hh]eader:)(?=.*\S)[^\u0000-\u001f\u007f]+)$/,i="the name of a field of the JSON answer, or header: and the name of a response header",o="header:";function s(e){let t=e.toLowerCase();return t.startsWith(o)?t.slice(o.length):void 0}},3384:(e,t,n)=>{n.r(t),n.d(t,{findZone:()=>o});var r=n(6220),i=n(2913);function o(e,t){let n=e.zones.find(({zone:e})=>e===t);if(void 0!==n)return n;let o=e.zones.map(({zone:e})=>e),s=(0,i.p)(t,o),a=void 0===s?"":` Did you mean ${s}?`;throw new r.yo(`zone ${t} is not in the fleet file, which has ${o.join(", ")}.${a}`)}},523:(e,t,n)=>{async function r(e,t){for(let{host:n,outcome:r,trace:i}of t){if(void 0===i||""===i.output)continue;let t=i.output;await e.group(`${n} (${r}): last lines of its hooks`,async()=>e.info(t))}}function i({outcome:e}){return"upgraded"===e||"unchanged"===e||"replaced"===e}n.d(t,{J:()=>r,K:()=>i})},5354:(e,t,n)=>{n.r(t),n.d(t,{deployZone:()=>nR});var r=n(3039);function i(e,t,n,r){let i=new Set(t),s=o(e,t).flatMap(e=>(function(e,t,n,r){var i,o;let s,d,{settings:h,targets:f}=e,$=r.surviveZone||!h.crossZone,p={label:`pool ${h.name}`,settings:h,targets:f,leaving:t,serves:({id:e,state:t,shifted:r})=>"healthy"===t&&!r&&(!$||n.has(e))};return[...function(e,t,n){let{label:r,settings:i,targets:o,leaving:s}=e,a={holds:!1,reason:`${r}: has no health checks, so nobody knows how many of its ${o.length} targets are healthy`},l=new Set(o.map(({id:e})=>e).filter(e=>!t.has(e))),d=[...l].filter(e=>s.has(e)),c=[...l].filter(e=>!s.has(e));return[...i.healthChecked?[]:[a],...n&&d.length>0?[{holds:!1,reason:`${r}: ${d.join(", ")} would leave and the zone is not known`}]:[],...n&&c.length>0?[{holds:!0,reason:`${r}: ${c.join(", ")} not counted, the zone is not known`}]:[]]}(p,n,$),a(p,r),...h.crossZone?[]:(i=p,o=n,d=(s=Map.groupBy(i.targets,({id:e})=>o.get(e))).get(void 0)??[],[...s].flatMap(([e,t])=>{let n=[...t,...d],r=n.filter(({id:e})=>i.leaving.has(e)).length;return void 0===e||0===r||r===n.length?[]:[{...i,label:`${i.label} in zone ${e}, cross-zone off`,targets:n}]})).map(e=>a(e,r)),...r.surviveZone?[function(e,t,n){let r=l(e,n),i=new Set([...e.leaving].flatMap(e=>{let n=t.get(e);return void 0===n?[]:[n]})),o=c(e),[s]=[...Map.groupBy(o,({id:e})=>t.get(e))].flatMap(([e,{length:t}])=>void 0===e||i.has(e)?[]:[{zone:e,count:t}]).toSorted((e,t)=>t.count-e.count||e.zone.localeCompare(t.zone));if(void 0===s)return{holds:o.length>=r.required,reason:`${e.label}: no other zone serves, none can be lost`};let a=o.length-s.count;return{holds:a>=r.required,reason:`${u(e)}, ${a} if zone ${s.zone} were lost too, floor is ${r.required} (${r.because})`}}(p,n,r)]:[]]})(e,i,n,r)),d=s.filter(e=>!e.holds);return d.length>0?{kind:"refused",reasons:d.map(({reason:e})=>e)}:{kind:"allowed",reasons:s.map(({reason:e})=>e)}}function o(e,t){return t.some(t=>!e.some(e=>s(e,t)))?e:e.filter(e=>t.some(t=>s(e,t)))}function s(e,t){return e.targets.some(e=>e.id===t)}function a(e,t){var n,r;let i,{label:o,settings:s,targets:a}=e,h=a.filter(e.serves).length,f=d(s.failOpen,a.length);if(h<f)return{holds:!1,reason:`${o}: ${h} healthy of ${a.length}, it is failing open now (threshold ${f}), sick targets get requests too`};let $=l(e,t),p=c(e).length,m=`${u(e)}, floor is ${$.required} (${$.because})${(n=e,r=$.required,(i=n.targets.length)-1>=r?"":`; this floor can never hold while a host is out: it needs ${r} of ${i} targets, add hosts or lower it`)}`;return{holds:p>=$.required,reason:m}}function l(e,t){let{settings:n,targets:i}=e,o=i.length,s=d(n.failOpen,o),a=d(n.dnsFailover,o),{minHealthy:l}=t;return[{required:(0,r.jZ)(l,o),because:`min-healthy ${(0,r.ej)(l)}${"percent"===l.kind?` of ${o}`:""}`},{required:s+1,because:`fail-open threshold ${s}, and one more`},{required:a+1,because:`DNS-failover threshold ${a}, and one more`}].reduce((e,t)=>t.required>e.required?t:e)}function d(e,t){let n=void 0===e.percent?0:Math.ceil(e.percent*t/100);return Math.max(e.count??0,n)}function c(e){return e.targets.filter(t=>e.serves(t)&&!0!==t.ramping&&!e.leaving.has(t.id))}function u(e){let{label:t,targets:n}=e,r=n.filter(e.serves),i=r.filter(e=>!0===e.ramping).length,o=n.filter(({id:t})=>e.leaving.has(t)),s=o.filter(t=>!e.serves(t)).length,a=0===i?"":` (${i} of them in slow start, not counted)`,l=0===s?"":` (${s} of them not healthy)`;return`${t}: ${r.length} healthy of ${n.length}${a}, ${o.length} would leave${l}, ${c(e).length} remain`}var h=n(6220),f=n(2913);async function $(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,r]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:r}}))}function p(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:r})=>({pool:e.pool,id:t,port:n,state:r})))}function m(e){return[...new Set(e.map(({port:e})=>e))]}function g(e){let t=new Map;for(let{pool:n,id:r,port:i}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:r,port:i}]);return t}function w(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function v(e,t,n,r){let i=new Date(e.clock.now()).toISOString();for(let o of t)e.timeline({at:i,host:o,phase:n,...void 0===r?{}:{note:r}})}function k(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(x(e))return e}catch{}throw new h.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function b(e,t){let n=e[t];return"string"==typeof n?n:""}function y(e,t){return Buffer.from(b(e,t),"base64").toString("utf8")}function S(e,t){let n=e[t];return"number"==typeof n?n:0}function _(e,t){let n=e[t];return Array.isArray(n)?n.filter(x):[]}function x(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}function M(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}let z=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,E=`
root=$ZONEWISE_HOST_ROOT
`,N=`${E}
record=$root/var/lib/zonewise/out-of-service.json
`,j=`${z}${N}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,I=`${z}${N}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`,O=`${z}${N}${M`
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
`}`;async function A(e,t,n){let r=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),i=n.filter(({host:e})=>!r.has(e)),o=0===i.length?[]:await e.transport.run(i,e.signal),s=new Map(i.map((e,t)=>[e,o[t]]));return n.map(e=>s.get(e)??{host:e.host,outcome:"lost",reason:r.get(e.host)??"it cannot be reached"})}async function T(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:O,arguments:[n],timeout:3e4})),e.signal)).map(e=>{let t=k(e.host,W(e,"tell its release")),n=b(t,"version"),r=y(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:b(t,"sha256")}},...""===r?{}:{record:q(r,e.host)}}})}async function L(e,t,n){let r=await e.transport.facts(t.map(({host:e})=>e));for(let i of(await A(e,r,t.map(e=>({host:e.host,script:j,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===i.outcome?e.log.warning(`${i.host} cannot be reached (${i.reason}); its record is kept in this step only.`):W(i,"record that it leaves service")}async function R(e,t){for(let n of(await A(e,await e.transport.facts(t),t.map(e=>({host:e,script:I,arguments:[],timeout:3e4})))))"lost"!==n.outcome?W(n,"forget that it was out of service"):e.log.warning(`${n.host} serves again; its record is still on it: ${n.reason}.`)}function q(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:r,run:i,since:o,service:s,from:a,scaling:l}=e;return[t,r,i,o].every(e=>"string"==typeof e)&&[s,a].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:r,processes:i}=e;return"string"==typeof n&&("standby"===t?void 0===r||Number.isInteger(r):"suspend"===t&&Array.isArray(i)&&i.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(C)}(t))return t}catch{}throw new h.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function C(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:r}=e;return"string"==typeof t&&"string"==typeof n&&Number.isInteger(r)}function W(e,t){if("done"===e.outcome)return e.stdout;throw new h.Wk(`${e.host} could not ${t}: ${Z(e)}.`)}function Z(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}async function D(e,t,n){let r=[...new Set(o(t,n).filter(({settings:e})=>e.slowStart>0&&"instance"===e.targetType).flatMap(({targets:e})=>e.map(({id:e})=>e)))].filter(e=>!n.includes(e));if(0===r.length)return[];let i=r.map(e=>({host:e,script:O,arguments:[""],timeout:3e4}));return(await A(e,await e.transport.facts(r),i)).flatMap(t=>{let{host:n}=t,r=function(e){if("done"!==e.outcome)return{kind:"unknown",problem:Z(e)};try{let t=y(k(e.host,e.stdout),"record");return""===t?{kind:"none"}:{kind:"record",record:q(t,e.host)}}catch(e){if(!(e instanceof h.Wk))throw e;return{kind:"unknown",problem:e.message}}}(t);if("none"===r.kind)return[];if("unknown"===r.kind)return e.log.warning(`Whether ${n} is in slow start is not known (${r.problem}); counted as the balancer shows it.`),[];let{run:i,since:o,reason:s,targets:a}=r.record;return e.log.info(`${n} is recorded as out of service since ${o} (${s}, ${i}): where the balancer calls it healthy it is in slow start and not counted. If that run is over, finish its return with restore-target.`),a})}function P(e,t){return e.map(({settings:e,targets:n})=>{let{pool:r,slowStart:i}=e,o=new Set((i>0?t.filter(e=>e.pool===r):[]).map(e=>w(n,e)));return{settings:e,targets:n.map(e=>o.has(e)&&"healthy"===e.state?{...e,ramping:!0}:e)}})}var H=n(5195);async function F({clock:e,log:t,signal:n},r){let i=e.now();void 0!==r.first&&r.first>0&&(t.info(`waiting for ${r.what}: ${(0,H.a3)(r.first)} at least`),await e.sleep(r.first,n));let o={at:-1/0,seen:""},s=Math.min(250,r.every);for(;;){let a=await r.look(),l=e.now(),d=i+r.timeout-l;if(a.reached||d<=0)return a;(a.seen!==o.seen||l-o.at>=15e3)&&(t.info(`waiting for ${r.what}: ${a.seen}; up to ${(0,H.a3)(d)} more`),o={at:l,seen:a.seen});let c=Math.min(s*(.9+.2*e.jitter()),a.again??d,d);await e.sleep(c,n),s=Math.min(1.5*s,r.every)}}let U=["AZRebalance","AlarmNotification","ScheduledActions","ReplaceUnhealthy","HealthCheck"],B=["EnteringStandby","Standby"];async function J(e,t,n){let r=t.filter(({scaling:e})=>void 0===e);if("ignore"===n.autoScaling)return await K(e,r.map(({host:e})=>e)),t;let i=await e.scaling.members(r.map(({host:e})=>e)),o=new Map;for(let[t,r]of Map.groupBy(i,({group:e})=>e)){let i=await e.scaling.group(t),s="suspend"===n.autoScaling?function({name:e,suspended:t}){return{mode:"suspend",group:e,processes:U.filter(e=>!t.includes(e))}}(i):function({name:e,minSize:t,desired:n},r,i){let o=r.filter(({lifecycle:e})=>!B.includes(e)).length;if(n-o>=t)return{mode:"standby",group:e};if(i.lowerMinSize)return{mode:"standby",group:e,minSize:t};throw new h.yo(`Auto Scaling group ${e} wants ${n} hosts and at least ${t}; with ${o} in standby ${n-o} would remain. Nothing was touched. Allow \`lower-min-size\`, use \`suspend\`, or add a host.`)}(i,r,n);for(let{host:e}of r)o.set(e,s)}return t.map(e=>{let t=e.scaling??o.get(e.host);return void 0===t?e:{...e,scaling:t}})}async function K(e,t){try{for(let{host:n,group:r}of(await e.scaling.members(t)))e.log.warning(`${n} is in Auto Scaling group ${r}, which may replace it while it is out: auto-scaling is \`ignore\`. Use \`standby\` or \`suspend\` to keep it.`)}catch(r){if(r instanceof h.cc)throw r;let n=r instanceof Error?r.message:String(r);e.log.warning(`Whether an Auto Scaling group may replace ${t.join(", ")} is not known: ${n}`)}}async function V(e,t){for(let[n,r,i]of et(t)){if("suspend"===r.mode){e.log.info(`${n}: suspending ${r.processes.join(", ")||"nothing, all was suspended before"}`),r.processes.length>0&&await e.scaling.suspend(n,r.processes);continue}let t=(await e.scaling.members(i)).filter(({lifecycle:e})=>!B.includes(e));if(0===t.length)continue;let o=await e.scaling.group(n);o.desired-t.length<o.minSize&&(e.log.info(`${n}: lowering MinSize from ${o.minSize} for the time of the standby`),await e.scaling.setMinSize(n,o.desired-t.length)),await e.scaling.enterStandby(n,t.map(({host:e})=>e))}}async function X(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);return 0===n.length?[]:(await e.scaling.members(n)).filter(({lifecycle:e})=>!B.includes(e)).map(({host:e,lifecycle:t})=>`${e} is ${t} in its Auto Scaling group`)}async function G(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);if(0===n.length)return;let r=await F(e,{what:"the Auto Scaling group to finish moving hosts into standby",every:2e3,timeout:366e4,look:async()=>{await Y(e,t);let r=(await ee(e,n,B)).length;return 0===r?{reached:!0,value:void 0}:{reached:!1,seen:`${r} hosts still on their way`}}});if(!r.reached)throw new h.Wk(`the Auto Scaling group does not let go of its hosts: ${r.seen}.`)}async function Y(e,t){for(let[n,r,i]of et(t)){if("standby"!==r.mode)continue;let t=await ee(e,i,["Standby"]);0!==t.length&&await e.scaling.exitStandby(n,t.map(({host:e})=>e))}}async function Q(e,t){for(let[n,r,i]of et(t)){if("standby"===r.mode){void 0!==r.minSize&&await e.scaling.setMinSize(n,r.minSize);continue}for(let t of i)await e.scaling.setHealthy(t);r.processes.length>0&&await e.scaling.resume(n,r.processes)}}async function ee(e,t,n){return(await e.scaling.members(t)).filter(({lifecycle:e})=>n.includes(e))}function et(e){let t=new Map;for(let{host:n,scaling:r}of e){if(void 0===r)continue;let e=t.get(`${r.mode} ${r.group}`);void 0===e?t.set(`${r.mode} ${r.group}`,{scaling:r,hosts:[n]}):e.hosts.push(n)}return[...t.values()].map(({scaling:e,hosts:t})=>[e.group,e,t])}async function en(e,t){let n=await er(e,t.pools,t.hosts),r=t.hosts.map(r=>(function(e,t,n,r){let i=t.adopted.get(r),o=p(n,r),s=t.ports?.get(r),a=o.filter(({state:e,port:t})=>"draining"!==e&&(void 0===s||s.includes(t)));if(void 0!==i)return{...i,targets:es(i.targets,a)};let l=!0===t.adoptDraining?o:a;if(0===l.length)throw new h.yo(function(e,t,n){let r=e.map(({settings:e})=>e.name).join(", "),i=p(e,t);if(i.some(({state:e})=>"draining"===e))return`${t} is being drained by somebody else, and no record on it says why; nothing was touched. Wait for it, or take it over with \`adopt: true\`.`;if(i.length>0&&void 0!==n){let e=i.map(({port:e})=>e).join(", ");return`${t} is registered in ${r} at port ${e}, not at ${n.join(", ")}; nothing was touched.`}let o=(0,f.p)(t,[...new Set(e.flatMap(({targets:e})=>e.map(({id:e})=>e)))]);return`${t} is not registered in ${r}, so there is nothing to drain; nothing was touched. `+(void 0===o?"Check the host id and the target groups.":`Did you mean ${o}?`)}(n,r,s));let{service:d}=t,c=t.releases.get(r);return{host:r,targets:es([],l),reason:t.reason,run:e.run,since:new Date(e.clock.now()).toISOString(),...void 0===d?{}:{service:d},...void 0===c?{}:{from:c}}})(e,t,n,r)),o=t.hosts.filter(e=>p(n,e).some(({state:e})=>"draining"!==e)),s=ei(n,r),a=0===o.length?[]:await D(e,s,t.hosts),l=i(P(s,a),o,t.zoneOf,t.floor);if("refused"===l.kind)throw new h.yo(eo(o,l.reasons));let d=await J(e,r,t.drain),c=d.filter(({host:e,targets:r})=>!t.unproven?.includes(e)&&r.every(e=>{var t,r;let i;return t=n,r=e,i=t.find(({settings:e})=>e.pool===r.pool),(w(i?.targets??[],r)?.state??"draining")!=="draining"}));return{views:n,records:d,leaving:o,returnable:c,returning:a,reasons:l.reasons}}async function er(e,t,n){let r=await $(e,t),i=new Set([...n,...r.flatMap(({targets:e})=>e.map(({id:e})=>e))]),o=[...new Set((await Promise.all([...new Set(t)].map(t=>e.balancer.siblings(t)))).flat())].filter(e=>!t.includes(e)),s=await Promise.all(o.map(async t=>(await e.balancer.targets(t)).some(({id:e})=>i.has(e))?[t]:[])),a=[...r,...await $(e,s.flat())],l=a.filter(({settings:e})=>t.includes(e.pool)).filter(({settings:e})=>"instance"!==e.targetType);if(0===l.length)return a;let d=l.map(({settings:e})=>`- ${e.name} has targets of type ${e.targetType}`);throw new h.yo(["Only targets of type instance can be drained; nothing was touched.",...d].join("\n"))}function ei(e,t){let n=g(t);return e.map(({settings:e,targets:t})=>{let r=(n.get(e.pool)??[]).filter(e=>void 0===w(t,e)).map(e=>({...e,state:"unused",shifted:!1}));return{settings:e,targets:[...t,...r]}})}function eo(e,t){return[`The floor would not hold without ${e.join(", ")}; nothing was drained.`,...t.map(e=>`- ${e}`),"Bring the missing hosts back to health or add capacity, then run the same step again."].join("\n")}function es(e,t){return[...new Map([...e,...t].map(({pool:e,id:t,port:n})=>({pool:e,id:t,port:n})).map(e=>[`${e.pool} ${e.port}`,e])).values()]}let ea=`
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
`,el=`${z}${ea}${String.raw`
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
`}`;async function ed(e,{records:t,policy:n}){let r=t.map(({host:e})=>e);0!==r.length&&(v(e,r,"returning"),await ec(e,t),await G(e,t),await Promise.all([...g(t)].map(([t,r])=>eu(e,t,r,n))),void 0!==n.firstRequest&&await eh(e,t,n.firstRequest),await Q(e,t),await R(e,r),v(e,r,"serving"),e.log.info(`${r.join(", ")} back in service`))}async function ec(e,t){await Promise.all([...g(t)].map(([t,n])=>e.balancer.register(t,n)))}async function eu(e,t,n,r){let i,o=await e.balancer.settings(t),{healthCheckInterval:s,name:a}=o,l=(r.checks-1)*s,d=await F(e,{what:`${n.map(({id:e})=>e).join(", ")} to be healthy in ${a}`,every:Math.min(2e3,Math.max(250,s/2)),timeout:r.timeout,look:async()=>{let r=await e.balancer.targets(t),o=e.clock.now(),s=n.filter(e=>w(r,e)?.state!=="healthy");return s.length>0?(i=void 0,{reached:!1,seen:s.map(e=>(function({id:e,port:t},n){if(void 0===n)return`${e}:${t} is not registered`;let r=void 0===n.reason?"":` (${n.reason}: ${ef[n.reason]??n.description??"unknown"})`;return`${e}:${t} is ${n.state}${r}`})(e,w(r,e))).join("; ")}):(i??=o,o-i>=l)?{reached:!0,value:void 0}:{reached:!1,seen:`healthy, to be seen so for ${(0,H.a3)(l)}`,again:i+l-o}}});if(!d.reached)throw new h.Wk(`not healthy in ${o.name} within ${(0,H.a3)(r.timeout)}: ${d.seen}. The targets are registered and get no requests until they pass the health check.`);o.slowStart>0&&(e.log.info(`slow start of ${o.name}: ${(0,H.a3)(o.slowStart)} until full capacity`),await e.clock.sleep(o.slowStart,e.signal))}async function eh(e,t,n){let r=(await e.transport.run(t.map(({host:e,targets:t})=>({host:e,script:el,arguments:[m(t).join(" "),String(Math.ceil(n/1e3))],timeout:n+1e4,onCancel:"stop"})),e.signal)).flatMap(e=>"done"!==e.outcome?[`${e.host} could not be watched: ${Z(e)}`]:!0===k(e.host,e.stdout).serving?[]:[`${e.host} got no request`]);if(0!==r.length)throw new h.Wk(`healthy, and not seen serving within ${(0,H.a3)(n)}: ${r.join("; ")}. The hosts are registered; look at the listener and its rules, or leave \`first-request\` out where there is little traffic.`)}let ef={"Elb.RegistrationInProgress":"the balancer is still taking it in","Elb.InitialHealthChecking":"its first health check has not been answered yet","Elb.InternalError":"the balancer has a problem of its own; wait, or ask AWS","Target.ResponseCodeMismatch":"its health check answered with another status; look at the service log","Target.Timeout":"its health check was not answered in time; check the port and the security group","Target.FailedHealthChecks":"its health check could not be connected; check that the service listens on the port","Target.NotRegistered":"the registration was not taken; check the target group","Target.NotInUse":"no listener uses the target group, or its zone is not enabled on the balancer","Target.InvalidState":"the instance is stopped or terminated","Target.IpUnusable":"its address is used by a load balancer","Target.DeregistrationInProgress":"it is still draining; something deregisters it again","Target.HealthCheckDisabled":"health checks are turned off for the target group"};var e$=n(523),ep=n(8278);let em=M`
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
`,eg=`${z}${em}${M`
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
`}`;function ew(e){let{protocol:t,hostname:n,port:r}=new URL(e);return{protocol:t,hostname:n,port:r||("https:"===t?"443":"80")}}async function ev(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:r,manner:i=ep.t})=>({host:e,script:eg,arguments:[String(Math.ceil(n/1e3)),(r/1e3).toFixed(3),...ek(i,t[0]??""),...t],timeout:n+r*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let i=n[r];if(i?.outcome!=="done"){let e=void 0===i?"it was never asked":Z(i);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let o=_(k(e,i.stdout),"answers");return t.map((e,t)=>{let n=o[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let r=S(n,"status"),i=S(n,"milliseconds");return 0===r?{kind:"silent",url:e,problem:y(n,"problem")||"no answer",milliseconds:i}:{kind:"answered",url:e,status:r,headers:eb(y(n,"headers")),milliseconds:i,body:y(n,"body")}})})}function ek({method:e,headers:t,body:n,connect:r,redirects:i,tls:o},s){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",void 0===r?"":function(e,t){let{hostname:n,port:r}=ew(e);return`${n}:${r}:${t}:${r}`}(s,r),"follow"===i?"5":"","ignore"===o?o:""]}function eb(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let r=n.slice(0,e).toLowerCase(),i=n.slice(e+1).trim(),o=t.get(r);t.set(r,void 0===o?i:`${o}, ${i}`)}return Object.fromEntries(t)}var ey=n(9321);function eS({headers:e,body:t}){let n=eM(t);return t=>{let r=(0,ey.rR)(t),i=void 0===r?n?.[t]:e[r];return null==i?void 0:String(i)}}function e_(e,t){return Math.floor(Date.parse(e)/1e3)>=t}function ex(e){return{kind:"refuted",problem:e}}function eM(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}async function ez(e,t,n){v(e,n.map(({host:e})=>e.host),"proving");let r=e.clock.now()+t.startTimeout,i=new Map;for(;;){let o=n.filter(({host:e})=>i.get(e.host)?.kind!=="done"),s=r-e.clock.now();for(let n of(await eE(e,t,o,s)))i.set(n.host,n);let a=[...i.values()];if(a.every(({kind:e})=>"done"===e)||e.clock.now()>=r)return a;await e.clock.sleep(500,e.signal)}}async function eE(e,{identity:t},n,r){let i=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(r,1e4)),limit:5e3})),o=await ev(e,i);return n.map((e,n)=>(function(e,t,n){let{host:r,health:i}=e.host;for(let[e,{statuses:t}]of i.entries()){let i=n[e];if(i?.kind!=="answered")return{host:r,kind:"failed",problem:`${i?.url??"its health check"} did not answer: ${i?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,r]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(r??n)})}(i.status,t))return{host:r,kind:"failed",problem:`${i.url} answered ${i.status}, healthy is ${t}`}}if(void 0===t)return{host:r,kind:"done",value:"healthy; its version was not asked"};let o="";for(let s of n.slice(i.length)){let n=function(e,t,n){if("silent"===n.kind)return ex(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return ex(`${n.url} answered ${n.status}, expected 200`);let r=eS(n),{version:i,digest:o,started:s}=e;if([i,o,s].filter(e=>void 0!==e&&void 0===(0,ey.rR)(e)).length>0&&void 0===eM(n.body))return ex(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let a=r(i)??"nothing";return a!==t.version?ex(`the process that answers ${n.url} is version ${a}, expected ${t.version}`):void 0!==o&&r(o)!==t.sha256?ex(`it says it is sha256 ${r(o)??"nothing"}, expected ${t.sha256}`):void 0===s?{kind:"proven",seen:a}:function({switchedAt:e},t,n){if(Number.isNaN(Date.parse(t)))return ex(`its start time is ${t}, expected an ISO 8601 time`);if(void 0!==e&&!e_(t,e)){let n=new Date(1e3*e).toISOString();return ex(`the process started at ${t}, before the switch at ${n}: the old one is still running`)}return{kind:"proven",seen:`${n}, started ${t}`}}(t,r(s)??"nothing",a)}(t,e,s);if("refuted"===n.kind)return{host:r,kind:"failed",problem:n.problem};o=n.seen}return{host:r,kind:"done",value:o}})(e,t,o[n]??[]))}let eN=`${z}${ea}${String.raw`
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
`}`;async function ej(e,t,n){let r=eO(t,n).filter(({connectionTermination:e})=>!e),i=new Set(r.map(({pool:e})=>e)),o=n.filter(({targets:e})=>e.some(({pool:e})=>i.has(e)));if(0===o.length)return;let s=r.map(({name:e})=>e).join(", ");for(let t of(await eI(e,o))){var a;let n="done"!==(a=t).outcome?`nobody knows how many (${Z(a)}) are`:String(S(k(a.host,a.stdout),"work"));if("0"===n){e.log.info(`${t.host}: no connection is open on its service port any more`);continue}e.log.warning(`${t.host} has left its network load balancer, which does not end its connections: ${n} still open on its service port, and users see them break when the service stops. Turn on the attribute deregistration_delay.connection_termination.enabled of ${s}, or drain with the policy \`observed\` and a way to the host.`)}}async function eI(e,t){let n=t.map(({host:e,targets:t})=>({host:e,script:eN,arguments:[m(t).join(" "),"0","0","0"],timeout:3e4})),r=await e.transport.facts(t.map(({host:e})=>e));return A(e,r,n)}function eO(e,t){let n=new Set(t.flatMap(({targets:e})=>e.map(({pool:e})=>e)));return e.flatMap(({settings:e})=>"network"===e.balancerType&&n.has(e.pool)?[e]:[])}async function eA(e,t,n,r){let{policy:i,timeout:o}=t.drain,s=e.clock.now()+o,a=function(e,t){let{propagation:n}=e.drain;return void 0!==n?n:t.map(({settings:e})=>e.balancerType).every(e=>"application"===e)?15e3:18e4}(t,n),l=r.map(({host:e})=>e);e.log.info(`${l.join(", ")} withdrawn; waiting ${(0,H.a3)(a)} until every balancer node knows`);let d=e.clock.sleep(a,e.signal).then(()=>v(e,l,"quiet"));if("fixed"===i)return await d,e.log.warning("Drain policy fixed: nothing proves the hosts quiet, requests in flight may be cut."),{quiet:!0};if(!function({log:e},t,n,r){for(let{name:i,connectionTermination:o,deregistrationDelay:s}of eO(t,n))o&&!(r<=s)&&e.info(`${i}: what is still connected ${(0,H.a3)(s)} after the withdrawal will be cut by the balancer, connection termination is on`)}(e,n,r,o),"delay"===i)return await d,eR(e,n,r,s);let[c]=await Promise.all([eT(e,t,r,a),d]);return eL(e,t,{views:n,records:r,deadline:s,results:c})}async function eT(e,{drain:t},n,r){let{quiet:i,timeout:o,gauge:s}=t,a=await e.transport.facts(n.map(({host:e})=>e)),l=new Map(a.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));return A(e,a,n.map(({host:e,targets:t})=>{let n=m(t),a=n.map(t=>(s?.url??"").replaceAll("{address}",l.get(e)??"").replaceAll("{port}",String(t))),d=Math.max(1,Math.ceil((o-r)/1e3)),c=[n.join(" "),String(i),String(d),(r/1e3).toFixed(3)];return{host:e,script:eN,arguments:void 0===s?c:[...c,s.field,...a],timeout:o+1e4,earliest:r+i,onCancel:"stop"}}))}async function eL(e,{drain:t},{views:n,records:r,deadline:i,results:o}){let s=o.filter(({outcome:e})=>"done"!==e),a=o.flatMap(e=>{if("done"!==e.outcome)return[];let n=k(e.host,e.stdout);if(!0===n.quiet)return[];let r=S(n,"work");return r<0?[`${e.host} does not answer at its gauge`]:[`${e.host} still has ${r} ${void 0===t.gauge?"connections":"requests"} on its service port`]}),l=(0,H.a3)(t.timeout);if(a.length>0)return{quiet:!1,problem:`not quiet within ${l}: ${a.join("; ")}`};if(0===s.length){let n=o.map(({host:e})=>e).join(", ");return e.log.info(`${n} quiet: no work seen for ${(0,H.a3)(t.quiet)}`),{quiet:!0}}for(let t of s)e.log.warning(`${t.host} cannot be measured (${Z(t)}); waiting for its whole deregistration delay instead.`);return eR(e,n,r.filter(({host:e})=>s.some(t=>t.host===e)),i)}async function eR(e,t,n,r){let i=g(n),o=Math.max(0,r-e.clock.now()),s=Math.min(...n.map(e=>Date.parse(e.since))),a=Math.max(0,...t.map(({settings:e})=>e.deregistrationDelay)),l=await F(e,{what:"the deregistration delay to end",first:Math.min(o,Math.max(0,s+a-e.clock.now())),every:2e3,timeout:o,look:async()=>{let t=(await Promise.all([...i].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(w(r,e)?.state??"unused")!=="unused")}))).flat();return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:`${t.map(({id:e,port:t})=>`${e}:${t}`).join(", ")} still draining`}}});return l.reached?(await ej(e,t,n),{quiet:!0}):{quiet:!1,problem:`not out of the balancer in time: ${l.seen}`}}async function eq(e,t,n=()=>{}){let r=await en(e,t),{records:i}=r;for(let t of r.reasons)e.log.info(`floor holds: ${t}`);n(i),await L(e,i,t.recordsElsewhere??!1);try{await eC(e,t,i),await eW(e,t,r);let n=await eA(e,t,r.views,i);if(n.quiet)return i;if("return"===t.drain.onTimeout)throw new h.Wk(`${n.problem}.`);v(e,t.hosts,"held",n.problem)}catch(n){throw await eZ(e,t,r,n)}throw new h.Wk(`${t.hosts.join(", ")} not proven quiet in time and held out of service, as on-timeout says. Return them with restore-target, or run the same step again.`)}async function eC(e,t,n){let r=g(n);v(e,t.hosts,"draining"),await V(e,n),await Promise.all([...r].map(([t,n])=>e.balancer.deregister(t,n)));let i=await F(e,{what:"the balancer to show the withdrawal",every:500,timeout:6e4,look:async()=>{let t=[...(await Promise.all([...r].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(w(r,e)?.state??"draining")!=="draining")}))).flat().map(({id:e,port:t})=>`${e}:${t} still in service`),...await X(e,n)];return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:t.join(", ")}}});if(!i.reached)throw new h.Wk(`the balancer accepted the withdrawal and does not show it: ${i.seen}.`)}async function eW(e,t,{records:n,leaving:r,returning:o}){let s=i(P(ei(await er(e,t.pools,t.hosts),n),o),r,t.zoneOf,t.floor);if("allowed"!==s.kind)throw new h.yo(`the pool fell below its floor while hosts were leaving: ${s.reasons.join("; ")}.`)}async function eZ(e,t,{records:n,returnable:r},i){let o=i instanceof Error?i.message:String(i),s=eD(r),a=eD(n.filter(e=>!r.includes(e))),l=""===a?"":`
${a} stay out of service, each with its record.`;try{if(e.signal.aborted){await ec(e,r),await Y(e,r);let t=""===s?"":` ${s} registered again, nothing was installed.`;return new h.cc(`Cancelled while draining.${t}${l}
Run the same step again to continue, or restore-target to see them serve.`,{cause:i})}if(0===r.length)return new h.Wk(`${o}${l}`,{cause:i});e.log.warning(`Returning ${s} to service: ${o}`),await ed(e,{records:r,policy:t.restore});let n=`${s} are back in service; nothing was installed on them.`;return new h.Wk(`${o}
${n}${l}`,{cause:i})}catch(t){let e=t instanceof Error?t.message:String(t);return new h.Wk(`${o}
Returning ${s} to service failed too: ${e}
Their undo records are on the hosts in /var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${l}`,{cause:i})}}function eD(e){return e.map(({host:e})=>e).join(", ")}async function eP(e,t,n){let r=new Map(n.map(e=>[e.replaced,e])),i=t.map(e=>{let t=r.get(e.host);return void 0===t?e:function(e,{host:t,scaling:n}){let{from:r,...i}=e,o=e.targets.map(e=>({...e,id:t.host})),s=e.scaling,a=s?.mode==="standby"&&void 0!==s.minSize&&"standby"===n.mode?{...n,minSize:s.minSize}:n;return{...i,host:t.host,targets:o,scaling:a}}(e,t)}),o=i.filter(e=>!t.includes(e));if(0===o.length)return t;for(let{host:n,scaling:s}of(await L(e,o,!1),t))r.has(n)&&s?.mode==="suspend"&&0!==s.processes.length&&(i.some(e=>e.scaling?.mode==="suspend"&&e.scaling.group===s.group)||await e.scaling?.resume(s.group,s.processes));return i}var eH=n(7598);let eF=M`
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
`,eU=String.raw`
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
`,eB=M`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${eU}' "$incoming/names" "$incoming/listing")
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
`,eJ=M`
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
`,eK=M`
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
`,eV=M`
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
  $isolate sh -c '${eJ}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${eK}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,eX=M`
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
`,eG=M`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,eY=M`
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
${eG}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,eQ=M`
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
`,e0=M`
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
`,e1=`${z}${E}${eY}${e0}${eF}${eX}${eB}${eQ}${eV}${M`
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
`}`,e2={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},e5=["lock","disk","download","digest","unpack","release","before-install"];async function e3(e,t,n){let r=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),i=new Map;for(let t of r)i.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:r}of n)v(e,[t],"installing",e6(r));let o=(0,eH.randomUUID)(),s=n.map(({host:n,wanted:r})=>(function(e,t,n,{id:r,wanted:i,url:o}){let{service:s,zone:a,directory:l,hooks:d,unit:c,hookTimeout:u,keepReleases:h}=t,f="release"===i.kind?i.artifact:void 0,$="release"===i.kind?i.ordinal:void 0,p=6e5+5*(u+5e3),{beforeInstall:m="",stop:g="",start:w="",afterInstall:v="",verify:k=""}=d;return{host:n,script:e1,arguments:[r,e.run,e4(p),s,a,l,"previous"===i.kind?"previous":i.version,f?.sha256??"",o,f?.format??"tar.gz",String(f?.size??0),void 0===$?"":String($),String(h),e4(u),c??"",m,g,w,v,k],timeout:p}})(e,t,n,{id:o,wanted:r,url:i.get(r)??""}));return(await e.transport.run(s,e.signal)).map(t=>(function(e,t){let{host:n}=t,r=(e,t,r)=>({host:n,kind:"failed",problem:e,touched:t,trace:r});if("done"!==t.outcome)return r(Z(t),!0,e2);try{var i;let o,s,a=k(n,t.stdout),l=(s=(o=(i=a).milliseconds,x(o)?o:{}),{milliseconds:{download:S(s,"download"),unpack:S(s,"unpack"),hooks:S(s,"hooks"),total:S(s,"total")},output:y(i,"output").trimEnd()});if("switched"!==b(a,"outcome")){let e=b(a,"step");return r(`${e}: ${y(a,"problem")}`,!e5.includes(e),l)}let d=b(a,"version"),c=b(a,"sha256"),u=!0===a.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${u} (sha256 ${c}) and is current`);let h=b(a,"previous"),f=S(a,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:c,switchedAt:f,trace:l}}}catch(e){return r(e instanceof Error?e.message:String(e),!0,e2)}})(e,t))}function e6(e){return"previous"===e.kind?"the release before":e.version}function e4(e){return String(Math.ceil(e/1e3))}async function e9(e,t,n){let{settings:r,wanted:i}=t,o=await e3(e,r,n.map(({host:e})=>({host:e,wanted:i}))),{done:s,failures:a}=await e8(e,r,n,o);return{reports:s.map(({host:n,version:r,proof:i,sha256:o,trace:s})=>(e.log.info(`${n}: proven ${i}`),{...e7(t,n,{outcome:"upgraded",proof:i,trace:s}),to:r,sha256:o})),successors:[],failures:a}}async function e8(e,t,n,r){let i=new Map(n.map(e=>[e.host,e])),o=new Map(r.map(e=>[e.host,e])),s=n.flatMap(e=>{let t=o.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:r,switchedAt:i}=t.value;return[{host:e,version:n,sha256:r,switchedAt:i}]}),a=[],l=r.flatMap(e=>{let t=i.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===s.length?[]:await ez(e,t,s)){let{host:e}=n,t=o.get(e),r=i.get(e);if(t?.kind!=="done"||void 0===r)continue;let{version:s,sha256:d,trace:c}=t.value;"done"===n.kind?a.push({host:e,version:s,sha256:d,trace:c,proof:n.value}):l.push({target:r,problem:`prove: ${n.problem}`,touched:!0,trace:c})}return{done:a,failures:l}}function e7({from:e,wanted:t},n,{outcome:r,proof:i,trace:o}){let s={host:n,outcome:r,from:e.get(n)??"nothing",to:e6(t),proof:i};return void 0===o?s:{...s,trace:o}}async function te(e,t,n,r){let i=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),o=new Set(t.members.map(({host:e})=>e)),s=[],a="",l=async()=>(s=(await e.scaling.group(t.name)).members.filter(({host:e})=>!o.has(e)),function({log:e},t,n){for(let r of t){let{host:t,stage:i}=r;"leaving"===i.kind&&void 0===to(n,i.id)&&(e.warning(`${i.id}: the successor of ${t} was ended by its group; another one is awaited`),r.stage={kind:"awaited"})}}(e,i,s),await tt(e,t.name,i,s),await tr(e,i,s),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,r=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+r.length===0)return{reached:!0,value:void 0};let i=r.filter(e=>"Standby"===to(t,e)).length,o=[[n,"not in service yet"],[r.length-i,"on their way into standby"],[i,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${o.join(", ")}, of ${e.length}`}}(i,s));await F(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:r,look:async()=>{let e=await ts(l());return a=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=ti(i,s);return i.map(e=>(function(e,{host:t,zone:n,stage:r},{newcomers:i,others:o,why:s}){let a=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(r.kind){case"ready":return{host:t,kind:"replaced",successor:r.id,address:r.address,scaling:{mode:"standby",group:e}};case"serving":return a(`Its successor ${r.id} is in service with whatever its image starts, because it could not be put into standby: ${r.problem}`);case"leaving":{let e=to(i,r.id)??"unknown",t=void 0===r.problem?e:`${e} and not reached: ${r.problem}`;return a(`Its successor ${r.id} was sent into standby and stays out of traffic; it is ${t}.${s} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=o.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return a(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${s} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:s,others:d,why:a}))}async function tt(e,t,n,r){for(let i of n){if("awaited"!==i.stage.kind)continue;let o=ti(n,r).find(({zone:e,lifecycle:t})=>e===i.zone&&"InService"===t);if(void 0===o)continue;let s=o.host;e.log.info(`${s}: takes the place of ${i.host} in ${t}; going into standby`),i.stage={kind:"leaving",id:s};let a=await ts(e.scaling.enterStandby(t,[s]));a.done||await tn(e,s)||(i.stage={kind:"serving",id:s,problem:a.problem})}}async function tn(e,t){let n=await ts(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function tr(e,t,n){let r=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===to(n,t.id)&&r.set(t.id,e)}if(0!==r.size)for(let{host:t,...n}of(await e.transport.facts([...r.keys()]))){let e=r.get(t);if(void 0===e)continue;let{address:i="127.0.0.1",problem:o="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:i}:{kind:"leaving",id:t,problem:o}}}function ti(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function to(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function ts(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof h.Wk||e instanceof h.yo)return{done:!1,problem:e.message};throw e}}let ta=["Launch","Terminate"];async function tl(e,{hosts:t,timeout:n}){let r=await ts(e.scaling.members(t));if(!r.done)return t.map(e=>tp(e,`${r.problem} Nothing was ended.`));let i=[...Map.groupBy(r.value,({group:e})=>e)],o=new Map((await Promise.all(i.map(([t,r])=>td(e,t,r,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return o.get(e)??tp(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function td(e,t,n,r){let i=await ts(tc(e,t,n,r));if(!i.done)return n.map(({host:e})=>tp(e,`${i.problem} ${e} was not ended.`));let o=i.value,s=o.members.filter(({host:e})=>n.some(t=>t.host===e)),a=function(e,t){let{name:n,minSize:r,maxSize:i,desired:o}=e,s=ta.filter(t=>e.suspended.includes(t));if(s.length>0){let e=`${s.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>t$(t,`${e}. Resume it, then run again.`))}}let a=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,i-o),c=Math.max(0,o-r);return{onward:[...a.slice(0,d),...l.slice(0,c)],failed:[...a.slice(d).map(({host:e})=>t$(e,`it is in standby, so its successor needs one more than the desired capacity of ${o}, and Auto Scaling group ${n} allows ${i} at most. Raise MaxSize, then run again.`)),...l.slice(c).map(({host:e})=>t$(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${o} hosts and at least ${r}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!a.includes(e)&&!l.includes(e)).map(e=>t$(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(o,s),l=await tu(e,o,a.onward),d=0===l.onward.length?[]:await te(e,o,l.onward,r);return[...a.failed,...l.failed,...d]}async function tc(e,t,n,r){let i=await F(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:r,look:async()=>{let r=await e.scaling.group(t),i=r.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===i.length?{reached:!0,value:r}:{reached:!1,seen:`${i.map(({host:e})=>e).join(", ")} still on the way`}}});return i.reached?i.value:e.scaling.group(t)}async function tu(e,t,n){let{signal:r,scaling:i,log:o}=e,s=[],a=new Map;for(let l of n){if(r.aborted)break;let{host:n,zone:d,lifecycle:c}=l;o.info(`${n}: ending it for good (${c}); ${t.name} is to bring a successor in ${d}`);let u=await ts(i.terminate(n));u.done||await th(e,n)?s.push(l):a.set(l,u.problem)}let l=s.filter(({lifecycle:e})=>"Standby"===e),d=await ts(tf(e,t,l.length));d.done||o.warning(`${t.name}: ${d.problem}`),r.throwIfAborted();let c=[...a].map(([{host:e},t])=>t$(e,`it could not be ended: ${t}`));return d.done?{onward:s,failed:c}:{onward:s.filter(e=>!l.includes(e)),failed:[...c,...l.map(({host:e})=>tp(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function th({scaling:e},t){let n=await ts(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function tf({scaling:e,log:t},{name:n,desired:r},i){if(0===i)return;let o=r+i,s=(await e.group(n)).desired;s>=o||(t.info(`${n}: raising the desired capacity from ${s} to ${o} for ${i} ended in standby`),await e.setDesired(n,o))}function t$(e,t){return tp(e,`${e} was not ended now: ${t}`)}function tp(e,t){return{host:e,kind:"failed",problem:t}}async function tm(e,t){let{reports:n,successors:r,failures:i}=await tg(e,t,await e9(e,t,t.hosts)),o=i.map(({target:n,problem:r,touched:i,trace:o,successor:s})=>{i&&v(e,[s??n.host],"held",r.split("\n")[0]);let a=e7(t,n.host,{outcome:i?"held":"untouched",proof:r,trace:o});return void 0===s?a:{...a,successor:s}});return{reports:[...n,...o],successors:r}}async function tg(e,t,n){let r=n;for(let n of t.ladder){if(0===r.failures.length)break;for(let{target:t,problem:n}of r.failures)e.log.warning(`${t.host}: ${n}`);let{reports:i,successors:o,failures:s}=await function(e,t,n,r){switch(r.kind){case"retry":return tw(e,t,n,r.times);case"roll-back":return tv(e,t,n);case"replace":return tk(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,r.failures,n);r={reports:[...r.reports,...i],successors:[...r.successors,...o],failures:s}}return r}async function tw(e,t,n,r){let i=[],o=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),s=n;for(let n=1;n<=r&&s.length>0;n+=1){e.log.info(`${s.map(({target:e})=>e.host).join(", ")}: trying ${e6(t.wanted)} again, ${n} of ${r}`);let a=await e9(e,t,s.map(({target:e})=>e));i.push(...a.reports),s=a.failures.map(e=>(e.touched&&o.add(e.target.host),{...e,touched:o.has(e.target.host)}))}let a=` (after ${r+1} attempts)`;return{reports:i,successors:[],failures:s.map(e=>({...e,problem:e.problem+a}))}}async function tv(e,t,n){let r="previous"===t.wanted.kind?void 0:t.wanted.version,i=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==r?[{failure:e,version:n}]:[]});if(0===i.length)return{reports:[],successors:[],failures:n};let o=i.map(({failure:e})=>e.target);for(let{failure:t,version:n}of i)v(e,[t.target.host],"rolling-back",n);let s=await e3(e,t.settings,i.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:a,failures:l}=await e8(e,t.settings,o,s),d=new Map(i.map(({failure:e})=>[e.target.host,e])),c=a.map(({host:e,sha256:n})=>{let{problem:r="",trace:i}=d.get(e)??{};return{...e7(t,e,{outcome:"rolled-back",proof:r,trace:i}),sha256:n}}),u=l.map(e=>{let t=d.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:c,successors:[],failures:[...n.filter(e=>!o.includes(e.target)),...u]}}async function tk(e,t,n){let{scaling:r}=e,i=n.filter(({touched:e})=>e);if(void 0===r||0===i.length)return{reports:[],successors:[],failures:n};v(e,i.map(({target:e})=>e.host),"replacing");let o=await tl({...e,scaling:r},{hosts:i.map(({target:e})=>e.host),timeout:45e5}),s=o.flatMap(e=>{let t=i.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),a=await e9(e,t,s.map(({host:e})=>e)),l=[],d=n.filter(({touched:e})=>!e);for(let e of i){let{host:n}=e.target,r=o.find(e=>e.host===n),i=s.find(({replaced:e})=>e===n)?.host.host??"",c=a.reports.find(e=>e.host===i);if(void 0!==c){let e=t.from.get(n)??"nothing";l.push({...c,host:n,from:e,outcome:"replaced",successor:i})}else if(r?.kind==="failed")d.push(tb(e,`replacing it failed: ${r.problem}`));else{let t=a.failures.find(({target:e})=>e.host===i)?.problem??"never tried",n=`its successor ${i} is in standby and failed too: ${t}`;d.push({...tb(e,n),successor:i})}}return{reports:l,successors:s,failures:d}}function tb(e,t){return{...e,problem:`${e.problem}
and ${t}`}}var ty=n(7879);function tS({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function t_(e,t,n,r){let{zone:i,fleet:o,releases:s,zoneOf:a,floor:l}=e,{drain:d,restore:c}=o.policy;return{pools:i.pools.map(({targetGroup:e})=>e),hosts:t,adopted:n,service:o.service,releases:s,zoneOf:a,floor:l,drain:d,restore:c,reason:r}}function tx(e,t,n){let r=e.addresses.get(t)??"127.0.0.1",i=n.flatMap(({pool:t,port:n})=>{let r=e.views.find(e=>e.settings.pool===t)?.settings;return r?.healthCheckPath===void 0?[]:[{port:r.healthCheckPort??n,path:r.healthCheckPath,statuses:r.healthCheckStatuses}]});return{host:t,address:r,ports:m(n),health:i}}function tM(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new h.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}async function tz(e,t,n){let r=n instanceof Error?n.message:String(n),i=tT(t.records),{release:o,fleet:s}=t.work;if(e.signal.aborted){let n=t.returned?`Cancelled while returning ${i}: registered again on ${o.version}, not yet proven to serve.`:`Cancelled while upgrading ${i}: out of service, each with a record on the host.`;return tI(e,t,r,new h.cc(`${n}
Run the same step again: it continues from what it finds.`))}e.log.warning(`${i}: ${r}`);try{if(t.returned&&await tE(e,t),!(0,ty.NM)(s.policy.onFailure,"roll-back")){let n=new h.yo(`${r}
${i} held out of service, as on-failure says.`);return tI(e,t,r,n)}return await tN(e,t,r)}catch(a){let o=a instanceof Error?a.message:String(a),s=new h.yo(`${r}
Bringing ${i} back to a known state failed too: ${o}
A host that is out of service has its record on it; mend the cause and run the same step again.`,{cause:n});return tI(e,t,r,s)}}async function tE(e,{work:t,records:n}){let r=new Map(n.map(e=>[e.host,e])),i=`return of ${t.fleet.service} from ${t.release.version}`,o=[...r.keys()];await eq(e,{...t_(t,o,r,i),unproven:o})}async function tN(e,t,n){let{work:r,records:i,reports:o}=t,s=e=>tA(o,e)?.outcome,a=i.filter(({host:e})=>["held","replaced"].includes(s(e)??"")),l=i.filter(({host:e})=>"rolled-back"===s(e)||"untouched"===s(e)),d=i.filter(e=>!a.includes(e)&&!l.includes(e));await tj(e,t,d);let c=i.filter(e=>!a.includes(e));await ed(e,{records:c,policy:r.fleet.policy.restore});let u=[...new Set(c.map(({from:e})=>e??"nothing"))].join(", "),f=[...0===c.length?[]:[`${tT(c)} back on ${u} and in service`],...0===a.length?[]:[`${tT(a)} held out of service, each with its record`],"later zones were not touched."];return v(e,a.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:new h.yo(`${n}
${f.join("; ")}`),hosts:i.map(e=>a.includes(e)?tO(t,e,{outcome:"held",proof:n,to:r.release.version}):tO(t,e,{outcome:"rolled-back",proof:n,to:e.from}))}}async function tj(e,{work:t},n){if(0===n.length)return;let{settings:r,release:i}=t,o=n.filter(({from:e})=>void 0===e||e===i.version);if(o.length>0)throw new h.yo(`${tT(o)} had no other release before.`);v(e,n.map(({host:e})=>e),"rolling-back");let s=n.map(({host:e,from:t=""})=>({host:e,wanted:{kind:"on-disk",version:t}})),a=tM(await e3(e,r,s),"switch back"),l=n.map(({host:e,targets:n})=>{let{version:r="",sha256:i="",switchedAt:o=0}=a.get(e)??{};return{host:tx(t,e,n),version:r,sha256:i,switchedAt:o}});tM(await ez(e,r,l),"prove after switching back")}function tI(e,t,n,r){let{records:i,work:o}=t;return v(e,i.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:r,hosts:i.map(e=>tO(t,e,{outcome:"held",proof:n,to:o.release.version}))}}function tO({reports:e},{host:t,from:n},r){let i=tA(e,t),{trace:o}=i??{},s={...i?.successor===t?{successor:t}:{},host:i?.host??t,from:n??"nothing",...r,to:r.to??"nothing"};return void 0===o?s:{...s,trace:o}}function tA(e,t){return e.find(e=>e.host===t||e.successor===t)}function tT(e){return e.map(({host:e})=>e).join(", ")}var tL=n(7030),tR=n(5216),tq=n(8290);let tC=M`
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
`,tW=`${z}${eG}${M`
limit=$1
`}${tC}${M`
need bash
# shellcheck disable=SC2016
within bash -c '
${eG}
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
`}`,tZ=`${z}${eG}${M`
limit=$1
`}${tC}${M`
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
`}`,tD=`${z}${eG}${M`
limit=$1
`}${tC}${M`
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
`}`,tP=["NOERROR","NXDOMAIN"];async function tH(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:n})=>({host:e,...function(e,t){switch(e.kind){case"tcp":{let{address:n,port:r,listen:i}=e;return{script:tW,arguments:[t,(0,tR.D)(n),String(r),i?"listen":""]}}case"tls":{let n=(0,tR.D)(e.name),r=(0,tR.D)(e.address),i=6===(0,tL.isIP)(r)?`[${r}]`:r;return{script:tZ,arguments:[t,`${i}:${e.port}`,0===(0,tL.isIP)(n)?"name":"ip",n]}}case"dns":{let{record:n,type:r,server:i}=e,{address:o,port:s}=(void 0===i?void 0:(0,tq.Wb)(i))??{};return{script:tD,arguments:[t,n,r,o??"",String(s??"")]}}}}(n,(t/1e3).toFixed(3)),timeout:t+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,question:t},r)=>{let i=n[r];if(i?.outcome!=="done")return{kind:"silent",problem:void 0===i?"it was never asked":Z(i),milliseconds:0};let o=k(e,i.stdout),s=S(o,"milliseconds");if(void 0===o.problem)return function(e,t,n){var r,i,o,s,a;switch(e.kind){case"tcp":return{kind:"tcp",banner:y(t,"banner"),milliseconds:n};case"tls":let l,d;return r=t,i=n,l=y(r,"verdict"),d=new Date(b(r,"expires")),{kind:"tls",distrust:/^0\b/.test(l)?"":l.replace(/^\d+ \((.*)\)$/,"$1"),expires:d.toISOString(),daysLeft:Math.floor((d.getTime()-1e3*S(r,"now"))/864e5),milliseconds:i};case"dns":let c;return o=e.type,s=t,a=n,c=b(s,"status"),tP.includes(c)?{kind:"dns",values:[...new Set(y(s,"values").split("\n").filter(e=>""!==e).map(e=>{let t;return"TXT"===o?(t=[...e.matchAll(/"(?<part>(?:[^"\\]|\\.)*)"/g)].map(e=>e.groups?.part??"").join("").replace(/\\(\d{3}|.)/g,(e,t)=>3===t.length?String.fromCharCode(Number(t)):t),Buffer.from(t,"latin1").toString("utf8")):e}).map(e=>(0,tq.ij)(o,e)??e))],milliseconds:a}:{kind:"silent",problem:`the server answered ${c}`,milliseconds:a}}}(t,o,s);let a=y(o,"problem")||"no answer";return{kind:"silent",problem:a.endsWith(" is not installed")?`${a} on ${e}`:a,milliseconds:s}})}let tF=`${z}${eG}${em}${M`
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
`}`;async function tU(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:{url:n,manner:r=ep.t,times:i,wanted:o=[]}})=>{let{hostname:s,port:a}=ew(n);return{host:e,script:tF,arguments:[String(i),(t/1e3).toFixed(3),...ek(r,n),s,a,o.join(" "),n],timeout:t*Math.ceil(i/8)+3e4,onCancel:"stop"}}),e.signal);return t.map((e,t)=>(function({host:e,question:t},n){if(n?.outcome!=="done")return{kind:"silent",problem:void 0===n?"it was never asked":Z(n),milliseconds:0};let r=k(e,n.stdout),i=S(r,"milliseconds"),o=_(r,"answers").map(tB);return o.length===t.times?{kind:"answers",answers:o,milliseconds:i}:{kind:"silent",problem:`${o.length} of ${t.times} answers were reported`,milliseconds:i}})(e,n[t]))}function tB(e){let t=S(e,"status");return 0===t?{status:t,problem:y(e,"problem")||"no answer"}:{status:t,headers:eb(y(e,"headers")),body:y(e,"body")}}let tJ=`${z}${E}${eG}${M`
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
`}`;async function tK(e,t){let n=await e.transport.run(t.map(({host:e,directory:t,program:n,limit:r})=>({host:e,script:tJ,arguments:[t,n],timeout:r+5e3,onCancel:"stop"})),e.signal);return t.map(({host:e},t)=>{let r=n[t];if(r?.outcome!=="done")return{kind:"silent",problem:void 0===r?"it was never run":Z(r),milliseconds:0};let i=k(e,r.stdout);return{kind:"command",exitCode:S(i,"exitCode"),output:y(i,"output"),milliseconds:S(i,"milliseconds")}})}let tV={kind:"silent",problem:"it was never asked",milliseconds:0};async function tX(e,t){let n=new Map((await Promise.all([tG(tQ(t,["http"]),t=>tY(e,t)),tG(tQ(t,["command"]),t=>tK(e,t.map(({host:e,limit:t,question:n})=>({host:e,limit:t,...n})))),tG(tQ(t,["tcp","tls","dns"]),t=>tH(e,t)),tG(tQ(t,["repeated"]),t=>tU(e,t))])).flat());return t.map((e,t)=>n.get(t)??tV)}async function tG(e,t){if(0===e.length)return[];let n=await t(e);return e.map(({index:e},t)=>[e,n[t]??tV])}async function tY(e,t){return(await ev(e,t.map(({host:e,limit:t,question:{url:n,manner:r}})=>({host:e,urls:[n],patience:0,limit:t,...r&&{manner:r}})))).map(([e])=>(function(e){if(void 0===e)return tV;let{url:t,...n}=e;return"answered"===n.kind?{...n,kind:"http"}:n})(e))}function tQ(e,t){return e.flatMap((e,n)=>{var r;return(r=e,t.some(e=>e===r.question.kind))?[{...e,index:n}]:[]})}let t0=async e=>e.map(()=>({kind:"silent",problem:"there is no way to the host itself",milliseconds:0})),t1="no answer";function t2(e,{identity:t,expected:n,hosts:r}){if("problem"in e)return{kind:"error",what:`${t1} (${t5(e.problem)})`};let i=eS(e),o=void 0===t.host?void 0:i(t.host),s=void 0===o?void 0:function(e,t){let n=new Set(t.filter(t=>(function(e,t){let{name:n,port:r}=function(e){let{inner:t,plain:n,port:r}=/^(?:\[(?<inner>[^\]]+)\]|(?<plain>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(e)?.groups??{};return{name:t??n??e,...void 0!==r&&{port:Number(r)}}}(e.trim().toLowerCase());if(void 0!==r&&void 0!==t.port&&r!==t.port)return!1;let i=t.host.toLowerCase(),o=t.address?.toLowerCase()??i;if(n===i||n===o)return!0;let[s]=n.split(".");return s===i||s===`ip-${o.replaceAll(".","-")}`})(e,t)).map(({host:e})=>e)),[r]=n;return 1===n.size?r:void 0}(o,r)??t5(o);return e.status>=500?{kind:"error",what:`${e.status}${void 0===s?"":` of ${s}`}`}:{kind:"release",...void 0!==s&&{who:s},...function({status:e,body:t},n,r,{version:i,sha256:o,switchedAt:s}){let a=e=>({release:e,expected:!1});if(200!==e)return a(`status ${e}`);let l=n(r.version);if(void 0===l){let e=Buffer.byteLength(t)>=400?" in the first 400 bytes":"";return a(`no version${e}`)}if(l!==i)return a(t5(l));if(void 0!==r.digest&&""!==o){let e=n(r.digest);if(e!==o)return a(`${l} of ${void 0===e?"no":t5(e)} sha256`)}if(void 0!==r.started&&void 0!==s){let e=n(r.started)??"nobody knows when";if(!e_(e,s))return a(`${l} started ${t5(e)}`)}return{release:l,expected:!0}}(e,i,t,n)}}function t5(e){return e.replaceAll(/\p{Cc}+/gu," ").slice(0,100)}function t3(e,t){e.set(t,(e.get(t)??0)+1)}function t6(e){return[...e].map(([e,t])=>`${t} \xd7 ${e}`).join(", ")}function t4(e){let t=new Map;for(let n of e)"release"===n.kind&&t3(t,n.release);return t}function t9(e){let t=new Map;for(let n of e)"error"===n.kind&&t3(t,n.what);return t}async function t8(e,t){let n=e.clock.now(),r=()=>e.clock.now()-n,i=t.entrances.map(e=>(function({identity:e,hosts:t},n){let{pathname:r,search:i}=new URL(e.url.replaceAll("{address}","127.0.0.1").replaceAll("{port}","80")),o=[e.version,e.digest,e.started,e.host].flatMap(e=>void 0===e?[]:(0,ey.rR)(e)??[]),s=t.length>0&&void 0!==e.host?[...new Set(t.map(({host:e})=>e))].map(e=>({kind:"host",host:e})):[{kind:t.length>0?"some":"every"}];return{entrance:n,question:{kind:"repeated",url:new URL(r+i,n).href,times:30,wanted:o},sightings:[],problems:[],progress:s.map(e=>({goal:e,standing:"unseen",attempts:[]}))}})(t,e));for(;;){let n=i.filter(e=>!ne(e,t));if(0===n.length)break;let o=n.map(e=>(function(e,t){return Array.from({length:Math.min(4,Math.max(1,Math.ceil((t7(e,t)-e.sightings.length)/30)))},()=>({host:t.from,limit:5e3,question:e.question}))})(e,t)),s=(await e.ask(o.flat(),e.signal)).values(),a=new Map(n.map((e,t)=>[e,[...function*(e,t){for(let n=0;n<t;n+=1){let t=e.next();!0!==t.done&&(yield t.value)}}(s,o[t]?.length??0)]]));(function(e,t,n=(0,eH.randomUUID)()){let r={...e,expected:{...e.expected,version:n}};if(t.flatMap(e=>"answers"===e.kind?e.answers:[]).map(e=>t2(e,r)).some(e=>"release"===e.kind&&e.expected))throw new h.yo(`the version through the balancer cannot fail: an answer passed for version ${n}, which nobody has. Name in the identity where the service says its own version.`)})(t,[...a.values()].flat()),i=i.map(n=>{let r=a.get(n);if(void 0===r)return n;let i=function(e,t,n){let r=n.flatMap(e=>"answers"===e.kind?e.answers.map(e=>t2(e,t)):[]),i=n.flatMap(e=>"silent"===e.kind?[e.problem]:[]),o=[...e.sightings,...r],s=o.some(({kind:e})=>"error"===e),a=Math.max(0,...n.map(e=>e.milliseconds)),l=e.progress.map(({goal:e,standing:t,attempts:n})=>{let o=function(e,t,n){if("broken"===t)return t;let r=n.filter(e=>"release"===e.kind),i="host"===e.kind?r.filter(({who:t})=>t===e.host):r,o=i.some(({expected:e})=>e),s=i.some(({expected:e})=>!e);return"some"===e.kind?o?"seen":t:s&&("every"===e.kind||"unseen"!==t)?"broken":o?s?"mixed":"seen":t}(e,t,r),l={passed:"seen"===o&&!s,seen:0===r.length?i[0]??"nothing":function(e,t){let n="host"===e.kind?t.filter(t=>"release"===t.kind&&t.who===e.host):t,r=t.filter(({kind:e})=>"error"===e).length,i=t6(t4(n))||"not";return`${i} in ${t.length} answers${0===r?"":`, ${r} of them errors`}`}(e,r),milliseconds:a};return{goal:e,standing:o,attempts:[...n,l]}});return{...e,sightings:o,problems:[...e.problems,...i],progress:l}}(n,t,r);return function(e,t,n,r){let i=t7(r,t);if(n.sightings.length>=i||r.sightings.length<i||ne(r,t))return;let o=r.progress.flatMap(({goal:e,standing:n})=>"seen"===n||"broken"===n?[]:["host"===e.kind?e.host:t.expected.version]);e.log.info(`${r.sightings.length} answers at ${r.entrance} did not show ${o.join(", ")} as ${t.expected.version}; looking for up to ${(0,H.a3)(t.patience)}`)}(e,t,n,i),i});let l=t.patience-r();if(l<=0||i.every(e=>ne(e,t)))break;await e.clock.sleep(Math.min(500,l),e.signal)}return i.flatMap(e=>(function(e,t){let{entrance:n,question:r,sightings:i,progress:o}=e,s=t9(i),a=function({sightings:e,problems:t},n){let{least:r,took:i,from:o,hosts:s}=n,a=e.filter(e=>"error"===e.kind),l=a.some(({what:e})=>e.startsWith(t1));return[...a.length>0?[`${a.length} of ${e.length} answers were errors: ${t6(t9(e))}`]:[],...l&&s.some(({host:e})=>e===o)?["behind a network load balancer that preserves client addresses a host cannot reach itself: ask from the runner then"]:[],...t.length>0?[`asking failed ${t.length} times, the last time: ${t.at(-1)}`]:[],...e.length>0&&e.length<r?[`only ${r} answers would show everybody, and ${(0,H.a3)(i)} were not enough for them`]:[]]}(e,t),l=`${i.length} answers over ${(0,H.a3)(t.took)}`,d=function(e){let t=new Map;for(let n of e){if("error"===n.kind)continue;let e=n.who??"somebody who does not say its name",r=t.get(e)??new Map;t.set(e,r),t3(r,n.release)}let n=[...t].map(([e,t])=>`${e} (${t6(t)})`),r=n.length-12;return r>0?`${n.slice(0,12).join(", ")} and ${r} more`:n.join(", ")}(i)||"nobody";return o.map(({goal:o,standing:c,attempts:u})=>{let h="seen"===c&&0===s.size,f=function({goal:e,standing:t,answers:n,sources:r},{sightings:i},o){if("host"!==e.kind){let e=`seen ${t6(t4(i))||"nothing"}`;return void 0===o.identity.host?`${e}; no answer names its host`:`${e}; answers came from ${r}`}let{host:s}=e,{version:a}=o.expected,l=i.filter(e=>"release"===e.kind&&e.who===s),d=t6(t4(l));if("seen"===t)return`${d} in ${n}`;let c=`answers came from ${r}`;if(0===l.length)return`no answer by ${s}: could not see it in ${n}; ${c}`;if("unseen"===t)return`${s} as ${d} in ${n}, never as ${a}; ${c}`;let u="broken"===t?`another release after it had answered as ${a}`:"more than one release at the same time, and nothing since";return`${s} as ${d} in ${n}: ${u}; ${c}`}({goal:o,standing:c,answers:l,sources:d},e,t),$=u.findIndex(e=>e.passed);return{host:"host"===o.kind?o.host:t.from,subject:"host"===o.kind?`${o.host} through ${n}`:`the balancer at ${n}`,check:"version",request:`${(0,ep.o)(r)}, ${i.length} answers`,expected:`${t.expected.version}${"every"===o.kind?" in every answer":""}`,passed:h,seen:h?f:[f,...a].join("; "),attempts:u,flapping:$>=0&&u.slice($).some(e=>!e.passed)}})})(e,{...t,took:r(),least:t7(e,t)}))}function t7({sightings:e},{hosts:t}){var n;let r=new Set(t.map(({host:e})=>e));for(let t of e)"release"===t.kind&&void 0!==t.who&&r.add(t.who);return Math.ceil((n=Math.max(1,r.size))*(Math.log(n)+Math.log(1e6)))}function ne(e,t){return!!e.sightings.some(({kind:e})=>"error"===e)||e.progress.every(({goal:n,standing:r})=>"broken"===r||"seen"===r&&("host"===n.kind?e.sightings.filter(e=>"release"===e.kind&&e.who===n.host&&e.expected).length>=3:"some"===n.kind||e.sightings.length>=t7(e,t)))}async function nt(e,{targets:t,trials:n,patience:r,negativeControl:i}){var o,s;let a,l,d,c=new Set(i?n:[]),u=(o=n,s=t,a=o.flatMap(e=>e.among(s).map(t=>({target:t,trial:e,attempts:[]}))),l=[...new Set([...s,...a.map(({target:e})=>e)].map(({subject:e})=>e))],d=Map.groupBy(a,({target:e})=>e.subject),l.flatMap(e=>d.get(e)??[]));u.length>0&&r.warmUp>0&&(e.log.info(`warming up for ${(0,H.a3)(r.warmUp)} before the first attempt counts`),await e.clock.sleep(r.warmUp,e.signal));for(let t=1;u.some(e=>ni(e,r));t+=1){t>1&&await e.clock.sleep(r.interval,e.signal);let n=u.filter(e=>ni(e,r)),i=await e.ask(n.map(({target:{host:e},trial:t,target:n})=>({host:e,limit:t.limit,question:t.askAt(n)})),e.signal),o=new Map(n.map((e,t)=>[e,i[t]??nn]));for(let n of(function(e,t){for(let[{trial:n,target:r},i]of e)"silent"!==i.kind&&t.delete(n)&&n.control(i,r)}(o,c),u=u.map(e=>(function(e,t){if(void 0===t)return e;let n=e.trial.judge(t,e.target),{target:r,trial:i,attempts:o}=e;return{target:r,trial:i,attempts:[...o,{...n,milliseconds:t.milliseconds}],..."command"===t.kind&&{output:t.output}}})(e,o.get(e)))))n.attempts.length===t&&ni(n,r)&&n.attempts.at(-1)?.passed===!1&&e.log.info(`${nr(ns(n,r))}; trying again`)}return u.map(e=>ns(e,r))}let nn={kind:"silent",problem:"it was never asked",milliseconds:0};function nr(e){let{check:t,request:n,passed:r,seen:i,expected:o,attempts:s,flapping:a}=e,l=function({subject:e,side:t}){return void 0===t?e:`${e} (${t})`}(e),d=1===s.length?"":` after ${s.length} attempts`,c=a?` (flapping: ${s.map(({passed:e})=>e?"pass":"fail").join(", ")})`:"";return r?`smoke test ${t} at ${l} passed${d}${c}: ${i}`:`smoke test ${t} at ${l} saw ${i}${d}${c}, expected ${o} (${n})`}function ni({attempts:e},{attempts:t,consecutive:n}){return e.length<t&&no(e)<n}function no(e){return e.length-1-e.findLastIndex(({passed:e})=>!e)}function ns({target:e,trial:t,attempts:n,output:r},{consecutive:i}){let o=n.findIndex(({passed:e})=>e),s=no(n)>=i,a=n.at(-1)?.seen??"nothing",l=!s&&n.at(-1)?.passed===!0;return{host:e.host,subject:e.subject,check:t.name,...void 0!==e.side&&{side:e.side},request:(0,ep.o)(t.askAt(e)),expected:1===i?t.expected:`${t.expected}, ${i} times in a row`,passed:s,seen:l?`${a}, but only ${no(n)} in a row`:a,attempts:n,...void 0!==r&&{output:r},flapping:o>=0&&n.slice(o).some(e=>!e.passed)}}var na=n(6450);function nl(e,t){if("silent"===t.kind)return{passed:!1,seen:`no answer (${t.problem})`};let n=new Set(nc(e).flatMap(e=>e.faultOf(t)??[])),r=0===n.size?[`in ${(0,H.a3)(t.milliseconds)}`]:n;return{passed:0===n.size,seen:[function(e){switch(e.kind){case"http":return String(e.status);case"tcp":return"connected";case"tls":return`certificate until ${e.expires.slice(0,10)}`;case"dns":return 0===e.values.length?"no such record":e.values.join(", ").slice(0,160);case"command":return`exit code ${e.exitCode}`;case"answers":return`${e.answers.length} answers`}}(t),...r].join(" ")}}function nd(e){return nc(e).map(({rule:e})=>e).join(", ")}function nc(e){let t={rule:`within ${(0,H.a3)(e.within)}`,faultOf:({milliseconds:t})=>t<=e.within?void 0:`in ${(0,H.a3)(t)}`};return[...function(e){var t,n;switch(e.type){case"http":return t=e,[{rule:`status ${t.status.map(({from:e,to:t})=>e===t?e:`${e}-${t}`).join(" or ")}`,faultOf:nh("http",({status:e,body:n})=>t.status.some(({from:t,to:n})=>e>=t&&e<=n)?void 0:n$(n))},...Object.entries(t.header).map(([e,t])=>({rule:`header ${e} ${nf(t)}`,faultOf:nh("http",({headers:n})=>{let r=n[e];return void 0===r?`without header ${e}`:(0,na.v9)(t,r)?void 0:`with header ${e}: ${n$(r)}`})})),...nu("http",t.text,({body:e})=>e),...t.json.map(({path:e,equals:t})=>({rule:`${e} ${JSON.stringify(t)}`,faultOf:nh("http",({body:n})=>(function(e,t,n){let r=(0,na.EZ)(e,t);if("no JSON"===r.kind){let t=Buffer.byteLength(e)<na.t0?"":" (of which only the first 8 kB are read)";return`with a body that is not JSON${t}: ${n$(e)}`}if((0,na.fy)(r,n))return;let i=r.values.map(e=>JSON.stringify(e)).join(", ");return`with ${t} ${i.slice(0,160)||"nothing"}`})(n,e,t))}))];case"tcp":return n=e,[{rule:"a connection",faultOf:nh("tcp",()=>void 0)},...nu("tcp",n.text,({banner:e})=>e)];case"tls":return function({tls:e,daysLeft:t}){let n={rule:"a trusted certificate",faultOf:nh("tls",({distrust:e})=>""===e?void 0:`not trusted: ${e}`)},r={rule:0===t?"not expired":`${t} days left`,faultOf:nh("tls",e=>{var n;return e.daysLeft>=t?void 0:(n=e.daysLeft)<0?"which is over":1===n?"with 1 day left":`with ${n} days left`})};return"verify"===e?[n,r]:[r]}(e);case"dns":return function({kind:e,values:t}){return[{rule:`${e} ${t.join(", ")}`,faultOf:nh("dns",e=>{let n=t.filter(t=>!e.values.includes(t)),r=e.values.some(e=>!t.includes(e));return n.length>0?`without ${n.join(", ").slice(0,160)}`:r?`and not ${t.join(", ").slice(0,160)} alone`:void 0})}]}(e);case"command":return function({exitCode:e,text:t}){return[{rule:`exit ${e}`,faultOf:nh("command",t=>t.exitCode===e?void 0:n$(t.output))},...nu("command",t,({output:e})=>e)]}(e)}}(e),t]}function nu(e,t,n){return t.map(t=>({rule:nf(t),text:t,faultOf:nh(e,e=>(0,na.v9)(t,n(e))?void 0:n$(n(e)))}))}function nh(e,t){return n=>n.kind===e?t(n):`instead of an answer of ${e}`}function nf({kind:e,text:t}){return`${e} ${"matches"===e?t:JSON.stringify(t)}`}function n$(e){return JSON.stringify(e.trim().slice(0,160))}function np(e,t){return[...Map.groupBy(e,t).values()].flatMap(e=>e.slice(0,1))}function nm(e,t){return new h.yo(`smoke test ${e} cannot fail: ${t.join(", ")} holds for any answer, so a broken service would pass it too. Write an expectation that a broken service does not meet.`)}async function ng(e,t){let n=await e.transport.facts(t),r=n.filter(({reachable:e})=>!e);if(0===r.length)return new Map(n.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));let i=r.map(({host:e,problem:t})=>`- ${e}: ${t}`);throw new h.yo(["Hosts cannot be reached; nothing was touched.",...i,"Start their agents, then run again."].join("\n"))}async function nw(e,t,n){let r=n.filter(e=>nk(t,e)).slice(0,2).map(e=>tx(t,e,p(t.views,e))),i=r.length>0?r:await nv(e,t);return 0===i.length&&e.log.info(`no host that serves another release than ${t.release.version} was found in ${t.zone.zone} or the later zones of ${t.zone.region}: the checks against old were not made`),i}async function nv(e,t){let{fleet:n,zone:r,release:i,settings:o,views:s}=t,a=n.zones.map(e=>e.zone),l=n.zones.slice(a.indexOf(r.zone)+1).filter(({region:e})=>e===r.region).flatMap(({hosts:e})=>e).filter(e=>nk(t,e)).slice(0,2);if(0===l.length)return[];try{let[n,r]=await Promise.all([ng(e,l),T(e,l,o.directory)]);return r.filter(({release:e})=>e?.version!==i.version).map(({host:e})=>tx({...t,addresses:n},e,p(s,e)))}catch(n){e.signal.throwIfAborted();let t=n instanceof Error?n.message:String(n);return e.log.info(`${l.join(", ")} could not be asked which release they serve: ${t}`),[]}}function nk({views:e},t){return p(e,t).some(({state:e})=>"healthy"===e)}async function nb(e,t,n){let r=nz(e,t);nN(e,await nE(r,t,t.fleet.smoke,nx(t,n)))}async function ny(e,t,n,r){var i,o;let s,a=nz(e,t),l=await Promise.all([nE(a,t,t.fleet.smoke,(i=t,o=n,s=nM(i),o.slice(0,1).flatMap(({host:e})=>tS(i).map(t=>({host:s.from??e,subject:`the balancer at ${t}`,base:t,entrance:!0,...s}))))),nS(a,t,n),n_(e,a,t,{hosts:n,waiting:r})]);nN(e,l.flat())}async function nS(e,t,n){let{identity:r}=t.fleet.hosts,{from:i,seenWithin:o}=t.fleet.policy.smoke,s=tS(t),[a]=n;return r?.host===void 0||0===s.length||void 0===a?[]:t8(e,{from:"runner"===i?i:a.host,entrances:s,hosts:n.map(({host:e,address:t,ports:[n,...r]})=>void 0===n||r.length>0?{host:e,address:t}:{host:e,address:t,port:n}),identity:r,expected:{version:t.release.version,sha256:t.release.artifact.sha256},patience:o})}async function n_(e,t,n,{hosts:r,waiting:i}){let o=n.fleet.smoke.filter(({against:e})=>e.includes("old"));if(0===o.length)return[];let s=await nw(e,n,i);if(0===s.length)return[];let a=[...nx(n,s).map(e=>({...e,side:"old"})),...nx(n,r).map(e=>({...e,side:"new"}))];return nE(t,n,o,a)}function nx(e,t){return t.flatMap(({host:t,address:n,ports:r})=>r.map(r=>({host:t,subject:t,base:`http://${n}:${r}`,...nM(e)})))}function nM({fleet:e}){let{from:t}=e.policy.smoke;return"runner"===t?{from:t}:{}}function nz(e,t){var r;let i;return{...e,ask:(r=t.fleet.policy.smoke.from,i=void 0===e?t0:async(t,n)=>{let r=[];for(let i=0;i<t.length;i+=200)r.push(...await tX({...e,signal:n},t.slice(i,i+200)));return r},"host"===r?i:async(e,t)=>{let{askFromRunner:r}=await Promise.all([n.e(193),n.e(625)]).then(n.bind(n,4625));return r({atOnce:64,commands:i})(e,t)})}}function nE(e,{fleet:t},n,r){let{attempts:i,interval:o,consecutive:s,warmUp:a}=t.policy.smoke;return nt(e,{targets:r,trials:n.map(e=>{var n;return n=t.hosts.directory,{name:e.name,expected:nd(e),limit:e.within+1e3,among(t){let n=t.filter(({side:t="new"})=>e.against.includes(t));return"dns"===e.type?np(n,({from:e,host:t})=>e??t).map(({from:e,host:t,base:n,side:r})=>void 0===e?{host:t,subject:t,base:n,...void 0!==r&&{side:r}}:{host:e,from:e,subject:"the runner",base:n}):"command"!==e.type?n:np(n.filter(({entrance:e})=>!e),({host:e})=>e)},askAt:({base:t})=>(function(e,t,n){let{hostname:r,port:i}=ew(t);switch(e.type){case"http":return function(e,t){let{method:n,headers:r,body:i,redirects:o,tls:s,host:a}=e,{protocol:l,hostname:d,port:c}=ew(t),u={method:n,headers:{...void 0!==i&&{"content-type":"application/octet-stream"},...Object.fromEntries(Object.entries(r).map(([e,t])=>[e.toLowerCase(),t]))},...void 0!==i&&{body:i},redirects:o,tls:s};return void 0===a?{kind:"http",url:t+e.path,manner:u}:{kind:"http",url:`${l}//${a}:${c}${e.path}`,manner:{...u,headers:{...u.headers,host:a},connect:d}}}(e,t);case"tcp":return{kind:"tcp",address:r,port:e.port??Number(i),listen:e.text.length>0};case"tls":return{kind:"tls",address:r,port:e.port??Number(i),name:e.host??r};case"dns":{let{record:t,kind:n,server:r}=e;return{kind:"dns",record:t,type:n,...void 0!==r&&{server:r}}}case"command":return{kind:"command",directory:n,program:e.run}}})(e,t,n),judge:t=>nl(e,t),control(t){let n=(function(e,t,n){let r=[{kind:"equals",text:n}];switch(e.type){case"http":return[{...e,status:[{from:0,to:0}]},{...e,text:r},{...e,json:[{path:"$",equals:n}]}];case"tcp":return[{...e,text:r}];case"tls":return[{...e,daysLeft:("tls"===t.kind?Math.max(t.daysLeft,0):0)+1}];case"dns":return[{...e,values:[n]}];case"command":return[{...e,exitCode:256},{...e,text:r}]}})(e,t,(0,eH.randomUUID)()).find(e=>nl(e,t).passed);if(void 0!==n)throw nm(e.name,[nd(n)])}}}),patience:{attempts:i,interval:o,consecutive:s,warmUp:a},negativeControl:!0})}function nN({log:e},t){for(let n of t)e.info(nr(n));let n=t.filter(({passed:e})=>!e);if(0===n.length)return;let r=n.length-10;throw new h.yo([...n.slice(0,10).map(nr),...r>0?[`and ${r} more checks failed: all of them are in the log`]:[]].join("\n"))}async function nj(e,t,n){let r=`upgrade of ${t.fleet.service} to ${t.release.version}`,i=await eq(e,t_(t,n.hosts,n.adopted,r)),o={work:t,records:i,reports:[],returned:!1};try{await nI(e,o);let r=o.records.map(({host:e,targets:t})=>tx(o.work,e,t));return await nb(e,o.work,r),o.returned=!0,await ed(e,{records:o.records,policy:t.fleet.policy.restore}),await ny(e,o.work,r,n.waiting),{kind:"done",hosts:o.reports,work:o.work}}catch(t){return tz(e,o,t)}}async function nI(e,t){let{work:n,records:r}=t,{reports:i,successors:o}=await tm(e,{settings:n.settings,wanted:{kind:"release",...n.release},ladder:n.fleet.policy.onFailure,hosts:r.map(({host:e,targets:t})=>tx(n,e,t)),from:new Map(r.flatMap(({host:e,from:t})=>void 0===t?[]:[[e,t]]))});for(let{replaced:s,host:a}of(t.reports=r.flatMap(({host:e})=>i.find(t=>t.host===e)??[]),t.work=function(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}(n,o),t.records=await eP(e,r,o),o))e.log.warning(`${s} was replaced by ${a.host}: write the new id into the fleet file before the next deployment.`);let s=t.reports.filter(e=>!(0,e$.K)(e));if(s.length>0)throw new h.yo(s.map(({host:e,proof:t})=>`${e}: ${t}`).join("\n"))}var nO=n(3384);async function nA(e,t){let n=await nT(e,t);return nL(e,n)}async function nT(e,t){let{fleet:n,version:r}=t,i=n.smoke.flatMap(e=>{var t;let n,r,i=(t=(0,eH.randomUUID)(),r=(n=nc(e)).filter(({text:e})=>void 0!==e&&(0,na.v9)(e,"")&&(0,na.v9)(e,t)),((function({type:e},t){switch(e){case"http":return[404,500].map(n=>({kind:e,status:n,headers:{},body:t,milliseconds:0}));case"tcp":return[{kind:e,banner:"",milliseconds:0},{kind:e,banner:t,milliseconds:0},{kind:"silent",problem:t,milliseconds:0}];case"tls":return[0,1e6].map(n=>({kind:e,distrust:t,expires:"1970-01-01T00:00:00.000Z",daysLeft:n-1,milliseconds:0}));case"dns":return[[],[t]].map(t=>({kind:e,values:t,milliseconds:0}));case"command":return[{kind:e,exitCode:255,output:"",milliseconds:0},{kind:e,exitCode:1,output:t,milliseconds:0}]}})(e,t).every(t=>nl(e,t).passed)?n.slice(0,-1):r).map(({rule:e})=>e));return 0===i.length?[]:[nm(e.name,i).message]});if(i.length>0)throw new h.yo(i.join("\n"));let o=(0,nO.findZone)(n,t.zone),s=n.release.artifact.replaceAll("{version}",r),[a,l,d]=await Promise.all([e.artifacts.find(s,t.sha256),ng(e,o.hosts),$(e,o.pools.map(({targetGroup:e})=>e))]),c=n.zones.filter(({region:e})=>e===o.region),{transport:u,...f}=n.hosts,p={fleet:n,zone:o,settings:{service:n.service,zone:o.zone,...f},release:{version:r,artifact:a},views:d,addresses:l,zoneOf:new Map(n.zones.flatMap(e=>e.hosts.map(t=>[t,e.zone]))),floor:{minHealthy:n.policy.minHealthy,surviveZone:n.policy.surviveZone??c.length>=3},releases:new Map};if(n.smoke.some(({type:e})=>"http"===e)&&0===tS(p).length)throw new h.yo(`no plain HTTP listener forwards to the pools of ${o.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`);return function(e,t){let{hosts:n,policy:r}=t.fleet,i=tS(t),o=t.views.filter(({settings:e})=>"network"===e.balancerType);o.length>0&&i.length>0&&"host"===r.smoke.from&&e.log.warning(`${o.map(({settings:e})=>e.name).join(", ")} is behind a network load balancer, and policy.smoke.from is host: where it preserves client addresses, a host cannot reach itself through it, and the smoke test fails. Write \`from: runner\`, or turn preserve_client_ip.enabled off.`),void 0===n.identity?e.log.warning("The fleet file has no hosts.identity: nothing proves which release a process runs."):void 0===n.identity.host&&i.length>0&&e.log.warning("The fleet file has no hosts.identity.host: behind the balancer hosts cannot be told apart, so that nothing shows that each of them answers users.")}(e,p),p}async function nL(e,t){var n,r;let i,o,s=await T(e,t.zone.hosts,t.settings.directory),a=(n=s.map(e=>({status:e,registrations:p(t.views,e.host)})),r={service:t.fleet.service,version:t.release.version,sha256:t.release.artifact.sha256},(o=(i=n.map(e=>(function({status:e,registrations:t},n){let{host:r,record:i}=e,o=t.filter(({state:e})=>"draining"!==e),s=i?.targets??t;if(!(s.length>0&&s.every(e=>o.some(({pool:t,port:n})=>t===e.pool&&n===e.port)))){if(i?.service===n.service)return{kind:"continue",host:r,record:i};if(void 0!==i)return`${r} is out of service since ${i.since} for another reason (${i.reason}, ${i.run}). Return it with restore-target when that is done, then run the same step again.`;let e=0===t.length?"in none of its pools":"being drained by somebody else";return`${r} is ${e}, and no record on it says why. Put it back into service, or take it out of the fleet file, then run the same step again.`}let a=e.release,l=a?.version===n.version;return l&&a?.sha256!==n.sha256?`${r} runs release ${n.version} with sha256 ${a?.sha256||"unknown"}, and the archive has ${n.sha256}. One version must always be the same bytes: give the new build a new version.`:l?{kind:"prove",host:r,...void 0===i?{}:{record:i}}:{kind:"upgrade",host:r}})(e,r))).filter(e=>"string"==typeof e)).length>0?{kind:"impossible",problems:o}:{kind:"ready",steps:i.filter(e=>"string"!=typeof e)});if("impossible"===a.kind){let e=a.problems.map(e=>`- ${e}`);throw new h.yo([`${t.zone.zone} cannot be deployed; nothing was touched.`,...e].join("\n"))}for(let t of a.steps){if("continue"!==t.kind)continue;let{run:n,since:r,reason:i}=t.record;e.log.info(`${t.host}: out of service since ${r} (${i}, ${n}); continuing`)}let l=new Map(s.flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]]));return{work:{...t,releases:l},steps:a.steps}}async function nR(e,t){var n,r,i,o;let s=await nA(e,t),{work:a}=s,l=await nq(e,s),d=new Set(l.map(({host:e})=>e)),c=s.steps.filter(({host:e})=>!d.has(e));if(t.dryRun||await nC(e,s,d),0===c.length)return nW(e,a,l);let u=await nP(e,a,c,0);return t.dryRun?nU(a,"planned",[...l,...(n=e,r=a,i=c,o=u,n.log.info(`dry run: ${o.hosts.join(", ")} would leave service first; nothing was touched`),nF(r,i))]):nZ(e,a,l,c)}async function nq(e,{work:t,steps:n}){let r=n.filter(({kind:e})=>"prove"===e),{version:i,artifact:o}=t.release,s=(await ez(e,{...t.settings,startTimeout:0},r.map(({host:e})=>({host:tx(t,e,p(t.views,e)),version:i,sha256:o.sha256})))).flatMap(t=>{let{host:n}=t;return"failed"===t.kind?(e.log.warning(`${n}: current is ${i}, and the process does not prove it: ${t.problem}`),[]):(e.log.info(`${n}: already on ${i} and in service, proven ${t.value}; skipped`),[{host:n,outcome:"unchanged",from:i,to:i,proof:t.value}])});return v(e,s.map(({host:e})=>e),"serving"),s}async function nC(e,{work:t,steps:n},r){let i=n.flatMap(e=>"prove"===e.kind&&void 0!==e.record&&r.has(e.host)?[e.record]:[]);await ed(e,{records:i,policy:t.fleet.policy.restore})}async function nW(e,t,n){try{let r=t.zone.hosts.map(e=>tx(t,e,p(t.views,e)));return await ny(e,t,r,[]),nU(t,"unchanged",n)}catch(r){let e=r instanceof Error?r:Error(String(r));return{...nU(t,"stopped",n),problem:e}}}async function nZ(e,t,n,r){let i=t,o=n,s=r;for(let t=0;s.length>0;t+=1){let n=await nD(e,i,s,t);"done"===n.kind&&(i=n.work);let r=new Set((o=[...o,...n.hosts]).map(({host:e})=>e));if(s=s.filter(({host:e})=>!r.has(e)),"failed"===n.kind){let t=await nH(e,i,s);return{...nU(i,"stopped",[...o,...t]),problem:n.problem}}}return nU(i,"deployed",o)}async function nD(e,t,n,r){try{let i=await nP(e,t,n,r),o=`${t.zone.zone}, batch ${r+1}: ${i.hosts.join(", ")} to ${t.release.version}`,s=await e.log.group(o,()=>nj(e,t,i));return await (0,e$.J)(e.log,s.hosts),s}catch(e){return{kind:"failed",hosts:[],problem:e instanceof Error?e:Error(String(e))}}}async function nP(e,t,n,o){let s=new Map(n.flatMap(e=>"continue"===e.kind?[[e.host,e.record]]:[])),a=e=>n.filter(({kind:t,host:n})=>"upgrade"===t&&!e.includes(n)).map(({host:e})=>e);if(s.size>0){let e=[...s.keys()];return{hosts:e,adopted:s,waiting:a(e)}}let{batch:l}=t.fleet.policy,d=l[Math.min(o,l.length-1)]??{kind:"count",value:1},c=n.map(({host:e})=>e),u=await $(e,t.zone.pools.map(({targetGroup:e})=>e)),f=(0,r.Tu)(d,t.zone.hosts.length),p=function(e,t,n,r,o){for(let s=Math.min(n,t.length);s>1;s--){let n=t.slice(0,s),a=i(e,n,r,o);if("allowed"===a.kind)return{hosts:n,verdict:a}}let s=t.slice(0,Math.min(n,1)),a=i(e,s,r,o);return{hosts:"allowed"===a.kind?s:[],verdict:a}}(P(u,await D(e,u,c)),c,f,t.zoneOf,t.floor);if(p.hosts.length>0)return{hosts:p.hosts,adopted:s,waiting:a(p.hosts)};throw new h.yo(eo(c.slice(0,1),p.verdict.reasons))}async function nH(e,t,n){let r=t.zone.pools.map(({targetGroup:e})=>e),i=await $(e,r).catch(()=>[]);return nF(t,n).map(e=>p(i,e.host).some(({state:e})=>"draining"!==e)?e:{...e,outcome:"held",proof:"the balancer does not show it in service"})}function nF(e,t){return t.map(({host:t})=>{let n=e.releases.get(t)??"nothing";return{host:t,outcome:"untouched",from:n,to:e.release.version,proof:""}})}function nU(e,t,n){let{version:r,artifact:i}=e.release;return{zone:e.zone.zone,version:r,sha256:i.sha256,state:t,hosts:n}}}};