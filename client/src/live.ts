// A topic of the console, kept live: the whole state at every connection, backoff without end.

import { type Event, NoStreams } from './events.ts';
import { DebriefError } from './request.ts';
import { type Cell, type Store, cell } from './store.ts';

export type Link = 'connecting' | 'live' | 'polling' | 'reconnecting';

export interface Live<T> {
  /** The last state that the server sent; true now only while link is live or polling. */
  data: T | null;
  link: Link;
  /** When data was known to be true for the last time, in milliseconds since 1970; 0: never. */
  at: number;
  /** Why there is no connection. */
  error: DebriefError | null;
}

/** How the events of a topic come: over a stream, from another tab, from a test. */
export interface Transport {
  /** Calls back with events until the connection breaks, then rejects; `current` is the state they made so far. */
  open(topic: string, onEvent: (event: Event) => void, signal: AbortSignal, current: () => unknown): Promise<void>;
  /** The whole state, where open() cannot be had. */
  ask(topic: string, signal: AbortSignal): Promise<unknown>;
}

/** Whether anybody looks: an application in the background keeps no connection. */
export interface Attention {
  looks(): boolean;
  subscribe(listener: () => void): () => void;
}

export interface Timing {
  /** A stream that says nothing for so long is dead; the console pings every 2 s. */
  silenceMs: number;
  pollMs: number;
  firstWaitMs: number;
  lastWaitMs: number;
}
export const timing: Timing = { silenceMs: 5_000, pollMs: 2_000, firstWaitMs: 250, lastWaitMs: 1_000 };

export interface LiveStore<T> extends Store<Live<T>> {
  /** Does not wait for the backoff. */
  reconnect(): void;
}

// So many answers later a stream is tried again: what kept it back may be gone.
const POLLS = 30;

/** Half of it by chance, so that a restarted server is not asked by all at once. */
export const backoff = (failures: number, t: Timing, random = Math.random()) =>
  Math.min(t.lastWaitMs, t.firstWaitMs * 2 ** Math.min(failures, 20)) * (0.5 + random / 2);

/** `merge` puts an event that is not the whole state into the state. */
export function live<T>(
  topic: string,
  transport: Transport,
  attention: Attention,
  merge: (data: T, event: Event) => T = (data) => data,
  t: Timing = timing,
): LiveStore<T> {
  let connection: Connection<T> | undefined;
  const state: Cell<Live<T>> = cell<Live<T>>({ data: null, link: 'connecting', at: 0, error: null }, () => {
    const own = new Connection(topic, transport, attention, merge, t, state);
    connection = own;
    const ignore = attention.subscribe(() => own.wake());
    void own.run();
    return () => {
      ignore();
      own.end();
    };
  });
  return { get: state.get, subscribe: state.subscribe, reconnect: () => connection?.wake(true) };
}

class Connection<T> {
  private readonly ended = new AbortController();
  private attempt = new AbortController();
  private failures = 0;
  private polls = false;
  private polled = 0;
  /** Streams are read as they come here. */
  private streams = false;
  private woken: () => void = () => {};

  private readonly topic: string;
  private readonly transport: Transport;
  private readonly attention: Attention;
  private readonly merge: (data: T, event: Event) => T;
  private readonly t: Timing;
  private readonly state: Cell<Live<T>>;

  constructor(topic: string, transport: Transport, attention: Attention, merge: (data: T, event: Event) => T, t: Timing,
    state: Cell<Live<T>>) {
    this.topic = topic;
    this.transport = transport;
    this.attention = attention;
    this.merge = merge;
    this.t = t;
    this.state = state;
  }

  async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      if (!this.attention.looks()) {
        await this.sleep(null);
        continue;
      }
      this.attempt = new AbortController();
      try {
        await (this.polls ? this.poll() : this.listen());
      } catch (error) {
        if (!this.ended.signal.aborted) await this.recover(error);
      }
    }
  }

  /** The application came to the foreground, or went from it; `now`: somebody does not want to wait. */
  wake(now = false): void {
    if (!this.attention.looks() || now) this.attempt.abort();
    if (now) this.failures = 0;
    this.polls = false;
    this.woken();
  }

  end(): void {
    this.ended.abort();
    this.attempt.abort();
    this.woken();
    this.say({ link: 'connecting' });
  }

  private say(change: Partial<Live<T>>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  private async listen(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { signal } = this.attempt;
    const silent = new Promise<never>((_, reject) => {
      const expect = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(this.streams ? new DebriefError('The server has gone silent.', 0) : new NoStreams()), this.t.silenceMs);
      };
      this.heard = () => {
        this.streams = true;
        expect();
      };
      expect();
    });
    try {
      const take = (event: Event) => void (signal.aborted || this.take(event));
      const current = () => (this.state.get().link === 'live' ? this.state.get().data : null);
      await Promise.race([silent, this.transport.open(this.topic, take, signal, current)]);
    } finally {
      clearTimeout(timer);
      this.attempt.abort();
    }
  }
  private heard: () => void = () => {};

  private take(event: Event): void {
    this.heard();
    const { data, link } = this.state.get();
    if (event.name === 'state') {
      this.failures = 0;
      this.say({ data: event.data as T, link: 'live', at: Date.now(), error: null });
    } else if (link === 'live' && data !== null) {
      // Before the state of this connection, a row would be put into an old one.
      this.say({ data: event.name === '' ? data : this.merge(data, event), at: Date.now() });
    }
  }

  private async poll(): Promise<void> {
    const data = (await this.transport.ask(this.topic, this.attempt.signal)) as T;
    this.failures = 0;
    this.say({ data, link: 'polling', at: Date.now(), error: null });
    this.polls = ++this.polled % POLLS > 0;
    await this.sleep(this.t.pollMs);
  }

  private async recover(error: unknown): Promise<void> {
    if (error instanceof NoStreams) {
      this.polls = true;
      return;
    }
    const aborted = (error as Error).name === 'AbortError';
    const reason = error instanceof DebriefError ? error : aborted ? null : new DebriefError(String(error), 0);
    // What is there no longer, or is another's, is not shown any longer.
    const gone = reason !== null && [401, 403, 404].includes(reason.status);
    this.say({ link: this.state.get().at === 0 ? 'connecting' : 'reconnecting', error: reason, ...(gone && { data: null }) });
    if (!this.attention.looks()) return;
    const wait = Math.max(backoff(this.failures++, this.t), (reason?.retryAfter ?? 0) * 1000);
    if (reason !== null) await this.sleep(wait);
  }

  private sleep(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.woken = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
