// Done and failed per minute, the last hour: bars, with failures under the base line.
import { count } from './format.ts';
import type { Minute, StageRow } from './rows.ts';

const BARS = 60;
const BASE = 33;

export interface Rates {
  done: number[];
  failed: number[];
}

/** A place for each of the last 60 minutes, also where nothing happened. */
export function ratesOf(minutes: Minute[], stage: string, at: string): Rates {
  const end = Math.floor(new Date(at).getTime() / 60_000);
  const rates: Rates = { done: Array(BARS).fill(0), failed: Array(BARS).fill(0) };
  for (const row of minutes) {
    const bar = BARS - 1 - (end - Math.floor(new Date(row.minute).getTime() / 60_000));
    if (row.stage !== stage || bar < 0 || bar >= BARS) continue;
    rates.done[bar]! += row.completed;
    rates.failed[bar]! += row.failed;
  }
  return rates;
}

const bars = (values: number[], path: (value: number, x: number) => string) =>
  values.map((value, i) => (value > 0 ? path(value, i * 4) : '')).join('');

export function Sparkline({ rates, stage }: { rates: Rates; stage: StageRow['stage'] }) {
  const { done, failed } = rates;
  const peak = Math.max(1, ...done);
  const worst = Math.max(1, ...failed);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const label = `${stage} in the last hour: ${count(sum(done))} done, at most ${count(Math.max(...done))} a minute; ${count(sum(failed))} failed`;
  return (
    <svg class="spark" viewBox={`0 0 ${BARS * 4} 40`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={bars(done, (n, x) => `M${x} ${BASE}h3v${-Math.max(1.5, (n / peak) * 31).toFixed(1)}h-3z`)} />
      <path class="f" d={bars(failed, (n, x) => `M${x} ${BASE + 1}h3v${Math.max(2, (n / worst) * 6).toFixed(1)}h-3z`)} />
      <line x1="0" x2={BARS * 4} y1={BASE} y2={BASE} />
    </svg>
  );
}
