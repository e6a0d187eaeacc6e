"use strict";exports.id=7471,exports.ids=[7471],exports.modules={7471:(e,t,r)=>{r.r(t),r.d(t,{createIssueNotifier:()=>i});var n=r(12832);function i(e){return{name:`GitHub issue in ${e.repository}`,notify:async(t,r)=>{let i={label:"zonewise",title:`${t.service}: deployment halted`},s=await e.findIssue(i,r),o=(0,n.v)(function({title:e,body:t,run:r}){return`**${e}**

Run: ${r}

${t}
`}(t),65536);void 0!==s?await e.commentIssue(s,o,r):"promoted"!==t.state&&await e.openIssue({...i,body:o},r)}}}},12832:(e,t,r)=>{r.d(t,{v:()=>i});let n="\n\n… (cut: the whole is in the summary of the run)";function i(e,t){let r=Buffer.from(e);if(r.length<=t)return e;let i=t-Buffer.byteLength(n);for(;i>0&&((r[i]??0)&192)==128;)i-=1;return r.subarray(0,i).toString()+n}}};