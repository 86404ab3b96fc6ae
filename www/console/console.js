// The panel: asks the server who sees what and why, and shows the page beside it. Its whole state is in the address.

import { address, choice, choose, onChoice, parameters } from './choice.js';
import { fill, h, keepFocus } from './dom.js';
import { showFindings } from './findings.js';
import { Frame } from './frame.js';
import { copy, visitorName, visitorOptions, visitorPane } from './visitor.js';
import { shortList, whyPane } from './why.js';

const $ = (id) => document.getElementById(id);
const SIDES_MAX = 3;
/** How wide a page is laid out beside others: narrow pages side by side would all be the phone's. */
const SIDE_WIDTH = 800;

let site = { diagnostics: [], visitors: [], regions: [], purposes: [], pages: [] };
/** One column for each visitor that is shown. */
let columns = [];
let asked = 0;

start();

async function start() {
  bindTools();
  onChoice((changed) => update(changed));
  await readSite();
  const events = new EventSource('/__selvedge/events');
  events.addEventListener('version', async ({ data }) => {
    $('live').dataset.state = 'live';
    if (Number(data) === site.version) return live();
    await readSite();
    await update(null, true);
    say(site.broken ? 'The site has errors; the last good version stays live.' : 'Reloaded.');
  });
  events.addEventListener('error', () => {
    $('live').dataset.state = 'gone';
    $('live').textContent = 'server stopped';
  });
  await update(null);
}

async function readSite() {
  site = await (await fetch('/__selvedge/api/site')).json();
  $('site').textContent = site.name ?? '';
  document.title = site.name ? `${site.name} · Selvedge` : 'Selvedge';
  showFindings($('findings'), site);
  live();
}

function live() {
  $('live').dataset.state = site.broken ? 'broken' : 'live';
  $('live').textContent = site.broken ? (site.name ? 'last good version' : 'not loaded') : `live, version ${site.version}`;
}

/** Brings everything in step with the address. Keys that only mark something need no new decision. */
async function update(changed, again = false) {
  const now = choice();
  showTools(now);
  const onlyMarks = changed?.length && changed.every((key) => ['slot', 'outline', 'width', 'tab'].includes(key));
  if (onlyMarks) return mark();
  layout(now);
  const turn = ++asked;
  const page = now.page || '/';
  for (const column of columns) column.frame.show(page, column.visitor, again);
  const answers = await Promise.all(columns.map((column) => decide(page, column.visitor)));
  if (turn !== asked) return;
  columns.forEach((column, at) => { column.answer = answers[at]; });
  render();
  say(columns.map(({ visitor, answer }) => {
    const changed = answer?.decisions.filter(({ decision }) => decision.content !== null).length ?? 0;
    return `${visitorName(visitor)}: ${changed} of ${answer?.decisions.length ?? 0} slots changed.`;
  }).join(' '));
}

async function decide(page, visitor) {
  const query = parameters(visitor);
  query.set('page', page);
  try {
    return await (await fetch(`/__selvedge/api/decide?${query}`)).json();
  } catch {
    return null;
  }
}

/** The frames that this view needs; those that are there stay. */
function layout(now) {
  const isSide = now.view === 'side';
  document.body.dataset.view = isSide ? 'side' : 'one';
  const visitors = isSide ? sides(now) : [now.visitor || 'first'];
  const again = keepFocus($('frames'));
  while (columns.length > visitors.length) columns.pop().element.remove();
  while (columns.length < visitors.length) columns.push(column(columns.length));
  columns.forEach((column, at) => {
    column.visitor = visitors[at];
    column.frame.element.title = `The page as ${visitorName(visitors[at])} sees it`;
    column.head.hidden = !isSide;
    column.list.hidden = !isSide;
    column.select.replaceChildren(...visitorOptions(site, visitors[at]));
    column.less.hidden = columns.length < 3;
  });
  $('more')?.remove();
  if (isSide && columns.length < SIDES_MAX) {
    $('frames').append(h('button', { type: 'button', class: 'quiet', id: 'more', click: () => choose({ with: [...visitors, 'first'].join(',') }) }, 'Add a visitor'));
  }
  again();
}

function sides(now) {
  const named = now.with.split(',').filter(Boolean).slice(0, SIDES_MAX);
  if (named.length > 1) return named;
  const known = ['first', ...(site.visitors ?? []).map(({ name }) => name)];
  const first = now.visitor || 'first';
  const other = known.find((name) => name !== first && name.startsWith('returning')) ?? known.find((name) => name !== first) ?? 'first';
  return [first, other];
}

function column(at) {
  const frame = new Frame('', () => render());
  const id = `side-${at}`;
  const change = (visitors) => choose({ with: visitors.join(',') });
  const select = h('select', { id, change: () => change(columns.map((column, i) => (i === at ? select.value : column.visitor))) });
  const less = h('button', { type: 'button', class: 'quiet', 'aria-label': 'Take this visitor away', click: () => change(columns.map((column) => column.visitor).filter((_, i) => i !== at)) }, '×');
  const head = h('div', { class: 'row head' }, h('label', { class: 'unseen', for: id }, 'Visitor'), select, less);
  const list = h('div', { class: 'list' });
  const sheet = h('div', { class: 'sheet' }, frame.element);
  const element = h('div', { class: 'column' }, head, sheet, list);
  $('frames').append(element);
  new ResizeObserver(() => frame.fit(frame.width ?? 0)).observe(sheet);
  return { element, frame, head, select, less, list, visitor: '', answer: null };
}

function render() {
  const [first] = columns;
  fill($('visitor'), visitorPane(site, first?.answer));
  mark();
  if (document.body.dataset.view === 'side') columns.forEach((column) => fill(column.list, shortList(column.answer)));
  $('alone').href = address(choice().page || '/', first?.visitor);
}

/** Outlines and the list of decisions: what changes without a new decision. */
function mark() {
  const now = choice();
  const width = Number(now.width) || (now.view === 'side' ? SIDE_WIDTH : 0);
  for (const { frame } of columns) frame.fit(width);
  for (const { frame, answer } of columns) frame.mark(answer?.decisions ?? [], now.outline === '1', now.slot);
  const [first] = columns;
  fill($('why'), whyPane(first?.answer, first?.frame.faults() ?? {}, first?.frame.timing()));
}

function bindTools() {
  const group = (id, key, none) => $(id).addEventListener('change', (event) => choose({ [key]: event.target.value === none ? '' : event.target.value }));
  group('views', 'view', 'one');
  group('widths', 'width', 'full');
  group('tabs', 'tab', 'page');
  $('path').addEventListener('change', (event) => choose({ page: event.target.value === '/' ? '' : event.target.value, slot: '' }));
  $('outline').addEventListener('change', (event) => choose({ outline: event.target.checked ? '1' : '' }));
  $('share').addEventListener('click', (event) => copy(location.href, event.target));
}

function showTools(now) {

  check('views', now.view || 'one');
  check('widths', now.width || 'full');
  check('tabs', now.tab || 'page');
  document.body.dataset.tab = now.tab || 'page';
  $('outline').checked = now.outline === '1';
  const page = now.page || '/';
  const pages = site.pages?.includes(page) ? site.pages : [...(site.pages ?? []), page];
  $('path').replaceChildren(...pages.map((path) => h('option', { value: path, selected: path === page }, path)));
}

function check(id, value) {
  for (const input of $(id).querySelectorAll('input')) input.checked = input.value === value;
}

function say(text) {
  $('said').textContent = text;
}
