import type { Overview as Rows, StageRow } from './rows.ts';
import { mayOperate, ofHint, retryFailed } from './actions.tsx';
import { capital, count, many, sentenceOf, stageName, when } from './format.ts';
import { Act, Empty, H1, Note, Section, Waiting } from './parts.tsx';
import { OperationLog, Promises, Workers } from './overview_tables.tsx';
import { Pipeline } from './pipeline.tsx';
import { href, withQuery } from './router.ts';
import { Budgets, Servers, serversOf } from './servers.tsx';
import { useLive } from './state.ts';

/** The state in a sentence: the first thing that somebody wants to know. */
export function headline(rows: Rows): string {
  const failed = rows.failures.reduce((sum, row) => sum + row.count, 0);
  const states = new Map<string, number>();
  for (const { state } of serversOf(rows.stages)) if (state !== 'ready') states.set(state, (states.get(state) ?? 0) + 1);
  const says: string[] = [];
  if (rows.stages.some(({ state }) => state === 'copy')) says.push('This database is a copy');
  if (rows.stages.some(({ state }) => state === 'no worker')) says.push('no worker runs');
  for (const [state, n] of states) says.push(state === 'probing' ? `${many(n, 'server')} ${n === 1 ? 'is' : 'are'} being tried` : state === 'budget spent' ? `the budget of ${many(n, 'server')} is spent` : `${many(n, 'server')} ${n === 1 ? 'is' : 'are'} ${state}`);
  const paused = rows.stages.filter((stage) => stage.state === 'paused' && /resume\('/.test(stage.hint ?? ''));
  if (paused.length > 0) says.push(`${paused.map(({ stage }) => stageName(stage)).join(' and ')} ${paused.length === 1 ? 'is' : 'are'} paused`);
  if (says.length === 0) {
    const work = rows.stages.reduce((sum, { rows: r }) => sum + r.processing + r.due, 0);
    says.push(rows.stages.some(({ state }) => state !== 'ready') ? 'a stage is not ready' : work > 0 ? `All is at work: ${many(work, 'row')} on the way` : 'All is ready, nothing waits');
  }
  if (failed > 0) says.push(`${count(failed)} failed`);
  return capital(says.join(', '));
}

/** One notice a reason, however many stages it stops. */
function Notices({ stages }: { stages: StageRow[] }) {
  const troubled = stages.filter(({ state }) => state !== 'ready');
  const reasons = [...new Set(troubled.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const stopped = troubled.filter((stage) => stage.reason === reason);
    const first = stopped[0]!;
    const held = stopped.reduce((sum, { rows }) => sum + rows.held, 0);
    const hinted = ofHint(first.hint, first.state);
    const quiet = ['paused', 'copy'].includes(first.state);
    const tone = quiet ? '' : ['parked', 'budget spent', 'probing'].includes(first.state) ? 'warn' : 'bad';
    return (
      <Note key={reason} tone={tone} icon={first.state === 'copy' ? 'eye' : quiet ? 'hold' : tone === 'bad' ? 'fail' : 'warn'}
        actions={hinted && <Act kind="primary" onClick={hinted.ask}>{hinted.label}</Act>}>
        <p>
          <b>{[...new Set([first.server, ...stopped.map(({ stage }) => stageName(stage))])].filter(Boolean).join(', ')}: {first.state}{first.parked_until && `, until ${when(first.parked_until)}`}.</b>
          {' '}{reason && sentenceOf(reason)}{held > 0 && ` ${capital(many(held, 'row waits', 'rows wait'))} for it; none is lost.`}
        </p>
        {first.hint && <p class="small muted">{first.hint}</p>}
      </Note>
    );
  });
}

/** Without what a notice of a stage says already. */
function Problems({ rows: all, stages }: { rows: Rows['problems']; stages: StageRow[] }) {
  const rows = all.filter(({ fix }) => !stages.some(({ hint }) => hint === fix));
  if (rows.length === 0) return null;
  return (
    <Note tone="warn" icon="warn">
      <p><b>{capital(many(rows.length, 'difference'))} from a good installation.</b></p>
      <ul class="list">{rows.slice(0, 5).map((row) => <li key={row.object + row.problem}>{row.object}: {row.problem}. <code>{row.fix}</code></li>)}</ul>
      {rows.length > 5 && <p class="small">The others: <code>SELECT * FROM debrief.check_installation();</code></p>}
    </Note>
  );
}

export function FailuresByCode({ rows, current }: { rows: Rows['failures']; current?: URLSearchParams }) {
  if (rows.length === 0) return <Empty title="Nothing has failed"><p class="muted">A row that fails stands here with its code, and the button that tries it again.</p></Empty>;
  return (
    <div class="panel">
      <table class="stack fl">
        <thead><tr><th scope="col">Code</th><th scope="col" class="num">Failed</th><th scope="col">Last</th>{mayOperate() && <th scope="col" class="num">Action</th>}</tr></thead>
        <tbody>{rows.map((row) => (
          <tr key={row.stage + row.error_code} aria-current={current?.get('code') === row.error_code && current.get('stage') === row.stage ? 'true' : undefined}>
            <th scope="row">
              <a href={href(withQuery('/failures', { stage: row.stage, code: row.error_code }))}><code>{row.error_code}</code></a>
              <span class="sub">{stageName(row.stage)}</span>
            </th>
            <td class="num" data-l="Failed">{count(row.count)}</td>
            <td class="nowrap" data-l="Last">{when(row.latest)}</td>
            {mayOperate() && <td class="act"><Act label={`Retry all ${count(row.count)} of ${row.error_code} in ${stageName(row.stage)}`} onClick={() => retryFailed(row)}>Retry {count(row.count)}</Act></td>}
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

export function Overview() {
  const live = useLive((client) => client.topic<Rows>('overview'), 'overview');
  const rows = live.data;
  if (rows === null) return <><H1>Overview</H1><Waiting live={live} what="the state" /></>;
  return (
    <>
      <div class="title"><H1>{headline(rows)}</H1><p class="muted">{when(rows.at)}</p></div>
      <Notices stages={rows.stages} />
      <Problems rows={rows.problems} stages={rows.stages} />
      <Section id="h-pipe" title="Pipeline"><Pipeline overview={rows} /></Section>
      <Promises rows={rows.slo} />
      <Servers overview={rows} />
      <div class="two">
        <Section id="h-fail" title="Failures by code" aside={rows.failures.length > 0 && <a href={href('/failures')}>All failures</a>}><FailuresByCode rows={rows.failures} /></Section>
        <Budgets limits={rows.limits} />
        <Workers workers={rows.workers} />
        <OperationLog rows={rows.operations} />
      </div>
    </>
  );
}
