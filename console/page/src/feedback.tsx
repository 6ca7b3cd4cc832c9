// The client's components, made of Preact with our icons.
import { createSounds, type FeedbackRow, type Rating, type Sounds } from '@pg-debrief/client';
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

export const rate = (item: FeedbackRow, rating: Rating | null) => debrief.value.rate(item.id, rating);
