// What was tried: a strip of when, a table of what came of it.
import type { Attempt } from '@pg-debrief/client';
import { duration, stageName, when } from './format.ts';
import { State, type Tone } from './parts.tsx';

const THEN: Record<string, [string, Tone, string]> = {
  completed: ['ok', '', 'Completed'], retried: ['wait', '', 'Tried again'], deferred: ['wait', '', 'Put off, not charged'],
  released: ['wait', '', 'Put back, not charged'], failed: ['fail', 'bad', 'Failed'], rescued: ['retry', '', 'Worker lost, tried again'],
  cancelled: ['off', '', 'Aborted'], stale: ['off', '', 'Answer came too late'],
};

const endOf = (row: Attempt) => new Date(row.finished_at).getTime();
const beginOf = (row: Attempt) => endOf(row) - (row.total_ms ?? 0);

function Strip({ rows }: { rows: Attempt[] }) {
  const first = Math.min(...rows.map(beginOf));
  const span = Math.max(1, Math.max(...rows.map(endOf)) - first);
  const x = (time: number) => ((time - first) / span) * 594;
  return (
    <svg class="gantt" viewBox="0 0 600 28" preserveAspectRatio="none" role="img"
      aria-label={`${rows.length} attempts within ${duration(span / 1000)}`}>
      <line x1="0" x2="600" y1="14" y2="14" />
      {rows.map((row) => <rect key={row.id} class={row.disposition} x={x(beginOf(row))} y="5" width={Math.max(6, x(endOf(row)) - x(beginOf(row)))} height="18" />)}
    </svg>
  );
}

export function Attempts({ rows }: { rows: Attempt[] }) {
  if (rows.length === 0) return <p class="muted small">None is kept: see pg_debrief.attempt_history, or the role may not read them.</p>;
  const sorted = [...rows].sort((a, b) => endOf(a) - endOf(b) || a.id - b.id);
  return (
    <>
      {sorted.length > 1 && sorted.some(({ disposition }) => disposition !== 'completed') && <Strip rows={sorted} />}
      <table class="att">
        <thead><tr><th scope="col">Began</th><th scope="col" class="num">Took</th><th scope="col">Server</th><th scope="col">Then</th></tr></thead>
        <tbody>{sorted.map((row) => {
          const [icon, tone, word] = THEN[row.disposition] ?? ['wait', '', row.disposition];
          return (
            <tr key={row.id}>
              <td class="nowrap">{when(new Date(beginOf(row)).toISOString())}<span class="sub">{stageName(row.stage)} {row.attempt}</span></td>
              <td class="num">{row.total_ms === null ? '' : duration(row.total_ms / 1000)}</td>
              <td>{row.server}{row.http_status && <span class="sub nowrap">status {row.http_status}</span>}</td>
              <td>
                <State icon={icon} tone={tone}>{word}</State>
                {row.code && <span class="sub"><code>{row.code}</code></span>}
                {row.detail && <span class="sub raw" dir="auto">{row.detail}</span>}
              </td>
            </tr>
          );
        })}</tbody>
      </table>
    </>
  );
}
