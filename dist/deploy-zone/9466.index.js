"use strict";exports.id=9466,exports.ids=[9466],exports.modules={28278:(e,t,n)=>{n.d(t,{o:()=>o,t:()=>r});let r={method:"GET",headers:{},redirects:"refuse",tls:"verify"};function o(e){switch(e.kind){case"http":case"repeated":return`${e.manner?.method??"GET"} ${e.url}`;case"tcp":return`connection to ${e.address}:${e.port}`;case"tls":return`TLS to ${e.address}:${e.port} for ${e.name}`;case"dns":return`${e.type} of ${e.record}${void 0===e.server?"":` at ${e.server}`}`;case"command":return`${e.program} in ${e.directory}/current`}}},19321:(e,t,n)=>{n.d(t,{Qk:()=>r,lz:()=>o,rR:()=>s});let r=/^(?:[Hh]eader:[A-Za-z0-9._-]{1,100}|(?![Hh]eader:)(?=.*\S)[^\u0000-\u001f\u007f]+)$/,o="the name of a field of the JSON answer, or header: and the name of a response header",i="header:";function s(e){let t=e.toLowerCase();return t.startsWith(i)?t.slice(i.length):void 0}},97060:(e,t,n)=>{function r(e,t){return"object"!=typeof e||null===e||Array.isArray(e)?void 0:Object.getOwnPropertyDescriptor(e,t)?.value}function o(e){return Array.isArray(e)?e:[]}function i(e){return"object"!=typeof e||null===e||Array.isArray(e)?[]:Object.keys(e)}function s(e,t,n){let o=r(e,t);return"string"==typeof o?[{path:[...n,t],value:o}]:[]}function a(e,t){return o(e).flatMap((e,n)=>"string"==typeof e?[{path:[...t,n],value:e}]:[])}function l(e,t,n=e=>e.toLowerCase()){let r=new Map,o=[];for(let i of e){let e=n(i.value),s=r.get(e);void 0===s?r.set(e,i):o.push({path:i.path,expected:`${t} to be named once, and ${d(s.path)} has it already`,cure:"remove one of the two or correct its name"})}return o}function d(e){return e.map((e,t)=>"number"==typeof e?`[${e}]`:`${0===t?"":"."}${String(e)}`).join("")}n.d(t,{D_:()=>l,Dc:()=>r,HP:()=>i,Jf:()=>d,KE:()=>a,Te:()=>s,ld:()=>o})},30436:(e,t,n)=>{n.d(t,{DP:()=>l,FZ:()=>d,JN:()=>o,M8:()=>i,NR:()=>s,sJ:()=>a});var r=n(66220);function o(e,t){let n=t.trimEnd().split("\n").at(-1)??"";try{let e=JSON.parse(n);if($(e))return e}catch{}throw new r.Wk(`${e} did not report a result: its last line was ${JSON.stringify(n.slice(0,200))}. The command may have been cut off; run the same step again, it continues from what it finds.`)}function i(e,t){let n=e[t];return"string"==typeof n?n:""}function s(e,t){return Buffer.from(i(e,t),"base64").toString("utf8")}function a(e,t){let n=e[t];return"number"==typeof n?n:0}function l(e,t){let n=e[t];return $(n)?n:{}}function d(e,t){let n=e[t];return Array.isArray(n)?n.filter($):[]}function $(e){return"object"==typeof e&&null!==e&&!Array.isArray(e)}},33985:(e,t,n)=>{n.d(t,{O9:()=>s,Sz:()=>l,oF:()=>a});var r=n(87027),o=n(37230);let i=(0,o.sh)`
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
`,s=`${o.W}${r.Z}${(0,o.sh)`
limit=$1
`}${i}${(0,o.sh)`
need bash
# shellcheck disable=SC2016
within bash -c '
${r.Z}
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
`}`,a=`${o.W}${r.Z}${(0,o.sh)`
limit=$1
`}${i}${(0,o.sh)`
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
`}`,l=`${o.W}${r.Z}${(0,o.sh)`
limit=$1
`}${i}${(0,o.sh)`
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
`}`},87677:(e,t,n)=>{n.d(t,{D:()=>r});let r=`
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
`},87027:(e,t,n)=>{n.d(t,{Z:()=>o,o:()=>i});var r=n(37230);let o=(0,r.sh)`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`,i=(0,r.sh)`
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
${o}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`},9832:(e,t,n)=>{n.d(t,{l:()=>f});var r=n(37230);let o=(0,r.sh)`
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
`,i=String.raw`
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
`,s=(0,r.sh)`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${i}' "$incoming/names" "$incoming/listing")
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
`,a=(0,r.sh)`
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
`,l=(0,r.sh)`
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
`,d=(0,r.sh)`
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
  $isolate sh -c '${a}' hook "$$" "$state/hook.$$" "$boot" "$release" "$@" </dev/null >>"$log" 2>&1 &
  hook=$!
  born_of "$hook"
  # shellcheck disable=SC2016
  $isolate sh -c '${l}' watchdog "$limit" "$hook" "$born" "$state/late" </dev/null >/dev/null 2>&1 &
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
`,$=(0,r.sh)`
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
`;var h=n(87027);let c=(0,r.sh)`
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
`,u=(0,r.sh)`
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
`,f=`${r.W}${r.D}${h.o}${u}${o}${$}${s}${c}${d}${(0,r.sh)`
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
`}`},37230:(e,t,n)=>{function r(e,...t){return String.raw(e,...t).replaceAll("\\${","${")}n.d(t,{D:()=>i,W:()=>o,sh:()=>r});let o=String.raw`
set -e
umask 022
encode() { base64 | tr -d '\n'; }
fail() { printf '%s\n' "$2" >&2; exit "$1"; }
field_of() { sed -n 's/.*"'"$2"'": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
`,i=`
root=$ZONEWISE_HOST_ROOT
`},4129:(e,t,n)=>{n.d(t,{J:()=>i});var r=n(37230),o=n(51966);let i=`${r.W}${o.S}${(0,r.sh)`
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
`}`},92731:(e,t,n)=>{n.d(t,{T:()=>i});var r=n(87677),o=n(37230);let i=`${o.W}${r.D}${String.raw`
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
`}`},21258:(e,t,n)=>{n.d(t,{MH:()=>s,lt:()=>o,ws:()=>i});var r=n(37230);let o=`${r.D}
record=$root/var/lib/zonewise/out-of-service.json
`,i=`${r.W}${o}${String.raw`
mkdir -p "$(dirname "$record")"
printf '%s' "$1" >"$record.$$"
mv -f "$record.$$" "$record"
printf '{"recorded":true}\n'
`}`,s=`${r.W}${o}${String.raw`
rm -f "$record"
printf '{"cleared":true}\n'
`}`},68352:(e,t,n)=>{n.d(t,{W:()=>s});var r=n(87027),o=n(37230),i=n(51966);let s=`${o.W}${r.Z}${i.S}${(0,o.sh)`
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
`}`},51966:(e,t,n)=>{n.d(t,{S:()=>o});var r=n(37230);let o=(0,r.sh)`
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
`},24895:(e,t,n)=>{n.d(t,{X:()=>i});var r=n(87027),o=n(37230);let i=`${o.W}${o.D}${r.Z}${(0,o.sh)`
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
`}`},63783:(e,t,n)=>{n.d(t,{x:()=>i});var r=n(87677),o=n(37230);let i=`${o.W}${r.D}${String.raw`
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
`}`},25913:(e,t,n)=>{n.d(t,{v:()=>i});var r=n(37230),o=n(21258);let i=`${r.W}${o.lt}${(0,r.sh)`
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
`}`},54955:(e,t,n)=>{n.d(t,{Ik:()=>i,g6:()=>o,rr:()=>s,sb:()=>r,u$:()=>a});let r=["withdraw","install","return"],o=["done","failed","abandoned"],i=12,s=50,a=["deploying","deployed","stopped","promoted","held","rolled-back"]},72603:(e,t,n)=>{n.d(t,{h8:()=>w,wP:()=>b});var r=n(79435),o=n(69987),i=n(97060),s=n(66220),a=n(54955);let l=()=>r.w$({error:"expected an ISO 8601 time in UTC"}),d={version:o.YjP().min(1).describe("Version of the release."),sha256:o.YjP().regex(/^[0-9a-f]{64}$/,{error:"expected 64 lower-case hexadecimal digits"}).describe("sha256 of its archive."),ordinal:o.Whr().min(0).describe("Grows with every release; the one of its first deployment.")},$=o.rej({state:o.k5n(a.u$).describe("What happened to the zone last."),release:o.rej(d).describe("What was deployed; after `rolled-back` the release that the zone went back from."),before:o.rej(d).exactOptional().describe("The release that was promoted here before, to which the zone goes back."),run:o.YjP().describe("URL of the workflow run."),runId:o.Whr().min(0).describe("Number of that run on GitHub; 0 outside of GitHub."),began:l().describe("When the deployment of the zone began."),at:l().describe("When this was written."),approvedBy:o.YOg(o.YjP()).exactOptional().describe("Who approved, as GitHub says."),note:o.YjP().exactOptional().describe("Why it ended so.")}),h=o.rej({token:o.Whr().min(1).describe("Fencing token: greater than that of every lease before."),run:o.YjP().describe("URL of the workflow run that holds it."),runId:o.Whr().min(0).describe("Number of that run on GitHub; 0 outside of GitHub."),zone:o.YjP().describe("The zone that it works on."),since:l().describe("When it was taken."),expires:l().describe("When it ends unless it is renewed.")}),c=o.rej({by:o.YjP().exactOptional().describe("Who broke it, when it is known."),at:l().describe("When it was broken."),reason:o.YjP().min(1).describe("Why it was broken."),run:o.YjP().describe("URL of the run that held it.")}),u=o._H3({host:o.YjP().describe("The host."),targets:o.YOg(o._H3({pool:o.YjP().describe("Target group."),id:o.YjP().describe("The host, as the target group knows it."),port:o.Whr().describe("Port at which it was registered.")})).min(1).describe("What it was taken out of."),reason:o.YjP().describe("Why it was taken out."),run:o.YjP().describe("URL of the workflow run that took it out."),since:o.YjP().describe("When it was taken out."),service:o.YjP().exactOptional().describe("Service whose deployment took it out."),from:o.YjP().exactOptional().describe("Release that `current` pointed to then."),scaling:o.gMt("mode",[o._H3({mode:o.euz("standby").describe("It is in standby."),group:o.YjP().describe("Its Auto Scaling group."),minSize:o.Whr().exactOptional().describe("What MinSize was, when it had to be lowered.")}),o._H3({mode:o.euz("suspend").describe("Processes of its group are suspended."),group:o.YjP().describe("Its Auto Scaling group."),processes:o.YOg(o.YjP()).describe("Those that were suspended for it.")})]).exactOptional().describe("What was changed in its Auto Scaling group.")}),f=o.rej({zone:o.YjP().describe("Its zone."),record:u.describe("How to bring it back; the same as on the host itself."),held:o.YjP().exactOptional().describe("Why it is to stay out until somebody has looked at it; none when it may be returned."),told:l().exactOptional().describe("When people were told that it could not be returned.")}),p=o.rej({act:o.k5n(a.sb).describe("What is done to the hosts."),zone:o.YjP().describe("Their zone."),hosts:o.YOg(o.YjP()).describe("The hosts of a batch."),version:o.YjP().describe("The version that they are to run."),run:o.YjP().describe("URL of the workflow run."),token:o.Whr().min(1).describe("Fencing token that it had."),at:l().describe("When this was written, before it was done."),end:o.rej({kind:o.k5n(a.g6).describe("`abandoned`: its run did not say how it ended, and a later one went on."),at:l().describe("When that was written.")}).exactOptional().describe("How it ended; none while it goes on, or when the run was killed.")}),m=o.rej({schema:o.euz(1).describe("Form of this document."),service:o.YjP().min(1).describe("The service whose zones these are."),zones:o.g1P(o.YjP().regex(/^[a-z0-9-]{1,64}$/),$).describe("The last thing that happened to each zone."),releases:o.YOg(o.rej({...d,since:l().describe("When its first zone began.")})).max(a.rr).describe("Releases that were deployed, the newest last."),fence:o.Whr().min(1).exactOptional().describe("The last fencing token that was handed out; it never falls."),lease:h.exactOptional().describe("The run that works on the service now."),broken:c.exactOptional().describe("How the last lease ended when a person broke it; kept until the next one is taken."),out:o.g1P(o.YjP().min(1),f).exactOptional().describe("Hosts that a deployment has taken out of service, from just before they leave until they serve again."),journal:o.YOg(p).max(a.Ik).exactOptional().describe("What was about to be done to hosts, and how it ended, the newest last.")});function w(e,{place:t,service:n}){let r=function(e,t){try{return JSON.parse(e)}catch{throw k(t,""===e.trim()?"it is empty":"it is not JSON")}}(e,t),o=Object(r).schema;if("number"==typeof o&&o>1)throw new s.yo(`The ledger ${t} has schema ${o}, this version knows 1: a newer version has written it. Nothing was touched. Use that version, in every workflow that deploys the service.`);let a=m.safeParse(r);if(!a.success){let e,n;throw k(t,(n=(e=a.error.issues.map(({path:e,message:t})=>0===e.length?t:`${(0,i.Jf)(e)}: ${t}`)).length>3?[`and ${e.length-3} more`]:[],[...e.slice(0,3),...n].join("; ")))}if(a.data.service===n)return a.data;throw new s.yo(`The ledger ${t} is that of the service ${a.data.service}, expected ${n}. Nothing was touched. Give each service a ledger of its own: correct \`ledger\` in the fleet file.`)}function b(e){return`${JSON.stringify(m.parse(e),void 0,2)}
`}function k(e,t){return new s.yo(`${e} is not a ledger that can be read: ${t}. Nothing was touched. Restore an earlier version of it. If there is none, check what the hosts of every zone run, move it away and deploy from the first zone on.`)}},53090:(e,t,n)=>{n.d(t,{$:()=>r});function r(e){let{protocol:t,hostname:n,port:r}=new URL(e);return{protocol:t,hostname:n,port:r||("https:"===t?"443":"80")}}},43815:(e,t,n)=>{n.d(t,{dy:()=>l,jB:()=>$,n7:()=>d});var r=n(28278),o=n(30436),i=n(4129),s=n(54305),a=n(53090);async function l(e,t){let n=await e.transport.run(t.map(({host:e,urls:t,patience:n,limit:o,manner:s=r.t})=>({host:e,script:i.J,arguments:[String(Math.ceil(n/1e3)),(o/1e3).toFixed(3),...d(s,t[0]??""),...t],timeout:n+o*t.length+3e4,onCancel:"stop"})),e.signal);return t.map(({host:e,urls:t},r)=>{let i=n[r];if(i?.outcome!=="done"){let e=void 0===i?"it was never asked":(0,s.Ic)(i);return t.map(t=>({kind:"silent",url:t,problem:e,milliseconds:0}))}let a=(0,o.FZ)((0,o.JN)(e,i.stdout),"answers");return t.map((e,t)=>{let n=a[t];if(void 0===n)return{kind:"silent",url:e,problem:"no answer was reported",milliseconds:0};let r=(0,o.sJ)(n,"status"),i=(0,o.sJ)(n,"milliseconds");return 0===r?{kind:"silent",url:e,problem:(0,o.NR)(n,"problem")||"no answer",milliseconds:i}:{kind:"answered",url:e,status:r,headers:$((0,o.NR)(n,"headers")),milliseconds:i,body:(0,o.NR)(n,"body")}})})}function d({method:e,headers:t,body:n,connect:r,redirects:o,tls:i},s){return[e,Object.entries(t).map(([e,t])=>""===t?`${e};`:`${e}: ${t}`).join("\n"),n??"",void 0===r?"":function(e,t){let{hostname:n,port:r}=(0,a.$)(e);return`${n}:${r}:${t}:${r}`}(s,r),"follow"===o?"5":"","ignore"===i?i:""]}function $(e){let t=new Map;for(let n of e.split(/\r?\n/)){let e=n.indexOf(":");if(e<1)continue;let r=n.slice(0,e).toLowerCase(),o=n.slice(e+1).trim(),i=t.get(r);t.set(r,void 0===i?o:`${i}, ${o}`)}return Object.fromEntries(t)}},29734:(e,t,n)=>{n.d(t,{S:()=>r});async function r(e,t,n){let r=new Map(t.flatMap(e=>e.reachable?[]:[[e.host,e.problem]])),o=n.filter(({host:e})=>!r.has(e)),i=0===o.length?[]:await e.transport.run(o,e.signal),s=new Map(o.map((e,t)=>[e,i[t]]));return n.map(e=>s.get(e)??{host:e.host,outcome:"lost",reason:r.get(e.host)??"it cannot be reached"})}},35600:(e,t,n)=>{n.d(t,{F:()=>a});var r=n(54256),o=n(54305),i=n(67222),s=n(16134);async function a(e,t,n,i){let{directory:s}=t.hosts,[a,$,h]=await Promise.all([(0,r.Gj)(e,n.pools.map(({targetGroup:e})=>e)),e.transport.facts(n.hosts),(0,o.uy)(e,n.hosts,s)]),c=new Map($.map(({host:e,address:t})=>[e,t??"127.0.0.1"])),u=n.hosts.map((e,o)=>{let s=h[o];return s?.kind!=="told"?{host:e,problems:[`${e} of ${n.zone} cannot be asked: ${s?.problem??"no answer"}`]}:{host:e,status:s.status,problems:function(e,{hosts:t},{zone:n},{host:o,release:i,switchedAt:s,record:a},l){let $=(0,r.W6)(e,o),h=$.filter(({state:e})=>"healthy"!==e),c=i?.version===l.version&&i.sha256===l.sha256;return[[0===$.length,"is in none of the pools of its zone"],...h.map(({pool:t,port:n,state:r})=>[!0,`is ${r} in ${e.find(({settings:e})=>e.pool===t)?.settings.name??t} at port ${n}, expected healthy`]),[void 0!==a,`is recorded as out of service since ${a?.since??""} (${a?.reason??""}, ${a?.run??""}): finish its return with restore-target`],[!c,`runs ${d(i)}, expected ${d(l)}`],[c&&void 0===s&&t.identity?.started!==void 0,`does not tell since when ${l.version} is current, so that a process older than it would not be noticed`]].filter(([e])=>e).map(([,e])=>`${o} of ${n} ${e}`)}(a,t,n,s.status,i)}}),f=u.flatMap(({status:e,problems:t})=>void 0===e||t.length>0?[]:[e]),p=await l(e,t,{zone:n,views:a,addresses:c,sound:f,release:i});return u.flatMap(({host:e,problems:t})=>[...t,...p.get(e)??[]])}async function l(e,{hosts:t,service:n},{zone:o,views:a,addresses:d,sound:$,release:h}){return 0===$.length?new Map:new Map((await (0,i.i)({...e,timeline:()=>void 0},{...t,service:n,zone:o.zone,startTimeout:0},$.map(({host:e,switchedAt:t})=>({host:(0,s.Zy)({addresses:d,views:a},e,(0,r.W6)(a,e)),version:h.version,sha256:h.sha256,...void 0===t?{}:{switchedAt:t}})))).flatMap(e=>"done"===e.kind?[]:[[e.host,[`${e.host} of ${o.zone} does not prove ${h.version}: ${e.problem}`]]]))}function d(e){return void 0===e?"no release":`${e.version} (sha256 ${e.sha256||"unknown"})`}},54256:(e,t,n)=>{async function r(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,r]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:r}}))}function o(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:r})=>({pool:e.pool,id:t,port:n,state:r})))}function i(e){return[...new Set(e.map(({port:e})=>e))]}function s(e){let t=new Map;for(let{pool:n,id:r,port:o}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:r,port:o}]);return t}function a(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function l(e,t,n,r){let o=new Date(e.clock.now()).toISOString();for(let i of t)e.timeline({at:o,host:i,phase:n,...void 0===r?{}:{note:r}})}n.d(t,{FB:()=>a,Gj:()=>r,Ve:()=>l,W6:()=>o,_N:()=>s,a5:()=>i})},54305:(e,t,n)=>{n.d(t,{Hh:()=>u,Ic:()=>m,Wh:()=>h,e:()=>c,rk:()=>l,uy:()=>d});var r=n(30436),o=n(21258),i=n(25913),s=n(66220),a=n(29734);async function l(e,t,n){return(await e.transport.run(t.map(e=>({host:e,script:i.v,arguments:[n],timeout:3e4})),e.signal)).map($)}async function d(e,t,n){return(await (0,a.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:i.v,arguments:[n],timeout:3e4})))).map(e=>{if("lost"===e.outcome)return{kind:"silent",host:e.host,problem:e.reason};try{return{kind:"told",status:$(e)}}catch(t){if(!(t instanceof s.Wk))throw t;return{kind:"silent",host:e.host,problem:t.message}}})}function $(e){let t=(0,r.JN)(e.host,p(e,"tell its release")),n=(0,r.M8)(t,"version"),{ordinal:o,switchedAt:i}=t,s=(0,r.NR)(t,"record");return{host:e.host,...""===n?{}:{release:{version:n,sha256:(0,r.M8)(t,"sha256")}},..."number"==typeof o?{ordinal:o}:{},..."number"==typeof i?{switchedAt:i}:{},...""===s?{}:{record:u(s,e.host)}}}async function h(e,t,n){let r=await e.transport.facts(t.map(({host:e})=>e));for(let i of(await (0,a.S)(e,r,t.map(e=>({host:e.host,script:o.ws,arguments:[JSON.stringify(e)],timeout:3e4})))))n&&"lost"===i.outcome?e.log.warning(`${i.host} cannot be reached (${i.reason}); its record is kept in this step only.`):p(i,"record that it leaves service")}async function c(e,t){for(let n of(await (0,a.S)(e,await e.transport.facts(t),t.map(e=>({host:e,script:o.MH,arguments:[],timeout:3e4})))))"lost"!==n.outcome?p(n,"forget that it was out of service"):e.log.warning(`${n.host} serves again; its record is still on it: ${n.reason}.`)}function u(e,t){try{let t=JSON.parse(e);if(function(e){if("object"!=typeof e||null===e)return!1;let{host:t,targets:n,reason:r,run:o,since:i,service:s,from:a,scaling:l}=e;return[t,r,o,i].every(e=>"string"==typeof e)&&[s,a].every(e=>void 0===e||"string"==typeof e)&&(void 0===l||function(e){if("object"!=typeof e||null===e)return!1;let{mode:t,group:n,minSize:r,processes:o}=e;return"string"==typeof n&&("standby"===t?void 0===r||Number.isSafeInteger(r):"suspend"===t&&Array.isArray(o)&&o.every(e=>"string"==typeof e))}(l))&&Array.isArray(n)&&n.length>0&&n.every(f)}(t))return t}catch{}throw new s.Wk(`the undo record of ${t} is not readable: ${e.slice(0,200)}. Register the host by hand and remove /var/lib/zonewise/out-of-service.json on it.`)}function f(e){if("object"!=typeof e||null===e)return!1;let{pool:t,id:n,port:r}=e;return"string"==typeof t&&"string"==typeof n&&Number.isSafeInteger(r)}function p(e,t){if("done"===e.outcome)return e.stdout;throw new s.Wk(`${e.host} could not ${t}: ${m(e)}.`)}function m(e){switch(e.outcome){case"done":return"it succeeded";case"lost":return e.reason;case"failed":{let t=e.stderr.trim().split("\n").slice(-5).join(" / "),n=void 0===e.full?"":` (all of its output: ${e.full})`;return`exit code ${e.exitCode}${""===t?"":`: ${t}`}${n}`}}}},45280:(e,t,n)=>{n.d(t,{Ec:()=>o,_w:()=>s,mC:()=>i});var r=n(19321);function o(e,t,n){if("silent"===n.kind)return a(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return a(`${n.url} answered ${n.status}, expected 200`);let o=i(n),{version:d,digest:$,started:h}=e;if([d,$,h].filter(e=>void 0!==e&&void 0===(0,r.rR)(e)).length>0&&void 0===l(n.body))return a(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let c=o(d)??"nothing";return c!==t.version?a(`the process that answers ${n.url} is version ${c}, expected ${t.version}`):void 0!==$&&o($)!==t.sha256?a(`it says it is sha256 ${o($)??"nothing"}, expected ${t.sha256}`):void 0===h?{kind:"proven",seen:c}:function({switchedAt:e},t,n){if(Number.isNaN(Date.parse(t)))return a(`its start time is ${t}, expected an ISO 8601 time`);if(void 0!==e&&!s(t,e)){let n=new Date(1e3*e).toISOString();return a(`the process started at ${t}, before the switch at ${n}: the old one is still running`)}return{kind:"proven",seen:`${n}, started ${t}`}}(t,o(h)??"nothing",c)}function i({headers:e,body:t}){let n=l(t);return t=>{let o=(0,r.rR)(t),i=void 0===o?n?.[t]:e[o];return null==i?void 0:String(i)}}function s(e,t){return Math.floor(Date.parse(e)/1e3)>=t}function a(e){return{kind:"refuted",problem:e}}function l(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}},67222:(e,t,n)=>{n.d(t,{i:()=>s});var r=n(43815),o=n(54256),i=n(45280);async function s(e,t,n){(0,o.Ve)(e,n.map(({host:e})=>e.host),"proving");let r=e.clock.now()+t.startTimeout,i=new Map;for(;;){let o=n.filter(({host:e})=>i.get(e.host)?.kind!=="done"),s=r-e.clock.now();for(let n of(await a(e,t,o,s)))i.set(n.host,n);let l=[...i.values()];if(l.every(({kind:e})=>"done"===e)||e.clock.now()>=r)return l;await e.clock.sleep(500,e.signal)}}async function a(e,{identity:t},n,o){let s=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(o,1e4)),limit:5e3})),l=await (0,r.dy)(e,s);return n.map((e,n)=>(function(e,t,n){let{host:r,health:o}=e.host;for(let[e,{statuses:t}]of o.entries()){let o=n[e];if(o?.kind!=="answered")return{host:r,kind:"failed",problem:`${o?.url??"its health check"} did not answer: ${o?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,r]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(r??n)})}(o.status,t))return{host:r,kind:"failed",problem:`${o.url} answered ${o.status}, healthy is ${t}`}}if(void 0===t)return{host:r,kind:"done",value:"healthy; its version was not asked"};let s="";for(let a of n.slice(o.length)){let n=(0,i.Ec)(t,e,a);if("refuted"===n.kind)return{host:r,kind:"failed",problem:n.problem};s=n.seen}return{host:r,kind:"done",value:s}})(e,t,l[n]??[]))}},16134:(e,t,n)=>{n.d(t,{Mc:()=>$,Ru:()=>i,WX:()=>a,Zy:()=>d,_b:()=>l,gH:()=>h,gJ:()=>s});var r=n(66220),o=n(54256);function i({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function s({policy:e,zones:t},{region:n}){let r=t.filter(e=>e.region===n).length;return{minHealthy:e.minHealthy,surviveZone:e.surviveZone??r>=3}}function a(e){if(e.fleet.smoke.some(({type:e})=>"http"===e)&&!(i(e).length>0))return`no plain HTTP listener forwards to the pools of ${e.zone.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`}function l(e,t,n,r){let{zone:o,fleet:i,releases:s,unsettled:a,zoneOf:l,floor:d}=e,{drain:$,restore:h}=i.policy,c=o.pools.map(({targetGroup:e})=>e),{service:u}=i;return{pools:c,hosts:t,adopted:n,service:u,releases:s,unsettled:a,zoneOf:l,floor:d,drain:$,restore:h,reason:r}}function d(e,t,n){let r=e.addresses.get(t)??"127.0.0.1",i=n.flatMap(({pool:t,port:n})=>{let r=e.views.find(e=>e.settings.pool===t)?.settings;return r?.healthCheckPath===void 0?[]:[{port:r.healthCheckPort??n,path:r.healthCheckPath,statuses:r.healthCheckStatuses}]});return{host:t,address:r,ports:(0,o.a5)(n),health:i}}function $(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}function h(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new r.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}},79435:(e,t,n)=>{n.d(t,{w$:()=>i});var r=n(68729),o=n(69987);function i(e){return r.G1(o.You,e)}}};