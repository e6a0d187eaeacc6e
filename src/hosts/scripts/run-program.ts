import { CLOCK } from './installer-processes.ts';
import { PRELUDE, ROOT, sh } from './prelude.ts';

/**
 * `$1` directory, `$2` path of a program in the release that `current` points to. Runs it there without arguments and
 * input; its exit code, milliseconds, and the first 8 kB of what it printed.
 */
export const RUN_PROGRAM_SCRIPT = `${PRELUDE}${ROOT}${CLOCK}${sh`
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
`}`;
