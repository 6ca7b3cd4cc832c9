// Numbers, times and durations in words.
import type { Stage } from '@pg-debrief/client';

// The page is in English, whatever its reader's browser speaks: a German 4.204 in its sentences would be four and a bit.
const locale = navigator.languages.find((language) => /^en\b/.test(language)) ?? 'en-GB';
const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const day = { day: 'numeric', month: 'short' } as const;
const clockTime = new Intl.DateTimeFormat(locale, { ...hours, second: '2-digit' });
const dayTime = new Intl.DateTimeFormat(locale, { ...day, ...hours });
const yearTime = new Intl.DateTimeFormat(locale, { ...day, year: 'numeric', ...hours });
const whole = new Intl.NumberFormat(locale);
// British English abbreviates a million as m.
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** Two places, and of what is less than one two digits: nothing that is there is 0. */
export const amount = (n: number) => Number(Math.abs(n) < 1 ? n.toPrecision(2) : n.toFixed(2));

export const count = (n: number) => whole.format(n);

/** For a figure that has a narrow place: exact as far as it fits, then 123K and 1.2M. */
export const figure = (n: number) => (n < 100_000 ? count(n) : compact.format(n));

/** 42 sounds, one sound. */
export const many = (n: number, one: string, more = `${one}s`) => (n === 1 ? `one ${one}` : `${count(n)} ${more}`);

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A reason from SQL as a sentence: its code, if it begins with one, goes to the end. */
export function sentenceOf(text: string): string {
  const [, code, words] = /^([a-z0-9]+(?:_[a-z0-9]+)+|timeout|internal|unavailable|unreachable|unauthorized): (.+)$/s.exec(text) ?? [];
  const plain = (words ?? capital(text)).replace(/[.]$/, '');
  return code ? `${plain} (${code}).` : /[!?]$/.test(plain) ? plain : `${plain}.`;
}

/** A time of today to the second, another with its day, and with its year if that is another. */
export function when(text: string | null | undefined): string {
  if (!text) return '';
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return clockTime.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayTime : yearTime).format(date);
}

export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${Math.max(0, Math.round(seconds * 10) / 10)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Seconds of PostgreSQL's interval as text: 2 days 03:04:05.6 */
export function interval(text: string | null): number | null {
  if (text === null) return null;
  const days = /(-?\d+) days?/.exec(text);
  const clock = /(-?)(\d+):(\d+):([\d.]+)/.exec(text);
  const seconds = clock ? Number(clock[2]) * 3600 + Number(clock[3]) * 60 + Number(clock[4]) : 0;
  return Number(days?.[1] ?? 0) * 86_400 + (clock?.[1] ? -seconds : seconds);
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(n) / 3));
  return `${(n / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power - 1]}`;
}

export const percent = (part: number, all: number) => (all > 0 ? Math.min(100, Math.max(0, (100 * part) / all)) : 0);

const LIMITS: Record<string, string> = {
  calls_per_minute: 'calls a minute', calls_per_day: 'calls a day', tokens_per_day: 'tokens a day',
  characters_per_day: 'characters a day', cost_per_day: 'cost a day',
};
export const limitName = (name: string) => LIMITS[name] ?? name;

/** isFree: nobody bills for its calls. */
interface StageWords { name: string; row: string; rows?: string; isFree?: boolean }
const STAGES: Record<Stage, StageWords> = {
  analysis: { name: 'Analysis', row: 'analysis', rows: 'analyses' },
  ssml: { name: 'SSML', row: 'item' },
  audio: { name: 'Audio', row: 'item' },
  deliver: { name: 'Delivery', row: 'message', isFree: true },
};
export const wordsOf = (stage: string): StageWords => STAGES[stage as Stage] ?? { name: stage, row: 'row' };
export const stageName = (stage: string) => wordsOf(stage).name;
