// What the lists have in common: filters in the address, pages by key, and searches that look at so many rows a request.
import type { Page } from './rows.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { when } from './format.ts';
import { href, place, withQuery } from './router.ts';
import { type Asked, useAsk } from './state.ts';

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

/** The list of the address. Whoever asks for older rows gets the next that match, over as many requests as that takes. */
export function useList<T>(api: string, version: number): Asked<Page<T>> & { waiting: string } {
  const filters = Object.fromEntries(place.value.query);
  const first = withQuery(api, filters);
  const [on, setOn] = useState({ first, path: first, searchedTo: '' });
  const { path, searchedTo } = on.first === first ? on : { path: first, searchedTo: '' };
  const asked = useAsk<Page<T>>(path, filters.before ? 0 : version);
  const page = asked.data;
  const further = filters.before && page?.rows.length === 0 ? page.searched_to : undefined;
  useEffect(() => {
    if (further) setOn({ first, path: withQuery(api, { ...filters, before: String(page!.next) }), searchedTo: further });
  }, [page]);
  return {
    ...asked, data: further ? null : page,
    waiting: searchedTo ? `Nothing found yet, back to ${when(searchedTo)} …` : 'Asking for the list …',
  };
}

/** Why a list with filters is empty. */
export function noMatch(what: string, page: Page<unknown>): string {
  return `No ${place.value.query.has('before') ? 'older ' : ''}${what} matches${page.searched_to ? ' so far' : ''}`;
}

export function Pager({ page: { next, searched_to } }: { page: Page<unknown> }) {
  const { path, query } = place.value;
  const { before, ...filters } = Object.fromEntries(query);
  if (next === null && !before) return null;
  return (
    <div class="sec">
      {searched_to && <p class="muted small">Searched back to {when(searched_to)}. What is older has not been looked at.</p>}
      <nav class="acts" aria-label="Pages">
        {before && <a class="btn" href={href(withQuery(path, filters))}>Newest</a>}
        {next !== null && <a class="btn" href={href(withQuery(path, { ...filters, before: String(next) }))}>{searched_to ? 'Search older' : 'Older'}</a>}
      </nav>
    </div>
  );
}
