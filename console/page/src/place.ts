// Back to where somebody was: as far down, and at the link that they followed.
let busy: MutationObserver | null = null;
let timer: ReturnType<typeof setTimeout>;

function settle(): void {
  busy?.disconnect();
  busy = null;
}

/** Written into the entry of the history that is left, before it is. */
export function keepPlace(): void {
  clearTimeout(timer);
  history.replaceState({ y: scrollY }, '');
}

/** Called before that page is drawn: what stands there is asked for again, and the browser would scroll before it has come. */
export function comeBack(y: number, left: string): void {
  settle();
  clearTimeout(timer);  // of the page that is left
  const land = () => {
    if (document.querySelector('[aria-busy]')) return;
    settle();
    scrollTo(0, y);
    for (const link of document.querySelectorAll<HTMLAnchorElement>('main a')) {
      if (link.pathname + link.search === left) return link.focus({ preventScroll: true });
    }
  };
  busy = new MutationObserver(land);
  busy.observe(document.body, { childList: true, subtree: true });
}

/** Whoever goes on by themselves is not taken elsewhere. */
for (const kind of ['wheel', 'touchstart', 'keydown', 'pointerdown']) addEventListener(kind, settle, { passive: true });
addEventListener('scroll', () => {
  clearTimeout(timer);
  if (!busy) timer = setTimeout(keepPlace, 200);
});
history.scrollRestoration = 'manual';
if (!location.hash) comeBack(history.state?.y ?? 0, '');
