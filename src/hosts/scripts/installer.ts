import { ANSWER } from './installer-answer.ts';
import { ARCHIVE } from './installer-archive.ts';
import { HOOKS } from './installer-hooks.ts';
import { LOCK } from './installer-lock.ts';
import { PROCESSES } from './installer-processes.ts';
import { RELEASES } from './installer-releases.ts';
import { PRELUDE, ROOT, sh } from './prelude.ts';

/** What is wrong here no run of Zonewise sends: exit code 64, and nothing is done. */
const ARGUMENTS = sh`
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
`;

/**
 * Upgrades one host in one command: lock, download, proof, unpacking, hooks, switch. `docs/hosts.md` says what it does there.
 *
 * `$1` command id, hexadecimal digits and hyphens; `$2` run, free text; `$3` seconds that the lock may be held; `$4`
 * service; `$5` zone; `$6` directory, absolute; `$7` version, or `previous`; `$8` sha256, may be empty when nothing is
 * downloaded; `$9` URL, or empty when the release must be on the disk; `${10}` format, `tar.gz` or `zip`; `${11}` bytes of
 * the archive, 0 when not known; `${12}` ordinal or empty; `${13}` releases to keep; `${14}` seconds that one hook may take;
 * `${15}` systemd unit or empty; `${16}` before-install, `${17}` stop, `${18}` start, `${19}` after-install, `${20}` verify:
 * programs inside the release, or empty.
 *
 * Every expected failure is an answer too, with exit code 0. The names `ZONEWISE_*` that it exports are for hooks.
 */
export const INSTALLER_SCRIPT = `${PRELUDE}${ROOT}${PROCESSES}${ARGUMENTS}${ANSWER}${LOCK}${ARCHIVE}${RELEASES}${HOOKS}${sh`
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
`}`;
