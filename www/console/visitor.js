// The left pane: who is looking, what they agreed to, where, when.

import { choice, choose, parameters, readable } from './choice.js';
import { h, prose } from './dom.js';

const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** The pane's children. `answer` is the server's answer for the page, if there is one yet. */
export function visitorPane(site, answer) {
  const now = choice();
  return [
    who(site, now, answer),
    place(site, now, answer),
    consent(site, now, answer),
    time(now, answer),
    known(answer),
    elsewhere(now),
  ];
}

/** A visitor's name as people read it. */
export function visitorName(name) {
  return !name || name === 'first' ? 'First visit' : name;
}

/** The options of a visitor list. */
export function visitorOptions(site, selected) {
  const option = (value, text) => h('option', { value, selected: value === selected }, text);
  return [option('first', 'First visit'), ...(site.visitors ?? []).map(({ name }) => option(name, name))];
}

function who(site, now, answer) {
  if (now.view === 'side') {
    return h('p', { class: 'note' }, 'Settings here apply to every column. The values are those of the first column.');
  }
  const select = h('select', { id: 'who', change: (event) => choose({ visitor: event.target.value === 'first' ? '' : event.target.value }) },
    visitorOptions(site, now.visitor || 'first'));
  return h('section', {},
    h('label', { class: 'title', for: 'who' }, 'Visitor'),
    select,
    h('p', { class: 'note' }, answer?.visitor?.description ?? ''),
    (answer?.faults ?? []).map((fault) => h('p', { class: 'fault' }, prose(fault))));
}

function place(site, now, answer) {
  const own = site.visitors?.find(({ name }) => name === now.visitor);
  const ownRegion = own ? own.region : site.default_region;
  const options = (site.regions ?? []).filter(({ code }) => code !== 'default')
    .map(({ code, regime }) => ({ code, regime, name: regionName(code) }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const region = h('select', { id: 'region', change: (event) => choose({ region: event.target.value }) },
    h('option', { value: '', selected: now.region === '' }, `As the visitor: ${ownRegion ? regionName(ownRegion) : 'not known'}`),
    h('option', { value: 'ZZ', selected: now.region === 'ZZ' }, 'Not known'),
    options.map(({ code, name }) => h('option', { value: code, selected: code === now.region }, `${name} (${code})`)));
  const locale = h('input', {
    id: 'locale', list: 'locales', value: now.locale, autocomplete: 'off', spellcheck: 'false',
    placeholder: own?.locale ?? 'your browser’s', change: (event) => choose({ locale: event.target.value.trim() }),
  });
  const law = answer?.visitor?.regime;
  return h('section', { class: 'pair' },
    h('div', {}, h('label', { for: 'region' }, 'Region'), region),
    h('div', {}, h('label', { for: 'locale' }, 'Language'), locale,
      h('datalist', { id: 'locales' }, (site.locales ?? []).map((value) => h('option', { value })))),
    law && h('p', { class: 'note wide' }, 'Law: ', h('strong', {}, law === 'default' ? 'the strictest, as the region is not known' : regionName(law)),
      `, table of ${answer.visitor.table}`));
}

function consent(site, now, answer) {
  const granted = new Set(now.grant.split(',').filter(Boolean));
  const denied = new Set(now.deny.split(',').filter(Boolean));
  const text = new Map((site.purposes ?? []).map((purpose) => [purpose.name, purpose.text]));
  const set = (name, value) => {
    granted.delete(name);
    denied.delete(name);
    if (value === 'on') granted.add(name);
    if (value === 'off') denied.add(name);
    choose({ grant: [...granted].join(','), deny: [...denied].join(',') });
  };
  const all = (value) => {
    const names = (answer?.purposes ?? []).map(({ name }) => name).filter((name) => !['necessary', 'contextual', 'sensitive'].includes(name));
    choose({ grant: value === 'on' ? names.join(',') : '', deny: value === 'off' ? names.join(',') : '' });
  };
  const row = (purpose) => {
    const { name } = purpose;
    const value = granted.has(name) ? 'on' : denied.has(name) ? 'off' : '';
    return h('fieldset', { class: `purpose ${purpose.granted ? 'on' : 'off'}` },
      h('legend', {}, h('span', { class: 'dot', 'aria-hidden': 'true' }), name, h('span', { class: 'unseen' }, purpose.granted ? ': on' : ': off')),
      // Nobody can refuse what they asked for.
      name === 'necessary' ? null : switchOf(`consent-${name}`, value, [['', 'as is'], ['on', 'agree'], ['off', 'refuse']], (next) => set(name, next)),
      h('p', { class: 'note', title: text.get(name) ?? '' }, `${purpose.granted ? 'On' : 'Off'}: ${purpose.basis_words}${purpose.day ? `, on ${purpose.day}` : ''}. Law: ${purpose.model_words}.`));
  };
  const gpc = answer?.visitor?.gpc;
  const off = (answer?.purposes ?? []).filter((purpose) => purpose.gpc_off).map(({ name }) => name);
  return h('section', {},
    h('div', { class: 'title row' }, h('h2', {}, 'Consent'),
      h('span', { class: 'buttons' },
        h('button', { type: 'button', class: 'quiet', click: () => all('on'), title: 'Agree to everything but sensitive data' }, 'Agree to all'),
        h('button', { type: 'button', class: 'quiet', click: () => all('off'), title: 'Refuse everything optional' }, 'Refuse all'),
        now.grant || now.deny || now.gpc || now.minor || now.depth
          ? h('button', { type: 'button', class: 'quiet', click: () => choose({ grant: '', deny: '', gpc: '', minor: '', depth: '' }), title: 'Restore the visitor’s own answers' }, 'Undo') : null)),
    h('p', { class: 'note' }, '“As is” keeps the answer of the visitor’s file, or of this browser.'),
    answer?.visitor?.epoch ? h('p', { class: 'note' }, `Answered or changed ${answer.visitor.epoch} ${answer.visitor.epoch === 1 ? 'time' : 'times'} (consent epoch ${answer.visitor.epoch}).`) : null,
    (answer?.purposes ?? []).map(row),
    answer && h('fieldset', { class: `purpose ${gpc ? 'signal' : ''}` },
      h('legend', {}, h('span', { class: 'dot', 'aria-hidden': 'true' }), 'Privacy Control', h('span', { class: 'unseen' }, gpc ? ': sent' : ': not sent')),
      switchOf('gpc', now.gpc, [['', 'as is'], ['1', 'sent'], ['0', 'not']], (value) => choose({ gpc: value })),
      h('p', { class: 'note' }, `${gpc ? 'Sent' : 'Not sent'} (Sec-GPC). `, off.length ? `Here it switches off ${off.join(', ')}.` : 'It has no effect here.')),
    answer?.visitor && age(now, answer.visitor),
    answer?.visitor && limit(now, answer.visitor));
}

function age(now, visitor) {
  const isYoung = visitor.minor === 'child' || visitor.minor === 'teen';
  return h('fieldset', { class: `purpose ${isYoung ? 'signal' : ''}` },
    h('legend', {}, h('span', { class: 'dot', 'aria-hidden': 'true' }), 'Age', h('span', { class: 'unseen' }, `: ${visitor.minor_words}`)),
    switchOf('minor', now.minor, [['', 'as is'], ['child', 'child'], ['teen', 'teen'], ['unknown', 'none']], (value) => choose({ minor: value })),
    h('p', { class: 'note' }, `${capital(visitor.minor_words)}.`));
}

const DEPTHS = { contextual: 'contextual', declared: 'declared', behavioural: 'behavioural', inferred: 'inferred', sensitive: 'no limit' };

function limit(now, visitor) {
  const options = Object.entries({ '': 'as is', none: 'none', ...DEPTHS });
  return h('div', { class: `purpose ${visitor.depth === 'sensitive' ? '' : 'signal'}` },
    h('label', { class: 'head', for: 'depth' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), 'Depth'),
    h('select', { id: 'depth', 'aria-describedby': 'depth-note', change: (event) => choose({ depth: event.target.value }) },
      options.map(([value, text]) => h('option', { value, selected: value === now.depth }, text))),
    h('p', { class: 'note', id: 'depth-note' }, visitor.depth === 'sensitive' ? `No limit: ${visitor.depth_words}.` : `At most ${visitor.depth}: ${visitor.depth_words}.`, ' Depth is how personal the data is that a decision reads.'));
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function switchOf(name, value, options, change) {
  return h('span', { class: 'switch small' }, options.map(([option, text]) =>
    h('label', {},
      h('input', { type: 'radio', name, value: option, checked: option === value, change: () => change(option) }),
      h('span', {}, text))));
}

function time(now, answer) {
  const shown = now.now ? new Date(now.now) : null;
  const input = h('input', {
    id: 'time', type: 'datetime-local', value: shown && !Number.isNaN(shown.valueOf()) ? local(shown) : '',
    change: (event) => choose({ now: event.target.value ? new Date(event.target.value).toISOString().replace('.000', '') : '' }),
  });
  return h('section', {},
    h('label', { class: 'title', for: 'time' }, 'Time of the visit'),
    h('div', { class: 'row' }, input, h('button', { type: 'button', class: 'quiet', click: () => choose({ now: '' }) }, 'Now')),
    h('p', { class: 'note' }, answer?.visitor ? `Decided as of ${answer.visitor.now.slice(0, 16).replace('T', ' ')} UTC.` : ''),
    h('div', { class: 'row' },
      h('label', { for: 'id' }, 'Id'),
      h('input', { id: 'id', value: now.id, placeholder: 'as the visitor', autocomplete: 'off', spellcheck: 'false', change: (event) => choose({ id: event.target.value.trim() }) }),
      h('button', { type: 'button', class: 'quiet', click: () => choose({ draw: String(Number(now.draw || 0) + 1) }), title: 'Draw another arm for a visit without an id' }, 'Draw again')));
}

function known(answer) {
  const attributes = answer?.attributes ?? [];
  if (!attributes.length) return null;
  const hidden = attributes.filter((attribute) => !attribute.readable).length;
  const row = ({ name, value, source, depth, too_deep: isTooDeep, readable: isReadable }) => h('tr', { class: isReadable ? '' : 'hidden' },
    h('th', { scope: 'row' }, name, h('small', {}, source)),
    h('td', {}, value === null ? 'no usable value' : Array.isArray(value) ? value.join(', ') : value === '' ? '(empty)' : String(value)),
    h('td', {}, isReadable ? 'may be read' : isTooDeep ? `hidden: ${depth} is above the depth limit` : 'hidden'));
  return h('details', { class: 'known', id: 'known' },
    h('summary', {}, `Known data: ${attributes.length} attributes`, hidden ? `, ${hidden} hidden` : ''),
    h('p', { class: 'note' }, 'A hidden attribute has no effect on any decision.'),
    h('table', {}, h('tbody', {}, attributes.map(row))));
}

function elsewhere(now) {
  const query = readable(parameters());
  const page = now.page || '/';
  const command = `curl '${location.origin}${page}${page.includes('?') ? '&' : '?'}${query}'`;
  return h('section', {},
    h('div', { class: 'title row' }, h('h2', {}, 'The same, elsewhere'),
      h('button', { type: 'button', class: 'quiet', click: (event) => copy(command, event.target) }, 'Copy')),
    h('pre', { class: 'command', tabindex: '0', 'aria-label': 'Command' }, command),
    h('p', { class: 'note' }, prose('Or send the header `x-selvedge-visitor: NAME`.')));
}

/** Copies a text and says so on the button. */
export async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Not allowed';
  }
  setTimeout(() => { button.textContent = before; }, 1200);
}

function regionName(code) {
  const [country, part] = code.split('-');
  try {
    return part ? `${regionNames.of(country)}, ${part}` : regionNames.of(code);
  } catch {
    return code;
  }
}

function local(date) {
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
