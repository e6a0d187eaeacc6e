"use strict";exports.id=184,exports.ids=[184],exports.modules={8888:(e,t,n)=>{n.d(t,{V:()=>i});function i(e,t){return Array.from({length:Math.ceil(e.length/t)},(n,i)=>e.slice(i*t,(i+1)*t))}},2184:(e,t,n)=>{n.r(t),n.d(t,{upgradeHosts:()=>ec});var i=n(3039),o=n(8888),r=n(5887),s=n(523);let a={method:"GET",headers:{},redirects:"refuse",tls:"verify"};var l=n(436),d=n(7230);let $=(0,d.sh)`
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
`,c=`${d.W}${$}${(0,d.sh)`
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
`}`;async function h(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:i,manner:o=a})=>({host:e,script:c,arguments:[String(Math.ceil(n/1e3)),(i/1e3).toFixed(3),...function({method:e,headers:t,body:n,connect:i,redirects:o,tls:r},s){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",void 0===i?"":function(e,t){let{hostname:n,port:i}=function(e){let{protocol:t,hostname:n,port:i}=new URL(e);return{protocol:t,hostname:n,port:i||("https:"===t?"443":"80")}}(e);return`${n}:${i}:${t}:${i}`}(s,i),"follow"===o?"5":"","ignore"===r?r:""]}(o,t[0]??""),...t],timeout:n+i*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},i)=>{let o=n[i];if(o?.outcome!=="done"){let e=void 0===o?"it was never asked":(0,r.Ic)(o);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let s=(0,l.FZ)((0,l.JN)(e,o.stdout),"answers");return t.map((e,t)=>{let n=s[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let i=(0,l.sJ)(n,"status"),o=(0,l.sJ)(n,"milliseconds");return 0===i?{kind:"silent",url:e,problem:(0,l.NR)(n,"problem")||"no answer",milliseconds:o}:{kind:"answered",url:e,status:i,headers:function(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let i=n.slice(0,e).toLowerCase(),o=n.slice(e+1).trim(),r=t.get(i);t.set(i,void 0===r?o:`${r}, ${o}`)}return Object.fromEntries(t)}((0,l.NR)(n,"headers")),milliseconds:o,body:(0,l.NR)(n,"body")}})})}function u(e,t,n,i){let o=new Date(e.clock.now()).toISOString();for(let r of t)e.timeline({at:o,host:r,phase:n,...void 0===i?{}:{note:i}})}var f=n(9321);function p(e){return{kind:"refuted",problem:e}}function m(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}async function g(e,t,n){u(e,n.map(({host:e})=>e.host),"proving");let i=e.clock.now()+t.startTimeout,o=new Map;for(;;){let r=n.filter(({host:e})=>o.get(e.host)?.kind!=="done"),s=i-e.clock.now();for(let n of(await w(e,t,r,s)))o.set(n.host,n);let a=[...o.values()];if(a.every(({kind:e})=>"done"===e)||e.clock.now()>=i)return a;await e.clock.sleep(500,e.signal)}}async function w(e,{identity:t},n,i){let o=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(i,1e4)),limit:5e3})),r=await h(e,o);return n.map((e,n)=>(function(e,t,n){let{host:i,health:o}=e.host;for(let[e,{statuses:t}]of o.entries()){let o=n[e];if(o?.kind!=="answered")return{host:i,kind:"failed",problem:`${o?.url??"its health check"} did not answer: ${o?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,i]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(i??n)})}(o.status,t))return{host:i,kind:"failed",problem:`${o.url} answered ${o.status}, healthy is ${t}`}}if(void 0===t)return{host:i,kind:"done",value:"healthy; its version was not asked"};let r="";for(let s of n.slice(o.length)){let n=function(e,t,n){if("silent"===n.kind)return p(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return p(`${n.url} answered ${n.status}, expected 200`);let i=function({headers:e,body:t}){let n=m(t);return t=>{let i=(0,f.rR)(t),o=void 0===i?n?.[t]:e[i];return null==o?void 0:String(o)}}(n),{version:o,digest:r,started:s}=e;if([o,r,s].filter(e=>void 0!==e&&void 0===(0,f.rR)(e)).length>0&&void 0===m(n.body))return p(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let a=i(o)??"nothing";return a!==t.version?p(`the process that answers ${n.url} is version ${a}, expected ${t.version}`):void 0!==r&&i(r)!==t.sha256?p(`it says it is sha256 ${i(r)??"nothing"}, expected ${t.sha256}`):void 0===s?{kind:"proven",seen:a}:function({switchedAt:e},t,n){if(Number.isNaN(Date.parse(t)))return p(`its start time is ${t}, expected an ISO 8601 time`);if(void 0!==e&&!(Math.floor(Date.parse(t)/1e3)>=e)){let n=new Date(1e3*e).toISOString();return p(`the process started at ${t}, before the switch at ${n}: the old one is still running`)}return{kind:"proven",seen:`${n}, started ${t}`}}(t,i(s)??"nothing",a)}(t,e,s);if("refuted"===n.kind)return{host:i,kind:"failed",problem:n.problem};r=n.seen}return{host:i,kind:"done",value:r}})(e,t,r[n]??[]))}var k=n(7598);let b=(0,d.sh)`
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
`,v=String.raw`
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
`,y=(0,d.sh)`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${v}' "$incoming/names" "$incoming/listing")
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
`,_=(0,d.sh)`
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
`,S=(0,d.sh)`
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
`,E=(0,d.sh)`
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
  $isolate sh -c '${_}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${S}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,x=(0,d.sh)`
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
`,I=(0,d.sh)`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,N=(0,d.sh)`
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
${I}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`,z=(0,d.sh)`
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
`,M=(0,d.sh)`
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
`,O=`${d.W}${d.D}${N}${M}${b}${x}${y}${z}${E}${(0,d.sh)`
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
`}`,L={milliseconds:{download:0,unpack:0,hooks:0,total:0},output:""},R=["lock","disk","download","digest","unpack","release","before-install"];async function A(e,t,n){let i=new Set(n.flatMap(({wanted:e})=>"release"===e.kind?[e]:[])),o=new Map;for(let t of i)o.set(t,await e.artifacts.url(t.artifact,9e5));for(let{host:t,wanted:i}of n)u(e,[t],"installing",T(i));let s=(0,k.randomUUID)(),a=n.map(({host:n,wanted:i})=>(function(e,t,n,{id:i,wanted:o,url:r}){let{service:s,zone:a,directory:l,hooks:d,unit:$,hookTimeout:c,keepReleases:h}=t,u="release"===o.kind?o.artifact:void 0,f="release"===o.kind?o.ordinal:void 0,p=6e5+5*(c+5e3),{beforeInstall:m="",stop:g="",start:w="",afterInstall:k="",verify:b=""}=d;return{host:n,script:O,arguments:[i,e.run,Z(p),s,a,l,"previous"===o.kind?"previous":o.version,u?.sha256??"",r,u?.format??"tar.gz",String(u?.size??0),void 0===f?"":String(f),String(h),Z(c),$??"",m,g,w,k,b],timeout:p}})(e,t,n,{id:s,wanted:i,url:o.get(i)??""}));return(await e.transport.run(a,e.signal)).map(t=>(function(e,t){let{host:n}=t,i=(e,t,i)=>({host:n,kind:"failed",problem:e,touched:t,trace:i});if("done"!==t.outcome)return i((0,r.Ic)(t),!0,L);try{var o;let r,s=(0,l.JN)(n,t.stdout),a=(o=s,r=(0,l.DP)(o,"milliseconds"),{milliseconds:{download:(0,l.sJ)(r,"download"),unpack:(0,l.sJ)(r,"unpack"),hooks:(0,l.sJ)(r,"hooks"),total:(0,l.sJ)(r,"total")},output:(0,l.NR)(o,"output").trimEnd()});if("switched"!==(0,l.M8)(s,"outcome")){let e=(0,l.M8)(s,"step");return i(`${e}: ${(0,l.NR)(s,"problem")}`,!R.includes(e),a)}let d=(0,l.M8)(s,"version"),$=(0,l.M8)(s,"sha256"),c=!0===s.installed?"installed":"was already there";e.log.info(`${n}: release ${d} ${c} (sha256 ${$}) and is current`);let h=(0,l.M8)(s,"previous"),u=(0,l.sJ)(s,"switchedAt");return{host:n,kind:"done",value:{version:d,previous:h,sha256:$,switchedAt:u,trace:a}}}catch(e){return i(e instanceof Error?e.message:String(e),!0,L)}})(e,t))}function T(e){return"previous"===e.kind?"the release before":e.version}function Z(e){return String(Math.ceil(e/1e3))}async function W(e,t,n){let{settings:i,wanted:o}=t,r=await A(e,i,n.map(({host:e})=>({host:e,wanted:o}))),{done:s,failures:a}=await j(e,i,n,r);return{reports:s.map(({host:n,version:i,proof:o,sha256:r,trace:s})=>(e.log.info(`${n}: proven ${o}`),{...K(t,n,{outcome:"upgraded",proof:o,trace:s}),to:i,sha256:r})),successors:[],failures:a}}async function j(e,t,n,i){let o=new Map(n.map(e=>[e.host,e])),r=new Map(i.map(e=>[e.host,e])),s=n.flatMap(e=>{let t=r.get(e.host);if(t?.kind!=="done")return[];let{version:n,sha256:i,switchedAt:o}=t.value;return[{host:e,version:n,sha256:i,switchedAt:o}]}),a=[],l=i.flatMap(e=>{let t=o.get(e.host);return"done"===e.kind||void 0===t?[]:[{...e,target:t}]});for(let n of 0===s.length?[]:await g(e,t,s)){let{host:e}=n,t=r.get(e),i=o.get(e);if(t?.kind!=="done"||void 0===i)continue;let{version:s,sha256:d,trace:$}=t.value;"done"===n.kind?a.push({host:e,version:s,sha256:d,trace:$,proof:n.value}):l.push({target:i,problem:`prove: ${n.problem}`,touched:!0,trace:$})}return{done:a,failures:l}}function K({from:e,wanted:t},n,{outcome:i,proof:o,trace:r}){let s={host:n,outcome:i,from:e.get(n)??"nothing",to:T(t),proof:o};return void 0===r?s:{...s,trace:r}}var C=n(5195);async function D({clock:e,log:t,signal:n},i){let o=e.now();void 0!==i.first&&i.first>0&&(t.info(`waiting for ${i.what}: ${(0,C.a3)(i.first)} at least`),await e.sleep(i.first,n));let r={at:-1/0,seen:""},s=Math.min(250,i.every);for(;;){let a=await i.look(),l=e.now(),d=o+i.timeout-l;if(a.reached||d<=0)return a;(a.seen!==r.seen||l-r.at>=15e3)&&(t.info(`waiting for ${i.what}: ${a.seen}; up to ${(0,C.a3)(d)} more`),r={at:l,seen:a.seen});let $=Math.min(s*(.9+.2*e.jitter()),a.again??d,d);await e.sleep($,n),s=Math.min(1.5*s,i.every)}}var J=n(6220);async function q(e,t,n,i){let o=n.map(({host:e,zone:t})=>({host:e,zone:t,stage:{kind:"awaited"}})),r=new Set(t.members.map(({host:e})=>e)),s=[],a="",l=async()=>(s=(await e.scaling.group(t.name)).members.filter(({host:e})=>!r.has(e)),function({log:e},t,n){for(let i of t){let{host:t,stage:o}=i;"leaving"===o.kind&&void 0===U(n,o.id)&&(e.warning(`${o.id}: the successor of ${t} was ended by its group; another one is awaited`),i.stage={kind:"awaited"})}}(e,o,s),await V(e,t.name,o,s),await H(e,o,s),function(e,t){let n=e.filter(({stage:e})=>"awaited"===e.kind).length,i=e.flatMap(({stage:e})=>"leaving"===e.kind?[e.id]:[]);if(n+i.length===0)return{reached:!0,value:void 0};let o=i.filter(e=>"Standby"===U(t,e)).length,r=[[n,"not in service yet"],[i.length-o,"on their way into standby"],[o,"in standby and not reached yet"]].filter(([e])=>e>0).map(([e,t])=>`${e} ${t}`);return{reached:!1,seen:`${r.join(", ")}, of ${e.length}`}}(o,s));await D(e,{what:`successors in Auto Scaling group ${t.name}`,every:2e3,timeout:i,look:async()=>{let e=await B(l());return a=e.done?"":` The last look failed: ${e.problem}`,e.done?e.value:{reached:!1,seen:e.problem}}});let d=P(o,s);return o.map(e=>(function(e,{host:t,zone:n,stage:i},{newcomers:o,others:r,why:s}){let a=e=>({host:t,kind:"failed",problem:`${t} was ended. ${e}`});switch(i.kind){case"ready":return{host:t,kind:"replaced",successor:i.id,address:i.address,scaling:{mode:"standby",group:e}};case"serving":return a(`Its successor ${i.id} is in service with whatever its image starts, because it could not be put into standby: ${i.problem}`);case"leaving":{let e=U(o,i.id)??"unknown",t=void 0===i.problem?e:`${e} and not reached: ${i.problem}`;return a(`Its successor ${i.id} was sent into standby and stays out of traffic; it is ${t}.${s} Take it out of standby or terminate it by hand.`)}case"awaited":{let t=r.map(e=>`${e.host} is ${e.lifecycle} in ${e.zone}`);return a(`No successor of it was seen in service in ${n}; others that are new in Auto Scaling group ${e}: ${t.join(", ")||"none"}.${s} The group's activity history tells what it did.`)}}})(t.name,e,{newcomers:s,others:d,why:a}))}async function V(e,t,n,i){for(let o of n){if("awaited"!==o.stage.kind)continue;let r=P(n,i).find(({zone:e,lifecycle:t})=>e===o.zone&&"InService"===t);if(void 0===r)continue;let s=r.host;e.log.info(`${s}: takes the place of ${o.host} in ${t}; going into standby`),o.stage={kind:"leaving",id:s};let a=await B(e.scaling.enterStandby(t,[s]));a.done||await F(e,s)||(o.stage={kind:"serving",id:s,problem:a.problem})}}async function F(e,t){let n=await B(e.scaling.members([t]));return n.done&&n.value.some(({lifecycle:e})=>e.endsWith("Standby"))}async function H(e,t,n){let i=new Map;for(let e of t){let{stage:t}=e;"leaving"===t.kind&&"Standby"===U(n,t.id)&&i.set(t.id,e)}if(0!==i.size)for(let{host:t,...n}of(await e.transport.facts([...i.keys()]))){let e=i.get(t);if(void 0===e)continue;let{address:o="127.0.0.1",problem:r="it cannot be reached"}=n;e.stage=n.reachable?{kind:"ready",id:t,address:o}:{kind:"leaving",id:t,problem:r}}}function P(e,t){let n=e.map(({stage:e})=>"awaited"===e.kind?"":e.id);return t.filter(({host:e})=>!n.includes(e))}function U(e,t){let n=e.find(({host:e})=>e===t)?.lifecycle;return n?.startsWith("Terminat")?void 0:n}async function B(e){try{return{done:!0,value:await e}}catch(e){if(e instanceof J.Wk||e instanceof J.yo)return{done:!1,problem:e.message};throw e}}let X=["Launch","Terminate"];async function Y(e,{hosts:t,timeout:n}){let i=await B(e.scaling.members(t));if(!i.done)return t.map(e=>eo(e,`${i.problem} Nothing was ended.`));let o=[...Map.groupBy(i.value,({group:e})=>e)],r=new Map((await Promise.all(o.map(([t,i])=>G(e,t,i,n)))).flat().map(e=>[e.host,e]));return t.map(e=>{var t;return r.get(e)??eo(e,(t=e,`${t} is not in an Auto Scaling group any more, or never was, and only a member of an Auto Scaling group can be replaced. Nothing was ended now; it may have been ended by an interrupted run.`))})}async function G(e,t,n,i){let o=await B(Q(e,t,n,i));if(!o.done)return n.map(({host:e})=>eo(e,`${o.problem} ${e} was not ended.`));let r=o.value,s=r.members.filter(({host:e})=>n.some(t=>t.host===e)),a=function(e,t){let{name:n,minSize:i,maxSize:o,desired:r}=e,s=X.filter(t=>e.suspended.includes(t));if(s.length>0){let e=`${s.join(" and ")} is suspended in Auto Scaling group ${n}, so no successor would come`;return{onward:[],failed:t.map(({host:t})=>ei(t,`${e}. Resume it, then run again.`))}}let a=t.filter(({lifecycle:e})=>"Standby"===e),l=t.filter(({lifecycle:e})=>"InService"===e),d=Math.max(0,o-r),$=Math.max(0,r-i);return{onward:[...a.slice(0,d),...l.slice(0,$)],failed:[...a.slice(d).map(({host:e})=>ei(e,`it is in standby, so its successor needs one more than the desired capacity of ${r}, and Auto Scaling group ${n} allows ${o} at most. Raise MaxSize, then run again.`)),...l.slice($).map(({host:e})=>ei(e,`its successor has to go into standby, and Auto Scaling group ${n} wants ${r} hosts and at least ${i}. Lower MinSize or add a host, then run again.`)),...t.filter(e=>!a.includes(e)&&!l.includes(e)).map(e=>ei(e.host,function({lifecycle:e,group:t}){return e.startsWith("Terminat")?`it is ${e} in Auto Scaling group ${t} already; it may have been ended by an interrupted run`:`it is ${e} in Auto Scaling group ${t}, and only a host in service or in standby is replaced`}(e)))]}}(r,s),l=await ee(e,r,a.onward),d=0===l.onward.length?[]:await q(e,r,l.onward,i);return[...a.failed,...l.failed,...d]}async function Q(e,t,n,i){let o=await D(e,{what:`Auto Scaling group ${t} to finish moving hosts into standby`,every:2e3,timeout:i,look:async()=>{let i=await e.scaling.group(t),o=i.members.filter(({host:e,lifecycle:t})=>"EnteringStandby"===t&&n.some(t=>t.host===e));return 0===o.length?{reached:!0,value:i}:{reached:!1,seen:`${o.map(({host:e})=>e).join(", ")} still on the way`}}});return o.reached?o.value:e.scaling.group(t)}async function ee(e,t,n){let{signal:i,scaling:o,log:r}=e,s=[],a=new Map;for(let l of n){if(i.aborted)break;let{host:n,zone:d,lifecycle:$}=l;r.info(`${n}: ending it for good (${$}); ${t.name} is to bring a successor in ${d}`);let c=await B(o.terminate(n));c.done||await et(e,n)?s.push(l):a.set(l,c.problem)}let l=s.filter(({lifecycle:e})=>"Standby"===e),d=await B(en(e,t,l.length));d.done||r.warning(`${t.name}: ${d.problem}`),i.throwIfAborted();let $=[...a].map(([{host:e},t])=>ei(e,`it could not be ended: ${t}`));return d.done?{onward:s,failed:$}:{onward:s.filter(e=>!l.includes(e)),failed:[...$,...l.map(({host:e})=>eo(e,`${e} was ended in standby, and the desired capacity of Auto Scaling group ${t.name} could not be raised from ${t.desired} to ${t.desired+l.length}: ${d.problem} Raise it by hand.`))]}}async function et({scaling:e},t){let n=await B(e.members([t]));return n.done&&n.value.every(({lifecycle:e})=>e.startsWith("Terminat"))}async function en({scaling:e,log:t},{name:n,desired:i},o){if(0===o)return;let r=i+o,s=(await e.group(n)).desired;s>=r||(t.info(`${n}: raising the desired capacity from ${s} to ${r} for ${o} ended in standby`),await e.setDesired(n,r))}function ei(e,t){return eo(e,`${e} was not ended now: ${t}`)}function eo(e,t){return{host:e,kind:"failed",problem:t}}async function er(e,t){let{reports:n,successors:i,failures:o}=await es(e,t,await W(e,t,t.hosts)),r=o.map(({target:n,problem:i,touched:o,trace:r,successor:s})=>{o&&u(e,[s??n.host],"held",i.split("\n")[0]);let a=K(t,n.host,{outcome:o?"held":"untouched",proof:i,trace:r});return void 0===s?a:{...a,successor:s}});return{reports:[...n,...r],successors:i}}async function es(e,t,n){let i=n;for(let n of t.ladder){if(0===i.failures.length)break;for(let{target:t,problem:n}of i.failures)e.log.warning(`${t.host}: ${n}`);let{reports:o,successors:r,failures:s}=await function(e,t,n,i){switch(i.kind){case"retry":return ea(e,t,n,i.times);case"roll-back":return el(e,t,n);case"replace":return ed(e,t,n);case"hold":return Promise.resolve({reports:[],successors:[],failures:n})}}(e,t,i.failures,n);i={reports:[...i.reports,...o],successors:[...i.successors,...r],failures:s}}return i}async function ea(e,t,n,i){let o=[],r=new Set(n.filter(e=>e.touched).map(({target:e})=>e.host)),s=n;for(let n=1;n<=i&&s.length>0;n+=1){e.log.info(`${s.map(({target:e})=>e.host).join(", ")}: trying ${T(t.wanted)} again, ${n} of ${i}`);let a=await W(e,t,s.map(({target:e})=>e));o.push(...a.reports),s=a.failures.map(e=>(e.touched&&r.add(e.target.host),{...e,touched:r.has(e.target.host)}))}let a=` (after ${i+1} attempts)`;return{reports:o,successors:[],failures:s.map(e=>({...e,problem:e.problem+a}))}}async function el(e,t,n){let i="previous"===t.wanted.kind?void 0:t.wanted.version,o=n.flatMap(e=>{let n=t.from.get(e.target.host);return e.touched&&void 0!==n&&n!==i?[{failure:e,version:n}]:[]});if(0===o.length)return{reports:[],successors:[],failures:n};let r=o.map(({failure:e})=>e.target);for(let{failure:t,version:n}of o)u(e,[t.target.host],"rolling-back",n);let s=await A(e,t.settings,o.map(({failure:e,version:t})=>({host:e.target.host,wanted:{kind:"on-disk",version:t}}))),{done:a,failures:l}=await j(e,t.settings,r,s),d=new Map(o.map(({failure:e})=>[e.target.host,e])),$=a.map(({host:e,sha256:n})=>{let{problem:i="",trace:o}=d.get(e)??{};return{...K(t,e,{outcome:"rolled-back",proof:i,trace:o}),sha256:n}}),c=l.map(e=>{let t=d.get(e.target.host)?.problem??"";return{...e,touched:!0,problem:`${t}
and going back failed too: ${e.problem}`}});return{reports:$,successors:[],failures:[...n.filter(e=>!r.includes(e.target)),...c]}}async function ed(e,t,n){let{scaling:i}=e,o=n.filter(({touched:e})=>e);if(void 0===i||0===o.length)return{reports:[],successors:[],failures:n};u(e,o.map(({target:e})=>e.host),"replacing");let r=await Y({...e,scaling:i},{hosts:o.map(({target:e})=>e.host),timeout:45e5}),s=r.flatMap(e=>{let t=o.find(({target:t})=>t.host===e.host)?.target;if("failed"===e.kind||void 0===t)return[];let n={...t,host:e.successor,address:e.address};return[{replaced:e.host,host:n,scaling:e.scaling}]}),a=await W(e,t,s.map(({host:e})=>e)),l=[],d=n.filter(({touched:e})=>!e);for(let e of o){let{host:n}=e.target,i=r.find(e=>e.host===n),o=s.find(({replaced:e})=>e===n)?.host.host??"",$=a.reports.find(e=>e.host===o);if(void 0!==$){let e=t.from.get(n)??"nothing";l.push({...$,host:n,from:e,outcome:"replaced",successor:o})}else if(i?.kind==="failed")d.push(e$(e,`replacing it failed: ${i.problem}`));else{let t=a.failures.find(({target:e})=>e.host===o)?.problem??"never tried",n=`its successor ${o} is in standby and failed too: ${t}`;d.push({...e$(e,n),successor:o})}}return{reports:l,successors:s,failures:d}}function e$(e,t){return{...e,problem:`${e.problem}
and ${t}`}}async function ec(e,t){let{settings:n,hosts:i,wanted:o}=t,a=i.map(({host:e})=>e),l=new Map((await (0,r.rk)(e,a,n.directory)).flatMap(({host:e,release:t})=>void 0===t?[]:[[e,t.version]])),d=new Map,$=e=>{for(let t of e)d.set(t.host,t)};$(await eh(e,t,l));let c=i.filter(({host:e})=>!d.has(e)),h={settings:n,wanted:o,ladder:t.ladder,from:l},u=t.dryRun?[]:await eu(e,{...h,hosts:c},t,$),f=[...d.values()].filter(e=>!(0,s.K)(e)).length,p=t.dryRun?"dry run":`not begun: ${f} failed, max-failures is ${t.maxFailures}`;return{hosts:a.map(e=>d.get(e)??{host:e,outcome:"untouched",from:l.get(e)??"nothing",to:T(o),proof:p}),successors:u}}async function eh(e,{settings:t,wanted:n,hosts:i},o){if("release"!==n.kind)return[];let{version:r,artifact:s}=n,a=i.filter(({host:e})=>o.get(e)===r);if(0===a.length)return[];let{sha256:l}=s,d=a.map(e=>({host:e,version:r,sha256:l}));return(await g(e,{...t,startTimeout:0},d)).flatMap(t=>{if("failed"===t.kind)return[];let{host:n,value:i}=t;return e.log.info(`${n}: already on ${r}, proven ${i}; nothing to do`),[{host:n,outcome:"unchanged",from:r,to:r,proof:i,sha256:l}]})}async function eu(e,t,{maxParallel:n,maxFailures:r},a){let l=[],d=(0,o.V)(t.hosts,Math.max(1,(0,i.Tu)(n,t.hosts.length))),$=0;for(let[n,i]of d.entries()){if($>r)break;e.log.info(`Wave ${n+1} of ${d.length}: ${i.map(({host:e})=>e).join(", ")} to ${T(t.wanted)}`);let o=await er(e,{...t,hosts:i});await (0,s.J)(e.log,o.reports),a(o.reports),l.push(...o.successors),$+=o.reports.filter(e=>!(0,s.K)(e)).length}return l}}};