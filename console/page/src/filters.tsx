// Filters that stand in the address.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { go, href, withQuery } from './router.ts';

export function Filters({ path, query, children }: { path: string; query: URLSearchParams; children: ComponentChildren }) {
  const form = useRef<HTMLFormElement>(null);
  // Back and Clear change the address, too. The fields stay the same ones, and so does what has the focus.
  useEffect(() => {
    for (const field of form.current!.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')) field.value = query.get(field.name) ?? '';
  }, [query.toString()]);
  const submit = (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    go(withQuery(path, Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]))));
  };
  return (
    <form class="filters" role="search" onSubmit={submit} ref={form}>
      {children}
      <button type="submit">Filter</button>
      {query.size > 0 && <a class="btn quiet" href={href(path)}>Clear filters</a>}
    </form>
  );
}

export function Choice({ name, label, all, value, word = (one) => one }: {
  name: string; label: string; all: string[]; value: string; word?: (one: string) => string;
}) {
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <select id={`f-${name}`} name={name} onChange={(event) => event.currentTarget.form?.requestSubmit()}>
        <option value="">All</option>
        {all.map((one) => <option key={one} value={one} selected={one === value}>{word(one)}</option>)}
      </select>
    </div>
  );
}
