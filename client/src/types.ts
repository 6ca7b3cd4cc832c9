// The rows that pg_debrief_console sends: to_jsonb() of the SQL views, with their column names.

import type { Database } from '../types.ts';

type Tables = Database['debrief']['Tables'];
type Views = Database['debrief']['Views'];
/** A row of a view: the catalog does not know which of its columns are never null, which are all but these. */
export type ViewRow<View extends keyof Views, Nullable extends keyof Views[View]['Row'] = never> = {
  [Column in keyof Views[View]['Row']]: Column extends Nullable ? Views[View]['Row'][Column] : NonNullable<Views[View]['Row'][Column]>;
};
export type TableRow<Table extends keyof Tables> = Tables[Table]['Row'];

export type Stage = TableRow<'stages'>['stage'];
export type StageStatus = TableRow<'analysis_jobs'>['status'];
export type FeedbackState = FeedbackRow['status'];
export type Rating = NonNullable<TableRow<'analysis_feedback'>['user_rating']>;

export interface Sound {
  segment_index: number;
  duration_ms: number | null;
  /** Relative to the console's address: see soundUrl(). A sound that is made anew has another one. */
  url: string;
  content_type: string;
}

/** With its sounds. */
export interface FeedbackRow extends ViewRow<'feedback_status', 'error_code' | 'last_error' | 'next_attempt_at' | 'audio_duration_ms'> {
  sounds: Sound[];
  rating: Rating | null;
  /** When its owner dismissed its failure: only others see it then. */
  dismissed_at: string | null;
}

/** Without what only the worker needs. */
export interface AnalysisJob extends
  Omit<TableRow<'analysis_jobs'>, 'raw_response' | 'exchange_server' | 'exchange_state' | 'claim_token' | 'claimed_by'> {
  file?: string | null;
}
export type Recording = TableRow<'video_recordings'>;
export type Metric = TableRow<'analysis_metrics'>;
export type Attempt = TableRow<'attempts'>;

/** One analysis with all that belongs to it. */
export interface Analysis {
  job: AnalysisJob;
  recording: Recording | null;
  items: FeedbackRow[];
  metrics: Metric[];
  /** Empty for whom they are not. */
  attempts: Attempt[];
}

/** What the event `rows` carries: rows that changed, whole. */
export interface Changes {
  items?: FeedbackRow[];
  /** With what belongs to it. */
  job?: AnalysisJob;
  recording?: Recording | null;
  metrics?: Metric[];
  removed?: number[];
}
