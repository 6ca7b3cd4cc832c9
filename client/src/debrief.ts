// The door to pg_debrief_console for an application.

import { type Event, stream } from './events.ts';
import { type Attention, type LiveStore, type Timing, type Transport, live, timing } from './live.ts';
import { type Connection, DebriefError, address, getJson, postJson } from './request.ts';
import type { Analysis, Changes, FeedbackRow, Rating, Sound, Stage } from './types.ts';

export interface Options extends Connection {
  transport?: Transport;
  attention?: Attention;
  timing?: Timing;
  /** For the application's own analytics. */
  onEvent?: (event: { name: string; id: number; code?: string | null }) => void;
}

export interface Debrief {
  /** An analysis with its feedback, live. */
  feedback(analysisId: number): LiveStore<Analysis>;
  /** The same of a recording's newest analysis, also before there is one. */
  analysis(recordingId: number): LiveStore<Analysis>;
  /** Any topic of the console's stream. */
  topic<T>(name: string, merge?: (data: T, event: Event) => T): LiveStore<T>;
  retry(feedbackId: number, stage?: Stage): Promise<unknown>;
  cancel(feedbackId: number): Promise<unknown>;
  dismiss(feedbackId: number): Promise<unknown>;
  rate(feedbackId: number, rating: Rating | null): Promise<unknown>;
  startAnalysis(recordingId: number): Promise<{ analysis_job_id: number; outcome: string }>;
  explain(feedbackId: number): Promise<string>;
  soundUrl(sound: Sound): string;
  recordingUrl(recordingId: number): string;
  /** A function of the console's list, by name. */
  act<T>(name: string, args: Record<string, unknown>): Promise<T>;
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
}

export function createDebrief(options: Options): Debrief {
  const transport = options.transport ?? consoleStream(options);
  const attention = options.attention ?? visibility();
  const times = options.timing ?? timing;
  const { onEvent } = options;

  async function act<T>(name: string, args: Record<string, unknown>): Promise<T> {
    return (await postJson<{ result: T }>(options, `api/actions/${name}`, args)).result;
  }
  async function actOn(name: string, feedback_id: number, more: Record<string, unknown> = {}): Promise<unknown> {
    const result = await act(name, { feedback_id, ...more });
    onEvent?.({ name, id: feedback_id });
    return result;
  }
  const merge = (data: Analysis, { data: changes }: Event) => apply(data, changes as Changes, (item) =>
    onEvent?.({ name: 'failed', id: item.id, code: item.error_code }));

  return {
    feedback: (id) => live<Analysis>(`analysis:${id}`, transport, attention, merge, times),
    analysis: (id) => live<Analysis>(`recording:${id}`, ofRecording(options, transport), attention, merge, times),
    topic: (name, mergeTopic) => live(name, transport, attention, mergeTopic, times),
    retry: (id, stage) => actOn('retry_feedback', id, stage ? { stage } : {}),
    cancel: (id) => actOn('cancel_feedback', id),
    dismiss: (id) => actOn('dismiss_feedback', id),
    rate: (id, rating) => actOn('rate_feedback', id, { rating: rating ?? 'none' }),
    startAnalysis: (video_recording_id) => act('start_analysis', { video_recording_id }),
    explain: async (id) => (await getJson<{ text: string }>(options, `api/feedback/${id}/explain`)).text,
    soundUrl: (sound) => address(options, sound.url),
    recordingUrl: (id) => address(options, `recordings/${id}`),
    act,
    get: (path, signal) => getJson(options, path, signal),
  };
}

/** A row replaces a row, whole: what of it changed is nobody's guess. */
export function apply(analysis: Analysis, changes: Changes, onFailed?: (item: FeedbackRow) => void): Analysis {
  const items = new Map(analysis.items.map((item) => [item.id, item]));
  for (const item of changes.items ?? []) {
    if (item.status === 'failed' && items.get(item.id)?.status !== 'failed') onFailed?.(item);
    items.set(item.id, item);
  }
  for (const id of changes.removed ?? []) items.delete(id);
  const sorted = [...items.values()].sort((a, b) => a.timestamp_seconds - b.timestamp_seconds || a.id - b.id);
  const { job = analysis.job, recording = analysis.recording, metrics = analysis.metrics } = changes;
  return { ...analysis, items: sorted, job, recording, metrics };
}

export function consoleStream(to: Connection): Transport {
  return {
    open: (topic, onEvent, signal) => stream(to, `api/events?topic=${encodeURIComponent(topic)}`, onEvent, signal),
    ask: (topic, signal) => {
      const [kind, id] = topic.split(':');
      const path = { analysis: `api/analyses/${id}`, recording: `api/recordings/${id}/analysis`, mine: 'api/analyses' };
      return getJson(to, path[kind as keyof typeof path] ?? `api/${topic}`, signal);
    },
  };
}

/** Streams are of analyses: asks first which one is the recording's newest. */
function ofRecording(to: Connection, inner: Transport): Transport {
  return {
    ask: inner.ask,
    open: async (topic, onEvent, signal, current) => {
      const { job } = await getJson<Analysis>(to, `api/recordings/${topic.split(':')[1]}/analysis`, signal);
      await inner.open(`analysis:${job.id}`, onEvent, signal, current);
    },
  };
}

/** A page that is not seen keeps no connection; where there is no page, somebody looks always. */
export function visibility(): Attention {
  const page = globalThis.document as Document | undefined;
  if (!page) return { looks: () => true, subscribe: () => () => {} };
  return {
    looks: () => page.visibilityState !== 'hidden',
    subscribe: (listener) => {
      page.addEventListener('visibilitychange', listener);
      globalThis.addEventListener('online', listener);
      return () => {
        page.removeEventListener('visibilitychange', listener);
        globalThis.removeEventListener('online', listener);
      };
    },
  };
}

export { DebriefError };
