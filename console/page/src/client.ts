// The console that this page came from, behind whatever path prefix.
import { createDebrief, consoleStream, visibility, type Debrief } from '@pg-debrief/client';
import { signal } from '@preact/signals';
import { overTabs } from '@pg-debrief/client/tabs';
import type { Session } from './rows.ts';

// This file is PREFIX/assets/app-HASH.js.
export const prefix = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

/** The console serves another page than this one: it was upgraded, and what this page asks for may not fit any more. */
export const isOld = signal(false);
const own = import.meta.url.split('/').at(-1);
const connection = {
  url: location.origin + prefix,
  async fetch(...asked: Parameters<typeof fetch>): Promise<Response> {
    const response = await fetch(...asked);
    const served = response.headers.get('Debrief-Page');
    if (served && served !== own) isOld.value = true;
    return response;
  },
};

/** Requests before anybody is signed in. */
export const open = createDebrief(connection);

export function clientFor(session: Session): Debrief {
  const who = `${prefix} ${session.role ?? ''} ${session.user_id ?? ''}`;
  return createDebrief({ ...connection, attention: visibility(), transport: overTabs(consoleStream(connection), who) });
}

export { connection };
