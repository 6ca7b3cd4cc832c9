// What failed, by code and row by row.
import type { FailureRow, Overview, Page } from './rows.ts';
import { capital, many, stageName, when } from './format.ts';
import { noMatch, Pager, useList, useVersion } from './list.tsx';
import { FailuresByCode } from './overview.tsx';
import { Empty, Failure, H1, Section, State, Waiting } from './parts.tsx';
import { href, place, withQuery } from './router.ts';
import { useLive } from './state.ts';

export function Failures() {
  const { path, query } = place.value;
  const live = useLive((client) => client.topic<Overview>('overview'), 'overview');
  const asked = useList<FailureRow>('api/failures', useVersion(live.data?.failures));
  const total = live.data?.failures.reduce((sum, row) => sum + row.count, 0) ?? 0;
  const filters = { stage: query.get('stage') ?? '', code: query.get('code') ?? '' };
  const filtered = filters.stage !== '' || filters.code !== '';
  return (
    <>
      <H1>{live.data === null ? 'Failures' : total === 0 ? 'Nothing has failed' : `${capital(many(total, 'row has', 'rows have'))} failed`}</H1>
      {(live.data === null || total > 0) && (
        <Section id="h-codes" title="By code">
          {live.data ? <FailuresByCode rows={live.data.failures} current={query} /> : <Waiting live={live} what="the failures" />}
        </Section>
      )}
      <Section id="h-rows" title={filtered ? `Rows: ${[stageName(filters.stage), filters.code].filter(Boolean).join(', ')}` : 'Rows, newest first'}
        aside={filtered && <a href={href(path)}>Show all</a>}>
        {asked.error && <Failure error={asked.error} again={asked.again} />}
        {asked.data ? <List page={asked.data} filtered={filtered} /> : !asked.error && <p class="muted wait" aria-busy="true">{asked.waiting}</p>}
        {asked.data && <Pager page={asked.data} />}
      </Section>
    </>
  );
}

function List({ page, filtered }: { page: Page<FailureRow>; filtered: boolean }) {
  if (page.rows.length === 0) {
    return filtered ? <Empty title={noMatch('failure', page)}>{!page.searched_to && <p class="muted">They were retried, or they never were.</p>}</Empty>
      : <Empty title="No failures"><p class="muted">What was cancelled does not count.</p></Empty>;
  }
  return (
    <div class="panel">
      <table class="stack rows">
        <thead><tr><th scope="col">What</th><th scope="col">Why</th><th scope="col" class="num">Attempts</th><th scope="col">Since</th></tr></thead>
        <tbody>{page.rows.map((row) => (
          <tr key={`${row.stage} ${row.delivery_id ?? row.feedback_id ?? row.analysis_job_id}`}>
            <th scope="row">
              <a dir="auto" href={href(withQuery(`/analyses/${row.analysis_job_id}`, { item: row.feedback_id?.toString() }))}>
                {row.message ?? row.file ?? `Analysis ${row.analysis_job_id}`}
              </a>
              <span class="sub">{stageName(row.stage)}{row.message && row.file && <> · <bdi>{row.file}</bdi></>}</span>
            </th>
            <td class="wide">
              <State icon="fail" tone="bad"><code>{row.error_code}</code></State> {row.dismissed_at && <span class="muted small">dismissed by its owner</span>}
              <span class="sub" dir="auto">{row.last_error}</span>
              {row.detail && <span class="sub raw" dir="auto">{row.detail}</span>}
            </td>
            <td class="num" data-l="Attempts">{row.attempts}</td>
            <td class="nowrap">{when(row.since)}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
