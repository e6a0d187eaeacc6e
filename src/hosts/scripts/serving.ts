import { ESTABLISHED } from './established.ts';
import { PRELUDE } from './prelude.ts';

/**
 * `$1` ports, space separated; `$2` seconds until it gives up. Waits for the first real request: a connection to the ports
 * that two looks a fifth of a second apart both show. A health check opens its connection for some milliseconds only.
 */
export const SERVING_SCRIPT = `${PRELUDE}${ESTABLISHED}${String.raw`
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
`}`;
