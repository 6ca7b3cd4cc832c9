// One analysis, for who operates: its video, its items, what was tried, why it stands where it stands.
import { type Analysis as Rows, type FeedbackRow, type Sounds, hasSound } from '@pg-debrief/client';
import { clock, lengthOf, momentAt, useStore } from '@pg-debrief/client/components';
import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { cancelAnalysis, cancelItem, dismissItem, mayOperate, retryAnalysis, retryItem } from './actions.tsx';
import { Attempts } from './attempts.tsx';
import { useSounds } from './feedback.tsx';
import { amount, bytes, capital, duration, when } from './format.ts';
import { Icon } from './icon.tsx';
import { Act, Empty, H1, Section, Status, Waiting } from './parts.tsx';
import { Counts, Progress, fileOf } from './player.tsx';
import { href, place } from './router.ts';
import { useAsk, useLive } from './state.ts';
import { type Controls, VideoBox } from './video.tsx';

const OPEN = ['queued', 'retrying', 'processing'];

/** explain()'s words, asked for again when the row has changed. */
function Why({ path, version, title }: { path: string; version: string; title?: string }) {
  const asked = useAsk<{ text: string }>(path, version);
  if (asked.error) return <p class="muted small">{asked.error.message}</p>;
  if (!asked.data?.text) return null;
  return <div class="whys">{title && <h3>{title}</h3>}<p class="pre">{asked.data.text}</p></div>;
}

function Facts({ analysis }: { analysis: Rows }) {
  const { job, recording, metrics } = analysis;
  const took = job.processing_started_at && job.processing_completed_at
    ? (new Date(job.processing_completed_at).getTime() - new Date(job.processing_started_at).getTime()) / 1000 : null;
  const facts: [string, string | number | null | undefined][] = [
    ['Analysis', String(job.id)],
    ['Made by', job.provider && `${job.provider}${job.version ? `, ${job.version}` : ''}`],
    ['Asked for', when(job.created_at)],
    ['Analysed in', took !== null && job.status === 'completed' ? duration(took) : null],
    ['Voice', job.voice],
    ['Length', recording?.duration_seconds && lengthOf(Number(recording.duration_seconds))],
    ['Size', recording?.file_size && bytes(recording.file_size)],
    ...metrics.map(({ metric_key, metric_value, unit }): [string, string] => [capital(metric_key.replaceAll('_', ' ')), `${amount(Number(metric_value))} ${unit}`]),
  ];
  return (
    <dl class="panel facts">
      {facts.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      <div class="full"><dt>User</dt><dd><code>{job.user_id}</code></dd></div>
      <div class="full"><dt>Correlation</dt><dd><code>{job.correlation_id}</code></dd></div>
    </dl>
  );
}

function Play({ item, number, sounds }: { item: FeedbackRow; number: number; sounds: Sounds }) {
  const playing = useStore({ useState, useEffect }, sounds);
  if (!hasSound(item)) return null;
  const plays = playing.id === item.id && !playing.paused;
  const length = lengthOf((item.audio_duration_ms ?? 0) / 1000);
  return (
    <div>
      <button type="button" class="icon" aria-label={`${plays ? 'Pause' : 'Play'} the sound of item ${number}, ${length}`}
        onClick={() => (plays ? sounds.pause() : void sounds.play(item))}><Icon name={plays ? 'pause' : 'play'} /></button>
      <span class="small muted">{length}</span>
    </div>
  );
}

function Detail({ item, analysis, number }: { item: FeedbackRow; analysis: Rows; number: number }) {
  const attempts = analysis.attempts.filter((row) => (row.stage === 'ssml' || row.stage === 'audio') && row.row_id === item.id);
  const failed = item.status === 'failed';
  return (
    <tr class="detail" id={`detail-${item.id}`}>
      <td colSpan={6}>
        <div class="ex">
          <div class="sec">
            <Why path={`api/feedback/${item.id}/explain`} version={item.updated_at + item.status} title={failed && item.error_code !== 'cancelled' ? 'Why it failed' : 'Where it stands'} />
            {item.dismissed_at && <p class="small muted">Its owner dismissed it {when(item.dismissed_at)}, and does not see it.</p>}
            {item.last_error && <p class="small muted"><code>{item.error_code}</code> {item.last_error}</p>}
            {mayOperate() && (
              <div class="acts">
                {((failed && item.ssml_status === 'failed') || item.status === 'unqueued') && (
                  <Act kind="primary" label={`Retry item ${number}`} onClick={() => retryItem(item)}><Icon name="retry" />Retry</Act>
                )}
                {failed && item.ssml_status === 'completed' && <>
                  <Act kind="primary" label={`Retry audio of item ${number}`} onClick={() => retryItem(item, 'audio')}>
                    <Icon name="retry" />Retry audio
                  </Act>
                  <Act label={`Make SSML anew for item ${number}`} onClick={() => retryItem(item, 'ssml')}>Make SSML anew</Act>
                </>}
                {failed && !item.dismissed_at && <Act kind="quiet" label={`Dismiss item ${number}`} onClick={() => dismissItem(item)}>Dismiss</Act>}
                {OPEN.includes(item.status) && <Act kind="danger" label={`Cancel item ${number}`} onClick={() => cancelItem(item)}>Cancel</Act>}
              </div>
            )}
          </div>
          <div class="sec"><h3>Attempts</h3><Attempts rows={attempts} /></div>
        </div>
      </td>
    </tr>
  );
}

const WHY_NONE: Record<string, string> = { completed: 'The analysis found nothing to say.', failed: 'The analysis ended before there were any.' };

function Items({ analysis, sounds, onSeek }: { analysis: Rows; sounds: Sounds; onSeek: (item: FeedbackRow) => void }) {
  const wanted = Number(place.value.query.get('item'));
  const [opened, setOpened] = useState<number | null>(wanted || null);
  useEffect(() => document.getElementById(`detail-${wanted}`)?.scrollIntoView({ block: 'center' }), []);
  if (analysis.items.length === 0) {
    const why = WHY_NONE[analysis.job.status] ?? 'They appear here when the analysis is done.';
    return <Empty title="No items"><p class="muted">{why}</p></Empty>;
  }
  return (
    <div class="panel">
      <table class="stack items">
        <thead>
          <tr>
            <td /><th scope="col">At</th><th scope="col">Feedback</th><th scope="col">SSML</th><th scope="col">Audio</th><th scope="col">Sound</th>
          </tr>
        </thead>
        <tbody>{analysis.items.map((item, i) => {
          const open = opened === item.id;
          return (
            <Fragment key={item.id}>
              <tr class={open ? 'open' : ''}>
                <td>
                  <button type="button" class="quiet icon" aria-expanded={open} aria-controls={open ? `detail-${item.id}` : undefined}
                    aria-label={`Attempts of item ${i + 1}`} onClick={() => setOpened(open ? null : item.id)}>
                    <Icon name={open ? 'less' : 'more'} />
                  </button>
                </td>
                <th scope="row" class="nowrap">
                  <span class="no">{i + 1}</span>
                  <button type="button" class="link" aria-label={`Go to ${clock(item.timestamp_seconds)}`} onClick={() => onSeek(item)}>
                    {clock(item.timestamp_seconds)}
                  </button>
                </th>
                <td class="wide msg"><span class="sub" dir="auto">{item.category}</span><p dir="auto">{item.message}</p></td>
                <td data-l="SSML"><Status of={['blank', 'unqueued'].includes(item.status) ? item.status : item.ssml_status} code={item.error_code} /></td>
                <td data-l="Audio">{item.ssml_status === 'completed' && <Status of={item.audio_status} code={item.error_code} />}</td>
                <td class="snd"><Play item={item} number={i + 1} sounds={sounds} /></td>
              </tr>
              {open && <Detail item={item} analysis={analysis} number={i + 1} />}
            </Fragment>
          );
        })}</tbody>
      </table>
    </div>
  );
}

export function Analysis({ id }: { id: number }) {
  const live = useLive((client) => client.feedback(id), `analysis:${id}`);
  const controls = useRef<Controls | null>(null);
  const sounds = useSounds(() => controls.current?.pause());
  const [time, setTime] = useState(0);
  // Attempts are no rows of the stream: they are asked for when a row that they are of has changed.
  const version = live.data ? live.data.job.updated_at + live.data.items.map(({ updated_at }) => updated_at).join() : '';
  const fresh = useAsk<Rows>(live.data ? `api/analyses/${id}` : null, version);
  if (live.data === null) return <><H1>Analysis {id}</H1><Waiting live={live} what="the analysis" /></>;
  const analysis: Rows = { ...live.data, attempts: fresh.data?.attempts ?? live.data.attempts };
  const { job, items } = analysis;
  const waiting = items.filter(({ status }) => OPEN.includes(status)).length;
  const own = analysis.attempts.filter(({ stage }) => stage === 'analysis');
  return (
    <>
      <div class="title">
        <p class="crumb"><a href={href('/analyses')}>Analyses</a></p>
        <H1>{fileOf(analysis)}</H1>
        <Status of={job.status} code={job.error_code} />
        <Counts items={items} />
        <div class="acts">
          <a class="btn" href={href(`/play/${id}`)}><Icon name="play" />Player</a>
          {mayOperate() && job.status === 'completed' && <Act kind="quiet" onClick={() => retryAnalysis(id, true)}>Run again</Act>}
          {mayOperate() && job.status === 'failed' && <Act onClick={() => retryAnalysis(id, false)}>Retry</Act>}
          {mayOperate() && (OPEN.includes(job.status) || waiting > 0) && (
            <Act kind="danger" onClick={() => cancelAnalysis(id, waiting)}>Cancel{waiting > 0 && ` ${waiting} waiting`}</Act>
          )}
        </div>
      </div>
      <Progress analysis={analysis} acts={false} />
      <div class="split">
        <div class="sec">
          <VideoBox analysis={analysis} sounds={sounds} current={momentAt(items, time)} onTime={setTime} controls={controls} />
          <Facts analysis={analysis} />
        </div>
        <div class="sec">
          <Section id="h-items" title="Items" aside={items.length > 0 && `${items.length}, by moment`}>
            <Items analysis={analysis} sounds={sounds} onSeek={(item) => controls.current?.seek(item.timestamp_seconds)} />
          </Section>
          <Section id="h-own" title="The analysis itself">
            <div class="panel pad">
              {job.status !== 'completed' && <Why path={`api/analyses/${id}/explain`} version={job.updated_at} />}
              <Attempts rows={own} />
            </div>
          </Section>
        </div>
      </div>
    </>
  );
}
