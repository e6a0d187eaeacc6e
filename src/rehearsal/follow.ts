import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TimelineEvent } from '../operations/context.ts';
import type { RangeGitHub } from '../range/github/github.ts';
import type { Activity } from './activities.ts';
import type { Progress } from './progress.ts';
import { type Patience, runStep, type StepResult } from './runner.ts';
import type { ActionName, Approval, Course, EarlierOutputs, Site, Stage, StageAction } from './stages.ts';
import { tailTimeline } from './timeline.ts';
import type { Trouble } from './trouble.ts';
import type { RehearsalOutcome, StageRecord, StageState } from './verdict.ts';

/** What following a course needs. */
export interface Journey {
  readonly course: Course;
  readonly site: Site;
  /** Path of an action's bundle. */
  readonly bundle: (action: ActionName) => string;
  /** Environment that points the actions at the range. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder in which each action gets a folder of its own. */
  readonly folder: string;
  /** `owner/name` of the repository whose workflow the actions are told to be in. */
  readonly repository: string;
  /** Asks a person; `false` is a refusal. */
  readonly approve: (approval: Approval, signal: AbortSignal) => Promise<boolean>;
  /** Where approvals are given; none where no action asks for them. */
  readonly gates?: Gates;
  /** Makes trouble beside the actions. */
  readonly trouble: Trouble;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** What GitHub does with a job that names an environment, and what a person does there. */
export type Gates = Pick<RangeGitHub, 'arrive' | 'review' | 'ended'>;

export interface CourseRecord {
  readonly outcome: RehearsalOutcome;
  readonly stages: readonly StageRecord[];
  readonly activities: readonly Activity[];
  readonly events: readonly TimelineEvent[];
}

/** What is written down on the way. */
interface Notes {
  readonly activities: Activity[];
  readonly events: TimelineEvent[];
  outputs: EarlierOutputs;
}

/** Approves and does stage after stage; the first one that does not succeed ends it. */
export async function follow(journey: Journey): Promise<CourseRecord> {
  const stages: StageRecord[] = [];
  const notes: Notes = { activities: [], events: [], outputs: {} };
  let outcome: RehearsalOutcome = { kind: 'promoted' };
  for (const stage of journey.course.stages) {
    const result: StageResult =
      outcome.kind === 'promoted' ? await oneStage(journey, stage, notes) : { state: 'untouched' };
    const { state, why, duration } = result;
    stages.push(recordOf(stage, state, duration));
    journey.progress({ kind: 'stage', stage: stage.stage, state });
    if (why !== undefined) outcome = { kind: 'stopped', where: stage.stage, why };
  }
  return { outcome, stages, activities: notes.activities, events: notes.events };
}

/** What a stage of this state leaves in the records. */
export function recordOf(
  { stage, region, approval }: Stage,
  state: StageState,
  duration: number | undefined,
): StageRecord {
  return {
    ...{ stage, region, state },
    ...(approval?.environment === undefined ? {} : { environment: approval.environment }),
    ...(duration === undefined ? {} : { duration }),
  };
}

interface StageResult {
  readonly state: StageState;
  /** Why it went no further. */
  readonly why?: string;
  readonly duration?: number;
}

async function oneStage(journey: Journey, stage: Stage, notes: Notes): Promise<StageResult> {
  const { signal, gates } = journey;
  if (signal.aborted) return { state: 'untouched', why: reasonToStop(signal) };
  if (stage.approval === undefined) return actions(journey, stage, notes);
  const { environment } = stage.approval;
  if (environment !== undefined) gates?.arrive(environment);
  const stopped = await askFor(journey, stage.stage, stage.approval, notes);
  if (stopped !== undefined) return stopped;
  const result = await actions(journey, stage, notes);
  if (environment !== undefined) gates?.ended(environment, result.state === 'done' ? 'success' : 'failure');
  return result;
}

/** The answer of a person is given on GitHub, where the actions read it; nothing when it is a yes. */
async function askFor(
  { approve, gates, progress, signal }: Journey,
  stage: string,
  approval: Approval,
  notes: Notes,
): Promise<StageResult | undefined> {
  const { environment } = approval;
  progress({ kind: 'stage', stage, state: 'approval' });
  const approved = await during(notes, { stage, kind: 'approval' }, () => approve(approval, signal));
  if (signal.aborted) return { state: 'untouched', why: reasonToStop(signal) };
  if (environment !== undefined) gates?.review(environment, approved ? 'approved' : 'rejected');
  if (approved) return undefined;
  const what = environment === undefined ? stage : `environment ${environment}`;
  return { state: 'refused', why: `approval of ${what} was refused.` };
}

async function actions(journey: Journey, stage: Stage, notes: Notes): Promise<StageResult> {
  journey.progress({ kind: 'stage', stage: stage.stage, state: 'running' });
  let duration = 0;
  for (const action of stage.actions) {
    const { step, why } = await during(
      notes,
      { stage: stage.stage, kind: 'action', action: action.action },
      () => run(journey, stage, action, notes),
    );
    duration += step.duration;
    if (why !== undefined) return { state: stoppedAs(action.action, step), why, duration };
    await journey.trouble.ended(action.action);
  }
  return { state: 'done', duration };
}

/** Only promote-zone leaves a whole zone in one state when it stops. */
function stoppedAs(action: ActionName, { outputs }: StepResult): StageState {
  const state = action === 'promote-zone' ? outputs['state'] : undefined;
  return state === 'rolled-back' || state === 'held' ? state : 'failed';
}

type Doing =
  | { readonly stage: string; readonly kind: 'approval' }
  | { readonly stage: string; readonly kind: 'action'; readonly action: ActionName };

async function during<T>({ activities }: Notes, what: Doing, work: () => Promise<T>): Promise<T> {
  const from = Date.now();
  try {
    return await work();
  } finally {
    activities.push({ ...what, from, to: Date.now() });
  }
}

/** Runs one action while following its timeline. */
async function run(
  journey: Journey,
  { stage }: Stage,
  { action, keepsTimeline, inputs }: StageAction,
  notes: Notes,
): Promise<{ readonly step: StepResult; readonly why?: string }> {
  const folder = join(journey.folder, `${notes.activities.length + 1}-${action}`);
  await mkdir(folder, { recursive: true });
  const timeline = join(folder, 'timeline.ndjson');
  const tail = tailTimeline(timeline, (event) => {
    notes.events.push(event);
    journey.progress({ kind: 'host', event });
  });
  const lines: string[] = [];
  const step = await runStep({
    bundle: journey.bundle(action),
    inputs: { ...inputs(journey.site, notes.outputs), ...(keepsTimeline ? { timeline } : {}) },
    environment: journey.environment,
    folder,
    repository: journey.repository,
    runId: '1',
    onLine: (line) => {
      lines.push(line);
      journey.progress({ kind: 'line', stage, line });
      journey.trouble.said(action, line);
    },
    signal: journey.signal,
    patience: journey.patience,
  }).finally(() => tail.stop());
  notes.outputs = { ...notes.outputs, [action]: step.outputs };
  const why = whyFailed(step, lines, journey.signal);
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
