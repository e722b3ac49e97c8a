// Refreshes what is live, and helps in long pages. Every page also works without this script.
'use strict';

(() => {
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const button = (text, act) => {
    const made = make('button', { type: 'button', className: 'small', textContent: text });
    made.addEventListener('click', () => act(made));
    return made;
  };
  const fragment = async (path) => {
    const answer = await fetch(path, { cache: 'no-store' });
    if (answer.status !== 200) return null;
    return new DOMParser().parseFromString(await answer.text(), 'text/html');
  };

  // Replaces the live part when the chain has a newer block. Stops while nobody looks, and while
  // something in it has the focus.
  const refresh = (live) => {
    const status = make('p', { className: 'hidden' });
    status.setAttribute('role', 'status');
    let paused = false;
    const pause = button('Pause', () => {
      paused = !paused;
      pause.setAttribute('aria-pressed', String(paused));
      pause.textContent = paused ? 'Go on' : 'Pause';
    });
    pause.setAttribute('aria-pressed', 'false');
    document.querySelector('.heading')?.append(pause);
    live.before(status);
    const firstTransaction = () => live.querySelector('a[href*="/tx/"]')?.textContent ?? '';
    let first = firstTransaction();
    const look = async () => {
      if (!paused && !document.hidden && !live.contains(document.activeElement)) {
        try {
          const page = await fragment(`${live.dataset.live}?after=${live.dataset.newest ?? ''}`);
          const next = page?.getElementById('live');
          if (next) {
            live.dataset.newest = next.dataset.newest ?? '';
            live.replaceChildren(...next.childNodes);
            const newest = firstTransaction();
            if (newest !== first) status.textContent = `New transaction ${newest}`;
            first = newest;
          }
        } catch {
          // The node is gone or busy: the next look tells.
        }
      }
      setTimeout(look, 1000);
    };
    setTimeout(look, 1000);
  };

  // Unfolds, folds and searches a tree.
  const help = (tree) => {
    const frames = [...tree.querySelectorAll('details.frame')];
    const count = make('p', { className: 'note' });
    count.setAttribute('role', 'status');
    const search = make('input', { type: 'search', placeholder: 'Search in the receipts' });
    search.setAttribute('aria-label', 'Search in the receipts');
    const find = () => {
      const wanted = search.value.trim().toLowerCase();
      let found = 0;
      for (const frame of frames) {
        const own = [...frame.children].filter((part) => part.tagName !== 'OL');
        const has = wanted !== '' && own.some((part) => part.textContent.toLowerCase().includes(wanted));
        frame.parentElement.classList.toggle('found', has);
        if (!has) continue;
        found += 1;
        for (let at = frame; at; at = at.parentElement.closest('details.frame')) at.open = true;
        if (found === 1) frame.scrollIntoView({ block: 'nearest' });
      }
      count.textContent = wanted === '' ? '' : `${found} of ${frames.length} receipts`;
    };
    let timer;
    search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(find, 150);
    });
    const all = (open) => () => frames.forEach((frame) => { frame.open = open; });
    const tools = make('div', { className: 'treetools' },
      button('Unfold all', all(true)), button('Fold all', all(false)), search, count);
    tree.before(tools);
  };

  // A link to a receipt unfolds the way to it.
  const reveal = () => {
    let id = '';
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    const frame = target && target.querySelector(':scope > details.frame');
    if (!frame) return;
    for (let at = frame; at; at = at.parentElement.closest('details.frame')) at.open = true;
    target.scrollIntoView();
  };

  // Copies what stands in a block or a hash.
  const copyable = (element) => {
    if (!navigator.clipboard) return;
    const text = element.textContent;
    const copy = button('Copy', async (made) => {
      await navigator.clipboard.writeText(text);
      made.textContent = 'Copied';
      setTimeout(() => { made.textContent = 'Copy'; }, 1500);
    });
    copy.classList.add('copy');
    copy.setAttribute('aria-label', `Copy ${text.slice(0, 20)}`);
    element.after(copy);
  };

  // The keys at the height of the slider.
  const slide = (form) => {
    const range = form.querySelector('input[type=range]');
    const output = form.querySelector('output');
    form.querySelector('button').remove();
    const cursor = document.querySelector('[data-cursor]');
    const rows = [...document.querySelectorAll('tr[data-height]')];
    let timer;
    const show = async () => {
      const page = await fragment(`${form.dataset.slider}?at=${range.value}`).catch(() => null);
      const next = page?.getElementById('state');
      if (next) document.getElementById('state')?.replaceChildren(...next.childNodes);
    };
    range.addEventListener('input', () => {
      output.textContent = range.value;
      const at = Number(range.value);
      for (const row of rows) row.classList.toggle('later', Number(row.dataset.height) > at);
      if (cursor) {
        const [from, to] = [Number(cursor.dataset.from), Number(cursor.dataset.to)];
        cursor.setAttribute('x', String(to > from ? ((at - from) / (to - from)) * 998 : 0));
      }
      clearTimeout(timer);
      timer = setTimeout(show, 120);
    });
  };

  const live = document.getElementById('live');
  if (live) refresh(live);
  document.querySelectorAll('[data-tree]').forEach(help);
  document.querySelectorAll('code[data-copy]').forEach(copyable);
  document.querySelectorAll('[data-slider]').forEach(slide);
  reveal();
  addEventListener('hashchange', reveal);
})();
