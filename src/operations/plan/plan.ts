import { createHash } from 'node:crypto';

/** What a deployment is going to do, zone by zone: what a person approves. The output `plan` of plan-zones is this as JSON. */
export interface Plan {
  readonly schema: 1;
  readonly service: string;
  readonly version: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly ordinal: number;
  /** Whether an older release may take the place of a newer one. */
  readonly rollBack: boolean;
  /** ISO 8601 time at which it was made. */
  readonly planned: string;
  /** Every zone of the fleet, in rollout order. */
  readonly zones: readonly PlannedZone[];
}

export interface PlannedZone {
  readonly zone: string;
  readonly environment: string;
  /** `proven`: before `start-at`, every host has proven the release. */
  readonly todo: 'deploy' | 'proven';
  /** Everything whose change makes an approval void, by a name for people: hosts, floor, pools, checks, … */
  readonly terms: Terms;
  /** Releases that its hosts ran when it was planned, as `version sha256`; `nothing` for a host without one. */
  readonly from: readonly string[];
}

export type Terms = Readonly<Record<string, string>>;

/** sha256, in hexadecimal, of what is approved with a plan: not of when it was made and what the hosts ran then. */
export function planDigest({ service, version, sha256, ordinal, rollBack, zones }: Plan): string {
  const parts = zones.map(({ zone, environment, terms }) => [zone, environment, sorted(terms)]);
  return digestOf([service, version, sha256, ordinal, rollBack, parts]);
}

/** One line for each term that is not what it was, with both values; none when nothing differs. */
export function differencesOf(approved: Terms, now: Terms): readonly string[] {
  const names = [...new Set([...Object.keys(approved), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [before, after] = [approved[name] ?? 'nothing', now[name] ?? 'nothing'];
    return before === after ? [] : [`${name}: approved was ${before}, now it is ${after}`];
  });
}

function sorted(terms: Terms): readonly (readonly [string, string])[] {
  return Object.entries(terms).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
