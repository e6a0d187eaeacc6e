import { sh } from './prelude.ts';

/**
 * `clock`: milliseconds that only ever grow (the kernel counts them in hundredths of a second), else seconds of the date, in
 * `now`.
 */
export const CLOCK = sh`clock() {
  if { read -r now _ </proc/uptime; } 2>/dev/null; then
    now=$((\${now%.*} * 1000 + 1\${now#*.}0 - 1000))
  else now=$(($(date +%s) * 1000)); fi
}
`;

/**
 * Facts about processes and time, from `/proc` without starting a program; what cannot be told is empty.
 *
 * - `born_of`: when a process started, in clock ticks since the boot; with its id, it names a process for as long as the
 *   machine runs. Empty for one that has ended, even when nobody has noticed its end yet.
 * - `clock`: see above.
 */
export const PROCESSES = sh`
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
${CLOCK}is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
`;
