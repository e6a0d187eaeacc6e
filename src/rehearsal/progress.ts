import type { TimelineEvent } from '../operations/context.ts';
import type { Sample } from './probe-sample.ts';
import type { ZoneState } from './verdict.ts';

/** Where a zone stands while a rehearsal runs. */
export type ZoneProgress = ZoneState | 'approval' | 'deploying';

/** What a rehearsal tells those who watch it. */
export type ProgressEvent =
  | {
      readonly kind: 'fleet';
      readonly zones: readonly { readonly zone: string; readonly hosts: readonly string[] }[];
    }
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'zone'; readonly zone: string; readonly state: ZoneProgress }
  | { readonly kind: 'host'; readonly event: TimelineEvent }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** A line of the action's log. */
  | { readonly kind: 'line'; readonly zone: string; readonly line: string };

export type Progress = (event: ProgressEvent) => void;
