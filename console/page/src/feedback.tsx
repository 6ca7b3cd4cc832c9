// The client's components, made of Preact with our icons.
import { createSounds, type FeedbackRow, hasSound, type Rating, type Sounds, waveform } from '@pg-debrief/client';
import { createComponents } from '@pg-debrief/client/components';
import { createElement } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { debrief } from './state.ts';

export const { FeedbackStatusIndicator, FeedbackErrorHandler, FeedbackPanel, AudioFeedbackOverlay } = createComponents({
  createElement, useState, useEffect, icon: (name) => createElement(Icon, { name }),
});

/** One player of sounds a page; it ends with the page. */
export function useSounds(onBegin: () => void): Sounds {
  const client = debrief.value;
  const sounds = useMemo(() => createSounds(client, onBegin), [client]);
  useEffect(() => () => sounds.stop(), [sounds]);
  return sounds;
}

/** The waveform of an item's sound, once it is decoded. */
export function useWaveform(item: FeedbackRow | undefined): number[] | null {
  const [known, setKnown] = useState<{ key: string; peaks: number[] | null }>({ key: '', peaks: null });
  // It may be spoken again.
  const key = item && hasSound(item) ? `${item.id} ${item.updated_at}` : '';
  useEffect(() => {
    if (key === '') return;
    const control = new AbortController();
    waveform(debrief.value, item!, control.signal).then((peaks) => control.signal.aborted || setKnown({ key, peaks }));
    return () => control.abort();
  }, [key]);
  return known.key === key ? known.peaks : null;
}

export const rate = (item: FeedbackRow, rating: Rating | null) => debrief.value.rate(item.id, rating);
