// What several pages are made of.
import type { DebriefError, Live } from '@pg-debrief/client';
import { unable } from '@pg-debrief/client/components';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isOld } from './client.ts';
import { duration, when } from './format.ts';
import { Icon } from './icon.tsx';
import { href } from './router.ts';
import { isTrue, link } from './state.ts';

export type Tone = '' | 'warn' | 'bad' | 'on';

export function State({ icon, tone = '', children }: { icon: string; tone?: Tone; children: ComponentChildren }) {
  return <span class={`st ${tone}`}><Icon name={icon} />{children}</span>;
}

export function Note({ tone = '', icon, children, actions, alert = false }: {
  tone?: Tone; icon: string; children: ComponentChildren; actions?: ComponentChildren; alert?: boolean;
}) {
  return (
    <div class={`note ${tone}`} role={alert ? 'alert' : undefined}>
      <Icon name={icon} />
      <div>{children}</div>
      {actions && <div class="acts">{actions}</div>}
    </div>
  );
}

/** A button that does something to the pipeline: not while what it stands beside may be old. It keeps the focus meanwhile. */
export function Act({ onClick, kind = '', label, children }: {
  onClick: () => void; kind?: string; label?: string; children: ComponentChildren;
}) {
  const act = () => isTrue() && onClick();
  return <button type="button" class={kind} aria-label={label} {...unable(!isTrue())} onClick={act}>{children}</button>;
}

/** The page's heading, which is the title of its tab too. */
export function H1({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading.current?.textContent} – pg_debrief`;
  });
  return <h1 ref={heading} dir="auto">{children}</h1>;
}

export function Section({ id, title, aside, children }: { id: string; title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="sec" aria-labelledby={id}>
      <div class="head"><h2 id={id}>{title}</h2>{aside && <div class="muted small">{aside}</div>}</div>
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="panel blank"><h3>{title}</h3>{children}</div>;
}

export function Failure({ error, again }: { error: DebriefError; again?: () => void }) {
  const slow = error.sqlstate === '57014';
  return (
    <Note tone="bad" icon="fail" alert actions={again && <button type="button" onClick={again}>Try again</button>}>
      <p><b>{slow ? 'This took too long and was stopped.' : error.message}</b></p>
      {(error.hint || slow) && <p>{error.hint ?? 'Choose fewer rows by a filter.'}</p>}
    </Note>
  );
}

/** Nothing reloads by itself: somebody may be typing. */
export function NewPage() {
  if (!isOld.value) return null;
  return (
    <Note icon="retry" alert actions={<button type="button" onClick={() => location.reload()}>Reload</button>}>
      <p><b>A newer version of this page is there.</b> What you have typed is lost when you reload.</p>
    </Note>
  );
}

// The age of what is shown, counted only while there is something to count.
const now = signal(Date.now());

/** Above every page: whether it is true, and since when it is not. */
export function Connection() {
  const state = link.value;
  const away = state !== null && state.live.link === 'reconnecting';
  useEffect(() => {
    if (!away) return;
    now.value = Date.now();
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, [away]);
  if (!away) return null;
  const { at, error } = state.live;
  const age = at > 0 ? `What you see is of ${when(new Date(at).toISOString())}, ${duration(Math.round((now.value - at) / 1000))} ago.` : '';
  return (
    <Note tone="warn" icon="nolive" actions={<button type="button" onClick={state.reconnect}>Try now</button>}>
      <p><b>Reconnecting.</b> {age} {error?.message}</p>
    </Note>
  );
}

/** What is not there, or is another's: no connection will bring it. */
export const isRefused = (error: DebriefError | null) => error?.status === 404 || error?.status === 403;

/** What a page shows before its first answer, or in place of what is not there. */
export function Waiting({ live, what }: { live: Live<unknown> & { reconnect: () => void }; what: string }) {
  const { error } = live;
  if (!error) return <p class="muted wait" aria-busy="true">Asking for {what} …</p>;
  if (isRefused(error)) {
    return (
      <Note icon="off">
        <p><b>{error.status === 404 ? 'It is not there, or it is not yours.' : error.message}</b> <a href={href('/')}>Go to the first page</a></p>
        {error.hint && <p>{error.hint}</p>}
      </Note>
    );
  }
  return <Failure error={error} again={live.reconnect} />;
}

const STATUS: Record<string, [string, Tone, string]> = {
  queued: ['wait', '', 'Queued'], processing: ['run', 'on', 'In progress'], completed: ['ok', '', 'Done'],
  failed: ['fail', 'bad', 'Failed'], retrying: ['wait', '', 'Tried again soon'], blank: ['blank', '', 'Nothing to speak'],
  unqueued: ['off', 'bad', 'Not in the queue'],
  cancelled: ['off', '', 'Cancelled'],
};

export const statusWord = (status: string) => STATUS[status]?.[2] ?? status;

/** queued, processing, completed, failed; what was cancelled is no failure. */
export function Status({ of, code }: { of: string; code?: string | null }) {
  const [icon, tone, word] = STATUS[of === 'failed' && code === 'cancelled' ? 'cancelled' : of] ?? ['wait', '', of];
  return <State icon={icon} tone={tone}>{word}</State>;
}
