export { apply, consoleStream, createDebrief, visibility, type Debrief, type Options } from './debrief.ts';
export { NoStreams, type Event } from './events.ts';
export { type Attention, type Link, type Live, type LiveStore, type Timing, type Transport } from './live.ts';
export { DebriefError, type Connection } from './request.ts';
export { createSounds, hasSound, type Player, type Playing, type Sounds } from './sounds.ts';
export { type Store } from './store.ts';
export * from './types.ts';
export { waveform } from './waveform.ts';
