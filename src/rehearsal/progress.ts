import type { TimelineEvent } from '../operations/context.ts';
import type { Sample } from './probe-sample.ts';
import type { StageState } from './verdict.ts';

/** Where a stage stands while a rehearsal runs. */
export type StageProgress = StageState | 'approval' | 'running';

/** What a rehearsal tells those who watch it. */
export type ProgressEvent =
  | {
      readonly kind: 'course';
      readonly stages: readonly { readonly stage: string; readonly hosts: readonly string[] }[];
      /** What the shares of the traffic are told by. */
      readonly sharesBy: 'version' | 'pool';
    }
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'stage'; readonly stage: string; readonly state: StageProgress }
  | { readonly kind: 'host'; readonly event: TimelineEvent }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** A line of an action's log. */
  | { readonly kind: 'line'; readonly stage: string; readonly line: string };

export type Progress = (event: ProgressEvent) => void;
