// The list of analyses: filters in the address, pages by key.
import type { AnalysisRow, Page } from './rows.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice, Filters } from './filters.tsx';
import { when } from './format.ts';
import { Empty, Failure, H1, Status } from './parts.tsx';
import { href, place, withQuery } from './router.ts';
import { isStaff, useAsk, useLive } from './state.ts';

const STATUSES = ['queued', 'processing', 'completed', 'failed'];

// What goes on by itself, without a row that changes.
const CLOCKS = ['at', 'oldest_due', 'oldest_processing', 'since'];

/** Changes when rows did, at most every other second: the first page is asked for again then. */
export function useVersion(data: unknown): number {
  const [version, setVersion] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const changed = JSON.stringify(data, (key, value) => (CLOCKS.includes(key) ? undefined : value));
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setVersion((now) => now + 1);
    }, 1500);
  }, [changed]);
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  return version;
}

export function Analyses() {
  const { path, query } = place.value;
  const all = isStaff();
  const live = useLive<unknown>((client) => client.topic(all ? 'overview' : 'mine', (_, event) => event.data), all ? 'overview' : 'mine');
  const version = useVersion(live.data);
  const before = query.get('before');
  const asked = useAsk<Page<AnalysisRow>>(withQuery('api/analyses', Object.fromEntries(query)), before ? 0 : version);
  const title = all ? 'Analyses' : 'My videos';
  return (
    <>
      <H1>{title}</H1>
      <Filters path={path} query={query}>
        <Choice name="status" label="Status" all={STATUSES} value={query.get('status') ?? ''} />
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
      {asked.data ? <List page={asked.data} query={query} path={path} all={all} />
        : !asked.error && <p class="muted wait" aria-busy="true">Asking for the list …</p>}
    </>
  );
}

function List({ page, query, path, all }: { page: Page<AnalysisRow>; query: URLSearchParams; path: string; all: boolean }) {
  if (page.rows.length === 0) {
    return query.size > 0
      ? <Empty title="No analysis matches"><p class="muted">Other filters may find one.</p></Empty>
      : <Empty title="Nothing has been uploaded"><p>A video whose upload is completed is analysed by itself, and stands here within a second.</p></Empty>;
  }
  const filters = Object.fromEntries([...query].filter(([name]) => name !== 'before'));
  return (
    <>
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
                <a href={href(all ? `/analyses/${row.id}` : `/play/${row.id}`)}>{row.file ?? `Analysis ${row.id}`}</a>
                <span class="sub">Analysis {row.id}</span>
              </th>
              <td><Status of={row.status} code={row.error_code} />{row.status === 'processing' && <span class="sub">{row.progress_percentage} %</span>}</td>
              <td class="wide">{row.title ?? ''}{row.last_error && <span class="sub">{row.last_error}</span>}</td>
              {all && <td class="mono small" data-l="User">{row.user_id.slice(0, 8)}</td>}
              <td class="nowrap">{when(row.created_at)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
      <Pager next={page.next} path={path} filters={filters} paged={query.has('before')} />
    </>
  );
}

export function Pager({ next, path, filters, paged }: { next: number | string | null; path: string; filters: Record<string, string>; paged: boolean }) {
  if (next === null && !paged) return null;
  return (
    <nav class="acts" aria-label="Pages">
      {paged && <a class="btn" href={href(withQuery(path, filters))}>Newest</a>}
      {next !== null && <a class="btn" href={href(withQuery(path, { ...filters, before: String(next) }))}>Older</a>}
    </nav>
  );
}
