// The feedback of one analysis in React: as it comes, heard, tried again, dismissed and rated.
import { type FeedbackRow, createDebrief, createSounds } from '@pg-debrief/client';
import { createComponents, english } from '@pg-debrief/client/components';
import { german } from '@pg-debrief/client/german';
import { createElement, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';

const debrief = createDebrief({ url: `${location.origin}/debrief` });
const sounds = createSounds(debrief);
const { FeedbackPanel } = createComponents({ createElement, useEffect, useState });
const words = document.documentElement.lang === 'de' ? german : english;

function Feedback({ analysisId }: { analysisId: number }) {
  const store = useMemo(() => debrief.feedback(analysisId), [analysisId]);
  const { data, link, error } = useSyncExternalStore(store.subscribe, store.get);
  if (data === null) return <p role="status">{error?.message ?? 'One moment …'}</p>;
  return (
    <section aria-label={data.job.title ?? 'Feedback'} data-link={link}>
      <FeedbackPanel
        items={data.items}
        sounds={sounds}
        words={words}
        onRetry={(item: FeedbackRow) => debrief.retry(item.id)}
        onDismiss={(item: FeedbackRow) => debrief.dismiss(item.id)}
        onRate={(item: FeedbackRow, rating: 'up' | 'down' | null) => debrief.rate(item.id, rating)}
      />
    </section>
  );
}

const id = Number(new URLSearchParams(location.search).get('analysis'));
createRoot(document.querySelector('main')!).render(<Feedback analysisId={id} />);
