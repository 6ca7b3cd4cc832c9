// The three stages as the pipeline that they are.
import { mayOperate, ofHint, pauseStage, rollout } from './actions.tsx';
import { capital, count, duration, figure, interval, sentenceOf, stageName, when } from './format.ts';
import { Act, State, type Tone } from './parts.tsx';
import type { Overview, StageRow } from './rows.ts';
import { Sparkline, ratesOf } from './spark.tsx';

interface Look {
  icon: string;
  tone: Tone;
}
/** Of stage_status.state; every other one needs somebody. */
export const STATES: Record<string, Look> = {
  ready: { icon: 'ok', tone: '' },
  paused: { icon: 'hold', tone: '' },
  copy: { icon: 'eye', tone: '' },
  probing: { icon: 'run', tone: 'warn' },
  parked: { icon: 'warn', tone: 'warn' },
  'budget spent': { icon: 'warn', tone: 'warn' },
};
export const NOT_READY: Look = { icon: 'fail', tone: 'bad' };

export function StageState({ state }: { state: string }) {
  const { icon, tone } = STATES[state] ?? NOT_READY;
  return <State icon={icon} tone={tone}>{capital(state)}</State>;
}

/** What keeps rows, a line each: how many, and of what. */
function holds(stage: StageRow): { n: number | null; why: string }[] {
  const { held, held_by, delayed, waiting } = stage.rows;
  const lines: { n: number | null; why: string }[] = [];
  const until = stage.parked_until ? `, until ${when(stage.parked_until)}` : '';
  if (held > 0) lines.push({ n: held, why: held_by === 'rollout' ? 'outside the rollout' : `${held_by ?? stage.state}${until}` });
  if (delayed > 0) lines.push({ n: delayed, why: 'due later, to be tried again' });
  if (waiting > 0) lines.push({ n: waiting, why: stage.stage === 'ssml' ? 'blank' : 'not queued yet' });
  if (lines.length === 0) lines.push({ n: null, why: stage.state === 'ready' ? 'Nothing in the way' : sentenceOf(stage.reason ?? stage.state) });
  return lines;
}

function StageCard({ stage, overview }: { stage: StageRow; overview: Overview }) {
  const { rows } = stage;
  const rates = ratesOf(overview.minutes, stage.stage, overview.at);
  const oldest = interval(rows.oldest_due);
  // The minute that runs is not whole yet.
  const last = (values: number[]) => values.at(-2) ?? 0;
  return (
    <li class="panel">
      <div class="top">
        <h3>{stageName(stage.stage)}</h3>
        {stage.server ? <a class="small" href={`#server-${stage.server}`}>{stage.server}</a> : <span class="small muted">no server</span>}
        <StageState state={stage.state} />
      </div>
      <dl class="figs">
        <div><dt>Due now</dt><dd title={count(rows.due)}>{figure(rows.due)}<small>{rows.due > 0 && oldest !== null && `oldest ${duration(oldest)}`}</small></dd></div>
        <div><dt>Held</dt><dd title={count(rows.held)}>{figure(rows.held)}</dd></div>
        <div><dt>In flight</dt><dd>{count(rows.processing)}<small>{stage.max_in_flight && `of ${count(stage.max_in_flight)}`}</small></dd></div>
      </dl>
      <ul class="why">{holds(stage).map(({ n, why }) => <li key={why}>{n !== null && <b>{count(n)}</b>} <span>{why}</span></li>)}</ul>
      <div class="rate">
        <p>
          <span>Done <b>{count(last(rates.done))}</b> a minute, peak {count(Math.max(...rates.done))}</span>
          <span>Failed <b>{count(last(rates.failed))}</b> a minute</span>
        </p>
        <Sparkline rates={rates} stage={stage.stage} />
        <p><span>60 min ago</span><span>now</span></p>
      </div>
      {mayOperate() && <StageActions stage={stage} />}
    </li>
  );
}

function StageActions({ stage }: { stage: StageRow }) {
  const hinted = stage.state === 'paused' ? ofHint(stage.hint, stage.state) : null;
  const name = stageName(stage.stage);
  const share = stage.rollout_percent === undefined ? 'Rollout' : `Rollout ${stage.rollout_percent} %`;
  return (
    <div class="acts foot">
      {hinted ? <Act onClick={hinted.ask}>{hinted.label}</Act> : <Act kind="quiet" label={`Pause ${name}`} onClick={() => pauseStage(stage.stage)}>Pause</Act>}
      <Act kind="quiet" label={`${share} of ${name}`} onClick={() => rollout(stage.stage, stage.rollout_percent ?? 100)}>
        {share} …
      </Act>
    </div>
  );
}

export function Pipeline({ overview }: { overview: Overview }) {
  return <ol class="pipe">{overview.stages.map((stage) => <StageCard key={stage.stage} stage={stage} overview={overview} />)}</ol>;
}
