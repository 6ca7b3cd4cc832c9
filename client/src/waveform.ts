// The shape of a sound, for AudioFeedbackOverlay: decoded by the browser, drawn by nobody else.

import type { Debrief } from './debrief.ts';
import type { FeedbackRow } from './types.ts';

const BARS = 72;
const SAMPLES_A_SECOND = 8000;
// A longer one would take more memory than a drawing is worth.
const LONGEST_MS = 300_000;

/** The loudest sample of each of so many equal parts, as a share of the loudest of all. */
export function peaksOf(segments: Float32Array[], bars = BARS): number[] {
  const length = segments.reduce((sum, { length }) => sum + length, 0);
  const peaks = new Array<number>(bars).fill(0);
  let at = 0;
  for (const segment of segments) {
    for (const sample of segment) {
      const bar = Math.floor((at++ * bars) / length);
      peaks[bar] = Math.max(peaks[bar]!, Math.abs(sample));
    }
  }
  const loudest = Math.max(...peaks);
  return loudest > 0 ? peaks.map((peak) => peak / loudest) : peaks;
}

async function samples(url: string, signal?: AbortSignal): Promise<Float32Array> {
  // A store at another address may be listened to, not read.
  const response = await fetch(url, { redirect: 'manual', ...(signal && { signal }) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const context = new OfflineAudioContext(1, 1, SAMPLES_A_SECOND);
  return (await context.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
}

/** The peaks of an item's sound, over all of its segments; null where it cannot be read or decoded. */
export async function waveform(debrief: Pick<Debrief, 'soundUrl'>, item: FeedbackRow, signal?: AbortSignal): Promise<number[] | null> {
  if ((item.audio_duration_ms ?? Infinity) > LONGEST_MS) return null;
  try {
    return peaksOf(await Promise.all(item.sounds.map((sound) => samples(debrief.soundUrl(sound), signal))));
  } catch {
    return null;
  }
}
