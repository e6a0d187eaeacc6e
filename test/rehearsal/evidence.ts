import type { TimelineEvent } from '../../src/operations/context.ts';
import type { Activity } from '../../src/rehearsal/activities.ts';
import { CONNECTIONS, type Outcome, type Sample } from '../../src/rehearsal/probe-sample.ts';
import type { Evidence } from '../../src/rehearsal/verdict.ts';

/** When the rehearsals of these tests begin. */
export const BEGAN = Date.parse('2026-11-20T10:00:00Z');

export const ZONES = [
  { zone: 'us-east-1a', region: 'us-east-1', hosts: ['i-a1', 'i-a2'] },
  { zone: 'us-east-1b', region: 'us-east-1', hosts: ['i-b1', 'i-b2'] },
  { zone: 'eu-west-1a', region: 'eu-west-1', hosts: ['i-d1'] },
] as const;

const STEPS = ['draining', 'quiet', 'installing', 'proving', 'returning', 'serving'] as const;

/** Milliseconds: each host takes six steps of a second, one host after the other, after two seconds of warm-up. */
const STEP = 1_000;
const WARM_UP = 2_000;

/** Everything went well: five hosts in three zones from 1.0.0 to 1.1.0, ten requests a second for each host. */
export function goodEvidence(changes: Partial<Evidence> = {}): Evidence {
  const { events, activities, switched, end } = course();
  const control = { url: 'http://127.0.0.1:1/', outcome: failure('connection', 'connect ECONNREFUSED') };
  return {
    ...{ service: 'storefront', from: '1.0.0', to: '1.1.0', seed: 1, faults: [], began: BEGAN, ended: end },
    course: {
      kind: 'zones',
      groups: ZONES.map(({ zone, region, hosts }) => ({ group: zone, region, hosts, upgradedBy: zone })),
      entrances: [],
    },
    ...{ balancers: new Map(), ttl: 0, marks: [] },
    outcome: { kind: 'promoted' },
    stages: ZONES.map(({ zone, region, hosts }) => ({
      ...{ stage: zone, region, environment: `storefront-${zone}`, state: 'done' as const },
      duration: hosts.length * STEPS.length * STEP,
    })),
    hosts: ZONES.flatMap(({ zone, hosts }) =>
      hosts.map((host) => ({ host, zone, release: '1.1.0', version: '1.1.0' })),
    ),
    samples: traffic(switched, end),
    ...{ events, activities },
    control: [control, control],
    ...changes,
  };
}

export function failure(reason: Extract<Outcome, { kind: 'failed' }>['reason'], detail: string): Outcome {
  return { kind: 'failed', reason, detail };
}

/** One request from i-a1 of us-east-1a that was served, 100 ms after the beginning. */
export function sample(changes: Partial<Sample> = {}): Sample {
  const start = BEGAN + 100;
  return {
    ...{ region: 'us-east-1', connection: 'new', start, end: start + 20, late: 0 },
    ...{ version: '1.0.0', host: 'i-a1', outcome: { kind: 'served' } },
    ...changes,
  };
}

interface Course {
  readonly events: readonly TimelineEvent[];
  readonly activities: readonly Activity[];
  /** When each host began to serve the new release. */
  readonly switched: ReadonlyMap<string, number>;
  readonly end: number;
}

function course(): Course {
  const events: TimelineEvent[] = [];
  const activities: Activity[] = [];
  const switched = new Map<string, number>();
  let now = BEGAN + WARM_UP;
  for (const { zone, hosts } of ZONES) {
    activities.push({ stage: zone, kind: 'approval', from: now, to: now + STEP });
    now += STEP;
    const from = now;
    for (const host of hosts) {
      for (const phase of STEPS) {
        events.push({ at: new Date(now).toISOString(), host, phase });
        if (phase === 'serving') switched.set(host, now);
        now += STEP;
      }
    }
    activities.push({ stage: zone, kind: 'action', action: 'deploy-zone', from, to: now });
    now += 1;
  }
  return { events, activities, switched, end: now + 3 * STEP };
}

function traffic(switched: ReadonlyMap<string, number>, end: number): readonly Sample[] {
  const hosts = ZONES.flatMap(({ region, hosts: some }) => some.map((host) => ({ region, host })));
  return hosts.flatMap(({ region, host }, order) =>
    Array.from({ length: Math.floor((end - BEGAN) / 100) }, (_, index) => {
      const start = BEGAN + index * 100 + order * 7;
      const version = start >= (switched.get(host) ?? 0) ? '1.1.0' : '1.0.0';
      const connection = CONNECTIONS[index % 2] ?? 'new';
      return sample({ ...{ region, host, start, end: start + 20 + (index % 7), version, connection } });
    }),
  );
}
