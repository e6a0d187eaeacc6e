"use strict";exports.id=145,exports.ids=[145],exports.modules={8145:(t,e,o)=>{o.r(e),o.d(e,{hostResults:()=>i,hostsSummary:()=>n});var l=o(5195),r=o(523);function s(t){return a(t.split(/[\r\n]/)[0]??"").replaceAll("|","&#124;")}function a(t){return t.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;")}function i(t){return t.map(({trace:t,...e})=>void 0===t?e:{...e,milliseconds:t.milliseconds,output:t.output.slice(-1e3)})}function n(t,e){var o;let i,n=e.map(({host:t,outcome:e,successor:o,from:r,to:s,proof:a,trace:i})=>[t,void 0===o?e:`${e}, successor ${o}`,r,s,void 0===i?"":(0,l.a3)(i.milliseconds.total),a]),u=e.flatMap(t=>{var e,o,l;let s,i,{host:n,trace:u}=t;return(0,r.K)(t)||void 0===u||""===u.output?[]:[(o=`What the hooks of ${n} printed`,s=Math.max(2,...[...(e=u.output).matchAll(/`+/g)].map(([t])=>t.length)),i="`".repeat(s+1),l=`${i}text
${e}
${i}`,`<details><summary>${a(o)}</summary>

${l}

</details>`)]});return[`### ${t}`,(o=["host","outcome","from","to","installer","what it rests on"],[(i=t=>`| ${t.map(s).join(" | ")} |`)(o),`| ${o.map(()=>"---").join(" | ")} |`,...n.map(i)].join("\n")),...u].join("\n\n")}}};