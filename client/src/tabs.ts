// One stream for all tabs of a browser that look at the same: HTTP/1.1 allows six connections to a host, and the
// seventh tab would never load. The tab that holds the topic's lock reads the stream and passes the events on.

import { type Event, NoStreams } from './events.ts';
import type { Transport } from './live.ts';
import { DebriefError } from './request.ts';

// So many streams of different topics leave connections for requests, sounds and the video.
const STREAMS = 3;

interface Message {
  event?: Event;
  /** A tab that has just come wants the state. */
  asks?: true;
  broken?: { message: string; status: number };
}

/** `session` keeps apart what different users of one browser may see. */
export function overTabs(inner: Transport, session: string): Transport {
  // Browsers have locks where the page came by https, or from this machine.
  if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel) return inner;
  return {
    ask: inner.ask,
    open: (topic, onEvent, signal, current) => new Tab(inner, `debrief ${session} ${topic}`).open(topic, onEvent, signal, current),
  };
}

class Tab {
  private readonly inner: Transport;
  private readonly name: string;
  private readonly channel: BroadcastChannel;
  private leads = false;

  constructor(inner: Transport, name: string) {
    this.inner = inner;
    this.name = name;
    this.channel = new BroadcastChannel(name);
  }

  async open(topic: string, onEvent: (event: Event) => void, signal: AbortSignal, current: () => unknown): Promise<void> {
    const given = new AbortController();
    const stop = () => given.abort();
    signal.addEventListener('abort', stop);
    try {
      await new Promise<void>((_, reject) => {
        this.channel.onmessage = ({ data }: MessageEvent<Message>) => {
          if (this.leads) {
            if (data.asks && current() !== null) this.say({ event: { name: 'state', data: current() } });
          } else if (data.event) {
            onEvent(data.event);
          } else if (data.broken) {
            reject(new DebriefError(data.broken.message, data.broken.status));
          }
        };
        this.say({ asks: true });
        const lead = () => this.lead(topic, onEvent, given.signal, current);
        navigator.locks.request(this.name, { signal: given.signal }, lead).catch(reject);
      });
    } finally {
      signal.removeEventListener('abort', stop);
      given.abort();
      this.channel.close();
    }
  }

  private async lead(topic: string, onEvent: (event: Event) => void, signal: AbortSignal, current: () => unknown): Promise<void> {
    this.leads = true;
    const pass = (event: Event) => {
      onEvent(event);
      this.say({ event });
    };
    try {
      await inFreePlace(() => this.inner.open(topic, pass, signal, current));
    } catch (error) {
      if (error instanceof DebriefError) this.say({ broken: { message: error.message, status: error.status } });
      throw error;
    }
  }

  private say(message: Message): void {
    this.channel.postMessage(message);
  }
}

async function inFreePlace(run: () => Promise<void>): Promise<void> {
  for (let place = 0; place < STREAMS; ++place) {
    const had = await navigator.locks.request(`debrief stream ${place}`, { ifAvailable: true }, async (lock) => {
      if (lock) await run();
      return lock !== null;
    });
    if (had) return;
  }
  throw new NoStreams();
}
