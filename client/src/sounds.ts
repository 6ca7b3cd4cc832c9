// Plays the sounds of feedback, one at a time: who begins ends the other.

import type { Debrief } from './debrief.ts';
import { type Store, cell } from './store.ts';
import type { FeedbackRow } from './types.ts';

export interface Playing {
  /** The feedback item that plays or is paused; null: none. */
  id: number | null;
  paused: boolean;
  /** Seconds, over all of its segments. */
  position: number;
  /** The last sound could not be played, and the item whose sound it was. */
  failed: boolean;
  unheard: number | null;
}

export interface Sounds extends Store<Playing> {
  /** Plays it from the beginning, or goes on where it was paused; resolves when it has ended or another began. */
  play(item: FeedbackRow): Promise<'ended' | 'stopped'>;
  pause(): void;
  stop(): void;
}

/** What plays a sound: the part of an HTMLAudioElement that is needed. React Native's libraries can be given this shape. */
export interface Player {
  src: string;
  /** Seconds. */
  readonly currentTime: number;
  play(): Promise<void>;
  pause(): void;
  addEventListener(type: 'timeupdate' | 'ended' | 'error', listener: () => void): void;
}

const SILENT: Playing = { id: null, paused: true, position: 0, failed: false, unheard: null };

/** Only what is whole has a sound: while either stage runs again, the old sound says an old message. */
export const hasSound = (item: FeedbackRow) =>
  item.ssml_status === 'completed' && item.audio_status === 'completed' && item.sounds.length > 0;

export function createSounds(debrief: Pick<Debrief, 'soundUrl'>, onBegin: () => void = () => {}, audio: Player = new Audio()): Sounds {
  const state = cell(SILENT);
  let item: FeedbackRow | undefined;
  let segment = 0;
  let before = 0;
  let done: (how: 'ended' | 'stopped') => void = () => {};

  const say = (change: Partial<Playing>) => state.set({ ...state.get(), ...change });
  function finish(how: 'ended' | 'stopped', failed = false): void {
    // It may be said twice: by the element, and by play().
    const unheard = failed ? (item?.id ?? state.get().unheard) : null;
    item = undefined;
    audio.pause();
    state.set({ ...SILENT, failed, unheard });
    done(how);
  }
  function load(index: number): void {
    const sound = item?.sounds[index];
    if (!sound) return finish('ended');
    segment = index;
    audio.src = debrief.soundUrl(sound);
    start();
  }
  function start(): void {
    onBegin();
    say({ paused: false, failed: false, unheard: null });
    // An abort is the next sound's beginning; all else is a sound that cannot be heard.
    audio.play().catch((error: Error) => error.name === 'AbortError' || finish('stopped', true));
  }
  audio.addEventListener('timeupdate', () => item && say({ position: before + audio.currentTime }));
  audio.addEventListener('ended', () => {
    before += (item?.sounds[segment]?.duration_ms ?? 0) / 1000;
    load(segment + 1);
  });
  // While it plays; before that play() says it.
  audio.addEventListener('error', () => item && finish('stopped', true));

  return {
    get: state.get,
    subscribe: state.subscribe,
    play(next) {
      const goesOn = item?.id === next.id && item.sounds[segment]?.url === next.sounds[segment]?.url;
      if (goesOn) {
        start();
      } else {
        if (item) finish('stopped');
        item = next;
        before = 0;
        state.set({ ...SILENT, id: next.id });
        load(0);
      }
      return new Promise((resolve) => {
        const earlier = done;
        done = (how) => {
          earlier(how);
          done = () => {};
          resolve(how);
        };
      });
    },
    pause() {
      audio.pause();
      say({ paused: true });
    },
    stop: () => item && finish('stopped'),
  };
}
