// Where we are: paths below the prefix, filters in the query.
import { signal } from '@preact/signals';
import { prefix } from './client.ts';
import { comeBack, keepPlace } from './place.ts';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({
  path: location.pathname.slice(prefix.length).replace(/\/+$/, '') || '/',
  query: new URLSearchParams(location.search),
});

export const place = signal(here());
let current = location.pathname + location.search;
addEventListener('popstate', (event) => {
  const left = current;
  current = location.pathname + location.search;
  const y = event.state?.y ?? 0;
  if (left !== current) {
    comeBack(y, left);
    place.value = here();
  } else if (event.state) {
    // A link within the page comes by here as well; it is new, and the browser goes where it leads.
    scrollTo(0, y);
  }
});

export const href = (path: string) => prefix + path;

export function go(path: string): void {
  // The same place again is no step to go back.
  const same = href(path) === location.pathname + location.search;
  keepPlace();
  history[same ? 'replaceState' : 'pushState'](null, '', href(path));
  current = location.pathname + location.search;
  const changed = place.value.path !== here().path;
  place.value = here();
  if (!changed) return;
  scrollTo(0, 0);
  // As after a load: the next Tab is the first of the page, and it is read from its beginning.
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** The path with filters; empty ones are left out. */
export function withQuery(path: string, filters: Record<string, string | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Links of our own are followed without a load, as long as nobody wants a new tab. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest('a');
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.origin !== location.origin || link.target || !link.pathname.startsWith(href('/'))) return;
  if (link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  go(link.pathname.slice(prefix.length) + link.search);
}
