import { type Course, isToServe } from '../../src/rehearsal/stages.ts';
import type { Evidence } from '../../src/rehearsal/verdict.ts';
import { BEGAN, failure, sample } from './evidence.ts';

export const BLUE = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/blue/1f4b7c2d9e806a35';
export const GREEN = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/green/2a5c8d3eaf917b46';
export const EDGE = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/edge/3b6d9e4fb0a28c57';

const FIRST = '127.0.0.2:80';
const SECOND = '127.0.0.3:80';

/** Milliseconds after the beginning. */
export const AT = {
  prepared: 4_000,
  half: 6_000,
  whole: 8_000,
  flipped: 10_000,
  renamed: 14_000,
  end: 24_000,
};
export const TTL = 5_000;

const COURSE: Pick<Course, 'kind' | 'groups' | 'entrances'> = {
  kind: 'big-flip',
  groups: [
    { group: 'blue', region: 'us-east-1', hosts: ['i-b1', 'i-b2'], servesUntil: 'pool flip' },
    {
      ...{ group: 'green', region: 'us-east-1', hosts: ['i-g1', 'i-g2'] },
      ...{ upgradedBy: 'second pool', servesFrom: 'pool flip' },
    },
  ],
  entrances: [
    { balancer: 'blue', servesUntil: 'DNS flip' },
    { balancer: 'edge', servesFrom: 'DNS flip' },
  ],
};

/** A big flip that went well: half of the traffic at 6 s, all of it at 8 s, the other balancer from 12 s on. */
export function flipEvidence(changes: Partial<Evidence> = {}): Evidence {
  const control = { url: 'http://127.0.0.1:1/', outcome: failure('connection', 'connect ECONNREFUSED') };
  const { prepared, flipped, renamed, end } = AT;
  const action = (
    stage: string,
    name: 'upgrade-host' | 'pool-flip' | 'cname-flip',
    from: number,
    to: number,
  ) => ({ stage, kind: 'action', action: name, from: BEGAN + from, to: BEGAN + to }) as const;
  return {
    ...{ service: 'shop', from: '1.0.0', to: '1.1.0', seed: 1, faults: [], began: BEGAN, ended: BEGAN + end },
    course: COURSE,
    outcome: { kind: 'promoted' },
    stages: ['second pool', 'pool flip', 'DNS flip'].map((stage) => ({
      ...{ stage, region: 'us-east-1', state: 'done' as const, duration: 3_000 },
    })),
    hosts: COURSE.groups.flatMap(({ group, hosts }) =>
      hosts.map((host, index) => {
        const version = group === 'blue' ? '1.0.0' : '1.1.0';
        return { host, zone: index === 0 ? 'us-east-1a' : 'us-east-1b', version, release: version };
      }),
    ),
    samples: traffic(),
    balancers: new Map([
      [FIRST, 'blue'],
      [SECOND, 'edge'],
    ]),
    ...{ ttl: TTL, name: { record: 'shop.example.test', asked: 40, absent: 0 } },
    marks: [
      { at: BEGAN + AT.half, label: '50 %' },
      { at: BEGAN + AT.whole, label: '100 %' },
      { at: BEGAN + 11_000, label: 'DNS' },
    ],
    events: ['i-g1', 'i-g2'].map((host) => ({
      ...{ at: new Date(BEGAN + 2_000).toISOString(), host, phase: 'installing' as const },
    })),
    activities: [
      action('second pool', 'upgrade-host', 1_500, prepared),
      { stage: 'pool flip', kind: 'approval', from: BEGAN + prepared, to: BEGAN + prepared + 100 },
      action('pool flip', 'pool-flip', prepared + 100, flipped),
      action('DNS flip', 'cname-flip', flipped, renamed),
    ],
    control: [control, control],
    ...changes,
  };
}

/** The evidence of a flip that was stopped in one stage, with the earlier ones done. */
export function stoppedIn(stage: string, changes: Partial<Evidence> = {}): Evidence {
  const good = flipEvidence();
  const at = good.stages.findIndex((each) => each.stage === stage);
  return {
    ...good,
    outcome: { kind: 'stopped', where: stage, why: 'it did not prove itself.' },
    stages: good.stages.map(({ stage: name, region }, index) => ({
      ...{ stage: name, region },
      state: index < at ? ('done' as const) : index === at ? ('failed' as const) : ('untouched' as const),
    })),
    activities: good.activities.filter((each) =>
      good.stages.slice(0, at + 1).some((one) => one.stage === each.stage),
    ),
    ...changes,
  };
}

/** Ten requests a second on each host that serves just then. */
function traffic(): Evidence['samples'] {
  return Array.from({ length: AT.end / 50 }, (_, index) => {
    const since = index * 50;
    const share = since >= AT.whole ? 1 : since >= AT.half ? 0.5 : 0;
    const green = share === 1 || (share === 0.5 && index % 4 < 2);
    return requestAt(since, { green, second: since >= 12_000, turn: index });
  });
}

/** One request, so many milliseconds after the beginning. */
export function requestAt(
  since: number,
  {
    green,
    second = false,
    turn = 0,
  }: { readonly green: boolean; readonly second?: boolean; readonly turn?: number },
): Evidence['samples'][number] {
  const start = BEGAN + since;
  return sample({
    ...{ start, end: start + 20, version: green ? '1.1.0' : '1.0.0' },
    host: `i-${green ? 'g' : 'b'}${(turn % 2) + 1}`,
    connection: turn % 3 === 0 ? 'new' : 'keep-alive',
    pool: second ? EDGE : green ? GREEN : BLUE,
    entrance: second ? SECOND : FIRST,
  });
}

/** The stages of the course that are done, as its terms are judged by. */
export function isServing(group: string, done: readonly string[]): boolean {
  const found = COURSE.groups.find((each) => each.group === group);
  return found !== undefined && isToServe(found, new Set(done));
}
