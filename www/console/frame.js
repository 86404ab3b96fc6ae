// A page in a frame: shown as one visitor sees it, with its slots outlined on demand. Nothing is added to the page's own markup
// but one element without content of its own for the outlines, and only when they are asked for.

import { address, choose } from './choice.js';
import { h } from './dom.js';

const NOTHING = 'Its selector matches nothing on this page.';

/** A frame for one visitor. `onReady` hears when the page stands. */
export class Frame {
  constructor(title, onReady) {
    this.element = h('iframe', { title, sandbox: 'allow-same-origin allow-scripts allow-forms', load: () => this.#ready() });
    this.onReady = onReady;
    this.decisions = [];
    this.outline = false;
    this.selected = '';
    this.shown = '';
    this.scroll = null;
  }

  /** Shows a page; `again` loads it anew at the place where it was read. */
  show(page, visitor, again = false) {
    const wanted = address(page, visitor);
    if (wanted === this.shown && !again) return;
    const document = this.#document();
    this.scroll = this.page === page && document ? document.scrollingElement?.scrollTop ?? null : null;
    this.page = page;
    this.shown = wanted;
    // Replacing the location keeps the browser's history for the panel itself.
    if (this.element.contentWindow && this.element.isConnected) this.element.contentWindow.location.replace(wanted);
    else this.element.src = wanted;
  }

  /** Lays the page out `width` pixels wide, made smaller where that has no room; 0 takes the room there is. */
  fit(width) {
    this.width = width;
    const sheet = this.element.parentElement;
    if (!sheet?.clientWidth) return;
    const wanted = width || sheet.clientWidth;
    const scale = Math.min(1, sheet.clientWidth / wanted);
    Object.assign(this.element.style, {
      width: `${wanted}px`, height: `${Math.floor(sheet.clientHeight / scale)}px`,
      transform: `translateX(${Math.max(0, (sheet.clientWidth - wanted) / 2)}px) scale(${scale})`,
    });
  }

  /** Marks the slots of these decisions. */
  mark(decisions, outline, selected) {
    const isNew = selected !== this.selected;
    Object.assign(this, { decisions, outline, selected });
    this.#draw();
    if (isNew && selected) this.#scrollTo(selected);
  }

  /** What is wrong with slots on this page, in words, by their names. */
  faults() {
    const faults = {};
    if (!this.#document()?.body) return faults;
    for (const decision of this.decisions) if (!this.#range(decision)) faults[decision.slot] = { isKept: true, words: NOTHING };
    for (const { name, description } of this.#said()) {
      const [, slot, count, why] = (name === 'selvedge-slot' && /^(\S+) (\d+) (.*)$/.exec(description)) || [];
      if (!slot) continue;
      // A script of the page may have made the element since.
      if (count === '0') faults[slot] &&= { isKept: true, words: `${NOTHING} No visitor is counted for it here.` };
      else if (why) faults[slot] = { isKept: true, words: `The page keeps its own content: ${why}.` };
      else faults[slot] = { words: `Its selector matches ${count} elements. The first is changed.` };
    }
    return faults;
  }

  /** What the server said of the page: `3 changes`, or why it was left as it was. */
  timing() {
    const timing = this.#said().find((entry) => entry.name === 'selvedge');
    return timing ? { text: timing.description, milliseconds: timing.duration } : null;
  }

  #said() {
    return this.element.contentWindow?.performance?.getEntriesByType('navigation')[0]?.serverTiming ?? [];
  }

  #document() {
    try {
      return this.element.contentDocument;
    } catch {
      return null;
    }
  }

  #ready() {
    const document = this.#document();
    if (!document?.body || document.URL === 'about:blank') return;
    if (this.scroll !== null) document.scrollingElement.scrollTop = this.scroll;
    document.addEventListener('click', (event) => this.#follow(event));
    const again = () => this.#draw();
    new this.element.contentWindow.ResizeObserver(again).observe(document.body);
    document.addEventListener('load', again, true);
    this.#draw();
    if (this.selected && this.scroll === null) this.#scrollTo(this.selected);
    this.onReady?.(this);
  }

  // A link within the site moves the panel, so that the visitor stays who it is.
  #follow(event) {
    const link = event.target.closest?.('a[href]');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey) return;
    const to = new URL(link.href);
    const here = new URL(this.#document().URL);
    if (to.pathname === here.pathname && to.hash && link.getAttribute('href').includes('#')) {
      const target = this.#document().getElementById(to.hash.slice(1));
      if (target) {
        event.preventDefault();
        target.scrollIntoView();
      }
      return;
    }
    event.preventDefault();
    if (to.origin !== here.origin) open(to, '_blank', 'noopener');
    else choose({ page: to.pathname + to.search, slot: '' });
  }

  // The place of a slot: between its comments, the element whose attribute was set, or the element of its selector. Marks end in the nonce of the
  // answer, which the panel has no need to know.
  #range(decision) {
    const document = this.#document();
    const { slot, selector } = decision;
    const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    const range = document.createRange();
    let start = null;
    while (comments.nextNode()) {
      const node = comments.currentNode;
      if (/^selvedge\+?:/.test(node.data) && node.data.split(':')[1].startsWith(`${slot}~`)) start = node;
      else if (start && node.data === `/selvedge:${start.data.split(':')[1]}`) {
        range.setStartAfter(start);
        range.setEndBefore(node);
        return range;
      }
    }
    const set = [...document.querySelectorAll('[data-selvedge-set]')];
    const marked = set.find((element) => element.dataset.selvedgeSet.split(' ').some((mark) => mark.startsWith(`${slot}~`)));
    let element = marked ?? null;
    try {
      element ??= document.querySelector(selector);
    } catch {
      // The rewriter knows selectors that a browser does not; such a slot has no outline.
    }
    if (!element) return null;
    range.selectNode(element);
    return range;
  }

  // The box of a range: its text and its elements, as a range of whole blocks has no box of its own in some engines.
  #box(range) {
    const boxes = [range.getBoundingClientRect()];
    let node = range.startContainer.childNodes?.[range.startOffset];
    const end = range.endContainer.childNodes?.[range.endOffset] ?? null;
    for (; node && node !== end; node = node.nextSibling) {
      if (node.nodeType === 1 && node.localName !== 'template') boxes.push(node.getBoundingClientRect());
    }
    const real = boxes.filter((box) => box.width > 0 && box.height > 0);
    if (!real.length) return null;
    const left = Math.min(...real.map((box) => box.left));
    const top = Math.min(...real.map((box) => box.top));
    const right = Math.max(...real.map((box) => box.right));
    const bottom = Math.max(...real.map((box) => box.bottom));
    return { left, top, width: right - left, height: bottom - top };
  }

  #scrollTo(slot) {
    const decision = this.decisions.find((decision) => decision.slot === slot);
    const document = this.#document();
    const range = decision && document?.body && this.#range(decision);
    const box = range && this.#box(range);
    if (!box) return;
    const view = this.element.contentWindow;
    if (box.top < 0 || box.top + Math.min(box.height, 120) > view.innerHeight) {
      view.scrollTo({ top: view.scrollY + box.top - 60, behavior: 'auto' });
    }
  }

  #draw() {
    const document = this.#document();
    if (!document?.body) return;
    let host = document.querySelector('selvedge-outline');
    const wanted = this.decisions.filter(({ slot }) => this.outline || slot === this.selected);
    if (!wanted.length) return host?.remove();
    if (!host) {
      host = document.createElement('selvedge-outline');
      host.setAttribute('aria-hidden', 'true');
      host.attachShadow({ mode: 'open' });
      document.documentElement.append(host);
      Object.assign(host.style, { position: 'absolute', left: '0', top: '0', width: '0', height: '0', zIndex: '2147483646' });
    }
    const view = this.element.contentWindow;
    host.shadowRoot.replaceChildren(...wanted.map((decision) => this.#outlineOf(decision, document, view)).filter(Boolean));
  }

  #outlineOf(decision, document, view) {
    const range = this.#range(decision);
    const box = range && this.#box(range);
    if (!box) return null;
    const isSelected = decision.slot === this.selected;
    const isChanged = decision.decision.content !== null;
    const colour = isChanged ? '#b3122b' : '#3a4a63';
    const outline = document.createElement('div');
    Object.assign(outline.style, {
      position: 'absolute', boxSizing: 'border-box', pointerEvents: 'none', borderRadius: '3px',
      left: `${box.left + view.scrollX - 3}px`, top: `${box.top + view.scrollY - 3}px`,
      width: `${box.width + 6}px`, height: `${box.height + 6}px`,
      border: `${isSelected ? 3 : 2}px ${isChanged ? 'solid' : 'dashed'} ${colour}`,
      boxShadow: isSelected ? `0 0 0 4px ${colour}33` : 'none',
    });
    const label = document.createElement('span');
    label.textContent = `${decision.slot}: ${decision.decision.content ?? 'the origin’s own'}`;
    const isHigh = box.top + view.scrollY > 22;
    Object.assign(label.style, {
      position: 'absolute', left: '-2px', [isHigh ? 'bottom' : 'top']: '100%', whiteSpace: 'nowrap', padding: '1px 7px',
      font: '600 11px/18px system-ui, sans-serif', color: '#fff', background: colour, borderRadius: isHigh ? '3px 3px 0 0' : '0 0 3px 3px',
    });
    outline.append(label);
    return outline;
  }
}
