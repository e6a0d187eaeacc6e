/** The alarms of one region. */
export interface Alarms {
  /**
   * Looks the alarms up once, all of them together.
   *
   * @param names exact: letter case counts
   * @returns readings in the order of the names: one for each, or more when the platform answers more than once for it
   * @throws UserError when permissions, credentials or settings have to be mended, PlatformError when they cannot be read
   *   for another reason, CancelledError when the signal aborts
   */
  read(names: readonly string[], signal: AbortSignal): Promise<readonly AlarmReading[]>;
}

export type AlarmReading = FoundAlarm | MissingAlarm;

export interface FoundAlarm {
  readonly kind: 'found';
  readonly name: string;
  readonly type: AlarmType;
  readonly state: AlarmState;
  /** What is wrong with how the state was arrived at, such as `PARTIAL_DATA`; absent when nothing is. */
  readonly evaluation?: string;
  /** ISO 8601 time at which it came into this state, when the platform says it. */
  readonly since?: string;
  /** The platform's words for why it is in this state, the first 200 characters. */
  readonly reason: string;
}

export interface MissingAlarm {
  readonly kind: 'missing';
  readonly name: string;
  /** Where it was looked for, such as `eu-west-1`. */
  readonly region: string;
}

/** `composite` alarms are made of other alarms' states, `log` alarms of the results of queries over logs. */
export type AlarmType = 'metric' | 'composite' | 'log';

/** `unknown`: a state that this program does not know. */
export type AlarmState = 'ok' | 'alarm' | 'insufficient-data' | 'unknown';

/** The metrics that alarms judge. */
export interface AlarmMetrics {
  /**
   * Counts the datapoints that each alarm's own metric has had.
   *
   * @param names exact: letter case counts
   * @param since milliseconds since 1970; what was measured over a period that began before does not count
   * @returns readings in the order of the names
   * @throws UserError when permissions, credentials or settings have to be mended, PlatformError when they cannot be read
   *   for another reason, CancelledError when the signal aborts
   */
  count(names: readonly string[], since: number, signal: AbortSignal): Promise<readonly MetricReading[]>;
}

export type MetricReading =
  | { readonly kind: 'counted'; readonly name: string; readonly datapoints: number }
  /** It is no alarm, or one without a metric whose datapoints could be counted; `because` completes a sentence about it. */
  | { readonly kind: 'uncountable'; readonly name: string; readonly because: string };
