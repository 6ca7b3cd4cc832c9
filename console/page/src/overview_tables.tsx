// The promises, the workers, who did what.
import { capital, count, duration, many, when } from './format.ts';
import { Section, State } from './parts.tsx';
import { href } from './router.ts';
import type { Operation, Promises as Kept, Worker } from './rows.ts';

const PERIODS: Record<string, string> = { hour: 'Last hour', day: 'Last day', week: 'Last week' };

const seconds = (n: number) => (Number.isFinite(n) ? duration(n) : 'over 5 min');

// What the product promises: 95 of 100 items spoken in 30 s, under 1 of 100 failed, 95 of 100 begun in 5 s.
const PROMISES = [
  { name: 'Spoken within 30 s, p95', limit: 30, of: (row: Kept) => row.p95_seconds, show: seconds },
  { name: 'Failed, under 1 %', limit: 0.01, of: (row: Kept) => row.failed_share, show: (share: number) => (share > 0 && share < 0.0001 ? 'under 0.01 %' : `${(share * 100).toFixed(2)} %`) },
  { name: 'Begun within 5 s, p95', limit: 5, of: (row: Kept) => row.queue_p95_seconds, show: seconds },
];

export function Promises({ rows }: { rows: Kept[] }) {
  const day = rows.find(({ period }) => period === 'day') ?? rows[0];
  if (!day) return null;
  const items = day.spoken + day.failed;
  return (
    <Section id="h-promises" title="Promises" aside={`${PERIODS[day.period] ?? day.period}${items > 0 ? `, ${many(items, 'item')}` : ''}`}>
      <ul class="panel prom">
        {PROMISES.map(({ name, limit, of, show }) => {
          const value = of(day);
          const others = rows.filter((row) => row !== day && of(row) !== null);
          const kept = value === null || Number(value) <= limit;
          return (
            <li key={name}>
              <span class="k">{name}</span>
              <p class="v">
                <b>{value === null ? '–' : show(Number(value))}</b>
                {value === null ? <span class="st">Nothing yet</span>
                  : <State icon={kept ? 'ok' : 'fail'} tone={kept ? '' : 'bad'}>{kept ? 'Kept' : 'Broken'}</State>}
              </p>
              <div class={`meter ${kept ? '' : 'bad'}`}><i style={{ '--v': Math.min(100, (Number(value ?? 0) / limit) * 100) }} /></div>
              <span class="small muted">{others.map((row) => `${PERIODS[row.period] ?? row.period}: ${show(Number(of(row)))}`).join(', ')}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

const callsOf = (worker: Worker) => Object.entries(worker).reduce((calls, [name, n]) => (name.endsWith('_in_flight') ? calls + Number(n) : calls), 0);

export function Workers({ workers }: { workers: Worker[] }) {
  const own = workers.filter(({ process }) => process === 'worker');
  return (
    <Section id="h-workers" title="Workers" aside={`${own.filter(({ pid }) => pid !== null).length} of ${own.length} alive`}>
      <div class="panel">
        <table class="stack">
          <thead><tr><th scope="col">Process</th><th scope="col">State</th><th scope="col" class="num">Calls in flight</th></tr></thead>
          <tbody>{workers.map((worker) => (
            <tr key={`${worker.process} ${worker.ordinal}`}>
              <th scope="row">
                {worker.process} {worker.ordinal ?? ''}
                <span class="sub">{worker.pid ? `pid ${worker.pid}` : 'no process'}{worker.since && `, since ${when(worker.since)}`}</span>
              </th>
              <td class="wide">
                <State icon={worker.pid ? 'run' : 'fail'} tone={worker.pid ? '' : 'bad'}>{capital(worker.state)}</State>
                {worker.last_error && <span class="sub">{worker.last_error}</span>}
              </td>
              <td class="num" data-l="Calls">{worker.process === 'worker' && count(callsOf(worker))}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}

export function OperationLog({ rows }: { rows: Operation[] }) {
  if (rows.length === 0) return null;
  return (
    <Section id="h-operations" title="Operations" aside={<a href={href('/operations')}>All operations</a>}>
      <div class="panel">
        <table class="stack">
          <thead><tr><th scope="col">What</th><th scope="col" class="num">Rows</th><th scope="col">Who</th><th scope="col">Time</th></tr></thead>
          <tbody>{rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.action} {row.target}</th>
              <td class="num" data-l="Rows">{count(row.affected)}</td>
              <td>{row.role}{row.end_user && <span class="sub mono">{row.end_user.slice(0, 8)}</span>}</td>
              <td class="nowrap">{when(row.at)}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </Section>
  );
}
