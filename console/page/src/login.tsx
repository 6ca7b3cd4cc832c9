import { DebriefError } from '@pg-debrief/client';
import { postJson } from '@pg-debrief/client/request';
import { unable } from '@pg-debrief/client/components';
import { useEffect, useState } from 'preact/hooks';
import { connection } from './client.ts';
import { Refusal } from './confirm.tsx';
import { Icon } from './icon.tsx';
import { Failure, H1, NewPage, Note } from './parts.tsx';
import { ask, hasEnded, session, trouble } from './state.ts';

const NO_COOKIE = 'With behind-tls it is kept over https only, and with a path-prefix below that path only.';

export function Login() {
  const [error, setError] = useState<DebriefError | null>(null);
  const [busy, setBusy] = useState(false);
  const wait = useCountdown(error?.retryAfter ?? 0, error);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || wait > 0) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      await postJson(connection, 'api/login', { user: form.get('user'), password: form.get('password') });
      await ask();
      if (!session.peek() && !trouble.peek()) throw new DebriefError('You are signed in, but your browser did not keep the cookie of the session.', 401, null, NO_COOKIE);
    } catch (refused) {
      setError(refused as DebriefError);
    }
    setBusy(false);
  };
  return (
    <main class="center" id="main">
      <div class="card">
        <p class="brand"><Icon name="logo" /><span>pg_debrief</span></p>
        <NewPage />
        {trouble.value && <Failure error={trouble.value} again={ask} />}
        {hasEnded.value && <Note icon="off" alert><p><b>Your session has ended.</b> Sign in to go on where you were.</p></Note>}
        <form class="panel" onSubmit={submit}>
          <H1>Sign in</H1>
          <div class="field">
            <label for="user">PostgreSQL role</label>
            <input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck={false} required
              aria-invalid={error?.status === 401 ? true : undefined} />
          </div>
          <div class="field">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required
              aria-invalid={error?.status === 401 ? true : undefined} />
          </div>
          {error && <Refusal error={error} />}
          <button class="primary" type="submit" {...unable(busy || wait > 0)}>
            {wait > 0 ? `Again in ${wait} s` : busy ? 'Signing in …' : 'Sign in'}
          </button>
        </form>
        <p class="small muted">PostgreSQL decides: you see and do what your role was granted. Superusers are refused.</p>
      </div>
    </main>
  );
}

/** Whole seconds that are left of a throttle. */
function useCountdown(seconds: number, from: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (seconds <= 0) return setLeft(0);
    const end = Date.now() + seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [from]);
  return left;
}
