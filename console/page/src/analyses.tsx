// The list of analyses: filters in the address, pages by key.
import type { AnalysisRow, Page } from './rows.ts';
import { Choice, Filters } from './filters.tsx';
import { when } from './format.ts';
import { noMatch, Pager, useList, useVersion } from './list.tsx';
import { Empty, Failure, H1, Status, statusWord } from './parts.tsx';
import { href, place } from './router.ts';
import { isStaff, useLive } from './state.ts';

const STATUSES = ['queued', 'processing', 'completed', 'failed'];

export function Analyses() {
  const { path, query } = place.value;
  const all = isStaff();
  const live = useLive<unknown>((client) => client.topic(all ? 'overview' : 'mine', (_, event) => event.data), all ? 'overview' : 'mine');
  const asked = useList<AnalysisRow>('api/analyses', useVersion(live.data));
  const title = all ? 'Analyses' : 'My videos';
  return (
    <>
      <H1>{title}</H1>
      <Filters path={path} query={query}>
        <Choice name="status" label="Status" all={STATUSES} word={statusWord} value={query.get('status') ?? ''} />
        {all && (
          <div class="field">
            <label for="f-user">User</label>
            <input id="f-user" name="user" defaultValue={query.get('user') ?? ''} placeholder="uuid" spellcheck={false} />
          </div>
        )}
        <div class="field grow">
          <label for="f-q">File or title</label>
          <input id="f-q" name="q" type="search" defaultValue={query.get('q') ?? ''} />
        </div>
      </Filters>
      {asked.error && <Failure error={asked.error} again={asked.again} />}
      {asked.data ? <List page={asked.data} filtered={query.size > 0} all={all} /> : !asked.error && <p class="muted wait" aria-busy="true">{asked.waiting}</p>}
      {asked.data && <Pager page={asked.data} />}
    </>
  );
}

function List({ page, filtered, all }: { page: Page<AnalysisRow>; filtered: boolean; all: boolean }) {
  if (page.rows.length === 0) {
    return filtered
      ? <Empty title={noMatch('analysis', page)}><p class="muted">Other filters may find one.</p></Empty>
      : <Empty title="Nothing has been uploaded"><p>A video whose upload is completed is analysed by itself, and stands here within a second.</p></Empty>;
  }
  return (
    <div class="panel">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Video</th><th scope="col">Status</th><th scope="col">Title</th>
            {all && <th scope="col">User</th>}
            <th scope="col">Asked for</th>
          </tr>
        </thead>
        <tbody>{page.rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <a dir="auto" href={href(all ? `/analyses/${row.id}` : `/play/${row.id}`)}>{row.file ?? `Analysis ${row.id}`}</a>
              <span class="sub">Analysis {row.id}</span>
            </th>
            <td><Status of={row.status} code={row.error_code} />{row.status === 'processing' && <span class="sub">{row.progress_percentage} %</span>}</td>
            <td class="wide">{row.title && <p dir="auto">{row.title}</p>}{row.last_error && <span class="sub" dir="auto">{row.last_error}</span>}</td>
            {all && <td class="mono small nowrap" data-l="User">{row.user_id.slice(0, 8)}</td>}
            <td class="nowrap">{when(row.created_at)}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
