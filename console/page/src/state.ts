// Who looks, over which client, and whether what they see is true now.
import { DebriefError, type Debrief, type Live, type LiveStore } from '@pg-debrief/client';
import { effect, signal } from '@preact/signals';
import { useStore } from '@pg-debrief/client/components';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { clientFor, open } from './client.ts';
import type { Session } from './rows.ts';

export const session = signal<Session | null | undefined>(undefined);
/** Why there is no session, when it is not that nobody has signed in. */
export const trouble = signal<DebriefError | null>(null);
/** There was a session, and nobody signed out. */
export const hasEnded = signal(false);
export const debrief = signal<Debrief>(open);

/** The connection of what is on the page. */
export const link = signal<{ live: Live<unknown>; reconnect: () => void } | null>(null);
export const isTrue = () => {
  const state = link.value?.live.link;
  return state === undefined || state === 'live' || state === 'polling';
};

/** Whoever owns nothing here looks at all: an operator, a reader, a monitor. */
export const isStaff = () => session.value!.can.read_all || !session.value!.can.own;

export async function ask(): Promise<void> {
  try {
    trouble.value = null;
    const now = await open.get<Session>('api/session');
    debrief.value = clientFor(now);
    session.value = now;
  } catch (error) {
    trouble.value = error instanceof DebriefError && error.status === 401 ? null : (error as DebriefError);
    session.value = null;
  } finally {
    hasEnded.value = false;
  }
}

// With each new connection: another tab may have signed in as somebody else, or a standby become the primary.
async function askAgain(): Promise<void> {
  const now = await open.get<Session>('api/session').catch(() => null);
  const before = session.peek();
  if (!now || !before || JSON.stringify(now) === JSON.stringify(before)) return;
  if (now.role !== before.role || now.user_id !== before.user_id) debrief.value = clientFor(now);
  session.value = now;
}

let wasAway = false;
effect(() => {
  const state = link.value?.live.link;
  const isAway = state === 'reconnecting';
  if (wasAway && (state === 'live' || state === 'polling')) void askAgain();
  if (state !== undefined) wasAway = isAway;
});

// A session that ended while somebody looked: sign in again.
effect(() => {
  if (link.value?.live.error?.status === 401 && session.peek()) {
    link.value = null;
    session.value = null;
    hasEnded.value = true;
  }
});

/** Follows a topic while the page shows it, and shows its connection in the bar. */
export function useLive<T>(make: (client: Debrief) => LiveStore<T>, key: string): Live<T> & { reconnect: () => void } {
  const client = debrief.value;
  const store = useMemo(() => make(client), [client, key]);
  const live = useStore({ useState, useEffect }, store);
  useEffect(() => {
    link.value = { live, reconnect: store.reconnect };
  }, [live, store]);
  useEffect(() => () => void (link.value = null), [store]);
  return { ...live, reconnect: store.reconnect };
}

export interface Asked<T> {
  data: T | null;
  error: DebriefError | null;
  again: () => void;
}

/** One answer, asked for again when `key` or `version` changes; an older answer never replaces a newer one. */
export function useAsk<T>(path: string | null, version: unknown = 0): Asked<T> {
  const client = debrief.value;
  const [state, setState] = useState<{ path: string | null; data: T | null; error: DebriefError | null }>({ path: null, data: null, error: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    client.get<T>(path, control.signal).then(
      (data) => control.signal.aborted || setState({ path, data, error: null }),
      (error) => control.signal.aborted || setState((now) => ({ path, data: now.path === path ? now.data : null, error })),
    );
    return () => control.abort();
  }, [client, path, version, round]);
  const current = state.path === path;
  return { data: current ? state.data : null, error: current ? state.error : null, again: () => setRound(round + 1) };
}
