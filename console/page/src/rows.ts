// What /api/session and /api/overview answer.
import type { AnalysisJob, Stage, TableRow, ViewRow } from '@pg-debrief/client';

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

export interface StageRow extends ViewRow<'stage_status', 'server' | 'kind' | 'store' | 'reason' | 'hint' | 'parked_until' | 'cost_today'> {
  rollout_percent?: number;
  max_in_flight?: number;
  rows: Omit<ViewRow<'pipeline_status', 'held_by' | 'oldest_due' | 'oldest_processing'>, 'stage'>;
}

export interface Minute {
  minute: string;
  stage: Stage;
  completed: number;
  failed: number;
  cancelled: number;
}

export type Limit = ViewRow<'limits', 'resets_at'>;
export type Worker = ViewRow<'worker_status',
  'database' | 'ordinal' | 'pid' | 'since' | `${Stage}_in_flight` | 'last_error' | 'host'>;
export type Operation = Omit<TableRow<'operations'>, 'minute'>;

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

export interface FailureRow extends ViewRow<'failures', 'feedback_id' | 'delivery_id' | 'file' | 'last_error' | 'detail' | 'dismissed_at' | 'message'> {
  stage: Stage;
}

export interface Page<T> {
  rows: T[];
  next: number | string | null;
  /** Where a search has stopped before the page was full: the time of the last row that it looked at. */
  searched_to?: string;
}

export type AnalysisRow = AnalysisJob & { file: string | null };
