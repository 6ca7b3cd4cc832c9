// The video with its feedback pinned along it, and what moves through both: buttons, a slider, keys.
import type { Analysis, FeedbackRow, Sounds } from '@pg-debrief/client';
import { clock, english, lengthOf, stateOf, unable, useStore } from '@pg-debrief/client/components';
import { useEffect, useRef, useState } from 'preact/hooks';
import { AudioFeedbackOverlay, useWaveform } from './feedback.tsx';
import { Icon } from './icon.tsx';
import { debrief } from './state.ts';

export interface Controls {
  pause(): void;
  seek(seconds: number): void;
}

export interface Pin {
  at: number;
  first: number;
  last: number;
  items: FeedbackRow[];
}

const numberOf = ({ first, last }: Pin) => (first === last ? String(first) : `${first}–${last}`);

// In pixels, as wide as its digits in letters of the usual size; none is wider than its part of the track.
function edges(pin: Pin, track: number): { left: number; right: number } {
  const wide = Math.max(26, 14 + 8 * numberOf(pin).length);
  const left = pin.at * (track - wide);
  return { left, right: left + wide };
}

/** Pins in the order of their moments; those that would lie over each other are one. */
export function pinsOf(items: FeedbackRow[], duration: number, track: number): Pin[] {
  const pins: Pin[] = [];
  items.forEach((item, i) => {
    pins.push({ at: duration > 0 ? Math.min(1, item.timestamp_seconds / duration) : 0, first: i + 1, last: i + 1, items: [item] });
    // One that takes another in is wider, and may meet the one before.
    for (let [before, pin] = pins.slice(-2); before && pin && edges(pin, track).left < edges(before, track).right; [before, pin] = pins.slice(-2)) {
      before.items.push(...pin.items);
      before.last = pin.last;
      pins.pop();
    }
  });
  return pins;
}

function PinButton({ pin, current, onSeek }: { pin: Pin; current: FeedbackRow | undefined; onSeek: (item: FeedbackRow) => void }) {
  const item = pin.items[0]!;
  const state = pin.items.some((one) => stateOf(one) === 'failed') ? 'fail' : pin.items.every(({ status }) => status === 'completed') ? '' : 'wait';
  const number = numberOf(pin);
  const word = pin.items.length > 1 ? `${pin.items.length} items` : `${item.category}, ${(english.state[stateOf(item)] ?? '').toLowerCase()}`;
  return (
    <li style={{ '--at': pin.at * 100 }}>
      <button type="button" class={`pin ${state}`} aria-current={current && pin.items.includes(current) ? 'true' : undefined}
        aria-label={`${number}, ${clock(item.timestamp_seconds)}, ${word}`} onClick={() => onSeek(item)}>{number}</button>
    </li>
  );
}

export function VideoBox({ analysis, sounds, current, onTime, controls }: {
  analysis: Analysis; sounds: Sounds; current: FeedbackRow | undefined; onTime: (time: number) => void; controls: { current: Controls | null };
}) {
  const { items, recording, job } = analysis;
  const video = useRef<HTMLVideoElement>(null);
  const track = useRef<HTMLOListElement>(null);
  const [time, setTime] = useState(0);
  const [length, setLength] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [broken, setBroken] = useState(false);
  const [captions, setCaptions] = useState(true);
  const [width, setWidth] = useState(600);
  const sound = useStore({ useState, useEffect }, sounds);
  const sounding = items.find(({ id }) => id === sound.id);
  const peaks = useWaveform(sounding);
  const heard = Math.min(1, (1000 * sound.position) / (sounding?.audio_duration_ms ?? Infinity));
  const last = items.at(-1)?.timestamp_seconds ?? 0;
  const duration = length || Number(recording?.duration_seconds ?? 0) || last + 5;

  const seek = (seconds: number) => {
    const to = Math.min(Math.max(0, seconds), duration);
    if (video.current) video.current.currentTime = to;
    setTime(to);
    onTime(to);
  };
  const pause = () => video.current?.pause();
  const toggle = () => {
    if (!video.current?.paused) return pause();
    sounds.stop();
    // An abort is a pause that came before it played.
    video.current.play().catch((error: Error) => error.name === 'AbortError' || setBroken(true));
  };
  // It goes on where it was.
  const again = () => {
    setBroken(false);
    video.current!.load();
    video.current!.currentTime = time;
  };
  const step = (by: 1 | -1) => {
    // Back goes to the moment before, not to the one that has just begun.
    const next = by === 1 ? items.find((item) => item.timestamp_seconds > time + 0.3)
      : items.findLast((item) => item.timestamp_seconds < time - 1);
    if (next) seek(next.timestamp_seconds);
  };
  controls.current = { pause, seek };

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    if (track.current) observer.observe(track.current);
    return () => observer.disconnect();
  }, []);

  // Only what is pressed in the player: who speaks to their browser, or types a letter by mistake, moves nothing (WCAG 2.1.4).
  const press = (event: KeyboardEvent) => {
    const target = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input')) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => seek(time - 5), ArrowRight: () => seek(time + 5),
      n: () => step(1), p: () => step(-1), c: () => setCaptions(!captions),
    };
    // Space on a button presses that button.
    const action = event.key === ' ' && !target.closest('button') ? toggle : actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const measured = () => {
    const seconds = video.current?.duration ?? 0;
    if (Number.isFinite(seconds)) setLength(seconds);
  };
  const moved = () => {
    const to = video.current?.currentTime ?? 0;
    setTime(to);
    onTime(to);
  };
  return (
    <div class="panel" role="group" aria-label="Player" onKeyDown={press}>
      <div class="video">
        <video ref={video} src={debrief.value.recordingUrl(job.video_recording_id)} preload="metadata" playsInline tabIndex={-1}
          aria-label={recording?.original_filename ?? 'Video'} onClick={toggle} onTimeUpdate={moved} onSeeked={moved}
          onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onError={() => setBroken(true)} onDurationChange={measured} />
        {broken && (
          <div class="broken">
            <p>The video cannot be played here. Its feedback can.</p>
            <button type="button" onClick={again}>Load it again</button>
          </div>
        )}
        {captions && <AudioFeedbackOverlay items={items} time={time} playing={sound.id} waveform={peaks} heard={heard} />}
      </div>
      <div class="tl">
        <ol class="track" ref={track} aria-label="Feedback along the video">
          {pinsOf(items, duration, width).map((pin) => (
            <PinButton key={pin.items[0]!.id} pin={pin} current={current} onSeek={(item) => seek(item.timestamp_seconds)} />
          ))}
        </ol>
        <input class="seek" type="range" min={0} max={duration} step="any" value={time} aria-label="Position in the video"
          aria-valuetext={`${clock(time)} of ${lengthOf(duration)}`} style={{ '--at': duration > 0 ? (time / duration) * 100 : 0 }}
          onInput={(event) => seek(event.currentTarget.valueAsNumber)} />
      </div>
      <div class="ctl">
        <button type="button" class="icon" aria-label="Previous moment" aria-keyshortcuts="P" {...unable(items.length === 0)} onClick={() => step(-1)}><Icon name="prev" /></button>
        <button type="button" class="icon" aria-label={playing ? 'Pause' : 'Play'} onClick={toggle}><Icon name={playing ? 'pause' : 'play'} /></button>
        <button type="button" class="icon" aria-label="Next moment" aria-keyshortcuts="N" {...unable(items.length === 0)} onClick={() => step(1)}><Icon name="next" /></button>
        <span class="t">{clock(time)} <span class="muted">of {lengthOf(duration)}</span></span>
        <button type="button" class="quiet" aria-pressed={captions} aria-keyshortcuts="C" onClick={() => setCaptions(!captions)}><Icon name="cc" />Captions</button>
      </div>
      <p class="small muted keys">
        With the focus in the player, space plays and pauses, arrows go 5 seconds, N and P go from moment to moment, C shows captions.
      </p>
    </div>
  );
}
