// What /api/session and /api/overview answer.
import type { AnalysisJob, Stage } from '@pg-debrief/client';

export interface Session {
  mode: 'login' | 'jwt' | 'open';
  role: string | null;
  user_id: string | null;
  can: { read_all: boolean; operate: boolean; own: boolean };
  database: string;
  version: string;
  console_version: string;
  is_copy: boolean;
  is_standby: boolean;
}

export interface StageRow {
  stage: Stage;
  server: string | null;
  kind: string | null;
  store: string | null;
  state: string;
  reason: string | null;
  hint: string | null;
  parked_until: string | null;
  failures: number;
  cost_today: number | null;
  rollout_percent?: number;
  max_in_flight?: number;
  rows: {
    due: number;
    held: number;
    held_by: string | null;
    delayed: number;
    waiting: number;
    processing: number;
    oldest_due: string | null;
    oldest_processing: string | null;
  };
}

export interface Minute {
  minute: string;
  stage: Stage;
  completed: number;
  failed: number;
  cancelled: number;
}

export interface Limit {
  server: string;
  limit_name: string;
  allowed: number;
  used: number;
  resets_at: string | null;
  is_used_up: boolean;
}

export interface Worker {
  process: string;
  database: string | null;
  ordinal: number | null;
  pid: number | null;
  state: string;
  since: string | null;
  analysis_in_flight: number | null;
  ssml_in_flight: number | null;
  audio_in_flight: number | null;
  last_error: string | null;
}

export interface Operation {
  id: string;
  at: string;
  action: string;
  target: string;
  affected: number;
  login: string;
  role: string;
  end_user: string | null;
  application: string | null;
  address: string | null;
}

export interface Promises {
  period: string;
  spoken: number;
  failed: number;
  failed_share: number | null;
  /** "Infinity" is text in JSON. */
  p95_seconds: number | string | null;
  queue_p95_seconds: number | string | null;
  server_availability: Record<string, number>;
}

export interface CodeCount {
  stage: Stage;
  error_code: string;
  count: number;
  latest: string;
}

export interface Overview {
  at: string;
  stages: StageRow[];
  workers: Worker[];
  limits: Limit[];
  slo: Promises[];
  minutes: Minute[];
  failures: CodeCount[];
  problems: { object: string; problem: string; fix: string }[];
  operations: Operation[];
}

export interface FailureRow {
  stage: Stage;
  analysis_job_id: number;
  feedback_id: number | null;
  user_id: string;
  file: string | null;
  error_code: string;
  last_error: string | null;
  detail: string | null;
  attempts: number;
  since: string;
  dismissed_at: string | null;
  correlation_id: string;
  message: string | null;
}

export interface Page<T> {
  rows: T[];
  next: number | string | null;
}

export type AnalysisRow = AnalysisJob & { file: string | null };
