// FeedbackPanel: the list of an analysis' feedback, with sounds, errors and ratings.

import { type Sounds, hasSound } from '../sounds.ts';
import type { FeedbackRow, Rating } from '../types.ts';
import { itemComponents } from './item.ts';
import { type Node, type Ui, type Words, clock, english, lengthOf, unable, useStore } from './ui.ts';

export interface PanelProps {
  items: FeedbackRow[];
  sounds: Sounds;
  /** The item of the moment, which is marked. */
  current?: number | null;
  onSeek?: (item: FeedbackRow) => void;
  onRetry?: ((item: FeedbackRow) => Promise<unknown>) | undefined;
  onDismiss?: ((item: FeedbackRow) => Promise<unknown>) | undefined;
  onRate?: ((item: FeedbackRow, rating: Rating | null) => Promise<unknown>) | undefined;
  disabled?: boolean;
  words?: Words;
}

export function panelComponent(ui: Ui) {
  const h = ui.createElement;
  const { FeedbackStatusIndicator, FeedbackErrorHandler } = itemComponents(ui);

  function Play({ item, number, sounds, words }: { item: FeedbackRow; number: number; sounds: Sounds; words: Words }): Node {
    const playing = useStore(ui, sounds);
    const plays = playing.id === item.id && !playing.paused;
    const ready = hasSound(item);
    const seconds = (item.audio_duration_ms ?? 0) / 1000;
    const label = ready ? `${plays ? words.pause : words.play} ${number}, ${lengthOf(seconds, words)}` : `${words.noSound} ${number}`;
    return h('button', {
      type: 'button', className: 'debrief-play', 'aria-label': label, disabled: !ready, 'data-playing': plays,
      onClick: () => (plays ? sounds.pause() : void sounds.play(item)),
    }, ui.icon?.(plays ? 'pause' : 'play') ?? (plays ? '❚❚' : '▶'));
  }

  function Progress({ item, sounds, words }: { item: FeedbackRow; sounds: Sounds; words: Words }): Node {
    const playing = useStore(ui, sounds);
    const seconds = (item.audio_duration_ms ?? 0) / 1000;
    const position = playing.id === item.id ? playing.position : 0;
    return h('span', { className: 'debrief-progress' },
      h('span', { className: 'debrief-bar', 'aria-hidden': true, style: { '--at': seconds ? Math.min(1, position / seconds) : 0 } }),
      h('span', { className: 'debrief-length' }, lengthOf(seconds, words)));
  }

  function Rate({ item, number, onRate, disabled, words }: {
    item: FeedbackRow; number: number; onRate: NonNullable<PanelProps['onRate']>; disabled: boolean; words: Words;
  }): Node {
    const [busy, setBusy] = ui.useState(false);
    const button = (rating: Rating, word: string) => h('button', {
      type: 'button', className: 'debrief-rate', 'aria-label': `${word}, ${number}`, 'aria-pressed': item.rating === rating, ...unable(busy || disabled),
      onClick: async () => {
        if (busy || disabled) return;
        setBusy(true);
        await onRate(item, item.rating === rating ? null : rating).catch(() => {});
        setBusy(false);
      },
    }, ui.icon?.(rating) ?? word);
    return h('span', { className: 'debrief-rating' }, button('up', words.helpful), button('down', words.notHelpful));
  }

  function Item({ item, number, props }: { item: FeedbackRow; number: number; props: PanelProps }): Node {
    const { sounds, words = english, onSeek, onRate, disabled = false } = props;
    const playing = useStore(ui, sounds);
    const at = clock(item.timestamp_seconds);
    return h('li', { className: 'debrief-item', 'aria-current': props.current === item.id ? 'true' : undefined, 'data-id': item.id },
      h(Play, { item, number, sounds, words }),
      h('div', null,
        h('p', { className: 'debrief-meta' },
          h('span', { className: 'debrief-number' }, number),
          onSeek ? h('button', { type: 'button', className: 'debrief-seek', 'aria-label': `${words.goTo} ${at}`, onClick: () => onSeek(item) }, at) : at,
          h('span', { dir: 'auto' }, item.category),
          h(FeedbackStatusIndicator, { item, playing: playing.id === item.id && !playing.paused, words })),
        h('p', { className: 'debrief-message', dir: 'auto' }, item.message),
        playing.unheard === item.id && h('p', { role: 'alert', className: 'debrief-refused' }, words.unheard),
        hasSound(item) && h('div', { className: 'debrief-tools' },
          h(Progress, { item, sounds, words }),
          onRate && h(Rate, { item, number, onRate, disabled, words })),
        h(FeedbackErrorHandler, { item, number, words, disabled, onRetry: props.onRetry, onDismiss: props.onDismiss })));
  }

  return function FeedbackPanel(props: PanelProps): Node {
    const { items, words = english } = props;
    if (items.length === 0) return h('p', { className: 'debrief-empty' }, words.empty);
    return h('ol', { className: 'debrief-panel' }, items.map((item, i) => h(Item, { key: item.id, item, number: i + 1, props })));
  };
}
