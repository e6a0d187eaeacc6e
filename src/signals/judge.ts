import type { AlarmReading, AlarmState, FoundAlarm } from './port.ts';

/** What one look at an alarm means. A gate is open only when everything about it is known to be well. */
export interface AlarmVerdict {
  readonly name: string;
  readonly open: boolean;
  /** What was seen, such as `is OK since 2026-01-01T10:00:00.000Z`; it completes a sentence about the alarm. */
  readonly seen: string;
}

/**
 * Judges a look at alarms, one verdict for each name in their order. Without exactly one reading of just this name,
 * letter case included, a gate is closed.
 *
 * @param before the look before this one, when there was one: an alarm that is in `OK` both times, but came into it in
 *   between, was not in `OK` all the time
 */
export function judgeAlarms(
  names: readonly string[],
  readings: readonly AlarmReading[],
  before: readonly AlarmReading[] = [],
): readonly AlarmVerdict[] {
  return names.map((name) => {
    const [reading, ...others] = readings.filter((each) => each.name === name);
    if (reading === undefined) return closed(name, 'was asked for and not spoken of in the answer');
    if (others.length > 0)
      return closed(name, `was answered for ${others.length + 1} times, so nobody knows which`);
    return judge(
      reading,
      before.find((each) => each.name === name),
    );
  });
}

function judge(reading: AlarmReading, before: AlarmReading | undefined): AlarmVerdict {
  const { name } = reading;
  if (reading.kind === 'missing') {
    return closed(
      name,
      `does not exist in ${reading.region}; check its name, letter by letter, and that region and credentials are its own ` +
        '(a composite alarm is found only by who may do cloudwatch:DescribeAlarms on *)',
    );
  }
  if (reading.state !== 'ok') return closed(name, describe(reading));
  if (reading.evaluation !== undefined) {
    return closed(name, `${describe(reading)}, but its evaluation is not sound: ${reading.evaluation}`);
  }
  const earlier = before?.kind === 'found' && before.state === 'ok' ? before.since : undefined;
  if (earlier !== undefined && reading.since !== undefined && earlier !== reading.since) {
    return closed(
      name,
      `${describe(reading)}, but at the look before it was in OK since ${earlier}: in between it was not`,
    );
  }
  return { name, open: true, seen: describe(reading) };
}

function closed(name: string, seen: string): AlarmVerdict {
  return { name, open: false, seen };
}

const WORDS = {
  ok: 'is OK',
  alarm: 'is in ALARM',
  'insufficient-data': 'has INSUFFICIENT_DATA',
  unknown: 'is in a state that this program does not know',
} as const satisfies Record<AlarmState, string>;

function describe({ state, since, reason }: FoundAlarm): string {
  const time = since === undefined ? '' : ` since ${since}`;
  const why = reason === '' || state === 'ok' ? '' : `: ${reason}`;
  return `${WORDS[state]}${time}${why}`;
}

/** Longest name of an alarm (CloudWatch API, `AlarmName`). */
const LONGEST = 255;

/** What is wrong with a list of alarm names, one sentence each; none when it can be used. */
export function alarmNameProblems(names: readonly string[]): readonly string[] {
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [
    ...[...repeated].map((name) => `alarm ${name} is named more than once; name each alarm once`),
    ...[...new Set(names)].flatMap(nameProblems),
  ];
}

function nameProblems(name: string): readonly string[] {
  if (name.trim() === '') return ['an alarm name is empty; write the name of an alarm, or leave it out'];
  if (name !== name.trim()) return [`alarm name "${name}" begins or ends with a blank; write it without`];
  if (/^arn:[^:]*:cloudwatch:/.test(name)) {
    return [`${name} is an ARN; write the name of the alarm alone, which is what follows ":alarm:"`];
  }
  return name.length > LONGEST
    ? [`alarm name ${name.slice(0, 20)}… has ${name.length} characters; no alarm has more than ${LONGEST}`]
    : [];
}
