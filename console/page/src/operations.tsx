// Who did what to the pipeline: filters in the address, pages by key.
import type { Operation, Overview, Page } from './rows.ts';
import { Pager, useVersion } from './analyses.tsx';
import { Choice, Filters } from './filters.tsx';
import { count, when } from './format.ts';
import { Empty, Failure, H1 } from './parts.tsx';
import { place, withQuery } from './router.ts';
import { useAsk, useLive } from './state.ts';

const ACTIONS = [
  'retry_feedback', 'retry_analysis', 'retry_failed', 'cancel_feedback', 'cancel_analysis', 'cancel_queued', 'retry_delivery',
  'cancel_delivery', 'dismiss_feedback', 'erase_user', 'pause', 'resume',
  'pause_server', 'resume_server', 'change stage', 'add stage', 'remove stage', 'create server', 'alter server', 'drop server', 'activate_copy',
];

export function Operations() {
  const { path, query } = place.value;
  const live = useLive((client) => client.topic<Overview>('overview'), 'overview');
  const version = useVersion(live.data?.operations);
  const paged = query.has('before');
  const action = query.get('action') ?? '';
  const asked = useAsk<Page<Operation>>(withQuery('api/operations', Object.fromEntries(query)), paged ? 0 : version);
  const filters = Object.fromEntries([...query].filter(([name]) => name !== 'before'));
  return (
    <>
      <H1>Operations</H1>
      <Filters path={path} query={query}>
        <Choice name="action" label="Action" all={action === '' || ACTIONS.includes(action) ? ACTIONS : [...ACTIONS, action]} value={action} />
        <div class="field grow">
          <label for="f-who">Role or user</label>
          <input id="f-who" name="who" type="search" defaultValue={query.get('who') ?? ''} spellcheck={false} />
        </div>
        <div class="field grow">
          <label for="f-target">Target</label>
          <input id="f-target" name="target" type="search" defaultValue={query.get('target') ?? ''} spellcheck={false} />
        </div>
      </Filters>
      {asked.error && <Failure error={asked.error} again={asked.again} />}
      {asked.data ? <List rows={asked.data.rows} filtered={query.size > 0} /> : !asked.error && <p class="muted wait" aria-busy="true">Asking for the list …</p>}
      {asked.data && <Pager next={asked.data.next} path={path} filters={filters} paged={paged} />}
    </>
  );
}

/** Whose session it was, where that is not the role that acted, and where it came from. */
const session = (row: Operation) =>
  [row.login !== row.role && `logged in as ${row.login}`, row.application, row.address].filter(Boolean).join(', ');

function List({ rows, filtered }: { rows: Operation[]; filtered: boolean }) {
  if (rows.length === 0) {
    return filtered ? <Empty title="No operation matches"><p class="muted">Other filters may find one.</p></Empty>
      : <Empty title="Nobody has operated the pipeline"><p class="muted">Who pauses, resumes, retries, cancels, or changes a stage or a server, stands here with what they did.</p></Empty>;
  }
  return (
    <div class="panel">
      <table class="stack">
        <thead><tr><th scope="col">What</th><th scope="col" class="num">Rows</th><th scope="col">Who</th><th scope="col">Session</th><th scope="col">Time</th></tr></thead>
        <tbody>{rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">{row.action}<span class="sub">{row.target}</span></th>
            <td class="num" data-l="Rows">{count(row.affected)}</td>
            <td data-l="Who">{row.role}{row.end_user && <span class="sub mono">{row.end_user}</span>}</td>
            <td class="wide small muted">{session(row)}</td>
            <td class="nowrap">{when(row.at)}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
