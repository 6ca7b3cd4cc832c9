// The rows that pg_debrief_console sends: to_jsonb() of the SQL views, with their column names.

export type Stage = 'analysis' | 'ssml' | 'audio' | 'deliver';
export type StageStatus = 'queued' | 'processing' | 'completed' | 'failed';
export type FeedbackState = 'blank' | 'unqueued' | 'queued' | 'retrying' | 'processing' | 'completed' | 'failed';
export type Rating = 'up' | 'down';

export interface Sound {
  segment_index: number;
  duration_ms: number | null;
  /** Relative to the console's address: see soundUrl(). */
  url: string;
  content_type: string;
}

/** A row of debrief.feedback_status, with its sounds. */
export interface FeedbackRow {
  id: number;
  analysis_job_id: number;
  user_id: string;
  timestamp_seconds: number;
  category: string;
  message: string;
  status: FeedbackState;
  ssml_status: StageStatus;
  audio_status: StageStatus;
  ssml_attempts: number;
  audio_attempts: number;
  unproven: number;
  error_code: string | null;
  last_error: string | null;
  next_attempt_at: string | null;
  updated_at: string;
  correlation_id: string;
  audio_segments: number;
  audio_duration_ms: number | null;
  sounds: Sound[];
  rating: Rating | null;
  /** When its owner dismissed its failure: only others see it then. */
  dismissed_at: string | null;
}

/** A row of debrief.analysis_jobs, without what only the worker needs. */
export interface AnalysisJob {
  id: number;
  user_id: string;
  video_recording_id: number;
  status: StageStatus;
  progress_percentage: number;
  attempts: number;
  error_code: string | null;
  last_error: string | null;
  title: string | null;
  summary_text: string | null;
  full_feedback_text: string | null;
  provider: string | null;
  version: string | null;
  voice: string | null;
  correlation_id: string;
  due_at: string | null;
  processing_started_at: string | null;
  processing_completed_at: string | null;
  created_at: string;
  updated_at: string;
  file?: string | null;
}

export interface Recording {
  id: number;
  user_id: string;
  storage_path: string;
  original_filename: string | null;
  format: string | null;
  file_size: number | null;
  duration_seconds: number | null;
  upload_status: string;
  created_at: string;
}

export interface Metric {
  metric_key: string;
  metric_value: number;
  unit: string;
}

export interface Attempt {
  id: number;
  stage: Stage;
  row_id: number;
  attempt: number;
  server: string | null;
  disposition: string;
  next_attempt_at: string | null;
  code: string | null;
  detail: string | null;
  http_status: number | null;
  total_ms: number | null;
  characters: number | null;
  finished_at: string;
}

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
  job?: AnalysisJob;
  removed?: number[];
}
