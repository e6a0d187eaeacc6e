/**
 * Limits for an AWS client's requests; without them the SDK waits for ever for an endpoint that takes connections and
 * answers nothing. The SDK tries again when a limit is passed, so reading may be impatient; what must not happen twice
 * by mistake should be given longer.
 *
 * @param limit milliseconds from sending a request to the beginning of its answer
 */
export function requestLimits(limit: number) {
  return { connectionTimeout: 5_000, requestTimeout: limit, throwOnRequestTimeout: true } as const;
}
