import type { Overview as Rows, StageRow } from './rows.ts';
import { mayOperate, ofHint, retryFailed } from './actions.tsx';
import { capital, count, many, sentenceOf, stageName, when } from './format.ts';
import { Act, Empty, H1, Note, Section, Waiting } from './parts.tsx';
import { OperationLog, Promises, Workers } from './overview_tables.tsx';
import { NOT_READY, Pipeline, STATES } from './pipeline.tsx';
import { href, withQuery } from './router.ts';
import { Budgets, Servers, serversOf } from './servers.tsx';
import { useLive } from './state.ts';

const isAre = (n: number) => (n === 1 ? 'is' : 'are');

function ofServers(state: string, n: number): string {
  if (state === 'probing') return `${many(n, 'server')} ${isAre(n)} being tried`;
  if (state === 'budget spent') return `the budget of ${many(n, 'server')} is spent`;
  return `${many(n, 'server')} ${isAre(n)} ${state}`;
}

function whenWell(stages: StageRow[]): string {
  const work = stages.reduce((sum, { rows }) => sum + rows.processing + rows.due, 0);
  if (stages.some(({ state }) => state !== 'ready')) return 'a stage is not ready';
  return work > 0 ? `All is at work: ${many(work, 'row')} on the way` : 'All is ready, nothing waits';
}

/** The state in a sentence: the first thing that somebody wants to know. */
export function headline({ stages, failures }: Rows): string {
  const says: string[] = [];
  if (stages.some(({ state }) => state === 'copy')) says.push('This database is a copy');
  if (stages.some(({ state }) => state === 'no worker')) says.push('no worker runs');
  const servers = new Map<string, number>();
  for (const { state } of serversOf(stages)) if (state !== 'ready') servers.set(state, (servers.get(state) ?? 0) + 1);
  for (const [state, n] of servers) says.push(ofServers(state, n));
  const paused = stages.filter(({ state, hint }) => state === 'paused' && /resume\('/.test(hint ?? ''));
  if (paused.length > 0) says.push(`${paused.map(({ stage }) => stageName(stage)).join(' and ')} ${isAre(paused.length)} paused`);
  if (says.length === 0) says.push(whenWell(stages));
  const failed = failures.reduce((sum, row) => sum + row.count, 0);
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
    const { icon, tone } = STATES[first.state] ?? NOT_READY;
    const what = [first.server, ...stopped.map(({ stage }) => stageName(stage))].filter(Boolean).join(', ');
    const until = first.parked_until ? `, until ${when(first.parked_until)}` : '';
    return (
      <Note key={reason} tone={tone} icon={icon} actions={hinted && <Act kind="primary" onClick={hinted.ask}>{hinted.label}</Act>}>
        <p>
          <b>{what}: {first.state}{until}.</b>
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
      <ul class="list">
        {rows.slice(0, 5).map((row) => <li key={row.object + row.problem}>{row.object}: {row.problem}. <code>{row.fix}</code></li>)}
      </ul>
      {rows.length > 5 && <p class="small">The others: <code>SELECT * FROM debrief.check_installation();</code></p>}
    </Note>
  );
}

export function FailuresByCode({ rows, current }: { rows: Rows['failures']; current?: URLSearchParams }) {
  if (rows.length === 0) {
    return (
      <Empty title="Nothing has failed">
        <p class="muted">A row that fails stands here with its code, and the button that tries it again.</p>
      </Empty>
    );
  }
  const isCurrent = (row: Rows['failures'][number]) => current?.get('code') === row.error_code && current.get('stage') === row.stage;
  return (
    <div class="panel">
      <table class="stack fl">
        <thead><tr><th scope="col">Code</th><th scope="col" class="num">Failed</th><th scope="col">Last</th>{mayOperate() && <th scope="col" class="num">Action</th>}</tr></thead>
        <tbody>{rows.map((row) => (
          <tr key={row.stage + row.error_code} aria-current={isCurrent(row) ? 'true' : undefined}>
            <th scope="row">
              <a href={href(withQuery('/failures', { stage: row.stage, code: row.error_code }))}><code>{row.error_code}</code></a>
              <span class="sub">{stageName(row.stage)}</span>
            </th>
            <td class="num" data-l="Failed">{count(row.count)}</td>
            <td class="nowrap" data-l="Last">{when(row.latest)}</td>
            {mayOperate() && (
              <td class="act">
                <Act label={`Retry ${count(row.count)} of ${row.error_code} in ${stageName(row.stage)}`} onClick={() => retryFailed(row)}>
                  Retry {count(row.count)}
                </Act>
              </td>
            )}
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
      <div class="notes">
        <Notices stages={rows.stages} />
        <Problems rows={rows.problems} stages={rows.stages} />
      </div>
      <Section id="h-pipe" title="Pipeline"><Pipeline overview={rows} /></Section>
      <Promises rows={rows.slo} />
      <Servers overview={rows} />
      <div class="two">
        <Section id="h-fail" title="Failures by code" aside={rows.failures.length > 0 && <a href={href('/failures')}>All failures</a>}>
          <FailuresByCode rows={rows.failures} />
        </Section>
        <Budgets limits={rows.limits} />
        <Workers workers={rows.workers} />
        <OperationLog rows={rows.operations} />
      </div>
    </>
  );
}
