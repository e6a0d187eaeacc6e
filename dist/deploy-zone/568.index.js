"use strict";exports.id=568,exports.ids=[568,384],exports.modules={3039:(e,t,n)=>{function o(e){let t=/^(?<value>\d{1,6})(?<percent>%?)$/.exec(e.trim());if(t?.groups===void 0)return;let n=Number(t.groups.value);return""===t.groups.percent?{kind:"count",value:n}:n<=100?{kind:"percent",value:n}:void 0}function i(e){return"percent"===e.kind?`${e.value}%`:`${e.value}`}function r(e,t){return"count"===e.kind?e.value:Math.ceil(e.value*t/100)}function a(e,t){return Math.max(1,"count"===e.kind?e.value:Math.floor(e.value*t/100))}n.d(t,{C_:()=>o,Tu:()=>a,ej:()=>i,jZ:()=>r})},7879:(e,t,n)=>{n.d(t,{G9:()=>s,MW:()=>i,NM:()=>l,P3:()=>r,_k:()=>a});let o=["retry","roll-back","replace","hold"],i=/^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/,r="one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once";function a(e){let t=e.flatMap(e=>{let[t,n]=e.split(" ");return i.test(e)?"retry"===t?[{kind:t,times:Number(n)}]:"roll-back"===t||"replace"===t||"hold"===t?[{kind:t}]:[]:[]}),n=t.map(({kind:e})=>o.indexOf(e)),r=n.every((e,t)=>0===t||e>(n[t-1]??0));return t.length>0&&t.length===e.length&&r?t:void 0}function s(e){return e.map(e=>"retry"===e.kind?`retry ${e.times}`:e.kind)}function l(e,t){return e.some(e=>e.kind===t)}},3384:(e,t,n)=>{n.r(t),n.d(t,{findZone:()=>r});var o=n(6220),i=n(2913);function r(e,t){let n=e.zones.find(({zone:e})=>e===t);if(void 0!==n)return n;let r=e.zones.map(({zone:e})=>e),a=(0,i.p)(t,r),s=void 0===a?"":` Did you mean ${a}?`;throw new o.yo(`zone ${t} is not in the fleet file, which has ${r.join(", ")}.${s}`)}},568:(e,t,n)=>{n.r(t),n.d(t,{deployZone:()=>t2});var o=n(3039);function i(e,t,n,o){let i=new Set(t),a=r(e,t).flatMap(e=>(function(e,t,n,o){var i,r;let a,d,{settings:h,targets:f}=e,$=o.surviveZone||!h.crossZone,p={label:`pool ${h.name}`,settings:h,targets:f,leaving:t,serves:({id:e,state:t,shifted:o})=>"healthy"===t&&!o&&(!$||n.has(e))};return[...function(e,t,n){let{label:o,settings:i,targets:r,leaving:a}=e,s={holds:!1,reason:`${o}: has no health checks, so nobody knows how many of its ${r.length} targets are healthy`},l=new Set(r.map(({id:e})=>e).filter(e=>!t.has(e))),d=[...l].filter(e=>a.has(e)),c=[...l].filter(e=>!a.has(e));return[...i.healthChecked?[]:[s],...n&&d.length>0?[{holds:!1,reason:`${o}: ${d.join(", ")} would leave and the zone is not known`}]:[],...n&&c.length>0?[{holds:!0,reason:`${o}: ${c.join(", ")} not counted, the zone is not known`}]:[]]}(p,n,$),s(p,o),...h.crossZone?[]:(i=p,r=n,d=(a=Map.groupBy(i.targets,({id:e})=>r.get(e))).get(void 0)??[],[...a].flatMap(([e,t])=>{let n=[...t,...d],o=n.filter(({id:e})=>i.leaving.has(e)).length;return void 0===e||0===o||o===n.length?[]:[{...i,label:`${i.label} in zone ${e}, cross-zone off`,targets:n}]})).map(e=>s(e,o)),...o.surviveZone?[function(e,t,n){let o=l(e,n),i=new Set([...e.leaving].flatMap(e=>{let n=t.get(e);return void 0===n?[]:[n]})),r=c(e),[a]=[...Map.groupBy(r,({id:e})=>t.get(e))].flatMap(([e,{length:t}])=>void 0===e||i.has(e)?[]:[{zone:e,count:t}]).toSorted((e,t)=>t.count-e.count||e.zone.localeCompare(t.zone));if(void 0===a)return{holds:r.length>=o.required,reason:`${e.label}: no other zone serves, none can be lost`};let s=r.length-a.count;return{holds:s>=o.required,reason:`${u(e)}, ${s} if zone ${a.zone} were lost too, floor is ${o.required} (${o.because})`}}(p,n,o)]:[]]})(e,i,n,o)),d=a.filter(e=>!e.holds);return d.length>0?{kind:"refused",reasons:d.map(({reason:e})=>e)}:{kind:"allowed",reasons:a.map(({reason:e})=>e)}}function r(e,t){return t.some(t=>!e.some(e=>a(e,t)))?e:e.filter(e=>t.some(t=>a(e,t)))}function a(e,t){return e.targets.some(e=>e.id===t)}function s(e,t){var n,o;let i,{label:r,settings:a,targets:s}=e,h=s.filter(e.serves).length,f=d(a.failOpen,s.length);if(h<f)return{holds:!1,reason:`${r}: ${h} healthy of ${s.length}, it is failing open now (threshold ${f}), sick targets get requests too`};let $=l(e,t),p=c(e).length,m=`${u(e)}, floor is ${$.required} (${$.because})${(n=e,o=$.required,(i=n.targets.length)-1>=o?"":`; this floor can never hold while a host is out: it needs ${o} of ${i} targets, add hosts or lower it`)}`;return{holds:p>=$.required,reason:m}}function l(e,t){let{settings:n,targets:i}=e,r=i.length,a=d(n.failOpen,r),s=d(n.dnsFailover,r),{minHealthy:l}=t;return[{required:(0,o.jZ)(l,r),because:`min-healthy ${(0,o.ej)(l)}${"percent"===l.kind?` of ${r}`:""}`},{required:a+1,because:`fail-open threshold ${a}, and one more`},{required:s+1,because:`DNS-failover threshold ${s}, and one more`}].reduce((e,t)=>t.required>e.required?t:e)}function d(e,t){let n=void 0===e.percent?0:Math.ceil(e.percent*t/100);return Math.max(e.count??0,n)}function c(e){return e.targets.filter(t=>e.serves(t)&&!0!==t.ramping&&!e.leaving.has(t.id))}function u(e){let{label:t,targets:n}=e,o=n.filter(e.serves),i=o.filter(e=>!0===e.ramping).length,r=n.filter(({id:t})=>e.leaving.has(t)),a=r.filter(t=>!e.serves(t)).length,s=0===i?"":` (${i} of them in slow start, not counted)`,l=0===a?"":` (${a} of them not healthy)`;return`${t}: ${o.length} healthy of ${n.length}${s}, ${r.length} would leave${l}, ${c(e).length} remain`}var h=n(6220),f=n(2913);async function $(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,o]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:o}}))}function p(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:o})=>({pool:e.pool,id:t,port:n,state:o})))}function m(e){return[...new Set(e.map(({port:e})=>e))]}function g(e){let t=new Map;for(let{pool:n,id:o,port:i}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:o,port:i}]);return t}function w(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function v(e,t,n,o){let i=new Date(e.clock.now()).toISOString();for(let r of t)e.timeline({at:i,host:r,phase:n,...void 0===o?{}:{note:o}})}function k(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(S(e))return e}catch{}throw new h.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function b(e,t){let n=e[t];return"string"==typeof n?n:""}function y(e,t){return Buffer.from(b(e,t),"base64").toString("utf8")}function _(e,t){let n=e[t];return"number"==typeof n?n:0}function S(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}function M(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}let x=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,z=`
root=$ZONEWISE_HOST_ROOT
`,E=`${z}
record=$root/var/lib/zonewise/out-of-service.json
`,j=`${x}${E}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,N=`${x}${E}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`,O=`${x}${E}${M`
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
`}`;async function I(e,t,n){let o=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),i=n.filter(({host:e})=>!o.has(e)),r=0===i.length?[]:await e.transport.run(i,e.signal),a=new Map(i.map((e,t)=>[e,r[t]]));return n.map(e=>a.get(e)??{host:e.host,outcome:"lost",reason:o.get(e.host)??"it cannot be reached"})}async function T(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:O,arguments:[n],timeout:3e4})),e.signal)).map(e=>{let t=k(e.host,C(e,"tell its release")),n=b(t,"version"),o=y(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:b(t,"sha256")}},...""===o?{}:{record:R(o,e.host)}}})}async function A(e,t,n){let o=await e.transport.facts(t.map(({host:e})=>e));for(let i of(await I(e,o,t.map(e=>({host:e.host,script:j,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===i.outcome?e.log.warning(`${i.host} cannot be reached (${i.reason}); its record is kept in this step only.`):C(i,"record that it leaves service")}async function q(e,t){for(let n of(await I(e,await e.transport.facts(t),t.map(e=>({host:e,script:N,arguments:[],timeout:3e4})))))"lost"!==n.outcome?C(n,"forget that it was out of service"):e.log.warning(`${n.host} serves again; its record is still on it: ${n.reason}.`)}function R(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:o,run:i,since:r,service:a,from:s,scaling:l}=e;return[t,o,i,r].every(e=>"string"==typeof e)&&[a,s].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:o,processes:i}=e;return"string"==typeof n&&("standby"===t?void 0===o||Number.isInteger(o):"suspend"===t&&Array.isArray(i)&&i.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(L)}(t))return t}catch{}throw new h.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function L(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:o}=e;return"string"==typeof t&&"string"==typeof n&&Number.isInteger(o)}function C(e,t){if("done"===e.outcome)return e.stdout;throw new h.Wk(`${e.host} could not ${t}: ${W(e)}.`)}function W(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}async function Z(e,t,n){let o=[...new Set(r(t,n).filter(({settings:e})=>e.slowStart>0&&"instance"===e.targetType).flatMap(({targets:e})=>e.map(({id:e})=>e)))].filter(e=>!n.includes(e));if(0===o.length)return[];let i=o.map(e=>({host:e,script:O,arguments:[""],timeout:3e4}));return(await I(e,await e.transport.facts(o),i)).flatMap(t=>{let{host:n}=t,o=function(e){if("done"!==e.outcome)return{kind:"unknown",problem:W(e)};try{let t=y(k(e.host,e.stdout),"record");return""===t?{kind:"none"}:{kind:"record",record:R(t,e.host)}}catch(e){if(!(e instanceof h.Wk))throw e;return{kind:"unknown",problem:e.message}}}(t);if("none"===o.kind)return[];if("unknown"===o.kind)return e.log.warning(`Whether ${n} is in slow start is not known (${o.problem}); counted as the balancer shows it.`),[];let{run:i,since:r,reason:a,targets:s}=o.record;return e.log.info(`${n} is recorded as out of service since ${r} (${a}, ${i}): where the balancer calls it healthy it is in slow start and not counted. If that run is over, finish its return with restore-target.`),s})}function D(e,t){return e.map(({settings:e,targets:n})=>{let{pool:o,slowStart:i}=e,r=new Set((i>0?t.filter(e=>e.pool===o):[]).map(e=>w(n,e)));return{settings:e,targets:n.map(e=>r.has(e)&&"healthy"===e.state?{...e,ramping:!0}:e)}})}var P=n(5195);async function H({clock:e,log:t,signal:n},o){let i=e.now();void 0!==o.first&&o.first>0&&(t.info(`waiting for ${o.what}: ${(0,P.a3)(o.first)} at least`),await e.sleep(o.first,n));let r={at:-1/0,seen:""},a=Math.min(250,o.every);for(;;){let s=await o.look(),l=e.now(),d=i+o.timeout-l;if(s.reached||d<=0)return s;(s.seen!==r.seen||l-r.at>=15e3)&&(t.info(`waiting for ${o.what}: ${s.seen}; up to ${(0,P.a3)(d)} more`),r={at:l,seen:s.seen});let c=Math.min(a*(.9+.2*e.jitter()),s.again??d,d);await e.sleep(c,n),a=Math.min(1.5*a,o.every)}}let U=["AZRebalance","AlarmNotification","ScheduledActions","ReplaceUnhealthy","HealthCheck"],F=["EnteringStandby","Standby"];async function K(e,t,n){let o=t.filter(({scaling:e})=>void 0===e);if("ignore"===n.autoScaling)return await B(e,o.map(({host:e})=>e)),t;let i=await e.scaling.members(o.map(({host:e})=>e)),r=new Map;for(let[t,o]of Map.groupBy(i,({group:e})=>e)){let i=await e.scaling.group(t),a="suspend"===n.autoScaling?function({name:e,suspended:t}){return{mode:"suspend",group:e,processes:U.filter(e=>!t.includes(e))}}(i):function({name:e,minSize:t,desired:n},o,i){let r=o.filter(({lifecycle:e})=>!F.includes(e)).length;if(n-r>=t)return{mode:"standby",group:e};if(i.lowerMinSize)return{mode:"standby",group:e,minSize:t};throw new h.yo(`Auto Scaling group ${e} wants ${n} hosts and at least ${t}; with ${r} in standby ${n-r} would remain. Nothing was touched. Allow \`lower-min-size\`, use \`suspend\`, or add a host.`)}(i,o,n);for(let{host:e}of o)r.set(e,a)}return t.map(e=>{let t=e.scaling??r.get(e.host);return void 0===t?e:{...e,scaling:t}})}async function B(e,t){try{for(let{host:n,group:o}of(await e.scaling.members(t)))e.log.warning(`${n} is in Auto Scaling group ${o}, which may replace it while it is out: auto-scaling is \`ignore\`. Use \`standby\` or \`suspend\` to keep it.`)}catch(o){if(o instanceof h.cc)throw o;let n=o instanceof Error?o.message:String(o);e.log.warning(`Whether an Auto Scaling group may replace ${t.join(", ")} is not known: ${n}`)}}async function J(e,t){for(let[n,o,i]of ee(t)){if("suspend"===o.mode){e.log.info(`${n}: suspending ${o.processes.join(", ")||"nothing, all was suspended before"}`),o.processes.length>0&&await e.scaling.suspend(n,o.processes);continue}let t=(await e.scaling.members(i)).filter(({lifecycle:e})=>!F.includes(e));if(0===t.length)continue;let r=await e.scaling.group(n);r.desired-t.length<r.minSize&&(e.log.info(`${n}: lowering MinSize from ${r.minSize} for the time of the standby`),await e.scaling.setMinSize(n,r.desired-t.length)),await e.scaling.enterStandby(n,t.map(({host:e})=>e))}}async function V(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);return 0===n.length?[]:(await e.scaling.members(n)).filter(({lifecycle:e})=>!F.includes(e)).map(({host:e,lifecycle:t})=>`${e} is ${t} in its Auto Scaling group`)}async function G(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);if(0===n.length)return;let o=await H(e,{what:"the Auto Scaling group to finish moving hosts into standby",every:2e3,timeout:366e4,look:async()=>{await X(e,t);let o=(await Q(e,n,F)).length;return 0===o?{reached:!0,value:void 0}:{reached:!1,seen:`${o} hosts still on their way`}}});if(!o.reached)throw new h.Wk(`the Auto Scaling group does not let go of its hosts: ${o.seen}.`)}async function X(e,t){for(let[n,o,i]of ee(t)){if("standby"!==o.mode)continue;let t=await Q(e,i,["Standby"]);0!==t.length&&await e.scaling.exitStandby(n,t.map(({host:e})=>e))}}async function Y(e,t){for(let[n,o,i]of ee(t)){if("standby"===o.mode){void 0!==o.minSize&&await e.scaling.setMinSize(n,o.minSize);continue}for(let t of i)await e.scaling.setHealthy(t);o.processes.length>0&&await e.scaling.resume(n,o.processes)}}async function Q(e,t,n){return(await e.scaling.members(t)).filter(({lifecycle:e})=>n.includes(e))}function ee(e){let t=new Map;for(let{host:n,scaling:o}of e){if(void 0===o)continue;let e=t.get(`${o.mode} ${o.group}`);void 0===e?t.set(`${o.mode} ${o.group}`,{scaling:o,hosts:[n]}):e.hosts.push(n)}return[...t.values()].map(({scaling:e,hosts:t})=>[e.group,e,t])}async function et(e,t){let n=await en(e,t.pools,t.hosts),o=t.hosts.map(o=>(function(e,t,n,o){let i=t.adopted.get(o),r=p(n,o),a=t.ports?.get(o),s=r.filter(({state:e,port:t})=>"draining"!==e&&(void 0===a||a.includes(t)));if(void 0!==i)return{...i,targets:er(i.targets,s)};let l=!0===t.adoptDraining?r:s;if(0===l.length)throw new h.yo(function(e,t,n){let o=e.map(({settings:e})=>e.name).join(", "),i=p(e,t);if(i.some(({state:e})=>"draining"===e))return`${t} is being drained by somebody else, and no record on it says why; nothing was touched. Wait for it, or take it over with \`adopt: true\`.`;if(i.length>0&&void 0!==n){let e=i.map(({port:e})=>e).join(", ");return`${t} is registered in ${o} at port ${e}, not at ${n.join(", ")}; nothing was touched.`}let r=(0,f.p)(t,[...new Set(e.flatMap(({targets:e})=>e.map(({id:e})=>e)))]);return`${t} is not registered in ${o}, so there is nothing to drain; nothing was touched. `+(void 0===r?"Check the host id and the target groups.":`Did you mean ${r}?`)}(n,o,a));let{service:d}=t,c=t.releases.get(o);return{host:o,targets:er([],l),reason:t.reason,run:e.run,since:new Date(e.clock.now()).toISOString(),...void 0===d?{}:{service:d},...void 0===c?{}:{from:c}}})(e,t,n,o)),r=t.hosts.filter(e=>p(n,e).some(({state:e})=>"draining"!==e)),a=eo(n,o),s=0===r.length?[]:await Z(e,a,t.hosts),l=i(D(a,s),r,t.zoneOf,t.floor);if("refused"===l.kind)throw new h.yo(ei(r,l.reasons));let d=await K(e,o,t.drain),c=d.filter(({host:e,targets:o})=>!t.unproven?.includes(e)&&o.every(e=>{var t,o;let i;return t=n,o=e,i=t.find(({settings:e})=>e.pool===o.pool),(w(i?.targets??[],o)?.state??"draining")!=="draining"}));return{views:n,records:d,leaving:r,returnable:c,returning:s,reasons:l.reasons}}async function en(e,t,n){let o=await $(e,t),i=new Set([...n,...o.flatMap(({targets:e})=>e.map(({id:e})=>e))]),r=[...new Set((await Promise.all([...new Set(t)].map(t=>e.balancer.siblings(t)))).flat())].filter(e=>!t.includes(e)),a=await Promise.all(r.map(async t=>(await e.balancer.targets(t)).some(({id:e})=>i.has(e))?[t]:[])),s=[...o,...await $(e,a.flat())],l=s.filter(({settings:e})=>t.includes(e.pool)).filter(({settings:e})=>"instance"!==e.targetType);if(0===l.length)return s;let d=l.map(({settings:e})=>`- ${e.name} has targets of type ${e.targetType}`);throw new h.yo(["Only targets of type instance can be drained; nothing was touched.",...d].join("\n"))}function eo(e,t){let n=g(t);return e.map(({settings:e,targets:t})=>{let o=(n.get(e.pool)??[]).filter(e=>void 0===w(t,e)).map(e=>({...e,state:"unused",shifted:!1}));return{settings:e,targets:[...t,...o]}})}function ei(e,t){return[`The floor would not hold without ${e.join(", ")}; nothing was drained.`,...t.map(e=>`- ${e}`),"Bring the missing hosts back to health or add capacity, then run the same step again."].join("\n")}function er(e,t){return[...new Map([...e,...t].map(({pool:e,id:t,port:n})=>({pool:e,id:t,port:n})).map(e=>[`${e.pool} ${e.port}`,e])).values()]}let ea=`
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
`}`;async function el(e,t,n){let o=ec(t,n).filter(({connectionTermination:e})=>!e),i=new Set(o.map(({pool:e})=>e)),r=n.filter(({targets:e})=>e.some(({pool:e})=>i.has(e)));if(0===r.length)return;let a=o.map(({name:e})=>e).join(", ");for(let t of(await ed(e,r))){var s;let n="done"!==(s=t).outcome?`nobody knows how many (${W(s)}) are`:String(_(k(s.host,s.stdout),"work"));if("0"===n){e.log.info(`${t.host}: no connection is open on its service port any more`);continue}e.log.warning(`${t.host} has left its network load balancer, which does not end its connections: ${n} still open on its service port, and users see them break when the service stops. Turn on the attribute deregistration_delay.connection_termination.enabled of ${a}, or drain with the policy \`observed\` and a way to the host.`)}}async function ed(e,t){let n=t.map(({host:e,targets:t})=>({host:e,script:es,arguments:[m(t).join(" "),"0","0","0"],timeout:3e4})),o=await e.transport.facts(t.map(({host:e})=>e));return I(e,o,n)}function ec(e,t){let n=new Set(t.flatMap(({targets:e})=>e.map(({pool:e})=>e)));return e.flatMap(({settings:e})=>"network"===e.balancerType&&n.has(e.pool)?[e]:[])}async function eu(e,t,n,o){let{policy:i,timeout:r}=t.drain,a=e.clock.now()+r,s=function(e,t){let{propagation:n}=e.drain;return void 0!==n?n:t.map(({settings:e})=>e.balancerType).every(e=>"application"===e)?15e3:18e4}(t,n),l=o.map(({host:e})=>e);e.log.info(`${l.join(", ")} withdrawn; waiting ${(0,P.a3)(s)} until every balancer node knows`);let d=e.clock.sleep(s,e.signal).then(()=>v(e,l,"quiet"));if("fixed"===i)return await d,e.log.warning("Drain policy fixed: nothing proves the hosts quiet, requests in flight may be cut."),{quiet:!0};if(!function({log:e},t,n,o){for(let{name:i,connectionTermination:r,deregistrationDelay:a}of ec(t,n))r&&!(o<=a)&&e.info(`${i}: what is still connected ${(0,P.a3)(a)} after the withdrawal will be cut by the balancer, connection termination is on`)}(e,n,o,r),"delay"===i)return await d,e$(e,n,o,a);let[c]=await Promise.all([eh(e,t,o,s),d]);return ef(e,t,{views:n,records:o,deadline:a,results:c})}async function eh(e,{drain:t},n,o){let{quiet:i,timeout:r,gauge:a}=t,s=await e.transport.facts(n.map(({host:e})=>e)),l=new Map(s.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));return I(e,s,n.map(({host:e,targets:t})=>{let n=m(t),s=n.map(t=>(a?.url??"").replaceAll("{address}",l.get(e)??"").replaceAll("{port}",String(t))),d=Math.max(1,Math.ceil((r-o)/1e3)),c=[n.join(" "),String(i),String(d),(o/1e3).toFixed(3)];return{host:e,script:es,arguments:void 0===a?c:[...c,a.field,...s],timeout:r+1e4,earliest:o+i,onCancel:"stop"}}))}async function ef(e,{drain:t},{views:n,records:o,deadline:i,results:r}){let a=r.filter(({outcome:e})=>"done"!==e),s=r.flatMap(e=>{if("done"!==e.outcome)return[];let n=k(e.host,e.stdout);if(!0===n.quiet)return[];let o=_(n,"work");return o<0?[`${e.host} does not answer at its gauge`]:[`${e.host} still has ${o} ${void 0===t.gauge?"connections":"requests"} on its service port`]}),l=(0,P.a3)(t.timeout);if(s.length>0)return{quiet:!1,problem:`not quiet within ${l}: ${s.join("; ")}`};if(0===a.length){let n=r.map(({host:e})=>e).join(", ");return e.log.info(`${n} quiet: no work seen for ${(0,P.a3)(t.quiet)}`),{quiet:!0}}for(let t of a)e.log.warning(`${t.host} cannot be measured (${W(t)}); waiting for its whole deregistration delay instead.`);return e$(e,n,o.filter(({host:e})=>a.some(t=>t.host===e)),i)}async function e$(e,t,n,o){let i=g(n),r=Math.max(0,o-e.clock.now()),a=Math.min(...n.map(e=>Date.parse(e.since))),s=Math.max(0,...t.map(({settings:e})=>e.deregistrationDelay)),l=await H(e,{what:"the deregistration delay to end",first:Math.min(r,Math.max(0,a+s-e.clock.now())),every:2e3,timeout:r,look:async()=>{let t=(await Promise.all([...i].map(async([t,n])=>{let o=await e.balancer.targets(t);return n.filter(e=>(w(o,e)?.state??"unused")!=="unused")}))).flat();return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:`${t.map(({id:e,port:t})=>`${e}:${t}`).join(", ")} still draining`}}});return l.reached?(await el(e,t,n),{quiet:!0}):{quiet:!1,problem:`not out of the balancer in time: ${l.seen}`}}let ep=`${x}${ea}${String.raw`
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
`}`;async function em(e,{records:t,policy:n}){let o=t.map(({host:e})=>e);0!==o.length&&(v(e,o,"returning"),await eg(e,t),await G(e,t),await Promise.all([...g(t)].map(([t,o])=>ew(e,t,o,n))),void 0!==n.firstRequest&&await ev(e,t,n.firstRequest),await Y(e,t),await q(e,o),v(e,o,"serving"),e.log.info(`${o.join(", ")} back in service`))}async function eg(e,t){await Promise.all([...g(t)].map(([t,n])=>e.balancer.register(t,n)))}async function ew(e,t,n,o){let i,r=await e.balancer.settings(t),{healthCheckInterval:a,name:s}=r,l=(o.checks-1)*a,d=await H(e,{what:`${n.map(({id:e})=>e).join(", ")} to be healthy in ${s}`,every:Math.min(2e3,Math.max(250,a/2)),timeout:o.timeout,look:async()=>{let o=await e.balancer.targets(t),r=e.clock.now(),a=n.filter(e=>w(o,e)?.state!=="healthy");return a.length>0?(i=void 0,{reached:!1,seen:a.map(e=>(function({id:e,port:t},n){if(void 0===n)return`${e}:${t} is not registered`;let o=void 0===n.reason?"":` (${n.reason}: ${ek[n.reason]??n.description??"unknown"})`;return`${e}:${t} is ${n.state}${o}`})(e,w(o,e))).join("; ")}):(i??=r,r-i>=l)?{reached:!0,value:void 0}:{reached:!1,seen:`healthy, to be seen so for ${(0,P.a3)(l)}`,again:i+l-r}}});if(!d.reached)throw new h.Wk(`not healthy in ${r.name} within ${(0,P.a3)(o.timeout)}: ${d.seen}. The targets are registered and get no requests until they pass the health check.`);r.slowStart>0&&(e.log.info(`slow start of ${r.name}: ${(0,P.a3)(r.slowStart)} until full capacity`),await e.clock.sleep(r.slowStart,e.signal))}async function ev(e,t,n){let o=(await e.transport.run(t.map(({host:e,targets:t})=>({host:e,script:ep,arguments:[m(t).join(" "),String(Math.ceil(n/1e3))],timeout:n+1e4,onCancel:"stop"})),e.signal)).flatMap(e=>"done"!==e.outcome?[`${e.host} could not be watched: ${W(e)}`]:!0===k(e.host,e.stdout).serving?[]:[`${e.host} got no request`]);if(0!==o.length)throw new h.Wk(`healthy, and not seen serving within ${(0,P.a3)(n)}: ${o.join("; ")}. The hosts are registered; look at the listener and its rules, or leave \`first-request\` out where there is little traffic.`)}let ek={"Elb.RegistrationInProgress":"the balancer is still taking it in","Elb.InitialHealthChecking":"its first health check has not been answered yet","Elb.InternalError":"the balancer has a problem of its own; wait, or ask AWS","Target.ResponseCodeMismatch":"its health check answered with another status; look at the service log","Target.Timeout":"its health check was not answered in time; check the port and the security group","Target.FailedHealthChecks":"its health check could not be connected; check that the service listens on the port","Target.NotRegistered":"the registration was not taken; check the target group","Target.NotInUse":"no listener uses the target group, or its zone is not enabled on the balancer","Target.InvalidState":"the instance is stopped or terminated","Target.IpUnusable":"its address is used by a load balancer","Target.DeregistrationInProgress":"it is still draining; something deregisters it again","Target.HealthCheckDisabled":"health checks are turned off for the target group"};async function eb(e,t,n=()=>{}){let o=await et(e,t),{records:i}=o;for(let t of o.reasons)e.log.info(`floor holds: ${t}`);n(i),await A(e,i,t.recordsElsewhere??!1);try{await ey(e,t,i),await e_(e,t,o);let n=await eu(e,t,o.views,i);if(n.quiet)return i;if("return"===t.drain.onTimeout)throw new h.Wk(`${n.problem}.`);v(e,t.hosts,"held",n.problem)}catch(n){throw await eS(e,t,o,n)}throw new h.Wk(`${t.hosts.join(", ")} not proven quiet in time and held out of service, as on-timeout says. Return them with restore-target, or run the same step again.`)}async function ey(e,t,n){let o=g(n);v(e,t.hosts,"draining"),await J(e,n),await Promise.all([...o].map(([t,n])=>e.balancer.deregister(t,n)));let i=await H(e,{what:"the balancer to show the withdrawal",every:500,timeout:6e4,look:async()=>{let t=[...(await Promise.all([...o].map(async([t,n])=>{let o=await e.balancer.targets(t);return n.filter(e=>(w(o,e)?.state??"draining")!=="draining")}))).flat().map(({id:e,port:t})=>`${e}:${t} still in service`),...await V(e,n)];return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:t.join(", ")}}});if(!i.reached)throw new h.Wk(`the balancer accepted the withdrawal and does not show it: ${i.seen}.`)}async function e_(e,t,{records:n,leaving:o,returning:r}){let a=i(D(eo(await en(e,t.pools,t.hosts),n),r),o,t.zoneOf,t.floor);if("allowed"!==a.kind)throw new h.yo(`the pool fell below its floor while hosts were leaving: ${a.reasons.join("; ")}.`)}async function eS(e,t,{records:n,returnable:o},i){let r=i instanceof Error?i.message:String(i),a=eM(o),s=eM(n.filter(e=>!o.includes(e))),l=""===s?"":`
${s} stay out of service, each with its record.`;try{if(e.signal.aborted){await eg(e,o),await X(e,o);let t=""===a?"":` ${a} registered again, nothing was installed.`;return new h.cc(`Cancelled while draining.${t}${l}
Run the same step again to continue, or restore-target to see them serve.`,{cause:i})}if(0===o.length)return new h.Wk(`${r}${l}`,{cause:i});e.log.warning(`Returning ${a} to service: ${r}`),await em(e,{records:o,policy:t.restore});let n=`${a} are back in service; nothing was installed on them.`;return new h.Wk(`${r}
${n}${l}`,{cause:i})}catch(t){let e=t instanceof Error?t.message:String(t);return new h.Wk(`${r}
Returning ${a} to service failed too: ${e}
Their undo records are on the hosts in /var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${l}`,{cause:i})}}function eM(e){return e.map(({host:e})=>e).join(", ")}var ex=n(6932),ez=n(7879);function eE(e){return{kind:"refuted",problem:e}}let ej=`${x}${String.raw`
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
`}`,eN={method:"GET",headers:{},redirects:"refuse",tls:"verify"};async function eO(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:o,manner:i=eN})=>({host:e,script:ej,arguments:[String(Math.ceil(n/1e3)),(o/1e3).toFixed(3),...function({method:e,headers:t,body:n,connect:o,redirects:i,tls:r}){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",o??"","follow"===i?"5":"","ignore"===r?r:""]}(i),...t],timeout:n+o*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},o)=>{let i,r=n[o];if(r?.outcome!=="done"){let e=void 0===r?"it was never asked":W(r);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let a=Array.isArray(i=k(e,r.stdout).answers)?i.filter(S):[];return t.map((e,t)=>{let n=a[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let o=_(n,"status"),i=_(n,"milliseconds");return 0===o?{kind:"silent",url:e,problem:y(n,"problem")||"no answer",milliseconds:i}:{kind:"answered",url:e,status:o,headers:function(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let o=n.slice(0,e).toLowerCase(),i=n.slice(e+1).trim(),r=t.get(o);t.set(o,void 0===r?i:`${r}, ${i}`)}return Object.fromEntries(t)}(y(n,"headers")),milliseconds:i,body:y(n,"body")}})})}async function eI(e,t,n){v(e,n.map(({host:e})=>e.host),"proving");let o=e.clock.now()+t.startTimeout,i=new Map;for(;;){let r=n.filter(({host:e})=>i.get(e.host)?.kind!=="done"),a=o-e.clock.now();for(let n of(await eT(e,t,r,a)))i.set(n.host,n);let s=[...i.values()];if(s.every(({kind:e})=>"done"===e)||e.clock.now()>=o)return s;await e.clock.sleep(500,e.signal)}}async function eT(e,{identity:t},n,o){let i=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(o,1e4)),limit:5e3})),r=await eO(e,i);return n.map((e,n)=>(function(e,t,n){let{host:o,health:i}=e.host;for(let[e,{statuses:t}]of i.entries()){let i=n[e];if(i?.kind!=="answered")return{host:o,kind:"failed",problem:`${i?.url??"its health check"} did not answer: ${i?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,o]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(o??n)})}(i.status,t))return{host:o,kind:"failed",problem:`${i.url} answered ${i.status}, healthy is ${t}`}}if(void 0===t)return{host:o,kind:"done",value:"healthy; its version was not asked"};let r="";for(let a of n.slice(i.length)){let n=function(e,t,n){if("silent"===n.kind)return eE(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return eE(`${n.url} answered ${n.status}, expected 200`);let o=function(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}(n.body);if(void 0===o)return eE(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let i=String(o[e.version]??"nothing");return i!==t.version?eE(`the process that answers ${n.url} is version ${i}, expected ${t.version}`):void 0!==e.digest&&o[e.digest]!==t.sha256?eE(`it says it is sha256 ${String(o[e.digest]??"nothing")}, expected ${t.sha256}`):function(e,{switchedAt:t},n,o){if(void 0===e.started)return{kind:"proven",seen:o};let i=String(n[e.started]??"nothing"),r=Date.parse(i);if(Number.isNaN(r))return eE(`its start time is ${i}, expected an ISO 8601 time`);if(void 0!==t&&Math.floor(r/1e3)<t){let e=new Date(1e3*t).toISOString();return eE(`the process started at ${i}, before the switch at ${e}: the old one is still running`)}return{kind:"proven",seen:`${o}, started ${i}`}}(e,t,o,i)}(t,e,a);if("refuted"===n.kind)return{host:o,kind:"failed",problem:n.problem};r=n.seen}return{host:o,kind:"done",value:r}})(e,t,r[n]??[]))}var eA=n(7598);let eq=M`
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
`,eL=M`
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
`,eC=M`
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
`,eW=M`
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
`,eZ=M`
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
  $isolate sh -c '${eC}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${eW}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,eD=M`
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
`,eP=M`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,eH=M`
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
${eP}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,eU=M`
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
`,eF=M`
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
`,eK=`${x}${z}${eH}${eF}${eq}${eD}${eL}${eU}${eZ}${M`
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
`}`,eB={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},eJ=["lock","disk","download","digest","unpack","release","before-install"];async function eV(e,t,n){let o=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),i=new Map;for(let t of o)i.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:o}of n)v(e,[t],"installing",eG(o));let r=(0,eA.randomUUID)(),a=n.map(({host:n,wanted:o})=>(function(e,t,n,{id:o,wanted:i,url:r}){let{service:a,zone:s,directory:l,hooks:d,unit:c,hookTimeout:u,keepReleases:h}=t,f="release"===i.kind?i.artifact:void 0,$="release"===i.kind?i.ordinal:void 0,p=6e5+5*(u+5e3),{beforeInstall:m="",stop:g="",start:w="",afterInstall:v="",verify:k=""}=d;return{host:n,script:eK,arguments:[o,e.run,eX(p),a,s,l,"previous"===i.kind?"previous":i.version,f?.sha256??"",r,f?.format??"tar.gz",String(f?.size??0),void 0===$?"":String($),String(h),eX(u),c??"",m,g,w,v,k],timeout:p}})(e,t,n,{id:r,wanted:o,url:i.get(o)??""}));return(await e.transport.run(a,e.signal)).map(t=>(function(e,t){let{host:n}=t,o=(e,t,o)=>({host:n,kind:"failed",problem:e,touched:t,trace:o});if("done"!==t.outcome)return o(W(t),!0,eB);try{var i;let r,a,s=k(n,t.stdout),l=(a=(r=(i=s).milliseconds,S(r)?r:{}),{milliseconds:{download:_(a,"download"),unpack:_(a,"unpack"),hooks:_(a,"hooks"),total:_(a,"total")},output:y(i,"output").trimEnd()});if("switched"!==b(s,"outcome")){let e=b(s,"step");return o(`${e}: ${y(s,"problem")}`,!eJ.includes(e),l)}let d=b(s,"version"),c=b(s,"sha256"),u=!0===s.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${u} (sha256 ${c}) and is current`);let h=b(s,"previous"),f=_(s,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:c,switchedAt:f,trace:l}}}catch(e){return o(e instanceof Error?e.message:String(e),!0,eB)}})(e,t))}function eG(e){return"previous"===e.kind?"the release before":e.version}function eX(e){return String(Math.ceil(e/1e3))}function eY({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function eQ(e,t,n,o){let{zone:i,fleet:r,releases:a,zoneOf:s,floor:l}=e,{drain:d,restore:c}=r.policy;return{pools:i.pools.map(({targetGroup:e})=>e),hosts:t,adopted:n,service:r.service,releases:a,zoneOf:s,floor:l,drain:d,restore:c,reason:o}}function e0(e,t,n){let o=e.addresses.get(t)??"127.0.0.1",i=n.flatMap(({pool:t,port:n})=>{let o=e.views.find(e=>e.settings.pool===t)?.settings;return o?.healthCheckPath===void 0?[]:[{port:o.healthCheckPort??n,path:o.healthCheckPath,statuses:o.healthCheckStatuses}]});return{host:t,address:o,ports:m(n),health:i}}function e1(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new h.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}async function e2(e,t,n){let o=n instanceof Error?n.message:String(n),i=e7(t.records),{release:r,fleet:a}=t.work;if(e.signal.aborted){let n=t.returned?`Cancelled while returning ${i}: registered again on ${r.version}, not yet proven to serve.`:`Cancelled while upgrading ${i}: out of service, each with a record on the host.`;return e9(e,t,o,new h.cc(`${n}
Run the same step again: it continues from what it finds.`))}e.log.warning(`${i}: ${o}`);try{if(t.returned&&await e5(e,t),!(0,ez.NM)(a.policy.onFailure,"roll-back")){let n=new h.yo(`${o}
${i} held out of service, as on-failure says.`);return e9(e,t,o,n)}return await e6(e,t,o)}catch(s){let r=s instanceof Error?s.message:String(s),a=new h.yo(`${o}
Bringing ${i} back to a known state failed too: ${r}
A host that is out of service has its record on it; mend the cause and run the same step again.`,{cause:n});return e9(e,t,o,a)}}async function e5(e,{work:t,records:n}){let o=new Map(n.map(e=>[e.host,e])),i=`return of ${t.fleet.service} from ${t.release.version}`,r=[...o.keys()];await eb(e,{...eQ(t,r,o,i),unproven:r})}async function e6(e,t,n){let{work:o,records:i,reports:r}=t,a=e=>e8(r,e)?.outcome,s=i.filter(({host:e})=>["held","replaced"].includes(a(e)??"")),l=i.filter(({host:e})=>"rolled-back"===a(e)||"untouched"===a(e)),d=i.filter(e=>!s.includes(e)&&!l.includes(e));await e3(e,t,d);let c=i.filter(e=>!s.includes(e));await em(e,{records:c,policy:o.fleet.policy.restore});let u=[...new Set(c.map(({from:e})=>e??"nothing"))].join(", "),f=[...0===c.length?[]:[`${e7(c)} back on ${u} and in service`],...0===s.length?[]:[`${e7(s)} held out of service, each with its record`],"later zones were not touched."];return v(e,s.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:new h.yo(`${n}
${f.join("; ")}`),hosts:i.map(e=>s.includes(e)?e4(t,e,{outcome:"held",proof:n,to:o.release.version}):e4(t,e,{outcome:"rolled-back",proof:n,to:e.from}))}}async function e3(e,{work:t},n){if(0===n.length)return;let{settings:o,release:i}=t,r=n.filter(({from:e})=>void 0===e||e===i.version);if(r.length>0)throw new h.yo(`${e7(r)} had no other release before.`);v(e,n.map(({host:e})=>e),"rolling-back");let a=n.map(({host:e,from:t=""})=>({host:e,wanted:{kind:"on-disk",version:t}})),s=e1(await eV(e,o,a),"switch back"),l=n.map(({host:e,targets:n})=>{let{version:o="",sha256:i="",switchedAt:r=0}=s.get(e)??{};return{host:e0(t,e,n),version:o,sha256:i,switchedAt:r}});e1(await eI(e,o,l),"prove after switching back")}function e9(e,t,n,o){let{records:i,work:r}=t;return v(e,i.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:o,hosts:i.map(e=>e4(t,e,{outcome:"held",proof:n,to:r.release.version}))}}function e4({reports:e},{host:t,from:n},o){let i=e8(e,t),{trace:r}=i??{},a={...i?.successor===t?{successor:t}:{},host:i?.host??t,from:n??"nothing",...o,to:o.to??"nothing"};return void 0===r?a:{...a,trace:r}}function e8(e,t){return e.find(e=>e.host===t||e.successor===t)}function e7(e){return e.map(({host:e})=>e).join(", ")}async function te(e,t,n){let o=new Map(n.map(e=>[e.replaced,e])),i=t.map(e=>{let t=o.get(e.host);return void 0===t?e:function(e,{host:t,scaling:n}){let{from:o,...i}=e,r=e.targets.map(e=>({...e,id:t.host})),a=e.scaling,s=a?.mode==="standby"&&void 0!==a.minSize&&"standby"===n.mode?{...n,minSize:a.minSize}:n;return{...i,host:t.host,targets:r,scaling:s}}(e,t)}),r=i.filter(e=>!t.includes(e));if(0===r.length)return t;for(let{host:n,scaling:a}of(await A(e,r,!1),t))o.has(n)&&a?.mode==="suspend"&&0!==a.processes.length&&(i.some(e=>e.scaling?.mode==="suspend"&&e.scaling.group===a.group)||await e.scaling?.resume(a.group,a.processes));return i}async function tt(e,t,n){let{settings:o,wanted:i}=t,r=await eV(e,o,n.map(({host:e})=>({host:e,wanted:i}))),{done:a,failures:s}=await tn(e,o,n,r);return{reports:a.map(({host:n,version:o,proof:i,sha256:r,trace:a})=>(e.log.info(`${n}: proven ${i}`),{...to(t,n,{outcome:"upgraded",proof:i,trace:a}),to:o,sha256:r})),successors:[],failures:s}}async function tn(e,t,n,o){let i=new Map(n.map(e=>[e.host,e])),r=new Map(o.map(e=>[e.host,e])),a=n.flatMap(e=>{let t=r.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:o,switchedAt:i}=t.value;return[{host:e,version:n,sha256:o,switchedAt:i}]}),s=[],l=o.flatMap(e=>{let t=i.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===a.length?[]:await eI(e,t,a)){let{host:e}=n,t=r.get(e),o=i.get(e);if(t?.kind!=="done"||void 0===o)continue;let{version:a,sha256:d,trace:c}=t.value;"done"===n.kind?s.push({host:e,version:a,sha256:d,trace:c,proof:n.value}):l.push({target:o,problem:`prove: ${n.problem}`,touched:!0,trace:c})}return{done:s,failures:l}}function to({from:e,wanted:t},n,{outcome:o,proof:i,trace:r}){let a={host:n,outcome:o,from:e.get(n)??"nothing",to:eG(t),proof:i};return void 0===r?a:{...a,trace:r}}async function ti(e,t,n,o){let i=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),r=new Set(t.members.map(({host:e})=>e)),a=[],s="",l=async()=>(a=(await e.scaling.group(t.name)).members.filter(({host:e})=>!r.has(e)),function({log:e},t,n){for(let o of t){let{host:t,stage:i}=o;"leaving"===i.kind&&void 0===td(n,i.id)&&(e.warning(`${i.id}: the successor of ${t} was ended by its group; another one is awaited`),o.stage={kind:"awaited"})}}(e,i,a),await tr(e,t.name,i,a),await ts(e,i,a),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,o=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+o.length===0)return{reached:!0,value:void 0};let i=o.filter(e=>"Standby"===td(t,e)).length,r=[[n,"not in service yet"],[o.length-i,"on their way into standby"],[i,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${r.join(", ")}, of ${e.length}`}}(i,a));await H(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:o,look:async()=>{let e=await tc(l());return s=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=tl(i,a);return i.map(e=>(function(e,{host:t,zone:n,stage:o},{newcomers:i,others:r,why:a}){let s=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(o.kind){case"ready":return{host:t,kind:"replaced",successor:o.id,address:o.address,scaling:{mode:"standby",group:e}};case"serving":return s(`Its successor ${o.id} is in service with whatever its image starts, because it could not be put into standby: ${o.problem}`);case"leaving":{let e=td(i,o.id)??"unknown",t=void 0===o.problem?e:`${e} and not reached: ${o.problem}`;return s(`Its successor ${o.id} was sent into standby and stays out of traffic; it is ${t}.${a} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=r.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return s(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${a} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:a,others:d,why:s}))}async function tr(e,t,n,o){for(let i of n){if("awaited"!==i.stage.kind)continue;let r=tl(n,o).find(({zone:e,lifecycle:t})=>e===i.zone&&"InService"===t);if(void 0===r)continue;let a=r.host;e.log.info(`${a}: takes the place of ${i.host} in ${t}; going into standby`),i.stage={kind:"leaving",id:a};let s=await tc(e.scaling.enterStandby(t,[a]));s.done||await ta(e,a)||(i.stage={kind:"serving",id:a,problem:s.problem})}}async function ta(e,t){let n=await tc(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function ts(e,t,n){let o=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===td(n,t.id)&&o.set(t.id,e)}if(0!==o.size)for(let{host:t,...n}of(await e.transport.facts([...o.keys()]))){let e=o.get(t);if(void 0===e)continue;let{address:i="127.0.0.1",problem:r="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:i}:{kind:"leaving",id:t,problem:r}}}function tl(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function td(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function tc(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof h.Wk||e instanceof h.yo)return{done:!1,problem:e.message};throw e}}let tu=["Launch","Terminate"];async function th(e,{hosts:t,timeout:n}){let o=await tc(e.scaling.members(t));if(!o.done)return t.map(e=>tv(e,`${o.problem} Nothing was ended.`));let i=[...Map.groupBy(o.value,({group:e})=>e)],r=new Map((await Promise.all(i.map(([t,o])=>tf(e,t,o,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return r.get(e)??tv(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function tf(e,t,n,o){let i=await tc(t$(e,t,n,o));if(!i.done)return n.map(({host:e})=>tv(e,`${i.problem} ${e} was not ended.`));let r=i.value,a=r.members.filter(({host:e})=>n.some(t=>t.host===e)),s=function(e,t){let{name:n,minSize:o,maxSize:i,desired:r}=e,a=tu.filter(t=>e.suspended.includes(t));if(a.length>0){let e=`${a.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>tw(t,`${e}. Resume it, then run again.`))}}let s=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,i-r),c=Math.max(0,r-o);return{onward:[...s.slice(0,d),...l.slice(0,c)],failed:[...s.slice(d).map(({host:e})=>tw(e,`it is in standby, so its successor needs one more than the desired capacity of ${r}, and Auto Scaling group ${n} allows ${i} at most. Raise MaxSize, then run again.`)),...l.slice(c).map(({host:e})=>tw(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${r} hosts and at least ${o}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!s.includes(e)&&!l.includes(e)).map(e=>tw(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(r,a),l=await tp(e,r,s.onward),d=0===l.onward.length?[]:await ti(e,r,l.onward,o);return[...s.failed,...l.failed,...d]}async function t$(e,t,n,o){let i=await H(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:o,look:async()=>{let o=await e.scaling.group(t),i=o.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===i.length?{reached:!0,value:o}:{reached:!1,seen:`${i.map(({host:e})=>e).join(", ")} still on the way`}}});return i.reached?i.value:e.scaling.group(t)}async function tp(e,t,n){let{signal:o,scaling:i,log:r}=e,a=[],s=new Map;for(let l of n){if(o.aborted)break;let{host:n,zone:d,lifecycle:c}=l;r.info(`${n}: ending it for good (${c}); ${t.name} is to bring a successor in ${d}`);let u=await tc(i.terminate(n));u.done||await tm(e,n)?a.push(l):s.set(l,u.problem)}let l=a.filter(({lifecycle:e})=>"Standby"===e),d=await tc(tg(e,t,l.length));d.done||r.warning(`${t.name}: ${d.problem}`),o.throwIfAborted();let c=[...s].map(([{host:e},t])=>tw(e,`it could not be ended: ${t}`));return d.done?{onward:a,failed:c}:{onward:a.filter(e=>!l.includes(e)),failed:[...c,...l.map(({host:e})=>tv(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function tm({scaling:e},t){let n=await tc(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function tg({scaling:e,log:t},{name:n,desired:o},i){if(0===i)return;let r=o+i,a=(await e.group(n)).desired;a>=r||(t.info(`${n}: raising the desired capacity from ${a} to ${r} for ${i} ended in standby`),await e.setDesired(n,r))}function tw(e,t){return tv(e,`${e} was not ended now: ${t}`)}function tv(e,t){return{host:e,kind:"failed",problem:t}}async function tk(e,t){let{reports:n,successors:o,failures:i}=await tb(e,t,await tt(e,t,t.hosts)),r=i.map(({target:n,problem:o,touched:i,trace:r,successor:a})=>{i&&v(e,[a??n.host],"held",o.split("\n")[0]);let s=to(t,n.host,{outcome:i?"held":"untouched",proof:o,trace:r});return void 0===a?s:{...s,successor:a}});return{reports:[...n,...r],successors:o}}async function tb(e,t,n){let o=n;for(let n of t.ladder){if(0===o.failures.length)break;for(let{target:t,problem:n}of o.failures)e.log.warning(`${t.host}: ${n}`);let{reports:i,successors:r,failures:a}=await function(e,t,n,o){switch(o.kind){case"retry":return ty(e,t,n,o.times);case"roll-back":return t_(e,t,n);case"replace":return tS(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,o.failures,n);o={reports:[...o.reports,...i],successors:[...o.successors,...r],failures:a}}return o}async function ty(e,t,n,o){let i=[],r=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),a=n;for(let n=1;n<=o&&a.length>0;n+=1){e.log.info(`${a.map(({target:e})=>e.host).join(", ")}: trying ${eG(t.wanted)} again, ${n} of ${o}`);let s=await tt(e,t,a.map(({target:e})=>e));i.push(...s.reports),a=s.failures.map(e=>(e.touched&&r.add(e.target.host),{...e,touched:r.has(e.target.host)}))}let s=` (after ${o+1} attempts)`;return{reports:i,successors:[],failures:a.map(e=>({...e,problem:e.problem+s}))}}async function t_(e,t,n){let o="previous"===t.wanted.kind?void 0:t.wanted.version,i=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==o?[{failure:e,version:n}]:[]});if(0===i.length)return{reports:[],successors:[],failures:n};let r=i.map(({failure:e})=>e.target);for(let{failure:t,version:n}of i)v(e,[t.target.host],"rolling-back",n);let a=await eV(e,t.settings,i.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:s,failures:l}=await tn(e,t.settings,r,a),d=new Map(i.map(({failure:e})=>[e.target.host,e])),c=s.map(({host:e,sha256:n})=>{let{problem:o="",trace:i}=d.get(e)??{};return{...to(t,e,{outcome:"rolled-back",proof:o,trace:i}),sha256:n}}),u=l.map(e=>{let t=d.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:c,successors:[],failures:[...n.filter(e=>!r.includes(e.target)),...u]}}async function tS(e,t,n){let{scaling:o}=e,i=n.filter(({touched:e})=>e);if(void 0===o||0===i.length)return{reports:[],successors:[],failures:n};v(e,i.map(({target:e})=>e.host),"replacing");let r=await th({...e,scaling:o},{hosts:i.map(({target:e})=>e.host),timeout:45e5}),a=r.flatMap(e=>{let t=i.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),s=await tt(e,t,a.map(({host:e})=>e)),l=[],d=n.filter(({touched:e})=>!e);for(let e of i){let{host:n}=e.target,o=r.find(e=>e.host===n),i=a.find(({replaced:e})=>e===n)?.host.host??"",c=s.reports.find(e=>e.host===i);if(void 0!==c){let e=t.from.get(n)??"nothing";l.push({...c,host:n,from:e,outcome:"replaced",successor:i})}else if(o?.kind==="failed")d.push(tM(e,`replacing it failed: ${o.problem}`));else{let t=s.failures.find(({target:e})=>e.host===i)?.problem??"never tried",n=`its successor ${i} is in standby and failed too: ${t}`;d.push({...tM(e,n),successor:i})}}return{reports:l,successors:a,failures:d}}function tM(e,t){return{...e,problem:`${e.problem}
and ${t}`}}let tx=`${x}${z}${eP}${M`
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
`}`;async function tz(e,t){let n=await e.transport.run(t.map(({host:e,directory:t,program:n,limit:o})=>({host:e,script:tx,arguments:[t,n],timeout:o+5e3,onCancel:"stop"})),e.signal);return t.map(({host:e},t)=>{let o=n[t];if(o?.outcome!=="done")return{kind:"silent",problem:void 0===o?"it was never run":W(o),milliseconds:0};let i=k(e,o.stdout);return{kind:"command",exitCode:_(i,"exitCode"),output:y(i,"output"),milliseconds:_(i,"milliseconds")}})}async function tE(e,{targets:t,trials:n,patience:o,negativeControl:i}){let r=new Set(i?n:[]),a=t.flatMap(e=>n.map(t=>({target:e,trial:t,attempts:[]})));a.length>0&&o.warmUp>0&&(e.log.info(`warming up for ${(0,P.a3)(o.warmUp)} before the first attempt counts`),await e.clock.sleep(o.warmUp,e.signal));for(let t=1;a.some(e=>tO(e,o));t+=1){t>1&&await e.clock.sleep(o.interval,e.signal);let n=a.filter(e=>tO(e,o)),i=await tA(e,n),s=new Map(n.map((e,t)=>[e,i[t]??tj]));for(let n of(function(e,t){for(let[{trial:n,target:o},i]of e)"silent"!==i.kind&&t.delete(n)&&n.control(i,o)}(s,r),a=a.map(e=>(function(e,t){if(void 0===t)return e;let n=e.trial.judge(t,e.target),{target:o,trial:i,attempts:r}=e;return{target:o,trial:i,attempts:[...r,{...n,milliseconds:t.milliseconds}],..."command"===t.kind&&{output:t.output}}})(e,s.get(e)))))n.attempts.length===t&&tO(n,o)&&n.attempts.at(-1)?.passed===!1&&e.log.info(`${tN(tT(n,o))}; trying again`)}return a.map(e=>tT(e,o))}let tj={kind:"silent",problem:"it was never asked",milliseconds:0};function tN(e){let{subject:t,check:n,request:o,passed:i,seen:r,expected:a,attempts:s,flapping:l}=e,d=1===s.length?"":` after ${s.length} attempts`,c=l?` (flapping: ${s.map(({passed:e})=>e?"pass":"fail").join(", ")})`:"";return i?`smoke test ${n} at ${t} passed${d}${c}: ${r}`:`smoke test ${n} at ${t} saw ${r}${d}${c}, expected ${a} (${o})`}function tO({attempts:e},{attempts:t,consecutive:n}){return e.length<t&&tI(e)<n}function tI(e){return e.length-1-e.findLastIndex(({passed:e})=>!e)}function tT({target:e,trial:t,attempts:n,output:o},{consecutive:i}){var r;let a=n.findIndex(({passed:e})=>e),s=tI(n)>=i,l=n.at(-1)?.seen??"nothing",d=!s&&n.at(-1)?.passed===!0;return{host:e.host,subject:e.subject,check:t.name,request:"http"===(r=t.askAt(e)).kind?`${r.manner?.method??"GET"} ${r.url}`:`${r.program} in ${r.directory}/current`,expected:1===i?t.expected:`${t.expected}, ${i} times in a row`,passed:s,seen:d?`${l}, but only ${tI(n)} in a row`:l,attempts:n,...void 0!==o&&{output:o},flapping:a>=0&&n.slice(a).some(e=>!e.passed)}}async function tA(e,t){let n=t.map(({target:e,trial:t})=>({host:e.host,limit:t.limit,question:t.askAt(e)})),o=n.flatMap(({host:e,limit:t,question:n})=>{if("http"!==n.kind)return[];let{url:o,manner:i}=n;return[{host:e,urls:[o],patience:0,limit:t,...i&&{manner:i}}]}),i=n.flatMap(({host:e,limit:t,question:n})=>"command"===n.kind?[{host:e,limit:t,...n}]:[]),[r,a]=await Promise.all([0===o.length?[]:eO(e,o),0===i.length?[]:tz(e,i)]),s=r.map(([e])=>(function(e){if(void 0===e)return tj;let{url:t,...n}=e;return"answered"===n.kind?{...n,kind:"http"}:n})(e)).values(),l=a.values();return n.map(({question:e})=>("http"===e.kind?s:l).next().value??tj)}var tq=n(9499);function tR(e,t){if("silent"===t.kind)return{passed:!1,seen:`no answer (${t.problem})`};let n=new Set(tC(e).flatMap(e=>e.faultOf(t)??[])),o="http"===t.kind?String(t.status):`exit code ${t.exitCode}`,i=0===n.size?[`in ${(0,P.a3)(t.milliseconds)}`]:n;return{passed:0===n.size,seen:[o,...i].join(" ")}}function tL(e){return tC(e).map(({rule:e})=>e).join(", ")}function tC(e){var t;let n={rule:`within ${(0,P.a3)(e.within)}`,faultOf:({milliseconds:t})=>t<=e.within?void 0:`in ${(0,P.a3)(t)}`};return[..."http"===e.type?(t=e,[{rule:`status ${t.status.map(({from:e,to:t})=>e===t?e:`${e}-${t}`).join(" or ")}`,faultOf:tZ(({status:e,body:n})=>t.status.some(({from:t,to:n})=>e>=t&&e<=n)?void 0:tH(n))},...Object.entries(t.header).map(([e,t])=>({rule:`header ${e} ${tP(t)}`,faultOf:tZ(({headers:n})=>{let o=n[e];return void 0===o?`without header ${e}`:tW(t,o)?void 0:`with header ${e}: ${tH(o)}`})})),...t.text.map(e=>({rule:tP(e),text:e,faultOf:tZ(({body:t})=>tW(e,t)?void 0:tH(t))})),...t.json.map(({path:e,equals:t})=>({rule:`${e} ${JSON.stringify(t)}`,faultOf:tZ(({body:n})=>(function(e,t,n){let o=function(e){try{return{value:JSON.parse(e)}}catch{return}}(e);if(void 0===o){let t=8192>Buffer.byteLength(e)?"":" (of which only the first 8 kB are read)";return`with a body that is not JSON${t}: ${tH(e)}`}let i=(0,tq.P)(t,o.value).values();if(1===i.length&&i[0]===n)return;let r=0===i.length?"nothing":i.map(e=>JSON.stringify(e)).join(", ");return`with ${t} ${r.slice(0,160)}`})(n,e,t))}))]):function({exitCode:e,text:t}){return[{rule:`exit ${e}`,faultOf:t=>"command"===t.kind&&t.exitCode===e?void 0:tH(tD(t))},...t.map(e=>({rule:tP(e),text:e,faultOf:t=>tW(e,tD(t))?void 0:tH(tD(t))}))]}(e),n]}function tW({kind:e,text:t},n){switch(e){case"equals":return n===t;case"contains":return n.includes(t);case"matches":return RegExp(t,"u").test(n)}}function tZ(e){return t=>"http"===t.kind?e(t):tH(tD(t))}function tD(e){return"http"===e.kind?e.body:e.output}function tP({kind:e,text:t}){return`${e} ${"matches"===e?t:JSON.stringify(t)}`}function tH(e){return JSON.stringify(e.trim().slice(0,160))}function tU(e,t){return new h.yo(`smoke test ${e} cannot fail: ${t.join(", ")} holds for any answer, so a broken service would pass it too. Write an expectation that a broken service does not meet.`)}let tF={attempts:3,interval:1e3,consecutive:1,warmUp:0};async function tK(e,t,n){let o=n.flatMap(({host:e,address:t,ports:n})=>n.map(n=>({host:e,subject:e,base:`http://${t}:${n}`})));await tJ(e,t.fleet,o)}async function tB(e,t,n){let o=n.slice(0,1).flatMap(e=>eY(t).map(t=>({host:e,subject:`the balancer at ${t}`,base:t}))),i=t.fleet.smoke.filter(({type:e})=>"http"===e);await tJ(e,{...t.fleet,smoke:i},o)}async function tJ(e,t,n){let o=await tE(e,{targets:n,trials:t.smoke.map(e=>{var n;return n=t.hosts.directory,{name:e.name,expected:tL(e),limit:e.within+1e3,askAt:({base:t})=>"http"===e.type?function(e,t){let{method:n,headers:o,body:i,redirects:r,tls:a,host:s}=e,{protocol:l,hostname:d,port:c}=function(e){let{protocol:t,hostname:n,port:o}=new URL(e);return{protocol:t,hostname:n,port:o||("https:"===t?"443":"80")}}(t),u={method:n,headers:{...void 0!==i&&{"content-type":"application/octet-stream"},...Object.fromEntries(Object.entries(o).map(([e,t])=>[e.toLowerCase(),t]))},...void 0!==i&&{body:i},redirects:r,tls:a};return void 0===s?{kind:"http",url:t+e.path,manner:u}:{kind:"http",url:`${l}//${s}:${c}${e.path}`,manner:{...u,headers:{...u.headers,host:s},connect:`${s}:${c}:${d}:${c}`}}}(e,t):{kind:"command",directory:n,program:e.run},judge:t=>tR(e,t),control(t){var n,o;let i,r=(n=e,i=[{kind:"equals",text:o=(0,eA.randomUUID)()}],"command"===n.type?[{...n,exitCode:256},{...n,text:i}]:[{...n,status:[{from:0,to:0}]},{...n,text:i},{...n,json:[{path:"$",equals:o}]}]).find(e=>tR(e,t).passed);if(void 0!==r)throw tU(e.name,[tL(r)])}}}),patience:tF,negativeControl:!0});for(let t of o)e.log.info(tN(t));let i=o.filter(({passed:e})=>!e);if(i.length>0)throw new h.yo(i.map(tN).join("\n"))}async function tV(e,t,n){let o=`upgrade of ${t.fleet.service} to ${t.release.version}`,i=await eb(e,eQ(t,n.hosts,n.adopted,o)),r={work:t,records:i,reports:[],returned:!1};try{await tG(e,r),await tK(e,r.work,r.records.map(({host:e,targets:t})=>e0(r.work,e,t))),r.returned=!0,await em(e,{records:r.records,policy:t.fleet.policy.restore});let n=r.records.map(({host:e})=>e);return await tB(e,r.work,n),{kind:"done",hosts:r.reports,work:r.work}}catch(t){return e2(e,r,t)}}async function tG(e,t){let{work:n,records:o}=t,{reports:i,successors:r}=await tk(e,{settings:n.settings,wanted:{kind:"release",...n.release},ladder:n.fleet.policy.onFailure,hosts:o.map(({host:e,targets:t})=>e0(n,e,t)),from:new Map(o.flatMap(({host:e,from:t})=>void 0===t?[]:[[e,t]]))});for(let{replaced:a,host:s}of(t.reports=o.flatMap(({host:e})=>i.find(t=>t.host===e)??[]),t.work=function(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}(n,r),t.records=await te(e,o,r),r))e.log.warning(`${a} was replaced by ${s.host}: write the new id into the fleet file before the next deployment.`);let a=t.reports.filter(e=>!(0,ex.K)(e));if(a.length>0)throw new h.yo(a.map(({host:e,proof:t})=>`${e}: ${t}`).join("\n"))}var tX=n(3384);async function tY(e,t){let n=await e.transport.facts(t),o=n.filter(({reachable:e})=>!e);if(0===o.length)return new Map(n.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));let i=o.map(({host:e,problem:t})=>`- ${e}: ${t}`);throw new h.yo(["Hosts cannot be reached; nothing was touched.",...i,"Start their agents, then run again."].join("\n"))}async function tQ(e,t){let n=await t0(e,t);return t1(e,n)}async function t0(e,t){let{fleet:n,version:o}=t,i=n.smoke.flatMap(e=>{var t;let n,o,i=(t=(0,eA.randomUUID)(),o=(n=tC(e)).filter(({text:e})=>void 0!==e&&tW(e,"")&&tW(e,t)),((function({type:e},t){return"http"===e?[404,500].map(e=>({kind:"http",status:e,headers:{},body:t,milliseconds:0})):[{kind:"command",exitCode:255,output:"",milliseconds:0},{kind:"command",exitCode:1,output:t,milliseconds:0}]})(e,t).every(t=>tR(e,t).passed)?n.slice(0,-1):o).map(({rule:e})=>e));return 0===i.length?[]:[tU(e.name,i).message]});if(i.length>0)throw new h.yo(i.join("\n"));let r=(0,tX.findZone)(n,t.zone),a=n.release.artifact.replaceAll("{version}",o),[s,l,d]=await Promise.all([e.artifacts.find(a,t.sha256),tY(e,r.hosts),$(e,r.pools.map(({targetGroup:e})=>e))]),c=n.zones.filter(({region:e})=>e===r.region),{transport:u,...f}=n.hosts,p={fleet:n,zone:r,settings:{service:n.service,zone:r.zone,...f},release:{version:o,artifact:s},views:d,addresses:l,zoneOf:new Map(n.zones.flatMap(e=>e.hosts.map(t=>[t,e.zone]))),floor:{minHealthy:n.policy.minHealthy,surviveZone:n.policy.surviveZone??c.length>=3},releases:new Map};if(n.smoke.some(({type:e})=>"http"===e)&&0===eY(p).length)throw new h.yo(`no plain HTTP listener forwards to the pools of ${r.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`);return void 0===n.hosts.identity&&e.log.warning("The fleet file has no hosts.identity: nothing proves which release a process runs."),p}async function t1(e,t){var n,o;let i,r,a=await T(e,t.zone.hosts,t.settings.directory),s=(n=a.map(e=>({status:e,registrations:p(t.views,e.host)})),o={service:t.fleet.service,version:t.release.version,sha256:t.release.artifact.sha256},(r=(i=n.map(e=>(function({status:e,registrations:t},n){let{host:o,record:i}=e,r=t.filter(({state:e})=>"draining"!==e),a=i?.targets??t;if(!(a.length>0&&a.every(e=>r.some(({pool:t,port:n})=>t===e.pool&&n===e.port)))){if(i?.service===n.service)return{kind:"continue",host:o,record:i};if(void 0!==i)return`${o} is out of service since ${i.since} for another reason (${i.reason}, ${i.run}). Return it with restore-target when that is done, then run the same step again.`;let e=0===t.length?"in none of its pools":"being drained by somebody else";return`${o} is ${e}, and no record on it says why. Put it back into service, or take it out of the fleet file, then run the same step again.`}let s=e.release,l=s?.version===n.version;return l&&s?.sha256!==n.sha256?`${o} runs release ${n.version} with sha256 ${s?.sha256||"unknown"}, and the archive has ${n.sha256}. One version must always be the same bytes: give the new build a new version.`:l?{kind:"prove",host:o,...void 0===i?{}:{record:i}}:{kind:"upgrade",host:o}})(e,o))).filter(e=>"string"==typeof e)).length>0?{kind:"impossible",problems:r}:{kind:"ready",steps:i.filter(e=>"string"!=typeof e)});if("impossible"===s.kind){let e=s.problems.map(e=>`- ${e}`);throw new h.yo([`${t.zone.zone} cannot be deployed; nothing was touched.`,...e].join("\n"))}for(let t of s.steps){if("continue"!==t.kind)continue;let{run:n,since:o,reason:i}=t.record;e.log.info(`${t.host}: out of service since ${o} (${i}, ${n}); continuing`)}let l=new Map(a.flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]]));return{work:{...t,releases:l},steps:s.steps}}async function t2(e,t){var n,o,i,r;let a=await tQ(e,t),{work:s}=a,l=await t5(e,a),d=new Set(l.map(({host:e})=>e)),c=a.steps.filter(({host:e})=>!d.has(e));if(t.dryRun||await t6(e,a,d),0===c.length)return t3(e,s,l);let u=await t8(e,s,c,0);return t.dryRun?nt(s,"planned",[...l,...(n=e,o=s,i=c,r=u,n.log.info(`dry run: ${r.hosts.join(", ")} would leave service first; nothing was touched`),ne(o,i))]):t9(e,s,l,c)}async function t5(e,{work:t,steps:n}){let o=n.filter(({kind:e})=>"prove"===e),{version:i,artifact:r}=t.release,a=(await eI(e,{...t.settings,startTimeout:0},o.map(({host:e})=>({host:e0(t,e,p(t.views,e)),version:i,sha256:r.sha256})))).flatMap(t=>{let{host:n}=t;return"failed"===t.kind?(e.log.warning(`${n}: current is ${i}, and the process does not prove it: ${t.problem}`),[]):(e.log.info(`${n}: already on ${i} and in service, proven ${t.value}; skipped`),[{host:n,outcome:"unchanged",from:i,to:i,proof:t.value}])});return v(e,a.map(({host:e})=>e),"serving"),a}async function t6(e,{work:t,steps:n},o){let i=n.flatMap(e=>"prove"===e.kind&&void 0!==e.record&&o.has(e.host)?[e.record]:[]);await em(e,{records:i,policy:t.fleet.policy.restore})}async function t3(e,t,n){try{return await tB(e,t,t.zone.hosts),nt(t,"unchanged",n)}catch(o){let e=o instanceof Error?o:Error(String(o));return{...nt(t,"stopped",n),problem:e}}}async function t9(e,t,n,o){let i=t,r=n,a=o;for(let t=0;a.length>0;t+=1){let n=await t4(e,i,a,t);"done"===n.kind&&(i=n.work);let o=new Set((r=[...r,...n.hosts]).map(({host:e})=>e));if(a=a.filter(({host:e})=>!o.has(e)),"failed"===n.kind){let t=await t7(e,i,a);return{...nt(i,"stopped",[...r,...t]),problem:n.problem}}}return nt(i,"deployed",r)}async function t4(e,t,n,o){try{let i=await t8(e,t,n,o),r=`${t.zone.zone}, batch ${o+1}: ${i.hosts.join(", ")} to ${t.release.version}`,a=await e.log.group(r,()=>tV(e,t,i));return await (0,ex.J)(e.log,a.hosts),a}catch(e){return{kind:"failed",hosts:[],problem:e instanceof Error?e:Error(String(e))}}}async function t8(e,t,n,r){let a=new Map(n.flatMap(e=>"continue"===e.kind?[[e.host,e.record]]:[]));if(a.size>0)return{hosts:[...a.keys()],adopted:a};let{batch:s}=t.fleet.policy,l=s[Math.min(r,s.length-1)]??{kind:"count",value:1},d=n.map(({host:e})=>e),c=await $(e,t.zone.pools.map(({targetGroup:e})=>e)),u=(0,o.Tu)(l,t.zone.hosts.length),f=function(e,t,n,o,r){for(let a=Math.min(n,t.length);a>1;a--){let n=t.slice(0,a),s=i(e,n,o,r);if("allowed"===s.kind)return{hosts:n,verdict:s}}let a=t.slice(0,Math.min(n,1)),s=i(e,a,o,r);return{hosts:"allowed"===s.kind?a:[],verdict:s}}(D(c,await Z(e,c,d)),d,u,t.zoneOf,t.floor);if(f.hosts.length>0)return{hosts:f.hosts,adopted:a};throw new h.yo(ei(d.slice(0,1),f.verdict.reasons))}async function t7(e,t,n){let o=t.zone.pools.map(({targetGroup:e})=>e),i=await $(e,o).catch(()=>[]);return ne(t,n).map(e=>p(i,e.host).some(({state:e})=>"draining"!==e)?e:{...e,outcome:"held",proof:"the balancer does not show it in service"})}function ne(e,t){return t.map(({host:t})=>{let n=e.releases.get(t)??"nothing";return{host:t,outcome:"untouched",from:n,to:e.release.version,proof:""}})}function nt(e,t,n){let{version:o,artifact:i}=e.release;return{zone:e.zone.zone,version:o,sha256:i.sha256,state:t,hosts:n}}},6932:(e,t,n)=>{async function o(e,t){for(let{host:n,outcome:o,trace:i}of t){if(void 0===i||""===i.output)continue;let t=i.output;await e.group(`${n} (${o}): last lines of its hooks`,async()=>e.info(t))}}function i({outcome:e}){return"upgraded"===e||"unchanged"===e||"replaced"===e}n.d(t,{J:()=>o,K:()=>i})}};