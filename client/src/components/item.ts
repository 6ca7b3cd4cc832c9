// FeedbackStatusIndicator, FeedbackErrorHandler, AudioFeedbackOverlay: one item each.

import type { FeedbackRow } from '../types.ts';
import { ICONS, type Node, type Ui, type Words, english, stateOf, unable } from './ui.ts';

export interface StatusProps {
  item: FeedbackRow;
  playing?: boolean;
  words?: Words;
}

export interface ErrorProps {
  item: FeedbackRow;
  /** Its place in the list, which tells its buttons from those of others. */
  number?: number;
  /** Resolves when the server has taken it; the item changes when its row does. */
  onRetry?: ((item: FeedbackRow) => Promise<unknown>) | undefined;
  onDismiss?: ((item: FeedbackRow) => Promise<unknown>) | undefined;
  disabled?: boolean;
  words?: Words;
}

export interface OverlayProps {
  items: FeedbackRow[];
  /** Seconds of the video; the item of the moment is shown until the next one, for `lastsSeconds` at most. */
  time: number;
  /** The item whose sound plays: shown whatever the time. */
  playing?: number | null;
  /** waveform() of that item, and how much of it has been heard: 0 to 1. */
  waveform?: number[] | null;
  heard?: number;
  lastsSeconds?: number;
}

export function momentAt(items: FeedbackRow[], time: number, lastsSeconds = 8): FeedbackRow | undefined {
  const begun = items.filter((item) => item.timestamp_seconds <= time + 0.05 && item.message !== '');
  const last = begun.at(-1);
  return last && time - last.timestamp_seconds < lastsSeconds ? last : undefined;
}

export function itemComponents(ui: Ui) {
  const h = ui.createElement;

  function FeedbackStatusIndicator({ item, playing = false, words = english }: StatusProps): Node {
    const state = playing ? 'playing' : stateOf(item);
    return h('span', { className: 'debrief-status', 'data-state': state }, ui.icon?.(ICONS[state] ?? 'wait'), words.state[state] ?? state);
  }

  function FeedbackErrorHandler({ item, number, onRetry, onDismiss, disabled = false, words = english }: ErrorProps): Node {
    const [busy, setBusy] = ui.useState(false);
    const [refused, setRefused] = ui.useState('');
    const failed = item.status === 'failed';
    // No worker sees an item that was written while triggers were off: retry queues it.
    if (!failed && (item.status !== 'unqueued' || !onRetry)) return null;
    const run = (action: (item: FeedbackRow) => Promise<unknown>) => async () => {
      if (busy || disabled) return;
      setBusy(true);
      setRefused('');
      await action(item).catch((error: Error) => setRefused(error.message));
      setBusy(false);
    };
    const button = (word: string, icon: string | null, className: string, action?: (item: FeedbackRow) => Promise<unknown>) =>
      action && h('button', {
        type: 'button', className, ...(number && { 'aria-label': `${word}, ${number}` }), ...unable(busy || disabled), onClick: run(action),
      }, icon && ui.icon?.(icon), word);
    return h('div', { className: 'debrief-error' },
      failed && h('p', { dir: 'auto' }, words.sentence(item)),
      refused && h('p', { role: 'alert', className: 'debrief-refused' }, refused),
      h('div', { className: 'debrief-actions' },
        button(words.retry, 'retry', 'debrief-retry', onRetry),
        failed && button(words.dismiss, null, 'debrief-dismiss', onDismiss)));
  }

  function Waveform({ peaks, heard }: { peaks: number[]; heard: number }): Node {
    const bars = peaks.map((peak, i) => `M${i + 0.5} ${(1 - peak).toFixed(2)}V${(1 + peak).toFixed(2)}`);
    const split = Math.round(heard * bars.length);
    return h('svg', { className: 'debrief-waveform', viewBox: `0 0 ${bars.length} 2`, preserveAspectRatio: 'none', 'aria-hidden': true },
      h('path', { className: 'debrief-heard', d: bars.slice(0, split).join('') }),
      h('path', { d: bars.slice(split).join('') }));
  }

  /** Captions over the video: the message of the moment, or of the sound that plays, with its waveform. */
  function AudioFeedbackOverlay({ items, time, playing = null, waveform = null, heard = 0, lastsSeconds = 8 }: OverlayProps): Node {
    const sounding = items.find(({ id }) => id === playing);
    const item = sounding ?? momentAt(items, time, lastsSeconds);
    return h('p', { className: 'debrief-caption' },
      sounding && waveform && h(Waveform, { peaks: waveform, heard }),
      item ? h('span', { dir: 'auto' }, item.message) : null);
  }

  return { FeedbackStatusIndicator, FeedbackErrorHandler, AudioFeedbackOverlay };
}
