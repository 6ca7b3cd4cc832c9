// A stream of server-sent events over fetch(): EventSource can send no token, and hides why it was refused.

import { type Connection, DebriefError, request } from './request.ts';

export interface Event {
  name: string;
  data: unknown;
}

/** Splits text/event-stream into events. A comment (the console's ping) is an event without a name. */
export function parser(onEvent: (event: Event) => void): (text: string) => void {
  let rest = '';
  let name = 'message';
  let data: string[] = [];
  return (text) => {
    // A CR at the end may be half of a CR LF.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) onEvent({ name, data: JSON.parse(data.join('\n')) });
        name = 'message';
        data = [];
      } else if (line.startsWith(':')) {
        onEvent({ name: '', data: null });
      } else {
        const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
        if (field === 'event') name = value ?? '';
        if (field === 'data') data.push(value ?? '');
      }
    }
  };
}

/** Thrown where answers cannot be read as they come, as in React Native: ask again and again instead. */
export class NoStreams extends Error {}

/** Reads a topic's events until the stream ends, which is an error always: a console ends none. */
export async function stream(to: Connection, path: string, onEvent: (event: Event) => void, signal: AbortSignal): Promise<void> {
  const response = await request(to, path, { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal });
  const reader = response.body?.getReader?.();
  if (!reader) throw new NoStreams();
  const decoder = new TextDecoder();
  const feed = parser(onEvent);
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw signal.aborted ? error : new DebriefError('The connection broke.', 0);
    });
    if (done) throw new DebriefError('The stream ended.', 0);
    onEvent({ name: '', data: null });  // a large state comes in pieces: each is a sign of life
    feed(decoder.decode(value, { stream: true }));
  }
}
