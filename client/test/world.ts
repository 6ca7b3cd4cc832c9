// A console that a test moves by hand.
import type { Event } from '../src/events.ts';
import type { Attention, Timing, Transport } from '../src/live.ts';
import type { Analysis, FeedbackRow } from '../src/types.ts';

export const QUICK: Timing = { silenceMs: 40, pollMs: 5, firstWaitMs: 2, lastWaitMs: 20 };

export function attention(looks = true): Attention & { set(now: boolean): void } {
  const listeners = new Set<() => void>();
  return {
    looks: () => looks,
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    set(now) {
      looks = now;
      for (const listener of listeners) listener();
    },
  };
}

export interface Stream {
  topic: string;
  say(name: string, data: unknown): void;
  breaks(error: Error): void;
  current(): unknown;
  ended: boolean;
}

export function transport(answer: () => unknown = () => ({})): Transport & { streams: Stream[]; asked: number; refuse: Error | null } {
  const own = {
    streams: [] as Stream[],
    asked: 0,
    refuse: null as Error | null,
    async ask() {
      own.asked += 1;
      if (own.refuse) throw own.refuse;
      return answer();
    },
    open(topic: string, onEvent: (event: Event) => void, signal: AbortSignal, current: () => unknown) {
      if (own.refuse) return Promise.reject(own.refuse);
      return new Promise<void>((_, reject) => {
        const stream: Stream = { topic, current, ended: false, say: (name, data) => onEvent({ name, data }), breaks: reject };
        own.streams.push(stream);
        signal.addEventListener('abort', () => {
          stream.ended = true;
          reject(signal.reason);
        });
      });
    },
  };
  return own;
}

/** Resolves when it is so; a test's own time limit ends the waiting. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

export const item = (id: number, more: Partial<FeedbackRow> = {}): FeedbackRow => ({
  id, analysis_job_id: 1, video_recording_id: 1, user_id: '', timestamp_seconds: id, category: 'Speech', message: `Message ${id}`,
  status: 'queued', ssml_status: 'queued', audio_status: 'queued', ssml_attempts: 0, audio_attempts: 0, unproven: 0, error_code: null, last_error: null, next_attempt_at: null,
  updated_at: '', correlation_id: '', audio_segments: 0, audio_duration_ms: null, sounds: [], rating: null, dismissed_at: null, ...more,
});

export const spoken = (id: number, segments = 1): FeedbackRow => item(id, {
  status: 'completed', ssml_status: 'completed', audio_status: 'completed', audio_segments: segments, audio_duration_ms: 1000 * segments,
  sounds: Array.from({ length: segments }, (_, i) => ({ segment_index: i, duration_ms: 1000, url: `sounds/${id}/${i}`, content_type: 'audio/wav' })),
});

export const analysis = (items: FeedbackRow[]): Analysis => ({
  job: { id: 1, status: 'completed' } as Analysis['job'], recording: null, items, metrics: [], attempts: [],
});
