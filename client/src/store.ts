// The contract of useSyncExternalStore, and nearly that of Svelte and nanostores: get and subscribe.

export interface Store<T> {
  get(): T;
  /** Calls back at each change; returns what ends it. */
  subscribe(listener: (value: T) => void): () => void;
}

export interface Cell<T> extends Store<T> {
  set(value: T): void;
}

/** `run` begins with the first subscriber, and what it returns ends with the last. */
export function cell<T>(value: T, run?: () => () => void): Cell<T> {
  const listeners = new Set<(value: T) => void>();
  let stop: (() => void) | undefined;
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      // Its own function each time: the same listener may subscribe twice.
      const own = (next: T) => listener(next);
      listeners.add(own);
      if (listeners.size === 1) stop = run?.();
      return () => {
        if (listeners.delete(own) && listeners.size === 0) stop?.();
      };
    },
  };
}
