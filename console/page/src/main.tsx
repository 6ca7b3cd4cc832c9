import './style/base.css';
import './style/pages.css';
import './style/player.css';
import { postJson } from '@pg-debrief/client/request';
import { render } from 'preact';
import { Analyses } from './analyses.tsx';
import { Analysis } from './analysis.tsx';
import { connection } from './client.ts';
import { ConfirmDialog, Said } from './confirm.tsx';
import { Failures } from './failures.tsx';
import { Icon } from './icon.tsx';
import { Login } from './login.tsx';
import { Overview } from './overview.tsx';
import { Connection, H1, isRefused, NewPage, Note, State } from './parts.tsx';
import { Operations } from './operations.tsx';
import { Player } from './player.tsx';
import { follow, href, place } from './router.ts';
import { ask, isStaff, link, session } from './state.ts';

function Link() {
  const state = link.value?.live.link;
  if (state === undefined || isRefused(link.value!.live.error)) return null;
  return (
    <span class="live" role="status">
      {state === 'live' || state === 'polling' ? <State icon="live">{state === 'live' ? 'Live' : 'Every 2 s'}</State>
        : <State icon="nolive" tone="warn">{state === 'connecting' ? 'Connecting' : 'Reconnecting'}</State>}
    </span>
  );
}

async function signOut() {
  await postJson(connection, 'api/logout', {}).catch(() => {});
  await ask();
}

function Bar() {
  const who = session.value!;
  const path = place.value.path;
  const tab = (to: string, name: string, current: boolean) => (
    <a href={href(to)} aria-current={current ? 'page' : undefined}>{name}</a>
  );
  const operators = isStaff();
  return (
    <header class="bar">
      <div class="wrap">
        <a class="brand" href={href('/')}><Icon name="logo" /><span>pg_debrief</span></a>
        <nav class="nav" aria-label="Console">
          {operators && tab('/', 'Overview', path === '/')}
          {operators ? tab('/analyses', 'Analyses', /^\/(analyses|play)/.test(path)) : tab('/', 'My videos', true)}
          {operators && tab('/failures', 'Failures', path === '/failures')}
          {operators && tab('/operations', 'Operations', path === '/operations')}
        </nav>
        <div class="who">
          <Link />
          <span class="muted role">{who.role ? `${who.role} @ ` : ''}{who.database}{who.mode === 'open' && ', read only'}</span>
          {who.mode === 'login' && <button type="button" class="quiet" onClick={signOut}>Sign out</button>}
        </div>
      </div>
    </header>
  );
}

function Page() {
  const { path } = place.value;
  const operators = isStaff();
  const id = Number(/^\/(?:analyses|play)\/(\d+)$/.exec(path)?.[1] ?? Number.NaN);
  if (path.startsWith('/play/') && id) return <Player id={id} key={id} />;
  if (path.startsWith('/analyses/') && id) return operators ? <Analysis id={id} key={id} /> : <Player id={id} key={id} />;
  if (path === '/analyses' || (!operators && (path === '/' || path === '/login'))) return <Analyses />;
  if (path === '/' || path === '/login') return <Overview />;
  if (path === '/failures' && operators) return <Failures />;
  if (path === '/operations' && operators) return <Operations />;
  return <><H1>There is no such page</H1><p><a href={href('/')}>Go to the first page</a></p></>;
}

function App() {
  if (session.value === undefined) return <main class="center" id="main"><p class="muted" aria-busy="true">One moment …</p></main>;
  if (session.value === null) return <Login />;
  const { is_standby } = session.value;
  return (
    <>
      <a class="btn skip" href="#main">Skip to content</a>
      <Bar />
      <main class="wrap" id="main" tabIndex={-1}>
        <NewPage />
        <Connection />
        {is_standby && <Note icon="eye"><p><b>This is a standby.</b> You can look; changes are made on the primary.</p></Note>}
        <Page />
      </main>
      <ConfirmDialog />
      <Said />
    </>
  );
}

addEventListener('click', follow);
render(<App />, document.getElementById('app')!);
void ask();
