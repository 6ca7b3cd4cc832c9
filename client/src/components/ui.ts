// What the components need of Preact or of React: the same functions of either.

import { type Failed, sentence } from '../errors.ts';
import type { Store } from '../store.ts';
import type { FeedbackRow } from '../types.ts';

// The types that the two libraries have for an element do not meet.
export type Node = any;

export interface Ui {
  createElement(type: any, props: any, ...children: any[]): Node;
  useState<T>(first: T): [T, (next: T) => void];
  useEffect(effect: () => void | (() => void), inputs?: readonly unknown[]): void;
  /** An icon by name: ok, run, wait, fail, off, blank, play, pause, retry, up, down. Words are there without. */
  icon?(name: string): Node;
}

export function useStore<T>(ui: Pick<Ui, 'useState' | 'useEffect'>, store: Store<T>): T {
  const [, redraw] = ui.useState({});
  ui.useEffect(() => {
    const stop = store.subscribe(() => redraw({}));
    redraw({}); // it may have changed between the first drawing and this
    return stop;
  }, [store]);
  return store.get();
}

export interface Words {
  state: Record<string, string>;
  retry: string;
  dismiss: string;
  helpful: string;
  notHelpful: string;
  play: string;
  pause: string;
  noSound: string;
  goTo: string;
  empty: string;
  unheard: string;
  /** Between a number's whole and its tenths; a point without. */
  point?: string;
  /** Why an item failed, for its owner. */
  sentence(item: Failed): string;
}

/** Of a button that does nothing now. It keeps the focus, which `disabled` would take from whoever goes on by keyboard. */
export const unable = (is: boolean) => ({ 'aria-disabled': is || undefined });

export const english: Words = {
  state: {
    blank: 'Nothing to speak', unqueued: 'Not in the queue', queued: 'Waiting', retrying: 'Tried again soon', processing: 'In progress',
    writing: 'Being written', speaking: 'Being spoken', completed: 'Ready', failed: 'No sound', cancelled: 'Cancelled', playing: 'Playing',
  },
  retry: 'Try again',
  dismiss: 'Dismiss',
  helpful: 'Helpful',
  notHelpful: 'Not helpful',
  play: 'Play',
  pause: 'Pause',
  noSound: 'No sound yet for',
  goTo: 'Go to',
  empty: 'No feedback yet.',
  unheard: 'This sound cannot be played here.',
  point: '.',
  sentence,
};

/** The status in a word, told by what it does where it does something. */
export function stateOf(item: Pick<FeedbackRow, 'status' | 'ssml_status' | 'audio_status' | 'error_code'>): string {
  if (item.status === 'failed' && item.error_code === 'cancelled') return 'cancelled';
  if (item.status !== 'processing') return item.status;
  if (item.audio_status === 'processing') return 'speaking';
  return item.ssml_status === 'processing' ? 'writing' : 'processing';
}

export const ICONS: Record<string, string> = {
  blank: 'blank', unqueued: 'off', queued: 'wait', retrying: 'wait', processing: 'run', writing: 'run', speaking: 'run', completed: 'ok',
  failed: 'fail', cancelled: 'off', playing: 'play',
};

/** 3:07 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** How long a sound or a video is: 3:07, or 0.4 s where a clock would say nothing. */
export function lengthOf(seconds: number, words: Pick<Words, 'point'> = english): string {
  if (seconds <= 0 || seconds >= 1) return clock(seconds);
  return `${Math.max(0.1, Math.floor(seconds * 10) / 10).toFixed(1).replace('.', words.point ?? '.')} s`;
}
