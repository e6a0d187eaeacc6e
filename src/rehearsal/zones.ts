import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet, Zone } from '../fleet/fleet.ts';
import type { TimelineEvent } from '../operations/context.ts';
import type { Activity } from './course.ts';
import type { Progress } from './progress.ts';
import { type Patience, runStep, type StepResult } from './runner.ts';
import { tailTimeline } from './timeline.ts';
import type { RehearsalOutcome, ZoneState } from './verdict.ts';

/** What the deployment of the zones needs. */
export interface Rollout {
  readonly fleet: Fleet;
  /** Fleet file that the action is given. */
  readonly fleetFile: string;
  readonly version: string;
  readonly bundle: string;
  /** Environment that points the action at the range. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder in which each step gets a folder of its own. */
  readonly folder: string;
  /** Asks a person; `false` is a refusal. */
  readonly approve: (zone: Zone, signal: AbortSignal) => Promise<boolean>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** How far a zone came; `duration` is set when its action was started. */
export interface ZoneRecord {
  readonly zone: string;
  readonly region: string;
  readonly environment: string;
  readonly state: ZoneState;
  readonly duration?: number;
}

export interface RolloutRecord {
  readonly outcome: RehearsalOutcome;
  readonly zones: readonly ZoneRecord[];
  readonly activities: readonly Activity[];
  readonly events: readonly TimelineEvent[];
}

/** Approves and deploys zone after zone; the first one that does not succeed ends it. */
export async function rollOut(rollout: Rollout): Promise<RolloutRecord> {
  const zones: ZoneRecord[] = [];
  const activities: Activity[] = [];
  const events: TimelineEvent[] = [];
  let outcome: RehearsalOutcome = { kind: 'promoted' };
  for (const zone of rollout.fleet.zones) {
    const result: ZoneResult =
      outcome.kind === 'promoted' ? await oneZone(rollout, zone, activities, events) : { state: 'untouched' };
    const { state, why, duration } = result;
    const { region, environment } = zone;
    zones.push({
      ...{ zone: zone.zone, region, environment, state },
      ...(duration === undefined ? {} : { duration }),
    });
    rollout.progress({ kind: 'zone', zone: zone.zone, state });
    if (why !== undefined) outcome = { kind: 'stopped', where: zone.zone, why };
  }
  return { outcome, zones, activities, events };
}

interface ZoneResult {
  readonly state: ZoneState;
  /** Why it went no further. */
  readonly why?: string;
  readonly duration?: number;
}

async function oneZone(
  rollout: Rollout,
  zone: Zone,
  activities: Activity[],
  events: TimelineEvent[],
): Promise<ZoneResult> {
  const { signal, progress } = rollout;
  const during = async <T>(kind: Activity['kind'], work: () => Promise<T>): Promise<T> => {
    const from = Date.now();
    try {
      return await work();
    } finally {
      activities.push({ zone: zone.zone, kind, from, to: Date.now() });
    }
  };

  if (signal.aborted) return { state: 'untouched', why: reasonToStop(signal) };
  progress({ kind: 'zone', zone: zone.zone, state: 'approval' });
  const approved = await during('approval', () => rollout.approve(zone, signal));
  if (signal.aborted) return { state: 'untouched', why: reasonToStop(signal) };
  if (!approved) return { state: 'refused', why: `approval of environment ${zone.environment} was refused.` };

  progress({ kind: 'zone', zone: zone.zone, state: 'deploying' });
  const result = await during('deployment', () => deploy(rollout, zone, events));
  const { duration } = result.step;
  return result.why === undefined
    ? { state: 'promoted', duration }
    : { state: 'failed', why: result.why, duration };
}

/** Runs the action for one zone while following its timeline. */
async function deploy(
  rollout: Rollout,
  zone: Zone,
  events: TimelineEvent[],
): Promise<{ readonly step: StepResult; readonly why?: string }> {
  const folder = join(rollout.folder, zone.zone);
  await mkdir(folder, { recursive: true });
  const timeline = join(folder, 'timeline.ndjson');
  const tail = tailTimeline(timeline, (event) => {
    events.push(event);
    rollout.progress({ kind: 'host', event });
  });
  const lines: string[] = [];
  const step = await runStep({
    bundle: rollout.bundle,
    inputs: { fleet: rollout.fleetFile, zone: zone.zone, version: rollout.version, timeline },
    environment: rollout.environment,
    folder,
    repository: `rehearsal/${rollout.fleet.service}`,
    runId: '1',
    onLine: (line) => {
      lines.push(line);
      rollout.progress({ kind: 'line', zone: zone.zone, line });
    },
    signal: rollout.signal,
    patience: rollout.patience,
  }).finally(() => tail.stop());
  const why = whyFailed(step, lines, rollout.signal);
  return why === undefined ? { step } : { step, why };
}

function whyFailed(step: StepResult, lines: readonly string[], signal: AbortSignal): string | undefined {
  if (step.exitCode === 0 && !step.cancelled) return undefined;
  const errors = step.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
  if (step.cancelled) return [reasonToStop(signal), ...errors].join(' ');
  if (errors.length > 0) return errors.join(' ');
  const end = step.signal === null ? `exit code ${step.exitCode}` : step.signal;
  const last = lines.filter((line) => line.trim() !== '').slice(-5);
  return `the action ended with ${end} and no error message. Its last lines: ${last.join(' | ')}`;
}

/** What the one who aborted said. */
export function reasonToStop(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}
