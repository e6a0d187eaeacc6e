import { UserError } from '../../runner/errors.ts';
import type { AlarmMetrics, MetricReading } from '../../signals/port.ts';
import type { GateReading, GateSource } from '../bake/gates.ts';

/**
 * One gate for each alarm, read when everything else has been open for long enough: open when the alarm's own metric has had
 * enough datapoints since the bake began. An alarm is also `OK` when hardly anybody has asked anything.
 *
 * @param least datapoints that each metric must have had, more than 0
 */
export function datapointGate(metrics: AlarmMetrics, alarms: readonly string[], least: number): GateSource {
  return {
    what: `${least} datapoints of ${alarms.join(', ')}`,
    gates: alarms.map(gateOf),
    when: 'end',
    async read(began, signal) {
      const readings = await metrics.count(alarms, began, signal);
      const since = new Date(began).toISOString();
      return alarms.map((name) => judge(name, readings, least, since));
    },
  };
}

/**
 * Refuses alarms whose datapoints nobody can count, before anything is baked for nothing.
 *
 * @throws UserError with every such alarm and the cure
 */
export async function refuseUncountable(
  metrics: AlarmMetrics,
  alarms: readonly string[],
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const readings = await metrics.count(alarms, now, signal);
  const problems = readings.flatMap((reading) =>
    reading.kind === 'uncountable' ? [`- ${uncountable(reading)}`] : [],
  );
  if (problems.length > 0) throw new UserError(['The bake was not begun.', ...problems].join('\n'));
}

function judge(name: string, readings: readonly MetricReading[], least: number, since: string): GateReading {
  const gate = gateOf(name);
  const reading = readings.find((each) => each.name === name);
  if (reading?.kind !== 'counted') {
    const seen =
      reading === undefined ? `alarm ${name} was not spoken of in the answer` : uncountable(reading);
    return { gate, state: 'closed', seen, again: false };
  }
  const { datapoints } = reading;
  const open = datapoints >= least;
  const seen = `alarm ${name}: its metric had ${datapoints} datapoints since ${since}`;
  return {
    gate,
    state: open ? 'open' : 'closed',
    seen: open ? seen : `${seen}, policy.bake.min-datapoints is ${least}`,
    again: true,
  };
}

function gateOf(name: string): string {
  return `datapoints of alarm ${name}`;
}

function uncountable({ name, because }: Extract<MetricReading, { readonly kind: 'uncountable' }>): string {
  return (
    `alarm ${name} ${because}, so its datapoints cannot be counted. Name the metric alarms that matter under \`alarms\`, or ` +
    'set policy.bake.min-datapoints to 0.'
  );
}
