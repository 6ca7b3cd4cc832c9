// The console that this page came from, behind whatever path prefix.
import { createDebrief, consoleStream, visibility, type Debrief } from '@pg-debrief/client';
import { overTabs } from '@pg-debrief/client/tabs';
import type { Session } from './rows.ts';

// This file is PREFIX/assets/app-HASH.js.
export const prefix = new URL('..', import.meta.url).pathname.replace(/\/$/, '');
const connection = { url: location.origin + prefix };

/** Requests before anybody is signed in. */
export const open = createDebrief(connection);

export function clientFor(session: Session): Debrief {
  const who = `${prefix} ${session.role ?? ''} ${session.user_id ?? ''}`;
  return createDebrief({ ...connection, attention: visibility(), transport: overTabs(consoleStream(connection), who) });
}

export { connection };
