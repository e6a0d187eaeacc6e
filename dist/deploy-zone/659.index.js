"use strict";exports.id=659,exports.ids=[659,384],exports.modules={5216:(e,t,n)=>{n.d(t,{D:()=>r});function r(e){return e.replace(/^\[(.*)\]$/,"$1")}},8290:(e,t,n)=>{n.d(t,{Ew:()=>s,H7:()=>o,Wb:()=>l,ij:()=>a});var r=n(7030);let o={A:"an IPv4 address such as 192.0.2.1",AAAA:"an IPv6 address such as 2001:db8::1",CNAME:"a name such as web.example.com",MX:"a preference and a name, such as 10 mail.example.com",NS:"a name such as ns1.example.com",SRV:"priority, weight, port and name, such as 10 5 8080 web.example.com",TXT:"the text itself, without quotes, in one piece"},i={MX:1,SRV:3};function a(e,t){switch(e){case"A":return(0,r.isIPv4)(t)?t:void 0;case"AAAA":return(0,r.isIPv6)(t)&&!t.includes("%")?new URL(`http://[${t}]`).hostname.slice(1,-1):void 0;case"TXT":return t;default:return function(e,t){let n=s(e[t]??""),r=e.slice(0,t);if(void 0!==n&&e.length===t+1&&r.every(e=>/^\d{1,5}$/.test(e)&&65535>=Number(e)))return[...r.map(Number),n].join(" ")}(t.trim().split(/\s+/),i[e]??0)}}function s(e){let t=e.toLowerCase().replace(/(?<=.)\.$/,"");return"."===t||t.length<=253&&t.split(".").every(e=>/^[a-z0-9_*-]{1,63}$/.test(e))?t:void 0}function l(e){let t=/^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<four>[0-9.]+))(?::(?<port>[1-9]\d{0,4}))?$/.exec(e),{six:n,four:o,port:i="53"}=t?.groups??{},a=n??o??"";if(!((0,r.isIP)(a)!==(void 0===n?4:6)||Number(i)>65535))return{address:a,port:Number(i)}}},6450:(e,t,n)=>{n.d(t,{EZ:()=>a,fy:()=>s,t0:()=>o,v9:()=>i});var r=n(9499);let o=8192;function i({kind:e,text:t},n){switch(e){case"equals":return n===t;case"contains":return n.includes(t);case"matches":return RegExp(t,"u").test(n)}}function a(e,t){let n=function(e){try{return{value:JSON.parse(e)}}catch{return}}(e);return void 0===n?{kind:"no JSON"}:{kind:"values",values:(0,r.P)(t,n.value).values()}}function s(e,t){return"values"===e.kind&&1===e.values.length&&e.values[0]===t}},8278:(e,t,n)=>{n.d(t,{o:()=>o,t:()=>r});let r={method:"GET",headers:{},redirects:"refuse",tls:"verify"};function o(e){switch(e.kind){case"http":case"repeated":return`${e.manner?.method??"GET"} ${e.url}`;case"tcp":return`connection to ${e.address}:${e.port}`;case"tls":return`TLS to ${e.address}:${e.port} for ${e.name}`;case"dns":return`${e.type} of ${e.record}${void 0===e.server?"":` at ${e.server}`}`;case"command":return`${e.program} in ${e.directory}/current`}}},3039:(e,t,n)=>{function r(e){let t=/^(?<value>\d{1,6})(?<percent>%?)$/.exec(e.trim());if(t?.groups===void 0)return;let n=Number(t.groups.value);return""===t.groups.percent?{kind:"count",value:n}:n<=100?{kind:"percent",value:n}:void 0}function o(e){return"percent"===e.kind?`${e.value}%`:`${e.value}`}function i(e,t){return"count"===e.kind?e.value:Math.ceil(e.value*t/100)}function a(e,t){return Math.max(1,"count"===e.kind?e.value:Math.floor(e.value*t/100))}n.d(t,{C_:()=>r,Tu:()=>a,ej:()=>o,jZ:()=>i})},7879:(e,t,n)=>{n.d(t,{G9:()=>s,MW:()=>o,NM:()=>l,P3:()=>i,_k:()=>a});let r=["retry","roll-back","replace","hold"],o=/^(?:retry (?:[1-9]|10)|roll-back|replace|hold)$/,i="one or more of `retry N` (N from 1 to 10), `roll-back`, `replace` and `hold`, in this order, each once";function a(e){let t=e.flatMap(e=>{let[t,n]=e.split(" ");return o.test(e)?"retry"===t?[{kind:t,times:Number(n)}]:"roll-back"===t||"replace"===t||"hold"===t?[{kind:t}]:[]:[]}),n=t.map(({kind:e})=>r.indexOf(e)),i=n.every((e,t)=>0===t||e>(n[t-1]??0));return t.length>0&&t.length===e.length&&i?t:void 0}function s(e){return e.map(e=>"retry"===e.kind?`retry ${e.times}`:e.kind)}function l(e,t){return e.some(e=>e.kind===t)}},9321:(e,t,n)=>{n.d(t,{Qk:()=>r,lz:()=>o,rR:()=>a});let r=/^(?:[Hh]eader:[A-Za-z0-9._-]{1,100}|(?![Hh]eader:)(?=.*\S)[^\u0000-\u001f\u007f]+)$/,o="the name of a field of the JSON answer, or header: and the name of a response header",i="header:";function a(e){let t=e.toLowerCase();return t.startsWith(i)?t.slice(i.length):void 0}},7060:(e,t,n)=>{function r(e,t){return"object"!=typeof e||null===e||Array.isArray(e)?void 0:Object.getOwnPropertyDescriptor(e,t)?.value}function o(e){return Array.isArray(e)?e:[]}function i(e){return"object"!=typeof e||null===e||Array.isArray(e)?[]:Object.keys(e)}function a(e,t,n){let o=r(e,t);return"string"==typeof o?[{path:[...n,t],value:o}]:[]}function s(e,t){return o(e).flatMap((e,n)=>"string"==typeof e?[{path:[...t,n],value:e}]:[])}function l(e,t,n=e=>e.toLowerCase()){let r=new Map,o=[];for(let i of e){let e=n(i.value),a=r.get(e);void 0===a?r.set(e,i):o.push({path:i.path,expected:`${t} to be named once, and ${d(a.path)} has it already`,cure:"remove one of the two or correct its name"})}return o}function d(e){return e.map((e,t)=>"number"==typeof e?`[${e}]`:`${0===t?"":"."}${String(e)}`).join("")}n.d(t,{D_:()=>l,Dc:()=>r,HP:()=>i,Jf:()=>d,KE:()=>s,Te:()=>a,ld:()=>o})},3384:(e,t,n)=>{n.r(t),n.d(t,{findZone:()=>i});var r=n(6220),o=n(2913);function i(e,t){let n=e.zones.find(({zone:e})=>e===t);if(void 0!==n)return n;let i=e.zones.map(({zone:e})=>e),a=(0,o.p)(t,i),s=void 0===a?"":` Did you mean ${a}?`;throw new r.yo(`zone ${t} is not in the fleet file, which has ${i.join(", ")}.${s}`)}},1659:(e,t,n)=>{n.r(t),n.d(t,{deployAdmitted:()=>rz});var r=n(6220),o=n(9435),i=n(9987),a=n(7060);let s=()=>o.w$({error:"expected an ISO 8601 time in UTC"}),l={version:i.YjP().min(1).describe("Version of the release."),sha256:i.YjP().regex(/^[0-9a-f]{64}$/,{error:"expected 64 lower-case hexadecimal digits"}).describe("sha256 of its archive."),ordinal:i.Whr().min(0).describe("Grows with every release; the one of its first deployment.")},d=i.rej({state:i.k5n(["deploying","deployed","stopped","promoted","held","rolled-back"]).describe("What happened to the zone last."),release:i.rej(l).describe("What was deployed; after `rolled-back` the release that the zone went back from."),before:i.rej(l).exactOptional().describe("The release that was promoted here before, to which the zone goes back."),run:i.YjP().describe("URL of the workflow run."),runId:i.Whr().min(0).describe("Number of that run on GitHub; 0 outside of GitHub."),began:s().describe("When the deployment of the zone began."),at:s().describe("When this was written."),approvedBy:i.YOg(i.YjP()).exactOptional().describe("Who approved, as GitHub says."),note:i.YjP().exactOptional().describe("Why it ended so.")}),c=i.rej({schema:i.euz(1).describe("Form of this document."),service:i.YjP().min(1).describe("The service whose zones these are."),zones:i.g1P(i.YjP().regex(/^[a-z0-9-]{1,64}$/),d).describe("The last thing that happened to each zone."),releases:i.YOg(i.rej({...l,since:s().describe("When its first zone began.")})).max(50).describe("Releases that were deployed, the newest last.")});function u(e,t){return new r.yo(`${e} is not a ledger that can be read: ${t}. Nothing was touched. Restore an earlier version of the object. If there is none, check what the hosts of every zone run, move the object away and deploy from the first zone on.`)}async function h(e,t,n){return $(await e.read(n),e.place,t)}async function f(e,t,n,{clock:o,signal:i}){for(let r=1;r<=20;r+=1){i.throwIfAborted();let a=await e.read(i),s=n($(a,e.place,t)),l=`${JSON.stringify(s,void 0,2)}
`;if(l===a?.text||await e.write(l,a?.revision,i)==="written")return s;let d=Math.min(5e3,100*2**(r-1));await o.sleep(Math.ceil(o.jitter()*d),i)}throw new r.Wk(`The ledger ${e.place} was changed by others in between 20 times in a row, so this change was not written. Run the job again when fewer deployments of the service are running.`)}function $(e,t,n){return void 0===e?{schema:1,service:n,zones:{},releases:[]}:function(e,{place:t,service:n}){let o=function(e,t){try{return JSON.parse(e)}catch{throw u(t,""===e.trim()?"it is empty":"it is not JSON")}}(e,t),i=Object(o).schema;if("number"==typeof i&&i>1)throw new r.yo(`The ledger ${t} has schema ${i}, this version knows 1: a newer version has written it. Nothing was touched. Use that version, in every workflow that deploys the service.`);let s=c.safeParse(o);if(!s.success){let e,n;throw u(t,(n=(e=s.error.issues.map(({path:e,message:t})=>0===e.length?t:`${(0,a.Jf)(e)}: ${t}`)).length>3?[`and ${e.length-3} more`]:[],[...e.slice(0,3),...n].join("; ")))}if(s.data.service===n)return s.data;throw new r.yo(`The ledger ${t} is that of the service ${s.data.service}, expected ${n}. Nothing was touched. Give each service a ledger of its own: correct \`ledger\` in the fleet file.`)}(e.text,{place:t,service:n})}function p(e,{version:t,sha256:n,ordinal:r}){let o=m(e).find(e=>b(e,{version:t,sha256:n}));return{version:t,sha256:n,ordinal:o?.ordinal??r}}function m({releases:e,zones:t}){let n=Object.values(t);return[...e,...n.map(({release:e})=>e),...n.flatMap(({before:e})=>e??[])]}function w(e,{zone:t,runId:n}){var o,i;let a=v(e,t);if(void 0!==a&&(o=n,i=a.runId,0!==o&&o<i))throw new r.yo(`Zone ${t} is ${a.state} with ${k(a.release)} by run ${a.runId} (${a.run}) since ${a.at}; run ${n} is older and may not write about it. The ledger was not changed. Start a new run.`)}function g(e,t,n){return{...e,zones:{...e.zones,[t]:n}}}function v(e,t){return Object.hasOwn(e.zones,t)?e.zones[t]:void 0}function b(e,t){return e.version===t.version&&e.sha256===t.sha256}function k({version:e,sha256:t}){return`${e} (sha256 ${t.slice(0,12)}…)`}var y=n(3039);function S(e,t,n,r){var o;let i,a=new Set(t);return(i=(o=_(e,t).flatMap(e=>(function(e,t,n,r){var o,i;let a,s,{settings:l,targets:d}=e,c=r.surviveZone||!l.crossZone,u={label:`pool ${l.name}`,settings:l,targets:d,leaving:t,serves:({id:e,state:t,shifted:r})=>"healthy"===t&&!r&&(!c||n.has(e))};return[...function(e,t,n){let{label:r,settings:o,targets:i,leaving:a}=e,s={holds:!1,reason:`${r}: has no health checks, so nobody knows how many of its ${i.length} targets are healthy`},l=new Set(i.map(({id:e})=>e).filter(e=>!t.has(e))),d=[...l].filter(e=>a.has(e)),c=[...l].filter(e=>!a.has(e));return[...o.healthChecked?[]:[s],...n&&d.length>0?[{holds:!1,reason:`${r}: ${d.join(", ")} would leave and the zone is not known`}]:[],...n&&c.length>0?[{holds:!0,reason:`${r}: ${c.join(", ")} not counted, the zone is not known`}]:[]]}(u,n,c),x(u,r),...l.crossZone?[]:(o=u,i=n,s=(a=Map.groupBy(o.targets,({id:e})=>i.get(e))).get(void 0)??[],[...a].flatMap(([e,t])=>{let n=[...t,...s],r=n.filter(({id:e})=>o.leaving.has(e)).length;return void 0===e||0===r||r===n.length?[]:[{...o,label:`${o.label} in zone ${e}, cross-zone off`,targets:n}]})).map(e=>x(e,r)),...r.surviveZone?[function(e,t,n){let r=M(e,n),o=new Set([...e.leaving].flatMap(e=>{let n=t.get(e);return void 0===n?[]:[n]})),i=E(e),[a]=[...Map.groupBy(i,({id:e})=>t.get(e))].flatMap(([e,{length:t}])=>void 0===e||o.has(e)?[]:[{zone:e,count:t}]).toSorted((e,t)=>t.count-e.count||e.zone.localeCompare(t.zone));if(void 0===a)return{holds:i.length>=r.required,reason:`${e.label}: no other zone serves, none can be lost`};let s=i.length-a.count;return{holds:s>=r.required,reason:`${O(e)}, ${s} if zone ${a.zone} were lost too, floor is ${r.required} (${r.because})`}}(u,n,r)]:[]]})(e,a,n,r))).filter(e=>!e.holds)).length>0?{kind:"refused",reasons:i.map(({reason:e})=>e)}:{kind:"allowed",reasons:o.map(({reason:e})=>e)}}function _(e,t){return t.some(t=>!e.some(e=>z(e,t)))?e:e.filter(e=>t.some(t=>z(e,t)))}function z(e,t){return e.targets.some(e=>e.id===t)}function x(e,t){var n,r;let o,{label:i,settings:a,targets:s}=e,l=s.filter(e.serves).length,d=j(a.failOpen,s.length);if(l<d)return{holds:!1,reason:`${i}: ${l} healthy of ${s.length}, it is failing open now (threshold ${d}), sick targets get requests too`};let c=M(e,t),u=E(e).length,h=`${O(e)}, floor is ${c.required} (${c.because})${(n=e,r=c.required,(o=n.targets.length)-1>=r?"":`; this floor can never hold while a host is out: it needs ${r} of ${o} targets, add hosts or lower it`)}`;return{holds:u>=c.required,reason:h}}function M(e,t){let{settings:n,targets:r}=e,o=r.length,i=j(n.failOpen,o),a=j(n.dnsFailover,o),{minHealthy:s}=t;return[{required:(0,y.jZ)(s,o),because:`min-healthy ${(0,y.ej)(s)}${"percent"===s.kind?` of ${o}`:""}`},{required:i+1,because:`fail-open threshold ${i}, and one more`},{required:a+1,because:`DNS-failover threshold ${a}, and one more`}].reduce((e,t)=>t.required>e.required?t:e)}function j(e,t){let n=void 0===e.percent?0:Math.ceil(e.percent*t/100);return Math.max(e.count??0,n)}function E(e){return e.targets.filter(t=>e.serves(t)&&!0!==t.ramping&&!e.leaving.has(t.id))}function O(e){let{label:t,targets:n}=e,r=n.filter(e.serves),o=r.filter(e=>!0===e.ramping).length,i=n.filter(({id:t})=>e.leaving.has(t)),a=i.filter(t=>!e.serves(t)).length,s=0===o?"":` (${o} of them in slow start, not counted)`,l=0===a?"":` (${a} of them not healthy)`;return`${t}: ${r.length} healthy of ${n.length}${s}, ${i.length} would leave${l}, ${E(e).length} remain`}var N=n(2913);async function I(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,r]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:r}}))}function A(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:r})=>({pool:e.pool,id:t,port:n,state:r})))}function T(e){return[...new Set(e.map(({port:e})=>e))]}function R(e){let t=new Map;for(let{pool:n,id:r,port:o}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:r,port:o}]);return t}function P(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function q(e,t,n,r){let o=new Date(e.clock.now()).toISOString();for(let i of t)e.timeline({at:o,host:i,phase:n,...void 0===r?{}:{note:r}})}function C(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if(H(e))return e}catch{}throw new r.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function L(e,t){let n=e[t];return"string"==typeof n?n:""}function W(e,t){return Buffer.from(L(e,t),"base64").toString("utf8")}function D(e,t){let n=e[t];return"number"==typeof n?n:0}function Z(e,t){let n=e[t];return Array.isArray(n)?n.filter(H):[]}function H(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}function B(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}let F=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,U=`
root=$ZONEWISE_HOST_ROOT
`,J=`${U}
record=$root/var/lib/zonewise/out-of-service.json
`,G=`${F}${J}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,V=`${F}${J}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`,K=`${F}${J}${B`
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
`}`;async function Y(e,t,n){let r=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),o=n.filter(({host:e})=>!r.has(e)),i=0===o.length?[]:await e.transport.run(o,e.signal),a=new Map(o.map((e,t)=>[e,i[t]]));return n.map(e=>a.get(e)??{host:e.host,outcome:"lost",reason:r.get(e.host)??"it cannot be reached"})}async function X(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:K,arguments:[n],timeout:3e4})),e.signal)).map(ee)}async function Q(e,t,n){return(await Y(e,await e.transport.facts(t),t.map(e=>({host:e,script:K,arguments:[n],timeout:3e4})))).map(e=>{if("lost"===e.outcome)return{kind:"silent",host:e.host,problem:e.reason};try{return{kind:"told",status:ee(e)}}catch(t){if(!(t instanceof r.Wk))throw t;return{kind:"silent",host:e.host,problem:t.message}}})}function ee(e){let t=C(e.host,ei(e,"tell its release")),n=L(t,"version"),{ordinal:r,switchedAt:o}=t,i=W(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:L(t,"sha256")}},..."number"==typeof r?{ordinal:r}:{},..."number"==typeof o?{switchedAt:o}:{},...""===i?{}:{record:er(i,e.host)}}}async function et(e,t,n){let r=await e.transport.facts(t.map(({host:e})=>e));for(let o of(await Y(e,r,t.map(e=>({host:e.host,script:G,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===o.outcome?e.log.warning(`${o.host} cannot be reached (${o.reason}); its record is kept in this step only.`):ei(o,"record that it leaves service")}async function en(e,t){for(let n of(await Y(e,await e.transport.facts(t),t.map(e=>({host:e,script:V,arguments:[],timeout:3e4})))))"lost"!==n.outcome?ei(n,"forget that it was out of service"):e.log.warning(`${n.host} serves again; its record is still on it: ${n.reason}.`)}function er(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:r,run:o,since:i,service:a,from:s,scaling:l}=e;return[t,r,o,i].every(e=>"string"==typeof e)&&[a,s].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:r,processes:o}=e;return"string"==typeof n&&("standby"===t?void 0===r||Number.isInteger(r):"suspend"===t&&Array.isArray(o)&&o.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(eo)}(t))return t}catch{}throw new r.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function eo(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:r}=e;return"string"==typeof t&&"string"==typeof n&&Number.isInteger(r)}function ei(e,t){if("done"===e.outcome)return e.stdout;throw new r.Wk(`${e.host} could not ${t}: ${ea(e)}.`)}function ea(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}async function es(e,t,n){let o=[...new Set(_(t,n).filter(({settings:e})=>e.slowStart>0&&"instance"===e.targetType).flatMap(({targets:e})=>e.map(({id:e})=>e)))].filter(e=>!n.includes(e));if(0===o.length)return[];let i=o.map(e=>({host:e,script:K,arguments:[""],timeout:3e4}));return(await Y(e,await e.transport.facts(o),i)).flatMap(t=>{let{host:n}=t,o=function(e){if("done"!==e.outcome)return{kind:"unknown",problem:ea(e)};try{let t=W(C(e.host,e.stdout),"record");return""===t?{kind:"none"}:{kind:"record",record:er(t,e.host)}}catch(e){if(!(e instanceof r.Wk))throw e;return{kind:"unknown",problem:e.message}}}(t);if("none"===o.kind)return[];if("unknown"===o.kind)return e.log.warning(`Whether ${n} is in slow start is not known (${o.problem}); counted as the balancer shows it.`),[];let{run:i,since:a,reason:s,targets:l}=o.record;return e.log.info(`${n} is recorded as out of service since ${a} (${s}, ${i}): where the balancer calls it healthy it is in slow start and not counted. If that run is over, finish its return with restore-target.`),l})}function el(e,t){return e.map(({settings:e,targets:n})=>{let{pool:r,slowStart:o}=e,i=new Set((o>0?t.filter(e=>e.pool===r):[]).map(e=>P(n,e)));return{settings:e,targets:n.map(e=>i.has(e)&&"healthy"===e.state?{...e,ramping:!0}:e)}})}var ed=n(5195);async function ec({clock:e,log:t,signal:n},r){let o=e.now();void 0!==r.first&&r.first>0&&(t.info(`waiting for ${r.what}: ${(0,ed.a3)(r.first)} at least`),await e.sleep(r.first,n));let i={at:-1/0,seen:""},a=Math.min(250,r.every);for(;;){let s=await r.look(),l=e.now(),d=o+r.timeout-l;if(s.reached||d<=0)return s;(s.seen!==i.seen||l-i.at>=15e3)&&(t.info(`waiting for ${r.what}: ${s.seen}; up to ${(0,ed.a3)(d)} more`),i={at:l,seen:s.seen});let c=Math.min(a*(.9+.2*e.jitter()),s.again??d,d);await e.sleep(c,n),a=Math.min(1.5*a,r.every)}}let eu=["AZRebalance","AlarmNotification","ScheduledActions","ReplaceUnhealthy","HealthCheck"],eh=["EnteringStandby","Standby"];async function ef(e,t,n){let o=t.filter(({scaling:e})=>void 0===e);if("ignore"===n.autoScaling)return await e$(e,o.map(({host:e})=>e)),t;let i=await e.scaling.members(o.map(({host:e})=>e)),a=new Map;for(let[t,o]of Map.groupBy(i,({group:e})=>e)){let i=await e.scaling.group(t),s="suspend"===n.autoScaling?function({name:e,suspended:t}){return{mode:"suspend",group:e,processes:eu.filter(e=>!t.includes(e))}}(i):function({name:e,minSize:t,desired:n},o,i){let a=o.filter(({lifecycle:e})=>!eh.includes(e)).length;if(n-a>=t)return{mode:"standby",group:e};if(i.lowerMinSize)return{mode:"standby",group:e,minSize:t};throw new r.yo(`Auto Scaling group ${e} wants ${n} hosts and at least ${t}; with ${a} in standby ${n-a} would remain. Nothing was touched. Allow \`lower-min-size\`, use \`suspend\`, or add a host.`)}(i,o,n);for(let{host:e}of o)a.set(e,s)}return t.map(e=>{let t=e.scaling??a.get(e.host);return void 0===t?e:{...e,scaling:t}})}async function e$(e,t){try{for(let{host:n,group:r}of(await e.scaling.members(t)))e.log.warning(`${n} is in Auto Scaling group ${r}, which may replace it while it is out: auto-scaling is \`ignore\`. Use \`standby\` or \`suspend\` to keep it.`)}catch(o){if(o instanceof r.cc)throw o;let n=o instanceof Error?o.message:String(o);e.log.warning(`Whether an Auto Scaling group may replace ${t.join(", ")} is not known: ${n}`)}}async function ep(e,t){for(let[n,r,o]of ek(t)){if("suspend"===r.mode){e.log.info(`${n}: suspending ${r.processes.join(", ")||"nothing, all was suspended before"}`),r.processes.length>0&&await e.scaling.suspend(n,r.processes);continue}let t=(await e.scaling.members(o)).filter(({lifecycle:e})=>!eh.includes(e));if(0===t.length)continue;let i=await e.scaling.group(n);i.desired-t.length<i.minSize&&(e.log.info(`${n}: lowering MinSize from ${i.minSize} for the time of the standby`),await e.scaling.setMinSize(n,i.desired-t.length)),await e.scaling.enterStandby(n,t.map(({host:e})=>e))}}async function em(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);return 0===n.length?[]:(await e.scaling.members(n)).filter(({lifecycle:e})=>!eh.includes(e)).map(({host:e,lifecycle:t})=>`${e} is ${t} in its Auto Scaling group`)}async function ew(e,t){let n=t.filter(({scaling:e})=>e?.mode==="standby").map(({host:e})=>e);if(0===n.length)return;let o=await ec(e,{what:"the Auto Scaling group to finish moving hosts into standby",every:2e3,timeout:366e4,look:async()=>{await eg(e,t);let r=(await eb(e,n,eh)).length;return 0===r?{reached:!0,value:void 0}:{reached:!1,seen:`${r} hosts still on their way`}}});if(!o.reached)throw new r.Wk(`the Auto Scaling group does not let go of its hosts: ${o.seen}.`)}async function eg(e,t){for(let[n,r,o]of ek(t)){if("standby"!==r.mode)continue;let t=await eb(e,o,["Standby"]);0!==t.length&&await e.scaling.exitStandby(n,t.map(({host:e})=>e))}}async function ev(e,t){for(let[n,r,o]of ek(t)){if("standby"===r.mode){void 0!==r.minSize&&await e.scaling.setMinSize(n,r.minSize);continue}for(let t of o)await e.scaling.setHealthy(t);r.processes.length>0&&await e.scaling.resume(n,r.processes)}}async function eb(e,t,n){return(await e.scaling.members(t)).filter(({lifecycle:e})=>n.includes(e))}function ek(e){let t=new Map;for(let{host:n,scaling:r}of e){if(void 0===r)continue;let e=t.get(`${r.mode} ${r.group}`);void 0===e?t.set(`${r.mode} ${r.group}`,{scaling:r,hosts:[n]}):e.hosts.push(n)}return[...t.values()].map(({scaling:e,hosts:t})=>[e.group,e,t])}async function ey(e,t){let n=await eS(e,t.pools,t.hosts),o=t.hosts.map(o=>(function(e,t,n,o){let i=t.adopted.get(o),a=A(n,o),s=t.ports?.get(o),l=a.filter(({state:e,port:t})=>"draining"!==e&&(void 0===s||s.includes(t)));if(void 0!==i)return{...i,targets:ex(i.targets,l)};let d=!0===t.adoptDraining?a:l;if(0===d.length)throw new r.yo(function(e,t,n){let r=e.map(({settings:e})=>e.name).join(", "),o=A(e,t);if(o.some(({state:e})=>"draining"===e))return`${t} is being drained by somebody else, and no record on it says why; nothing was touched. Wait for it, or take it over with \`adopt: true\`.`;if(o.length>0&&void 0!==n){let e=o.map(({port:e})=>e).join(", ");return`${t} is registered in ${r} at port ${e}, not at ${n.join(", ")}; nothing was touched.`}let i=(0,N.p)(t,[...new Set(e.flatMap(({targets:e})=>e.map(({id:e})=>e)))]);return`${t} is not registered in ${r}, so there is nothing to drain; nothing was touched. `+(void 0===i?"Check the host id and the target groups.":`Did you mean ${i}?`)}(n,o,s));let{service:c}=t,u=t.releases.get(o);return{host:o,targets:ex([],d),reason:t.reason,run:e.run,since:new Date(e.clock.now()).toISOString(),...void 0===c?{}:{service:c},...void 0===u?{}:{from:u}}})(e,t,n,o)),i=t.hosts.filter(e=>A(n,e).some(({state:e})=>"draining"!==e)),a=e_(n,o),s=0===i.length?[]:await es(e,a,t.hosts),l=S(el(a,s),i,t.zoneOf,t.floor);if("refused"===l.kind)throw new r.yo(ez(i,l.reasons));let d=await ef(e,o,t.drain),c=d.filter(({host:e,targets:r})=>!t.unproven?.includes(e)&&r.every(e=>{var t,r;let o;return t=n,r=e,o=t.find(({settings:e})=>e.pool===r.pool),(P(o?.targets??[],r)?.state??"draining")!=="draining"}));return{views:n,records:d,leaving:i,returnable:c,returning:s,reasons:l.reasons}}async function eS(e,t,n){let o=await I(e,t),i=new Set([...n,...o.flatMap(({targets:e})=>e.map(({id:e})=>e))]),a=[...new Set((await Promise.all([...new Set(t)].map(t=>e.balancer.siblings(t)))).flat())].filter(e=>!t.includes(e)),s=await Promise.all(a.map(async t=>(await e.balancer.targets(t)).some(({id:e})=>i.has(e))?[t]:[])),l=[...o,...await I(e,s.flat())],d=l.filter(({settings:e})=>t.includes(e.pool)).filter(({settings:e})=>"instance"!==e.targetType);if(0===d.length)return l;let c=d.map(({settings:e})=>`- ${e.name} has targets of type ${e.targetType}`);throw new r.yo(["Only targets of type instance can be drained; nothing was touched.",...c].join("\n"))}function e_(e,t){let n=R(t);return e.map(({settings:e,targets:t})=>{let r=(n.get(e.pool)??[]).filter(e=>void 0===P(t,e)).map(e=>({...e,state:"unused",shifted:!1}));return{settings:e,targets:[...t,...r]}})}function ez(e,t){return[`The floor would not hold without ${e.join(", ")}; nothing was drained.`,...t.map(e=>`- ${e}`),"Bring the missing hosts back to health or add capacity, then run the same step again."].join("\n")}function ex(e,t){return[...new Map([...e,...t].map(({pool:e,id:t,port:n})=>({pool:e,id:t,port:n})).map(e=>[`${e.pool} ${e.port}`,e])).values()]}let eM=`
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
`,ej=`${F}${eM}${String.raw`
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
`}`;async function eE(e,{records:t,policy:n}){let r=t.map(({host:e})=>e);0!==r.length&&(q(e,r,"returning"),await eO(e,t),await ew(e,t),await Promise.all([...R(t)].map(([t,r])=>eN(e,t,r,n))),void 0!==n.firstRequest&&await eI(e,t,n.firstRequest),await ev(e,t),await en(e,r),q(e,r,"serving"),e.log.info(`${r.join(", ")} back in service`))}async function eO(e,t){await Promise.all([...R(t)].map(([t,n])=>e.balancer.register(t,n)))}async function eN(e,t,n,o){let i,a=await e.balancer.settings(t),{healthCheckInterval:s,name:l}=a,d=(o.checks-1)*s,c=await ec(e,{what:`${n.map(({id:e})=>e).join(", ")} to be healthy in ${l}`,every:Math.min(2e3,Math.max(250,s/2)),timeout:o.timeout,look:async()=>{let r=await e.balancer.targets(t),o=e.clock.now(),a=n.filter(e=>P(r,e)?.state!=="healthy");return a.length>0?(i=void 0,{reached:!1,seen:a.map(e=>(function({id:e,port:t},n){if(void 0===n)return`${e}:${t} is not registered`;let r=void 0===n.reason?"":` (${n.reason}: ${eA[n.reason]??n.description??"unknown"})`;return`${e}:${t} is ${n.state}${r}`})(e,P(r,e))).join("; ")}):(i??=o,o-i>=d)?{reached:!0,value:void 0}:{reached:!1,seen:`healthy, to be seen so for ${(0,ed.a3)(d)}`,again:i+d-o}}});if(!c.reached)throw new r.Wk(`not healthy in ${a.name} within ${(0,ed.a3)(o.timeout)}: ${c.seen}. The targets are registered and get no requests until they pass the health check.`);a.slowStart>0&&(e.log.info(`slow start of ${a.name}: ${(0,ed.a3)(a.slowStart)} until full capacity`),await e.clock.sleep(a.slowStart,e.signal))}async function eI(e,t,n){let o=(await e.transport.run(t.map(({host:e,targets:t})=>({host:e,script:ej,arguments:[T(t).join(" "),String(Math.ceil(n/1e3))],timeout:n+1e4,onCancel:"stop"})),e.signal)).flatMap(e=>"done"!==e.outcome?[`${e.host} could not be watched: ${ea(e)}`]:!0===C(e.host,e.stdout).serving?[]:[`${e.host} got no request`]);if(0!==o.length)throw new r.Wk(`healthy, and not seen serving within ${(0,ed.a3)(n)}: ${o.join("; ")}. The hosts are registered; look at the listener and its rules, or leave \`first-request\` out where there is little traffic.`)}let eA={"Elb.RegistrationInProgress":"the balancer is still taking it in","Elb.InitialHealthChecking":"its first health check has not been answered yet","Elb.InternalError":"the balancer has a problem of its own; wait, or ask AWS","Target.ResponseCodeMismatch":"its health check answered with another status; look at the service log","Target.Timeout":"its health check was not answered in time; check the port and the security group","Target.FailedHealthChecks":"its health check could not be connected; check that the service listens on the port","Target.NotRegistered":"the registration was not taken; check the target group","Target.NotInUse":"no listener uses the target group, or its zone is not enabled on the balancer","Target.InvalidState":"the instance is stopped or terminated","Target.IpUnusable":"its address is used by a load balancer","Target.DeregistrationInProgress":"it is still draining; something deregisters it again","Target.HealthCheckDisabled":"health checks are turned off for the target group"};var eT=n(523),eR=n(8278);let eP=B`
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
`,eq=`${F}${eP}${B`
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
`}`;function eC(e){let{protocol:t,hostname:n,port:r}=new URL(e);return{protocol:t,hostname:n,port:r||("https:"===t?"443":"80")}}async function eL(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:r,manner:o=eR.t})=>({host:e,script:eq,arguments:[String(Math.ceil(n/1e3)),(r/1e3).toFixed(3),...eW(o,t[0]??""),...t],timeout:n+r*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let o=n[r];if(o?.outcome!=="done"){let e=void 0===o?"it was never asked":ea(o);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let i=Z(C(e,o.stdout),"answers");return t.map((e,t)=>{let n=i[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let r=D(n,"status"),o=D(n,"milliseconds");return 0===r?{kind:"silent",url:e,problem:W(n,"problem")||"no answer",milliseconds:o}:{kind:"answered",url:e,status:r,headers:eD(W(n,"headers")),milliseconds:o,body:W(n,"body")}})})}function eW({method:e,headers:t,body:n,connect:r,redirects:o,tls:i},a){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",void 0===r?"":function(e,t){let{hostname:n,port:r}=eC(e);return`${n}:${r}:${t}:${r}`}(a,r),"follow"===o?"5":"","ignore"===i?i:""]}function eD(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let r=n.slice(0,e).toLowerCase(),o=n.slice(e+1).trim(),i=t.get(r);t.set(r,void 0===i?o:`${i}, ${o}`)}return Object.fromEntries(t)}var eZ=n(9321);function eH({headers:e,body:t}){let n=eU(t);return t=>{let r=(0,eZ.rR)(t),o=void 0===r?n?.[t]:e[r];return null==o?void 0:String(o)}}function eB(e,t){return Math.floor(Date.parse(e)/1e3)>=t}function eF(e){return{kind:"refuted",problem:e}}function eU(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}async function eJ(e,t,n){q(e,n.map(({host:e})=>e.host),"proving");let r=e.clock.now()+t.startTimeout,o=new Map;for(;;){let i=n.filter(({host:e})=>o.get(e.host)?.kind!=="done"),a=r-e.clock.now();for(let n of(await eG(e,t,i,a)))o.set(n.host,n);let s=[...o.values()];if(s.every(({kind:e})=>"done"===e)||e.clock.now()>=r)return s;await e.clock.sleep(500,e.signal)}}async function eG(e,{identity:t},n,r){let o=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(r,1e4)),limit:5e3})),i=await eL(e,o);return n.map((e,n)=>(function(e,t,n){let{host:r,health:o}=e.host;for(let[e,{statuses:t}]of o.entries()){let o=n[e];if(o?.kind!=="answered")return{host:r,kind:"failed",problem:`${o?.url??"its health check"} did not answer: ${o?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,r]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(r??n)})}(o.status,t))return{host:r,kind:"failed",problem:`${o.url} answered ${o.status}, healthy is ${t}`}}if(void 0===t)return{host:r,kind:"done",value:"healthy; its version was not asked"};let i="";for(let a of n.slice(o.length)){let n=function(e,t,n){if("silent"===n.kind)return eF(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return eF(`${n.url} answered ${n.status}, expected 200`);let r=eH(n),{version:o,digest:i,started:a}=e;if([o,i,a].filter(e=>void 0!==e&&void 0===(0,eZ.rR)(e)).length>0&&void 0===eU(n.body))return eF(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let s=r(o)??"nothing";return s!==t.version?eF(`the process that answers ${n.url} is version ${s}, expected ${t.version}`):void 0!==i&&r(i)!==t.sha256?eF(`it says it is sha256 ${r(i)??"nothing"}, expected ${t.sha256}`):void 0===a?{kind:"proven",seen:s}:function({switchedAt:e},t,n){if(Number.isNaN(Date.parse(t)))return eF(`its start time is ${t}, expected an ISO 8601 time`);if(void 0!==e&&!eB(t,e)){let n=new Date(1e3*e).toISOString();return eF(`the process started at ${t}, before the switch at ${n}: the old one is still running`)}return{kind:"proven",seen:`${n}, started ${t}`}}(t,r(a)??"nothing",s)}(t,e,a);if("refuted"===n.kind)return{host:r,kind:"failed",problem:n.problem};i=n.seen}return{host:r,kind:"done",value:i}})(e,t,i[n]??[]))}let eV=`${F}${eM}${String.raw`
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
`}`;async function eK(e,t,n){let r=eX(t,n).filter(({connectionTermination:e})=>!e),o=new Set(r.map(({pool:e})=>e)),i=n.filter(({targets:e})=>e.some(({pool:e})=>o.has(e)));if(0===i.length)return;let a=r.map(({name:e})=>e).join(", ");for(let t of(await eY(e,i))){var s;let n="done"!==(s=t).outcome?`nobody knows how many (${ea(s)}) are`:String(D(C(s.host,s.stdout),"work"));if("0"===n){e.log.info(`${t.host}: no connection is open on its service port any more`);continue}e.log.warning(`${t.host} has left its network load balancer, which does not end its connections: ${n} still open on its service port, and users see them break when the service stops. Turn on the attribute deregistration_delay.connection_termination.enabled of ${a}, or drain with the policy \`observed\` and a way to the host.`)}}async function eY(e,t){let n=t.map(({host:e,targets:t})=>({host:e,script:eV,arguments:[T(t).join(" "),"0","0","0"],timeout:3e4})),r=await e.transport.facts(t.map(({host:e})=>e));return Y(e,r,n)}function eX(e,t){let n=new Set(t.flatMap(({targets:e})=>e.map(({pool:e})=>e)));return e.flatMap(({settings:e})=>"network"===e.balancerType&&n.has(e.pool)?[e]:[])}async function eQ(e,t,n,r){let{policy:o,timeout:i}=t.drain,a=e.clock.now()+i,s=function(e,t){let{propagation:n}=e.drain;return void 0!==n?n:t.map(({settings:e})=>e.balancerType).every(e=>"application"===e)?15e3:18e4}(t,n),l=r.map(({host:e})=>e);e.log.info(`${l.join(", ")} withdrawn; waiting ${(0,ed.a3)(s)} until every balancer node knows`);let d=e.clock.sleep(s,e.signal).then(()=>q(e,l,"quiet"));if("fixed"===o)return await d,e.log.warning("Drain policy fixed: nothing proves the hosts quiet, requests in flight may be cut."),{quiet:!0};if(!function({log:e},t,n,r){for(let{name:o,connectionTermination:i,deregistrationDelay:a}of eX(t,n))i&&!(r<=a)&&e.info(`${o}: what is still connected ${(0,ed.a3)(a)} after the withdrawal will be cut by the balancer, connection termination is on`)}(e,n,r,i),"delay"===o)return await d,e2(e,n,r,a);let[c]=await Promise.all([e0(e,t,r,s),d]);return e1(e,t,{views:n,records:r,deadline:a,results:c})}async function e0(e,{drain:t},n,r){let{quiet:o,timeout:i,gauge:a}=t,s=await e.transport.facts(n.map(({host:e})=>e)),l=new Map(s.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));return Y(e,s,n.map(({host:e,targets:t})=>{let n=T(t),s=n.map(t=>(a?.url??"").replaceAll("{address}",l.get(e)??"").replaceAll("{port}",String(t))),d=Math.max(1,Math.ceil((i-r)/1e3)),c=[n.join(" "),String(o),String(d),(r/1e3).toFixed(3)];return{host:e,script:eV,arguments:void 0===a?c:[...c,a.field,...s],timeout:i+1e4,earliest:r+o,onCancel:"stop"}}))}async function e1(e,{drain:t},{views:n,records:r,deadline:o,results:i}){let a=i.filter(({outcome:e})=>"done"!==e),s=i.flatMap(e=>{if("done"!==e.outcome)return[];let n=C(e.host,e.stdout);if(!0===n.quiet)return[];let r=D(n,"work");return r<0?[`${e.host} does not answer at its gauge`]:[`${e.host} still has ${r} ${void 0===t.gauge?"connections":"requests"} on its service port`]}),l=(0,ed.a3)(t.timeout);if(s.length>0)return{quiet:!1,problem:`not quiet within ${l}: ${s.join("; ")}`};if(0===a.length){let n=i.map(({host:e})=>e).join(", ");return e.log.info(`${n} quiet: no work seen for ${(0,ed.a3)(t.quiet)}`),{quiet:!0}}for(let t of a)e.log.warning(`${t.host} cannot be measured (${ea(t)}); waiting for its whole deregistration delay instead.`);return e2(e,n,r.filter(({host:e})=>a.some(t=>t.host===e)),o)}async function e2(e,t,n,r){let o=R(n),i=Math.max(0,r-e.clock.now()),a=Math.min(...n.map(e=>Date.parse(e.since))),s=Math.max(0,...t.map(({settings:e})=>e.deregistrationDelay)),l=await ec(e,{what:"the deregistration delay to end",first:Math.min(i,Math.max(0,a+s-e.clock.now())),every:2e3,timeout:i,look:async()=>{let t=(await Promise.all([...o].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(P(r,e)?.state??"unused")!=="unused")}))).flat();return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:`${t.map(({id:e,port:t})=>`${e}:${t}`).join(", ")} still draining`}}});return l.reached?(await eK(e,t,n),{quiet:!0}):{quiet:!1,problem:`not out of the balancer in time: ${l.seen}`}}async function e5(e,t,n=()=>{}){let o=await ey(e,t),{records:i}=o;for(let t of o.reasons)e.log.info(`floor holds: ${t}`);n(i),await et(e,i,t.recordsElsewhere??!1);try{await e6(e,t,i),await e3(e,t,o);let n=await eQ(e,t,o.views,i);if(n.quiet)return i;if("return"===t.drain.onTimeout)throw new r.Wk(`${n.problem}.`);q(e,t.hosts,"held",n.problem)}catch(n){throw await e9(e,t,o,n)}throw new r.Wk(`${t.hosts.join(", ")} not proven quiet in time and held out of service, as on-timeout says. Return them with restore-target, or run the same step again.`)}async function e6(e,t,n){let o=R(n);q(e,t.hosts,"draining"),await ep(e,n),await Promise.all([...o].map(([t,n])=>e.balancer.deregister(t,n)));let i=await ec(e,{what:"the balancer to show the withdrawal",every:500,timeout:6e4,look:async()=>{let t=[...(await Promise.all([...o].map(async([t,n])=>{let r=await e.balancer.targets(t);return n.filter(e=>(P(r,e)?.state??"draining")!=="draining")}))).flat().map(({id:e,port:t})=>`${e}:${t} still in service`),...await em(e,n)];return 0===t.length?{reached:!0,value:void 0}:{reached:!1,seen:t.join(", ")}}});if(!i.reached)throw new r.Wk(`the balancer accepted the withdrawal and does not show it: ${i.seen}.`)}async function e3(e,t,{records:n,leaving:o,returning:i}){let a=S(el(e_(await eS(e,t.pools,t.hosts),n),i),o,t.zoneOf,t.floor);if("allowed"!==a.kind)throw new r.yo(`the pool fell below its floor while hosts were leaving: ${a.reasons.join("; ")}.`)}async function e9(e,t,{records:n,returnable:o},i){let a=i instanceof Error?i.message:String(i),s=e4(o),l=e4(n.filter(e=>!o.includes(e))),d=""===l?"":`
${l} stay out of service, each with its record.`;try{if(e.signal.aborted){await eO(e,o),await eg(e,o);let t=""===s?"":` ${s} registered again, nothing was installed.`;return new r.cc(`Cancelled while draining.${t}${d}
Run the same step again to continue, or restore-target to see them serve.`,{cause:i})}if(0===o.length)return new r.Wk(`${a}${d}`,{cause:i});e.log.warning(`Returning ${s} to service: ${a}`),await eE(e,{records:o,policy:t.restore});let n=`${s} are back in service; nothing was installed on them.`;return new r.Wk(`${a}
${n}${d}`,{cause:i})}catch(t){let e=t instanceof Error?t.message:String(t);return new r.Wk(`${a}
Returning ${s} to service failed too: ${e}
Their undo records are on the hosts in /var/lib/zonewise/out-of-service.json: run the same step again, or restore-target with the undo record.${d}`,{cause:i})}}function e4(e){return e.map(({host:e})=>e).join(", ")}async function e8(e,t,n){let r=new Map(n.map(e=>[e.replaced,e])),o=t.map(e=>{let t=r.get(e.host);return void 0===t?e:function(e,{host:t,scaling:n}){let{from:r,...o}=e,i=e.targets.map(e=>({...e,id:t.host})),a=e.scaling,s=a?.mode==="standby"&&void 0!==a.minSize&&"standby"===n.mode?{...n,minSize:a.minSize}:n;return{...o,host:t.host,targets:i,scaling:s}}(e,t)}),i=o.filter(e=>!t.includes(e));if(0===i.length)return t;for(let{host:n,scaling:a}of(await et(e,i,!1),t))r.has(n)&&a?.mode==="suspend"&&0!==a.processes.length&&(o.some(e=>e.scaling?.mode==="suspend"&&e.scaling.group===a.group)||await e.scaling?.resume(a.group,a.processes));return o}var e7=n(7598);let te=B`
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
`,tt=String.raw`
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
`,tn=B`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${tt}' "$incoming/names" "$incoming/listing")
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
`,tr=B`
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
`,to=B`
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
`,ti=B`
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
  $isolate sh -c '${tr}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${to}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,ta=B`
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
`,ts=B`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,tl=B`
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
${ts}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,td=B`
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
`,tc=B`
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
`,tu=`${F}${U}${tl}${tc}${te}${ta}${tn}${td}${ti}${B`
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
`}`,th={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},tf=["lock","disk","download","digest","unpack","release","before-install"];async function t$(e,t,n){let r=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),o=new Map;for(let t of r)o.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:r}of n)q(e,[t],"installing",tp(r));let i=(0,e7.randomUUID)(),a=n.map(({host:n,wanted:r})=>(function(e,t,n,{id:r,wanted:o,url:i}){let{service:a,zone:s,directory:l,hooks:d,unit:c,hookTimeout:u,keepReleases:h}=t,f="release"===o.kind?o.artifact:void 0,$="release"===o.kind?o.ordinal:void 0,p=6e5+5*(u+5e3),{beforeInstall:m="",stop:w="",start:g="",afterInstall:v="",verify:b=""}=d;return{host:n,script:tu,arguments:[r,e.run,tm(p),a,s,l,"previous"===o.kind?"previous":o.version,f?.sha256??"",i,f?.format??"tar.gz",String(f?.size??0),void 0===$?"":String($),String(h),tm(u),c??"",m,w,g,v,b],timeout:p}})(e,t,n,{id:i,wanted:r,url:o.get(r)??""}));return(await e.transport.run(a,e.signal)).map(t=>(function(e,t){let{host:n}=t,r=(e,t,r)=>({host:n,kind:"failed",problem:e,touched:t,trace:r});if("done"!==t.outcome)return r(ea(t),!0,th);try{var o;let i,a,s=C(n,t.stdout),l=(a=(i=(o=s).milliseconds,H(i)?i:{}),{milliseconds:{download:D(a,"download"),unpack:D(a,"unpack"),hooks:D(a,"hooks"),total:D(a,"total")},output:W(o,"output").trimEnd()});if("switched"!==L(s,"outcome")){let e=L(s,"step");return r(`${e}: ${W(s,"problem")}`,!tf.includes(e),l)}let d=L(s,"version"),c=L(s,"sha256"),u=!0===s.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${u} (sha256 ${c}) and is current`);let h=L(s,"previous"),f=D(s,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:c,switchedAt:f,trace:l}}}catch(e){return r(e instanceof Error?e.message:String(e),!0,th)}})(e,t))}function tp(e){return"previous"===e.kind?"the release before":e.version}function tm(e){return String(Math.ceil(e/1e3))}async function tw(e,t,n){let{settings:r,wanted:o}=t,i=await t$(e,r,n.map(({host:e})=>({host:e,wanted:o}))),{done:a,failures:s}=await tg(e,r,n,i);return{reports:a.map(({host:n,version:r,proof:o,sha256:i,trace:a})=>(e.log.info(`${n}: proven ${o}`),{...tv(t,n,{outcome:"upgraded",proof:o,trace:a}),to:r,sha256:i})),successors:[],failures:s}}async function tg(e,t,n,r){let o=new Map(n.map(e=>[e.host,e])),i=new Map(r.map(e=>[e.host,e])),a=n.flatMap(e=>{let t=i.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:r,switchedAt:o}=t.value;return[{host:e,version:n,sha256:r,switchedAt:o}]}),s=[],l=r.flatMap(e=>{let t=o.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===a.length?[]:await eJ(e,t,a)){let{host:e}=n,t=i.get(e),r=o.get(e);if(t?.kind!=="done"||void 0===r)continue;let{version:a,sha256:d,trace:c}=t.value;"done"===n.kind?s.push({host:e,version:a,sha256:d,trace:c,proof:n.value}):l.push({target:r,problem:`prove: ${n.problem}`,touched:!0,trace:c})}return{done:s,failures:l}}function tv({from:e,wanted:t},n,{outcome:r,proof:o,trace:i}){let a={host:n,outcome:r,from:e.get(n)??"nothing",to:tp(t),proof:o};return void 0===i?a:{...a,trace:i}}async function tb(e,t,n,r){let o=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),i=new Set(t.members.map(({host:e})=>e)),a=[],s="",l=async()=>(a=(await e.scaling.group(t.name)).members.filter(({host:e})=>!i.has(e)),function({log:e},t,n){for(let r of t){let{host:t,stage:o}=r;"leaving"===o.kind&&void 0===tz(n,o.id)&&(e.warning(`${o.id}: the successor of ${t} was ended by its group; another one is awaited`),r.stage={kind:"awaited"})}}(e,o,a),await tk(e,t.name,o,a),await tS(e,o,a),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,r=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+r.length===0)return{reached:!0,value:void 0};let o=r.filter(e=>"Standby"===tz(t,e)).length,i=[[n,"not in service yet"],[r.length-o,"on their way into standby"],[o,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${i.join(", ")}, of ${e.length}`}}(o,a));await ec(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:r,look:async()=>{let e=await tx(l());return s=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=t_(o,a);return o.map(e=>(function(e,{host:t,zone:n,stage:r},{newcomers:o,others:i,why:a}){let s=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(r.kind){case"ready":return{host:t,kind:"replaced",successor:r.id,address:r.address,scaling:{mode:"standby",group:e}};case"serving":return s(`Its successor ${r.id} is in service with whatever its image starts, because it could not be put into standby: ${r.problem}`);case"leaving":{let e=tz(o,r.id)??"unknown",t=void 0===r.problem?e:`${e} and not reached: ${r.problem}`;return s(`Its successor ${r.id} was sent into standby and stays out of traffic; it is ${t}.${a} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=i.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return s(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${a} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:a,others:d,why:s}))}async function tk(e,t,n,r){for(let o of n){if("awaited"!==o.stage.kind)continue;let i=t_(n,r).find(({zone:e,lifecycle:t})=>e===o.zone&&"InService"===t);if(void 0===i)continue;let a=i.host;e.log.info(`${a}: takes the place of ${o.host} in ${t}; going into standby`),o.stage={kind:"leaving",id:a};let s=await tx(e.scaling.enterStandby(t,[a]));s.done||await ty(e,a)||(o.stage={kind:"serving",id:a,problem:s.problem})}}async function ty(e,t){let n=await tx(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function tS(e,t,n){let r=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===tz(n,t.id)&&r.set(t.id,e)}if(0!==r.size)for(let{host:t,...n}of(await e.transport.facts([...r.keys()]))){let e=r.get(t);if(void 0===e)continue;let{address:o="127.0.0.1",problem:i="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:o}:{kind:"leaving",id:t,problem:i}}}function t_(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function tz(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function tx(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof r.Wk||e instanceof r.yo)return{done:!1,problem:e.message};throw e}}let tM=["Launch","Terminate"];async function tj(e,{hosts:t,timeout:n}){let r=await tx(e.scaling.members(t));if(!r.done)return t.map(e=>tR(e,`${r.problem} Nothing was ended.`));let o=[...Map.groupBy(r.value,({group:e})=>e)],i=new Map((await Promise.all(o.map(([t,r])=>tE(e,t,r,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return i.get(e)??tR(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function tE(e,t,n,r){let o=await tx(tO(e,t,n,r));if(!o.done)return n.map(({host:e})=>tR(e,`${o.problem} ${e} was not ended.`));let i=o.value,a=i.members.filter(({host:e})=>n.some(t=>t.host===e)),s=function(e,t){let{name:n,minSize:r,maxSize:o,desired:i}=e,a=tM.filter(t=>e.suspended.includes(t));if(a.length>0){let e=`${a.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>tT(t,`${e}. Resume it, then run again.`))}}let s=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,o-i),c=Math.max(0,i-r);return{onward:[...s.slice(0,d),...l.slice(0,c)],failed:[...s.slice(d).map(({host:e})=>tT(e,`it is in standby, so its successor needs one more than the desired capacity of ${i}, and Auto Scaling group ${n} allows ${o} at most. Raise MaxSize, then run again.`)),...l.slice(c).map(({host:e})=>tT(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${i} hosts and at least ${r}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!s.includes(e)&&!l.includes(e)).map(e=>tT(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(i,a),l=await tN(e,i,s.onward),d=0===l.onward.length?[]:await tb(e,i,l.onward,r);return[...s.failed,...l.failed,...d]}async function tO(e,t,n,r){let o=await ec(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:r,look:async()=>{let r=await e.scaling.group(t),o=r.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===o.length?{reached:!0,value:r}:{reached:!1,seen:`${o.map(({host:e})=>e).join(", ")} still on the way`}}});return o.reached?o.value:e.scaling.group(t)}async function tN(e,t,n){let{signal:r,scaling:o,log:i}=e,a=[],s=new Map;for(let l of n){if(r.aborted)break;let{host:n,zone:d,lifecycle:c}=l;i.info(`${n}: ending it for good (${c}); ${t.name} is to bring a successor in ${d}`);let u=await tx(o.terminate(n));u.done||await tI(e,n)?a.push(l):s.set(l,u.problem)}let l=a.filter(({lifecycle:e})=>"Standby"===e),d=await tx(tA(e,t,l.length));d.done||i.warning(`${t.name}: ${d.problem}`),r.throwIfAborted();let c=[...s].map(([{host:e},t])=>tT(e,`it could not be ended: ${t}`));return d.done?{onward:a,failed:c}:{onward:a.filter(e=>!l.includes(e)),failed:[...c,...l.map(({host:e})=>tR(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function tI({scaling:e},t){let n=await tx(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function tA({scaling:e,log:t},{name:n,desired:r},o){if(0===o)return;let i=r+o,a=(await e.group(n)).desired;a>=i||(t.info(`${n}: raising the desired capacity from ${a} to ${i} for ${o} ended in standby`),await e.setDesired(n,i))}function tT(e,t){return tR(e,`${e} was not ended now: ${t}`)}function tR(e,t){return{host:e,kind:"failed",problem:t}}async function tP(e,t){let{reports:n,successors:r,failures:o}=await tq(e,t,await tw(e,t,t.hosts)),i=o.map(({target:n,problem:r,touched:o,trace:i,successor:a})=>{o&&q(e,[a??n.host],"held",r.split("\n")[0]);let s=tv(t,n.host,{outcome:o?"held":"untouched",proof:r,trace:i});return void 0===a?s:{...s,successor:a}});return{reports:[...n,...i],successors:r}}async function tq(e,t,n){let r=n;for(let n of t.ladder){if(0===r.failures.length)break;for(let{target:t,problem:n}of r.failures)e.log.warning(`${t.host}: ${n}`);let{reports:o,successors:i,failures:a}=await function(e,t,n,r){switch(r.kind){case"retry":return tC(e,t,n,r.times);case"roll-back":return tL(e,t,n);case"replace":return tW(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,r.failures,n);r={reports:[...r.reports,...o],successors:[...r.successors,...i],failures:a}}return r}async function tC(e,t,n,r){let o=[],i=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),a=n;for(let n=1;n<=r&&a.length>0;n+=1){e.log.info(`${a.map(({target:e})=>e.host).join(", ")}: trying ${tp(t.wanted)} again, ${n} of ${r}`);let s=await tw(e,t,a.map(({target:e})=>e));o.push(...s.reports),a=s.failures.map(e=>(e.touched&&i.add(e.target.host),{...e,touched:i.has(e.target.host)}))}let s=` (after ${r+1} attempts)`;return{reports:o,successors:[],failures:a.map(e=>({...e,problem:e.problem+s}))}}async function tL(e,t,n){let r="previous"===t.wanted.kind?void 0:t.wanted.version,o=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==r?[{failure:e,version:n}]:[]});if(0===o.length)return{reports:[],successors:[],failures:n};let i=o.map(({failure:e})=>e.target);for(let{failure:t,version:n}of o)q(e,[t.target.host],"rolling-back",n);let a=await t$(e,t.settings,o.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:s,failures:l}=await tg(e,t.settings,i,a),d=new Map(o.map(({failure:e})=>[e.target.host,e])),c=s.map(({host:e,sha256:n})=>{let{problem:r="",trace:o}=d.get(e)??{};return{...tv(t,e,{outcome:"rolled-back",proof:r,trace:o}),sha256:n}}),u=l.map(e=>{let t=d.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:c,successors:[],failures:[...n.filter(e=>!i.includes(e.target)),...u]}}async function tW(e,t,n){let{scaling:r}=e,o=n.filter(({touched:e})=>e);if(void 0===r||0===o.length)return{reports:[],successors:[],failures:n};q(e,o.map(({target:e})=>e.host),"replacing");let i=await tj({...e,scaling:r},{hosts:o.map(({target:e})=>e.host),timeout:45e5}),a=i.flatMap(e=>{let t=o.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),s=await tw(e,t,a.map(({host:e})=>e)),l=[],d=n.filter(({touched:e})=>!e);for(let e of o){let{host:n}=e.target,r=i.find(e=>e.host===n),o=a.find(({replaced:e})=>e===n)?.host.host??"",c=s.reports.find(e=>e.host===o);if(void 0!==c){let e=t.from.get(n)??"nothing";l.push({...c,host:n,from:e,outcome:"replaced",successor:o})}else if(r?.kind==="failed")d.push(tD(e,`replacing it failed: ${r.problem}`));else{let t=s.failures.find(({target:e})=>e.host===o)?.problem??"never tried",n=`its successor ${o} is in standby and failed too: ${t}`;d.push({...tD(e,n),successor:o})}}return{reports:l,successors:a,failures:d}}function tD(e,t){return{...e,problem:`${e.problem}
and ${t}`}}var tZ=n(7879);function tH({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function tB(e,t,n,r){let{zone:o,fleet:i,releases:a,zoneOf:s,floor:l}=e,{drain:d,restore:c}=i.policy;return{pools:o.pools.map(({targetGroup:e})=>e),hosts:t,adopted:n,service:i.service,releases:a,zoneOf:s,floor:l,drain:d,restore:c,reason:r}}function tF(e,t,n){let r=e.addresses.get(t)??"127.0.0.1",o=n.flatMap(({pool:t,port:n})=>{let r=e.views.find(e=>e.settings.pool===t)?.settings;return r?.healthCheckPath===void 0?[]:[{port:r.healthCheckPort??n,path:r.healthCheckPath,statuses:r.healthCheckStatuses}]});return{host:t,address:r,ports:T(n),health:o}}function tU(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new r.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}async function tJ(e,t,n){let o=n instanceof Error?n.message:String(n),i=t0(t.records),{release:a,fleet:s}=t.work;if(e.signal.aborted){let n=t.returned?`Cancelled while returning ${i}: registered again on ${a.version}, not yet proven to serve.`:`Cancelled while upgrading ${i}: out of service, each with a record on the host.`;return tY(e,t,o,new r.cc(`${n}
Run the same step again: it continues from what it finds.`))}e.log.warning(`${i}: ${o}`);try{if(t.returned&&await tG(e,t),!(0,tZ.NM)(s.policy.onFailure,"roll-back")){let n=new r.yo(`${o}
${i} held out of service, as on-failure says.`);return tY(e,t,o,n)}return await tV(e,t,o)}catch(l){let a=l instanceof Error?l.message:String(l),s=new r.yo(`${o}
Bringing ${i} back to a known state failed too: ${a}
A host that is out of service has its record on it; mend the cause and run the same step again.`,{cause:n});return tY(e,t,o,s)}}async function tG(e,{work:t,records:n}){let r=new Map(n.map(e=>[e.host,e])),o=`return of ${t.fleet.service} from ${t.release.version}`,i=[...r.keys()];await e5(e,{...tB(t,i,r,o),unproven:i})}async function tV(e,t,n){let{work:o,records:i,reports:a}=t,s=e=>tQ(a,e)?.outcome,l=i.filter(({host:e})=>["held","replaced"].includes(s(e)??"")),d=i.filter(({host:e})=>"rolled-back"===s(e)||"untouched"===s(e)),c=i.filter(e=>!l.includes(e)&&!d.includes(e));await tK(e,t,c);let u=i.filter(e=>!l.includes(e));await eE(e,{records:u,policy:o.fleet.policy.restore});let h=[...new Set(u.map(({from:e})=>e??"nothing"))].join(", "),f=[...0===u.length?[]:[`${t0(u)} back on ${h} and in service`],...0===l.length?[]:[`${t0(l)} held out of service, each with its record`],"later zones were not touched."];return q(e,l.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:new r.yo(`${n}
${f.join("; ")}`),hosts:i.map(e=>l.includes(e)?tX(t,e,{outcome:"held",proof:n,to:o.release.version}):tX(t,e,{outcome:"rolled-back",proof:n,to:e.from}))}}async function tK(e,{work:t},n){if(0===n.length)return;let{settings:o,release:i}=t,a=n.filter(({from:e})=>void 0===e||e===i.version);if(a.length>0)throw new r.yo(`${t0(a)} had no other release before.`);q(e,n.map(({host:e})=>e),"rolling-back");let s=n.map(({host:e,from:t=""})=>({host:e,wanted:{kind:"on-disk",version:t}})),l=tU(await t$(e,o,s),"switch back"),d=n.map(({host:e,targets:n})=>{let{version:r="",sha256:o="",switchedAt:i=0}=l.get(e)??{};return{host:tF(t,e,n),version:r,sha256:o,switchedAt:i}});tU(await eJ(e,o,d),"prove after switching back")}function tY(e,t,n,r){let{records:o,work:i}=t;return q(e,o.map(({host:e})=>e),"held",n.split("\n")[0]),{kind:"failed",problem:r,hosts:o.map(e=>tX(t,e,{outcome:"held",proof:n,to:i.release.version}))}}function tX({reports:e},{host:t,from:n},r){let o=tQ(e,t),{trace:i}=o??{},a={...o?.successor===t?{successor:t}:{},host:o?.host??t,from:n??"nothing",...r,to:r.to??"nothing"};return void 0===i?a:{...a,trace:i}}function tQ(e,t){return e.find(e=>e.host===t||e.successor===t)}function t0(e){return e.map(({host:e})=>e).join(", ")}var t1=n(7030),t2=n(5216),t5=n(8290);let t6=B`
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
`,t3=`${F}${ts}${B`
limit=$1
`}${t6}${B`
need bash
# shellcheck disable=SC2016
within bash -c '
${ts}
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
`}`,t9=`${F}${ts}${B`
limit=$1
`}${t6}${B`
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
`}`,t4=`${F}${ts}${B`
limit=$1
`}${t6}${B`
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
`}`,t8=["NOERROR","NXDOMAIN"];async function t7(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:n})=>({host:e,...function(e,t){switch(e.kind){case"tcp":{let{address:n,port:r,listen:o}=e;return{script:t3,arguments:[t,(0,t2.D)(n),String(r),o?"listen":""]}}case"tls":{let n=(0,t2.D)(e.name),r=(0,t2.D)(e.address),o=6===(0,t1.isIP)(r)?`[${r}]`:r;return{script:t9,arguments:[t,`${o}:${e.port}`,0===(0,t1.isIP)(n)?"name":"ip",n]}}case"dns":{let{record:n,type:r,server:o}=e,{address:i,port:a}=(void 0===o?void 0:(0,t5.Wb)(o))??{};return{script:t4,arguments:[t,n,r,i??"",String(a??"")]}}}}(n,(t/1e3).toFixed(3)),timeout:t+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,question:t},r)=>{let o=n[r];if(o?.outcome!=="done")return{kind:"silent",problem:void 0===o?"it was never asked":ea(o),milliseconds:0};let i=C(e,o.stdout),a=D(i,"milliseconds");if(void 0===i.problem)return function(e,t,n){var r,o,i,a,s;switch(e.kind){case"tcp":return{kind:"tcp",banner:W(t,"banner"),milliseconds:n};case"tls":let l,d;return r=t,o=n,l=W(r,"verdict"),d=new Date(L(r,"expires")),{kind:"tls",distrust:/^0\b/.test(l)?"":l.replace(/^\d+ \((.*)\)$/,"$1"),expires:d.toISOString(),daysLeft:Math.floor((d.getTime()-1e3*D(r,"now"))/864e5),milliseconds:o};case"dns":let c;return i=e.type,a=t,s=n,c=L(a,"status"),t8.includes(c)?{kind:"dns",values:[...new Set(W(a,"values").split("\n").filter(e=>""!==e).map(e=>{let t;return"TXT"===i?(t=[...e.matchAll(/"(?<part>(?:[^"\\]|\\.)*)"/g)].map(e=>e.groups?.part??"").join("").replace(/\\(\d{3}|.)/g,(e,t)=>3===t.length?String.fromCharCode(Number(t)):t),Buffer.from(t,"latin1").toString("utf8")):e}).map(e=>(0,t5.ij)(i,e)??e))],milliseconds:s}:{kind:"silent",problem:`the server answered ${c}`,milliseconds:s}}}(t,i,a);let s=W(i,"problem")||"no answer";return{kind:"silent",problem:s.endsWith(" is not installed")?`${s} on ${e}`:s,milliseconds:a}})}let ne=`${F}${ts}${eP}${B`
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
`}`;async function nt(e,t){let n=await e.transport.run(t.map(({host:e,limit:t,question:{url:n,manner:r=eR.t,times:o,wanted:i=[]}})=>{let{hostname:a,port:s}=eC(n);return{host:e,script:ne,arguments:[String(o),(t/1e3).toFixed(3),...eW(r,n),a,s,i.join(" "),n],timeout:t*Math.ceil(o/8)+3e4,onCancel:"stop"}}),e.signal);return t.map((e,t)=>(function({host:e,question:t},n){if(n?.outcome!=="done")return{kind:"silent",problem:void 0===n?"it was never asked":ea(n),milliseconds:0};let r=C(e,n.stdout),o=D(r,"milliseconds"),i=Z(r,"answers").map(nn);return i.length===t.times?{kind:"answers",answers:i,milliseconds:o}:{kind:"silent",problem:`${i.length} of ${t.times} answers were reported`,milliseconds:o}})(e,n[t]))}function nn(e){let t=D(e,"status");return 0===t?{status:t,problem:W(e,"problem")||"no answer"}:{status:t,headers:eD(W(e,"headers")),body:W(e,"body")}}let nr=`${F}${U}${ts}${B`
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
`}`;async function no(e,t){let n=await e.transport.run(t.map(({host:e,directory:t,program:n,limit:r})=>({host:e,script:nr,arguments:[t,n],timeout:r+5e3,onCancel:"stop"})),e.signal);return t.map(({host:e},t)=>{let r=n[t];if(r?.outcome!=="done")return{kind:"silent",problem:void 0===r?"it was never run":ea(r),milliseconds:0};let o=C(e,r.stdout);return{kind:"command",exitCode:D(o,"exitCode"),output:W(o,"output"),milliseconds:D(o,"milliseconds")}})}let ni={kind:"silent",problem:"it was never asked",milliseconds:0};async function na(e,t){let n=new Map((await Promise.all([ns(nd(t,["http"]),t=>nl(e,t)),ns(nd(t,["command"]),t=>no(e,t.map(({host:e,limit:t,question:n})=>({host:e,limit:t,...n})))),ns(nd(t,["tcp","tls","dns"]),t=>t7(e,t)),ns(nd(t,["repeated"]),t=>nt(e,t))])).flat());return t.map((e,t)=>n.get(t)??ni)}async function ns(e,t){if(0===e.length)return[];let n=await t(e);return e.map(({index:e},t)=>[e,n[t]??ni])}async function nl(e,t){return(await eL(e,t.map(({host:e,limit:t,question:{url:n,manner:r}})=>({host:e,urls:[n],patience:0,limit:t,...r&&{manner:r}})))).map(([e])=>(function(e){if(void 0===e)return ni;let{url:t,...n}=e;return"answered"===n.kind?{...n,kind:"http"}:n})(e))}function nd(e,t){return e.flatMap((e,n)=>{var r;return(r=e,t.some(e=>e===r.question.kind))?[{...e,index:n}]:[]})}let nc=async e=>e.map(()=>({kind:"silent",problem:"there is no way to the host itself",milliseconds:0})),nu="no answer";function nh(e,{identity:t,expected:n,hosts:r}){if("problem"in e)return{kind:"error",what:`${nu} (${nf(e.problem)})`};let o=eH(e),i=void 0===t.host?void 0:o(t.host),a=void 0===i?void 0:function(e,t){let n=new Set(t.filter(t=>(function(e,t){let{name:n,port:r}=function(e){let{inner:t,plain:n,port:r}=/^(?:\[(?<inner>[^\]]+)\]|(?<plain>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(e)?.groups??{};return{name:t??n??e,...void 0!==r&&{port:Number(r)}}}(e.trim().toLowerCase());if(void 0!==r&&void 0!==t.port&&r!==t.port)return!1;let o=t.host.toLowerCase(),i=t.address?.toLowerCase()??o;if(n===o||n===i)return!0;let[a]=n.split(".");return a===o||a===`ip-${i.replaceAll(".","-")}`})(e,t)).map(({host:e})=>e)),[r]=n;return 1===n.size?r:void 0}(i,r)??nf(i);return e.status>=500?{kind:"error",what:`${e.status}${void 0===a?"":` of ${a}`}`}:{kind:"release",...void 0!==a&&{who:a},...function({status:e,body:t},n,r,{version:o,sha256:i,switchedAt:a}){let s=e=>({release:e,expected:!1});if(200!==e)return s(`status ${e}`);let l=n(r.version);if(void 0===l){let e=Buffer.byteLength(t)>=400?" in the first 400 bytes":"";return s(`no version${e}`)}if(l!==o)return s(nf(l));if(void 0!==r.digest&&""!==i){let e=n(r.digest);if(e!==i)return s(`${l} of ${void 0===e?"no":nf(e)} sha256`)}if(void 0!==r.started&&void 0!==a){let e=n(r.started)??"nobody knows when";if(!eB(e,a))return s(`${l} started ${nf(e)}`)}return{release:l,expected:!0}}(e,o,t,n)}}function nf(e){return e.replaceAll(/\p{Cc}+/gu," ").slice(0,100)}function n$(e,t){e.set(t,(e.get(t)??0)+1)}function np(e){return[...e].map(([e,t])=>`${t} \xd7 ${e}`).join(", ")}function nm(e){let t=new Map;for(let n of e)"release"===n.kind&&n$(t,n.release);return t}function nw(e){let t=new Map;for(let n of e)"error"===n.kind&&n$(t,n.what);return t}async function ng(e,t){let n=e.clock.now(),o=()=>e.clock.now()-n,i=t.entrances.map(e=>(function({identity:e,hosts:t},n){let{pathname:r,search:o}=new URL(e.url.replaceAll("{address}","127.0.0.1").replaceAll("{port}","80")),i=[e.version,e.digest,e.started,e.host].flatMap(e=>void 0===e?[]:(0,eZ.rR)(e)??[]),a=t.length>0&&void 0!==e.host?[...new Set(t.map(({host:e})=>e))].map(e=>({kind:"host",host:e})):[{kind:t.length>0?"some":"every"}];return{entrance:n,question:{kind:"repeated",url:new URL(r+o,n).href,times:30,wanted:i},sightings:[],problems:[],progress:a.map(e=>({goal:e,standing:"unseen",attempts:[]}))}})(t,e));for(;;){let n=i.filter(e=>!nb(e,t));if(0===n.length)break;let a=n.map(e=>(function(e,t){return Array.from({length:Math.min(4,Math.max(1,Math.ceil((nv(e,t)-e.sightings.length)/30)))},()=>({host:t.from,limit:5e3,question:e.question}))})(e,t)),s=(await e.ask(a.flat(),e.signal)).values(),l=new Map(n.map((e,t)=>[e,[...function*(e,t){for(let n=0;n<t;n+=1){let t=e.next();!0!==t.done&&(yield t.value)}}(s,a[t]?.length??0)]]));(function(e,t,n=(0,e7.randomUUID)()){let o={...e,expected:{...e.expected,version:n}};if(t.flatMap(e=>"answers"===e.kind?e.answers:[]).map(e=>nh(e,o)).some(e=>"release"===e.kind&&e.expected))throw new r.yo(`the version through the balancer cannot fail: an answer passed for version ${n}, which nobody has. Name in the identity where the service says its own version.`)})(t,[...l.values()].flat()),i=i.map(n=>{let r=l.get(n);if(void 0===r)return n;let o=function(e,t,n){let r=n.flatMap(e=>"answers"===e.kind?e.answers.map(e=>nh(e,t)):[]),o=n.flatMap(e=>"silent"===e.kind?[e.problem]:[]),i=[...e.sightings,...r],a=i.some(({kind:e})=>"error"===e),s=Math.max(0,...n.map(e=>e.milliseconds)),l=e.progress.map(({goal:e,standing:t,attempts:n})=>{let i=function(e,t,n){if("broken"===t)return t;let r=n.filter(e=>"release"===e.kind),o="host"===e.kind?r.filter(({who:t})=>t===e.host):r,i=o.some(({expected:e})=>e),a=o.some(({expected:e})=>!e);return"some"===e.kind?i?"seen":t:a&&("every"===e.kind||"unseen"!==t)?"broken":i?a?"mixed":"seen":t}(e,t,r),l={passed:"seen"===i&&!a,seen:0===r.length?o[0]??"nothing":function(e,t){let n="host"===e.kind?t.filter(t=>"release"===t.kind&&t.who===e.host):t,r=t.filter(({kind:e})=>"error"===e).length,o=np(nm(n))||"not";return`${o} in ${t.length} answers${0===r?"":`, ${r} of them errors`}`}(e,r),milliseconds:s};return{goal:e,standing:i,attempts:[...n,l]}});return{...e,sightings:i,problems:[...e.problems,...o],progress:l}}(n,t,r);return function(e,t,n,r){let o=nv(r,t);if(n.sightings.length>=o||r.sightings.length<o||nb(r,t))return;let i=r.progress.flatMap(({goal:e,standing:n})=>"seen"===n||"broken"===n?[]:["host"===e.kind?e.host:t.expected.version]);e.log.info(`${r.sightings.length} answers at ${r.entrance} did not show ${i.join(", ")} as ${t.expected.version}; looking for up to ${(0,ed.a3)(t.patience)}`)}(e,t,n,o),o});let d=t.patience-o();if(d<=0||i.every(e=>nb(e,t)))break;await e.clock.sleep(Math.min(500,d),e.signal)}return i.flatMap(e=>(function(e,t){let{entrance:n,question:r,sightings:o,progress:i}=e,a=nw(o),s=function({sightings:e,problems:t},n){let{least:r,took:o,from:i,hosts:a}=n,s=e.filter(e=>"error"===e.kind),l=s.some(({what:e})=>e.startsWith(nu));return[...s.length>0?[`${s.length} of ${e.length} answers were errors: ${np(nw(e))}`]:[],...l&&a.some(({host:e})=>e===i)?["behind a network load balancer that preserves client addresses a host cannot reach itself: ask from the runner then"]:[],...t.length>0?[`asking failed ${t.length} times, the last time: ${t.at(-1)}`]:[],...e.length>0&&e.length<r?[`only ${r} answers would show everybody, and ${(0,ed.a3)(o)} were not enough for them`]:[]]}(e,t),l=`${o.length} answers over ${(0,ed.a3)(t.took)}`,d=function(e){let t=new Map;for(let n of e){if("error"===n.kind)continue;let e=n.who??"somebody who does not say its name",r=t.get(e)??new Map;t.set(e,r),n$(r,n.release)}let n=[...t].map(([e,t])=>`${e} (${np(t)})`),r=n.length-12;return r>0?`${n.slice(0,12).join(", ")} and ${r} more`:n.join(", ")}(o)||"nobody";return i.map(({goal:i,standing:c,attempts:u})=>{let h="seen"===c&&0===a.size,f=function({goal:e,standing:t,answers:n,sources:r},{sightings:o},i){if("host"!==e.kind){let e=`seen ${np(nm(o))||"nothing"}`;return void 0===i.identity.host?`${e}; no answer names its host`:`${e}; answers came from ${r}`}let{host:a}=e,{version:s}=i.expected,l=o.filter(e=>"release"===e.kind&&e.who===a),d=np(nm(l));if("seen"===t)return`${d} in ${n}`;let c=`answers came from ${r}`;if(0===l.length)return`no answer by ${a}: could not see it in ${n}; ${c}`;if("unseen"===t)return`${a} as ${d} in ${n}, never as ${s}; ${c}`;let u="broken"===t?`another release after it had answered as ${s}`:"more than one release at the same time, and nothing since";return`${a} as ${d} in ${n}: ${u}; ${c}`}({goal:i,standing:c,answers:l,sources:d},e,t),$=u.findIndex(e=>e.passed);return{host:"host"===i.kind?i.host:t.from,subject:"host"===i.kind?`${i.host} through ${n}`:`the balancer at ${n}`,check:"version",request:`${(0,eR.o)(r)}, ${o.length} answers`,expected:`${t.expected.version}${"every"===i.kind?" in every answer":""}`,passed:h,seen:h?f:[f,...s].join("; "),attempts:u,flapping:$>=0&&u.slice($).some(e=>!e.passed)}})})(e,{...t,took:o(),least:nv(e,t)}))}function nv({sightings:e},{hosts:t}){var n;let r=new Set(t.map(({host:e})=>e));for(let t of e)"release"===t.kind&&void 0!==t.who&&r.add(t.who);return Math.ceil((n=Math.max(1,r.size))*(Math.log(n)+Math.log(1e6)))}function nb(e,t){return!!e.sightings.some(({kind:e})=>"error"===e)||e.progress.every(({goal:n,standing:r})=>"broken"===r||"seen"===r&&("host"===n.kind?e.sightings.filter(e=>"release"===e.kind&&e.who===n.host&&e.expected).length>=3:"some"===n.kind||e.sightings.length>=nv(e,t)))}async function nk(e,{targets:t,trials:n,patience:r,negativeControl:o}){var i,a;let s,l,d,c=new Set(o?n:[]),u=(i=n,a=t,s=i.flatMap(e=>e.among(a).map(t=>({target:t,trial:e,attempts:[]}))),l=[...new Set([...a,...s.map(({target:e})=>e)].map(({subject:e})=>e))],d=Map.groupBy(s,({target:e})=>e.subject),l.flatMap(e=>d.get(e)??[]));u.length>0&&r.warmUp>0&&(e.log.info(`warming up for ${(0,ed.a3)(r.warmUp)} before the first attempt counts`),await e.clock.sleep(r.warmUp,e.signal));for(let t=1;u.some(e=>n_(e,r));t+=1){t>1&&await e.clock.sleep(r.interval,e.signal);let n=u.filter(e=>n_(e,r)),o=await e.ask(n.map(({target:{host:e},trial:t,target:n})=>({host:e,limit:t.limit,question:t.askAt(n)})),e.signal),i=new Map(n.map((e,t)=>[e,o[t]??ny]));for(let n of(function(e,t){for(let[{trial:n,target:r},o]of e)"silent"!==o.kind&&t.delete(n)&&n.control(o,r)}(i,c),u=u.map(e=>(function(e,t){if(void 0===t)return e;let n=e.trial.judge(t,e.target),{target:r,trial:o,attempts:i}=e;return{target:r,trial:o,attempts:[...i,{...n,milliseconds:t.milliseconds}],..."command"===t.kind&&{output:t.output}}})(e,i.get(e)))))n.attempts.length===t&&n_(n,r)&&n.attempts.at(-1)?.passed===!1&&e.log.info(`${nS(nx(n,r))}; trying again`)}return u.map(e=>nx(e,r))}let ny={kind:"silent",problem:"it was never asked",milliseconds:0};function nS(e){let{check:t,request:n,passed:r,seen:o,expected:i,attempts:a,flapping:s}=e,l=function({subject:e,side:t}){return void 0===t?e:`${e} (${t})`}(e),d=1===a.length?"":` after ${a.length} attempts`,c=s?` (flapping: ${a.map(({passed:e})=>e?"pass":"fail").join(", ")})`:"";return r?`smoke test ${t} at ${l} passed${d}${c}: ${o}`:`smoke test ${t} at ${l} saw ${o}${d}${c}, expected ${i} (${n})`}function n_({attempts:e},{attempts:t,consecutive:n}){return e.length<t&&nz(e)<n}function nz(e){return e.length-1-e.findLastIndex(({passed:e})=>!e)}function nx({target:e,trial:t,attempts:n,output:r},{consecutive:o}){let i=n.findIndex(({passed:e})=>e),a=nz(n)>=o,s=n.at(-1)?.seen??"nothing",l=!a&&n.at(-1)?.passed===!0;return{host:e.host,subject:e.subject,check:t.name,...void 0!==e.side&&{side:e.side},request:(0,eR.o)(t.askAt(e)),expected:1===o?t.expected:`${t.expected}, ${o} times in a row`,passed:a,seen:l?`${s}, but only ${nz(n)} in a row`:s,attempts:n,...void 0!==r&&{output:r},flapping:i>=0&&n.slice(i).some(e=>!e.passed)}}var nM=n(6450);function nj(e,t){if("silent"===t.kind)return{passed:!1,seen:`no answer (${t.problem})`};let n=new Set(nO(e).flatMap(e=>e.faultOf(t)??[])),r=0===n.size?[`in ${(0,ed.a3)(t.milliseconds)}`]:n;return{passed:0===n.size,seen:[function(e){switch(e.kind){case"http":return String(e.status);case"tcp":return"connected";case"tls":return`certificate until ${e.expires.slice(0,10)}`;case"dns":return 0===e.values.length?"no such record":e.values.join(", ").slice(0,160);case"command":return`exit code ${e.exitCode}`;case"answers":return`${e.answers.length} answers`}}(t),...r].join(" ")}}function nE(e){return nO(e).map(({rule:e})=>e).join(", ")}function nO(e){let t={rule:`within ${(0,ed.a3)(e.within)}`,faultOf:({milliseconds:t})=>t<=e.within?void 0:`in ${(0,ed.a3)(t)}`};return[...function(e){var t,n;switch(e.type){case"http":return t=e,[{rule:`status ${t.status.map(({from:e,to:t})=>e===t?e:`${e}-${t}`).join(" or ")}`,faultOf:nI("http",({status:e,body:n})=>t.status.some(({from:t,to:n})=>e>=t&&e<=n)?void 0:nT(n))},...Object.entries(t.header).map(([e,t])=>({rule:`header ${e} ${nA(t)}`,faultOf:nI("http",({headers:n})=>{let r=n[e];return void 0===r?`without header ${e}`:(0,nM.v9)(t,r)?void 0:`with header ${e}: ${nT(r)}`})})),...nN("http",t.text,({body:e})=>e),...t.json.map(({path:e,equals:t})=>({rule:`${e} ${JSON.stringify(t)}`,faultOf:nI("http",({body:n})=>(function(e,t,n){let r=(0,nM.EZ)(e,t);if("no JSON"===r.kind){let t=Buffer.byteLength(e)<nM.t0?"":" (of which only the first 8 kB are read)";return`with a body that is not JSON${t}: ${nT(e)}`}if((0,nM.fy)(r,n))return;let o=r.values.map(e=>JSON.stringify(e)).join(", ");return`with ${t} ${o.slice(0,160)||"nothing"}`})(n,e,t))}))];case"tcp":return n=e,[{rule:"a connection",faultOf:nI("tcp",()=>void 0)},...nN("tcp",n.text,({banner:e})=>e)];case"tls":return function({tls:e,daysLeft:t}){let n={rule:"a trusted certificate",faultOf:nI("tls",({distrust:e})=>""===e?void 0:`not trusted: ${e}`)},r={rule:0===t?"not expired":`${t} days left`,faultOf:nI("tls",e=>{var n;return e.daysLeft>=t?void 0:(n=e.daysLeft)<0?"which is over":1===n?"with 1 day left":`with ${n} days left`})};return"verify"===e?[n,r]:[r]}(e);case"dns":return function({kind:e,values:t}){return[{rule:`${e} ${t.join(", ")}`,faultOf:nI("dns",e=>{let n=t.filter(t=>!e.values.includes(t)),r=e.values.some(e=>!t.includes(e));return n.length>0?`without ${n.join(", ").slice(0,160)}`:r?`and not ${t.join(", ").slice(0,160)} alone`:void 0})}]}(e);case"command":return function({exitCode:e,text:t}){return[{rule:`exit ${e}`,faultOf:nI("command",t=>t.exitCode===e?void 0:nT(t.output))},...nN("command",t,({output:e})=>e)]}(e)}}(e),t]}function nN(e,t,n){return t.map(t=>({rule:nA(t),text:t,faultOf:nI(e,e=>(0,nM.v9)(t,n(e))?void 0:nT(n(e)))}))}function nI(e,t){return n=>n.kind===e?t(n):`instead of an answer of ${e}`}function nA({kind:e,text:t}){return`${e} ${"matches"===e?t:JSON.stringify(t)}`}function nT(e){return JSON.stringify(e.trim().slice(0,160))}function nR(e,t){return[...Map.groupBy(e,t).values()].flatMap(e=>e.slice(0,1))}function nP(e,t){return new r.yo(`smoke test ${e} cannot fail: ${t.join(", ")} holds for any answer, so a broken service would pass it too. Write an expectation that a broken service does not meet.`)}async function nq(e,t){let n=await e.transport.facts(t),o=n.filter(({reachable:e})=>!e);if(0===o.length)return new Map(n.map(({host:e,address:t})=>[e,t??"127.0.0.1"]));let i=o.map(({host:e,problem:t})=>`- ${e}: ${t}`);throw new r.yo(["Hosts cannot be reached; nothing was touched.",...i,"Start their agents, then run again."].join("\n"))}async function nC(e,t,n){let r=n.filter(e=>nW(t,e)).slice(0,2).map(e=>tF(t,e,A(t.views,e))),o=r.length>0?r:await nL(e,t);return 0===o.length&&e.log.info(`no host that serves another release than ${t.release.version} was found in ${t.zone.zone} or the later zones of ${t.zone.region}: the checks against old were not made`),o}async function nL(e,t){let{fleet:n,zone:r,release:o,settings:i,views:a}=t,s=n.zones.map(e=>e.zone),l=n.zones.slice(s.indexOf(r.zone)+1).filter(({region:e})=>e===r.region).flatMap(({hosts:e})=>e).filter(e=>nW(t,e)).slice(0,2);if(0===l.length)return[];try{let[n,r]=await Promise.all([nq(e,l),X(e,l,i.directory)]);return r.filter(({release:e})=>e?.version!==o.version).map(({host:e})=>tF({...t,addresses:n},e,A(a,e)))}catch(n){e.signal.throwIfAborted();let t=n instanceof Error?n.message:String(n);return e.log.info(`${l.join(", ")} could not be asked which release they serve: ${t}`),[]}}function nW({views:e},t){return A(e,t).some(({state:e})=>"healthy"===e)}async function nD(e,t,n){let r=nJ(e,t);nV(e,await nG(r,t,t.fleet.smoke,nF(t,n)))}async function nZ(e,t,n,r){var o,i;let a,s=nJ(e,t),l=await Promise.all([nG(s,t,t.fleet.smoke,(o=t,i=n,a=nU(o),i.slice(0,1).flatMap(({host:e})=>tH(o).map(t=>({host:a.from??e,subject:`the balancer at ${t}`,base:t,entrance:!0,...a}))))),nH(s,t,n),nB(e,s,t,{hosts:n,waiting:r})]);nV(e,l.flat())}async function nH(e,t,n){let{identity:r}=t.fleet.hosts,{from:o,seenWithin:i}=t.fleet.policy.smoke,a=tH(t),[s]=n;return r?.host===void 0||0===a.length||void 0===s?[]:ng(e,{from:"runner"===o?o:s.host,entrances:a,hosts:n.map(({host:e,address:t,ports:[n,...r]})=>void 0===n||r.length>0?{host:e,address:t}:{host:e,address:t,port:n}),identity:r,expected:{version:t.release.version,sha256:t.release.artifact.sha256},patience:i})}async function nB(e,t,n,{hosts:r,waiting:o}){let i=n.fleet.smoke.filter(({against:e})=>e.includes("old"));if(0===i.length)return[];let a=await nC(e,n,o);if(0===a.length)return[];let s=[...nF(n,a).map(e=>({...e,side:"old"})),...nF(n,r).map(e=>({...e,side:"new"}))];return nG(t,n,i,s)}function nF(e,t){return t.flatMap(({host:t,address:n,ports:r})=>r.map(r=>({host:t,subject:t,base:`http://${n}:${r}`,...nU(e)})))}function nU({fleet:e}){let{from:t}=e.policy.smoke;return"runner"===t?{from:t}:{}}function nJ(e,t){var r;let o;return{...e,ask:(r=t.fleet.policy.smoke.from,o=void 0===e?nc:async(t,n)=>{let r=[];for(let o=0;o<t.length;o+=200)r.push(...await na({...e,signal:n},t.slice(o,o+200)));return r},"host"===r?o:async(e,t)=>{let{askFromRunner:r}=await Promise.all([n.e(193),n.e(625)]).then(n.bind(n,4625));return r({atOnce:64,commands:o})(e,t)})}}function nG(e,{fleet:t},n,r){return nk(e,{...function({hosts:e,policy:t},n){let{attempts:r,interval:o,consecutive:i,warmUp:a}=t.smoke;return{trials:n.map(t=>{var n;return n=e.directory,{name:t.name,expected:nE(t),limit:t.within+1e3,among(e){let n=e.filter(({side:e="new"})=>t.against.includes(e));return"dns"===t.type?nR(n,({from:e,host:t})=>e??t).map(({from:e,host:t,base:n,side:r})=>void 0===e?{host:t,subject:t,base:n,...void 0!==r&&{side:r}}:{host:e,from:e,subject:"the runner",base:n}):"command"!==t.type?n:nR(n.filter(({entrance:e})=>!e),({host:e})=>e)},askAt:({base:e})=>(function(e,t,n){let{hostname:r,port:o}=eC(t);switch(e.type){case"http":return function(e,t){let{method:n,headers:r,body:o,redirects:i,tls:a,host:s}=e,{protocol:l,hostname:d,port:c}=eC(t),u={method:n,headers:{...void 0!==o&&{"content-type":"application/octet-stream"},...Object.fromEntries(Object.entries(r).map(([e,t])=>[e.toLowerCase(),t]))},...void 0!==o&&{body:o},redirects:i,tls:a};return void 0===s?{kind:"http",url:t+e.path,manner:u}:{kind:"http",url:`${l}//${s}:${c}${e.path}`,manner:{...u,headers:{...u.headers,host:s},connect:d}}}(e,t);case"tcp":return{kind:"tcp",address:r,port:e.port??Number(o),listen:e.text.length>0};case"tls":return{kind:"tls",address:r,port:e.port??Number(o),name:e.host??r};case"dns":{let{record:t,kind:n,server:r}=e;return{kind:"dns",record:t,type:n,...void 0!==r&&{server:r}}}case"command":return{kind:"command",directory:n,program:e.run}}})(t,e,n),judge:e=>nj(t,e),control(e){let n=(function(e,t,n){let r=[{kind:"equals",text:n}];switch(e.type){case"http":return[{...e,status:[{from:0,to:0}]},{...e,text:r},{...e,json:[{path:"$",equals:n}]}];case"tcp":return[{...e,text:r}];case"tls":return[{...e,daysLeft:("tls"===t.kind?Math.max(t.daysLeft,0):0)+1}];case"dns":return[{...e,values:[n]}];case"command":return[{...e,exitCode:256},{...e,text:r}]}})(t,e,(0,e7.randomUUID)()).find(t=>nj(t,e).passed);if(void 0!==n)throw nP(t.name,[nE(n)])}}}),patience:{attempts:r,interval:o,consecutive:i,warmUp:a}}}(t,n),targets:r,negativeControl:!0})}function nV({log:e},t){for(let n of t)e.info(nS(n));let n=t.filter(({passed:e})=>!e);if(0===n.length)return;let o=n.length-10;throw new r.yo([...n.slice(0,10).map(nS),...o>0?[`and ${o} more checks failed: all of them are in the log`]:[]].join("\n"))}async function nK(e,t,n){let r=`upgrade of ${t.fleet.service} to ${t.release.version}`,o=await e5(e,tB(t,n.hosts,n.adopted,r)),i={work:t,records:o,reports:[],returned:!1};try{await nY(e,i);let r=i.records.map(({host:e,targets:t})=>tF(i.work,e,t));return await nD(e,i.work,r),i.returned=!0,await eE(e,{records:i.records,policy:t.fleet.policy.restore}),await nZ(e,i.work,r,n.waiting),{kind:"done",hosts:i.reports,work:i.work}}catch(t){return tJ(e,i,t)}}async function nY(e,t){let{work:n,records:o}=t,{reports:i,successors:a}=await tP(e,{settings:n.settings,wanted:{kind:"release",...n.release},ladder:n.fleet.policy.onFailure,hosts:o.map(({host:e,targets:t})=>tF(n,e,t)),from:new Map(o.flatMap(({host:e,from:t})=>void 0===t?[]:[[e,t]]))});for(let{replaced:r,host:s}of(t.reports=o.flatMap(({host:e})=>i.find(t=>t.host===e)??[]),t.work=function(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}(n,a),t.records=await e8(e,o,a),a))e.log.warning(`${r} was replaced by ${s.host}: write the new id into the fleet file before the next deployment.`);let s=t.reports.filter(e=>!(0,eT.K)(e));if(s.length>0)throw new r.yo(s.map(({host:e,proof:t})=>`${e}: ${t}`).join("\n"))}var nX=n(3384);async function nQ(e,t){let n=await n0(e,t);return n1(e,n)}async function n0(e,t){let{fleet:n,version:o,ordinal:i}=t,a=n.smoke.flatMap(e=>{var t;let n,r,o=(t=(0,e7.randomUUID)(),r=(n=nO(e)).filter(({text:e})=>void 0!==e&&(0,nM.v9)(e,"")&&(0,nM.v9)(e,t)),((function({type:e},t){switch(e){case"http":return[404,500].map(n=>({kind:e,status:n,headers:{},body:t,milliseconds:0}));case"tcp":return[{kind:e,banner:"",milliseconds:0},{kind:e,banner:t,milliseconds:0},{kind:"silent",problem:t,milliseconds:0}];case"tls":return[0,1e6].map(n=>({kind:e,distrust:t,expires:"1970-01-01T00:00:00.000Z",daysLeft:n-1,milliseconds:0}));case"dns":return[[],[t]].map(t=>({kind:e,values:t,milliseconds:0}));case"command":return[{kind:e,exitCode:255,output:"",milliseconds:0},{kind:e,exitCode:1,output:t,milliseconds:0}]}})(e,t).every(t=>nj(e,t).passed)?n.slice(0,-1):r).map(({rule:e})=>e));return 0===o.length?[]:[nP(e.name,o).message]});if(a.length>0)throw new r.yo(a.join("\n"));let s=(0,nX.findZone)(n,t.zone),l=n.release.artifact.replaceAll("{version}",o),[d,c,u]=await Promise.all([e.artifacts.find(l,t.sha256),nq(e,s.hosts),I(e,s.pools.map(({targetGroup:e})=>e))]),{transport:h,...f}=n.hosts,$={fleet:n,zone:s,settings:{service:n.service,zone:s.zone,...f},release:{version:o,artifact:d,...void 0===i?{}:{ordinal:i}},views:u,addresses:c,zoneOf:new Map(n.zones.flatMap(e=>e.hosts.map(t=>[t,e.zone]))),floor:function({policy:e,zones:t},{region:n}){let r=t.filter(e=>e.region===n).length;return{minHealthy:e.minHealthy,surviveZone:e.surviveZone??r>=3}}(n,s),releases:new Map},p=function(e){if(e.fleet.smoke.some(({type:e})=>"http"===e)&&!(tH(e).length>0))return`no plain HTTP listener forwards to the pools of ${e.zone.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`}($);if(void 0!==p)throw new r.yo(p);return function(e,t){let{hosts:n,policy:r}=t.fleet,o=tH(t),i=t.views.filter(({settings:e})=>"network"===e.balancerType);i.length>0&&o.length>0&&"host"===r.smoke.from&&e.log.warning(`${i.map(({settings:e})=>e.name).join(", ")} is behind a network load balancer, and policy.smoke.from is host: where it preserves client addresses, a host cannot reach itself through it, and the smoke test fails. Write \`from: runner\`, or turn preserve_client_ip.enabled off.`),void 0===n.identity?e.log.warning("The fleet file has no hosts.identity: nothing proves which release a process runs."):void 0===n.identity.host&&o.length>0&&e.log.warning("The fleet file has no hosts.identity.host: behind the balancer hosts cannot be told apart, so that nothing shows that each of them answers users.")}(e,$),$}async function n1(e,t){var n,o;let i,a,s=await X(e,t.zone.hosts,t.settings.directory),l=(n=s.map(e=>({status:e,registrations:A(t.views,e.host)})),o={service:t.fleet.service,version:t.release.version,sha256:t.release.artifact.sha256},(a=(i=n.map(e=>(function({status:e,registrations:t},n){let{host:r,record:o}=e,i=t.filter(({state:e})=>"draining"!==e),a=o?.targets??t;if(!(a.length>0&&a.every(e=>i.some(({pool:t,port:n})=>t===e.pool&&n===e.port)))){if(o?.service===n.service)return{kind:"continue",host:r,record:o};if(void 0!==o)return`${r} is out of service since ${o.since} for another reason (${o.reason}, ${o.run}). Return it with restore-target when that is done, then run the same step again.`;let e=0===t.length?"in none of its pools":"being drained by somebody else";return`${r} is ${e}, and no record on it says why. Put it back into service, or take it out of the fleet file, then run the same step again.`}let s=e.release,l=s?.version===n.version;return l&&s?.sha256!==n.sha256?`${r} runs release ${n.version} with sha256 ${s?.sha256||"unknown"}, and the archive has ${n.sha256}. One version must always be the same bytes: give the new build a new version.`:l?{kind:"prove",host:r,...void 0===o?{}:{record:o}}:{kind:"upgrade",host:r}})(e,o))).filter(e=>"string"==typeof e)).length>0?{kind:"impossible",problems:a}:{kind:"ready",steps:i.filter(e=>"string"!=typeof e)});if("impossible"===l.kind){let e=l.problems.map(e=>`- ${e}`);throw new r.yo([`${t.zone.zone} cannot be deployed; nothing was touched.`,...e].join("\n"))}for(let t of l.steps){if("continue"!==t.kind)continue;let{run:n,since:r,reason:o}=t.record;e.log.info(`${t.host}: out of service since ${r} (${o}, ${n}); continuing`)}let d=new Map(s.flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]]));return{work:{...t,releases:d},steps:l.steps,statuses:s}}async function n2(e,t){var n,r,o,i;let a=await nQ(e,t),{work:s}=a,l=await n5(e,a),d=new Set(l.map(({host:e})=>e)),c=a.steps.filter(({host:e})=>!d.has(e));if(t.dryRun||await n6(e,a,d),0===c.length)return n3(e,s,l);let u=await n8(e,s,c,0);return t.dryRun?rt(s,"planned",[...l,...(n=e,r=s,o=c,i=u,n.log.info(`dry run: ${i.hosts.join(", ")} would leave service first; nothing was touched`),re(r,o))]):n9(e,s,l,c)}async function n5(e,{work:t,steps:n}){let r=n.filter(({kind:e})=>"prove"===e),{version:o,artifact:i}=t.release,a=(await eJ(e,{...t.settings,startTimeout:0},r.map(({host:e})=>({host:tF(t,e,A(t.views,e)),version:o,sha256:i.sha256})))).flatMap(t=>{let{host:n}=t;return"failed"===t.kind?(e.log.warning(`${n}: current is ${o}, and the process does not prove it: ${t.problem}`),[]):(e.log.info(`${n}: already on ${o} and in service, proven ${t.value}; skipped`),[{host:n,outcome:"unchanged",from:o,to:o,proof:t.value}])});return q(e,a.map(({host:e})=>e),"serving"),a}async function n6(e,{work:t,steps:n},r){let o=n.flatMap(e=>"prove"===e.kind&&void 0!==e.record&&r.has(e.host)?[e.record]:[]);await eE(e,{records:o,policy:t.fleet.policy.restore})}async function n3(e,t,n){try{let r=t.zone.hosts.map(e=>tF(t,e,A(t.views,e)));return await nZ(e,t,r,[]),rt(t,"unchanged",n)}catch(r){let e=r instanceof Error?r:Error(String(r));return{...rt(t,"stopped",n),problem:e}}}async function n9(e,t,n,r){let o=t,i=n,a=r;for(let t=0;a.length>0;t+=1){let n=await n4(e,o,a,t);"done"===n.kind&&(o=n.work);let r=new Set((i=[...i,...n.hosts]).map(({host:e})=>e));if(a=a.filter(({host:e})=>!r.has(e)),"failed"===n.kind){let t=await n7(e,o,a);return{...rt(o,"stopped",[...i,...t]),problem:n.problem}}}return rt(o,"deployed",i)}async function n4(e,t,n,r){try{let o=await n8(e,t,n,r),i=`${t.zone.zone}, batch ${r+1}: ${o.hosts.join(", ")} to ${t.release.version}`,a=await e.log.group(i,()=>nK(e,t,o));return await (0,eT.J)(e.log,a.hosts),a}catch(e){return{kind:"failed",hosts:[],problem:e instanceof Error?e:Error(String(e))}}}async function n8(e,t,n,o){let i=new Map(n.flatMap(e=>"continue"===e.kind?[[e.host,e.record]]:[])),a=e=>n.filter(({kind:t,host:n})=>"upgrade"===t&&!e.includes(n)).map(({host:e})=>e);if(i.size>0){let e=[...i.keys()];return{hosts:e,adopted:i,waiting:a(e)}}let{batch:s}=t.fleet.policy,l=s[Math.min(o,s.length-1)]??{kind:"count",value:1},d=n.map(({host:e})=>e),c=await I(e,t.zone.pools.map(({targetGroup:e})=>e)),u=(0,y.Tu)(l,t.zone.hosts.length),h=function(e,t,n,r,o){for(let i=Math.min(n,t.length);i>1;i--){let n=t.slice(0,i),a=S(e,n,r,o);if("allowed"===a.kind)return{hosts:n,verdict:a}}let i=t.slice(0,Math.min(n,1)),a=S(e,i,r,o);return{hosts:"allowed"===a.kind?i:[],verdict:a}}(el(c,await es(e,c,d)),d,u,t.zoneOf,t.floor);if(h.hosts.length>0)return{hosts:h.hosts,adopted:i,waiting:a(h.hosts)};throw new r.yo(ez(d.slice(0,1),h.verdict.reasons))}async function n7(e,t,n){let r=t.zone.pools.map(({targetGroup:e})=>e),o=await I(e,r).catch(()=>[]);return re(t,n).map(e=>A(o,e.host).some(({state:e})=>"draining"!==e)?e:{...e,outcome:"held",proof:"the balancer does not show it in service"})}function re(e,t){return t.map(({host:t})=>{let n=e.releases.get(t)??"nothing";return{host:t,outcome:"untouched",from:n,to:e.release.version,proof:""}})}function rt(e,t,n){let{version:r,artifact:o}=e.release;return{zone:e.zone.zone,version:r,sha256:o.sha256,state:t,hosts:n}}async function rn(e,t,n,r){let{directory:o}=t.hosts,[i,a,s]=await Promise.all([I(e,n.pools.map(({targetGroup:e})=>e)),e.transport.facts(n.hosts),Q(e,n.hosts,o)]),l=new Map(a.map(({host:e,address:t})=>[e,t??"127.0.0.1"])),d=n.hosts.map((e,o)=>{let a=s[o];return a?.kind!=="told"?{host:e,problems:[`${e} of ${n.zone} cannot be asked: ${a?.problem??"no answer"}`]}:{host:e,status:a.status,problems:function(e,{hosts:t},{zone:n},{host:r,release:o,switchedAt:i,record:a},s){let l=A(e,r),d=l.filter(({state:e})=>"healthy"!==e),c=o?.version===s.version&&o.sha256===s.sha256;return[[0===l.length,"is in none of the pools of its zone"],...d.map(({pool:t,port:n,state:r})=>[!0,`is ${r} in ${e.find(({settings:e})=>e.pool===t)?.settings.name??t} at port ${n}, expected healthy`]),[void 0!==a,`is recorded as out of service since ${a?.since??""} (${a?.reason??""}, ${a?.run??""}): finish its return with restore-target`],[!c,`runs ${ro(o)}, expected ${ro(s)}`],[c&&void 0===i&&t.identity?.started!==void 0,`does not tell since when ${s.version} is current, so that a process older than it would not be noticed`]].filter(([e])=>e).map(([,e])=>`${r} of ${n} ${e}`)}(i,t,n,a.status,r)}}),c=d.flatMap(({status:e,problems:t})=>void 0===e||t.length>0?[]:[e]),u=await rr(e,t,{zone:n,views:i,addresses:l,sound:c,release:r});return d.flatMap(({host:e,problems:t})=>[...t,...u.get(e)??[]])}async function rr(e,{hosts:t,service:n},{zone:r,views:o,addresses:i,sound:a,release:s}){return 0===a.length?new Map:new Map((await eJ({...e,timeline:()=>void 0},{...t,service:n,zone:r.zone,startTimeout:0},a.map(({host:e,switchedAt:t})=>({host:tF({addresses:i,views:o},e,A(o,e)),version:s.version,sha256:s.sha256,...void 0===t?{}:{switchedAt:t}})))).flatMap(e=>"done"===e.kind?[]:[[e.host,[`${e.host} of ${r.zone} does not prove ${s.version}: ${e.problem}`]]]))}function ro(e){return void 0===e?"no release":`${e.version} (sha256 ${e.sha256||"unknown"})`}function ri(e){return Object.entries(e).filter(([,e])=>void 0!==e).map(([e,t])=>`${e} ${"number"==typeof t?String(t):t}`).sort().join(", ")}function ra({count:e,percent:t}){return[void 0===e?[]:[String(e)],void 0===t?[]:[`${t}%`]].flat().join(" or ")||"off"}function rs(e){return 0===e.length?"none":e.length<=100?e.join(", "):`${e.length}, ${rl(e)}`}function rl(e){return`sha256 ${(0,e7.createHash)("sha256").update(JSON.stringify(e)).digest("hex")}`}async function rd(e,t){try{return{kind:"told",value:await e}}catch(e){if(t.throwIfAborted(),!(e instanceof r.yo||e instanceof r.Wk))throw e;return{kind:"silent",problem:e.message}}}async function rc(e,t,n,r){if(void 0===e)return t.map(e=>(function({zone:e,environment:t},{allowUnprotected:n}){let r=`there is no token, so nobody knows how environment ${t} of ${e} is protected`;return{zone:e,environment:t,problems:n?[]:[`${r}: pass \`token\`, or allow-unprotected: true outside of GitHub`],warnings:n?[`NOBODY MAY HAVE TO APPROVE ${e}: ${r}, and allow-unprotected is true.`]:[]}})(e,n));let o=await Promise.all(t.map(async t=>({zone:t,answer:await rd(e.environment(t.environment,r),r)}))),i=o.some(({answer:e})=>"told"===e.kind&&e.value?.reviewers.length===0)?await ru(e,r):void 0;return o.map(({zone:e,answer:t})=>{if("silent"===t.kind){let n=`how environment ${e.environment} of ${e.zone} is protected cannot be read: ${t.problem}`;return{...e,problems:[n],warnings:[]}}let{value:r}=t,o=function(e,t,n){let{zone:r,environment:o,found:i}=e;if(void 0===i)return{problems:[function({zone:e,environment:t}){return`environment ${t} of ${e} does not exist. The moment a job names it GitHub would create it WITHOUT any protection, and nobody would be asked: correct its name in the fleet file, or create it with required reviewers (Settings, Environments). allow-unprotected does not help here`}(e)],warnings:[]};let a=0===i.reviewers.length,s=[[a&&!n.allowUnprotected,function({zone:e,environment:t},n){let r=`environment ${t} of ${e} has no required reviewers, so that nobody has to approve the zone`;if("public"===n)return`${r}: add reviewers in its settings (Settings, Environments)`;let o=void 0===n?"Private repositories":`This repository is ${n}, and such repositories`;return`${r}. ${o} have required reviewers with GitHub Enterprise only; on Free, Pro and Team only public ones have them. With Enterprise add reviewers in its settings; without it, allow-unprotected: true deploys without anybody asked, and says so loudly`}(e,t)],[n.requirePreventSelfReview&&!i.preventSelfReview,`environment ${o} of ${r} lets people approve what they started, and require-prevent-self-review is true: turn on "Prevent self-review" in its settings`],[n.requireBranchPolicy&&!i.branchPolicy,`environment ${o} of ${r} may be deployed to from any branch or tag, and require-branch-policy is true: choose "Protected branches only" or "Selected branches and tags" in its settings`],[n.forbidAdminBypass&&!1!==i.adminsBypass,`administrators may pass the rules of environment ${o} of ${r} by${void 0===i.adminsBypass?", as far as GitHub tells":""}, and forbid-admin-bypass is true: turn off "Allow administrators to bypass configured protection rules" in its settings`]],l=`NOBODY HAS TO APPROVE ${r}: environment ${o} has no required reviewers, and allow-unprotected is true. Its deployment begins by itself as soon as the zone before it is done.`;return{problems:s.filter(([e])=>e).map(([,e])=>e),warnings:a&&n.allowUnprotected?[l]:[]}}({...e,found:r},i,n);return{...e,...o,...void 0===r?{}:{found:r}}})}async function ru(e,t){let n=await rd(e.visibility(t),t);return"told"===n.kind?n.value:void 0}function rh(e){return{kind:"refused",problems:[e]}}function rf(e,t,n){let r=t.toLowerCase();return e.filter(e=>e.state===n).filter(({environments:e})=>e.some(e=>e.toLowerCase()===r)).map(({by:e,comment:t})=>({login:e,comment:t}))}async function r$(e,t,{fleet:n,zone:r,allowUnprotected:o,patient:i}){let{signal:a,clock:s}=e,{environment:l}=r,[d]=await rc(t,[r],{allowUnprotected:o,requirePreventSelfReview:!1,requireBranchPolicy:!1,forbidAdminBypass:!1},a),c=void 0===d?void 0:function({problems:e,warnings:t,found:n}){return e.length>0?{kind:"refused",problems:e}:void 0===n||0===n.reviewers.length?{kind:"unprotected",warnings:t}:void 0}(d);if(void 0!==c)return c;if(void 0===t)throw TypeError(`environment ${l} was judged without a token`);let[u,h]=await Promise.all([rd(t.reviews(a),a),rd(rp(e,t,l,6e4*!!i),a)]);return"silent"===u.kind||"silent"===h.kind?{kind:"refused",problems:[...new Set([u,h].flatMap(e=>"silent"===e.kind?[e.problem]:[]).map(e=>`whether ${l} was approved cannot be read: ${e}`))]}:function(e,{reviews:t,letThrough:n},r,o){var i,a;let s=rf(t,e,"approved");if(0===s.length){let n,r;return rh((r=(n=rf(t,i=e,"rejected").map(({login:e})=>e)).length>0?`${n.join(", ")} rejected`:"nobody approved",`${r} environment ${i} in this run, as far as GitHub lists it. An administrator who lets a job pass by the rules leaves no approval: start a new run and let a reviewer approve it. The job itself must name the environment: \`environment: ${i}\`.`))}let l=Date.parse(n??"");if(void 0===n||Number.isNaN(l)){return rh((a=e,`GitHub does not show when environment ${a} let this job through, so the age of its approval is not known. The job needs \`deployments: read\` under \`permissions:\` and its environment must not have \`deployment: false\`. Run this job again when both are so.`))}let d=o-l;return d>r?rh(`environment ${e} let this job through at ${n}, ${(0,ed.a3)(d)} ago; an approval holds for ${(0,ed.a3)(r)} (policy.approval-max-age). Run this job again and have it approved again.`):{kind:"approved",approval:{environment:e,by:s,letThrough:n}}}(l,{reviews:u.value,...void 0===h.value?{}:{letThrough:h.value}},n.policy.approvalMaxAge,s.now())}async function rp({clock:e,signal:t,log:n},r,o,i){let a=e.now()+i;for(;;){let i=await r.letThrough(o,t);if(void 0!==i||e.now()>=a)return i;n.info(`GitHub does not show yet when environment ${o} let this job through; asking again`),await e.sleep(5e3,t)}}let rm="Plan again, and have the new plan approved.";function rw(e,t){return e.zones.find(e=>e.zone===t)}async function rg(e,t){var n;let{fleet:r,zone:o,plan:i}=t,a=e.regions(o.region),s=await r$(a,e.github,{...t,patient:!t.dryRun}),l=await ry(e,t),d=void 0===i?[]:function(e,{fleet:t,zone:n,now:r}){let o=rw(e,n.zone),i=e=>e.map(e=>e.zone).join(", "),a=t.policy.deploymentTimeout,s=r-Date.parse(e.planned);return[...e.service===t.service?[]:[`the plan is for service ${e.service}, and the fleet file for ${t.service}.`],...i(e.zones)===i(t.zones)?[]:[`the zones of the plan are ${i(e.zones)}, and those of the fleet file ${i(t.zones)}. ${rm}`],...void 0===o||o.environment===n.environment?[]:[`the plan has environment ${o.environment} for ${n.zone}, the fleet file ${n.environment}. ${rm}`],...o?.todo==="proven"?[`the plan begins after ${n.zone} and does not deploy it. Plan again with \`start-at: ${n.zone}\`.`]:[],...void 0!==a&&s>a?[`the plan was made at ${e.planned}, ${(0,ed.a3)(s)} ago; a deployment may take ${(0,ed.a3)(a)} (policy.deployment-timeout). ${rm}`]:[]]}(i,{fleet:r,zone:o,now:a.clock.now()}),c=[..."refused"===(n=s).kind?n.problems:[],...d,...l.problems],u={warnings:"unprotected"===s.kind?s.warnings:[],..."approved"===s.kind?{approval:s.approval}:{},...void 0===i?{}:{digest:function({service:e,version:t,sha256:n,ordinal:r,rollBack:o,zones:i}){var a;return a=[e,t,n,r,o,i.map(({zone:e,environment:t,terms:n})=>[e,t,Object.entries(n).toSorted(([e],[t])=>e<t?-1:1)])],(0,e7.createHash)("sha256").update(JSON.stringify(a)).digest("hex")}(i)}};return 0===c.length&&void 0!==l.release?{kind:"admitted",release:l.release,...u}:{kind:"refused",problems:c,...u}}function rv(e,t){let n=t.map(e=>`- ${e}`);return new r.yo([`${e} is not admitted; nothing was touched.`,...n].join("\n"))}function rb(e,{fleet:t,zone:n,rollBack:r,runId:o},i){var a,s,l,d,c;let u,h,f=rk(t,n).map(e=>e.zone);return h=p(e,(a={zone:n.zone,earlier:f,release:i,rollBack:r,runId:o}).release),[...function(e,t){var n,r;let o=Object.entries(e.zones).reduce((e,t)=>void 0===e||t[1].runId>e[1].runId?t:e,void 0);if(void 0===o||(n=t,r=o[1].runId,0===n||!(n<r)))return[];let[i,{run:a,at:s,release:l}]=o;return[`run ${t} is older than run ${o[1].runId} (${a}), which has ${k(l)} in zone ${i} since ${s}; an older run never overtakes a newer one: start a new run`]}(e,a.runId),...function(e,{zone:t,earlier:n,release:r}){return n.flatMap(n=>{let o=v(e,n);if(o?.state==="promoted"&&b(o.release,r))return[];let i=void 0===o?"has no deployment yet":`is ${o.state} with ${k(o.release)}`;return[`zone ${n}, which comes before ${t}, ${i}; it must be promoted with ${k(r)}: promote it first`]})}(e,a),...(s=e,l=h,void 0===(u=m(s).find(({version:e,sha256:t})=>e===l.version&&t!==l.sha256))?[]:[`${k(l)} has other bytes than ${k(u)}, which was deployed before; one version must always be the same bytes: give the new build a new version`]),...a.rollBack?[]:(d=e,c=h,Object.entries(d.zones).flatMap(([e,t])=>{let n="rolled-back"===t.state?t.before:t.release;return void 0===n||n.ordinal<=c.ordinal?[]:[`zone ${e} has ${k(n)} of ordinal ${n.ordinal}, which is newer than ${k(c)} of ordinal ${c.ordinal}: deploy a newer release, or set roll-back: true`]}))]}function rk({zones:e},{zone:t}){return e.slice(0,e.findIndex(e=>e.zone===t))}async function ry(e,t){let{fleet:n,zone:r,version:o,plan:i}=t,a=e.regions(r.region),[s,l]=await Promise.all([h(e.ledger,n.service,a.signal),r_(async()=>{let e=n.release.artifact.replaceAll("{version}",o);return a.artifacts.find(e,t.sha256)})]);if("refused"===l.kind)return{problems:[l.problem]};let{sha256:d}=l.value,c=p(s,{version:o,sha256:d,ordinal:t.ordinal}),[u,...f]=await Promise.all([rS(e,t,c),...rk(n,r).map(t=>rn(e.regions(t.region),n,t,c))]),$=void 0!==i&&i.ordinal!==c.ordinal?[function(e,{version:t,ordinal:n}){return`the plan has ordinal ${e.ordinal} for ${t}, and the ledger knows this release by ${n}. Plan again, and have the new plan approved.`}(i,c)]:[];return{release:c,problems:[...$,...rb(s,t,c),...f.flat(),...u]}}async function rS(e,{fleet:t,zone:n,rollBack:r,plan:o},i){let a=e.regions(n.region),{version:s,sha256:l}=i,d=await r_(()=>nQ({...a,log:{...a.log,info:()=>void 0,warning:()=>void 0}},{fleet:t,zone:n.zone,version:s,sha256:l,dryRun:!0}));if("refused"===d.kind)return[d.problem];let{work:c,statuses:u}=d.value;return[...void 0===o?[]:function(e,t,n){var r,o;let i=rw(e,t);if(void 0===i)return[];let a=(r=i.terms,o=n.terms,[...new Set([...Object.keys(r),...Object.keys(o)])].sort().flatMap(e=>{let[t,n]=[r[e]??"nothing",o[e]??"nothing"];return t===n?[]:[`${e}: approved was ${t}, now it is ${n}`]})).map(e=>`${e}. ${rm}`),s=new Set([...i.from,`${e.version} ${e.sha256}`]),l=n.statuses.flatMap(e=>{let n=function({release:e}){return void 0===e?"nothing":`${e.version} ${e.sha256}`}(e);if(s.has(n))return[];let r=0===i.from.length?"nothing else":i.from.join(", ");return[`${e.host} runs ${n}, and the plan knows ${r} in ${t}. ${rm}`]});return[...a,...l]}(o,n.zone,{terms:function({fleet:e,zone:t,views:n,floor:r}){let{policy:o,hosts:i,smoke:a,service:s}=e,l=t.pools.map(({targetGroup:e})=>e),d=n.map(e=>e.settings).filter(({pool:e})=>l.includes(e));return{service:s,region:t.region,environment:t.environment,hosts:rs(t.hosts),pools:rs(t.pools.map(({targetGroup:e,entrance:t})=>[e,t??""].join(" ").trim())),...Object.fromEntries(d.map(e=>{var t;return[`pool ${e.pool}`,ri({type:(t=e).balancerType,"targets of type":t.targetType,"cross-zone":t.crossZone,"deregistration delay":(0,ed.MP)(t.deregistrationDelay),"connection termination":t.connectionTermination,"slow start":(0,ed.MP)(t.slowStart),"fail-open":ra(t.failOpen),"DNS failover":ra(t.dnsFailover),"health check":t.healthChecked?`${t.healthCheckPath??"no path"} at ${t.healthCheckPort??"the target port"}, healthy ${t.healthCheckStatuses}, every ${(0,ed.MP)(t.healthCheckInterval)}`:"none",entrances:t.entrances.toSorted().join(" ")||"none"})]})),floor:`min-healthy ${(0,y.ej)(r.minHealthy)}, survive-zone ${r.surviveZone}`,batches:o.batch.map(y.ej).join(", "),drain:ri({...o.drain,gauge:void 0===o.drain.gauge?"none":rl(o.drain.gauge)}),restore:ri(o.restore),"smoke test":`${function(e){if(0===e.length)return"no checks";let t=e.slice(0,10).join(", ");return e.length>10?`${t} and ${e.length-10} more`:t}(a.map(({name:e})=>e))}, ${ri(o.smoke)}, ${rl(a)}`,"on failure":JSON.stringify(o.onFailure),bake:function({gate:e,...t}){return`${ri(t)}, gate ${void 0===e?"none":rl(e)}`}(o.bake),"time limits":function({deploymentTimeout:e,approvalMaxAge:t}){let n=void 0===e?"none":(0,ed.MP)(e);return`approval-max-age ${(0,ed.MP)(t)}, deployment-timeout ${n}`}(o),alarms:rs(t.alarms),installation:`${i.directory}, ${rl(i)}`,ledger:e.ledger}}(c),statuses:u}),...r?[]:u.flatMap(({host:e,release:t,ordinal:n})=>void 0===n||n<=i.ordinal?[]:[`${e} runs ${t?.version??"a release"} with ordinal ${n}, newer than ${i.version} with ordinal ${i.ordinal}. Deploy the newer one, or write \`roll-back: true\` if the older one is meant.`])]}async function r_(e){try{return{kind:"found",value:await e()}}catch(e){if(e instanceof r.yo)return{kind:"refused",problem:e.message};throw e}}async function rz(e,t){let n=e.regions(t.zone.region),r=await rg(e,t);for(let e of r.warnings)n.log.warning(e);if(t.dryRun)return"refused"===r.kind&&n.log.warning(rv(t.zone.zone,r.problems).message),{admission:r,report:await n2(n,rE(t))};if("refused"===r.kind)throw rv(t.zone.zone,r.problems);let o=await rx(e,t,r),i=await rM(e,t,o);return{admission:r,report:await rj(e,t,i)}}async function rx({regions:e,ledger:t},n,{release:r,approval:o}){let{fleet:i,zone:a,runId:s}=n,{clock:l,signal:d,run:c}=e(a.region),u=void 0===o?{}:{approvedBy:o.by.map(({login:e})=>e)},h=r;return await f(t,i.service,e=>{h=p(e,r);let t=rb(e,n,h);if(t.length>0)throw rv(a.zone,t);let o=new Date(l.now()).toISOString();return function(e,t){var n,r,o,i;let{zone:a,run:s,runId:l,at:d,approvedBy:c}=t;w(e,t);let u=p(e,t.release),h=(n=v(e,a),r=u,n?.state!=="promoted"||b(n.release,r)?n?.before:n.release);return{...g(e,a,{state:"deploying",release:u,...h&&{before:h},run:s,runId:l,began:d,at:d,...c&&{approvedBy:c}}),releases:(o=e.releases,i={...u,since:d},o.some(e=>b(e,i))?o:[...o,i].slice(-50))}}(e,{zone:a.zone,release:h,run:c,runId:s,at:o,...u})},{clock:l,signal:d}),h}async function rM({regions:e},t,{version:n,sha256:r,ordinal:o}){let{zone:i}=t;try{return await n2(e(i.region),{...rE(t),sha256:r,ordinal:o})}catch(t){let e=t instanceof Error?t:Error(String(t));return{zone:i.zone,version:n,sha256:r,state:"stopped",hosts:[],problem:e}}}async function rj({regions:e,ledger:t},{fleet:n,zone:o,runId:i},a){let{clock:s,run:l,log:d}=e(o.region),c="stopped"===a.state?"stopped":"deployed",u=void 0===a.problem?{}:{note:a.problem.message.slice(0,500)};try{return await f(t,n.service,e=>{let t=e.zones[o.zone];if(void 0!==t&&(t.run!==l||t.runId!==i))throw new r.yo(`${o.zone} was taken over by ${t.run} at ${t.at}`);let n=new Date(s.now()).toISOString();return function(e,t){let{zone:n,state:o,run:i,runId:a,at:s,note:l}=t;w(e,t);let d=v(e,n);if(void 0===d)throw new r.yo(`The ledger of ${e.service} knows nothing of zone ${n}, which was to become ${o}: its deployment did not begin, or the ledger was removed since. The ledger was not changed. Deploy the zone again.`);let{note:c,...u}=d;return g(e,n,{...u,state:o,run:i,runId:a,at:s,...void 0!==l&&{note:l}})}(e,{zone:o.zone,state:c,run:l,runId:i,at:n,...u})},{clock:s,signal:new AbortController().signal}),a}catch(i){let e=i instanceof Error?i.message:String(i),n=`The ledger ${t.place} was not told that ${o.zone} is ${c}: ${e}`;if(void 0!==a.problem)return d.warning(n),a;return{...a,problem:new r.Wk(`${n}
Every host has proven the release. Run the same step again: it changes no host and tells the ledger.`,{cause:i})}}}function rE({fleet:e,zone:t,version:n,sha256:r,dryRun:o}){return{fleet:e,zone:t.zone,version:n,dryRun:o,...void 0===r?{}:{sha256:r}}}},523:(e,t,n)=>{async function r(e,t){for(let{host:n,outcome:r,trace:o}of t){if(void 0===o||""===o.output)continue;let t=o.output;await e.group(`${n} (${r}): last lines of its hooks`,async()=>e.info(t))}}function o({outcome:e}){return"upgraded"===e||"unchanged"===e||"replaced"===e}n.d(t,{J:()=>r,K:()=>o})},9435:(e,t,n)=>{n.d(t,{w$:()=>i});var r=n(8729),o=n(9987);function i(e){return r.G1(o.You,e)}}};