"use strict";exports.id=8723,exports.ids=[8723],exports.modules={19321:(e,t,n)=>{n.d(t,{Qk:()=>i,lz:()=>o,rR:()=>r});let i=/^(?:[Hh]eader:[A-Za-z0-9._-]{1,100}|(?![Hh]eader:)(?=.*\S)[^\u0000-\u001f\u007f]+)$/,o="the name of a field of the JSON answer, or header: and the name of a response header",s="header:";function r(e){let t=e.toLowerCase();return t.startsWith(s)?t.slice(s.length):void 0}},97060:(e,t,n)=>{function i(e,t){return"object"!=typeof e||null===e||Array.isArray(e)?void 0:Object.getOwnPropertyDescriptor(e,t)?.value}function o(e){return Array.isArray(e)?e:[]}function s(e){return"object"!=typeof e||null===e||Array.isArray(e)?[]:Object.keys(e)}function r(e,t,n){let o=i(e,t);return"string"==typeof o?[{path:[...n,t],value:o}]:[]}function a(e,t){return o(e).flatMap((e,n)=>"string"==typeof e?[{path:[...t,n],value:e}]:[])}function l(e,t,n=e=>e.toLowerCase()){let i=new Map,o=[];for(let s of e){let e=n(s.value),r=i.get(e);void 0===r?i.set(e,s):o.push({path:s.path,expected:`${t} to be named once, and ${d(r.path)} has it already`,cure:"remove one of the two or correct its name"})}return o}function d(e){return e.map((e,t)=>"number"==typeof e?`[${e}]`:`${0===t?"":"."}${String(e)}`).join("")}n.d(t,{D_:()=>l,Dc:()=>i,HP:()=>s,Jf:()=>d,KE:()=>a,Te:()=>r,ld:()=>o})},87677:(e,t,n)=>{n.d(t,{D:()=>i});let i=`
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
`},9832:(e,t,n)=>{n.d(t,{l:()=>f});var i=n(37230);let o=(0,i.sh)`
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
`,s=String.raw`
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
`,r=(0,i.sh)`
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
  verdict=$(LC_ALL=C awk -v column="$column" '${s}' "$incoming/names" "$incoming/listing")
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
`,a=(0,i.sh)`
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
`,l=(0,i.sh)`
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
`,d=(0,i.sh)`
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
`,h=(0,i.sh)`
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
`;var $=n(87027);let c=(0,i.sh)`
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
`,u=(0,i.sh)`
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
`,f=`${i.W}${i.D}${$.o}${u}${o}${h}${r}${c}${d}${(0,i.sh)`
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
`}`},92731:(e,t,n)=>{n.d(t,{T:()=>s});var i=n(87677),o=n(37230);let s=`${o.W}${i.D}${String.raw`
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
`}`},63783:(e,t,n)=>{n.d(t,{x:()=>s});var i=n(87677),o=n(37230);let s=`${o.W}${i.D}${String.raw`
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
`}`},54955:(e,t,n)=>{n.d(t,{Ik:()=>s,g6:()=>o,rr:()=>r,sb:()=>i,u$:()=>a});let i=["withdraw","install","return"],o=["done","failed","abandoned"],s=12,r=50,a=["deploying","deployed","stopped","promoted","held","rolled-back"]},72603:(e,t,n)=>{n.d(t,{h8:()=>w,wP:()=>g});var i=n(79435),o=n(69987),s=n(97060),r=n(66220),a=n(54955);let l=()=>i.w$({error:"expected an ISO 8601 time in UTC"}),d={version:o.YjP().min(1).describe("Version of the release."),sha256:o.YjP().regex(/^[0-9a-f]{64}$/,{error:"expected 64 lower-case hexadecimal digits"}).describe("sha256 of its archive."),ordinal:o.Whr().min(0).describe("Grows with every release; the one of its first deployment.")},h=o.rej({state:o.k5n(a.u$).describe("What happened to the zone last."),release:o.rej(d).describe("What was deployed; after `rolled-back` the release that the zone went back from."),before:o.rej(d).exactOptional().describe("The release that was promoted here before, to which the zone goes back."),run:o.YjP().describe("URL of the workflow run."),runId:o.Whr().min(0).describe("Number of that run on GitHub; 0 outside of GitHub."),began:l().describe("When the deployment of the zone began."),at:l().describe("When this was written."),approvedBy:o.YOg(o.YjP()).exactOptional().describe("Who approved, as GitHub says."),note:o.YjP().exactOptional().describe("Why it ended so.")}),$=o.rej({token:o.Whr().min(1).describe("Fencing token: greater than that of every lease before."),run:o.YjP().describe("URL of the workflow run that holds it."),runId:o.Whr().min(0).describe("Number of that run on GitHub; 0 outside of GitHub."),zone:o.YjP().describe("The zone that it works on."),since:l().describe("When it was taken."),expires:l().describe("When it ends unless it is renewed.")}),c=o.rej({by:o.YjP().exactOptional().describe("Who broke it, when it is known."),at:l().describe("When it was broken."),reason:o.YjP().min(1).describe("Why it was broken."),run:o.YjP().describe("URL of the run that held it.")}),u=o._H3({host:o.YjP().describe("The host."),targets:o.YOg(o._H3({pool:o.YjP().describe("Target group."),id:o.YjP().describe("The host, as the target group knows it."),port:o.Whr().describe("Port at which it was registered.")})).min(1).describe("What it was taken out of."),reason:o.YjP().describe("Why it was taken out."),run:o.YjP().describe("URL of the workflow run that took it out."),since:o.YjP().describe("When it was taken out."),service:o.YjP().exactOptional().describe("Service whose deployment took it out."),from:o.YjP().exactOptional().describe("Release that `current` pointed to then."),scaling:o.gMt("mode",[o._H3({mode:o.euz("standby").describe("It is in standby."),group:o.YjP().describe("Its Auto Scaling group."),minSize:o.Whr().exactOptional().describe("What MinSize was, when it had to be lowered.")}),o._H3({mode:o.euz("suspend").describe("Processes of its group are suspended."),group:o.YjP().describe("Its Auto Scaling group."),processes:o.YOg(o.YjP()).describe("Those that were suspended for it.")})]).exactOptional().describe("What was changed in its Auto Scaling group.")}),f=o.rej({zone:o.YjP().describe("Its zone."),record:u.describe("How to bring it back; the same as on the host itself."),held:o.YjP().exactOptional().describe("Why it is to stay out until somebody has looked at it; none when it may be returned."),told:l().exactOptional().describe("When people were told that it could not be returned.")}),p=o.rej({act:o.k5n(a.sb).describe("What is done to the hosts."),zone:o.YjP().describe("Their zone."),hosts:o.YOg(o.YjP()).describe("The hosts of a batch."),version:o.YjP().describe("The version that they are to run."),run:o.YjP().describe("URL of the workflow run."),token:o.Whr().min(1).describe("Fencing token that it had."),at:l().describe("When this was written, before it was done."),end:o.rej({kind:o.k5n(a.g6).describe("`abandoned`: its run did not say how it ended, and a later one went on."),at:l().describe("When that was written.")}).exactOptional().describe("How it ended; none while it goes on, or when the run was killed.")}),m=o.rej({schema:o.euz(1).describe("Form of this document."),service:o.YjP().min(1).describe("The service whose zones these are."),zones:o.g1P(o.YjP().regex(/^[a-z0-9-]{1,64}$/),h).describe("The last thing that happened to each zone."),releases:o.YOg(o.rej({...d,since:l().describe("When its first zone began.")})).max(a.rr).describe("Releases that were deployed, the newest last."),fence:o.Whr().min(1).exactOptional().describe("The last fencing token that was handed out; it never falls."),lease:$.exactOptional().describe("The run that works on the service now."),broken:c.exactOptional().describe("How the last lease ended when a person broke it; kept until the next one is taken."),out:o.g1P(o.YjP().min(1),f).exactOptional().describe("Hosts that a deployment has taken out of service, from just before they leave until they serve again."),journal:o.YOg(p).max(a.Ik).exactOptional().describe("What was about to be done to hosts, and how it ended, the newest last.")});function w(e,{place:t,service:n}){let i=function(e,t){try{return JSON.parse(e)}catch{throw k(t,""===e.trim()?"it is empty":"it is not JSON")}}(e,t),o=Object(i).schema;if("number"==typeof o&&o>1)throw new r.yo(`The ledger ${t} has schema ${o}, this version knows 1: a newer version has written it. Nothing was touched. Use that version, in every workflow that deploys the service.`);let a=m.safeParse(i);if(!a.success){let e,n;throw k(t,(n=(e=a.error.issues.map(({path:e,message:t})=>0===e.length?t:`${(0,s.Jf)(e)}: ${t}`)).length>3?[`and ${e.length-3} more`]:[],[...e.slice(0,3),...n].join("; ")))}if(a.data.service===n)return a.data;throw new r.yo(`The ledger ${t} is that of the service ${a.data.service}, expected ${n}. Nothing was touched. Give each service a ledger of its own: correct \`ledger\` in the fleet file.`)}function g(e){return`${JSON.stringify(m.parse(e),void 0,2)}
`}function k(e,t){return new r.yo(`${e} is not a ledger that can be read: ${t}. Nothing was touched. Restore an earlier version of it. If there is none, check what the hosts of every zone run, move it away and deploy from the first zone on.`)}},35600:(e,t,n)=>{n.d(t,{F:()=>a});var i=n(54256),o=n(54305),s=n(67222),r=n(16134);async function a(e,t,n,s){let{directory:r}=t.hosts,[a,h,$]=await Promise.all([(0,i.Gj)(e,n.pools.map(({targetGroup:e})=>e)),e.transport.facts(n.hosts),(0,o.uy)(e,n.hosts,r)]),c=new Map(h.map(({host:e,address:t})=>[e,t??"127.0.0.1"])),u=n.hosts.map((e,o)=>{let r=$[o];return r?.kind!=="told"?{host:e,problems:[`${e} of ${n.zone} cannot be asked: ${r?.problem??"no answer"}`]}:{host:e,status:r.status,problems:function(e,{hosts:t},{zone:n},{host:o,release:s,switchedAt:r,record:a},l){let h=(0,i.W6)(e,o),$=h.filter(({state:e})=>"healthy"!==e),c=s?.version===l.version&&s.sha256===l.sha256;return[[0===h.length,"is in none of the pools of its zone"],...$.map(({pool:t,port:n,state:i})=>[!0,`is ${i} in ${e.find(({settings:e})=>e.pool===t)?.settings.name??t} at port ${n}, expected healthy`]),[void 0!==a,`is recorded as out of service since ${a?.since??""} (${a?.reason??""}, ${a?.run??""}): finish its return with restore-target`],[!c,`runs ${d(s)}, expected ${d(l)}`],[c&&void 0===r&&t.identity?.started!==void 0,`does not tell since when ${l.version} is current, so that a process older than it would not be noticed`]].filter(([e])=>e).map(([,e])=>`${o} of ${n} ${e}`)}(a,t,n,r.status,s)}}),f=u.flatMap(({status:e,problems:t})=>void 0===e||t.length>0?[]:[e]),p=await l(e,t,{zone:n,views:a,addresses:c,sound:f,release:s});return u.flatMap(({host:e,problems:t})=>[...t,...p.get(e)??[]])}async function l(e,{hosts:t,service:n},{zone:o,views:a,addresses:d,sound:h,release:$}){return 0===h.length?new Map:new Map((await (0,s.i)({...e,timeline:()=>void 0},{...t,service:n,zone:o.zone,startTimeout:0},h.map(({host:e,switchedAt:t})=>({host:(0,r.Zy)({addresses:d,views:a},e,(0,i.W6)(a,e)),version:$.version,sha256:$.sha256,...void 0===t?{}:{switchedAt:t}})))).flatMap(e=>"done"===e.kind?[]:[[e.host,[`${e.host} of ${o.zone} does not prove ${$.version}: ${e.problem}`]]]))}function d(e){return void 0===e?"no release":`${e.version} (sha256 ${e.sha256||"unknown"})`}},54256:(e,t,n)=>{async function i(e,t){return Promise.all([...new Set(t)].map(async t=>{let[n,i]=await Promise.all([e.balancer.settings(t),e.balancer.targets(t)]);return{settings:n,targets:i}}))}function o(e,t){return e.flatMap(({settings:e,targets:n})=>n.filter(({id:e})=>e===t).map(({id:t,port:n,state:i})=>({pool:e.pool,id:t,port:n,state:i})))}function s(e){return[...new Set(e.map(({port:e})=>e))]}function r(e){let t=new Map;for(let{pool:n,id:i,port:o}of e.flatMap(({targets:e})=>e))t.set(n,[...t.get(n)??[],{id:i,port:o}]);return t}function a(e,t){return e.find(({id:e,port:n})=>e===t.id&&n===t.port)}function l(e,t,n,i){let o=new Date(e.clock.now()).toISOString();for(let s of t)e.timeline({at:o,host:s,phase:n,...void 0===i?{}:{note:i}})}n.d(t,{FB:()=>a,Gj:()=>i,Ve:()=>l,W6:()=>o,_N:()=>r,a5:()=>s})},45280:(e,t,n)=>{n.d(t,{Ec:()=>o,_w:()=>r,mC:()=>s});var i=n(19321);function o(e,t,n){if("silent"===n.kind)return a(`${n.url} did not answer: ${n.problem}`);if(200!==n.status)return a(`${n.url} answered ${n.status}, expected 200`);let o=s(n),{version:d,digest:h,started:$}=e;if([d,h,$].filter(e=>void 0!==e&&void 0===(0,i.rR)(e)).length>0&&void 0===l(n.body))return a(`${n.url} did not answer with a JSON object: ${JSON.stringify(n.body.slice(0,120))}`);let c=o(d)??"nothing";return c!==t.version?a(`the process that answers ${n.url} is version ${c}, expected ${t.version}`):void 0!==h&&o(h)!==t.sha256?a(`it says it is sha256 ${o(h)??"nothing"}, expected ${t.sha256}`):void 0===$?{kind:"proven",seen:c}:function({switchedAt:e},t,n){if(Number.isNaN(Date.parse(t)))return a(`its start time is ${t}, expected an ISO 8601 time`);if(void 0!==e&&!r(t,e)){let n=new Date(1e3*e).toISOString();return a(`the process started at ${t}, before the switch at ${n}: the old one is still running`)}return{kind:"proven",seen:`${n}, started ${t}`}}(t,o($)??"nothing",c)}function s({headers:e,body:t}){let n=l(t);return t=>{let o=(0,i.rR)(t),s=void 0===o?n?.[t]:e[o];return null==s?void 0:String(s)}}function r(e,t){return Math.floor(Date.parse(e)/1e3)>=t}function a(e){return{kind:"refuted",problem:e}}function l(e){try{let t=JSON.parse(e);return"object"!=typeof t||null===t||Array.isArray(t)?void 0:{...t}}catch{return}}},67222:(e,t,n)=>{n.d(t,{i:()=>r});var i=n(43815),o=n(54256),s=n(45280);async function r(e,t,n){(0,o.Ve)(e,n.map(({host:e})=>e.host),"proving");let i=e.clock.now()+t.startTimeout,s=new Map;for(;;){let o=n.filter(({host:e})=>s.get(e.host)?.kind!=="done"),r=i-e.clock.now();for(let n of(await a(e,t,o,r)))s.set(n.host,n);let l=[...s.values()];if(l.every(({kind:e})=>"done"===e)||e.clock.now()>=i)return l;await e.clock.sleep(500,e.signal)}}async function a(e,{identity:t},n,o){let r=n.map(({host:e})=>({host:e.host,urls:[...e.health.map(({port:t,path:n})=>`http://${e.address}:${t}${n}`),...function({address:e,ports:t},n){return void 0===n?[]:t.map(t=>n.url.replaceAll("{address}",e).replaceAll("{port}",String(t)))}(e,t)],patience:Math.max(0,Math.min(o,1e4)),limit:5e3})),l=await (0,i.dy)(e,r);return n.map((e,n)=>(function(e,t,n){let{host:i,health:o}=e.host;for(let[e,{statuses:t}]of o.entries()){let o=n[e];if(o?.kind!=="answered")return{host:i,kind:"failed",problem:`${o?.url??"its health check"} did not answer: ${o?.problem??""}`};if(!function(e,t){return t.split(",").some(t=>{let[n,i]=t.split("-").map(Number);return void 0!==n&&e>=n&&e<=(i??n)})}(o.status,t))return{host:i,kind:"failed",problem:`${o.url} answered ${o.status}, healthy is ${t}`}}if(void 0===t)return{host:i,kind:"done",value:"healthy; its version was not asked"};let r="";for(let a of n.slice(o.length)){let n=(0,s.Ec)(t,e,a);if("refuted"===n.kind)return{host:i,kind:"failed",problem:n.problem};r=n.seen}return{host:i,kind:"done",value:r}})(e,t,l[n]??[]))}},16134:(e,t,n)=>{n.d(t,{Mc:()=>h,Ru:()=>s,WX:()=>a,Zy:()=>d,_b:()=>l,gH:()=>$,gJ:()=>r});var i=n(66220),o=n(54256);function s({zone:e,views:t}){return e.pools.flatMap(({targetGroup:e,entrance:n})=>void 0===n?t.find(({settings:t})=>t.pool===e)?.settings.entrances??[]:[n])}function r({policy:e,zones:t},{region:n}){let i=t.filter(e=>e.region===n).length;return{minHealthy:e.minHealthy,surviveZone:e.surviveZone??i>=3}}function a(e){if(e.fleet.smoke.some(({type:e})=>"http"===e)&&!(s(e).length>0))return`no plain HTTP listener forwards to the pools of ${e.zone.zone}, so the smoke test through the balancer has no address. Name the public URL as \`entrance\` beside the target group in the fleet file.`}function l(e,t,n,i){let{zone:o,fleet:s,releases:r,unsettled:a,zoneOf:l,floor:d}=e,{drain:h,restore:$}=s.policy,c=o.pools.map(({targetGroup:e})=>e),{service:u}=s;return{pools:c,hosts:t,adopted:n,service:u,releases:r,unsettled:a,zoneOf:l,floor:d,drain:h,restore:$,reason:i}}function d(e,t,n){let i=e.addresses.get(t)??"127.0.0.1",s=n.flatMap(({pool:t,port:n})=>{let i=e.views.find(e=>e.settings.pool===t)?.settings;return i?.healthCheckPath===void 0?[]:[{port:i.healthCheckPort??n,path:i.healthCheckPath,statuses:i.healthCheckStatuses}]});return{host:t,address:i,ports:(0,o.a5)(n),health:s}}function h(e,t){if(0===t.length)return e;let{zone:n}=e;return{...e,zone:{...n,hosts:n.hosts.map(e=>t.find(({replaced:t})=>t===e)?.host.host??e)},addresses:new Map([...e.addresses,...t.map(({host:e})=>[e.host,e.address])]),zoneOf:new Map([...e.zoneOf,...t.map(({host:e})=>[e.host,n.zone])])}}function $(e,t){let n=e.flatMap(e=>"failed"===e.kind?[`${e.host}: ${t}: ${e.problem}`]:[]);if(n.length>0)throw new i.yo(n.join("\n"));return new Map(e.flatMap(e=>"done"===e.kind?[[e.host,e.value]]:[]))}},79435:(e,t,n)=>{n.d(t,{w$:()=>s});var i=n(68729),o=n(69987);function s(e){return i.G1(o.You,e)}}};