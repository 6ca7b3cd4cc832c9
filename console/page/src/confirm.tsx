// Every action is confirmed here, and says here what came of it.
import { DebriefError } from '@pg-debrief/client';
import { unable } from '@pg-debrief/client/components';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { session } from './state.ts';

export interface Question {
  title: string;
  body: ComponentChildren;
  button: string;
  danger?: boolean;
  /** A number to be typed, with its first value. */
  number?: { label: string; value: number; min: number; max: number };
  /** Returns what to say when it is done. */
  run: (number: number) => Promise<string | void>;
  /** When the dialog is closed without it. */
  onClose?: () => void;
}

const question = signal<Question | null>(null);
/** What the last action did, for a moment at the foot of the page. */
export const said = signal('');

export function confirm(asked: Question): void {
  question.value = asked;
}

/** The same for who waits: resolves when it is done or let go. */
export const confirmed = (asked: Question) =>
  new Promise<void>((resolve) => confirm({ ...asked, onClose: resolve }));

export function ConfirmDialog() {
  const asked = question.value;
  return asked && <Dialog key={asked.title} asked={asked} />;
}

function Dialog({ asked }: { asked: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<DebriefError | null>(null);
  const [number, setNumber] = useState(asked.number?.value ?? 0);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => {
      if (before?.isConnected) before.focus();
      close();  // with the page, when the session ends
    };
  }, []);
  // Once: another question may be open when the answer to this one comes.
  const isOpen = () => question.peek() === asked;
  const close = () => {
    if (!isOpen()) return;
    question.value = null;
    asked.onClose?.();
  };
  const run = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    try {
      say((await asked.run(number)) ?? `${asked.title.replace(/\?$/, '')}: done.`);
      close();
    } catch (error) {
      if (!isOpen()) return say(`${asked.title.replace(/\?$/, '')}: ${(error as DebriefError).message}`);
      setRefusal(error as DebriefError);
      setBusy(false);
    }
  };
  const who = session.value?.role;
  return (
    <dialog ref={dialog} aria-labelledby="ask" onClose={close}>
      <form onSubmit={run}>
        <h2 id="ask">{asked.title}</h2>
        <div class="ask">{asked.body}</div>
        {asked.number && (
          <div class="field">
            <label for="ask-number">{asked.number.label}</label>
            <input id="ask-number" type="number" required min={asked.number.min} max={asked.number.max} value={number}
              onInput={(event) => setNumber(event.currentTarget.valueAsNumber)} />
          </div>
        )}
        {refusal && <Refusal error={refusal} />}
        {who && <p class="muted small">It is kept in the log of operations, as {who}.</p>}
        <div class="acts">
          <button type="button" onClick={close} autofocus>Keep as it is</button>
          <button type="submit" class={asked.danger ? 'danger' : 'primary'} {...unable(busy)}>{busy ? 'One moment …' : asked.button}</button>
        </div>
      </form>
    </dialog>
  );
}

export function Refusal({ error }: { error: Pick<DebriefError, 'message' | 'hint'> }) {
  return (
    <p class="err" role="alert">
      <Icon name="fail" />
      <span>{error.message}{error.hint && <span class="sub">{error.hint}</span>}</span>
    </p>
  );
}

let timer: ReturnType<typeof setTimeout>;
function say(words: string): void {
  clearTimeout(timer);
  said.value = words;
  timer = setTimeout(() => (said.value = ''), 8000);
}

export function Said() {
  return <p class={said.value ? 'said' : 'said vh'} role="status">{said.value}</p>;
}
