// Who did what to the pipeline: filters in the address, pages by key.
import type { Operation, Overview, Page } from './rows.ts';
import { Choice, Filters } from './filters.tsx';
import { count, when } from './format.ts';
import { noMatch, Pager, useList, useVersion } from './list.tsx';
import { Empty, Failure, H1 } from './parts.tsx';
import { place } from './router.ts';
import { useLive } from './state.ts';

const ACTIONS = [
  'retry_feedback', 'retry_analysis', 'retry_failed', 'cancel_feedback', 'cancel_analysis', 'cancel_queued', 'retry_delivery',
  'cancel_delivery', 'dismiss_feedback', 'erase_user', 'pause', 'resume',
  'pause_server', 'resume_server', 'change stage', 'add stage', 'remove stage', 'create server', 'alter server', 'drop server', 'activate_copy',
];

export function Operations() {
  const { path, query } = place.value;
  const live = useLive((client) => client.topic<Overview>('overview'), 'overview');
  const asked = useList<Operation>('api/operations', useVersion(live.data?.operations));
  const action = query.get('action') ?? '';
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
      {asked.data ? <List page={asked.data} filtered={query.size > 0} /> : !asked.error && <p class="muted wait" aria-busy="true">{asked.waiting}</p>}
      {asked.data && <Pager page={asked.data} />}
    </>
  );
}

/** Whose session it was, where that is not the role that acted, and where it came from. */
const session = (row: Operation) =>
  [row.login !== row.role && `logged in as ${row.login}`, row.application, row.address].filter(Boolean).join(', ');

function List({ page, filtered }: { page: Page<Operation>; filtered: boolean }) {
  if (page.rows.length === 0) {
    return filtered ? <Empty title={noMatch('operation', page)}><p class="muted">Other filters may find one.</p></Empty>
      : <Empty title="Nobody has operated the pipeline"><p class="muted">Who pauses, resumes, retries, cancels, or changes a stage or a server, stands here with what they did.</p></Empty>;
  }
  return (
    <div class="panel">
      <table class="stack">
        <thead><tr><th scope="col">What</th><th scope="col" class="num">Rows</th><th scope="col">Who</th><th scope="col">Session</th><th scope="col">Time</th></tr></thead>
        <tbody>{page.rows.map((row) => (
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
