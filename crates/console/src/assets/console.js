// Refreshes what is live, and helps in long pages. Every page also works without this script.
'use strict';

(() => {
  // Replaces the live part when the chain has a newer block. Stops while nobody looks.
  const refresh = (live) => {
    const status = Object.assign(document.createElement('p'), { className: 'hidden' });
    status.setAttribute('role', 'status');
    const pause = Object.assign(document.createElement('button'), {
      type: 'button', className: 'small', textContent: 'Pause',
    });
    pause.setAttribute('aria-pressed', 'false');
    document.querySelector('.heading')?.append(pause);
    live.before(status);
    let paused = false;
    pause.addEventListener('click', () => {
      paused = !paused;
      pause.setAttribute('aria-pressed', String(paused));
      pause.textContent = paused ? 'Go on' : 'Pause';
    });
    const path = live.dataset.live;
    let first = firstTransaction(live);
    const look = async () => {
      if (!paused && !document.hidden && !live.contains(document.activeElement)) {
        try {
          const answer = await fetch(`${path}?after=${live.dataset.newest ?? ''}`, { cache: 'no-store' });
          if (answer.status === 200) {
            const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const next = page.getElementById('live');
            if (next) {
              live.dataset.newest = next.dataset.newest ?? '';
              live.replaceChildren(...next.childNodes);
              const newest = firstTransaction(live);
              if (newest !== first) status.textContent = `New transaction ${newest}`;
              first = newest;
            }
          }
        } catch {
          // The node is gone or busy: the next look tells.
        }
      }
      setTimeout(look, 1000);
    };
    setTimeout(look, 1000);
  };

  const firstTransaction = (live) => live.querySelector('a[href^="/console/tx/"]')?.textContent ?? '';

  const live = document.getElementById('live');
  if (live) refresh(live);
})();
