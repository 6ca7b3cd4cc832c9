// The owner's page: their video, and what was found in it, read out.
import { type Analysis, type FeedbackRow, hasSound } from '@pg-debrief/client';
import { momentAt, stateOf, useStore } from '@pg-debrief/client/components';
import { useEffect, useRef, useState } from 'preact/hooks';
import { cancelAnalysis, dismissItem, mayOwn, retryAnalysis, retryItem } from './actions.tsx';
import { FeedbackPanel, rate, useSounds } from './feedback.tsx';
import { count } from './format.ts';
import { Act, Empty, H1, Note, State, Waiting } from './parts.tsx';
import { href } from './router.ts';
import { isStaff, isTrue, useLive } from './state.ts';
import { type Controls, VideoBox } from './video.tsx';

export const fileOf = ({ recording, job }: Analysis) => recording?.original_filename ?? recording?.storage_path.split('/').at(-1) ?? `Analysis ${job.id}`;

export function Counts({ items }: { items: FeedbackRow[] }) {
  const ready = items.filter(hasSound).length;
  const failed = items.filter((item) => stateOf(item) === 'failed').length;
  const way = items.filter(({ status }) => ['queued', 'retrying', 'processing'].includes(status)).length;
  return (
    <p class="tags" aria-live="polite">
      {ready > 0 && <State icon="ok">{count(ready)} ready</State>}
      {way > 0 && <State icon="run" tone="on">{count(way)} on {way === 1 ? 'its' : 'their'} way</State>}
      {failed > 0 && <State icon="fail" tone="bad">{count(failed)} without sound</State>}
    </p>
  );
}

/** What to say of an analysis that has no feedback yet. */
export function Progress({ analysis, acts = true }: { analysis: Analysis; acts?: boolean }) {
  const { job } = analysis;
  if (job.status === 'failed') {
    return (
      <Note tone="bad" icon="fail" actions={acts && mayOwn() && <Act onClick={() => retryAnalysis(job.id, false)}>Try again</Act>}>
        <p><b>{job.error_code === 'cancelled' ? 'This analysis was cancelled.' : 'This video could not be analysed.'}</b></p>
        {job.last_error && <p dir="auto">{job.last_error}</p>}
      </Note>
    );
  }
  if (job.status === 'completed') return null;
  return (
    <Note icon="run" actions={acts && mayOwn() && <Act kind="quiet" onClick={() => cancelAnalysis(job.id, 0)}>Cancel</Act>}>
      <p>
        <b>{job.status === 'queued' ? 'This video waits for its analysis.' : `This video is being analysed: ${job.progress_percentage} %.`}</b>
        {' Its feedback appears here by itself.'}
      </p>
      {job.last_error && <p class="muted" dir="auto">{job.last_error}</p>}
    </Note>
  );
}

export function Player({ id }: { id: number }) {
  const live = useLive((client) => client.feedback(id), `analysis:${id}`);
  const controls = useRef<Controls | null>(null);
  const sounds = useSounds(() => controls.current?.pause());
  const playing = useStore({ useState, useEffect }, sounds);
  const [time, setTime] = useState(0);
  const [inOrder, setInOrder] = useState(false);
  const stop = useRef(false);
  const analysis = live.data;
  if (analysis === null) return <><H1>Video</H1><Waiting live={live} what="the video" /></>;
  const { items, job } = analysis;
  const current = items.find((item) => item.id === playing.id) ?? momentAt(items, time);
  const seek = (item: FeedbackRow) => controls.current?.seek(item.timestamp_seconds);

  const playAll = async () => {
    if (inOrder) {
      stop.current = true;
      return sounds.stop();
    }
    stop.current = false;
    setInOrder(true);
    for (const item of items.filter(hasSound)) {
      seek(item);
      if ((await sounds.play(item)) !== 'ended' || stop.current) break;
    }
    setInOrder(false);
  };
  return (
    <>
      <div class="title">
        <H1>{fileOf(analysis)}</H1>
        <Counts items={items} />
        {isStaff() && <p class="acts"><a class="btn" href={href(`/analyses/${job.id}`)}>Attempts and errors</a></p>}
      </div>
      <Progress analysis={analysis} />
      <div class="player">
        <section class="sec stick" aria-label="Video">
          <VideoBox analysis={analysis} sounds={sounds} current={current} onTime={setTime} controls={controls} />
          {job.summary_text && <div class="panel pad"><h2 dir="auto">{job.title ?? 'In short'}</h2><p class="pre" dir="auto">{job.summary_text}</p></div>}
        </section>
        <section class="sec" aria-labelledby="h-feedback">
          <div class="head">
            <h2 id="h-feedback">Feedback</h2>
            {items.some(hasSound) && <button type="button" onClick={playAll}>{inOrder ? 'Stop' : 'Play all in order'}</button>}
          </div>
          {items.length === 0 ? <Empty title="No feedback yet">{job.status === 'completed' && <p class="muted">Nothing was found in this video.</p>}</Empty>
            : <div class="panel"><FeedbackPanel items={items} sounds={sounds} current={current?.id ?? null} onSeek={seek} disabled={!isTrue()}
                onRetry={mayOwn() ? (item) => retryItem(item) : undefined} onDismiss={mayOwn() ? dismissItem : undefined}
                onRate={mayOwn() ? rate : undefined} /></div>}
        </section>
      </div>
    </>
  );
}
